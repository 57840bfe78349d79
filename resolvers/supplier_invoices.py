"""Suppliers' invoices: what was asked for, recorded and voided."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.masterdata.suppliers import suppliers_by_id
from inventory_graph.pages import LinePageKey
from inventory_graph.purchasing import invoice_queries as reading
from inventory_graph.purchasing import invoicing as verbs
from inventory_graph.purchasing.invoice_queries import supplier_invoices_by_id
from inventory_graph.purchasing.invoice_records import SupplierInvoiceLineRecord, SupplierInvoiceRecord
from inventory_graph.purchasing.invoicing import InvoicedLine, Invoicing
from inventory_graph.purchasing.queries import order_lines_by_id
from inventory_graph.quantities import ZERO
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, arguments_of, write_once
from resolvers.kit import (
    After,
    Connection,
    First,
    Payload,
    check_first,
    field,
    identifier,
    identifier_or_none,
    mutation,
    present,
    presents,
)
from resolvers.money import Money, MoneyInput
from resolvers.positions import line_position
from resolvers.scalars import Date, DateTime, Quantity
from resolvers.stock_mutations import KEY

if TYPE_CHECKING:
    from resolvers.purchase_orders import PurchaseOrderLine
    from resolvers.suppliers import Supplier

ALine = Annotated["PurchaseOrderLine", strawberry.lazy("resolvers.purchase_orders")]
ASupplier = Annotated["Supplier", strawberry.lazy("resolvers.suppliers")]


@strawberry.enum(description="Whether a supplier's invoice stands.")
class SupplierInvoiceStatus(Enum):
    RECORDED = enum_value("RECORDED", description="It is what the supplier asks for.")
    VOIDED = enum_value("VOIDED", description="It counts no more; its number is free again.")


@presents(SupplierInvoiceLineRecord)
@strawberry.type(description="So much of an order's line, as the supplier bills it.")
class SupplierInvoiceLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    position: int = strawberry.field(description="Where it stands in the invoice, from 0.")
    quantity: Quantity = strawberry.field(description="How much, in the order's purchase unit.")
    unit_price: Money = strawberry.field(description="The price of one purchase unit, without tax.")
    tax_percent: Quantity = strawberry.field(description="The tax on it, in percent.")
    net_amount: Money = strawberry.field(description="What the line costs without tax.")
    tax_amount: Money = strawberry.field(description="The tax on the line.")
    record: strawberry.Private[SupplierInvoiceLineRecord]

    @classmethod
    def of(cls, record: SupplierInvoiceLineRecord) -> "SupplierInvoiceLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            quantity=Quantity(record.quantity),
            unit_price=Money.given(record.unit_price, record.currency),
            tax_percent=Quantity(record.tax_percent),
            net_amount=Money.given(record.net_amount, record.currency),
            tax_amount=Money.given(record.tax_amount, record.currency),
            record=record,
        )

    @field(description="The line of the order that it is for.")
    async def order_line(self, info: Info) -> ALine:
        return present(await info.context.load(order_lines_by_id, self.record.purchase_order_line_id))


@presents(SupplierInvoiceRecord)
@strawberry.type(description="What a supplier asks for.")
class SupplierInvoice:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    number: str = strawberry.field(
        description="The supplier's own number; unique among those of the supplier that stand."
    )
    status: SupplierInvoiceStatus = strawberry.field(description="Whether it stands.")
    issued_on: Date = strawberry.field(description="The day it bears.")
    net_amount: Money = strawberry.field(description="What its lines cost without tax.")
    tax_amount: Money = strawberry.field(description="The tax on its lines.")
    shipping_amount: Money = strawberry.field(description="What is asked for bringing it.")
    total_amount: Money = strawberry.field(description="What the supplier asks for: net, tax and shipping.")
    recorded_at: DateTime = strawberry.field(description="When the service heard of it.")
    recorded_by: str = strawberry.field(description="The subject who recorded it.")
    voided_at: DateTime | None = strawberry.field(description="When it was voided.")
    voided_by: str | None = strawberry.field(description="The subject who voided it.")
    void_reason: str | None = strawberry.field(description="Why it was voided.")
    record: strawberry.Private[SupplierInvoiceRecord]

    @classmethod
    def of(cls, record: SupplierInvoiceRecord) -> "SupplierInvoice":
        """The invoice of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=SupplierInvoiceStatus(record.status),
            issued_on=Date(record.issued_on),
            net_amount=Money.given(record.net_amount, record.currency),
            tax_amount=Money.given(record.tax_amount, record.currency),
            shipping_amount=Money.given(record.shipping_amount, record.currency),
            total_amount=Money.given(record.total_amount, record.currency),
            recorded_at=DateTime(record.recorded_at),
            recorded_by=record.recorded_by,
            voided_at=DateTime(record.voided_at) if record.voided_at is not None else None,
            voided_by=record.voided_by,
            void_reason=record.void_reason,
            record=record,
        )

    @field(description="Who asks for it.")
    async def supplier(self, info: Info) -> ASupplier:
        return present(await info.context.load(suppliers_by_id, self.record.supplier_id))

    @field(description="What is billed, at most 1,000 lines in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[SupplierInvoiceLine]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            return await info.context.load(reading.invoice_line_counts, self.record.id)

        page = await info.context.load(reading.invoice_line_pages, key)
        return Connection.of(page, node=SupplierInvoiceLine.of, after=after, count=count)


@strawberry.type(description="What became of a supplier's invoice.")
class SupplierInvoicePayload(Payload):
    supplier_invoice: SupplierInvoice | None = strawberry.field(
        default=None, description="The invoice as it is now; null when refused."
    )


@strawberry.input(description="So much of an order's line, as the supplier bills it.")
class SupplierInvoiceLineInput:
    purchase_order_line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    quantity: Quantity = strawberry.field(description="How much, in the order's purchase unit; more than 0.")
    unit_price: MoneyInput = strawberry.field(description="The price of one purchase unit, without tax.")
    tax_percent: Quantity | None = strawberry.field(
        default=None, description="The tax on it, 0 to 100 percent; the order's if left out."
    )

    def value(self, position: int) -> InvoicedLine:
        """The domain's line."""
        path = ("lines", str(position))
        return InvoicedLine(
            line_id=identifier(self.purchase_order_line_id, path=(*path, "purchase_order_line_id")),
            quantity=self.quantity,
            unit_price=self.unit_price.value(*path, "unit_price"),
            currency=self.unit_price.currency,
            tax_percent=self.tax_percent,
        )


@strawberry.input(description="What a supplier asks for.")
class RecordSupplierInvoiceInput:
    idempotency_key: str = strawberry.field(description=KEY)
    supplier_code: str = strawberry.field(description="Who asks for it.")
    number: str = strawberry.field(description="The supplier's own number of it, 1 to 100 characters.")
    issued_on: Date = strawberry.field(description="The day it bears.")
    currency: str = strawberry.field(description="What it is in, as its orders are: ISO 4217, such as KES.")
    lines: list[SupplierInvoiceLineInput] = strawberry.field(
        description="What is billed: 1 to 1,000 lines of at most 100 orders."
    )
    shipping: MoneyInput | None = strawberry.field(
        default=None,
        description="What is asked for bringing it; each order bears its share, by what its lines come to.",
    )

    def value(self) -> Invoicing:
        """What the domain takes."""
        shipping = self.shipping
        return Invoicing(
            supplier_code=self.supplier_code,
            number=self.number,
            issued_on=self.issued_on,
            currency=self.currency,
            lines=[line.value(number) for number, line in enumerate(self.lines)],
            shipping=shipping.value("shipping") if shipping is not None else ZERO,
            shipping_currency=shipping.currency if shipping is not None else None,
        )


@strawberry.input(description="An invoice that counts no more.")
class VoidSupplierInvoiceInput:
    supplier_invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    reason: str = strawberry.field(description="What was wrong, 1 to 1,000 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@field(description="A supplier's invoice by its id; null for an unknown one.")
async def supplier_invoice(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
) -> SupplierInvoice | None:
    info.context.require_any(RECEIVING)
    found = identifier_or_none(id)
    return present(await info.context.load(supplier_invoices_by_id, found)) if found is not None else None


@mutation
async def record_supplier_invoice(info: Info, input: RecordSupplierInvoiceInput) -> SupplierInvoicePayload:
    """Keeps what a supplier asks for, to be held against what was ordered and what came: the order's `match` tells every variance. Needs
    inventory.purchasing.change."""
    info.context.require("inventory.purchasing.change")
    invoicing = input.value()
    answer = await info.context.write(
        lambda tx: verbs.record_supplier_invoice(
            tx, idempotency_key=input.idempotency_key, arguments=arguments_of(input), invoicing=invoicing
        )
    )
    found: Any = await info.context.load(supplier_invoices_by_id, answer.supplier_invoice_id)
    return SupplierInvoicePayload(supplier_invoice=present(found), replayed=answer.replayed)


@mutation
async def void_supplier_invoice(info: Info, input: VoidSupplierInvoiceInput) -> SupplierInvoicePayload:
    """Has an invoice that was wrong count no more. Needs inventory.purchasing.manage."""
    info.context.require("inventory.purchasing.manage")
    invoice_id = identifier(input.supplier_invoice_id, path=("supplier_invoice_id",))

    async def verb(tx: Transaction) -> SupplierInvoiceRecord:
        return await verbs.void_supplier_invoice(tx, invoice_id=invoice_id, reason=input.reason)

    record, replayed = await write_once(
        info, input, operation="voidSupplierInvoice", verb=verb, load=supplier_invoices_by_id
    )
    return SupplierInvoicePayload(supplier_invoice=present(record), replayed=replayed)


queries: list[StrawberryField] = [supplier_invoice]
mutations: list[StrawberryField] = [record_supplier_invoice, void_supplier_invoice]
types: list[type] = []
