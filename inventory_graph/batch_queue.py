"""What a batcher keeps: requests that wait, in a line for each tenant, and the pace at which they are done."""

import asyncio
import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from inventory_graph.actor import Actor
from inventory_graph.errors import InventoryError

Request = TypeVar("Request")
Answer = TypeVar("Answer")

SUBJECT = "batch"


class BatchObserver(Protocol):
    """Who counts what a batcher does (``inventory_graph.telemetry.BatchMetrics``)."""

    def begun(self, *, waited_seconds: float) -> None:
        """A request is run now, so long after it came."""

    def done(self, *, size: int, seconds: float) -> None:
        """A batch of so many requests is answered, tries and parts included."""

    def refused(self) -> None:
        """A request found no place to wait."""

    def expired(self) -> None:
        """The time of a request was over before it was run."""

    def isolated(self) -> None:
        """A request failed by itself after its batch had failed."""


@dataclass(slots=True, eq=False)
class Waiting(Generic[Request, Answer]):
    """A request that waits for its batch. The future never fails: an error is a result that its caller raises."""

    request: Request
    weight: int
    since: float
    ends_at: float
    outcome: asyncio.Future[Answer | Exception]

    def give(self, outcome: Answer | Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(slots=True, eq=False)
class Line(Generic[Request, Answer]):
    """A tenant that has a batch running or requests waiting, in the order in which they came."""

    actor: Actor
    waiting: dict[Waiting[Request, Answer], None] = field(default_factory=dict)
    began_at: float = 0.0


class Pace:
    """How many requests a batch does in a second, as measured: a mean in which each batch counts less than the next."""

    MEMORY = 0.8

    def __init__(self) -> None:
        # Before anything is measured: a thousand a second.
        self._requests = 1.0
        self._seconds = 0.001

    def measured(self, *, requests: int, seconds: float) -> None:
        self._requests = self._requests * self.MEMORY + requests
        self._seconds = self._seconds * self.MEMORY + seconds

    def per_second(self, *, running_seconds: float) -> float:
        """The pace, given that a batch has run so long already without an end."""
        return self._requests / (self._seconds + running_seconds)


class NobodyLooks:
    """An observer that counts nothing."""

    def begun(self, *, waited_seconds: float) -> None: ...

    def done(self, *, size: int, seconds: float) -> None: ...

    def refused(self) -> None: ...

    def expired(self) -> None: ...

    def isolated(self) -> None: ...


def line_of(actor: Actor) -> Line[Any, Any]:
    """The line of the caller's tenant. Its batches run as nobody in particular: each request brings its own actor."""
    return Line(
        Actor(tenant_id=actor.tenant_id, tenant_slug=actor.tenant_slug, subject=SUBJECT, currency=actor.currency)
    )


def answer_all(batch: Iterable[Waiting[Any, Any]], error: InventoryError) -> None:
    """Give each a copy of its own: an exception that many tasks raise at once would gather all their tracebacks."""
    for each in batch:
        twin = copy.copy(error)
        twin.__cause__ = error.__cause__
        each.give(twin)


def answered(outcome: Answer | Exception) -> Answer:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
