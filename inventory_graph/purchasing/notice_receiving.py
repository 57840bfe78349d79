"""A delivery that was announced comes, or did not come after all: what becomes of its notice by a receipt and by its reversal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.purchasing.notice_documents import (
    lines_of_notice,
    lock_notice,
    lock_notice_of_receipt,
    unknown_notice,
    update_notice,
)
from inventory_graph.purchasing.notice_events import AdvanceShippingNoticeReceived, AdvanceShippingNoticeReopened
from inventory_graph.purchasing.notice_queries import notices_by_id
from inventory_graph.purchasing.notice_records import (
    AdvanceShippingNoticeLineRecord,
    AdvanceShippingNoticeRecord,
    NoticeKey,
)
from inventory_graph.purchasing.records import GoodsReceiptRecord

PATH = ("advance_shipping_notice_id",)


@dataclass(frozen=True, slots=True)
class AnnouncedDelivery:
    """A notice with its lines. Only the lines are sure before it is locked: they never change."""

    head: AdvanceShippingNoticeRecord
    lines: Sequence[AdvanceShippingNoticeLineRecord]

    @property
    def order_ids(self) -> Collection[UUID]:
        """The orders that it is of."""
        return {line.purchase_order_id for line in self.lines}


async def announced_delivery(tx: Transaction, *, notice_id: UUID | None) -> AnnouncedDelivery | None:
    """The notice that a receipt names, None where it names none; raises ``AdvanceShippingNoticeUnknown``."""
    if notice_id is None:
        return None
    head = (await notices_by_id(tx, [notice_id])).get(notice_id)
    if head is None:
        raise unknown_notice(NoticeKey(id=notice_id))
    return AnnouncedDelivery(head, await lines_of_notice(tx, id=notice_id))


def check_ends(delivery: AnnouncedDelivery, *, supplier_id: UUID, warehouse_id: UUID) -> None:
    """Raise ``InvalidInput`` for a notice of another supplier, or for another warehouse."""
    if delivery.head.supplier_id != supplier_id:
        raise InvalidInput(f"{delivery.head.number} is of another supplier.", path=PATH)
    if delivery.head.warehouse_id != warehouse_id:
        raise InvalidInput(
            f"{delivery.head.number} is for another warehouse: receive it where it shall arrive.", path=PATH
        )


def check_only_order(delivery: AnnouncedDelivery, *, order_id: UUID, number: str) -> None:
    """Raise ``InvalidInput`` for a notice of another order, or of several."""
    if order_id not in delivery.order_ids:
        raise InvalidInput(f"{delivery.head.number} is not of {number}.", path=PATH)
    if len(delivery.order_ids) > 1:
        raise InvalidInput(
            f"{delivery.head.number} is of {len(delivery.order_ids)} orders: receive it by receiveGoods.", path=PATH
        )


async def lock_delivery(tx: Transaction, *, delivery: AnnouncedDelivery) -> AnnouncedDelivery:
    """The same as it is under its lock, which is taken after those of its orders; raises ``NoticeInAnotherState``."""
    locked = await lock_notice(tx, key=NoticeKey(id=delivery.head.id), step="RECEIVED")
    return replace(delivery, head=locked.head)


async def receive_notice(
    tx: Transaction, *, delivery: AnnouncedDelivery, receipt: GoodsReceiptRecord, outlet_id: UUID | None
) -> None:
    """It came by the receipt, whatever was in it."""
    head = delivery.head
    after = replace(
        head, status="RECEIVED", version=head.version + 1, goods_receipt_id=receipt.id, resolved_at=receipt.recorded_at,
        resolved_by=receipt.recorded_by,
    )  # fmt: skip
    await update_notice(tx, after=after, kind=AdvanceShippingNoticeReceived, outlet_id=outlet_id)


async def reopen_notice(tx: Transaction, *, receipt: GoodsReceiptRecord) -> None:
    """The receipt was reversed: what it was announced by, if anything, is to be received again."""
    head = await lock_notice_of_receipt(tx, receipt_id=receipt.id)
    if head is None:
        return
    outlet_id = (await warehouses_by_id(tx, [head.warehouse_id]))[head.warehouse_id].outlet_id
    after = replace(
        head, status="ANNOUNCED", version=head.version + 1, goods_receipt_id=None, resolved_at=None, resolved_by=None
    )
    await update_notice(tx, after=after, kind=AdvanceShippingNoticeReopened, outlet_id=outlet_id)
