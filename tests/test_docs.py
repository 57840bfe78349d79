"""The documentation is part of the product: it is complete, its links lead somewhere, and what it names exists.

Pages are read by ``tests/pages.py``; those that the program writes are printed by ``tests/reference``. The examples are run
by ``tests/test_docs_examples.py``.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from inventory_graph.config import Settings
from inventory_graph.identity.permissions import MODULES, STANDARD_ROLES
from inventory_graph.setting_words import PREFIX, TEST_PREFIX
from resolvers.schema import build_schema
from tests.pages import ROOT, Page, page_names
from tests.reference import PAGES
from tests.reference.commands import PROGRAM, commands
from tests.reference.errors import REQUEST_ERRORS, refusal_codes, request_codes
from tests.reference.events import events

DECISION_HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]
DECISION_LINES_MAX = 70
INDEX = "docs/index.md"

_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z][A-Z_]*\b")
_TARGET = re.compile(r"(?<![\w-])make ([a-z]+)\b")
_PROJECT_PATH = re.compile(r"(?:\.ci|docs|inventory_graph|migrations|resolvers|tests)/[\w./-]*")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_up_to_date(name: str) -> None:
    """A page about the program says what the program says of itself."""
    path = ROOT / name
    assert path.is_file(), f"{name} is missing: run `make docs` and commit it"
    assert path.read_text(encoding="utf-8") == PAGES[name](), f"{name} is not what the program says: run `make docs`"


def test_every_setting_is_documented() -> None:
    """Whoever runs the service finds every variable that it reads."""
    text = Page.read("docs/reference/settings.md").text
    assert [name for name in Settings.variables() if f"`{name}`" not in text] == []


def test_every_command_is_documented() -> None:
    """Whoever types at a terminal finds every command under a heading of its own."""
    text = Page.read("docs/reference/cli.md").text
    assert [words for words, _ in commands() if f"\n## {PROGRAM} {words}\n" not in text] == []


def test_every_event_is_documented() -> None:
    """Whoever reads events knows every type and when it comes: a docstring of its own is not optional."""
    text = Page.read("docs/reference/events.md").text
    assert [event.type for event in events() if f"`{event.type}`" not in text] == []
    assert [event.__name__ for event in events() if not event.__dict__.get("__doc__")] == []


def test_every_error_code_is_documented() -> None:
    """Whoever calls the service knows what to do about every code, those that are no refusals included."""
    text = Page.read("docs/reference/errors.md").text
    codes = refusal_codes(build_schema())
    assert [code for code in sorted({*codes, *request_codes()}) if f"`{code}`" not in text] == []
    assert [code for code, description in codes.items() if not description] == []
    undescribed = sorted(set(request_codes()) - set(REQUEST_ERRORS) - set(codes))
    assert undescribed == [], "say in REQUEST_ERRORS of tests/reference/errors.py what a client does about these"


def test_every_permission_is_documented() -> None:
    """Whoever grants a role sees what it allows in every module."""
    text = Page.read("docs/reference/permissions.md").text
    assert [name for name in (*MODULES, *STANDARD_ROLES) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("name", page_names())
def test_links_lead_somewhere(name: str) -> None:
    """A link within the project points at a file that is there, and at a heading that is in it."""
    assert list(_broken_links(Page.read(name))) == []


def _broken_links(page: Page) -> Iterator[str]:
    for link in page.links():
        place, _, anchor = link.partition("#")
        if ":" in place:
            continue
        target = _target(page, place)
        if not (ROOT / target).exists():
            yield f"{link}: there is no {target}"
        elif anchor and anchor not in Page.read(target).anchors():
            yield f"{link}: {target} has no heading of that name"


def _target(page: Page, place: str) -> str:
    """The path, from the root of the project, that a link of the page leads to."""
    if not place:
        return page.name
    path = ((ROOT / page.name).parent / place).resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def test_every_page_can_be_found() -> None:
    """A page that no other page leads to is read by nobody: each is reached from the index."""
    reached, waiting = {INDEX}, [INDEX]
    while waiting:
        page = Page.read(waiting.pop())
        linked = {_target(page, link.partition("#")[0]) for link in page.links() if ":" not in link}
        fresh = {name for name in linked if name.endswith(".md") and (ROOT / name).is_file()} - reached
        reached |= fresh
        waiting += fresh
    assert sorted(set(page_names()) - reached - {"README.md", "CHANGELOG.md"}) == []


@pytest.mark.parametrize("name", page_names())
def test_commands_exist(name: str) -> None:
    """A command that a page tells to type is one of the program's, with options that it takes."""
    # The page of commands shows options in brackets; it is printed from the commands themselves.
    assert name == "docs/reference/cli.md" or list(_unknown_commands(Page.read(name))) == []


