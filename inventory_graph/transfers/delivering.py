"""What logistics answers about the delivery of a transfer: kept in the order in which it happened, however late it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.outbox import emit
from inventory_graph.stock.book import EARLIEST
from inventory_graph.transfers.documents import lock_transfer
from inventory_graph.transfers.events import TransferDeliveryUpdated
from inventory_graph.transfers.planning import text
from inventory_graph.transfers.policy import Transfer, supersedes
from inventory_graph.transfers.receiving import receive_transfer
from inventory_graph.transfers.records import TransferDeliveryRecord, TransferKey, TransferRecord

EXTERNAL = "transfer:"
"""What logistics puts before the id of a transfer, in the external reference of its task."""
AHEAD_MAX = timedelta(days=1)
"""How far the clocks of others may go ahead of ours."""
CODE_LENGTH_MAX = 200
PROOF_LENGTH_MAX = 2_000

_FIELDS = """transfer_id, task_id, status, occurred_at, carrier, tracking_code, proof, note, failure_reason, version, recorded_at,
  recorded_by"""
_BY_TRANSFER = f"""
SELECT {_FIELDS} FROM transfer_deliveries WHERE tenant_id = $1 AND transfer_id = ANY($2::uuid[])
"""  # noqa: S608 - the text is put together from constants
_WRITE = f"""
INSERT INTO transfer_deliveries (tenant_id, {_FIELDS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (tenant_id, transfer_id) DO UPDATE SET task_id = excluded.task_id, status = excluded.status,
  occurred_at = excluded.occurred_at, carrier = excluded.carrier, tracking_code = excluded.tracking_code, proof = excluded.proof,
  note = excluded.note, failure_reason = excluded.failure_reason, version = excluded.version, recorded_at = excluded.recorded_at,
  recorded_by = excluded.recorded_by
"""  # noqa: S608 - the text is put together from constants


class DeliveryTold(TypedDict, total=False):
    """What is told of a delivery besides how far it is; what is left out stays as it was told before by the same task."""

    carrier: str | None
    tracking_code: str | None
    proof: str | None
    note: str | None
    failure_reason: str | None


async def deliveries_by_transfer(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, TransferDeliveryRecord]:
    """How far the delivery of each transfer is, where logistics told."""
    rows = await tx.raw.fetch(_BY_TRANSFER, tx.tenant_id, list(ids))
    return {row["transfer_id"]: TransferDeliveryRecord(**row) for row in rows}


def key_of_reference(reference: str) -> TransferKey:
    """The transfer that an external reference of logistics names; raises ``InvalidInput``."""
    try:
        if not reference.startswith(EXTERNAL):
            raise ValueError
        return TransferKey(id=UUID(reference.removeprefix(EXTERNAL)))
    except ValueError:
        raise InvalidInput(
            f"{reference[:80]!r} is not the external reference of a transfer: transfer: and its id.",
            path=("external_reference",),
        ) from None


async def record_transfer_delivery(
    tx: Transaction,
    *,
    key: TransferKey,
    task_id: str,
    status: str,
    occurred_at: datetime,
    receives: bool = False,
    **told: Unpack[DeliveryTold],
) -> TransferRecord:
    """Keep what logistics tells of a delivery, unless something later is known. DELIVERED with ``receives`` puts all that is on its way
    into the destination, as good; without, that is for whoever stands there.

    Raises ``InvalidInput``, ``TransferUnknown``, ``Forbidden``, and what ``receive_transfer`` raises.
    """
    checked = _checked(task_id, occurred_at, told)
    transfer, now = await lock_transfer(tx, key=key, step=None)
    if occurred_at > now + AHEAD_MAX:
        raise InvalidInput("occurredAt lies in the future: nothing has happened then.", path=("occurred_at",))
    known = (await deliveries_by_transfer(tx, [transfer.head.id])).get(transfer.head.id)
    record = TransferDeliveryRecord(
        transfer_id=transfer.head.id, task_id=task_id, status=status, occurred_at=occurred_at, version=1, recorded_at=now,
        recorded_by=tx.actor.subject, carrier=None, tracking_code=None, proof=None, note=None, failure_reason=None,
    )  # fmt: skip
    if known is not None:
        said = known if known.task_id == task_id else record
        record = replace(
            record, version=known.version + 1, carrier=said.carrier, tracking_code=said.tracking_code, proof=said.proof,
            note=said.note,
        )  # fmt: skip
    record = replace(record, **checked)
    if supersedes(record, known):
        await _write(tx, transfer, record)
        known = record
    if (
        receives
        and status == "DELIVERED"
        and known is not None
        and known.status == "DELIVERED"
        and _is_under_way(transfer)
    ):
        return await receive_transfer(tx, key=TransferKey(id=transfer.head.id), reason=f"Delivered by task {task_id}")
    return transfer.head


def _is_under_way(transfer: Transfer) -> bool:
    return any(parcel.in_transit for parcel in transfer.parcels)


def _checked(task_id: str, occurred_at: datetime, told: DeliveryTold) -> dict[str, Any]:
    """What was told as it is kept; raises ``InvalidInput``."""
    if text(task_id, "task_id", length_max=CODE_LENGTH_MAX) is None:
        raise InvalidInput("Name the task of logistics.", path=("task_id",))
    if occurred_at < EARLIEST:
        raise InvalidInput(f"occurredAt lies before {EARLIEST:%Y}.", path=("occurred_at",))
    lengths = {"carrier": CODE_LENGTH_MAX, "tracking_code": CODE_LENGTH_MAX, "proof": PROOF_LENGTH_MAX}
    found: dict[str, Any] = {}
    for name, value in told.items():
        if value is not None:
            found[name] = text(str(value), name, length_max=lengths.get(name, 1_000))
    return found


async def _write(tx: Transaction, transfer: Transfer, record: TransferDeliveryRecord) -> None:
    await tx.raw.execute(_WRITE, tx.tenant_id, *_values(record))
    await emit(
        tx,
        TransferDeliveryUpdated(
            aggregate_id=transfer.head.id, aggregate_version=record.version, tenant_id=tx.tenant_id,
            transfer=transfer.head, delivery=record,
        ),
    )  # fmt: skip


def _values(record: TransferDeliveryRecord) -> list[object]:
    values = asdict(record)
    return [values[name.strip()] for name in _FIELDS.split(",")]
