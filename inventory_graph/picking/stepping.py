"""The steps of a wave that move no stock: assign, release, pack, cancel."""

from collections.abc import Collection
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.picking.documents import lock_wave, update_wave
from inventory_graph.picking.gathering import IDS_MAX, checked_picker
from inventory_graph.picking.policy import Task, Wave
from inventory_graph.picking.records import WaveKey, WaveRecord

REASON_LENGTH_MAX = 1_000


async def assign_pick_wave(
    tx: Transaction, *, key: WaveKey, picker_id: str | None, expected_version: int | None = None
) -> WaveRecord:
    """Give a wave to a picker, None: to whoever comes. Raises ``WaveInAnotherState``, ``WaveChanged``, ``InvalidInput``."""
    picker_id = checked_picker(picker_id)
    wave, now = await lock_wave(tx, key=key, step="ASSIGNED", expected_version=expected_version)
    wave.take("ASSIGNED", at=now, by=tx.actor.subject, picker_id=picker_id)
    await update_wave(tx, wave)
    return wave.head


async def release_pick_wave(tx: Transaction, *, key: WaveKey, expected_version: int | None = None) -> WaveRecord:
    """Let a wave be walked. Raises ``WaveInAnotherState``, ``WaveChanged``."""
    wave, now = await lock_wave(tx, key=key, step="RELEASED", expected_version=expected_version)
    wave.take("RELEASED", at=now, by=tx.actor.subject, status="RELEASED", released_at=now)
    await update_wave(tx, wave)
    return wave.head


async def pack_pick_wave(
    tx: Transaction, *, key: WaveKey, document_ids: Collection[UUID] | None = None, expected_version: int | None = None
) -> WaveRecord:
    """What was picked for these reservations and transfers is packed; None: for all. The wave is packed once all of it is.

    Raises ``InvalidInput`` for more than 200, ``WaveInAnotherState``, ``WaveChanged``, ``NotFound``.
    """
    if document_ids is not None and len(document_ids) > IDS_MAX:
        raise InvalidInput(f"At most {IDS_MAX} of them are packed at once.", path=("document_ids",))
    wave, now = await lock_wave(tx, key=key, step="PACKED", expected_version=expected_version)
    picked_for = {task.document_id for task in wave.tasks}
    for document_id in document_ids or ():
        if document_id not in picked_for:
            raise NotFound(f"{wave.head.number} picks nothing for {document_id}.", path=("document_ids",))
    packed = [
        task for task in wave.tasks if _is_to_pack(task) and (document_ids is None or task.document_id in document_ids)
    ]
    for task in packed:
        wave.change(task, packed_at=now)
    is_packed = not any(map(_is_to_pack, wave.tasks))
    wave.take(
        "PACKED", at=now, by=tx.actor.subject, tasks=packed, status="PACKED" if is_packed else wave.head.status,
        packed_at=now if is_packed else None,
    )  # fmt: skip
    await update_wave(tx, wave)
    return wave.head


def _is_to_pack(task: Task) -> bool:
    return task.is_open and task.picked > 0 and task.packed_at is None


async def cancel_pick_wave(
    tx: Transaction, *, key: WaveKey, reason: str | None = None, expected_version: int | None = None
) -> WaveRecord:
    """Give a wave up: what it was for is held as before, and may be picked in another wave. What was taken goes back to its shelf.

    Raises ``WaveInAnotherState``, ``WaveChanged``, ``InvalidInput``.
    """
    if reason is not None and len(reason) > REASON_LENGTH_MAX:
        raise InvalidInput(f"A reason has at most {REASON_LENGTH_MAX} characters.", path=("reason",))
    wave, now = await lock_wave(tx, key=key, step="CANCELLED", expected_version=expected_version)
    _close(wave)
    wave.take("CANCELLED", at=now, by=tx.actor.subject, reason=reason, status="CANCELLED", resolved_at=now)
    await update_wave(tx, wave)
    return wave.head


def _close(wave: Wave) -> None:
    for task in wave.tasks:
        if task.is_open:
            wave.change(task, status="CANCELLED", is_open=False)
