"""Draft purchase orders and move them on: submit, approve or reject, send, cancel, close."""

from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.purchasing import orders as verbs
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.purchasing.drafting import OrderLine
from inventory_graph.purchasing.orders import Amount, OrderTerms
from inventory_graph.purchasing.records import OrderKey, PurchaseOrderRecord
from inventory_graph.quantities import ZERO
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, changes_of, write_once
from resolvers.kit import Payload, identifier, mutation
from resolvers.money import MoneyInput
from resolvers.purchase_orders import PurchaseOrder
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_mutations import WHERE, named_place

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

ADD = "inventory.purchasing.add"
CHANGE = "inventory.purchasing.change"
ORDER_ID = "The purchase order. Give this or its `number`."
NUMBER = "What people call the purchase order, such as PO-000042, instead of its id."
VERSION = "The version that you looked at: if it has changed since, the request is refused. Any if left out."
TERMS = ("payment_terms_days", "expected_at", "inspect_on_receipt", "reference", "note")
MAY_BE_NULL = ("payment_terms_days", "expected_at", "reference", "note")


@strawberry.type(description="What became of a purchase order.")
class PurchaseOrderPayload(Payload):
    purchase_order: PurchaseOrder | None = strawberry.field(
        default=None, description="The purchase order as it is now; null when refused."
    )


@strawberry.input(description="So much of one variant.")
class PurchaseOrderLineInput:
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    sku: str | None = strawberry.field(
        default=None, description="The variant's SKU, or that of an item with one variant. Give this or `variantId`."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's id.")
    unit: str | None = strawberry.field(
        default=None,
        description="The purchase unit by code or abbreviation; if left out the one that the supplier sells it in, else the item's"
        " stock unit.",
    )
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="The price of one `unit` without tax; what the supplier is known to ask if left out."
    )
    tax_percent: Quantity = strawberry.field(default=Quantity(ZERO), description="The tax on it, 0 to 100 percent.")

    def value(self, position: int) -> OrderLine:
        """The domain's line."""
        path = ("lines", str(position))
        price = self.unit_price
        return OrderLine(
            sku=self.sku,
            variant_id=identifier(self.variant_id, path=(*path, "variant_id")) if self.variant_id is not None else None,
            quantity=self.quantity,
            unit=self.unit,
            unit_price=price.value(*path, "unit_price") if price is not None else None,
            currency=price.currency if price is not None else None,
            tax_percent=self.tax_percent,
        )


