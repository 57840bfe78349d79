"""The book's memory while it decides: the locked rows as plain objects, and what a decision writes."""

from collections.abc import Callable
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.stock import costing
from inventory_graph.stock.commands import BalanceKey, StockState
from inventory_graph.stock.removal import QuantKey
from inventory_graph.unlocked import dataclass

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stockable:
    """What the book must know of a variant and a warehouse to decide about their balance, and which alerts their tenant wants."""

    variant_id: UUID
    variant_sku: str
    item_id: UUID
    item_sku: str
    item_name: str
    unit_code: str
    tracking: str
    strategy: str
    warehouse_id: UUID
    outlet_id: UUID | None
    allow_negative: bool
    timezone: str = "UTC"
    holds_stock: bool = True
    is_active: bool = True
    alerts: tuple[str, ...] = ()
    costing_method: str = costing.AVERAGE


class Quant(NamedTuple):
    """How much lies at one location, of one lot, in one state, and since when."""

    quantity: Decimal
    received_at: datetime


class Layer(NamedTuple):
    """What is left of one arrival at a balance under FIFO, in the order of (version, ordinal): those of the movement that brought it and
    whose ``id`` it has. A layer that opens with the method has the ordinal ``OPENING``.

    ``value`` is exactly what the quantity is worth and ``unit_cost`` what a unit costs, costs that were added later included; None while
    no cost is known.
    """

    id: UUID
    version: int
    ordinal: int
    received: Decimal
    quantity: Decimal
    value: Decimal
    unit_cost: Decimal | None
    document_id: UUID | None
    received_at: datetime


OPENING = -1


class Layers(dict[UUID, Layer]):
    """The layers of a balance by their ids, the oldest first.

    What they add up to is kept as they change, exactly: a balance may have thousands, and each movement asks. ``quantity`` and ``value`` are
    the sums of theirs, ``worth`` that of quantity by unit cost, ``known`` how many have a unit cost.
    """

    __slots__ = ("known", "quantity", "value", "worth")

    def __init__(self) -> None:
        super().__init__()
        self.quantity = self.value = self.worth = ZERO
        self.known = 0

    @property
    def unit_cost(self) -> Decimal | None:
        """What one unit costs of all of them, to 10 decimals, half to even; None where no cost is known."""
        return costing.unit_cost_of(self.worth, self.quantity) if self.known else None

    def __setitem__(self, layer_id: UUID, layer: Layer) -> None:
        before = self.get(layer_id)
        if before is not None:
            self._count(before, costing.EXACT.subtract, -1)
        super().__setitem__(layer_id, layer)
        self._count(layer, costing.EXACT.add, 1)

    def __delitem__(self, layer_id: UUID) -> None:
        self._count(self[layer_id], costing.EXACT.subtract, -1)
        super().__delitem__(layer_id)

    def clear(self) -> None:
        """Take all of them away."""
        super().clear()
        self.quantity = self.value = self.worth = ZERO
        self.known = 0

    def copy(self) -> "Layers":
        """The same layers, to be changed apart from these."""
        copied = Layers()
        # The sums are known: nothing is counted anew.
        copied |= self
        copied.quantity, copied.value, copied.worth, copied.known = self.quantity, self.value, self.worth, self.known
        return copied

    def _count(self, layer: Layer, add: Callable[[Decimal, Decimal], Decimal], one: int) -> None:
        self.quantity = add(self.quantity, layer.quantity)
        self.value = add(self.value, layer.value)
        if layer.unit_cost is not None:
            self.worth = add(self.worth, costing.EXACT.multiply(layer.quantity, layer.unit_cost))
            self.known += one


