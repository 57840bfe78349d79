"""The states of a wave, the order of its walk, and what a pick may say. Pure: values in, decision out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.picking.records import WaveRecord
from inventory_graph.picking.refusals import TaskDone, TaskWithdrawn, WaveChanged, WaveInAnotherState, WrongScan
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.unlocked import dataclass

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "ASSIGNED": ("DRAFT", "RELEASED", "PICKING"),
    "RELEASED": ("DRAFT",),
    "PICKED": ("RELEASED", "PICKING"),
    "PACKED": ("PICKED",),
    "SHIPPED": ("PICKED", "PACKED"),
    "CANCELLED": ("DRAFT", "RELEASED", "PICKING", "PICKED", "PACKED"),
}
"""In which states each step can be taken. What is handed over at the door need not be packed."""

STEPS_SAID: Mapping[str, str] = {
    "ASSIGNED": "assigned",
    "RELEASED": "released",
    "PICKED": "picked",
    "PACKED": "packed",
    "SHIPPED": "shipped",
    "CANCELLED": "cancelled",
}
RESERVATION, TRANSFER = "RESERVATION", "TRANSFER"
DAMAGED = "DAMAGED"
_DIGITS = re.compile(r"\d+")
_WIDTH = 20


@dataclass(slots=True, kw_only=True)
class Task:
    """A task under the lock of its wave. ``remaining`` is what its source still wants of it, ``source_status`` how that stands."""

    id: UUID
    position: int
    halt: int
    source: str
    document_id: UUID
    line_id: UUID
    source_id: UUID
    part: int
    variant_id: UUID
    sku: str
    tracking: str
    location_id: UUID | None
    location_path: str
    lot_id: UUID | None
    lot_code: str | None
    serials: tuple[str, ...]
    quantity: Decimal
    picked: Decimal = ZERO
    short: Decimal = ZERO
    short_reason: str | None = None
    picked_serials: tuple[str, ...] = ()
    status: str = "OPEN"
    is_open: bool = True
    picked_by: str | None = None
    picked_at: datetime | None = None
    packed_at: datetime | None = None
    remaining: Decimal = ZERO
    source_status: str = ""

    @property
    def wanted(self) -> Decimal:
        """What is to be taken now: less than at first where its source wants less meanwhile."""
        return min(self.quantity, self.remaining)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What a picker says of a task: how much was taken (None: all of it), what was scanned, and why it is less."""

    task_id: UUID
    quantity: Decimal | None = None
    scanned_lot_code: str | None = None
    scanned_barcode: str | None = None
    serials: tuple[str, ...] = ()
    short_reason: str | None = None
    keeps_short: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What made one version of a wave; ``tasks`` are those it is about."""

    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None = None
    tasks: tuple[Task, ...] = ()


@dataclass(slots=True, kw_only=True)
class Wave:
    """A wave as it stands in this transaction; ``steps`` are those it took in it."""

    head: WaveRecord
    warehouse: WarehouseRecord
    tasks: list[Task] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    changed: dict[UUID, Task] = field(default_factory=dict)

    def take(
        self, kind: str, *, at: datetime, by: str, reason: str | None = None, tasks: Sequence[Task] = (), **changes: Any
    ) -> None:
        """Take the next version, with what changes in the head."""
        version = self.head.version + 1
        self.head = replace(self.head, version=version, **changes)
        self.steps.append(Step(version=version, kind=kind, at=at, by=by, reason=reason, tasks=tuple(tasks)))

    def change(self, task: Task, **changes: Any) -> None:
        """Change a task, to be written."""
        for name, value in changes.items():
            setattr(task, name, value)
        self.changed[task.id] = task

    def withdraw_gone(self, *, at: datetime, by: str) -> None:
        """Let go of every task whose source is gone; a wave that has no other left to pick is picked."""
        for task in self.tasks:
            if task.is_open and not task.remaining:
                self.change(task, status="WITHDRAWN", is_open=False)
        if self.changed and self.head.status == "PICKING":
            self.complete(at=at, by=by)

    def complete(self, *, at: datetime, by: str) -> None:
        """Nothing is left to pick: take the step that says so, where that is so."""
        if not any(task.status == "OPEN" for task in self.tasks):
            self.take("COMPLETED", at=at, by=by, status="PICKED", completed_at=at)


def walk(path: str) -> str:
    """What sorts location paths as a picker walks: every run of digits counts as a number, so that A-2 comes before A-10."""
    return _DIGITS.sub(lambda found: found.group().zfill(_WIDTH), path)


def ordered(tasks: Sequence[Task]) -> list[Task]:
    """The tasks in the order of the walk, by location, lot and SKU, numbered; tasks of one location, variant and lot are one halt. What
    lies at no location is at the door and comes first."""
    found = sorted(
        tasks, key=lambda t: (walk(t.location_path), t.lot_code or "", t.sku, t.source, t.document_id, t.source_id, t.part)
    )  # fmt: skip
    halt, last = -1, None
    for position, task in enumerate(found):
        place = (task.location_id, task.variant_id, task.lot_id)
        halt += place != last
        last = place
        task.position, task.halt = position, halt
    return found


def check_version(head: WaveRecord, expected_version: int | None) -> None:
    """Raise ``WaveChanged`` where the caller looked at another version."""
    if expected_version is not None and expected_version != head.version:
        raise WaveChanged(
            f"{head.number} is at version {head.version}, not {expected_version}: it changed since it was read. Read it again"
            " and decide anew.",
            path=("expected_version",),
        )


def check_step(head: WaveRecord, kind: str) -> None:
    """Raise ``WaveInAnotherState`` unless the step can be taken now."""
    if head.status not in ALLOWED[kind]:
        states = " or ".join(ALLOWED[kind])
        raise WaveInAnotherState(
            f"{head.number} is {head.status}; it can be {STEPS_SAID[kind]} while it is {states}.", path=("wave_id",)
        )


def check_task(task: Task, *, path: tuple[str, ...]) -> None:
    """Raise ``TaskDone`` or ``TaskWithdrawn`` for what is not to be picked any more."""
    if task.status in ("PICKED", "SHORT"):
        raise TaskDone(f"{task.picked_by} has picked this: {quantity_to_text(task.picked)} of {task.sku}.", path=path)
    if task.status != "OPEN" or not task.remaining:
        of = "hold" if task.source == RESERVATION else "transfer"
        raise TaskWithdrawn(
            f"The {of} that this was for is {task.source_status}: leave {task.sku} where it lies.", path=path
        )


def pick(wave: Wave, task: Task, given: Pick, *, at: datetime, by: str, path: tuple[str, ...]) -> Decimal:
    """Take a task, as far as it was found; answers how much was short. Raises ``InvalidInput``, ``WrongScan``."""
    wanted = task.wanted
    picked = given.quantity if given.quantity is not None else wanted
    if not ZERO <= picked <= wanted:
        raise InvalidInput(
            f"{quantity_to_text(wanted)} of {task.sku} are to be picked: {quantity_to_text(picked)} cannot be.",
            path=(*path, "quantity"),
        )
    short = wanted - picked
    if short and given.short_reason is None:
        raise InvalidInput(
            f"{quantity_to_text(short)} of {task.sku} are missing: say why with `shortReason`.",
            path=(*path, "short_reason"),
        )
    if given.keeps_short and given.short_reason == DAMAGED:
        raise InvalidInput("What is damaged cannot be kept for anybody: release it.", path=(*path, "remainder"))
    if picked:
        _check_lot(task, given, path)
        _check_serials(task, given, picked, path)
    wave.change(
        task, status="SHORT" if short else "PICKED", picked=picked, short=short,
        short_reason=given.short_reason if short else None, picked_serials=given.serials, picked_by=by, picked_at=at,
    )  # fmt: skip
    return short


def _check_lot(task: Task, given: Pick, path: tuple[str, ...]) -> None:
    if task.lot_code is None or given.scanned_lot_code == task.lot_code:
        return
    place = (*path, "scanned_lot_code")
    if given.scanned_lot_code is not None:
        raise WrongScan(
            f"This is lot {given.scanned_lot_code[:80]}; take lot {task.lot_code} of {task.sku}.",
            scanned=given.scanned_lot_code, expected=(task.lot_code,), path=place,
        )  # fmt: skip
    if not given.serials:
        raise InvalidInput(f"Scan the lot: {task.lot_code} of {task.sku} is to be taken.", path=place)


def _check_serials(task: Task, given: Pick, picked: Decimal, path: tuple[str, ...]) -> None:
    place = (*path, "serials")
    if task.tracking != "SERIAL":
        if given.serials:
            raise InvalidInput(f"{task.sku} is not tracked by serial: leave serials away.", path=place)
        return
    if len(set(given.serials)) != len(given.serials) or len(given.serials) != picked:
        raise InvalidInput(
            f"Scan the {quantity_to_text(picked)} pieces of {task.sku} that were taken, each once.", path=place
        )
    for serial in given.serials:
        if task.serials and serial not in task.serials:
            raise WrongScan(
                f"This is piece {serial[:80]}; take {', '.join(task.serials[:10])} of {task.sku}.",
                scanned=serial, expected=task.serials, path=place,
            )  # fmt: skip


def check_barcode(task: Task, scanned: str, variant_id: UUID | None, *, path: tuple[str, ...]) -> None:
    """Raise ``WrongScan`` where the scanned barcode names another variant, or none."""
    if variant_id != task.variant_id:
        raise WrongScan(
            f"The barcode {scanned[:80]} is not of {task.sku}, which is to be taken here.",
            scanned=scanned, expected=(task.sku,), path=(*path, "scanned_barcode"),
        )  # fmt: skip
