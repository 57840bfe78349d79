"""Rows as arrays, one for each column, in which a value that all rows share is sent once.

Of a thousand holds most columns say the same a thousand times: when, what kind, by whom, nothing yet. Writing each value for
the wire takes longer than deciding about it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

_SPREAD = "CASE cardinality({array}) WHEN 1 THEN array_fill(({array})[1], ARRAY[cardinality(${whole}::uuid[])]) ELSE {array} END"
_ARRAY = re.compile(r"\$(\d+)::\w+\[\]")


def shared(rows: Sequence[tuple[Any, ...]], width: int, *, whole: int) -> Iterator[Sequence[Any]]:
    """The columns of the rows for a statement made by ``spreading``; the one at ``whole`` is always complete. A column of nothing
    but null is empty: to ``unnest`` an array that is shorter than the others is null from there on."""
    if not rows:
        yield from ([] for _ in range(width))
        return
    for number, column in enumerate(zip(*rows, strict=True)):
        first = column[0]
        # The last is looked at first, for most columns that differ at all differ there.
        if number == whole or first != column[-1] or column.count(first) != len(column):
            yield column
        else:
            yield [] if first is None else [first]


def spreading(sql: str, parameters: Collection[int], *, whole: int) -> str:
    """The statement with each of these array parameters as long as the ``whole`` one, where it has one value only."""

    def spread(found: re.Match[str]) -> str:
        array, number = found.group(), int(found.group(1))
        if number not in parameters or number == whole:
            return array
        return _SPREAD.format(array=array, whole=whole)

    return _ARRAY.sub(spread, sql)
