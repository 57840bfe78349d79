"""Returns to suppliers: what went back, at which cost, and what was credited for it."""

from collections.abc import Mapping, Sequence
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
from inventory_graph.purchasing import return_queries as reading
from inventory_graph.purchasing.receipts import goods_receipts_by_id
from inventory_graph.purchasing.return_queries import supplier_returns_by_id, supplier_returns_by_number
from inventory_graph.purchasing.return_records import SupplierReturnLineRecord, SupplierReturnRecord
from resolvers.authorization import RECEIVING
from resolvers.context import Info
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
from resolvers.scalars import DateTime, Quantity
from resolvers.stock import StockState

if TYPE_CHECKING:
    from resolvers.goods_receipts import GoodsReceipt
    from resolvers.items import Variant
    from resolvers.suppliers import Supplier
    from resolvers.warehouses import Location, Warehouse

AReceipt = Annotated["GoodsReceipt", strawberry.lazy("resolvers.goods_receipts")]
AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
ASupplier = Annotated["Supplier", strawberry.lazy("resolvers.suppliers")]
AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]
ALocation = Annotated["Location", strawberry.lazy("resolvers.warehouses")]


@strawberry.enum(description="How far a return to a supplier is.")
class SupplierReturnStatus(Enum):
    SHIPPED = enum_value("SHIPPED", description="It has left; a credit is to be expected.")
    CREDITED = enum_value("CREDITED", description="The supplier has credited it.")
    CANCELLED = enum_value("CANCELLED", description="It stayed after all: what had left is in stock again.")


@presents(SupplierReturnLineRecord)
@strawberry.type(description="So much that left from one place, of one lot.")
class SupplierReturnLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    position: int = strawberry.field(description="Where it stands in the return, from 0.")
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    from_state: StockState = strawberry.field(description="The state that it left.")
    unit_cost: Money | None = strawberry.field(
        description="What one stock unit cost, in the tenant's currency: what it came with, else the average. Null where nobody knows."
    )
    net_amount: Money = strawberry.field(description="The credit to be expected for it, without tax.")
    lot_code: str | None = strawberry.field(description="The lot it is of.")
    serials: list[str] = strawberry.field(description="The number of each piece, for an item tracked by serial.")
    goods_receipt_line_id: strawberry.ID | None = strawberry.field(
        description="The line of the receipt that it came by; null where nobody said."
    )
    record: strawberry.Private[SupplierReturnLineRecord]

    @classmethod
    def of(cls, record: SupplierReturnLineRecord) -> "SupplierReturnLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            quantity=Quantity(record.quantity),
            from_state=StockState(record.state),
            unit_cost=Money.of(record.unit_cost, record.cost_currency),
            net_amount=Money.given(record.net_amount, record.currency),
            lot_code=record.lot_code,
            serials=list(record.serials),
            goods_receipt_line_id=_id(record.goods_receipt_line_id),
            record=record,
        )

    @field(description="What goes back.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="Where it lay; null for no location in particular.")
    async def location(self, info: Info) -> ALocation | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))


def _id(value: Any) -> strawberry.ID | None:
    return strawberry.ID(str(value)) if value is not None else None


