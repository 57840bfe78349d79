"""Tasks as pickers take them: found, or not; what is missing or damaged is given back at once, or kept."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

from inventory_graph.actor import Actor
from inventory_graph.db import Transaction
from inventory_graph.errors import Forbidden, InvalidInput, InventoryError, NotFound, Refusal
from inventory_graph.masterdata.barcodes import barcodes_by_code
from inventory_graph.picking import policy
from inventory_graph.picking.documents import lock_balances, lock_wave, update_wave
from inventory_graph.picking.events import TaskShortPicked, told
from inventory_graph.picking.policy import DAMAGED, RESERVATION, TRANSFER, Pick, Task, Wave
from inventory_graph.picking.records import WaveKey, WaveRecord
from inventory_graph.reservations.batch import handle
from inventory_graph.reservations.requests import GiveBackHolds, HoldPart
from inventory_graph.stock.commands import Command, Document, LotReference, Move, StockState
from inventory_graph.stock.posting import post
from inventory_graph.unlocked import dataclass

DOCUMENT = "PICK_TASK"
PICKS_MAX = 1_000
SERIALS_MAX = 1_000
CODE_LENGTH_MAX = 200
MANAGE = "inventory.stock.manage"
GIVES_BACK = "inventory.reservations.change"
"""What whoever picks may do to what is held, as far as it is not there."""


Found = tuple[Task, Pick, tuple[str, ...]]
"""A task, what was said of it, and where in the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Short:
    """What was missing of a task, and its place in the request."""

    task: Task
    quantity: Decimal
    is_kept: bool
    path: tuple[str, ...]


async def pick_tasks(
    tx: Transaction, *, key: WaveKey, picks: Sequence[Pick], expected_version: int | None = None
) -> WaveRecord:
    """Take tasks of a wave, each in full or short, all or none. What is short is given back to where it lies unless it is kept; what is
    damaged is set aside as such. Decided on locked rows: what is gone meanwhile is refused.

    Raises ``InvalidInput``, ``WrongScan``, ``NotFound``, ``TaskDone``, ``TaskWithdrawn``, ``WaveInAnotherState``, ``WaveChanged``,
    ``InsufficientStock``, ``Forbidden``.
    """
    if not 1 <= len(picks) <= PICKS_MAX:
        raise InvalidInput(f"1 to {PICKS_MAX} tasks are picked at once, this has {len(picks)}.", path=("picks",))
    wave, now = await lock_wave(
        tx, key=key, step="PICKED", expected_version=expected_version, locks_sources=True,
        task_ids={each.task_id for each in picks},
    )  # fmt: skip
    _check_picker(wave, tx.actor)
    found = _found(wave, picks)
    await _check_barcodes(tx, found)
    shorts = []
    for task, given, path in found:
        policy.check_task(task, path=(*path, "task_id"))
        missing = policy.pick(wave, task, given, at=now, by=tx.actor.subject, path=path)
        if missing:
            shorts.append(_Short(task=task, quantity=missing, is_kept=given.keeps_short, path=path))
    if shorts:
        await lock_balances(tx, wave=wave, tasks=[each.task for each in shorts])
    await _give_back(tx, wave, shorts)
    await _set_aside(tx, wave, shorts)
    wave.take("PICKED", at=now, by=tx.actor.subject, tasks=[task for task, _, _ in found], status="PICKING")
    for short in shorts:
        if not short.task.picked and not short.is_kept:
            wave.change(short.task, is_open=False)
    _let_go(wave)
    wave.complete(at=now, by=tx.actor.subject)
    events = [
        TaskShortPicked(
            aggregate_id=each.task.id, tenant_id=tx.tenant_id, wave=wave.head, task=told(each.task), is_kept=each.is_kept,
            occurred_at=now, recorded_by=tx.actor.subject,
        )
        for each in shorts
    ]  # fmt: skip
    await update_wave(tx, wave, also=events)
    return wave.head


def _let_go(wave: Wave) -> None:
    """Withdraw the tasks nobody took and whose sources are gone."""
    for task in wave.tasks:
        if task.status == "OPEN" and not task.remaining:
            wave.change(task, status="WITHDRAWN", is_open=False)


def _check_picker(wave: Wave, actor: Actor) -> None:
    """Raise ``Forbidden`` for who is not the wave's picker, unless it may manage stock. What is nobody's anybody picks."""
    if wave.head.picker_id not in (None, actor.subject) and not actor.may(MANAGE):
        raise Forbidden(
            f"{wave.head.number} is picked by {wave.head.picker_id}: assign it to {actor.subject} first, or pick with the"
            f" permission {MANAGE}."
        )


