"""Transfers in the database: locked, read and written whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.outbox import emit_all
from inventory_graph.stock.loading import columns
from inventory_graph.stock.statements import SERIAL_SEPARATOR
from inventory_graph.transfers import models, statements
from inventory_graph.transfers.events import event_of
from inventory_graph.transfers.policy import Line, Outcome, Parcel, Transfer, check_step
from inventory_graph.transfers.records import TransferKey, TransferRecord
from inventory_graph.transfers.refusals import TransferUnknown

_COLUMNS = tuple(getattr(models.Transfer, each.name) for each in fields(TransferRecord))
_FIXED = ("id", "number", "from_warehouse_id", "to_warehouse_id", "created_at", "created_by")


def head_of(record: Record) -> TransferRecord:
    """The head in a row of the table."""
    return TransferRecord(**dict(record))


async def transfers_by_id(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, TransferRecord]:
    """The transfers with these ids."""
    statement = select(*_COLUMNS).where(models.Transfer.tenant_id == tx.tenant_id, any_of(models.Transfer.id, ids))
    return {record["id"]: head_of(record) for record in await tx.rows(statement)}


async def transfers_by_number(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, TransferRecord]:
    """The transfers with these numbers."""
    named = [number for number in numbers if is_storable(number)]
    statement = select(*_COLUMNS).where(
        models.Transfer.tenant_id == tx.tenant_id, any_of(models.Transfer.number, named)
    )
    return {record["number"]: head_of(record) for record in await tx.rows(statement)}


async def lock_transfer(
    tx: Transaction,
    *,
    key: TransferKey,
    step: str | None,
    expected_version: int | None = None,
) -> tuple[Transfer, datetime]:
    """The transfer with its lines and parcels, under its lock, and the time when it was held. Who may act on it at which end is
    for the caller to check. ``step`` None: no step is taken, whatever its state.

    Raises ``InvalidInput``, ``TransferUnknown``, ``TransferChanged`` and ``TransferInAnotherState``, and ``Forbidden`` at other outlets.
    """
    if (key.id is None) == (key.number is None):
        raise InvalidInput(
            "Name the transfer by transferId or by number, and by one of them only.", path=("transfer_id",)
        )
    row = await tx.raw.fetchrow(statements.LOCK, tx.tenant_id, key.id, key.number)
    if row is None:
        if key.number is None:
            raise TransferUnknown(f"There is no transfer with the id {key.id}.", path=("transfer_id",))
        raise TransferUnknown(f"There is no transfer with the number {key.number[:80]!r}.", path=("number",))
    head = head_of(row)
    places = await warehouses_by_id(tx, [head.from_warehouse_id, head.to_warehouse_id])
    transfer = Transfer(head=head, source=places[head.from_warehouse_id], destination=places[head.to_warehouse_id])
    require_either_end(tx, transfer)
    if step is not None:
        check_step(head, step, expected_version=expected_version)
    transfer.lines = await lines_of(tx, transfer_id=head.id)
    if head.shipped_at is not None:
        transfer.parcels = [_parcel(each) for each in await tx.raw.fetch(statements.PARCELS, tx.tenant_id, head.id)]
    now: datetime = await tx.raw.fetchval(statements.NOW)
    return transfer, now


def require_either_end(tx: Transaction, transfer: Transfer) -> None:
    """Raise ``Forbidden`` for a caller who is bound to outlets of which neither end is."""
    outlet_ids = tx.actor.outlet_ids
    if outlet_ids is not None and transfer.source.outlet_id in outlet_ids:
        return
    tx.actor.require_outlet(transfer.destination.outlet_id)


async def lines_of(tx: Transaction, *, transfer_id: UUID) -> list[Line]:
    """The lines of a transfer, in their order."""
    rows = await tx.raw.fetch(statements.LINES, tx.tenant_id, transfer_id)
    return [Line(**{**dict(row), "serials": tuple(row["serials"])}) for row in rows]


def _parcel(row: Record) -> Parcel:
    return Parcel(**{**dict(row), "serials": tuple(row["serials"]), "serials_left": tuple(row["serials_left"])})


async def insert_transfer(tx: Transaction, transfer: Transfer) -> None:
    """Write a transfer that is new, and tell of it."""
    await tx.run(insert(models.Transfer).values(tenant_id=tx.tenant_id, **asdict(transfer.head)))
    await insert_lines(tx, transfer)
    await _tell(tx, transfer)


async def update_transfer(tx: Transaction, transfer: Transfer) -> None:
    """Write the head of a transfer and the steps it took, and tell of them. Lines and parcels are written by whoever changes them."""
    values = {name: value for name, value in asdict(transfer.head).items() if name not in _FIXED}
    await tx.run(
        update(models.Transfer)
        .where(models.Transfer.tenant_id == tx.tenant_id, models.Transfer.id == transfer.head.id)
        .values(**values)
    )
    await _tell(tx, transfer)


async def insert_lines(tx: Transaction, transfer: Transfer) -> None:
    """Write lines that are new."""
    rows = [
        (line.id, line.position, line.variant_id, line.quantity, line.lot_code, _joined(line.serials))
        for line in transfer.lines
    ]
    await tx.raw.execute(statements.INSERT_LINES, tx.tenant_id, transfer.head.id, *columns(rows, 6))
    # Read back with the names that events tell.
    transfer.lines = await lines_of(tx, transfer_id=transfer.head.id)


async def replace_lines(tx: Transaction, transfer: Transfer) -> None:
    """Write the lines in place of all there were."""
    await tx.raw.execute(statements.DELETE_LINES, tx.tenant_id, transfer.head.id)
    await insert_lines(tx, transfer)


async def update_lines(tx: Transaction, transfer: Transfer) -> None:
    """Write how far each line has come."""
    rows = [
        (line.id, line.shipped, line.received, line.damaged, line.lost, line.returned, line.over)
        for line in transfer.lines
    ]
    await tx.raw.execute(statements.UPDATE_LINES, tx.tenant_id, *columns(rows, 7))


async def insert_parcels(tx: Transaction, *, transfer: Transfer, parcels: Sequence[Parcel]) -> None:
    """Write what has left."""
    variants = {line.id: line.variant_id for line in transfer.lines}
    rows = [
        (
            each.id, each.line_id, each.position, variants[each.line_id], each.lot_id, _joined(each.serials), each.quantity,
            each.unit_cost, each.from_location_id, each.shipped_at,
        )
        for each in parcels
    ]  # fmt: skip
    await tx.raw.execute(statements.INSERT_PARCELS, tx.tenant_id, transfer.head.id, *columns(rows, 10))


async def write_outcomes(tx: Transaction, *, transfer: Transfer, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Write what became of parts of the transfer, and what is left of its parcels and lines."""
    parcels = {each.parcel.id: each.parcel for each in outcomes if each.parcel is not None}
    left = [(each.id, each.in_transit, _joined(each.serials_left)) for each in parcels.values()]
    if left:
        await tx.raw.execute(statements.UPDATE_PARCELS, tx.tenant_id, *columns(left, 3))
    rows = [
        (
            uuid4(), each.line.id, each.parcel.id if each.parcel is not None else None, position, each.kind, each.state,
            each.quantity, each.unit_cost, each.lot_id, _joined(each.serials), each.location_id, each.reason, each.note,
        )
        for position, each in enumerate(outcomes)
    ]  # fmt: skip
    await tx.raw.execute(
        statements.INSERT_OUTCOMES, tx.tenant_id, transfer.head.id, at, tx.actor.subject, *columns(rows, 13)
    )
    await update_lines(tx, transfer)


def _joined(serials: Sequence[str]) -> str | None:
    return SERIAL_SEPARATOR.join(serials) if serials else None


async def _tell(tx: Transaction, transfer: Transfer) -> None:
    steps = [(each.version, each.kind, each.at, each.by, each.reason, each.details) for each in transfer.steps]
    await tx.raw.execute(statements.INSERT_STEPS, tx.tenant_id, transfer.head.id, *columns(steps, 6))
    await emit_all(tx, [event_of(transfer, step, tenant_id=tx.tenant_id) for step in transfer.steps])
