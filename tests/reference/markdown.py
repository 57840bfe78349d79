"""Markdown from values."""

from collections.abc import Iterable, Sequence


def page(title: str, *parts: str) -> str:
    """A page that says where it comes from; parts are separated by empty lines."""
    made = "<!-- Written by `make docs` from the program. Change the program, not this page. -->"
    return "\n\n".join((made, f"# {title}", *(part.strip("\n") for part in parts))) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a pipe in a cell would end it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """A word of the program."""
    return f"`{text}`"


def prose(docstring: str | None) -> str:
    """A docstring as Markdown: ``word`` becomes `word`, its lines become lines of the page."""
    return "\n".join(line.strip() for line in (docstring or "").strip().replace("``", "`").splitlines())
