"""What is still there when nobody needs it any more, before the collector of garbage has come."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collector() -> Iterator[None]:
    """What nobody holds goes at once; what holds itself stays."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def kept(*types: type) -> list[str]:
    """The names of the types of the objects of exactly these types that are there."""
    return [type(each).__name__ for each in gc.get_objects() if type(each) in types]
