"""Goods receipts: what came from a supplier, when, in which state and at which cost."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.locations import locations_by_id
from inventory_graph.masterdata.suppliers import suppliers_by_id
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.pages import LinePageKey
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.purchasing.notice_queries import notices_by_receipt
from inventory_graph.purchasing.queries import order_lines_by_id
from inventory_graph.purchasing.receipts import (
    goods_receipts_by_id,
    goods_receipts_by_number,
    order_ids_by_receipt,
    receipt_line_counts,
    receipt_line_pages,
)
from inventory_graph.purchasing.records import GoodsReceiptLineRecord, GoodsReceiptRecord
from inventory_graph.quantities import quantity_to_text
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.kit import After, Connection, First, check_first, field, present, presents
from resolvers.listing import by_id_or_number
from resolvers.money import Money
from resolvers.positions import line_position
from resolvers.printing import Document, DocumentFormat, Format, document_of
from resolvers.purchase_orders import PurchaseOrder, PurchaseOrderLine
from resolvers.put_away import PutAwaySuggestion, suggested
from resolvers.scalars import Date, DateTime, Quantity

if TYPE_CHECKING:
    from resolvers.advance_shipping_notices import AdvanceShippingNotice
    from resolvers.items import Variant
    from resolvers.suppliers import Supplier
    from resolvers.warehouses import Location, Warehouse

ANotice = Annotated["AdvanceShippingNotice", strawberry.lazy("resolvers.advance_shipping_notices")]
AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
ASupplier = Annotated["Supplier", strawberry.lazy("resolvers.suppliers")]
AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]
ALocation = Annotated["Location", strawberry.lazy("resolvers.warehouses")]

TO_BE_PUT_AWAY = ("ACCEPTED", "QUARANTINED")
"""What is good, or will be once somebody has looked at it."""


@strawberry.enum(description="Whether a goods receipt stands.")
class GoodsReceiptStatus(Enum):
    POSTED = enum_value("POSTED", description="What it brought is in stock.")
    REVERSED = enum_value("REVERSED", description="It was wrong: what it brought left again.")


@strawberry.enum(description="What becomes of what arrives.")
class Disposition(Enum):
    ACCEPTED = enum_value(
        "ACCEPTED", description="It is good and available; of an order that is inspected it is quarantined first."
    )
    QUARANTINED = enum_value("QUARANTINED", description="It is set aside until somebody has looked at it.")
    DAMAGED = enum_value("DAMAGED", description="It is kept, but cannot be sold.")
    REJECTED = enum_value("REJECTED", description="It is sent away at the door and never comes in.")


@presents(GoodsReceiptLineRecord)
@strawberry.type(description="So much of what arrived, and what became of it.")
class GoodsReceiptLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    position: int = strawberry.field(description="Where it stands in the receipt, from 0.")
    disposition: Disposition = strawberry.field(description="What became of it.")
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    unit_price: Money = strawberry.field(
        description="The price of one purchase unit of its order, of one stock unit of what nobody ordered; in the receipt's currency."
    )
    unit_cost: Money = strawberry.field(
        description="What one stock unit cost, in the tenant's currency, kept for ever."
    )
    lot_code: str | None = strawberry.field(description="The lot it is of.")
    expires_on: Date | None = strawberry.field(description="The last day it may be used, as said or by its shelf life.")
    serials: list[str] = strawberry.field(description="The number of each piece, for an item tracked by serial.")
    reason: str | None = strawberry.field(description="Why it was set aside, or rejected.")
    record: strawberry.Private[GoodsReceiptLineRecord]

    @classmethod
    def of(cls, record: GoodsReceiptLineRecord) -> "GoodsReceiptLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            disposition=Disposition(record.disposition),
            quantity=Quantity(record.quantity),
            unit_price=Money.given(record.unit_price, record.currency),
            unit_cost=Money.given(record.unit_cost, record.cost_currency),
            lot_code=record.lot_code,
            expires_on=Date(record.expires_on) if record.expires_on is not None else None,
            serials=list(record.serials),
            reason=record.reason,
            record=record,
        )

    @field(description="The line of the order that it is of; null for what nobody ordered.")
    async def order_line(self, info: Info) -> PurchaseOrderLine | None:
        if self.record.purchase_order_line_id is None:
            return None
        return present(await info.context.load(order_lines_by_id, self.record.purchase_order_line_id))

    @field(description="What arrived.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="Where it was put; null for no location in particular.")
    async def location(self, info: Info) -> ALocation | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))

    @field(
        description="Where it could be put: null for what was put somewhere when it came, what is damaged or never came in, and what was"
        " reversed."
    )
    async def suggested_location(self, info: Info) -> PutAwaySuggestion | None:
        line = self.record
        if line.location_id is not None or line.disposition not in TO_BE_PUT_AWAY:
            return None
        receipt: Any = await info.context.load(goods_receipts_by_id, line.goods_receipt_id)
        if receipt.status == "REVERSED":
            return None
        return await suggested(
            info, warehouse_id=receipt.warehouse_id, variant_id=line.variant_id, lot_code=line.lot_code
        )


@presents(GoodsReceiptRecord)
@strawberry.type(description="What arrived from a supplier at one time.")
class GoodsReceipt:
    id: strawberry.ID = strawberry.field(description="Unique for ever; the `referenceId` of the movements it made.")
    number: str = strawberry.field(description="What people call it, such as GRN-000042; unique in the tenant.")
    status: GoodsReceiptStatus = strawberry.field(description="Whether it stands.")
    delivery_note: str | None = strawberry.field(description="The number of the supplier's delivery note.")
    note: str | None = strawberry.field(description="For people.")
    exchange_rate: str = strawberry.field(
        description="How much of the tenant's currency one of the order's was worth: an exact decimal, kept for ever."
    )
    net_amount: Money = strawberry.field(description="What came in is worth at its prices, without tax.")
    received_at: DateTime = strawberry.field(description="When it came.")
    recorded_at: DateTime = strawberry.field(description="When the service heard of it.")
    recorded_by: str = strawberry.field(description="The subject who received it.")
    reversed_at: DateTime | None = strawberry.field(description="When it was reversed.")
    reversed_by: str | None = strawberry.field(description="The subject who reversed it.")
    reversal_reason: str | None = strawberry.field(description="Why it was reversed.")
    record: strawberry.Private[GoodsReceiptRecord]

    @classmethod
    def of(cls, record: GoodsReceiptRecord) -> "GoodsReceipt":
        """The receipt of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=GoodsReceiptStatus(record.status),
            delivery_note=record.delivery_note,
            note=record.note,
            exchange_rate=quantity_to_text(record.exchange_rate),
            net_amount=Money.given(record.net_amount, record.currency),
            received_at=DateTime(record.received_at),
            recorded_at=DateTime(record.recorded_at),
            recorded_by=record.recorded_by,
            reversed_at=_instant(record.reversed_at),
            reversed_by=record.reversed_by,
            reversal_reason=record.reversal_reason,
            record=record,
        )

    @field(
        description="The order that it is of, where it is of just one; null for several or none: `purchaseOrders` are all."
    )
    async def purchase_order(self, info: Info) -> PurchaseOrder | None:
        if self.record.purchase_order_id is None:
            return None
        return present(await info.context.load(purchase_orders_by_id, self.record.purchase_order_id))

    @field(description="The orders that it is of, at most 100; none for what nobody ordered.", directives=[usually(2)])
    async def purchase_orders(self, info: Info) -> list[PurchaseOrder]:
        ids = await info.context.load(order_ids_by_receipt, self.record.id) or []
        return [present(each) for each in await info.context.load_many(purchase_orders_by_id, ids)]

    @field(description="The notice that announced it; null where nobody did.")
    async def advance_shipping_notice(self, info: Info) -> ANotice | None:
        return present(await info.context.load(notices_by_receipt, self.record.id))

    @field(description="Who brought it.")
    async def supplier(self, info: Info) -> ASupplier:
        return present(await info.context.load(suppliers_by_id, self.record.supplier_id))

    @field(description="Where it arrived.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="It as a file, to print or for a spreadsheet.")
    def document(self, info: Info, format: Format = DocumentFormat.PDF) -> Document:
        return document_of(info, self.record, format)

    @field(description="What arrived, at most 1,000 lines in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[GoodsReceiptLine]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            return await info.context.load(receipt_line_counts, self.record.id)

        page = await info.context.load(receipt_line_pages, key)
        return Connection.of(page, node=GoodsReceiptLine.of, after=after, count=count)


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None


@field(description="A goods receipt by its id or by its number; null for an unknown one.")
async def goods_receipt(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> GoodsReceipt | None:
    info.context.require_any(RECEIVING)
    found: GoodsReceipt | None = await by_id_or_number(
        info, "goods receipt", id=id, number=number, by_id=goods_receipts_by_id, by_number=goods_receipts_by_number
    )
    return found


queries: list[StrawberryField] = [goods_receipt]
mutations: list[StrawberryField] = []
types: list[type] = []
