"""Which of many names was meant: found by the letters of all of them, so that only a few need be compared letter by letter."""

from collections.abc import Iterable
from functools import lru_cache
from heapq import nsmallest

from graphql.pyutils import suggestion_list

COMPARED_MAX = 5
"""As many as an error names. Comparing two long ones takes up to 0.5 ms of CPU, and a schema of ours has hundreds."""
LENGTH_MAX = 100
"""No name of a schema is as long, and nobody mistypes one so."""
REPEATS_MAX = 4
"""A letter that comes more often counts no more."""


def meant(name: str, known: Iterable[str]) -> list[str]:
    """The known names that somebody who wrote this one may have meant, the likeliest first; none for one of over 100 letters."""
    if len(name) > LENGTH_MAX:
        return []
    letters = _letters(name)
    return suggestion_list(name, nsmallest(COMPARED_MAX, known, key=lambda each: (letters ^ _kept(each)).bit_count()))


def _letters(name: str) -> int:
    """A bit for each letter of the name, in any case, and for each further time that it comes."""
    letters = 0
    for letter in name.lower():
        first = ord(letter) * REPEATS_MAX
        letters |= next((bit for bit in (1 << first + again for again in range(REPEATS_MAX)) if not letters & bit), 0)
    return letters


_kept = lru_cache(maxsize=4_096)(_letters)
"""For the names of a schema: those that callers make up are not kept."""
