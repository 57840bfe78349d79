"""Reading a document takes as long from one depth of calls as from any other."""

import statistics
import time
from collections.abc import Callable

import pytest
from graphql import parse

from inventory_graph.python_stack import with_room

DEPTHS = range(160)
"""More calls than fit into a chunk of the stack, so that every place of it is tried."""

LONG = {
    "a string": '{a(b: "' + "x" * 9_000 + '")}',
    "a comment": "#" + "x" * 9_000 + "\n{a}",
    "a number": "{a(b: " + "9" * 9_000 + ")}",
    "a name": "{" + "a" * 9_000 + "}",
}


def called_at(depth: int, function: Callable[[], float]) -> float:
    """What the function answers, called so many calls further down."""
    return called_at(depth - 1, function) if depth else function()


def seconds_by_depth(text: str) -> list[float]:
    """CPU seconds that parsing takes from each depth; the better of two, for what else the process did meanwhile."""

    def seconds() -> float:
        began = time.process_time()
        parse(text)
        return time.process_time() - began

    return [min(called_at(depth, seconds) for _ in range(2)) for depth in DEPTHS]


@pytest.mark.parametrize("name", LONG)
def test_no_depth_of_calls_is_slow(name: str) -> None:
    """Without room there is one at which it takes about forty times as long."""
    found = with_room(seconds_by_depth)(LONG[name])
    assert max(found) < 8 * statistics.median(found)


def test_room_changes_nothing_else() -> None:
    """Arguments, answers and errors pass through."""
    assert with_room(divmod)(7, 2) == (3, 1)
    assert with_room(int)("11", base=2) == 3
    with pytest.raises(ZeroDivisionError):
        with_room(divmod)(1, 0)
