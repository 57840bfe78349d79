"""Ending by a signal as by an exception, so that the server is stopped and waited for."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def unwinding_signals() -> Iterator[None]:
    """Within this block SIGTERM and SIGHUP raise SystemExit(128 + number) where they would have killed the process.

    A handler that somebody else set, or a signal that is ignored, stays as it is. uvicorn and asyncio set handlers
    of their own for as long as they run; uvicorn raises the signal again when it has finished, which arrives here.
    Outside the main thread, where Python allows no handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    replaced = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in replaced:
        signal.signal(number, _unwind)
    try:
        yield
    finally:
        for number in replaced:
            if signal.getsignal(number) is _unwind:
                signal.signal(number, signal.SIG_DFL)


def _unwind(number: int, _frame: FrameType | None) -> Never:
    raise SystemExit(128 + number)
