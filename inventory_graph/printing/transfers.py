"""Transfers on paper. They carry no costs."""

from inventory_graph.db import Transaction
from inventory_graph.pages import LinePageKey
from inventory_graph.printing.naming import Goods, goods_of, places_of, stated, tenant_of
from inventory_graph.printing.paper import LINES_MAX, Column, Paper, PaperLine, grouped
from inventory_graph.printing.receipts import serials_printed
from inventory_graph.transfers.queries import transfer_line_pages
from inventory_graph.transfers.records import TransferLineRecord, TransferRecord

MARKS = {"DRAFT": "DRAFT", "SUBMITTED": "NOT APPROVED", "CANCELLED": "CANCELLED"}

_COLUMNS = (
    Column(key="position", title="#", share=10, is_number=True),
    Column(key="sku", title="SKU", share=38),
    Column(key="name", title="Item", share=58),
    Column(key="quantity", title="Quantity", share=26, is_number=True),
    Column(key="unit"),
    Column(key="shipped", title="Shipped", share=19, is_number=True),
    Column(key="inTransit", title="In transit", share=19, is_number=True),
    Column(key="received", title="Received", share=19, is_number=True),
    Column(key="damaged"),
    Column(key="lost"),
    Column(key="returned"),
    Column(key="over"),
    Column(key="lotCode"),
    Column(key="serials"),
)


async def transfer_paper(tx: Transaction, *, transfer: TransferRecord) -> Paper:
    """The transfer with all its lines, in seven statements whatever their number."""
    key = LinePageKey(transfer.id, LINES_MAX, None)
    lines = (await transfer_line_pages(tx, [key]))[key].records
    goods = await goods_of(tx, variant_ids=[each.variant_id for each in lines])
    places = await places_of(tx, warehouse_ids=[transfer.from_warehouse_id, transfer.to_warehouse_id])
    origin, target = places[transfer.from_warehouse_id], places[transfer.to_warehouse_id]
    tenant = await tenant_of(tx)
    return Paper(
        title="Transfer note",
        number=transfer.number,
        tenant_name=tenant.name,
        made_at=transfer.created_at,
        mark=MARKS.get(transfer.status),
        parties=(("From", origin.lines), ("To", target.lines)),
        facts=stated(
            status=transfer.status.replace("_", " ").capitalize(),
            drafted=origin.time(transfer.created_at),
            shipped=origin.time_if_any(transfer.shipped_at),
            expected=target.time_if_any(transfer.expected_at),
            received=target.time_if_any(transfer.received_at),
            reference=transfer.reference,
            version=str(transfer.version),
        ),
        columns=_COLUMNS,
        lines=[_line(each, goods) for each in lines],
        note=transfer.note,
        signatures=("Shipped by", "Carried by", "Received by"),
    )


def _line(line: TransferLineRecord, goods: Goods) -> PaperLine:
    sku, name = goods.sku(line.variant_id), goods.name(line.variant_id)
    unit = goods.stock_unit(line.variant_id)
    details = [name]
    details += [f"Lot {line.lot_code}"] if line.lot_code is not None else []
    details += [serials_printed(line.serials)] if line.serials else []
    details += [
        f"{word} {grouped(value)}"
        for word, value in (
            ("Damaged", line.damaged), ("Lost", line.lost), ("Returned", line.returned), ("Over", line.over)
        )
        if value
    ]  # fmt: skip
    return PaperLine(
        sku=sku,
        cells=(
            line.position, sku, name, line.quantity, unit, line.shipped, line.in_transit, line.received, line.damaged, line.lost,
            line.returned, line.over, line.lot_code, " ".join(line.serials),
        ),
        printed=(
            str(line.position + 1), sku, "\n".join(details), f"{grouped(line.quantity)} {goods.abbreviation(unit)}",
            grouped(line.shipped), grouped(line.in_transit), grouped(line.received),
        ),
    )  # fmt: skip
