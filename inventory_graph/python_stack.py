"""Room on the stack of Python, so that no depth of calls is slow.

CPython 3.11 and newer keeps the frames of a thread in chunks of 16 kB. A loop whose calls begin just where a chunk ends asks the
operating system for the next chunk and gives it back, call by call, which takes about forty times as long: the lexer needs 1 ms for
a document of 9,000 characters, and 37 ms where its calls happen to begin there. Whoever sends a document chooses by its nesting
how deep that is.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

FRAME_WORDS = 140_000
"""Words of 8 bytes. A frame that does not fit gets a chunk of its own, of the next power of two: here 2 MB, of which nearly one is
left for the calls below, five times what Python's thousand levels take. Memory that is not touched is not used."""


def with_room(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The function, called from a frame so large that everything it calls, in the same thread, has its frames in one chunk."""

    def call(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
        return function(*arguments, **named)

    call.__code__ = call.__code__.replace(co_stacksize=FRAME_WORDS)
    return call
