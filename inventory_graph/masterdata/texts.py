"""What text and metadata of master data may hold, so that every table, label and event can carry it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any
from unicodedata import normalize

import orjson

from inventory_graph.errors import InvalidInput
from inventory_graph.identity.texts import fault_of

Path = tuple[str, ...]

SKU_LENGTH_MAX = 255
NAME_LENGTH_MAX = 255
DESCRIPTION_LENGTH_MAX = 100_000
TAG_LENGTH_MAX = 255
TAGS_MAX = 250
ALLERGEN_LENGTH_MAX = 64
ALLERGENS_MAX = 30
CONTROLLED_CLASS_LENGTH_MAX = 64
METADATA_BYTES_MAX = 16_384
METADATA_DEPTH_MAX = 20
REFERENCE_LENGTH_MAX = 200

_INTEGER_MAX = 2**53 - 1
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LINE_BREAKS = str.maketrans("\n\r\t", "   ")


def checked_text(
    value: str, *, path: Path, length_max: int, noun: str | None = None, is_multiline: bool = False
) -> str:
    """The text without surrounding space; 1 to ``length_max`` printable characters, or raises ``InvalidInput``.

    Control characters, NUL and lone surrogates are refused; a text of several lines may hold line breaks and tabs.
    """
    noun = noun or path[-1].replace("_", " ")
    text = value.strip()
    if not 1 <= len(text) <= length_max:
        raise InvalidInput(f"The {noun} has {len(text)} characters; it needs 1 to {length_max}.", path=path)
    line = text.translate(_LINE_BREAKS) if is_multiline else text
    fault = fault_of(line, length_max=length_max)
    if fault is not None:
        raise InvalidInput(f"The {noun} {fault}; remove it.", path=path)
    return text


def checked_sku(value: str, *, path: Path) -> str:
    """The SKU itself: 1 to 255 printable characters without space at its ends, or raises ``InvalidInput``."""
    if not 1 <= len(value) <= SKU_LENGTH_MAX:
        raise InvalidInput(f"The SKU has {len(value)} characters; it needs 1 to {SKU_LENGTH_MAX}.", path=path)
    if not value.isprintable():
        raise InvalidInput("The SKU holds a character that cannot be printed; remove it.", path=path)
    if value != value.strip():
        raise InvalidInput(f"The SKU {value!r} begins or ends with a space; remove it.", path=path)
    return value


def checked_tags(values: Sequence[str], *, path: Path) -> list[str]:
    """The tags, each once, in their order."""
    if len(values) > TAGS_MAX:
        raise InvalidInput(f"{len(values)} tags are given; at most {TAGS_MAX} are kept.", path=path)
    tags = [
        checked_text(value, path=(*path, str(position)), length_max=TAG_LENGTH_MAX, noun="tag")
        for position, value in enumerate(values)
    ]
    return list(dict.fromkeys(tags))


def checked_allergens(values: Sequence[str], *, path: Path) -> list[str]:
    """The allergens in lower case, each once, in their order; two that read alike are one."""
    if len(values) > ALLERGENS_MAX:
        raise InvalidInput(f"{len(values)} allergens are given; at most {ALLERGENS_MAX} are kept.", path=path)
    words = [
        # An accent may be written in two ways, and what looks alike must be found alike.
        normalize(
            "NFC", checked_text(value, path=(*path, str(position)), length_max=ALLERGEN_LENGTH_MAX, noun="allergen")
        )
        for position, value in enumerate(values)
    ]
    return list(dict.fromkeys(word.lower() for word in words))


def checked_metadata(value: object, *, path: Path) -> dict[str, Any]:
    """The JSON object, of at most 16,384 bytes, 20 levels and numbers that every JSON reader keeps exact."""
    if not isinstance(value, dict):
        raise InvalidInput('The metadata is not a JSON object, such as {"colour": "red"}.', path=path)
    for part, depth in _parts(value):
        if depth > METADATA_DEPTH_MAX:
            raise InvalidInput(f"The metadata is nested deeper than {METADATA_DEPTH_MAX} levels.", path=path)
        if isinstance(part, str) and not is_storable(part):
            raise InvalidInput("The metadata holds a NUL character or half of a surrogate pair; remove it.", path=path)
        if isinstance(part, float) and not isfinite(part):
            raise InvalidInput("The metadata holds a number that JSON cannot write; send it as a string.", path=path)
        if isinstance(part, int) and abs(part) > _INTEGER_MAX:
            raise InvalidInput("The metadata holds an integer beyond 2^53; send it as a string.", path=path)
    size = len(orjson.dumps(value))
    if size > METADATA_BYTES_MAX:
        raise InvalidInput(
            f"The metadata takes {size} bytes as JSON; at most {METADATA_BYTES_MAX} are kept.", path=path
        )
    return value


def _parts(value: object) -> Iterator[tuple[object, int]]:
    """Every key and value of a JSON value with its depth, without recursion, so that nesting cannot exhaust the stack."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        if isinstance(part, Mapping):
            waiting.extend((key, depth) for key in part)
            waiting.extend((each, depth + 1) for each in part.values())
        elif isinstance(part, list | tuple):
            waiting.extend((each, depth + 1) for each in part)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can take the text at all: it holds no NUL and no half of a surrogate pair. A text that is not
    storable names nothing, so look-ups leave it out."""
    return _UNSTORABLE.search(text) is None
