"""What can be asked of the stock book. A command is plain data: no database, no clock."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from inventory_graph.ids import named_id
from inventory_graph.unlocked import dataclass

BalanceKey: TypeAlias = tuple[UUID, UUID]
"""(variant_id, warehouse_id)"""

EXPIRED = "EXPIRED"
"""The reason of what happens because a hold's time has passed."""
SYSTEM = "system"
"""Who records what nobody asked for."""

_NAMESPACE = UUID("5e3f2b2a-7a54-4b0f-9a4e-6f0d3c1b8a17")


def balance_id(variant_id: UUID, warehouse_id: UUID) -> UUID:
    """The id of a balance follows from its pair, so that a pair never touched has one too."""
    return named_id(_NAMESPACE, f"{variant_id.hex}{warehouse_id.hex}")


def lot_id(item_id: UUID, code: str) -> UUID:
    """The id of a lot follows from its item and code."""
    return named_id(item_id, code)


def serial_id(item_id: UUID, serial: str) -> UUID:
    """The id of a serial follows from its item and number."""
    return named_id(item_id, f"serial {serial}")


class StockState(StrEnum):
    """What a piece of stock is good for. On hand is the sum of the four."""

    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    QUARANTINED = "QUARANTINED"
    DAMAGED = "DAMAGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotReference:
    """A lot by its code; the dates are those it should have, None where the caller does not say.

    ``expires_on_if_new`` is when a lot that arrives for the first time expires, where ``expires_on`` does not say.
    """

    code: str
    manufactured_on: date | None = None
    best_before: date | None = None
    expires_on: date | None = None
    expires_on_if_new: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """Stock arrives from outside, into AVAILABLE unless it is set aside or damaged. ``unit_cost`` is per stock unit in the tenant's
    currency."""

    kind: ClassVar[str] = "RECEIPT"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    unit_cost: Decimal | None = None
    location_id: UUID | None = None
    lot: LotReference | None = None
    serials: tuple[str, ...] = ()
    state: StockState = StockState.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseReceipt:
    """What arrived by mistake leaves again, wherever in the warehouse it lies now, out of the state it was received into and at the
    cost it came with; under FIFO out of the layers that ``receipt_id`` brought, as far as they reach."""

    kind: ClassVar[str] = "RECEIPT_REVERSAL"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    receipt_id: UUID | None = None
    unit_cost: Decimal | None = None
    lot: LotReference | None = None
    serials: tuple[str, ...] = ()
    state: StockState = StockState.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBack(ReverseReceipt):
    """What a supplier takes back leaves, wherever in the warehouse it lies, out of the state that it is in; at the cost it came with, at
    the average where that is not known."""

    kind: ClassVar[str] = "SUPPLIER_RETURN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust:
    """On hand changes by a difference, in state AVAILABLE. Without a lot, a decrease takes lots by the item's strategy."""

    kind: ClassVar[str] = "ADJUSTMENT"

    variant_id: UUID
    warehouse_id: UUID
    delta: Decimal
    location_id: UUID | None = None
    lot: LotReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOnHand:
    """On hand becomes an absolute quantity; refused when it is not ``change_from`` (None: whatever it was)."""

    kind: ClassVar[str] = "SET"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    change_from: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Stock changes its state or its location within one warehouse; on hand stays.

    Without ``from_location_id`` it is taken from anywhere by the item's strategy, without ``to_location_id`` it stays where
    it lies.
    """

    kind: ClassVar[str] = "MOVE"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    from_state: StockState = StockState.AVAILABLE
    to_state: StockState = StockState.AVAILABLE
    from_location_id: UUID | None = None
    to_location_id: UUID | None = None
    lot: LotReference | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeHold:
    """Stock becomes RESERVED for a line of an owner until ``expires_at`` (None: for good), by the item's strategy, of lots that
    may be used at least ``shelf_life_days`` longer than on the day of ``used_at`` (None: now) at the place."""

    kind: ClassVar[str] = "HOLD"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    owner_id: UUID
    line_id: UUID
    expires_at: datetime | None = None
    lot: LotReference | None = None
    serials: tuple[str, ...] = ()
    used_at: datetime | None = None
    shelf_life_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitHold:
    """Part of a hold is issued: on hand goes down. ``serials``: exactly these pieces of it; else those taken first."""

    kind: ClassVar[str] = "HOLD_COMMIT"

    variant_id: UUID
    warehouse_id: UUID
    hold_id: UUID
    quantity: Decimal
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """Part of a hold becomes AVAILABLE again, or what it was found to be. ``serials``: exactly these pieces of it; else those taken
    first."""

    kind: ClassVar[str] = "HOLD_RELEASE"

    variant_id: UUID
    warehouse_id: UUID
    hold_id: UUID
    quantity: Decimal
    serials: tuple[str, ...] = ()
    to_state: StockState = StockState.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireHold:
    """What is left of a hold becomes AVAILABLE again, because its time has passed."""

    kind: ClassVar[str] = "HOLD_EXPIRY"

    variant_id: UUID
    warehouse_id: UUID
    hold_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Consume:
    """An issue without a hold, from AVAILABLE by the item's strategy. ``is_waste``: what may not be sold any more goes, too."""

    kind: ClassVar[str] = "CONSUMPTION"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    lot: LotReference | None = None
    serials: tuple[str, ...] = ()
    is_waste: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnConsumed:
    """What was issued comes back into AVAILABLE, to where it was taken from, at the cost it left with."""

    kind: ClassVar[str] = "REVERSAL"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    unit_cost: Decimal | None = None
    location_id: UUID | None = None
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ship:
    """Stock leaves AVAILABLE for another warehouse and is in no balance until it arrives. What nobody names is taken by the item's
    strategy and must be usable; a named lot or piece may be past its date. ``location_id`` None: from anywhere."""

    kind: ClassVar[str] = "TRANSFER_SHIPMENT"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    location_id: UUID | None = None
    lot: LotReference | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrive:
    """What was shipped comes in, of its lot, with its pieces and at the cost it left with, in the state it is found in."""

    kind: ClassVar[str] = "TRANSFER_RECEIPT"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    unit_cost: Decimal | None = None
    location_id: UUID | None = None
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()
    state: StockState = StockState.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack(Arrive):
    """What was shipped and has not arrived is where it left again."""

    kind: ClassVar[str] = "TRANSFER_RETURN"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAfterAll(Arrive):
    """What a supplier was to take back is where it left again."""

    kind: ClassVar[str] = "SUPPLIER_RETURN_CANCELLATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """What was shipped never arrives: it comes and goes at once, at the cost it left with, and the balance is as it was."""

    kind: ClassVar[str] = "TRANSFER_LOSS"

    variant_id: UUID
    warehouse_id: UUID
    quantity: Decimal
    unit_cost: Decimal | None = None
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()


Transit: TypeAlias = Ship | Arrive | Lose

Line: TypeAlias = (
    Receive
    | ReverseReceipt
    | Adjust
    | SetOnHand
    | Move
    | TakeHold
    | CommitHold
    | ReleaseHold
    | ExpireHold
    | Consume
    | ReturnConsumed
    | Transit
)


VALUELESS = (Move, TakeHold, ReleaseHold, ExpireHold)
"""The lines that leave the value of stock as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The line of a document that a command posts, once for ever: (type, id, line, kind)."""

    type: str
    id: UUID
    line: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One atomic change of the book: all its lines or none. Each balance it touches takes one version step.

    ``occurred_at`` is when it really happened, None for now; ``recorded_by`` is the subject who says so. ``reference_type`` and
    ``reference_id`` name what it was done for, unless a document does. A command with a
    ``plan`` has no lines of its own: the plan is called with the decision once the balances are locked, looks at them and applies
    lines one by one; like the book, it is pure.
    """

    id: UUID
    recorded_by: str
    lines: tuple[Line, ...] = ()
    plan: Callable[[Any], None] | None = None
    reason: str | None = None
    note: str | None = None
    reference: str | None = None
    reference_type: str | None = None
    reference_id: UUID | None = None
    document: Document | None = None
    occurred_at: datetime | None = None

    def balance_keys(self) -> set[BalanceKey]:
        """The balances the command touches."""
        return {(line.variant_id, line.warehouse_id) for line in self.lines}