class Balance:
    """A balance while the book works on it. ``available`` follows from the other quantities.

    Under FIFO ``layers`` are those of which something is left, the oldest first, None where nobody needed them, and ``layers_value``
    is what all of it is worth; under AVERAGE both are None. ``costing_method`` is what it is kept by, that of its ``stockable`` what it
    is to be kept by from its next change of value on.
    """

    __slots__ = (
        "average_cost", "costing_method", "damaged", "holds_expire_at", "id", "layers", "layers_value", "on_hand", "quants", "quarantined",
        "reorder_point", "reserved", "safety_stock", "stockable", "updated_at", "version",
    )  # fmt: skip

    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - the column's name
        stockable: Stockable,
        on_hand: Decimal = ZERO,
        reserved: Decimal = ZERO,
        quarantined: Decimal = ZERO,
        damaged: Decimal = ZERO,
        average_cost: Decimal | None = None,
        version: int = 0,
        updated_at: datetime,
        reorder_point: Decimal | None = None,
        safety_stock: Decimal = ZERO,
        holds_expire_at: datetime | None = None,
        quants: dict[QuantKey, Quant] | None = None,
        costing_method: str = costing.AVERAGE,
        layers_value: Decimal | None = None,
    ) -> None:
        self.id = id
        self.stockable = stockable
        self.on_hand = on_hand
        self.reserved = reserved
        self.quarantined = quarantined
        self.damaged = damaged
        self.average_cost = average_cost
        self.version = version
        self.updated_at = updated_at
        self.reorder_point = reorder_point
        self.safety_stock = safety_stock
        self.holds_expire_at = holds_expire_at
        self.quants: dict[QuantKey, Quant] = quants if quants is not None else {}
        self.costing_method = costing_method
        self.layers_value = layers_value
        self.layers: Layers | None = None

    @property
    def available(self) -> Decimal:
        return self.on_hand - self.reserved - self.quarantined - self.damaged

    @property
    def value(self) -> Decimal:
        """What it is worth, to 10 decimals, below 0 for what is owed; nothing while no cost is known."""
        return self.layers_value if self.layers_value is not None else costing.value(self.on_hand, self.average_cost)

    @property
    def key(self) -> BalanceKey:
        return self.stockable.variant_id, self.stockable.warehouse_id

    def in_state(self, state: StockState) -> Decimal:
        """The quantity in one state."""
        match state:
            case StockState.AVAILABLE:
                return self.available
            case StockState.RESERVED:
                return self.reserved
            case StockState.QUARANTINED:
                return self.quarantined
            case StockState.DAMAGED:
                return self.damaged

    def change(self, state: StockState, quantity: Decimal) -> None:
        """Add to one state (and so to on hand)."""
        self.on_hand += quantity
        match state:
            case StockState.AVAILABLE:
                pass
            case StockState.RESERVED:
                self.reserved += quantity
            case StockState.QUARANTINED:
                self.quarantined += quantity
            case StockState.DAMAGED:
                self.damaged += quantity

    def copy(self) -> "Balance":
        """The balance as it is now, for taking a decision back or for telling it later."""
        # Written out: this runs three times for every command.
        copied = Balance.__new__(Balance)
        copied.id = self.id
        copied.stockable = self.stockable
        copied.on_hand = self.on_hand
        copied.reserved = self.reserved
        copied.quarantined = self.quarantined
        copied.damaged = self.damaged
        copied.average_cost = self.average_cost
        copied.version = self.version
        copied.updated_at = self.updated_at
        copied.reorder_point = self.reorder_point
        copied.safety_stock = self.safety_stock
        copied.holds_expire_at = self.holds_expire_at
        copied.quants = self.quants.copy()
        copied.costing_method = self.costing_method
        copied.layers_value = self.layers_value
        copied.layers = self.layers.copy() if self.layers is not None else None
        return copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot as the book knows it."""

    id: UUID
    item_id: UUID
    code: str
    status: str = "ACTIVE"
    manufactured_on: date | None = None
    best_before: date | None = None
    expires_on: date | None = None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Serial:
    """A numbered piece; its place is None when it left."""

    id: UUID
    item_id: UUID
    variant_id: UUID
    serial: str
    status: str
    warehouse_id: UUID | None
    location_id: UUID | None
    lot_id: UUID | None
    state: str | None
    received_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A part of a balance that is reserved for a line of an owner. ``quantity`` is still held; ``committed`` was issued,
    ``released`` given back."""

    id: UUID
    owner_id: UUID
    line_id: UUID
    balance_id: UUID
    variant_id: UUID
    warehouse_id: UUID
    location_id: UUID | None
    lot_id: UUID | None
    serials: tuple[str, ...]
    quantity: Decimal
    committed: Decimal = ZERO
    released: Decimal = ZERO
    received_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A row of the ledger as decided; ``docs/reference`` says what each column means."""

    id: UUID
    recorded_at: datetime
    balance_id: UUID
    balance_version: int
    ordinal: int
    variant_id: UUID
    warehouse_id: UUID
    kind: str
    quantity: Decimal
    from_state: str | None
    to_state: str | None
    from_location_id: UUID | None
    to_location_id: UUID | None
    lot_id: UUID | None
    serials: tuple[str, ...]
    unit_cost: Decimal | None
    value_change: Decimal
    on_hand_after: Decimal
    reserved_after: Decimal
    quarantined_after: Decimal
    damaged_after: Decimal
    reason: str | None
    note: str | None
    reference_type: str | None
    reference_id: UUID | None
    reference: str | None
    command_id: UUID
    occurred_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ClosedRange:
    """The newest closed period: from ``starts_at`` (None: the beginning) to before ``ends_at``. All before it is closed, too."""

    starts_at: datetime | None
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAdjustment:
    """What the value of stock changed by without a movement: ``value_change`` for what is there, ``issued_value`` for what has left
    already. ``movement_id`` is the movement that it is about, ``command_id`` what made it."""

    id: UUID
    balance_id: UUID
    movement_id: UUID | None
    kind: str
    value_change: Decimal
    issued_value: Decimal
    reference_type: str | None
    reference_id: UUID | None
    reference: str | None
    command_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str


@dataclass(slots=True)
class State:
    """Everything the book may look at: the locked balances with their quants, the lots, serials and earlier postings, and which
    period is closed."""

    balances: dict[BalanceKey, Balance] = field(default_factory=dict)
    lots: dict[UUID, Lot] = field(default_factory=dict)
    serials: dict[UUID, Serial] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    hold_ids_by_line: dict[UUID, list[UUID]] = field(default_factory=dict)
    location_paths: dict[UUID, str] = field(default_factory=dict)
    posted: set[tuple[str, UUID, str, str]] = field(default_factory=set)
    closed: ClosedRange | None = None

    def keep_hold(self, hold: Hold) -> None:
        """Know the hold, or how it stands now."""
        if hold.id not in self.holds:
            ids = self.hold_ids_by_line.setdefault(hold.line_id, [])
            if hold.id not in ids:
                ids.append(hold.id)
        self.holds[hold.id] = hold

    def holds_of_line(self, line_id: UUID) -> list[Hold]:
        """What is still held for a line, in the order in which it was taken."""
        found = (self.holds.get(hold_id) for hold_id in self.hold_ids_by_line.get(line_id, ()))
        return [hold for hold in found if hold is not None and hold.quantity]
