"""One variant in one warehouse, in memory: what the tables of the pure book start from."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.stock.book import Posted, decide
from inventory_graph.stock.commands import (
    Adjust,
    Command,
    Document,
    Line,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    StockState,
    balance_id,
    lot_id,
)
from inventory_graph.stock.removal import DEFAULT_STRATEGY
from inventory_graph.stock.state import Balance, State, Stockable

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ITEM, VARIANT, WAREHOUSE = UUID(int=1), UUID(int=2), UUID(int=3)
# In the order of their codes, which is not the order of their ids.
LOCATIONS = {"A/1": UUID(int=12), "B/1": UUID(int=11), "C/1": UUID(int=13)}

Heap = tuple[str, str, str]
"""(location code or "", lot code or "", state)"""


@dataclass(slots=True)
class GivenBook:
    """The book's memory of one balance, with the verbs in short form: quantities as text, locations and lots as codes."""

    state: State
    commands: int = 0
    lot_codes: dict[UUID, str] = field(default_factory=dict)

    @property
    def balance(self) -> Balance:
        return self.state.balances[VARIANT, WAREHOUSE]

    def run(self, *lines: Line, days_ago: float | None = None, document: Document | None = None) -> Posted:
        """Decide one command of these lines, an hour after the one before it."""
        self.commands += 1
        for line in lines:
            if isinstance(line, Receive | Adjust | Move) and line.lot is not None:
                self.lot_codes[lot_id(ITEM, line.lot.code)] = line.lot.code
        command = Command(
            id=UUID(int=self.commands << 64),
            lines=lines,
            recorded_by="user",
            document=document,
            occurred_at=NOW - timedelta(days=days_ago) if days_ago is not None else None,
        )
        return decide(self.state, command, NOW + timedelta(hours=self.commands))

    def receive(self, quantity: str, *, days_ago: float | None = None, **details: Any) -> Posted:
        """Receive a quantity; ``details`` as for ``received``."""
        return self.run(received(quantity, **details), days_ago=days_ago)

    def adjust(self, delta: str, *, at: str | None = None, lot: str | None = None) -> Posted:
        """Adjust by a difference."""
        return self.run(adjusted(delta, at=at, lot=lot))

    def set(self, quantity: str, *, change_from: str | None = None) -> Posted:
        """Set what is on hand."""
        guard = Decimal(change_from) if change_from is not None else None
        return self.run(
            SetOnHand(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(quantity), change_from=guard)
        )

    def move(self, quantity: str, **details: Any) -> Posted:
        """Move a quantity; ``details`` as for ``moved``."""
        return self.run(moved(quantity, **details))

    def taken(self, posted: Posted) -> list[tuple[str, str, Decimal]]:
        """What a command took from where: location, lot and quantity of each movement."""
        return [
            (self.location_code(m.from_location_id), self.lot_code(m.lot_id), m.quantity)
            for m in posted.movements
            if m.from_state is not None
        ]

    def location_code(self, location_id: UUID | None) -> str:
        """The code of a location, nothing for none."""
        return self.state.location_paths[location_id] if location_id else ""

    def lot_code(self, id_: UUID | None) -> str:
        """The code of a lot, nothing for none."""
        return self.lot_codes[id_] if id_ else ""

    def heaps(self) -> dict[Heap, Decimal]:
        """What lies where now."""
        return {
            (self.location_code(location), self.lot_code(lot), str(state)): quant.quantity
            for (location, lot, state), quant in self.balance.quants.items()
            if quant.quantity
        }

    def everything(self) -> dict[str, Any]:
        """Everything the state holds, by value and down to the last field."""
        return {
            "balances": {key: _fields(balance) for key, balance in self.state.balances.items()},
            "lots": dict(self.state.lots),
            "serials": dict(self.state.serials),
            "location_paths": dict(self.state.location_paths),
            "posted": set(self.state.posted),
        }

    def recall(self, code: str) -> None:
        """Call a lot back, as another domain would."""
        known = self.state.lots[lot_id(ITEM, code)]
        self.state.lots[known.id] = replace(known, status="RECALLED")

    def change_stockable(self, **changes: Any) -> None:
        """Let master data change: the policy, whether it is archived."""
        self.balance.stockable = replace(self.balance.stockable, **changes)


def given_book(*, tracking: str = "NONE", strategy: str | None = None, **stockable: Any) -> GivenBook:
    """An untouched balance of a variant FLOUR with this tracking; the strategy is its tracking's unless named."""
    known = Stockable(
        variant_id=VARIANT,
        variant_sku="FLOUR",
        item_id=ITEM,
        item_sku="FLOUR",
        item_name="Flour",
        unit_code="KG",
        tracking=tracking,
        strategy=strategy or DEFAULT_STRATEGY[tracking],
        warehouse_id=WAREHOUSE,
        outlet_id=None,
        **{"allow_negative": False, **stockable},
    )
    balance = Balance(id=balance_id(VARIANT, WAREHOUSE), stockable=known, updated_at=NOW)
    paths = {id_: code for code, id_ in LOCATIONS.items()}
    return GivenBook(State(balances={balance.key: balance}, location_paths=paths))


def received(
    quantity: str,
    *,
    at: str | None = None,
    lot: str | None = None,
    made: date | None = None,
    best_before: date | None = None,
    expires: date | None = None,
    cost: str | None = None,
    serials: Iterable[str] = (),
) -> Receive:
    """A line that receives."""
    reference = None
    if lot is not None:
        reference = LotReference(code=lot, manufactured_on=made, best_before=best_before, expires_on=expires)
    return Receive(
        variant_id=VARIANT,
        warehouse_id=WAREHOUSE,
        quantity=Decimal(quantity),
        unit_cost=Decimal(cost) if cost is not None else None,
        location_id=LOCATIONS[at] if at is not None else None,
        lot=reference,
        serials=tuple(serials),
    )


def adjusted(delta: str, *, at: str | None = None, lot: str | None = None) -> Adjust:
    """A line that adjusts."""
    return Adjust(
        variant_id=VARIANT,
        warehouse_id=WAREHOUSE,
        delta=Decimal(delta),
        location_id=LOCATIONS[at] if at is not None else None,
        lot=LotReference(code=lot) if lot is not None else None,
    )


def moved(
    quantity: str,
    *,
    from_state: StockState = StockState.AVAILABLE,
    to_state: StockState = StockState.AVAILABLE,
    at: str | None = None,
    to: str | None = None,
    lot: str | None = None,
    serials: Iterable[str] = (),
) -> Move:
    """A line that moves: from one state to another, from ``at`` to ``to``."""
    return Move(
        variant_id=VARIANT,
        warehouse_id=WAREHOUSE,
        quantity=Decimal(quantity),
        from_state=from_state,
        to_state=to_state,
        from_location_id=LOCATIONS[at] if at is not None else None,
        to_location_id=LOCATIONS[to] if to is not None else None,
        lot=LotReference(code=lot) if lot is not None else None,
        serials=tuple(serials),
    )


def _fields(balance: Balance) -> dict[str, Any]:
    found = {name: getattr(balance, name) for name in Balance.__slots__}
    return {**found, "quants": dict(balance.quants)}
