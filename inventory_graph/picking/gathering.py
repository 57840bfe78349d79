"""A wave put together: what is due is gathered from holds and transfers, whole documents at a time, and given the order of a walk."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound
from inventory_graph.masterdata.locations import locations_by_code
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.numbering import next_number
from inventory_graph.picking import statements
from inventory_graph.picking.documents import insert_wave
from inventory_graph.picking.policy import RESERVATION, TRANSFER, Task, Wave, ordered
from inventory_graph.picking.records import WaveRecord
from inventory_graph.picking.refusals import NothingToPick
from inventory_graph.quantities import ZERO
from inventory_graph.stock.book import EARLIEST
from inventory_graph.stock.removal import Candidate, pick
from inventory_graph.stock.service import Place
from inventory_graph.stock.shelves import Shelf, shelves_by_variant
from inventory_graph.unlocked import dataclass

SERIES = "PW"
TASKS_MAX = 1_000
IDS_MAX = 200
PICKER_LENGTH_MAX = 200
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a wave is to be of, by kind of id as callers name it; all that is due where nothing is named."""

    reservation_ids: tuple[UUID, ...] = ()
    order_ids: tuple[UUID, ...] = ()
    transfer_ids: tuple[UUID, ...] = ()

    @property
    def is_all(self) -> bool:
        return not (self.reservation_ids or self.order_ids or self.transfer_ids)

    def named(self) -> Iterable[tuple[str, int, UUID]]:
        """Each id with the argument and the place it was given at."""
        for name in ("reservation_ids", "order_ids", "transfer_ids"):
            for position, each in enumerate(getattr(self, name)):
                yield name, position, each


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """All tasks of one reservation or transfer, and when they are due."""

    at: datetime
    created_at: datetime
    document_id: UUID
    tasks: list[Task]


async def create_pick_wave(
    tx: Transaction,
    *,
    place: Place,
    wanted: Wanted,
    zone: str | None = None,
    maximum_tasks: int = 100,
    picker_id: str | None = None,
    scheduled_at: datetime | None = None,
) -> WaveRecord:
    """Put a wave together of what is named, or of all that is due: by pickup time, end of the hold or expected arrival, then by age, as
    many whole reservations and transfers as ``maximum_tasks`` has room for.

    Raises ``InvalidInput``, ``NotFound``, ``WarehouseInactive``, ``NothingToPick``, ``LimitExceeded`` and ``Forbidden``.
    """
    warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
    tx.actor.require_outlet(warehouse.outlet_id)
    _check(wanted, maximum_tasks, scheduled_at)
    picker_id = checked_picker(picker_id)
    await _check_zone(tx, warehouse, zone)
    due = await _held(tx, warehouse.id, zone, wanted) + await _leaving(tx, warehouse.id, zone, wanted)
    await _check_named(tx, warehouse, wanted, due)
    tasks = _chosen(due, maximum_tasks, takes_all=not wanted.is_all)
    if not tasks:
        where = f"{warehouse.code}, zone {zone}" if zone is not None else warehouse.code
        raise NothingToPick(f"Nothing is to be picked in {where} that is not in an open wave.", path=("warehouse",))
    now: datetime = await tx.raw.fetchval(statements.NOW)
    head = WaveRecord(
        id=uuid4(), number="", warehouse_id=warehouse.id, zone=zone, status="DRAFT", picker_id=picker_id,
        scheduled_at=scheduled_at, released_at=None, completed_at=None, packed_at=None, resolved_at=None, version=0, created_at=now,
        created_by=tx.actor.subject,
    )  # fmt: skip
    wave = Wave(head=head, warehouse=warehouse, tasks=ordered(tasks))
    wave.take("CREATED", at=now, by=tx.actor.subject, number=await next_number(tx, series=SERIES))
    await insert_wave(tx, wave)
    return wave.head