def _unknown_commands(page: Page) -> Iterator[str]:
    known = {words: _options(command) for words, command in commands()}
    for text in page.code():
        for line in text.replace("\\\n", " ").splitlines():
            if not all(_is_known(typed, known) for typed in _typed(line)):
                yield line


def _options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts} | {"--help"}


def _typed(line: str) -> Iterator[list[str]]:
    """The words after the program's name, wherever the line names it."""
    for part in re.split(r"[|;>]|&&", line):
        _, program, rest = part.partition(f"{PROGRAM} ")
        if program:
            yield shlex.split(rest, comments=True)


def _is_known(typed: list[str], known: Mapping[str, set[str]]) -> bool:
    if not typed or typed[0] == "--help" or not typed[0].isalpha():
        return True
    groups = {words.partition(" ")[0] for words in known}
    command = next((" ".join(typed[:count]) for count in (2, 1) if " ".join(typed[:count]) in known), None)
    if command is None:
        return len(typed) == 1 and typed[0] in groups
    return all(word.partition("=")[0] in known[command] for word in typed if word.startswith("--"))


@pytest.mark.parametrize("name", page_names())
def test_what_is_named_exists(name: str) -> None:
    """A setting, a target of make or a file that a page names is one that there is."""
    assert list(_unknown_names(Page.read(name))) == []


def _unknown_names(page: Page) -> Iterator[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for text in page.code():
        yield from {each for each in _VARIABLE.findall(text) if not each.startswith(TEST_PREFIX)} - set(
            Settings.variables()
        )
        yield from (f"make {each}" for each in _TARGET.findall(text) if f"\n{each}:" not in makefile)
        if _PROJECT_PATH.fullmatch(text) and not (ROOT / text).exists():
            yield text


@pytest.mark.parametrize("name", page_names())
def test_shown_files_are_the_files(name: str) -> None:
    """A block that bears the name of a file shows that file, so that the commands below it do what the page says."""
    assert list(_other_files(Page.read(name))) == []


def _other_files(page: Page) -> Iterator[str]:
    for block in page.blocks():
        _, _, shown = block.info.partition(" ")
        if shown and block.text != (ROOT / shown).read_text(encoding="utf-8"):
            yield f"line {block.line} is not {shown}"


@pytest.mark.parametrize(
    ("text", "checked", "found"),
    [
        ("[a](nowhere.md)", _broken_links, "nowhere.md: there is no docs/nowhere.md"),
        ("[a](index.md#there)", _broken_links, "index.md#there: docs/index.md has no heading of that name"),
        ("`inventory-graph fly`", _unknown_commands, "inventory-graph fly"),
        ("```sh\ninventory-graph dev --fast\n```", _unknown_commands, "inventory-graph dev --fast"),
        ("`INVENTORY_HTTP_PROT`", _unknown_names, "INVENTORY_HTTP_PROT"),
        ("```sh\nmake tea\n```", _unknown_names, "make tea"),
        ("`inventory_graph/tea.py`", _unknown_names, "inventory_graph/tea.py"),
        ("```toml pyproject.toml\n```", _other_files, "line 1 is not pyproject.toml"),
    ],
)
def test_mistakes_are_found(text: str, checked: Callable[[Page], Iterator[str]], found: str) -> None:
    """A check that finds nothing has to be able to find something."""
    assert list(checked(Page("docs/page.md", text))) == [found]


def test_decisions_have_one_form() -> None:
    """A decision is found by its number and read in two minutes: four parts, one page."""
    paths = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in paths] == [f"{number:04}" for number in range(1, len(paths) + 1)]
    for path in paths:
        page = Page.read(path.relative_to(ROOT).as_posix())
        assert page.text.startswith(f"# {path.name[:4]} "), f"{path.name} does not begin with its number"
        assert re.findall(r"^## (.+)$", page.text, re.MULTILINE) == DECISION_HEADINGS, path.name
        assert page.text.count("\n") <= DECISION_LINES_MAX, f"{path.name} is longer than {DECISION_LINES_MAX} lines"
