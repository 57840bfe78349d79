"""Processes of the service that kill themselves at a named point.

One function is wrapped in the process that is to die, which then runs the ordinary command line: the shipped code knows
nothing of it. Processes are forked from one that has imported everything.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from pathlib import Path
from typing import Any

from inventory_graph import idempotency
from inventory_graph.db import Database
from inventory_graph.reservations import batch
from inventory_graph.stock.posting import OpenBook
from tests.faults.shop import Shop, wait_until_ready
from tests.forked import forked, run_command_with
from tests.servers import free_port

END_SECONDS_MAX = 30
_deciding: ContextVar[bool] = ContextVar("deciding", default=False)


class When(Enum):
    """On which side of the function."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the transaction of a batch, by the function that is called there."""

    when: When
    what: str

    @property
    def is_committed(self) -> bool:
        """Whether the batch is there for good."""
        return (self.when, self.what) == (When.AFTER, "the commit")

    def __str__(self) -> str:
        return f"{self.when.value} {self.what}"


FUNCTIONS: Mapping[str, tuple[Any, str]] = {
    "the locks": (batch, "open_book"),
    "the documents": (batch, "write_documents"),
    "the stock": (OpenBook, "write"),
    "the keys": (idempotency, "record"),
    "the commit": (Database, "_commit"),
}
"""Where each is looked up when it is called, and under which name."""

POINTS = [Point(when, what) for what in FUNCTIONS for when in When]


def die_at(point: Point, nth: int, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Run the command line and kill this process when a batch arrives at the point for the nth time."""
    _note_batches()
    _wrap(point, nth)
    run_command_with(environment, arguments, log.parent, log)


def _note_batches() -> None:
    """Only what is called while a batch is decided and committed counts: every reading transaction commits, too."""
    decide: Callable[..., Any] = batch._decide

    @wraps(decide)
    async def noting(*arguments: Any) -> None:
        _deciding.set(True)
        await decide(*arguments)

    setattr(batch, decide.__name__, noting)


def _wrap(point: Point, nth: int) -> None:
    owner, name = FUNCTIONS[point.what]
    function: Callable[..., Any] = getattr(owner, name)
    arrivals = 0

    def arrive(when: When) -> None:
        nonlocal arrivals
        if when is point.when and _deciding.get():
            arrivals += 1
            if arrivals == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    @wraps(function)
    async def dying(*arguments: Any, **keywords: Any) -> Any:
        arrive(When.BEFORE)
        answer = await function(*arguments, **keywords)
        arrive(When.AFTER)
        if point.what == "the commit":
            _deciding.set(False)
        return answer

    setattr(owner, name, staticmethod(dying) if owner is Database else dying)


@dataclass(slots=True)
class Victim:
    """A process that is going to kill itself."""

    process: Any
    port: int

    def wait_for_death(self) -> None:
        """Returns when the process has killed itself; fails when it ended otherwise, or lives."""
        self.process.join(END_SECONDS_MAX)
        assert self.process.exitcode == -signal.SIGKILL, f"ended with {self.process.exitcode}, not by its own hand"


@contextmanager
def victim(shop: Shop, point: Point, nth: int, *, command: str = "serve") -> Iterator[Victim]:
    """``inventory-graph serve`` or ``worker``, which dies at the nth arrival at the point; one that serves is ready."""
    port = free_port()
    arguments = ["serve", "--port", str(port)] if command == "serve" else [command]
    log = shop.directory / f"victim-{port}.log"
    log.touch()
    process = forked(die_at, point, nth, arguments, dict(shop.environment), log)
    process.start()
    try:
        if command == "serve":
            wait_until_ready(port, log, process.is_alive)
        yield Victim(process, port)
    finally:
        if process.is_alive():
            process.kill()
        process.join(END_SECONDS_MAX)
