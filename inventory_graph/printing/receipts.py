"""Goods receipts on paper."""

from collections.abc import Sequence

from inventory_graph.db import Transaction
from inventory_graph.printing.naming import Goods, goods_of, places_of, stated, supplier_lines, supplier_of, tenant_of
from inventory_graph.printing.paper import Column, Paper, PaperLine, grouped
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.purchasing.receipts import lines_of_receipt, order_ids_by_receipt
from inventory_graph.purchasing.records import GoodsReceiptLineRecord, GoodsReceiptRecord

MARKS = {"REVERSED": "REVERSED"}
SERIALS_PRINTED_MAX = 60
"""How many numbers of pieces a line has on paper. A spreadsheet has them all."""


def receipt_version(receipt: GoodsReceiptRecord) -> int:
    """A receipt changes once, when it is reversed."""
    return 2 if receipt.reversed_at is not None else 1


def _columns(currency: str, cost_currency: str) -> tuple[Column, ...]:
    return (
        Column(key="position", title="#", share=10, is_number=True),
        Column(key="sku", title="SKU", share=38),
        Column(key="name", title="Item", share=58),
        Column(key="disposition", title="State", share=24),
        Column(key="quantity", title="Quantity", share=22, is_number=True),
        Column(key="unit"),
        Column(key="unitPrice", title=f"Price {currency}", share=19, is_number=True),
        Column(key="currency"),
        Column(key="unitCost", title=f"Cost {cost_currency}", share=19, is_number=True),
        Column(key="costCurrency"),
        Column(key="lotCode"),
        Column(key="expiresOn"),
        Column(key="serials"),
        Column(key="reason"),
    )


async def receipt_paper(tx: Transaction, *, receipt: GoodsReceiptRecord) -> Paper:
    """The receipt with all its lines, in ten statements whatever their number."""
    lines = await lines_of_receipt(tx, id=receipt.id)
    goods = await goods_of(tx, variant_ids=[each.variant_id for each in lines])
    place = (await places_of(tx, warehouse_ids=[receipt.warehouse_id]))[receipt.warehouse_id]
    order_ids = (await order_ids_by_receipt(tx, [receipt.id])).get(receipt.id, [])
    orders = await purchase_orders_by_id(tx, order_ids)
    numbers = sorted(order.number for order in orders.values())
    supplier = await supplier_of(tx, supplier_id=receipt.supplier_id)
    tenant = await tenant_of(tx)
    is_converted = receipt.currency != tenant.currency
    return Paper(
        title="Goods receipt note",
        number=receipt.number,
        tenant_name=tenant.name,
        made_at=receipt.recorded_at,
        mark=MARKS.get(receipt.status),
        parties=(("Supplier", supplier_lines(supplier)), ("Received at", place.lines)),
        facts=stated(
            status=receipt.status.capitalize(),
            **{"purchase_orders" if len(orders) > 1 else "purchase_order": ", ".join(numbers)},
            received=place.time(receipt.received_at),
            recorded=f"{place.time(receipt.recorded_at)} by {receipt.recorded_by}",
            delivery_note=receipt.delivery_note,
            exchange_rate=grouped(receipt.exchange_rate) if is_converted else None,
            reversed=place.time_if_any(receipt.reversed_at),
            reversed_because=receipt.reversal_reason,
        ),
        columns=_columns(receipt.currency, tenant.currency),
        lines=[_line(each, goods) for each in lines],
        totals=(("Net", f"{receipt.currency} {grouped(receipt.net_amount)}"),),
        note=receipt.note,
        signatures=("Delivered by", "Received by"),
    )


def _line(line: GoodsReceiptLineRecord, goods: Goods) -> PaperLine:
    sku, name = goods.sku(line.variant_id), goods.name(line.variant_id)
    unit = goods.stock_unit(line.variant_id)
    expires_on = line.expires_on.isoformat() if line.expires_on is not None else None
    details = [name]
    if line.lot_code is not None:
        details.append(f"Lot {line.lot_code}" + (f", expires {expires_on}" if expires_on else ""))
    details += [serials_printed(line.serials)] if line.serials else []
    details += [line.reason] if line.reason else []
    return PaperLine(
        sku=sku,
        cells=(
            line.position, sku, name, line.disposition, line.quantity, unit, line.unit_price, line.currency, line.unit_cost,
            line.cost_currency, line.lot_code, expires_on, " ".join(line.serials), line.reason,
        ),
        printed=(
            str(line.position + 1), sku, "\n".join(details), line.disposition.capitalize(),
            f"{grouped(line.quantity)} {goods.abbreviation(unit)}", grouped(line.unit_price), grouped(line.unit_cost),
        ),
    )  # fmt: skip


def serials_printed(serials: Sequence[str]) -> str:
    """The numbers of pieces as they stand on paper: the first of them, and how many more there are."""
    more = len(serials) - SERIALS_PRINTED_MAX
    shown = f"Serials {', '.join(serials[:SERIALS_PRINTED_MAX])}"
    return f"{shown} and {more} more" if more > 0 else shown
