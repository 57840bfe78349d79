"""Receive what was ordered or simply came, and take back a receipt that was wrong."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.purchasing import delivering as delivering_verbs
from inventory_graph.purchasing import receiving as receiving_verbs
from inventory_graph.purchasing import reversing as reversing_verbs
from inventory_graph.purchasing.arrivals import ArrivingLine
from inventory_graph.purchasing.delivering import ReceivingGoods
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.purchasing.receipts import goods_receipts_by_id
from inventory_graph.purchasing.receiving import ReceiptAnswer, Receiving
from resolvers.context import Info
from resolvers.goods_receipts import Disposition, GoodsReceipt
from resolvers.inputs import arguments_of
from resolvers.kit import Payload, identifier, mutation, present
from resolvers.money import MoneyInput, decimal_of
from resolvers.purchase_order_mutations import NUMBER, ORDER_ID, VERSION, order_key
from resolvers.purchase_orders import PurchaseOrder
from resolvers.scalars import Date, DateTime, Quantity
from resolvers.stock_mutations import KEY, named_place

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]


@strawberry.type(description="What a receipt of goods did, or its reversal.")
class GoodsReceiptPayload(Payload):
    goods_receipt: GoodsReceipt | None = strawberry.field(
        default=None, description="The receipt as it is now; null when refused."
    )
    purchase_order: PurchaseOrder | None = strawberry.field(
        default=None,
        description="The purchase order as it is now; null when refused, and where the receipt is of several orders or of none.",
    )


@strawberry.input
class ArrivingLineInput:
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    unit: str | None = strawberry.field(
        default=None,
        description="The unit of the quantity, by code or abbreviation; the line's purchase unit if left out.",
    )
    disposition: Disposition = strawberry.field(default=Disposition.ACCEPTED, description="What becomes of it.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="The price of one purchase unit, if it is another than the order's."
    )
    location_code: str | None = strawberry.field(default=None, description="Where in the warehouse it is put.")
    lot_code: str | None = strawberry.field(default=None, description="The lot it belongs to; made when it is new.")
    manufactured_on: Date | None = strawberry.field(default=None, description="The day the lot was made.")
    best_before: Date | None = strawberry.field(default=None, description="The day up to which the lot is at its best.")
    expires_on: Date | None = strawberry.field(
        default=None, description="The last day the lot may be used; from the item's shelf life if left out."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The number of each piece, for an item tracked by serial."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why it is set aside or rejected, up to 1,000 characters."
    )
    sku: str | None = strawberry.field(default=None, description="The variant's SKU, instead of the line's id.")

    def arriving(self, position: int, *, line_id: strawberry.ID | None, name: str) -> ArrivingLine:
        """The domain's line; ``name`` is the argument that the line's id is given by."""
        path = ("lines", str(position))
        price = self.unit_price
        return ArrivingLine(
            line_id=identifier(line_id, path=(*path, name)) if line_id is not None else None,
            sku=self.sku,
            quantity=self.quantity,
            unit=self.unit,
            disposition=self.disposition.name,
            unit_price=price.value(*path, "unit_price") if price is not None else None,
            currency=price.currency if price is not None else None,
            location_code=self.location_code,
            lot_code=self.lot_code,
            manufactured_on=self.manufactured_on,
            best_before=self.best_before,
            expires_on=self.expires_on,
            serials=tuple(self.serials or ()),
            reason=self.reason,
        )


@strawberry.input(description="So much of a line of the order, and what becomes of it.")
class GoodsReceiptLineInput(ArrivingLineInput):
    line_id: strawberry.ID | None = strawberry.field(
        default=None, description="The line of the order. Give this, or a `sku` that is on one line only."
    )

    def value(self, position: int) -> ArrivingLine:
        """The domain's line."""
        return self.arriving(position, line_id=self.line_id, name="line_id")


@strawberry.input(
    description="So much of a line of an order, or of what nobody ordered, and what becomes of it. What nobody ordered is in the item's stock"
    " unit and at what the supplier is known to ask unless `unit` and `unitPrice` say otherwise."
)
class DeliveredLineInput(ArrivingLineInput):
    purchase_order_line_id: strawberry.ID | None = strawberry.field(
        default=None, description="The line of an order. Give this, or the `sku` of what nobody ordered."
    )

    def value(self, position: int) -> ArrivingLine:
        """The domain's line."""
        return self.arriving(position, line_id=self.purchase_order_line_id, name="purchase_order_line_id")


RATE = "How much of the tenant's currency one of the prices' is worth: an exact decimal, such as 129.5. Needed where the two differ."
DELIVERY_NOTE = "The number of the supplier's delivery note, up to 200 characters."

NOTICE = "The advance shipping notice that announced it: the receipt ends it, whatever came."


def _notice_id(given: strawberry.ID | None) -> UUID | None:
    return identifier(given, path=("advance_shipping_notice_id",)) if given is not None else None


def _rate(given: str | None) -> Decimal | None:
    return decimal_of(given, ("exchange_rate",), noun="a rate") if given is not None else None


