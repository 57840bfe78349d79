"""What transfers tell the world."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.outbox import Event
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.transfers.policy import Line, Parcel, Step, Transfer
from inventory_graph.transfers.records import TransferDeliveryRecord, TransferRecord

SIBLINGS_STATUS = {
    "SHIPPED": "in_transit",
    "PARTIALLY_RECEIVED": "in_transit",
    "COMPLETED": "received",
    "CANCELLED": "cancelled",
}
"""What the sibling services call the states; until something leaves it is a draft to them."""


@dataclass(frozen=True, slots=True)
class MovedLot:
    """How much of a line left of one lot; None: of none."""

    lot_id: UUID | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class MovedItem:
    """A line of a transfer as events tell of it, with what left of which lot; quantities are in the stock unit."""

    line_id: UUID
    item_id: UUID
    variant_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    shipped: Decimal
    received: Decimal
    damaged: Decimal
    lost: Decimal
    returned: Decimal
    over: Decimal
    lots: tuple[MovedLot, ...]

    def payload(self) -> dict[str, Any]:
        return {
            "line_id": self.line_id,
            "item_id": self.item_id,
            "variant_id": self.variant_id,
            "sku": self.sku,
            "name": self.name,
            "uom": self.unit_code,
            "quantity": quantity_to_text(self.quantity),
            "shipped_qty": quantity_to_text(self.shipped),
            "received_qty": quantity_to_text(self.received),
            "damaged_qty": quantity_to_text(self.damaged),
            "lost_qty": quantity_to_text(self.lost),
            "returned_qty": quantity_to_text(self.returned),
            "over_qty": quantity_to_text(self.over),
        }

    def items(self) -> list[dict[str, Any]]:
        """What is to go, or what went of each lot."""
        parts = self.lots or (MovedLot(None, self.quantity),)
        return [
            {
                "item_id": self.item_id, "variant_id": self.variant_id, "sku": self.sku, "lot_id": part.lot_id,
                "quantity": quantity_to_text(part.quantity),
            }
            for part in parts
        ]  # fmt: skip


def _nested(warehouse: WarehouseRecord) -> dict[str, Any]:
    return {
        "id": warehouse.id,
        "name": warehouse.name,
        "code": warehouse.code,
        "outlet_id": warehouse.outlet_id,
        "address": warehouse.address,
        "latitude": _degrees(warehouse.latitude),
        "longitude": _degrees(warehouse.longitude),
    }


def _flat(warehouse: WarehouseRecord, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}_id": warehouse.id,
        f"{prefix}_name": warehouse.name,
        f"{prefix}_address": warehouse.address,
        f"{prefix}_lat": _degrees(warehouse.latitude),
        f"{prefix}_lng": _degrees(warehouse.longitude),
    }


def _degrees(value: Decimal | None) -> float | None:
    return float(value) if value is not None else None


@dataclass(frozen=True, kw_only=True)
class TransferEvent(Event):
    """A step of a transfer. ``lines`` are as they are after it, quantities are strings in stock units; ``items`` are the same by lot, once
    they have left. The warehouses come nested (``from_warehouse``, ``to_warehouse``) and flat (``from_warehouse_id``, …), for consumers
    read the one or the other. ``version`` is dense for each transfer; ``step`` is what its history calls the step; ``transfer_status`` is
    draft, in_transit, received or cancelled."""

    aggregate_type: ClassVar[str] = "transfer"

    tenant_id: UUID
    step: str
    transfer: TransferRecord
    source: WarehouseRecord
    destination: WarehouseRecord
    lines: tuple[MovedItem, ...]
    reason: str | None
    occurred_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        transfer = self.transfer
        return {
            "tenant_id": self.tenant_id,
            "transfer_id": self.aggregate_id,
            "transfer_number": transfer.number,
            "external_reference": f"transfer:{self.aggregate_id}",
            "version": self.aggregate_version,
            "step": self.step,
            "status": transfer.status,
            "transfer_status": SIBLINGS_STATUS.get(transfer.status, "draft"),
            "from_warehouse": _nested(self.source),
            "to_warehouse": _nested(self.destination),
            "source_warehouse_id": self.source.id,
            "destination_warehouse_id": self.destination.id,
            **_flat(self.source, "from_warehouse"),
            **_flat(self.destination, "to_warehouse"),
            "items": [item for line in self.lines for item in line.items()],
            "item_count": len(self.lines),
            "lines": [line.payload() for line in self.lines],
            "notes": transfer.note,
            "reference": transfer.reference,
            "expected_at": transfer.expected_at,
            "shipped_at": transfer.shipped_at,
            "received_at": transfer.received_at,
            "reason": self.reason,
            "occurred_at": self.occurred_at,
            "recorded_by": self.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class TransferCreated(TransferEvent):
    """A transfer was drafted. Nothing has left yet."""

    type: ClassVar[str] = "inventory.transfer.created"


@dataclass(frozen=True, kw_only=True)
class TransferUpdated(TransferEvent):
    """The draft of a transfer was changed."""

    type: ClassVar[str] = "inventory.transfer.updated"


@dataclass(frozen=True, kw_only=True)
class TransferSubmitted(TransferEvent):
    """A transfer waits to be approved."""

    type: ClassVar[str] = "inventory.transfer.submitted"


@dataclass(frozen=True, kw_only=True)
class TransferApproved(TransferEvent):
    """A transfer may be shipped."""

    type: ClassVar[str] = "inventory.transfer.approved"


@dataclass(frozen=True, kw_only=True)
class TransferRejected(TransferEvent):
    """A transfer went back to its author; ``reason`` says why. It is a draft again."""

    type: ClassVar[str] = "inventory.transfer.rejected"


@dataclass(frozen=True, kw_only=True)
class TransferShipped(TransferEvent):
    """Something of a transfer has left its source and is on its way."""

    type: ClassVar[str] = "inventory.transfer.shipped"


@dataclass(frozen=True, kw_only=True)
class TransferReceived(TransferEvent):
    """Something of a transfer has arrived. Where that was the last of it, ``inventory.transfer.completed`` follows."""

    type: ClassVar[str] = "inventory.transfer.received"


@dataclass(frozen=True, kw_only=True)
class TransferLossReported(TransferEvent):
    """Something of a transfer will not arrive any more: ``lost_qty`` of its lines says how much."""

    type: ClassVar[str] = "inventory.transfer.loss_reported"


@dataclass(frozen=True, kw_only=True)
class TransferCompleted(TransferEvent):
    """Nothing of a transfer is on its way or will leave any more: all of it was received or is lost."""

    type: ClassVar[str] = "inventory.transfer.completed"


@dataclass(frozen=True, kw_only=True)
class TransferCancelled(TransferEvent):
    """A transfer was cancelled. What was still on its way is back at its source: ``returned_qty`` of the lines."""

    type: ClassVar[str] = "inventory.transfer.cancelled"


@dataclass(frozen=True, kw_only=True)
class TransferDeliveryUpdated(Event):
    """Logistics told how far the delivery of a transfer is: ``delivery_status`` is EN_ROUTE, DELIVERED, FAILED or CANCELLED, ``task_id``
    theirs. The transfer itself is as it was; ``version`` is dense for each delivery."""

    type: ClassVar[str] = "inventory.transfer.delivery_updated"
    aggregate_type: ClassVar[str] = "transfer_delivery"

    tenant_id: UUID
    transfer: TransferRecord
    delivery: TransferDeliveryRecord

    def payload(self) -> dict[str, Any]:
        delivery = self.delivery
        return {
            "tenant_id": self.tenant_id,
            "transfer_id": self.transfer.id,
            "transfer_number": self.transfer.number,
            "external_reference": f"transfer:{self.transfer.id}",
            "status": self.transfer.status,
            "version": self.aggregate_version,
            "task_id": delivery.task_id,
            "delivery_status": delivery.status,
            "carrier": delivery.carrier,
            "tracking_code": delivery.tracking_code,
            "proof": delivery.proof,
            "note": delivery.note,
            "failure_reason": delivery.failure_reason,
            "occurred_at": delivery.occurred_at,
            "recorded_by": delivery.recorded_by,
        }


_CLASSES: dict[str, type[TransferEvent]] = {
    "CREATED": TransferCreated,
    "UPDATED": TransferUpdated,
    "SUBMITTED": TransferSubmitted,
    "APPROVED": TransferApproved,
    "REJECTED": TransferRejected,
    "SHIPPED": TransferShipped,
    "RECEIVED": TransferReceived,
    "LOST": TransferLossReported,
    "COMPLETED": TransferCompleted,
    "CANCELLED": TransferCancelled,
}


def event_of(transfer: Transfer, step: Step, *, tenant_id: UUID) -> TransferEvent:
    """What a step tells; the transfer is as it is after the last of its steps."""
    return _CLASSES[step.kind](
        aggregate_id=transfer.head.id, aggregate_version=step.version, tenant_id=tenant_id, step=step.kind,
        transfer=transfer.head, source=transfer.source, destination=transfer.destination,
        lines=tuple(_moved(line, transfer.parcels) for line in transfer.lines), reason=step.reason, occurred_at=step.at,
        recorded_by=step.by,
    )  # fmt: skip


def _moved(line: Line, parcels: list[Parcel]) -> MovedItem:
    lots: dict[UUID | None, Decimal] = {}
    for parcel in parcels:
        if parcel.line_id == line.id:
            lots[parcel.lot_id] = lots.get(parcel.lot_id, ZERO) + parcel.quantity
    return MovedItem(
        line.id, line.item_id, line.variant_id, line.sku, line.name, line.unit_code, line.quantity, line.shipped, line.received,
        line.damaged, line.lost, line.returned, line.over, tuple(MovedLot(lot_id, quantity) for lot_id, quantity in lots.items()),
    )  # fmt: skip
