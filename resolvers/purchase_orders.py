"""Purchase orders: what is wanted from suppliers, who approved it, and what has come of it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.suppliers import suppliers_by_id
from inventory_graph.masterdata.units import units_by_code
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.pages import LinePageKey
from inventory_graph.purchasing import queries as reading
from inventory_graph.purchasing.documents import purchase_orders_by_id, purchase_orders_by_number
from inventory_graph.purchasing.invoice_queries import supplier_invoices_by_order
from inventory_graph.purchasing.match_queries import matches_by_order
from inventory_graph.purchasing.notice_queries import notices_by_order
from inventory_graph.purchasing.receipts import goods_receipts_by_order
from inventory_graph.purchasing.records import (
    PurchaseOrderLineRecord,
    PurchaseOrderRecord,
    PurchaseOrderStepRecord,
)
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.federation import cost, usually
from resolvers.kit import (
    After,
    Connection,
    First,
    check_first,
    field,
    identifier_in,
    identifier_or_none,
    present,
    presents,
)
from resolvers.listing import by_id_or_number, newest_first
from resolvers.money import Money
from resolvers.positions import line_position
from resolvers.printing import Document, DocumentFormat, Format, document_of
from resolvers.purchase_matches import PurchaseMatch
from resolvers.scalars import JSON, DateTime, Quantity

if TYPE_CHECKING:
    from resolvers.advance_shipping_notices import AdvanceShippingNotice
    from resolvers.goods_receipts import GoodsReceipt
    from resolvers.items import Variant
    from resolvers.supplier_invoices import SupplierInvoice
    from resolvers.suppliers import Supplier
    from resolvers.units import Unit
    from resolvers.warehouses import Warehouse

AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
ASupplier = Annotated["Supplier", strawberry.lazy("resolvers.suppliers")]
AReceipt = Annotated["GoodsReceipt", strawberry.lazy("resolvers.goods_receipts")]
ANotice = Annotated["AdvanceShippingNotice", strawberry.lazy("resolvers.advance_shipping_notices")]
AnInvoice = Annotated["SupplierInvoice", strawberry.lazy("resolvers.supplier_invoices")]
AUnit = Annotated["Unit", strawberry.lazy("resolvers.units")]
AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]


@strawberry.enum(description="How far a purchase order is.")
class PurchaseOrderStatus(Enum):
    DRAFT = enum_value("DRAFT", description="It is being written.")
    SUBMITTED = enum_value("SUBMITTED", description="It waits to be approved.")
    APPROVED = enum_value("APPROVED", description="It may be sent.")
    SENT = enum_value("SENT", description="The supplier has it; nothing has come.")
    PARTIALLY_RECEIVED = enum_value("PARTIALLY_RECEIVED", description="Some of it has come.")
    RECEIVED = enum_value("RECEIVED", description="All of it has come.")
    CLOSED = enum_value("CLOSED", description="Nothing more of it is expected, whether or not all has come.")
    CANCELLED = enum_value("CANCELLED", description="It is not wanted any more; nothing of it has come.")


@strawberry.enum(description="What made one version of a purchase order.")
class PurchaseOrderStepKind(Enum):
    CREATED = enum_value("CREATED", description="It was drafted.")
    UPDATED = enum_value("UPDATED", description="Its draft was changed.")
    SUBMITTED = enum_value("SUBMITTED", description="It was submitted.")
    APPROVED = enum_value("APPROVED", description="Somebody approved it.")
    REJECTED = enum_value("REJECTED", description="It went back to its author.")
    SENT = enum_value("SENT", description="It went to the supplier.")
    RESCHEDULED = enum_value("RESCHEDULED", description="What is still to come is expected at another time.")
    RECEIVED = enum_value("RECEIVED", description="Something of it came.")
    RECEIPT_REVERSED = enum_value("RECEIPT_REVERSED", description="A receipt of it was reversed.")
    CANCELLED = enum_value("CANCELLED", description="It was cancelled.")
    CLOSED = enum_value("CLOSED", description="It was closed.")


@presents(PurchaseOrderLineRecord)
@strawberry.type(description="So much of one variant, at a price.")
class PurchaseOrderLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever; a draft that is changed has new lines.")
    position: int = strawberry.field(description="Where it stands in the order, from 0.")
    quantity: Quantity = strawberry.field(description="How much is ordered, in `unit`.")
    unit_price: Money = strawberry.field(description="The price of one `unit`, without tax.")
    tax_percent: Quantity = strawberry.field(description="The tax on it, in percent.")
    net_amount: Money = strawberry.field(description="What the line costs without tax.")
    tax_amount: Money = strawberry.field(description="The tax on the line.")
    ordered: Quantity = strawberry.field(description="How much is ordered, in the item's stock unit.")
    received: Quantity = strawberry.field(
        description="How much was let in, whatever state it was put in; in the item's stock unit."
    )
    rejected: Quantity = strawberry.field(description="How much was sent away at the door, in the item's stock unit.")
    outstanding: Quantity = strawberry.field(description="How much has not come, in the item's stock unit.")
    record: strawberry.Private[PurchaseOrderLineRecord]

    @classmethod
    def of(cls, record: PurchaseOrderLineRecord) -> "PurchaseOrderLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            quantity=Quantity(record.quantity),
            unit_price=Money.given(record.unit_price, record.currency),
            tax_percent=Quantity(record.tax_percent),
            net_amount=Money.given(record.net_amount, record.currency),
            tax_amount=Money.given(record.tax_amount, record.currency),
            ordered=Quantity(record.ordered),
            received=Quantity(record.received),
            rejected=Quantity(record.rejected),
            outstanding=Quantity(record.outstanding),
            record=record,
        )

    @field(description="What is ordered.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="The purchase unit.")
    async def unit(self, info: Info) -> AUnit:
        return present(await info.context.load(units_by_code, self.record.unit_code))


@strawberry.type(description="One version of a purchase order: who did what and when.")
class PurchaseOrderStep:
    version: int = strawberry.field(description="The version it made, dense from 1.")
    kind: PurchaseOrderStepKind = strawberry.field(description="What was done.")
    at: DateTime = strawberry.field(description="When.")
    by: str = strawberry.field(description="The subject who did it.")
    reason: str | None = strawberry.field(description="Why, if somebody said.")
    details: JSON | None = strawberry.field(
        description="Quantities by position of the line, or the times `from` and `to`, where the step had any."
    )

    @classmethod
    def of(cls, record: PurchaseOrderStepRecord) -> "PurchaseOrderStep":
        """The step of a record."""
        return cls(
            version=record.version,
            kind=PurchaseOrderStepKind(record.kind),
            at=DateTime(record.at),
            by=record.by,
            reason=record.reason,
            details=JSON(record.details) if record.details is not None else None,
        )


@presents(PurchaseOrderRecord)
@strawberry.federation.type(keys=["id"], description="What is wanted from a supplier.")
class PurchaseOrder:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    number: str = strawberry.field(description="What people call it, such as PO-000042; unique in the tenant.")
    status: PurchaseOrderStatus = strawberry.field(description="How far it is.")
    currency: str = strawberry.field(description="What it is billed in: ISO 4217, such as KES.")
    net_amount: Money = strawberry.field(description="What its lines cost without tax.")
    tax_amount: Money = strawberry.field(description="The tax on its lines.")
    shipping_amount: Money = strawberry.field(description="What the supplier asks to bring it.")
    total_amount: Money = strawberry.field(description="What the supplier will ask for it: net, tax and shipping.")
    payment_terms_days: int | None = strawberry.field(
        description="Days until the bill is due; null where none is agreed."
    )
    expected_at: DateTime | None = strawberry.field(description="When it should be there; null while nobody knows.")
    inspect_on_receipt: bool = strawberry.field(
        description="Whether what arrives is put into quarantine until somebody has looked at it."
    )
    reference: str | None = strawberry.field(description="Your own reference, such as the number of a quotation.")
    note: str | None = strawberry.field(description="For people.")
    submitted_by: str | None = strawberry.field(description="The subject who submitted what it says now.")
    approved_by: list[str] = strawberry.field(
        description="The subjects who approved what it says now, in their order.", directives=[usually(2)]
    )
    sent_at: DateTime | None = strawberry.field(description="When it was sent.")
    resolved_at: DateTime | None = strawberry.field(description="When it was cancelled or closed.")
    version: int = strawberry.field(description="One for each step, dense from 1.")
    created_at: DateTime = strawberry.field(description="When it was drafted.")
    created_by: str = strawberry.field(description="The subject who drafted it.")
    record: strawberry.Private[PurchaseOrderRecord]

    @classmethod
    def of(cls, record: PurchaseOrderRecord) -> "PurchaseOrder":
        """The purchase order of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=PurchaseOrderStatus(record.status),
            currency=record.currency,
            net_amount=Money.given(record.net_amount, record.currency),
            tax_amount=Money.given(record.tax_amount, record.currency),
            shipping_amount=Money.given(record.shipping_amount, record.currency),
            total_amount=Money.given(record.total_amount, record.currency),
            payment_terms_days=record.payment_terms_days,
            expected_at=_instant(record.expected_at),
            inspect_on_receipt=record.is_inspected,
            reference=record.reference,
            note=record.note,
            submitted_by=record.submitted_by,
            approved_by=list(record.approved_by),
            sent_at=_instant(record.sent_at),
            resolved_at=_instant(record.resolved_at),
            version=record.version,
            created_at=DateTime(record.created_at),
            created_by=record.created_by,
            record=record,
        )

    @field(description="Who it is bought from.")
    async def supplier(self, info: Info) -> ASupplier:
        return present(await info.context.load(suppliers_by_id, self.record.supplier_id))

    @field(description="Where it shall arrive.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="It as a file, to print or for a spreadsheet.")
    def document(self, info: Info, format: Format = DocumentFormat.PDF) -> Document:
        return document_of(info, self.record, format)

    @field(description="What is ordered, at most 1,000 lines in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[PurchaseOrderLine]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            return await info.context.load(reading.order_line_counts, self.record.id)

        page = await info.context.load(reading.order_line_pages, key)
        return Connection.of(page, node=PurchaseOrderLine.of, after=after, count=count)

    @field(
        description="What its supplier announced of it, what does not come included, the newest first; at most 100 notices.",
        directives=[usually(2)],
    )
    async def advance_shipping_notices(self, info: Info) -> list[ANotice]:
        found = await info.context.load(notices_by_order, self.record.id) or ()
        return [present(each) for each in found]

    @field(description="What has come of it, the newest first; at most 100 receipts.", directives=[usually(2)])
    async def receipts(self, info: Info) -> list[AReceipt]:
        found = await info.context.load(goods_receipts_by_order, self.record.id) or ()
        return [present(each) for each in found]

    @field(
        description="What the supplier asked for it, voided invoices included, the newest first; at most 100.",
        directives=[usually(2)],
    )
    async def invoices(self, info: Info) -> list[AnInvoice]:
        found = await info.context.load(supplier_invoices_by_order, self.record.id) or ()
        return [present(each) for each in found]

    @field(description="How it stands against what came and what was invoiced, line by line.", directives=[cost(10)])
    async def match(self, info: Info) -> PurchaseMatch:
        found: Any = await info.context.load(matches_by_order, self.record.id)
        return PurchaseMatch.of(found)

    @field(description="Who did what and when, the newest first; at most 500 steps.", directives=[usually(5)])
    async def history(self, info: Info) -> list[PurchaseOrderStep]:
        steps = await info.context.load(reading.steps_by_order, self.record.id) or []
        return [PurchaseOrderStep.of(each) for each in steps]

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["PurchaseOrder | None"]:
        """The purchase orders of federated references; None for one that is unknown here."""
        info.context.require_any(RECEIVING)
        ids = [identifier_or_none(each["id"]) for each in representations]
        found = await info.context.load_many(purchase_orders_by_id, [each for each in ids if each is not None])
        by_id = {each.id: each for each in found if each is not None}
        return [present(by_id.get(each)) if each is not None else None for each in ids]


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None


@strawberry.input(description="Which purchase orders.")
class PurchaseOrderFilter:
    status: list[PurchaseOrderStatus] | None = strawberry.field(default=None, description="In one of these states.")
    supplier_code: str | None = strawberry.field(default=None, description="From this supplier.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="For this warehouse.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="With a line of this variant.")
    number: str | None = strawberry.field(default=None, description="With this number, exactly.")
    reference: str | None = strawberry.field(default=None, description="With this reference, exactly.")
    expected_before: DateTime | None = strawberry.field(
        default=None, description="Expected before this instant: with status SENT and now, those that are overdue."
    )
    created_since: DateTime | None = strawberry.field(default=None, description="Drafted then or later.")
    created_before: DateTime | None = strawberry.field(default=None, description="Drafted before.")

    def wanted(self) -> reading.PurchaseOrderFilter:
        """The domain's filter."""
        return reading.PurchaseOrderFilter(
            statuses=[each.name for each in self.status] if self.status is not None else None,
            supplier_code=self.supplier_code,
            warehouse_id=identifier_in(self, "warehouse_id"),
            variant_id=identifier_in(self, "variant_id"),
            number=self.number,
            reference=self.reference,
            expected_before=self.expected_before,
            created_since=self.created_since,
            created_before=self.created_before,
        )


@field(description="A purchase order by its id or by its number; null for an unknown one.")
async def purchase_order(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> PurchaseOrder | None:
    info.context.require_any(RECEIVING)
    found: PurchaseOrder | None = await by_id_or_number(
        info, "purchase order", id=id, number=number, by_id=purchase_orders_by_id, by_number=purchase_orders_by_number
    )
    return found


@field(description="Purchase orders in pages, the newest first.")
async def purchase_orders(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[PurchaseOrderFilter | None, strawberry.argument(description="Which; all if left out.")] = None,
) -> Connection[PurchaseOrder]:
    info.context.require_any(RECEIVING)
    wanted = filter.wanted() if filter is not None else reading.PurchaseOrderFilter()
    return await newest_first(
        info,
        PurchaseOrder,
        first=first,
        after=after,
        filter=wanted,
        page=reading.purchase_orders_page,
        count=reading.purchase_orders_count,
    )


queries: list[StrawberryField] = [purchase_order, purchase_orders]
mutations: list[StrawberryField] = []
types: list[type] = [PurchaseOrder]