def checked_picker(picker_id: str | None) -> str | None:
    """The subject who is to pick, None for nobody in particular; raises ``InvalidInput``."""
    if picker_id is None:
        return None
    if not 1 <= len(picker_id) <= PICKER_LENGTH_MAX or not picker_id.isprintable():
        raise InvalidInput(
            f"A picker is the subject of a caller: 1 to {PICKER_LENGTH_MAX} printable characters.", path=("picker_id",)
        )
    return picker_id


def _check(wanted: Wanted, maximum_tasks: int, scheduled_at: datetime | None) -> None:
    if not 1 <= maximum_tasks <= TASKS_MAX:
        raise InvalidInput(f"A wave has 1 to {TASKS_MAX} tasks.", path=("maximum_tasks",))
    if scheduled_at is not None and scheduled_at < EARLIEST:
        raise InvalidInput(f"scheduledAt lies before {EARLIEST:%Y}.", path=("scheduled_at",))
    for name in ("reservation_ids", "order_ids", "transfer_ids"):
        if len(getattr(wanted, name)) > IDS_MAX:
            raise InvalidInput(f"At most {IDS_MAX} of them are picked in one wave.", path=(name,))


async def _check_zone(tx: Transaction, warehouse: WarehouseRecord, zone: str | None) -> None:
    if zone is None:
        return
    location = (await locations_by_code(tx, [(warehouse.id, zone)])).get((warehouse.id, zone))
    if location is None or location.parent_id is not None:
        raise NotFound(
            f"{warehouse.code} has no outermost location with the code {zone[:80]!r}: a zone lies in no other.",
            path=("zone",),
        )


async def _held(tx: Transaction, warehouse_id: UUID, zone: str | None, wanted: Wanted) -> list[_Due]:
    """What is held there and in no wave, by reservation."""
    rows = await tx.raw.fetch(
        statements.HOLDS, tx.tenant_id, warehouse_id, zone, list(wanted.reservation_ids), list(wanted.order_ids),
        wanted.is_all, TASKS_MAX + 1,
    )  # fmt: skip
    found = {row["document_id"]: _due(row) for row in rows}
    for row in rows:
        found[row["document_id"]].tasks.append(
            Task(
                id=uuid4(), position=0, halt=0, source=RESERVATION, document_id=row["document_id"], line_id=row["line_id"],
                source_id=row["id"], part=0, variant_id=row["variant_id"], sku=row["sku"], tracking=row["tracking"],
                location_id=row["location_id"], location_path=row["location_path"], lot_id=row["lot_id"],
                lot_code=row["lot_code"], serials=tuple(row["serials"]), quantity=row["quantity"],
            )
        )  # fmt: skip
    return list(found.values())


def _due(row: Record) -> _Due:
    return _Due(at=row["due_at"] or _NEVER, created_at=row["created_at"], document_id=row["document_id"], tasks=[])


async def _leaving(tx: Transaction, warehouse_id: UUID, zone: str | None, wanted: Wanted) -> list[_Due]:
    """What is to leave with transfers and is in no wave, by transfer: from where the item's strategy takes it."""
    if not (wanted.is_all or wanted.transfer_ids):
        return []
    rows = await tx.raw.fetch(
        statements.LEAVING, tx.tenant_id, warehouse_id, list(wanted.transfer_ids), wanted.is_all, TASKS_MAX + 1
    )
    shelves = await shelves_by_variant(tx, warehouse_id=warehouse_id, variant_ids={row["variant_id"] for row in rows})
    found = {row["document_id"]: _due(row) for row in rows}
    taken: dict[tuple[UUID, UUID | None, UUID | None], Decimal] = {}
    for row in rows:
        tasks = _parts(row, shelves.get(row["variant_id"], ()), taken)
        found[row["document_id"]].tasks.extend(each for each in tasks if zone is None or _zone_of(each) == zone)
    return [each for each in found.values() if each.tasks]


def _zone_of(task: Task) -> str:
    return task.location_path.partition("/")[0]