@presents(SupplierReturnRecord)
@strawberry.federation.type(keys=["id"], description="What goes back to a supplier at one time.")
class SupplierReturn:
    id: strawberry.ID = strawberry.field(description="Unique for ever; the `referenceId` of the movements it made.")
    number: str = strawberry.field(description="What people call it, such as SR-000042; unique in the tenant.")
    status: SupplierReturnStatus = strawberry.field(description="How far it is.")
    reason: str = strawberry.field(description="Why it goes back.")
    reference: str | None = strawberry.field(description="Your own reference, or the supplier's permission.")
    net_amount: Money = strawberry.field(
        description="The credit to be expected, without tax: at the prices of its receipts, else at cost."
    )
    shipped_at: DateTime = strawberry.field(description="When it left.")
    shipped_by: str = strawberry.field(description="The subject who sent it.")
    credit_note: str | None = strawberry.field(description="The number of the supplier's credit note.")
    credit_amount: Money | None = strawberry.field(description="What the supplier credited.")
    resolved_at: DateTime | None = strawberry.field(description="When it was credited or cancelled.")
    resolved_by: str | None = strawberry.field(description="The subject who said so.")
    cancellation_reason: str | None = strawberry.field(description="Why it stayed.")
    record: strawberry.Private[SupplierReturnRecord]

    @classmethod
    def of(cls, record: SupplierReturnRecord) -> "SupplierReturn":
        """The return of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=SupplierReturnStatus(record.status),
            reason=record.reason,
            reference=record.reference,
            net_amount=Money.given(record.net_amount, record.currency),
            shipped_at=DateTime(record.shipped_at),
            shipped_by=record.shipped_by,
            credit_note=record.credit_note,
            credit_amount=Money.of(record.credit_amount, record.currency),
            resolved_at=DateTime(record.resolved_at) if record.resolved_at is not None else None,
            resolved_by=record.resolved_by,
            cancellation_reason=record.cancellation_reason,
            record=record,
        )

    @field(description="To whom it goes.")
    async def supplier(self, info: Info) -> ASupplier:
        return present(await info.context.load(suppliers_by_id, self.record.supplier_id))

    @field(description="From where.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="The receipt that all of it came by; null where there are several or none.")
    async def goods_receipt(self, info: Info) -> AReceipt | None:
        if self.record.goods_receipt_id is None:
            return None
        return present(await info.context.load(goods_receipts_by_id, self.record.goods_receipt_id))

    @field(description="What left: at most 10,000 lines in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[SupplierReturnLine]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            return await info.context.load(reading.return_line_counts, self.record.id)

        page = await info.context.load(reading.return_line_pages, key)
        return Connection.of(page, node=SupplierReturnLine.of, after=after, count=count)

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["SupplierReturn | None"]:
        """The returns of federated references; None for one that is unknown here."""
        info.context.require_any(RECEIVING)
        ids = [identifier_or_none(each["id"]) for each in representations]
        found = await info.context.load_many(supplier_returns_by_id, [each for each in ids if each is not None])
        by_id = {each.id: each for each in found if each is not None}
        return [present(by_id.get(each)) if each is not None else None for each in ids]


@strawberry.input(description="Which returns to suppliers.")
class SupplierReturnFilter:
    status: list[SupplierReturnStatus] | None = strawberry.field(default=None, description="In one of these states.")
    supplier_code: str | None = strawberry.field(default=None, description="To this supplier.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="From this warehouse.")
    goods_receipt_id: strawberry.ID | None = strawberry.field(
        default=None, description="With something that came by this receipt."
    )
    number: str | None = strawberry.field(default=None, description="With this number, exactly.")
    reference: str | None = strawberry.field(default=None, description="With this reference, exactly.")
    shipped_since: DateTime | None = strawberry.field(default=None, description="Sent then or later.")
    shipped_before: DateTime | None = strawberry.field(default=None, description="Sent before.")

    def wanted(self) -> reading.SupplierReturnFilter:
        """The domain's filter."""
        return reading.SupplierReturnFilter(
            statuses=[each.name for each in self.status] if self.status is not None else None,
            supplier_code=self.supplier_code,
            warehouse_id=identifier_in(self, "warehouse_id"),
            goods_receipt_id=identifier_in(self, "goods_receipt_id"),
            number=self.number,
            reference=self.reference,
            shipped_since=self.shipped_since,
            shipped_before=self.shipped_before,
        )


@field(description="A return to a supplier by its id or by its number; null for an unknown one.")
async def supplier_return(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> SupplierReturn | None:
    info.context.require_any(RECEIVING)
    found: SupplierReturn | None = await by_id_or_number(
        info, "return", id=id, number=number, by_id=supplier_returns_by_id, by_number=supplier_returns_by_number
    )
    return found


@field(description="Returns to suppliers in pages, the newest first.")
async def supplier_returns(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[SupplierReturnFilter | None, strawberry.argument(description="Which; all if left out.")] = None,
) -> Connection[SupplierReturn]:
    info.context.require_any(RECEIVING)
    wanted = filter.wanted() if filter is not None else reading.SupplierReturnFilter()
    return await newest_first(
        info,
        SupplierReturn,
        first=first,
        after=after,
        filter=wanted,
        page=reading.supplier_returns_page,
        count=reading.supplier_returns_count,
    )


queries: list[StrawberryField] = [supplier_return, supplier_returns]
mutations: list[StrawberryField] = []
types: list[type] = [SupplierReturn]
