"""The states of a transfer, and what becomes of what is on its way. Pure: values in, decision out."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.quantities import ZERO
from inventory_graph.transfers.records import TransferDeliveryRecord, TransferRecord
from inventory_graph.transfers.refusals import TransferChanged, TransferInAnotherState
from inventory_graph.unlocked import dataclass

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "UPDATED": ("DRAFT",),
    "SUBMITTED": ("DRAFT",),
    "APPROVED": ("DRAFT", "SUBMITTED"),
    "REJECTED": ("SUBMITTED", "APPROVED"),
    "SHIPPED": ("APPROVED", "SHIPPED", "PARTIALLY_RECEIVED"),
    "RECEIVED": ("SHIPPED", "PARTIALLY_RECEIVED"),
    "LOST": ("SHIPPED", "PARTIALLY_RECEIVED"),
    "CANCELLED": ("DRAFT", "SUBMITTED", "APPROVED", "SHIPPED", "PARTIALLY_RECEIVED"),
}
"""In which states each step can be taken. Whoever may approve need not ask: a draft can be approved at once."""

STEPS_SAID: Mapping[str, str] = {
    "UPDATED": "changed",
    "SUBMITTED": "submitted",
    "APPROVED": "approved",
    "REJECTED": "rejected",
    "SHIPPED": "shipped",
    "RECEIVED": "received",
    "LOST": "lost",
    "CANCELLED": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What made one version of a transfer."""

    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None = None
    details: Mapping[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of a transfer, in the stock unit of its variant."""

    id: UUID
    position: int
    variant_id: UUID
    item_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    shipped: Decimal = ZERO
    received: Decimal = ZERO
    damaged: Decimal = ZERO
    lost: Decimal = ZERO
    returned: Decimal = ZERO
    over: Decimal = ZERO

    @property
    def unshipped(self) -> Decimal:
        """What has not left yet."""
        return max(self.quantity - self.shipped, ZERO)


@dataclass(slots=True, kw_only=True)
class Parcel:
    """What left of a line at one time, of one lot; ``serials_left`` are the pieces of it that are still on their way."""

    id: UUID
    line_id: UUID
    position: int
    lot_id: UUID | None
    serials: tuple[str, ...]
    serials_left: tuple[str, ...]
    quantity: Decimal
    in_transit: Decimal
    unit_cost: Decimal | None
    from_location_id: UUID | None
    shipped_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of so much of a line: RECEIVED, LOST or RETURNED of a parcel, or OVER: it came although it had not left."""

    line: Line
    parcel: Parcel | None
    kind: str
    quantity: Decimal
    state: str | None = None
    serials: tuple[str, ...] = ()
    location_id: UUID | None = None
    lot_code: str | None = None
    unit_cost: Decimal | None = None
    reason: str | None = None
    note: str | None = None
    path: tuple[str, ...] = ()

    @property
    def lot_id(self) -> UUID | None:
        return self.parcel.lot_id if self.parcel is not None else None


@dataclass(slots=True, kw_only=True)
class Transfer:
    """A transfer as it stands in this transaction; ``steps`` are those it took in it."""

    head: TransferRecord
    source: WarehouseRecord
    destination: WarehouseRecord
    lines: list[Line] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def take(
        self,
        kind: str,
        *,
        at: datetime,
        by: str,
        reason: str | None = None,
        details: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> None:
        """Take the next version, with what changes in the head."""
        version = self.head.version + 1
        self.head = replace(self.head, version=version, **changes)
        self.steps.append(Step(version=version, kind=kind, at=at, by=by, reason=reason, details=details))

    def line(self, *, line_id: UUID | None, sku: str | None, path: tuple[str, ...]) -> Line:
        """The line with this id, or the only one of the SKU; raises ``InvalidInput``."""
        if (line_id is None) == (sku is None):
            raise InvalidInput("Name the line by lineId or by sku, and by one of them only.", path=(*path, "line_id"))
        found = [line for line in self.lines if (line.id == line_id if sku is None else line.sku == sku)]
        place = (*path, "line_id" if sku is None else "sku")
        if not found:
            named = str(line_id) if sku is None else f"of {sku[:80]!r}"
            raise InvalidInput(f"{self.head.number} has no line {named}.", path=place)
        if len(found) > 1:
            raise InvalidInput(f"{self.head.number} has {len(found)} lines of {sku}: name one by lineId.", path=place)
        return found[0]

    def on_the_way(self, line: Line) -> list[Parcel]:
        """The parcels of a line that have not arrived in full, in the order in which they left."""
        return [parcel for parcel in self.parcels if parcel.line_id == line.id and parcel.in_transit]


def check_step(head: TransferRecord, kind: str, *, expected_version: int | None = None) -> None:
    """Raise ``TransferInAnotherState`` unless the step can be taken now, ``TransferChanged`` where the caller looked at another
    version."""
    if expected_version is not None and expected_version != head.version:
        raise TransferChanged(
            f"{head.number} is at version {head.version}, not {expected_version}: it changed since it was read. Read it again"
            " and decide anew.",
            path=("expected_version",),
        )
    if head.status not in ALLOWED[kind]:
        states = " or ".join(ALLOWED[kind])
        raise TransferInAnotherState(
            f"{head.number} is {head.status}; it can be {STEPS_SAID[kind]} while it is {states}.", path=("transfer_id",)
        )
    if kind == "SHIPPED" and head.is_fully_shipped:
        raise TransferInAnotherState(
            f"{head.number} is {head.status} and nothing of it is left to ship.", path=("transfer_id",)
        )


def submit(transfer: Transfer, *, at: datetime, by: str, reason: str | None = None) -> None:
    """A draft becomes what somebody has to approve."""
    transfer.take("SUBMITTED", at=at, by=by, reason=reason, status="SUBMITTED", submitted_by=by, approved_by=None)


def approve(transfer: Transfer, *, at: datetime, by: str, reason: str | None = None) -> None:
    """It may be shipped."""
    transfer.take("APPROVED", at=at, by=by, reason=reason, status="APPROVED", approved_by=by)


def reject(transfer: Transfer, *, at: datetime, by: str, reason: str | None = None) -> None:
    """Back to its author: it is a draft again, and nobody has approved it."""
    transfer.take("REJECTED", at=at, by=by, reason=reason, status="DRAFT", approved_by=None)


def ship(transfer: Transfer, parcels: list[Parcel], *, drops_rest: bool, at: datetime, by: str, **said: Any) -> None:
    """These parcels are on their way; what is left of the lines will follow, or will not."""
    by_id = {line.id: line for line in transfer.lines}
    for parcel in parcels:
        by_id[parcel.line_id].shipped += parcel.quantity
    transfer.parcels += parcels
    is_fully_shipped = drops_rest or all(not line.unshipped for line in transfer.lines)
    status = transfer.head.status if transfer.head.status == "PARTIALLY_RECEIVED" else "SHIPPED"
    transfer.take(
        "SHIPPED", at=at, by=by, status=status, is_fully_shipped=is_fully_shipped,
        shipped_at=transfer.head.shipped_at or at, **said,
    )  # fmt: skip


def resolve(outcome: Outcome) -> None:
    """Count what became of a part of a line, and take it from what is on its way."""
    line, parcel, quantity = outcome.line, outcome.parcel, outcome.quantity
    if parcel is not None:
        parcel.in_transit -= quantity
        parcel.serials_left = tuple(piece for piece in parcel.serials_left if piece not in outcome.serials)
    match outcome.kind:
        case "RECEIVED":
            line.received += quantity
        case "LOST":
            line.lost += quantity
        case "RETURNED":
            line.returned += quantity
        case "OVER":
            line.over += quantity
    if outcome.state == "DAMAGED":
        line.damaged += quantity


def settle(transfer: Transfer, kind: str, *, at: datetime, by: str, reason: str | None = None) -> None:
    """Take the step after which parts have arrived or are lost, and the last one where nothing more is to come."""
    received_at = at if kind == "RECEIVED" else transfer.head.received_at
    transfer.take(kind, at=at, by=by, reason=reason, status="PARTIALLY_RECEIVED", received_at=received_at)
    if transfer.head.is_fully_shipped and all(not parcel.in_transit for parcel in transfer.parcels):
        transfer.take("COMPLETED", at=at, by=by, status="COMPLETED", resolved_at=at)


def cancel(transfer: Transfer, *, at: datetime, by: str, reason: str | None = None) -> None:
    """Nothing more of it will leave or arrive."""
    transfer.take("CANCELLED", at=at, by=by, reason=reason, status="CANCELLED", resolved_at=at)


def supersedes(told: TransferDeliveryRecord, known: TransferDeliveryRecord | None) -> bool:
    """Whether what is told of a delivery takes the place of what is known.

    What was delivered stays so. A task that is on its way ends by whatever is told of its end, for clocks differ; all else counts by
    when it happened: of two answers the later, in whichever order they come.
    """
    if known is None:
        return True
    if known.status == "DELIVERED":
        return False
    if known.status == "EN_ROUTE" != told.status and known.task_id == told.task_id:
        return True
    return told.occurred_at > known.occurred_at
