"""docs/reference/cli.md."""

from collections.abc import Iterator
from typing import TypeAlias

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from inventory_graph.cli import application_of
from tests.reference import markdown

Parameter: TypeAlias = TyperArgument | TyperOption

PROGRAM = "inventory-graph"

INTRODUCTION = f"""
The program is `{PROGRAM}`. After `make run` it is `.venv/bin/{PROGRAM}`. Every command takes `--help`.

What goes wrong is one sentence on standard error and an exit code that is not 0. Settings come from the environment
([settings](settings.md)).

A command about a database means, in this order: the embedded database of `--data-dir`, the database of `DATABASE_URL`, the
embedded database of `INVENTORY_DATA_DIR`. An embedded database that `{PROGRAM} dev` runs is used as it runs; one that rests
is started for as long as the command takes.
"""


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command that does something, by its words after the program's name."""
    yield from _below("", get_command(application_of()))


def _below(words: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _below(f"{words} {name}".strip(), inner)
    elif isinstance(command, TyperCommand):
        yield words, command


def page() -> str:
    """Every command with its arguments and options."""
    found = list(commands())
    index = markdown.table(
        ("command", "what it does"),
        ((f"[`{words}`](#{_anchor(words)})", _first_sentence(command)) for words, command in found),
    )
    return markdown.page(
        "Commands", INTRODUCTION, index, *(part for words, command in found for part in _section(words, command))
    )


def _anchor(words: str) -> str:
    return f"{PROGRAM} {words}".replace(" ", "-")


def _first_sentence(command: TyperCommand) -> str:
    text = markdown.prose(command.help)
    return f"{text.partition('. ')[0].rstrip('.')}."


def _section(words: str, command: TyperCommand) -> list[str]:
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption)]
    usage = " ".join((PROGRAM, words, *(_usage(each) for each in arguments), *(_usage(each) for each in options)))
    parts = [f"## {PROGRAM} {words}", f"```text\n{usage}\n```", markdown.prose(command.help)]
    if command.params:
        parameters: list[Parameter] = [*arguments, *options]
        rows = [(_names(each), markdown.prose(each.help), _default(each)) for each in parameters]
        parts.append(markdown.table(("argument or option", "what it means", "when left out"), rows))
    return parts


def _usage(parameter: Parameter) -> str:
    if isinstance(parameter, TyperArgument):
        name = (parameter.metavar or parameter.name or "").upper()
        return name if parameter.required else f"[{name}]"
    shown = (
        parameter.opts[0] if _is_switch(parameter) else f"{parameter.opts[0]} {parameter.opts[0].strip('-').upper()}"
    )
    return shown if parameter.required else f"[{shown}]"


def _is_switch(parameter: Parameter) -> bool:
    return isinstance(parameter, TyperOption) and bool(parameter.is_flag)


def _names(parameter: Parameter) -> str:
    if isinstance(parameter, TyperArgument):
        return markdown.code((parameter.metavar or parameter.name or "").upper())
    return ", ".join(markdown.code(name) for name in parameter.opts)


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    if _is_switch(parameter):
        return "no"
    default = parameter.default
    return markdown.code(str(default)) if isinstance(default, str | int) else ""
