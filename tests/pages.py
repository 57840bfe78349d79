"""The pages of the documentation as data: their blocks, links and headings, and the examples in them that are run."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
_PROMPT = "$ "

_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+")
_SECRET = re.compile(r"\big_[\w-]{43}")


class PageError(Exception):
    """A page is not written as the tests read it; ``str()`` says where and what to do."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence, its text, and the line it begins in."""

    info: str
    text: str
    line: int

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Operation:
    """A GraphQL operation and the whole answer that the page shows for it."""

    line: int
    query: str
    answer: Any


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and what the page shows that it prints."""

    line: int
    words: str
    output: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its path from the root of the project."""

    name: str
    text: str

    @classmethod
    def read(cls, name: str) -> "Page":
        return cls(name, (ROOT / name).read_text(encoding="utf-8"))

    def blocks(self) -> list[Block]:
        """The fenced blocks in their order."""
        return [
            Block(match["info"].strip(), match["text"], self._line(match.start()))
            for match in _BLOCK.finditer(self.text)
        ]

    def examples(self) -> list[Operation | Command]:
        """What is run, in its order: each ``graphql`` block with the ``json`` block that follows it, and each line of a
        ``console`` block that begins with a prompt."""
        found: list[Operation | Command] = []
        blocks = self.blocks()
        for block, following in zip_longest(blocks, blocks[1:]):
            if block.language == "graphql":
                found.append(self._operation(block, following))
            elif block.language == "console":
                found += self._commands(block)
        return found

    def _operation(self, block: Block, answer: Block | None) -> Operation:
        if answer is None or answer.language != "json":
            raise PageError(f"{self.name}:{block.line}: follow the graphql block by a json block with its answer.")
        try:
            return Operation(block.line, block.text, json.loads(answer.text))
        except json.JSONDecodeError as error:
            raise PageError(f"{self.name}:{answer.line}: the json block is no JSON: {error}.") from error

    def _commands(self, block: Block) -> Iterator[Command]:
        if not block.text.startswith(_PROMPT):
            raise PageError(f"{self.name}:{block.line}: a console block begins with a command after `$ `.")
        line = block.line
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            words, _, output = part.partition("\n")
            yield Command(line + 1, words.strip(), output)
            line += part.count("\n")

    def prose(self) -> str:
        """The page without its blocks."""
        return _BLOCK.sub("", self.text)

    def code(self) -> list[str]:
        """The words in code type: of blocks and between lines."""
        return [*(block.text for block in self.blocks()), *(match[1] for match in _INLINE.finditer(self.prose()))]

    def links(self) -> list[str]:
        """Where the links of the text lead."""
        return [match[1] for match in _LINK.finditer(self.prose())]

    def anchors(self) -> set[str]:
        """The names by which links may point at headings."""
        return {anchor_of(match[1]) for match in _HEADING.finditer(self.prose())}

    def _line(self, position: int) -> int:
        return self.text.count("\n", 0, position) + 1


def anchor_of(heading: str) -> str:
    """The name of a heading as GitHub makes it: lower-case words joined by hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def page_names() -> Sequence[str]:
    """The README, the changelog and every page below docs/."""
    return (
        "README.md",
        "CHANGELOG.md",
        *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")),
    )


def masked(text: str) -> str:
    """The text with what differs from run to run put into words: ids by the order of their first appearance, instants,
    tokens and secrets."""
    ids: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], f"<id {len(ids) + 1}>")

    text = _IDENTIFIER.sub(numbered, text)
    return _SECRET.sub("<secret>", _TOKEN.sub("<token>", _INSTANT.sub("<instant>", text)))