def _found(wave: Wave, picks: Sequence[Pick]) -> list[Found]:
    tasks = {task.id: task for task in wave.tasks}
    found: list[Found] = []
    seen: set[UUID] = set()
    for number, given in enumerate(picks):
        path = ("picks", str(number))
        task = tasks.get(given.task_id)
        if task is None:
            raise NotFound(f"{wave.head.number} has no task with the id {given.task_id}.", path=(*path, "task_id"))
        if task.id in seen:
            raise InvalidInput("This task is named twice; name it once with the sum.", path=(*path, "task_id"))
        seen.add(task.id)
        _check_codes(given, path)
        found.append((task, given, path))
    return found


def _check_codes(given: Pick, path: tuple[str, ...]) -> None:
    """Raise ``InvalidInput`` for what no scanner sends."""
    if len(given.serials) > SERIALS_MAX:
        raise InvalidInput(f"A task names at most {SERIALS_MAX} serials.", path=(*path, "serials"))
    named = [("scanned_lot_code", given.scanned_lot_code), ("scanned_barcode", given.scanned_barcode)]
    for name, code in [*named, *(("serials", serial) for serial in given.serials)]:
        if code is not None and (not 1 <= len(code) <= CODE_LENGTH_MAX or not code.isprintable()):
            raise InvalidInput(f"A code has 1 to {CODE_LENGTH_MAX} characters, all printable.", path=(*path, name))


async def _check_barcodes(tx: Transaction, found: Sequence[Found]) -> None:
    scanned = {given.scanned_barcode for _, given, _ in found if given.scanned_barcode is not None}
    if not scanned:
        return
    known = await barcodes_by_code(tx, sorted(scanned))
    for task, given, path in found:
        if given.scanned_barcode is not None:
            barcode = known.get(given.scanned_barcode)
            variant_id = barcode.variant_id if barcode is not None else None
            policy.check_barcode(task, given.scanned_barcode, variant_id, path=path)


async def _give_back(tx: Transaction, wave: Wave, shorts: Sequence[_Short]) -> None:
    """Have each reservation give back what was missing of its holds, as one batch."""
    by_reservation: dict[UUID, list[_Short]] = {}
    for short in shorts:
        if short.task.source == RESERVATION and not short.is_kept:
            by_reservation.setdefault(short.task.document_id, []).append(short)
    if not by_reservation:
        return
    # Who may pick may say that it is not there, whoever reserved it.
    actor = replace(tx.actor, permissions=tx.actor.permissions | {GIVES_BACK})
    requests = [
        GiveBackHolds(
            actor=actor, reservation_id=reservation_id, parts=tuple(map(_part, group)),
            reason=f"{wave.head.number}: {', '.join(sorted({str(each.task.short_reason) for each in group}))}",
        )
        for reservation_id, group in by_reservation.items()
    ]  # fmt: skip
    for outcome, group in zip(await handle(tx, requests), by_reservation.values(), strict=True):
        if isinstance(outcome, InventoryError):
            if isinstance(outcome, Refusal):
                outcome.path = group[0].path
            raise outcome


async def _set_aside(tx: Transaction, wave: Wave, shorts: Sequence[_Short]) -> None:
    """Make damaged what was to leave with transfers and is damaged; of holds it was given back as such."""
    damaged = [each for each in shorts if each.task.source == TRANSFER and each.task.short_reason == DAMAGED]
    posted = await post(tx, [_damage(tx, wave, each) for each in damaged]) if damaged else ()
    for outcome, short in zip(posted, damaged, strict=True):
        if isinstance(outcome, Refusal):
            outcome.path = (*short.path, "quantity")
            raise outcome


def _part(short: _Short) -> HoldPart:
    task = short.task
    return HoldPart(
        hold_id=task.source_id,
        quantity=short.quantity,
        serials=missing_pieces(task, short.quantity),
        to_state=StockState.DAMAGED if task.short_reason == DAMAGED else StockState.AVAILABLE,
    )


def missing_pieces(task: Task, quantity: Decimal) -> tuple[str, ...]:
    """The pieces of a task that were not taken."""
    return tuple(piece for piece in task.serials if piece not in task.picked_serials)[: int(quantity)]


def _damage(tx: Transaction, wave: Wave, short: _Short) -> Command:
    task = short.task
    move = Move(
        variant_id=task.variant_id, warehouse_id=wave.warehouse.id, quantity=short.quantity, from_state=StockState.AVAILABLE,
        to_state=StockState.DAMAGED, from_location_id=task.location_id,
        lot=LotReference(code=task.lot_code) if task.lot_code is not None else None,
        serials=missing_pieces(task, short.quantity),
    )  # fmt: skip
    return Command(
        id=uuid4(), lines=(move,), recorded_by=tx.actor.subject, reason=DAMAGED, reference=wave.head.number,
        document=Document(type=DOCUMENT, id=task.id, line="0", kind=DAMAGED),
    )  # fmt: skip
