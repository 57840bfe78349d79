"""What was picked leaves: holds are issued as they were taken, transfers are on their way."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InventoryError, Refusal
from inventory_graph.picking import statements
from inventory_graph.picking.documents import lock_balances, lock_wave, update_wave
from inventory_graph.picking.policy import RESERVATION, TRANSFER, Task, Wave
from inventory_graph.picking.records import WaveKey, WaveRecord
from inventory_graph.picking.refusals import NothingToPick
from inventory_graph.quantities import ZERO
from inventory_graph.reservations.batch import handle
from inventory_graph.reservations.refusals import NothingHeld
from inventory_graph.reservations.requests import CommitHolds, GiveBackHolds, HoldPart
from inventory_graph.transfers.records import TransferKey
from inventory_graph.transfers.shipping import ShippedLine, ship_transfer

SHIPS_TRANSFERS = "inventory.transfers.change"


async def ship_pick_wave(
    tx: Transaction, *, key: WaveKey, keeps_remainder: bool = True, expected_version: int | None = None
) -> WaveRecord:
    """What was picked leaves. What was picked for a source that is gone meanwhile does not: it is withdrawn.

    ``keeps_remainder``: what was short stays held, and of transfers may leave later; else it is given back, and will not leave where
    the wave was of all that was left. Raises what committing reservations and shipping transfers raises, ``NothingToPick``,
    ``WaveInAnotherState``, ``WaveChanged``, ``Forbidden``.
    """
    wave, now = await lock_wave(tx, key=key, step="SHIPPED", expected_version=expected_version, locks_sources=True)
    leaving = [task for task in wave.tasks if task.is_open and task.picked > 0]
    if not leaving:
        raise NothingToPick(
            f"Nothing of {wave.head.number} can leave: what it was for is gone, or nothing was found. Cancel it.",
            path=("wave_id",),
        )
    if any(task.source == TRANSFER for task in leaving):
        tx.actor.require(SHIPS_TRANSFERS)
    await lock_balances(tx, wave=wave, tasks=[task for task in wave.tasks if task.is_open])
    held = [task for task in wave.tasks if task.is_open and task.source == RESERVATION]
    stays = await _commit(tx, held, keeps_remainder)
    await _ship(tx, wave, [task for task in leaving if task.source == TRANSFER], keeps_remainder)
    for task in wave.tasks:
        if task.is_open:
            is_leaving = task.picked > 0 and task.document_id not in stays
            wave.change(task, is_open=False, status="SHIPPED" if is_leaving else task.status)
    leaving = [task for task in leaving if task.document_id not in stays]
    wave.take("SHIPPED", at=now, by=tx.actor.subject, tasks=leaving, status="SHIPPED", resolved_at=now)
    await update_wave(tx, wave)
    return wave.head


async def _commit(tx: Transaction, tasks: Sequence[Task], keeps_remainder: bool) -> set[UUID]:
    """Issue what was taken of the holds, and give back what was short where it is not kept, as one batch. Answers the reservations of
    which so little was found that nothing of them can be issued: a latte without milk stays."""
    by_reservation: dict[UUID, list[Task]] = {}
    for task in tasks:
        by_reservation.setdefault(task.document_id, []).append(task)
    requests: list[CommitHolds | GiveBackHolds] = []
    for reservation_id, group in by_reservation.items():
        taken = tuple(
            HoldPart(hold_id=task.source_id, quantity=task.picked, serials=task.picked_serials)
            for task in group
            if task.picked
        )
        if taken:
            requests.append(CommitHolds(actor=tx.actor, reservation_id=reservation_id, parts=taken))
        left = tuple(
            HoldPart(hold_id=task.source_id, quantity=task.remaining - task.picked)
            for task in group
            if task.remaining > task.picked
        )
        if left and not keeps_remainder:
            requests.append(GiveBackHolds(actor=tx.actor, reservation_id=reservation_id, parts=left))
    stays: set[UUID] = set()
    for request, outcome in zip(requests, await handle(tx, requests) if requests else (), strict=True):
        if isinstance(outcome, NothingHeld):
            stays.add(request.reservation_id)
        elif isinstance(outcome, InventoryError):
            raise _of_wave(outcome)
    return stays


async def _ship(tx: Transaction, wave: Wave, tasks: Sequence[Task], keeps_remainder: bool) -> None:
    """Let each transfer leave with what was picked for it."""
    by_transfer: dict[UUID, list[Task]] = {}
    for task in tasks:
        by_transfer.setdefault(task.document_id, []).append(task)
    if not by_transfer:
        return
    rows = await tx.raw.fetch(statements.UNSHIPPED, tx.tenant_id, list(by_transfer))
    unshipped = {row["transfer_id"]: row["quantity"] for row in rows}
    for transfer_id in sorted(by_transfer):
        wanted = sum(
            (task.quantity for task in wave.tasks if task.document_id == transfer_id and task.status != "WITHDRAWN"),
            ZERO,
        )
        try:
            await ship_transfer(
                tx, key=TransferKey(id=transfer_id), lines=_lines(by_transfer[transfer_id]),
                drops_rest=not keeps_remainder and wanted >= unshipped[transfer_id], reason=wave.head.number,
            )  # fmt: skip
        except Refusal as refusal:
            raise _of_wave(refusal) from refusal


def _lines(tasks: Sequence[Task]) -> list[ShippedLine]:
    """What leaves of each line, never more than is left of it: some may have left otherwise meanwhile."""
    left: dict[UUID, Decimal] = {}
    lines = []
    for task in tasks:
        quantity = min(task.picked, left.setdefault(task.line_id, task.remaining))
        if quantity:
            left[task.line_id] -= quantity
            lines.append(
                ShippedLine(
                    line_id=task.line_id, quantity=quantity, lot_code=task.lot_code, location_id=task.location_id,
                    serials=task.picked_serials[: int(quantity)],
                )
            )  # fmt: skip
    return lines


def _of_wave(error: InventoryError) -> InventoryError:
    """The refusal, at the place that the caller knows."""
    if isinstance(error, Refusal):
        error.path = ("wave_id",)
    return error