def _parts(
    row: Record, shelves: Iterable[Shelf], taken: dict[tuple[UUID, UUID | None, UUID | None], Decimal]
) -> list[Task]:
    """A line of a transfer, by where it is to be taken from; what lies nowhere is a part without a location."""
    variant_id, strategy = row["variant_id"], "FIFO"
    candidates: list[Candidate] = []
    paths: dict[UUID | None, str] = {}
    codes: dict[UUID | None, str | None] = {}
    for shelf in shelves:
        strategy = shelf.strategy
        place = (variant_id, shelf.location_id, shelf.lot_id)
        left = shelf.quantity - taken.get(place, ZERO)
        is_named = row["lot_code"] is not None or row["serials"]
        if left > 0 and row["lot_code"] in (None, shelf.lot_code) and (is_named or not shelf.is_expired):
            candidates.append(replace(shelf.candidate, quantity=left))
            paths[shelf.location_id], codes[shelf.lot_id] = shelf.location_path, shelf.lot_code
    # Numbered pieces that are named lie where they lie: the picker finds them by their numbers.
    picks, missing = ([], row["quantity"]) if row["serials"] else pick(candidates, row["quantity"], strategy)
    found: list[Task] = []
    for candidate, quantity in picks:
        location_id, lot_id, _ = candidate.key
        place = (variant_id, location_id, lot_id)
        taken[place] = taken.get(place, ZERO) + quantity
        found.append(_part(row, len(found), quantity, location_id, paths[location_id], lot_id, codes[lot_id]))
    if missing:
        found.append(_part(row, len(found), missing, None, "", None, None))
    return found


def _part(
    row: Record,
    part: int,
    quantity: Decimal,
    location_id: UUID | None,
    path: str,
    lot_id: UUID | None,
    lot_code: str | None,
) -> Task:
    return Task(
        id=uuid4(), position=0, halt=0, source=TRANSFER, document_id=row["document_id"], line_id=row["id"], source_id=row["id"],
        part=part, variant_id=row["variant_id"], sku=row["sku"], tracking=row["tracking"], location_id=location_id,
        location_path=path, lot_id=lot_id, lot_code=lot_code, serials=tuple(row["serials"]), quantity=quantity,
    )  # fmt: skip


async def _check_named(tx: Transaction, warehouse: WarehouseRecord, wanted: Wanted, due: Sequence[_Due]) -> None:
    """Raise for the first id that is named and of which nothing is to be picked."""
    if wanted.is_all:
        return
    found: set[UUID] = {each.document_id for each in due}
    if wanted.order_ids:
        found |= {row["order_id"] for row in await tx.raw.fetch(statements.ORDERS, tx.tenant_id, list(found))}
    missing = [each for each in wanted.named() if each[2] not in found]
    if not missing:
        return
    known = await tx.raw.fetch(
        statements.KNOWN, tx.tenant_id, [name for name, _, _ in missing], [each for _, _, each in missing]
    )
    is_known: Mapping[UUID, bool] = {row["id"]: row["is_known"] for row in known}
    name, position, document_id = missing[0]
    path = (name, str(position))
    what = {"reservation_ids": "reservation", "order_ids": "reservation of an order"}.get(name, "transfer")
    if not is_known[document_id]:
        raise NotFound(f"There is no {what} with the id {document_id}.", path=path)
    raise NothingToPick(
        f"Nothing is to be picked for it in {warehouse.code}: it wants nothing from there, or is in an open wave.",
        path=path,
    )


def _chosen(due: Collection[_Due], maximum_tasks: int, *, takes_all: bool) -> list[Task]:
    """The tasks of the documents that are due first, whole ones, while there is room."""
    chosen: list[Task] = []
    for each in sorted(due, key=lambda one: (one.at, one.created_at, one.document_id)):
        if len(chosen) + len(each.tasks) > maximum_tasks:
            if takes_all or not chosen:
                raise LimitExceeded(
                    f"These are more than {maximum_tasks} tasks: raise maximumTasks, up to {TASKS_MAX}, or name less.",
                    path=("maximum_tasks",),
                )
            break
        chosen += each.tasks
    return chosen
