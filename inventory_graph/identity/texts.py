"""Texts that people give: names, codes, subjects."""

import re
import unicodedata
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from inventory_graph.errors import InvalidInput

NAME_LENGTH_MAX = 200
SUBJECT_LENGTH_MAX = 255
CODE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", re.ASCII)


def fault_of(text: str, *, length_max: int) -> str | None:
    """What PostgreSQL or a reader would stumble over in a line of text, None for nothing."""
    if not 1 <= len(text) <= length_max:
        return f"must have 1 to {length_max} characters and has {len(text)}"
    for position, character in enumerate(text, start=1):
        if unicodedata.category(character) in {"Cc", "Cs"}:
            return f"has a control character or half a surrogate pair (U+{ord(character):04X}) at position {position}"
    return None


def line_of(text: str, *, name: str, length_max: int = NAME_LENGTH_MAX) -> str:
    """The text without surrounding spaces; raises ``InvalidInput`` at the argument ``name`` unless it is one line."""
    line = text.strip(" ")
    fault = fault_of(line, length_max=length_max)
    if fault is not None:
        raise InvalidInput(f"{name} {fault}.", path=(name,))
    return line


def code_of(text: str, *, name: str = "code") -> str:
    """A code of up to 63 letters, digits, '_', '.' and '-'; raises ``InvalidInput``."""
    if CODE_FORM.fullmatch(text) is None:
        raise InvalidInput(
            f"{name} is {text[:80]!r}; a code begins with a letter or digit and has up to 63 letters, digits, '_', '.'"
            " and '-'.",
            path=(name,),
        )
    return text


def timezone_of(text: str, *, name: str = "timezone") -> str:
    """A time zone by its IANA name, such as Africa/Nairobi; raises ``InvalidInput``."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"{name} is {text[:80]!r}; give the IANA name of a time zone, such as 'Africa/Nairobi'.", path=(name,)
        ) from None
    return text