@strawberry.input(description="A purchase order to be drafted.")
class CreatePurchaseOrderInput:
    supplier_code: str = strawberry.field(description="Who it is bought from.")
    lines: list[PurchaseOrderLineInput] = strawberry.field(description="What is ordered: 1 to 1,000 lines.")
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    currency: str | None = strawberry.field(
        default=None, description="What it is billed in: ISO 4217, such as KES; what the supplier bills in if left out."
    )
    shipping: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="What the supplier asks to bring it, in the order's currency."
    )
    payment_terms_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="Days until the bill is due, 0 to 3,650; the supplier's if left out."
    )
    expected_at: DateTime | None = strawberry.field(
        default=strawberry.UNSET,
        description="When it should be there. If left out, the longest lead time of its lines after it is sent.",
    )
    inspect_on_receipt: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether what arrives is put into quarantine until somebody has looked."
    )
    reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="Your own reference, up to 200 characters."
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="For people, up to 1,000 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a draft; what is left out stays.")
class UpdatePurchaseOrderInput:
    purchase_order_id: strawberry.ID | None = strawberry.field(default=None, description=ORDER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    lines: list[PurchaseOrderLineInput] | None = strawberry.field(
        default=None, description="What is ordered, stated in full: 1 to 1,000 lines in place of all there were."
    )
    shipping: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="What the supplier asks to bring it, in the order's currency."
    )
    payment_terms_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="Days until the bill is due, 0 to 3,650; null for none agreed."
    )
    expected_at: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="When it should be there; null for the longest lead time of its lines."
    )
    inspect_on_receipt: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether what arrives is put into quarantine until somebody has looked."
    )
    reference: str | None = strawberry.field(default=strawberry.UNSET, description="Your own reference; null for none.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description="For people; null for none.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A step of a purchase order.")
class PurchaseOrderStepInput:
    purchase_order_id: strawberry.ID | None = strawberry.field(default=None, description=ORDER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    reason: str | None = strawberry.field(default=None, description="Why, up to 1,000 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Ask for a draft to be approved.")
class SubmitPurchaseOrderInput(PurchaseOrderStepInput):
    pass


@strawberry.input(description="Approve an order that was submitted.")
class ApprovePurchaseOrderInput(PurchaseOrderStepInput):
    pass


@strawberry.input(description="Give an order back to its author.")
class RejectPurchaseOrderInput(PurchaseOrderStepInput):
    pass


@strawberry.input(description="Cancel an order of which nothing has come.")
class CancelPurchaseOrderInput(PurchaseOrderStepInput):
    pass


@strawberry.input(description="Expect nothing more of an order.")
class ClosePurchaseOrderInput(PurchaseOrderStepInput):
    pass


@strawberry.input(description="Say that the supplier has the order.")
class SendPurchaseOrderInput(PurchaseOrderStepInput):
    expected_at: DateTime | None = strawberry.field(
        default=None, description="When it should be there, if the supplier has said; else as the order says."
    )


@strawberry.input(description="Expect what is still to come of an order at another time.")
class ReschedulePurchaseOrderInput(PurchaseOrderStepInput):
    expected_at: DateTime = strawberry.field(description="When it should be there now.")


def _terms(input: Any) -> OrderTerms:
    given = changes_of(input, names=TERMS, may_be_null=MAY_BE_NULL)
    if "inspect_on_receipt" in given:
        given["is_inspected"] = given.pop("inspect_on_receipt")
    shipping = changes_of(input, names=("shipping",)).get("shipping")
    if shipping is not None:
        given["shipping"] = Amount(amount=shipping.value("shipping"), currency=shipping.currency)
    return cast("OrderTerms", given)


def _lines(given: list[PurchaseOrderLineInput]) -> list[OrderLine]:
    return [line.value(position) for position, line in enumerate(given)]


@mutation
async def create_purchase_order(info: Info, input: CreatePurchaseOrderInput) -> PurchaseOrderPayload:
    """Drafts an order of a supplier: nobody is bound by it until it is submitted, approved and sent. Needs
    inventory.purchasing.add."""
    info.context.require(ADD)
    lines, terms, place = _lines(input.lines), _terms(input), named_place(input.warehouse)

    async def verb(tx: Transaction) -> PurchaseOrderRecord:
        return await verbs.create_purchase_order(
            tx, supplier_code=input.supplier_code, place=place, lines=lines, currency=input.currency, **terms
        )

    return await _written(info, input, "createPurchaseOrder", verb)


@mutation
async def update_purchase_order(info: Info, input: UpdatePurchaseOrderInput) -> PurchaseOrderPayload:
    """Changes a draft. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    key, terms = order_key(input), _terms(input)
    lines = _lines(input.lines) if input.lines is not None else None

    async def verb(tx: Transaction) -> PurchaseOrderRecord:
        return await verbs.update_purchase_order(
            tx, key=key, expected_version=input.expected_version, lines=lines, **terms
        )

    return await _written(info, input, "updatePurchaseOrder", verb)


@mutation
async def submit_purchase_order(info: Info, input: SubmitPurchaseOrderInput) -> PurchaseOrderPayload:
    """Asks for a draft to be approved. Needs inventory.purchasing.change."""
    return await _step(info, input, "submitPurchaseOrder", verbs.submit_purchase_order)


@mutation
async def approve_purchase_order(info: Info, input: ApprovePurchaseOrderInput) -> PurchaseOrderPayload:
    """Approves a submitted order, by the tenant's settings: up to its limit with inventory.purchasing.change, above it with
    inventory.purchasing.manage; where two approve, neither is who submitted it."""
    return await _step(info, input, "approvePurchaseOrder", verbs.approve_purchase_order)


@mutation
async def reject_purchase_order(info: Info, input: RejectPurchaseOrderInput) -> PurchaseOrderPayload:
    """Gives an order back to its author, as a draft, before it is sent. Needs inventory.purchasing.change."""
    return await _step(info, input, "rejectPurchaseOrder", verbs.reject_purchase_order)


@mutation
async def send_purchase_order(info: Info, input: SendPurchaseOrderInput) -> PurchaseOrderPayload:
    """Says that the supplier has an approved order: what it brings is on its way. This service sends no mail. Needs
    inventory.purchasing.change."""
    expected_at = input.expected_at

    async def verb(tx: Transaction, **taken: Any) -> PurchaseOrderRecord:
        return await verbs.send_purchase_order(tx, expected_at=expected_at, **taken)

    return await _step(info, input, "sendPurchaseOrder", verb)


@mutation
async def reschedule_purchase_order(info: Info, input: ReschedulePurchaseOrderInput) -> PurchaseOrderPayload:
    """Expects what is still to come of an order at another time, as its supplier says. Needs inventory.purchasing.change."""
    expected_at = input.expected_at

    async def verb(tx: Transaction, **taken: Any) -> PurchaseOrderRecord:
        return await verbs.reschedule_purchase_order(tx, expected_at=expected_at, **taken)

    return await _step(info, input, "reschedulePurchaseOrder", verb)


@mutation
async def cancel_purchase_order(info: Info, input: CancelPurchaseOrderInput) -> PurchaseOrderPayload:
    """Cancels an order of which nothing has come. Needs inventory.purchasing.change."""
    return await _step(info, input, "cancelPurchaseOrder", verbs.cancel_purchase_order)


@mutation
async def close_purchase_order(info: Info, input: ClosePurchaseOrderInput) -> PurchaseOrderPayload:
    """Expects nothing more of an order of which something has come. Needs inventory.purchasing.change."""
    return await _step(info, input, "closePurchaseOrder", verbs.close_purchase_order)


def order_key(input: Any) -> OrderKey:
    """The order that an input names by its id or by its number."""
    order_id = input.purchase_order_id
    return OrderKey(
        id=identifier(order_id, path=("purchase_order_id",)) if order_id is not None else None, number=input.number
    )


async def _step(info: Info, input: PurchaseOrderStepInput, operation: str, verb: Any) -> PurchaseOrderPayload:
    info.context.require(CHANGE)
    key = order_key(input)

    async def act(tx: Transaction) -> PurchaseOrderRecord:
        taken = {"expected_version": input.expected_version, "reason": input.reason}
        record: PurchaseOrderRecord = await verb(tx, key=key, **taken)
        return record

    return await _written(info, input, operation, act)


async def _written(info: Info, input: Any, operation: str, verb: Any) -> PurchaseOrderPayload:
    record, replayed = await write_once(info, input, operation=operation, verb=verb, load=purchase_orders_by_id)
    return PurchaseOrderPayload(purchase_order=PurchaseOrder.of(record), replayed=replayed)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [
    create_purchase_order,
    update_purchase_order,
    submit_purchase_order,
    approve_purchase_order,
    reject_purchase_order,
    send_purchase_order,
    reschedule_purchase_order,
    cancel_purchase_order,
    close_purchase_order,
]
types: list[type] = []
