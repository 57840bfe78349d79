"""Costs that are put on stock after it came. No movement is made and no balance takes a version: an adjustment says what changed.

What is still there is worth more from then on; the part of what has left is cost of goods. Under FIFO a layer knows what is left of
it. At a moving average nobody can say which goods have left: as much of an arrival is taken to be there as there is stock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.ids import id_after
from inventory_graph.quantities import ZERO
from inventory_graph.stock import costing
from inventory_graph.stock.commands import BalanceKey
from inventory_graph.stock.decision import VALUE_MAX
from inventory_graph.stock.layers import layers_of
from inventory_graph.stock.posting import open_book
from inventory_graph.stock.state import OPENING, Balance, CostAdjustment, Layer
from inventory_graph.unlocked import dataclass

_ARRIVALS = """
SELECT movement.* FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
  AS wanted(balance_id, document_id, since, until)
CROSS JOIN LATERAL (
  SELECT id, balance_id, balance_version, ordinal, variant_id, warehouse_id, quantity, unit_cost, reference_type, reference_id, reference
  FROM movements
  WHERE tenant_id = $1 AND balance_id = wanted.balance_id AND occurred_at BETWEEN wanted.since AND wanted.until
    AND reference_id = wanted.document_id AND kind = $6 AND from_state IS NULL
) AS movement
ORDER BY movement.reference_id, movement.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A movement by which a document brought stock."""

    id: UUID
    balance_id: UUID
    balance_version: int
    ordinal: int
    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    unit_cost: Decimal | None
    reference_type: str
    reference_id: UUID
    reference: str | None

    @property
    def key(self) -> BalanceKey:
        return self.variant_id, self.warehouse_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when to look for what a document brought."""

    balance_id: UUID
    document_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """So much that is put on an arrival."""

    arrival: Arrival
    amount: Decimal


async def arrivals_of(tx: Transaction, *, places: Sequence[Place], kind: str) -> list[Arrival]:
    """The movements of a kind by which documents brought stock, in their order."""
    rows = await tx.raw.fetch(
        _ARRIVALS, tx.tenant_id, [each.balance_id for each in places], [each.document_id for each in places],
        [each.since for each in places], [each.until for each in places], kind,
    )  # fmt: skip
    return [Arrival(**row) for row in rows]


async def add_costs(
    tx: Transaction, *, command_id: UUID, kind: str, additions: Sequence[Added], recorded_by: str
) -> list[CostAdjustment]:
    """Put the amounts on the arrivals, which are LANDED_COST or FREIGHT; an adjustment for each, in their order.

    A negative amount takes back. Raises ``InvalidInput`` where stock would be worth less than nothing, and ``LimitExceeded``.
    """
    book = await open_book(tx, {each.arrival.key for each in additions}, moves_value=True)
    changes = _decide(book.state.balances, additions)
    adjustments = [
        CostAdjustment(
            id=id_after(command_id, number), balance_id=each.arrival.balance_id, movement_id=each.arrival.id, kind=kind,
            value_change=change, issued_value=each.amount - change, reference_type=each.arrival.reference_type,
            reference_id=each.arrival.reference_id, reference=each.arrival.reference, command_id=command_id,
            occurred_at=book.now, recorded_at=book.now, recorded_by=recorded_by,
        )
        for number, (each, change) in enumerate(zip(additions, changes, strict=True), 1)
    ]  # fmt: skip
    book.adjusted += adjustments
    await book.write()
    return adjustments


def _decide(balances: Mapping[BalanceKey, Balance], additions: Sequence[Added]) -> list[Decimal]:
    """What each amount adds to the stock that is there; the balances are as they are afterwards. Pure."""
    changes: dict[UUID, Decimal] = {}
    by_balance: dict[BalanceKey, list[Added]] = {}
    for each in additions:
        by_balance.setdefault(each.arrival.key, []).append(each)
    for key, added in by_balance.items():
        balance = balances[key]
        change = _add_to_layers if balance.costing_method == costing.FIFO else _add_to_average
        changes |= change(balance, added)
        if abs(balance.value) > VALUE_MAX:
            raise LimitExceeded(f"The value of {balance.stockable.variant_sku} would be too large.", path=("amount",))
    return [changes[each.arrival.id] for each in additions]


def _add_to_average(balance: Balance, added: Sequence[Added]) -> dict[UUID, Decimal]:
    arrived = sum((each.arrival.quantity for each in added), ZERO)
    there = min(max(balance.on_hand, ZERO), arrived)
    parts = {each.arrival.id: costing.share(each.amount, there, arrived) for each in added}
    if not there:
        return parts
    before = balance.value
    worth = before + sum(parts.values(), ZERO)
    _check_worth(balance, worth)
    balance.average_cost = costing.unit_cost_of(worth, balance.on_hand)
    # An average has ten decimals: what they cannot tell belongs to none of what is there.
    parts[added[-1].arrival.id] += balance.value - worth
    return parts


def _add_to_layers(balance: Balance, added: Sequence[Added]) -> dict[UUID, Decimal]:
    layers = layers_of(balance)
    parts: dict[UUID, Decimal] = {}
    for each in added:
        layer = layers.get(each.arrival.id) or _opening(layers.values(), each.arrival)
        there = min(layer.quantity, each.arrival.quantity) if layer is not None else ZERO
        part = parts[each.arrival.id] = costing.share(each.amount, there, each.arrival.quantity)
        if layer is not None:
            value = layer.value + part
            _check_worth(balance, value)
            added_cost = costing.unit_cost_of(part, layer.quantity)
            unit_cost = layer.unit_cost + added_cost if layer.unit_cost is not None else added_cost
            layers[layer.id] = layer._replace(value=value, unit_cost=max(unit_cost, ZERO))
    if layers:
        balance.layers_value, balance.average_cost = layers.value, layers.unit_cost
    return parts


def _opening(layers: Iterable[Layer], arrival: Arrival) -> Layer | None:
    """The layer that what had come before the method changed is in."""
    return next((each for each in layers if each.ordinal == OPENING and each.version >= arrival.balance_version), None)


def _check_worth(balance: Balance, worth: Decimal) -> None:
    if worth < 0:
        raise InvalidInput(
            f"{balance.stockable.variant_sku} would be worth less than nothing: more is taken back than it costs.",
            path=("amount",),
        )
