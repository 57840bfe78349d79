"""Purchase orders on paper."""

from inventory_graph.db import Transaction
from inventory_graph.pages import LinePageKey
from inventory_graph.printing.naming import Goods, goods_of, places_of, stated, supplier_lines, supplier_of, tenant_of
from inventory_graph.printing.paper import LINES_MAX, Column, Paper, PaperLine, grouped
from inventory_graph.purchasing.queries import order_line_pages
from inventory_graph.purchasing.records import PurchaseOrderLineRecord, PurchaseOrderRecord

MARKS = {"DRAFT": "DRAFT", "SUBMITTED": "NOT APPROVED", "CANCELLED": "CANCELLED"}
"""What is written across an order in these states: a supplier who gets it by mistake shall not deliver."""


def _columns(currency: str) -> tuple[Column, ...]:
    return (
        Column(key="position", title="#", share=10, is_number=True),
        Column(key="sku", title="SKU", share=38),
        Column(key="name", title="Item", share=37),
        Column(key="quantity", title="Quantity", share=22, is_number=True),
        Column(key="unit"),
        Column(key="unitPrice", title=f"Price {currency}", share=20, is_number=True),
        Column(key="netAmount", title=f"Net {currency}", share=22, is_number=True),
        Column(key="taxPercent"),
        Column(key="taxAmount", title=f"Tax {currency}", share=20, is_number=True),
        Column(key="totalAmount", title=f"Total {currency}", share=22, is_number=True),
        Column(key="currency"),
        Column(key="received"),
        Column(key="outstanding"),
        Column(key="stockUnit"),
    )


async def order_paper(tx: Transaction, *, order: PurchaseOrderRecord) -> Paper:
    """The order with all its lines, in eight statements whatever their number."""
    key = LinePageKey(order.id, LINES_MAX, None)
    lines = (await order_line_pages(tx, [key]))[key].records
    goods = await goods_of(
        tx, variant_ids=[each.variant_id for each in lines], unit_codes=[each.unit_code for each in lines]
    )
    place = (await places_of(tx, warehouse_ids=[order.warehouse_id]))[order.warehouse_id]
    supplier = await supplier_of(tx, supplier_id=order.supplier_id)
    tenant = await tenant_of(tx)
    terms = f"{order.payment_terms_days} days" if order.payment_terms_days is not None else None
    return Paper(
        title="Purchase order",
        number=order.number,
        tenant_name=tenant.name,
        made_at=order.created_at,
        mark=MARKS.get(order.status),
        parties=(("Supplier", supplier_lines(supplier)), ("Deliver to", place.lines)),
        facts=stated(
            status=order.status.replace("_", " ").capitalize(),
            drafted=place.time(order.created_at),
            sent=place.time_if_any(order.sent_at),
            expected=place.time_if_any(order.expected_at),
            payment_terms=terms,
            reference=order.reference,
            version=str(order.version),
        ),
        columns=_columns(order.currency),
        lines=[_line(each, goods) for each in lines],
        totals=(
            ("Net", f"{order.currency} {grouped(order.net_amount)}"),
            ("Tax", f"{order.currency} {grouped(order.tax_amount)}"),
            ("Shipping", f"{order.currency} {grouped(order.shipping_amount)}"),
            ("Total", f"{order.currency} {grouped(order.total_amount)}"),
        ),
        note=order.note,
        signatures=("Authorised by",),
    )


def _line(line: PurchaseOrderLineRecord, goods: Goods) -> PaperLine:
    sku, name = goods.sku(line.variant_id), goods.name(line.variant_id)
    total = line.net_amount + line.tax_amount
    return PaperLine(
        sku=sku,
        cells=(
            line.position, sku, name, line.quantity, line.unit_code, line.unit_price, line.net_amount, line.tax_percent,
            line.tax_amount, total, line.currency, line.received, line.outstanding, goods.stock_unit(line.variant_id),
        ),
        printed=(
            str(line.position + 1), sku, name, f"{grouped(line.quantity)} {goods.abbreviation(line.unit_code)}",
            grouped(line.unit_price), grouped(line.net_amount), f"{grouped(line.tax_amount)}\n{grouped(line.tax_percent)} %", grouped(total),
        ),
    )  # fmt: skip
