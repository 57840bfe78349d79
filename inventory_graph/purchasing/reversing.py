"""Taking back a receipt that was wrong: what it brought leaves again, and its orders wait for it as before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from inventory_graph import idempotency
from inventory_graph.db import Transaction
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.outbox import emit_all
from inventory_graph.purchasing import policy, statements
from inventory_graph.purchasing.arrivals import STATES
from inventory_graph.purchasing.documents import lock_orders
from inventory_graph.purchasing.events import event_of
from inventory_graph.purchasing.notice_receiving import reopen_notice
from inventory_graph.purchasing.policy import Line, Order
from inventory_graph.purchasing.receipt_events import GoodsReceiptReversed
from inventory_graph.purchasing.receipts import (
    goods_receipts_by_id,
    lines_of_receipt,
    lock_receipt,
    order_ids_by_receipt,
)
from inventory_graph.purchasing.receiving import (
    DOCUMENT,
    TEXT_LENGTH_MAX,
    WHOLE,
    ReceiptAnswer,
    answer_receipt,
    order_columns,
    replayed_receipt,
)
from inventory_graph.purchasing.records import GoodsReceiptLineRecord, GoodsReceiptRecord
from inventory_graph.purchasing.refusals import (
    GoodsReceiptUnknown,
    ReceiptCarriesCosts,
    ReceiptReturned,
    ReceiptReversed,
)
from inventory_graph.purchasing.return_statements import RETURNED_OF_RECEIPT
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.commands import Command, Document, LotReference, ReverseReceipt
from inventory_graph.stock.cost_queries import costs_added
from inventory_graph.stock.loading import columns
from inventory_graph.stock.posting import post_one

OPERATION = "reverseGoodsReceipt"


async def reverse_goods_receipt(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], goods_receipt_id: UUID, reason: str
) -> ReceiptAnswer:
    """Undo a whole receipt by movements the other way; ``arguments`` are what the key stands for.

    Raises ``GoodsReceiptUnknown``, ``ReceiptReversed``, ``ReceiptReturned``, ``ReceiptCarriesCosts``, ``OrderInAnotherState``,
    ``InvalidInput``, ``Forbidden``, and
    ``InsufficientStock`` or ``SerialNotAvailable`` for what is not there any more.
    """
    said = checked_text(reason, path=("reason",), length_max=TEXT_LENGTH_MAX, is_multiline=True)
    recorded = await idempotency.claim(tx, operation=OPERATION, key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return replayed_receipt({"goods_receipt_id": str(goods_receipt_id), **recorded})
    found = (await goods_receipts_by_id(tx, [goods_receipt_id])).get(goods_receipt_id)
    if found is None:
        raise GoodsReceiptUnknown(
            f"There is no goods receipt with the id {goods_receipt_id}.", path=("goods_receipt_id",)
        )
    # The orders first, as whoever receives does.
    order_ids = (await order_ids_by_receipt(tx, [goods_receipt_id])).get(goods_receipt_id, [])
    orders = [each.order for each in await lock_orders(tx, ids=order_ids)]
    for order in orders:
        policy.check_step(order.head, "RECEIPT_REVERSED", path=("goods_receipt_id",))
    if not orders:
        warehouse = (await warehouses_by_id(tx, [found.warehouse_id]))[found.warehouse_id]
        tx.actor.require_outlet(warehouse.outlet_id)
    receipt = await lock_receipt(tx, id=goods_receipt_id)
    if receipt.status == "REVERSED":
        raise ReceiptReversed(
            f"{receipt.number} was reversed by {receipt.reversed_by} already.", path=("goods_receipt_id",)
        )
    gone: str | None = await tx.raw.fetchval(RETURNED_OF_RECEIPT, tx.tenant_id, goods_receipt_id)
    if gone is not None:
        raise ReceiptReturned(
            f"Something of {receipt.number} went back to the supplier by {gone}: cancel that first.",
            path=("goods_receipt_id",),
        )
    if added := await costs_added(tx, document_id=goods_receipt_id):
        raise ReceiptCarriesCosts(
            f"{receipt.number} carries {quantity_to_text(added)} of landed cost, which would stay behind without its goods. Take it"
            f" back first: addLandedCost of -{quantity_to_text(added)}, spread in the same way.",
            path=("goods_receipt_id",),
        )
    lines = await lines_of_receipt(tx, id=goods_receipt_id)
    await _post(tx, orders, receipt, lines, said)
    await _record(tx, orders, receipt, lines, said)
    await reopen_notice(tx, receipt=receipt)
    return await answer_receipt(tx, operation=OPERATION, key=idempotency_key, receipt=receipt)


async def _post(
    tx: Transaction,
    orders: Sequence[Order],
    receipt: GoodsReceiptRecord,
    lines: Sequence[GoodsReceiptLineRecord],
    reason: str,
) -> None:
    let_in = [line for line in lines if line.disposition != "REJECTED"]
    if not let_in:
        return
    await post_one(
        tx,
        Command(
            id=uuid4(),
            lines=tuple(
                ReverseReceipt(
                    variant_id=line.variant_id, warehouse_id=receipt.warehouse_id, quantity=line.quantity,
                    receipt_id=receipt.id, unit_cost=line.unit_cost, lot=LotReference(code=line.lot_code) if line.lot_code is not None else None,
                    serials=tuple(line.serials), state=STATES[line.disposition],
                )
                for line in let_in
            ),
            recorded_by=tx.actor.subject,
            note=reason,
            reference=orders[0].head.number if len(orders) == 1 else receipt.delivery_note,
            document=Document(type=DOCUMENT, id=receipt.id, line=WHOLE, kind="RECEIPT_REVERSAL"),
        ),
    )  # fmt: skip


async def _record(
    tx: Transaction,
    orders: Sequence[Order],
    receipt: GoodsReceiptRecord,
    lines: Sequence[GoodsReceiptLineRecord],
    reason: str,
) -> None:
    now: datetime = await tx.raw.fetchval(statements.NOW)
    by = tx.actor.subject
    quantities: dict[UUID, tuple[Decimal, Decimal]] = {}
    for line in lines:
        if line.purchase_order_line_id is None:
            continue
        let_in, rejected = quantities.get(line.purchase_order_line_id, (ZERO, ZERO))
        if line.disposition == "REJECTED":
            rejected += line.quantity
        else:
            let_in += line.quantity
        quantities[line.purchase_order_line_id] = let_in, rejected
    changed: list[Line] = []
    for order in orders:
        taken_off = _undo_counts(order, quantities)
        details = {str(line.position): quantity_to_text(-quantities[line.id][0]) for line in taken_off}
        status = policy.status_by_lines(order)
        order.take("RECEIPT_REVERSED", at=now, by=by, reason=reason, details=details, status=status)
        changed += taken_off
    await tx.raw.execute(
        statements.REVERSE_RECEIPT, tx.tenant_id, *order_columns(orders), now, by, reason,
        *columns([(line.id, line.received, line.rejected) for line in changed], 3), receipt.id,
    )  # fmt: skip
    after = replace(receipt, status="REVERSED", reversed_at=now, reversed_by=by, reversal_reason=reason)
    told = GoodsReceiptReversed(
        aggregate_id=receipt.id, aggregate_version=3, tenant_id=tx.tenant_id, receipt=after,
        orders=tuple(order.head for order in orders),
    )  # fmt: skip
    await emit_all(tx, [told, *(event_of(order, order.steps[-1], tenant_id=tx.tenant_id) for order in orders)])


def _undo_counts(order: Order, quantities: Mapping[UUID, tuple[Decimal, Decimal]]) -> list[Line]:
    """Take what a receipt counted, by the line's id what was let in and what was rejected, off the lines; those that changed."""
    changed = [line for line in order.lines if line.id in quantities]
    for line in changed:
        let_in, rejected = quantities[line.id]
        line.received -= let_in
        line.rejected -= rejected
    return changed
