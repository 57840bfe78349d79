"""What a run of random commands was made of: a run that only ever refuses, or never does, proves little."""

from collections import Counter
from dataclasses import dataclass, field

from inventory_graph.errors import Refusal
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import (
    Adjust,
    Arrive,
    ComeBack,
    Command,
    Lose,
    Move,
    Receive,
    SetOnHand,
    Ship,
)
from tests.properties.settings import SEED_SETTING

ACCEPTED_PERCENT_MIN = 40
EACH_PERCENT_MIN = 1

KINDS = (Receive.kind, Adjust.kind, SetOnHand.kind, Move.kind, Ship.kind, Arrive.kind, ComeBack.kind, Lose.kind)
CODES = (
    "ALREADY_EXISTS",
    "INSUFFICIENT_STOCK",
    "INVALID_INPUT",
    "ITEM_INACTIVE",
    "LIMIT_EXCEEDED",
    "LOT_NOT_ELIGIBLE",
    "NOT_FOUND",
    "SERIAL_NOT_AVAILABLE",
    "STALE_QUANTITY",
)
"""Every code with which the book refuses."""


@dataclass(slots=True)
class Mix:
    """How many commands there were of each kind, with each answer, and with what is worth knowing about them."""

    seed: int
    operations: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)

    def count(self, command: Command, outcome: Posted | Refusal) -> None:
        """Count one command and its answer."""
        self.operations += 1
        if isinstance(outcome, Refusal):
            self.refused[outcome.code] += 1
        else:
            self.features["accepted"] += 1
            self.accepted.update({line.kind for line in command.lines})
            self._count_features(command, outcome)

    def _count_features(self, command: Command, posted: Posted) -> None:
        keys = [(line.variant_id, line.warehouse_id) for line in command.lines]
        found = {
            "several lines": len(keys) > 1,
            "one balance twice": len(set(keys)) < len(keys),
            "of a document": command.document is not None,
            "backdated": command.occurred_at is not None,
            "several movements for a line": len(posted.movements) > len(keys),
            "lots": any(movement.lot_id for movement in posted.movements),
            "serials": any(movement.serials for movement in posted.movements),
            "a cost": any(isinstance(line, Receive) and line.unit_cost is not None for line in command.lines),
            "below zero after": any(balance.available < 0 for balance in posted.after),
            "nothing to do": not posted.movements,
        }
        self.features.update(name for name, is_so in found.items() if is_so)

    def lines(self, title: str = "Run") -> list[str]:
        """The mix for people to read."""
        return [
            f"{title}: {self.operations} commands with {SEED_SETTING}={self.seed}, {self._shown(self.features['accepted'])} accepted",
            f"  accepted by kind: {self._listed(self.accepted)}",
            f"  refused: {self._listed(self.refused)}",
            f"  accepted with: {self._listed(self.features)}",
        ]

    def assert_broad(self) -> None:
        """At least so many accepted, and of each kind and each refusal at least its share."""
        told = "\n".join(self.lines())
        assert self.features["accepted"] * 100 >= self.operations * ACCEPTED_PERCENT_MIN, told
        assert set(self.refused) <= set(CODES), f"an unknown code: {told}"
        for count, name in [(self.accepted[kind], kind) for kind in KINDS] + [(self.refused[c], c) for c in CODES]:
            assert count * 100 >= self.operations * EACH_PERCENT_MIN, f"too few of {name}: {told}"

    def _shown(self, count: int) -> str:
        return f"{100 * count / max(self.operations, 1):.1f} %"

    def _listed(self, counts: Counter[str]) -> str:
        return ", ".join(f"{name} {self._shown(count)}" for name, count in sorted(counts.items())) or "none"