@strawberry.input(description="What arrives of a purchase order.")
class ReceivePurchaseOrderInput:
    idempotency_key: str = strawberry.field(description=KEY)
    purchase_order_id: strawberry.ID | None = strawberry.field(default=None, description=ORDER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    lines: list[GoodsReceiptLineInput] | None = strawberry.field(
        default=None,
        description="What arrives, 1 to 1,000 lines, all or none; several may be of one line of the order. If left out, what the notice"
        " announced; without a notice, everything that has not come yet. All of it good.",
    )
    advance_shipping_notice_id: strawberry.ID | None = strawberry.field(default=None, description=NOTICE)
    exchange_rate: str | None = strawberry.field(default=None, description=RATE)
    delivery_note: str | None = strawberry.field(default=None, description=DELIVERY_NOTE)
    note: str | None = strawberry.field(default=None, description="For people, up to 1,000 characters.")
    occurred_at: DateTime | None = strawberry.field(default=None, description="When it came; now if left out.")

    def value(self) -> Receiving:
        """What the domain takes."""
        return Receiving(
            key=order_key(self),
            expected_version=self.expected_version,
            lines=[line.value(number) for number, line in enumerate(self.lines)] if self.lines is not None else None,
            notice_id=_notice_id(self.advance_shipping_notice_id),
            exchange_rate=_rate(self.exchange_rate),
            delivery_note=self.delivery_note,
            note=self.note,
            occurred_at=self.occurred_at,
        )


@strawberry.input(description="What a supplier brings to a warehouse, of several orders or of none.")
class ReceiveGoodsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    supplier_code: str = strawberry.field(description="Who brings it.")
    lines: list[DeliveredLineInput] | None = strawberry.field(
        default=None,
        description="What arrives, 1 to 1,000 lines of at most 100 orders, all or none; several may be of one line of an order. Only with a"
        " notice can they be left out: then it is what the notice announced, all of it good.",
    )
    advance_shipping_notice_id: strawberry.ID | None = strawberry.field(default=None, description=NOTICE)
    warehouse: Warehouse | None = strawberry.field(
        default=None,
        description="Where, by one of the warehouse's keys; if left out, that of the notice, without one the tenant's default.",
    )
    currency: str | None = strawberry.field(
        default=None,
        description="What the prices are in where no order says it: ISO 4217, such as KES; what the supplier bills in if left out.",
    )
    exchange_rate: str | None = strawberry.field(default=None, description=RATE)
    delivery_note: str | None = strawberry.field(default=None, description=DELIVERY_NOTE)
    note: str | None = strawberry.field(default=None, description="For people, up to 1,000 characters.")
    occurred_at: DateTime | None = strawberry.field(default=None, description="When it came; now if left out.")

    def value(self) -> ReceivingGoods:
        """What the domain takes."""
        return ReceivingGoods(
            supplier_code=self.supplier_code,
            place=named_place(self.warehouse),
            lines=[line.value(number) for number, line in enumerate(self.lines)] if self.lines is not None else None,
            notice_id=_notice_id(self.advance_shipping_notice_id),
            currency=self.currency,
            exchange_rate=_rate(self.exchange_rate),
            delivery_note=self.delivery_note,
            note=self.note,
            occurred_at=self.occurred_at,
        )


@strawberry.input(description="Take back a receipt that was wrong.")
class ReverseGoodsReceiptInput:
    idempotency_key: str = strawberry.field(description=KEY)
    goods_receipt_id: strawberry.ID = strawberry.field(description="The receipt; all of it is reversed.")
    reason: str = strawberry.field(description="What was wrong, 1 to 1,000 characters.")


@mutation
async def receive_purchase_order(info: Info, input: ReceivePurchaseOrderInput) -> GoodsReceiptPayload:
    """Brings into stock what arrives of an order that was sent, in one or several receipts. Each line is accepted, quarantined, damaged
    or rejected; its cost is the order's price in the tenant's currency. Fills backorders. More than was ordered and is tolerated takes
    inventory.purchasing.manage."""
    info.context.require("inventory.stock.add")
    receiving = input.value()
    answer = await info.context.write(
        lambda tx: receiving_verbs.receive_purchase_order(
            tx, idempotency_key=input.idempotency_key, arguments=arguments_of(input), receiving=receiving
        )
    )
    return await _payload(info, answer)


@mutation
async def receive_goods(info: Info, input: ReceiveGoodsInput) -> GoodsReceiptPayload:
    """Brings into stock what a supplier delivers, by one receipt: of several open orders of the same supplier, warehouse and currency,
    and of what nobody ordered. Otherwise as receivePurchaseOrder. Needs inventory.stock.add."""
    info.context.require("inventory.stock.add")
    receiving = input.value()
    answer = await info.context.write(
        lambda tx: delivering_verbs.receive_goods(
            tx, idempotency_key=input.idempotency_key, arguments=arguments_of(input), receiving=receiving
        )
    )
    return await _payload(info, answer)


@mutation
async def reverse_goods_receipt(info: Info, input: ReverseGoodsReceiptInput) -> GoodsReceiptPayload:
    """Takes what a receipt brought out of stock again, at the cost it came with, and has its orders wait for it as before. Refused when
    some of it is not there any more. Needs inventory.stock.manage."""
    info.context.require("inventory.stock.manage")
    receipt_id = identifier(input.goods_receipt_id, path=("goods_receipt_id",))
    answer = await info.context.write(
        lambda tx: reversing_verbs.reverse_goods_receipt(
            tx,
            idempotency_key=input.idempotency_key,
            arguments=arguments_of(input),
            goods_receipt_id=receipt_id,
            reason=input.reason,
        )
    )
    return await _payload(info, answer)


async def _payload(info: Info, answer: ReceiptAnswer) -> GoodsReceiptPayload:
    receipt: Any = await info.context.load(goods_receipts_by_id, answer.goods_receipt_id)
    order_id = answer.purchase_order_id
    order: Any = await info.context.load(purchase_orders_by_id, order_id) if order_id is not None else None
    return GoodsReceiptPayload(goods_receipt=present(receipt), purchase_order=present(order), replayed=answer.replayed)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [receive_purchase_order, receive_goods, reverse_goods_receipt]
types: list[type] = []
