"""The verbs of transfers before anything leaves: draft, change, submit, approve, reject."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.numbering import next_number
from inventory_graph.stock.book import EARLIEST
from inventory_graph.stock.service import Place
from inventory_graph.transfers import policy, statements
from inventory_graph.transfers.documents import (
    insert_transfer,
    lock_transfer,
    replace_lines,
    require_either_end,
    update_transfer,
)
from inventory_graph.transfers.drafting import WantedLine, draft
from inventory_graph.transfers.policy import Transfer
from inventory_graph.transfers.records import TransferKey, TransferRecord

SERIES = "TR"
TEXT_LENGTH_MAX = 1_000
REFERENCE_LENGTH_MAX = 200


class TransferTerms(TypedDict, total=False):
    """What a transfer says beside its lines; what is left out of a change stays."""

    expected_at: datetime | None
    reference: str | None
    note: str | None


class StepTaken(TypedDict, total=False):
    """What every step of a transfer can be given: the version that the caller looked at, and why."""

    expected_version: int | None
    reason: str | None


async def create_transfer(
    tx: Transaction, *, source: Place, destination: Place, lines: Sequence[WantedLine], **terms: Unpack[TransferTerms]
) -> TransferRecord:
    """Draft a transfer of 1 to 500 lines. Whoever is bound to outlets may do so for either end.

    Raises ``InvalidInput``, ``NotFound``, ``WarehouseInactive``, ``ItemInactive``, ``UnitMismatch`` and ``Forbidden``.
    """
    leaves = await _warehouse(tx, source, "from_warehouse")
    arrives = await _warehouse(tx, destination, "to_warehouse")
    if leaves.id == arrives.id:
        raise InvalidInput(
            f"Both ends are {leaves.code}: within a warehouse stock is moved by moveStock.", path=("to_warehouse",)
        )
    checked = _checked(terms)
    drafted = await draft(tx, lines=lines)
    now: datetime = await tx.raw.fetchval(statements.NOW)
    head = TransferRecord(
        id=uuid4(), number="", from_warehouse_id=leaves.id, to_warehouse_id=arrives.id, status="DRAFT", is_fully_shipped=False,
        expected_at=None, reference=None, note=None, submitted_by=None, approved_by=None, shipped_at=None, received_at=None,
        resolved_at=None, version=0, created_at=now, created_by=tx.actor.subject,
    )  # fmt: skip
    transfer = Transfer(head=replace(head, **checked), source=leaves, destination=arrives, lines=drafted)
    require_either_end(tx, transfer)
    transfer.take("CREATED", at=now, by=tx.actor.subject, number=await next_number(tx, series=SERIES))
    await insert_transfer(tx, transfer)
    return transfer.head


async def update_transfer_draft(
    tx: Transaction,
    *,
    key: TransferKey,
    expected_version: int | None = None,
    lines: Sequence[WantedLine] | None = None,
    **terms: Unpack[TransferTerms],
) -> TransferRecord:
    """Change a draft; ``lines`` states all of them anew, None leaves them as they are. What changes nothing is no step.

    Raises what ``create_transfer`` does, ``TransferUnknown``, ``TransferInAnotherState`` and ``TransferChanged``.
    """
    transfer, now = await lock_transfer(tx, key=key, step="UPDATED", expected_version=expected_version)
    before = transfer.head
    transfer.head = replace(before, **_checked(terms))
    if lines is not None:
        transfer.lines = await draft(tx, lines=lines)
        await replace_lines(tx, transfer)
    elif transfer.head == before:
        return before
    transfer.take("UPDATED", at=now, by=tx.actor.subject)
    await update_transfer(tx, transfer)
    return transfer.head


async def submit_transfer(tx: Transaction, *, key: TransferKey, **taken: Unpack[StepTaken]) -> TransferRecord:
    """A draft becomes what somebody has to approve. Raises ``TransferInAnotherState``, ``TransferChanged``."""
    return await _step(tx, key, "SUBMITTED", policy.submit, taken)


async def approve_transfer(tx: Transaction, *, key: TransferKey, **taken: Unpack[StepTaken]) -> TransferRecord:
    """It may be shipped: for the source to say. Raises ``TransferInAnotherState``, ``TransferChanged``, ``Forbidden``."""
    return await _step(tx, key, "APPROVED", policy.approve, taken, by_source=True)


async def reject_transfer(tx: Transaction, *, key: TransferKey, **taken: Unpack[StepTaken]) -> TransferRecord:
    """Back to its author as a draft. Raises ``TransferInAnotherState``, ``TransferChanged``, ``Forbidden``."""
    return await _step(tx, key, "REJECTED", policy.reject, taken, by_source=True)


async def _step(
    tx: Transaction,
    key: TransferKey,
    kind: str,
    act: Callable[..., None],
    taken: StepTaken,
    *,
    by_source: bool = False,
) -> TransferRecord:
    reason = text(taken.get("reason"), "reason")
    transfer, now = await lock_transfer(tx, key=key, step=kind, expected_version=taken.get("expected_version"))
    if by_source:
        tx.actor.require_outlet(transfer.source.outlet_id)
    act(transfer, at=now, by=tx.actor.subject, reason=reason)
    await update_transfer(tx, transfer)
    return transfer.head


async def _warehouse(tx: Transaction, place: Place, name: str) -> WarehouseRecord:
    return await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id, path=(name,))


def _checked(terms: TransferTerms) -> dict[str, Any]:
    """The terms as they are kept in the head; raises ``InvalidInput``."""
    checked: dict[str, Any] = {}
    if "expected_at" in terms:
        checked["expected_at"] = checked_instant(terms["expected_at"])
    if "reference" in terms:
        checked["reference"] = text(terms["reference"], "reference", length_max=REFERENCE_LENGTH_MAX)
    if "note" in terms:
        checked["note"] = text(terms["note"], "note")
    return checked


def checked_instant(instant: datetime | None) -> datetime | None:
    """When something is expected; raises ``InvalidInput`` for what no calendar of stock knows."""
    if instant is not None and instant < EARLIEST:
        raise InvalidInput(f"expectedAt lies before {EARLIEST:%Y}: nothing is expected then.", path=("expected_at",))
    return instant


def text(value: str | None, *path: str, length_max: int = TEXT_LENGTH_MAX) -> str | None:
    """What somebody wrote, None for nothing; raises ``InvalidInput``."""
    if value is None or not value.strip():
        return None
    return checked_text(value, path=path, length_max=length_max, is_multiline=True)
