"""What picking tells the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.outbox import Event
from inventory_graph.picking.policy import RESERVATION, TRANSFER, Step, Task, Wave
from inventory_graph.picking.records import WaveRecord
from inventory_graph.quantities import quantity_to_text


@dataclass(frozen=True, kw_only=True)
class PickWaveEvent(Event):
    """A step of a wave. ``reservation_ids`` and ``transfer_ids`` are what the wave picks for, ``task_count`` is of how many tasks;
    ``tasks`` are those that the step is about, quantities are strings in stock units. ``version`` is dense for each wave."""

    aggregate_type: ClassVar[str] = "pick_wave"

    tenant_id: UUID
    step: str
    wave: WaveRecord
    warehouse: WarehouseRecord
    reservation_ids: tuple[UUID, ...]
    transfer_ids: tuple[UUID, ...]
    task_count: int
    tasks: tuple[dict[str, Any], ...]
    reason: str | None
    occurred_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        wave = self.wave
        return {
            "tenant_id": self.tenant_id,
            "pick_wave_id": self.aggregate_id,
            "wave_number": wave.number,
            "version": self.aggregate_version,
            "step": self.step,
            "status": wave.status,
            "warehouse_id": self.warehouse.id,
            "warehouse_code": self.warehouse.code,
            "outlet_id": self.warehouse.outlet_id,
            "zone": wave.zone,
            "picker_id": wave.picker_id,
            "scheduled_at": wave.scheduled_at,
            "released_at": wave.released_at,
            "completed_at": wave.completed_at,
            "packed_at": wave.packed_at,
            "resolved_at": wave.resolved_at,
            "reservation_ids": self.reservation_ids,
            "transfer_ids": self.transfer_ids,
            "task_count": self.task_count,
            "tasks": self.tasks,
            "reason": self.reason,
            "occurred_at": self.occurred_at,
            "recorded_by": self.recorded_by,
        }


@dataclass(frozen=True, kw_only=True)
class PickWaveCreated(PickWaveEvent):
    """A wave was put together. Nobody walks yet."""

    type: ClassVar[str] = "inventory.pick_wave.created"


@dataclass(frozen=True, kw_only=True)
class PickWaveAssigned(PickWaveEvent):
    """A wave has a picker, or has none any more."""

    type: ClassVar[str] = "inventory.pick_wave.assigned"


@dataclass(frozen=True, kw_only=True)
class PickWaveReleased(PickWaveEvent):
    """A wave may be walked."""

    type: ClassVar[str] = "inventory.pick_wave.released"


@dataclass(frozen=True, kw_only=True)
class PickWavePicked(PickWaveEvent):
    """Tasks of a wave were picked, in full or short."""

    type: ClassVar[str] = "inventory.pick_wave.picked"


@dataclass(frozen=True, kw_only=True)
class PickWaveCompleted(PickWaveEvent):
    """Nothing of a wave is left to pick."""

    type: ClassVar[str] = "inventory.pick_wave.completed"


@dataclass(frozen=True, kw_only=True)
class PickWavePacked(PickWaveEvent):
    """What was picked for some of a wave's sources, or for all, is packed; ``status`` is PACKED once all is."""

    type: ClassVar[str] = "inventory.pick_wave.packed"


@dataclass(frozen=True, kw_only=True)
class PickWaveShipped(PickWaveEvent):
    """What was picked has left: holds were issued and transfers are on their way."""

    type: ClassVar[str] = "inventory.pick_wave.shipped"


@dataclass(frozen=True, kw_only=True)
class PickWaveCancelled(PickWaveEvent):
    """A wave was given up. What it was picked for is held as before, and may be in another wave."""

    type: ClassVar[str] = "inventory.pick_wave.cancelled"


@dataclass(frozen=True, kw_only=True)
class TaskShortPicked(Event):
    """Less was found than was to be picked, for the reason ``short_reason``: NOT_FOUND, DAMAGED, EXPIRED or OTHER. ``is_kept`` says whether
    the rest stays held; what is damaged is in state DAMAGED now."""

    type: ClassVar[str] = "inventory.pick_task.short_picked"
    aggregate_type: ClassVar[str] = "pick_task"

    tenant_id: UUID
    wave: WaveRecord
    task: dict[str, Any]
    is_kept: bool
    occurred_at: datetime
    recorded_by: str

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "pick_wave_id": self.wave.id,
            "wave_number": self.wave.number,
            "warehouse_id": self.wave.warehouse_id,
            **self.task,
            "is_kept": self.is_kept,
            "occurred_at": self.occurred_at,
            "recorded_by": self.recorded_by,
        }


_CLASSES: dict[str, type[PickWaveEvent]] = {
    "CREATED": PickWaveCreated,
    "ASSIGNED": PickWaveAssigned,
    "RELEASED": PickWaveReleased,
    "PICKED": PickWavePicked,
    "COMPLETED": PickWaveCompleted,
    "PACKED": PickWavePacked,
    "SHIPPED": PickWaveShipped,
    "CANCELLED": PickWaveCancelled,
}


def event_of(wave: Wave, step: Step, *, tenant_id: UUID) -> PickWaveEvent:
    """What a step tells; the wave is as it is after the last of its steps."""
    return _CLASSES[step.kind](
        aggregate_id=wave.head.id, aggregate_version=step.version, tenant_id=tenant_id, step=step.kind, wave=wave.head,
        warehouse=wave.warehouse, reservation_ids=_documents(wave.tasks, RESERVATION),
        transfer_ids=_documents(wave.tasks, TRANSFER), task_count=len(wave.tasks), tasks=tuple(map(told, step.tasks)),
        reason=step.reason, occurred_at=step.at, recorded_by=step.by,
    )  # fmt: skip


def _documents(tasks: Sequence[Task], source: str) -> tuple[UUID, ...]:
    return tuple(sorted({task.document_id for task in tasks if task.source == source}))


def told(task: Task) -> dict[str, Any]:
    """A task as events tell of it."""
    is_held = task.source == RESERVATION
    return {
        "task_id": task.id,
        "source": task.source,
        "reservation_id": task.document_id if is_held else None,
        "transfer_id": None if is_held else task.document_id,
        "line_id": task.line_id,
        "variant_id": task.variant_id,
        "sku": task.sku,
        "location_id": task.location_id,
        "lot_id": task.lot_id,
        "lot_code": task.lot_code,
        "quantity": quantity_to_text(task.quantity),
        "picked_qty": quantity_to_text(task.picked),
        "short_qty": quantity_to_text(task.short),
        "short_reason": task.short_reason,
        "serials": task.picked_serials,
        "status": task.status,
        "picked_by": task.picked_by,
    }
