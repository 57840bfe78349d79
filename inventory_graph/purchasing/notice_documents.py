"""Advance shipping notices in the database: locked, moved on, and told of."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.suppliers import suppliers_by_id
from inventory_graph.outbox import emit
from inventory_graph.purchasing import notice_statements as statements
from inventory_graph.purchasing.notice_events import AdvanceShippingNoticeEvent
from inventory_graph.purchasing.notice_records import (
    AdvanceShippingNoticeLineRecord,
    AdvanceShippingNoticeRecord,
    NoticeKey,
)
from inventory_graph.purchasing.policy import Seller
from inventory_graph.purchasing.refusals import AdvanceShippingNoticeUnknown, NoticeInAnotherState

ALLOWED: Mapping[str, tuple[str, ...]] = {"RECEIVED": ("ANNOUNCED",), "CANCELLED": ("ANNOUNCED",)}
"""In which states each step can be taken; a notice begins ANNOUNCED, and is so again when its receipt is reversed."""

_HEAD_FIELDS = tuple(each.name for each in fields(AdvanceShippingNoticeRecord))


@dataclass(frozen=True, slots=True)
class LockedNotice:
    """A notice under its lock, and the time when the lock was held."""

    head: AdvanceShippingNoticeRecord
    now: datetime


async def lock_notice(tx: Transaction, *, key: NoticeKey, step: str) -> LockedNotice:
    """The notice; nobody else changes it until the transaction ends. Its orders are locked before it, where they are at all.

    Raises ``InvalidInput`` unless the key is one, ``AdvanceShippingNoticeUnknown`` and ``NoticeInAnotherState``.
    """
    if (key.id is None) == (key.number is None):
        raise InvalidInput(
            "Name the advance shipping notice by its id or by its number, and by one of them only.", path=key.path
        )
    row = await tx.raw.fetchrow(statements.LOCK, tx.tenant_id, key.id, key.number)
    if row is None:
        raise unknown_notice(key)
    head = notice_of(row)
    if head.status not in ALLOWED[step]:
        raise NoticeInAnotherState(
            f"{head.number} is {head.status}; it can be {step.lower()} while it is {' or '.join(ALLOWED[step])}.",
            path=key.path,
        )
    return LockedNotice(head, row["now"])


async def lock_notice_of_receipt(tx: Transaction, *, receipt_id: UUID) -> AdvanceShippingNoticeRecord | None:
    """The notice that came by a receipt, under its lock; None where there is none."""
    row = await tx.raw.fetchrow(statements.LOCK_OF_RECEIPT, tx.tenant_id, receipt_id)
    return notice_of(row) if row is not None else None


def unknown_notice(key: NoticeKey) -> AdvanceShippingNoticeUnknown:
    """The refusal of a key that names no notice."""
    named = f"id {key.id}" if key.id is not None else f"number {(key.number or '')[:80]!r}"
    return AdvanceShippingNoticeUnknown(f"There is no advance shipping notice with the {named}.", path=key.path)


def notice_of(row: Record) -> AdvanceShippingNoticeRecord:
    """The head in a row of the table, which may have more columns."""
    return AdvanceShippingNoticeRecord(**{name: row[name] for name in _HEAD_FIELDS})


async def lines_of_notice(tx: Transaction, *, id: UUID) -> list[AdvanceShippingNoticeLineRecord]:  # noqa: A002 - the column's name
    """All lines of a notice, in their order; they never change."""
    return [AdvanceShippingNoticeLineRecord(**row) for row in await tx.raw.fetch(statements.LINES, tx.tenant_id, id)]


async def update_notice(
    tx: Transaction,
    *,
    after: AdvanceShippingNoticeRecord,
    kind: type[AdvanceShippingNoticeEvent],
    outlet_id: UUID | None,
) -> None:
    """Write a step of a notice, and tell of it."""
    await tx.raw.execute(
        statements.STEP, tx.tenant_id, after.id, after.status, after.version, after.goods_receipt_id, after.resolved_at,
        after.resolved_by, after.cancellation_reason,
    )  # fmt: skip
    supplier = (await suppliers_by_id(tx, [after.supplier_id]))[after.supplier_id]
    await tell_of_notice(tx, head=after, kind=kind, seller=Seller.of(supplier), outlet_id=outlet_id)


async def tell_of_notice(
    tx: Transaction,
    *,
    head: AdvanceShippingNoticeRecord,
    kind: type[AdvanceShippingNoticeEvent],
    seller: Seller,
    outlet_id: UUID | None,
) -> None:
    """Tell of a notice as it is now; no bank account of the supplier is told."""
    event = kind(
        aggregate_id=head.id, aggregate_version=head.version, tenant_id=tx.tenant_id, head=head, seller=seller, outlet_id=outlet_id,
        lines=tuple(await lines_of_notice(tx, id=head.id)),
    )  # fmt: skip
    await emit(tx, event)
