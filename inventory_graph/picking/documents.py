"""Waves in the database: locked, read and written whole."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import insert, select, update

from inventory_graph.db import LostRace, Record, Transaction, any_of
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.outbox import Event, emit_all
from inventory_graph.picking import models, statements
from inventory_graph.picking.events import event_of
from inventory_graph.picking.policy import RESERVATION, TRANSFER, Task, Wave, check_step, check_version
from inventory_graph.picking.records import WaveKey, WaveRecord
from inventory_graph.picking.refusals import WaveUnknown
from inventory_graph.stock.loading import columns, lock
from inventory_graph.stock.statements import SERIAL_SEPARATOR

_COLUMNS = tuple(getattr(models.PickWave, each.name) for each in fields(WaveRecord))
AFTER_PICKING = ("PACKED", "SHIPPED")
_FIXED = ("id", "number", "warehouse_id", "zone", "scheduled_at", "created_at", "created_by")


def head_of(record: Record) -> WaveRecord:
    """The head in a row of the table."""
    return WaveRecord(**dict(record))


async def waves_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, WaveRecord]:
    """The waves with these ids."""
    statement = select(*_COLUMNS).where(models.PickWave.tenant_id == tx.tenant_id, any_of(models.PickWave.id, ids))
    return {record["id"]: head_of(record) for record in await tx.rows(statement)}


async def waves_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, WaveRecord]:
    """The waves with these numbers."""
    named = [number for number in numbers if is_storable(number)]
    statement = select(*_COLUMNS).where(
        models.PickWave.tenant_id == tx.tenant_id, any_of(models.PickWave.number, named)
    )
    return {record["number"]: head_of(record) for record in await tx.rows(statement)}


async def lock_wave(
    tx: Transaction,
    *,
    key: WaveKey,
    step: str,
    expected_version: int | None = None,
    locks_sources: bool = False,
    task_ids: Collection[UUID] | None = None,
) -> tuple[Wave, datetime]:
    """The wave with its tasks, under its lock, and the time when it was held. With ``locks_sources`` the reservations and transfers of its
    open tasks, or of those of ``task_ids``, are locked before it is read how they stand.

    Before it is packed or shipped, tasks whose sources are gone are withdrawn, locked or not: what a hold has given up it never
    holds again. Raises ``InvalidInput``, ``WaveUnknown``,
    ``WaveChanged``, ``WaveInAnotherState``, and ``Forbidden`` at other outlets.
    """
    if (key.id is None) == (key.number is None):
        raise InvalidInput("Name the wave by waveId or by number, and by one of them only.", path=("wave_id",))
    row = await tx.raw.fetchrow(statements.LOCK, tx.tenant_id, key.id, key.number)
    if row is None:
        if key.number is None:
            raise WaveUnknown(f"There is no wave with the id {key.id}.", path=("wave_id",))
        raise WaveUnknown(f"There is no wave with the number {key.number[:80]!r}.", path=("number",))
    head = head_of(row)
    warehouse = (await warehouses_by_id(tx, [head.warehouse_id]))[head.warehouse_id]
    tx.actor.require_outlet(warehouse.outlet_id)
    check_version(head, expected_version)
    # What is left to pick may be gone: the wave is picked then, though nobody has been told.
    may_be_picked = head.status == "PICKING" and step in AFTER_PICKING
    if not may_be_picked:
        check_step(head, step)
    if locks_sources:
        await _lock_sources(tx, head.id, task_ids)
    wave = Wave(head=head, warehouse=warehouse)
    wave.tasks = [_task(each) for each in await tx.raw.fetch(statements.TASKS, tx.tenant_id, head.id)]
    now: datetime = await tx.raw.fetchval(statements.NOW)
    if step in AFTER_PICKING:
        wave.withdraw_gone(at=now, by=tx.actor.subject)
        check_step(wave.head, step)
    return wave, now


async def _lock_sources(tx: Transaction, wave_id: UUID, task_ids: Collection[UUID] | None) -> None:
    """Lock what the tasks are for, reservations before transfers, each in the order of their ids."""
    wanted = list(task_ids) if task_ids is not None else None
    found = await tx.raw.fetch(statements.SOURCES_OF_TASKS, tx.tenant_id, wave_id, wanted)
    for source, statement in ((RESERVATION, statements.LOCK_RESERVATIONS), (TRANSFER, statements.LOCK_TRANSFERS)):
        ids = {each["document_id"] for each in found if each["source"] == source}
        if ids:
            await tx.raw.execute(statement, tx.tenant_id, list(ids))


async def lock_balances(tx: Transaction, *, wave: Wave, tasks: Sequence[Task]) -> None:
    """Lock every balance that the tasks come to, in key order: reservations, transfers and moves each open the book for themselves."""
    held = {task.document_id for task in tasks if task.source == RESERVATION}
    rows = await tx.raw.fetch(statements.HELD_BALANCES, tx.tenant_id, list(held))
    keys = {(row["variant_id"], row["warehouse_id"]) for row in rows}
    await lock(tx, sorted(keys | {(task.variant_id, wave.warehouse.id) for task in tasks}))


def _task(row: Record) -> Task:
    return Task(**{**dict(row), "serials": tuple(row["serials"]), "picked_serials": tuple(row["picked_serials"])})


async def insert_wave(tx: Transaction, wave: Wave) -> None:
    """Write a wave that is new, and tell of it; raises ``LostRace`` where another wave took one of its sources meanwhile."""
    await tx.run(insert(models.PickWave).values(tenant_id=tx.tenant_id, **asdict(wave.head)))
    rows = [
        (
            each.id, each.position, each.halt, each.source, each.document_id, each.line_id, each.source_id, each.part,
            each.variant_id, each.location_id, each.lot_id, _joined(each.serials), each.quantity,
        )
        for each in wave.tasks
    ]  # fmt: skip
    try:
        await tx.raw.execute(statements.INSERT_TASKS, tx.tenant_id, wave.head.id, *columns(rows, 13))
    except asyncpg.UniqueViolationError as error:
        raise LostRace("another wave took one of the sources meanwhile") from error
    await _tell(tx, wave, ())


async def update_wave(tx: Transaction, wave: Wave, *, also: Sequence[Event] = ()) -> None:
    """Write the head of a wave and the tasks that changed, and tell of the steps it took and ``also`` of these."""
    values = {name: value for name, value in asdict(wave.head).items() if name not in _FIXED}
    await tx.run(
        update(models.PickWave)
        .where(models.PickWave.tenant_id == tx.tenant_id, models.PickWave.id == wave.head.id)
        .values(**values)
    )
    rows = [
        (
            each.id, each.picked, each.short, each.short_reason, _joined(each.picked_serials), each.status, each.is_open,
            each.picked_by, each.picked_at, each.packed_at,
        )
        for each in wave.changed.values()
    ]  # fmt: skip
    if rows:
        await tx.raw.execute(statements.UPDATE_TASKS, tx.tenant_id, *columns(rows, 10))
    await _tell(tx, wave, also)


def _joined(serials: Sequence[str]) -> str | None:
    return SERIAL_SEPARATOR.join(serials) if serials else None


async def _tell(tx: Transaction, wave: Wave, also: Sequence[Event]) -> None:
    await emit_all(tx, [*(event_of(wave, step, tenant_id=tx.tenant_id) for step in wave.steps), *also])
