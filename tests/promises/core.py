"""The decisions that are tested, as they are or with one line of them changed.

Of a changed core the modules that decide are read as text, one text in one of them is replaced, and all of them are run again
under other names, importing each other.
"""

import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from inventory_graph.reservations import backorders, consuming, offering, reaching, reserving, resolving, state
from inventory_graph.reservations.prepared import (
    Prepared,
    PreparedConsume,
    PreparedReserve,
    PreparedReverse,
    PreparedStep,
)
from inventory_graph.reservations.refusals import ReservationUnknown
from inventory_graph.reservations.requests import (
    AnyRequest,
    Assign,
    Commit,
    Expire,
    Extend,
    MarkNoShow,
    MarkReady,
    Release,
)
from inventory_graph.reservations.state import Reservation, World
from inventory_graph.stock import book, decision, holding
from inventory_graph.stock.book import Posted

MODULES = (decision, holding, book, state, offering, reaching, resolving, reserving, consuming, backorders)
"""What decides, each after those it imports."""

_copies = count(1)


@dataclass(frozen=True, slots=True)
class Core:
    """The modules of one core by their last names."""

    modules: dict[str, ModuleType]

    def __getattr__(self, name: str) -> Any:
        return self.modules[name]

    def decide(self, world: World, prepared: Prepared, actor: Actor) -> Reservation | Posted:
        """What one request comes to on what is locked."""
        self.reaching.check_reach(world, prepared, actor)
        done: Reservation | Posted
        match prepared:
            case PreparedReserve():
                done = self.reserving.reserve(world, prepared)
            case PreparedConsume():
                done = self.consuming.consume(world, prepared)
            case PreparedReverse():
                done = self.consuming.reverse(world, prepared)
            case PreparedStep(request=request):
                done = self._step(world, prepared, request)
        return done

    def _step(self, world: World, prepared: PreparedStep, request: AnyRequest) -> Any:
        match request:
            case Extend():
                return self.resolving.extend(world, prepared, request)
            case Commit():
                return self.resolving.commit_held(world, prepared, request)
            case Release() | MarkNoShow():
                return self.resolving.release(world, prepared, request)
            case MarkReady():
                return self.resolving.mark_ready(world, prepared)
            case Assign():
                return self.resolving.assign(world, prepared, request)
            case Expire():
                reservation = world.reservations.get(request.reservation_id)
                if reservation is None:
                    raise ReservationUnknown("There is no reservation with this id.", path=("reservation_id",))
                self.resolving.expire(world, reservation, command_id=uuid4())
                return reservation
        raise AssertionError(request)


def last_name(module: ModuleType) -> str:
    """What the module is called in its package."""
    return module.__name__.rpartition(".")[2]


REAL = Core({last_name(module): module for module in MODULES})


def changed_core(name: str, before: str, after: str) -> Core:
    """A core in whose module of that name one text is another."""
    prefix = f"changed_core_{next(_copies)}"
    copies: dict[str, ModuleType] = {}
    for module in MODULES:
        assert module.__file__ is not None
        text = Path(module.__file__).read_text(encoding="utf-8")
        if last_name(module) == name:
            assert text.count(before) == 1, f"{before!r} is {text.count(before)} times in {name}.py"
            text = text.replace(before, after)
        for other in copies.values():
            original = other.__name__.replace(prefix, "inventory_graph", 1)
            text = text.replace(f"from {original} import", f"from {other.__name__} import")
        copy = ModuleType(module.__name__.replace("inventory_graph", prefix, 1))
        sys.modules[copy.__name__] = copy
        exec(compile(text, f"{name}, changed", "exec"), copy.__dict__)  # noqa: S102 - our own text
        # What is imported as a module, and not by the names in it, is the copy too.
        vars(copy).update(
            {
                bound: copies[bound]
                for bound, value in vars(copy).items()
                if bound in copies and isinstance(value, ModuleType)
            }
        )
        copies[last_name(module)] = copy
    return Core(copies)
