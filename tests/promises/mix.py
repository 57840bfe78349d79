"""What a run of random requests was made of: a run that only ever refuses, or never holds anything, proves little."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inventory_graph.errors import InventoryError
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.requests import Commit, ConsumeStock, Reserve, ReverseConsumption
from inventory_graph.stock.commands import Command
from tests.properties.settings import SEED_SETTING

if TYPE_CHECKING:
    from tests.promises.checked import Asked

ACCEPTED_PERCENT_MIN = 60

KINDS = {
    "a command of the book": 1_000,
    "reserveStock": 1_000,
    "commitReservation": 400,
    "releaseReservation": 150,
    "extendReservation": 150,
    "markReservationReady": 50,
    "markReservationNoShow": 40,
    "assignReservation": 100,
    "expireReservation": 150,
    "consumeStock": 600,
    "reverseConsumption": 400,
}
"""How many of ten thousand requests are at least of this kind and accepted."""

CODES = {
    "ALREADY_RESOLVED": 100,
    "FORBIDDEN": 80,
    "INSUFFICIENT_STOCK": 400,
    "INVALID_INPUT": 150,
    "INVALID_TRANSITION": 80,
    "ITEM_INACTIVE": 50,
    "LIMIT_EXCEEDED": 1,
    "LOT_NOT_ELIGIBLE": 40,
    "NOT_FOUND": 60,
    "RESERVATION_EXPIRED": 80,
    "SERIAL_NOT_AVAILABLE": 50,
    "UNIT_MISMATCH": 40,
}
"""Every code of a refusal, and of how many of ten thousand requests it is at least the answer."""

FEATURES = {
    "a line that waits": 100,
    "a line that waited is filled": 30,
    "a part of a line": 50,
    "an earlier time": 100,
    "held for good": 20,
    "held in several warehouses": 10,
    "less than wanted": 50,
    "lots": 150,
    "lots or pieces that are named": 100,
    "modifiers": 50,
    "of nobody in particular": 100,
    "of several lines": 300,
    "of several movements": 500,
    "on top of what was committed": 20,
    "out of a hold": 50,
    "pieces": 100,
    "recipes and kits": 300,
    "replaced": 150,
    "something overdue ended first": 100,
    "the rest is kept": 50,
    "to be collected": 100,
    "was had already": 20,
    "without a warehouse": 150,
    "below zero after": 50,
}
"""What else is worth knowing about accepted requests, and of how many of ten thousand it is at least true."""

SEEN_INSIDE = frozenset(
    {
        "a line that waited is filled",
        "below zero after",
        "lots",
        "of several movements",
        "pieces",
        "something overdue ended first",
    }
)
"""What no caller is told."""

GUESSED_PERCENT_MIN = 45
GUESSED_ONE_OF = 8

MADE = frozenset({"LATTE", "PANCAKE", "MOCHA", "PARFAIT", "HAMPER"})
TEN_THOUSAND = 10_000


@dataclass(slots=True)
class Mix:
    """How many requests there were of each kind, with each answer, and with what is worth knowing about them."""

    seed: int
    requests: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)

    def count(self, asked: "Asked", outcome: Any, *, features: Counter[str] | None = None) -> None:
        """Count one request and its answer."""
        self.requests += 1
        if isinstance(outcome, InventoryError):
            self.refused[outcome.code] += 1
            return
        self.accepted["a command of the book" if isinstance(asked, Command) else asked.operation] += 1
        self.features.update(features or ())
        self.features.update(_features(asked, outcome))

    def add(self, other: "Mix") -> None:
        """Count what another counted."""
        self.requests += other.requests
        self.accepted += other.accepted
        self.refused += other.refused
        self.features += other.features

    def lines(self, title: str) -> list[str]:
        """The mix for people to read."""
        accepted = sum(self.accepted.values())
        return [
            f"{title}: {self.requests} requests with {SEED_SETTING}={self.seed}, {self._shown(accepted)} accepted",
            f"  accepted by kind: {self._listed(self.accepted)}",
            f"  refused: {self._listed(self.refused)}",
            f"  accepted with: {self._listed(self.features)}",
        ]

    def assert_broad(self) -> None:
        """At least so many accepted, and of each kind, each refusal and each feature at least its share."""
        self._assert_shares(ACCEPTED_PERCENT_MIN, FEATURES, one_of=1)

    def assert_not_narrow(self) -> None:
        """The same for a run that has to guess what is sensible, and is not told all that was done: a part of the shares."""
        features = {name: share for name, share in FEATURES.items() if name not in SEEN_INSIDE}
        self._assert_shares(GUESSED_PERCENT_MIN, features, one_of=GUESSED_ONE_OF)

    def _assert_shares(self, accepted_percent: int, features: Mapping[str, int], *, one_of: int) -> None:
        told = "\n".join(self.lines("Mix"))
        assert sum(self.accepted.values()) * 100 >= self.requests * accepted_percent, told
        assert set(self.refused) <= set(CODES), f"an unknown code: {told}"
        for counts, least in ((self.accepted, KINDS), (self.refused, CODES), (self.features, features)):
            for name, share in least.items():
                assert counts[name] >= self.requests * share // (TEN_THOUSAND * one_of), f"too few {name}: {told}"

    def _shown(self, many: int) -> str:
        return f"{100 * many / max(self.requests, 1):.2f} %"

    def _listed(self, counts: Counter[str]) -> str:
        return ", ".join(f"{name} {self._shown(many)}" for name, many in sorted(counts.items())) or "none"


def _features(asked: "Asked", outcome: Any) -> Iterator[str]:
    if isinstance(asked, Reserve | ConsumeStock):
        yield from _wanted(asked)
    if isinstance(asked, Reserve):
        yield from _reserved(asked, outcome)
    if isinstance(asked, ConsumeStock):
        yield from _consumed(asked, outcome)
    if isinstance(asked, Reserve | ConsumeStock | ReverseConsumption) and len(asked.lines) > 1:
        yield "of several lines"
    if isinstance(asked, Commit) and asked.lines:
        yield "a part of a line"
    if isinstance(asked, Commit) and asked.keeps_remainder:
        yield "the rest is kept"
    if isinstance(asked, Commit | ConsumeStock) and asked.occurred_at is not None:
        yield "an earlier time"


def _wanted(asked: Reserve | ConsumeStock) -> Iterator[str]:
    if asked.order_id is None and asked.reference is None:
        yield "of nobody in particular"
    if any(line.modifiers for line in asked.lines):
        yield "modifiers"
    if any(line.sku in MADE for line in asked.lines):
        yield "recipes and kits"
    if any(line.lot_code is not None or line.serials for line in asked.lines):
        yield "lots or pieces that are named"


def _reserved(asked: Reserve, outcome: Any) -> Iterator[str]:
    reservation = outcome.reservation if isinstance(outcome, ReservationAnswer) else outcome
    lines = reservation.lines or []
    if asked.is_hard:
        yield "held for good"
    if asked.pickup_at is not None:
        yield "to be collected"
    if asked.place is None:
        yield "without a warehouse"
        if reservation.warehouse_id is None and any(line.reserved for line in lines):
            yield "held in several warehouses"
    if reservation.version > 1:
        yield "replaced"
    if any(line.backordered for line in lines):
        yield "a line that waits"
    if any(line.reserved + line.committed + line.backordered + line.released < line.requested for line in lines):
        yield "less than wanted"


def _consumed(asked: ConsumeStock, outcome: Any) -> Iterator[str]:
    if asked.is_additional:
        yield "on top of what was committed"
    if not outcome.movements and asked.on_shortage != "PARTIAL":
        yield "was had already"
    if any(movement.kind == "HOLD_COMMIT" for movement in outcome.movements):
        yield "out of a hold"
