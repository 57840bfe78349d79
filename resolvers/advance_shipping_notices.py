"""Advance shipping notices: what suppliers say is in a delivery before it comes."""

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
from inventory_graph.purchasing import notice_queries as reading
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.purchasing.notice_queries import notices_by_id, notices_by_number, order_ids_by_notice
from inventory_graph.purchasing.notice_records import AdvanceShippingNoticeLineRecord, AdvanceShippingNoticeRecord
from inventory_graph.purchasing.queries import order_lines_by_id
from inventory_graph.purchasing.receipts import goods_receipts_by_id
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.federation import usually
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
from resolvers.positions import line_position
from resolvers.purchase_orders import PurchaseOrder, PurchaseOrderLine
from resolvers.put_away import PutAwaySuggestion, suggested
from resolvers.scalars import Date, DateTime, Quantity

if TYPE_CHECKING:
    from resolvers.goods_receipts import GoodsReceipt
    from resolvers.items import Variant
    from resolvers.suppliers import Supplier
    from resolvers.units import Unit
    from resolvers.warehouses import Warehouse

AReceipt = Annotated["GoodsReceipt", strawberry.lazy("resolvers.goods_receipts")]
AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
ASupplier = Annotated["Supplier", strawberry.lazy("resolvers.suppliers")]
AUnit = Annotated["Unit", strawberry.lazy("resolvers.units")]
AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]


@strawberry.enum(description="How far an advance shipping notice is.")
class AdvanceShippingNoticeStatus(Enum):
    ANNOUNCED = enum_value("ANNOUNCED", description="The delivery is on its way.")
    RECEIVED = enum_value("RECEIVED", description="The delivery came, whatever was in it: its receipt says.")
    CANCELLED = enum_value("CANCELLED", description="The delivery does not come.")


@presents(AdvanceShippingNoticeLineRecord)
@strawberry.type(description="So much of a line of an order that is announced, of one lot.")
class AdvanceShippingNoticeLine:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    position: int = strawberry.field(description="Where it stands in the notice, from 0.")
    quantity: Quantity = strawberry.field(description="How much, in `unit`.")
    announced: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    lot_code: str | None = strawberry.field(description="The lot it is of.")
    expires_on: Date | None = strawberry.field(description="The last day the lot may be used.")
    serials: list[str] = strawberry.field(description="The number of each piece, for an item tracked by serial.")
    record: strawberry.Private[AdvanceShippingNoticeLineRecord]

    @classmethod
    def of(cls, record: AdvanceShippingNoticeLineRecord) -> "AdvanceShippingNoticeLine":
        """The line of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            position=record.position,
            quantity=Quantity(record.quantity),
            announced=Quantity(record.announced),
            lot_code=record.lot_code,
            expires_on=Date(record.expires_on) if record.expires_on is not None else None,
            serials=list(record.serials),
            record=record,
        )

    @field(description="The line of the order that it is of.")
    async def order_line(self, info: Info) -> PurchaseOrderLine:
        return present(await info.context.load(order_lines_by_id, self.record.purchase_order_line_id))

    @field(description="What is announced.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="The purchase unit of the order's line.")
    async def unit(self, info: Info) -> AUnit:
        return present(await info.context.load(units_by_code, self.record.unit_code))

    @field(description="Where it could be put when it comes.")
    async def suggested_location(self, info: Info) -> PutAwaySuggestion:
        line = self.record
        return await suggested(info, warehouse_id=line.warehouse_id, variant_id=line.variant_id, lot_code=line.lot_code)


@presents(AdvanceShippingNoticeRecord)
@strawberry.federation.type(keys=["id"], description="What a supplier says is in one delivery before it comes.")
class AdvanceShippingNotice:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    number: str = strawberry.field(description="What people call it, such as ASN-000042; unique in the tenant.")
    status: AdvanceShippingNoticeStatus = strawberry.field(description="How far it is.")
    carrier: str | None = strawberry.field(description="Who brings it.")
    tracking_number: str | None = strawberry.field(description="By which number the carrier knows it.")
    delivery_note: str | None = strawberry.field(description="The number of the supplier's delivery note.")
    note: str | None = strawberry.field(description="For people.")
    expected_at: DateTime | None = strawberry.field(
        description="When it should be there; null for when its orders are expected."
    )
    version: int = strawberry.field(description="One for each step, dense from 1.")
    created_at: DateTime = strawberry.field(description="When the service heard of it.")
    created_by: str = strawberry.field(description="The subject who announced it.")
    resolved_at: DateTime | None = strawberry.field(description="When it was received or cancelled.")
    resolved_by: str | None = strawberry.field(description="The subject who did.")
    cancellation_reason: str | None = strawberry.field(description="Why it does not come.")
    record: strawberry.Private[AdvanceShippingNoticeRecord]

    @classmethod
    def of(cls, record: AdvanceShippingNoticeRecord) -> "AdvanceShippingNotice":
        """The notice of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=AdvanceShippingNoticeStatus(record.status),
            carrier=record.carrier,
            tracking_number=record.tracking_number,
            delivery_note=record.delivery_note,
            note=record.note,
            expected_at=_instant(record.expected_at),
            version=record.version,
            created_at=DateTime(record.created_at),
            created_by=record.created_by,
            resolved_at=_instant(record.resolved_at),
            resolved_by=record.resolved_by,
            cancellation_reason=record.cancellation_reason,
            record=record,
        )

    @field(description="Who sends it.")
    async def supplier(self, info: Info) -> ASupplier:
        return present(await info.context.load(suppliers_by_id, self.record.supplier_id))

    @field(description="Where it shall arrive.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="The orders that it is of, at most 100.", directives=[usually(2)])
    async def purchase_orders(self, info: Info) -> list[PurchaseOrder]:
        ids = await info.context.load(order_ids_by_notice, self.record.id) or []
        return [present(each) for each in await info.context.load_many(purchase_orders_by_id, ids)]

    @field(description="The receipt by which it came; null until it has.")
    async def goods_receipt(self, info: Info) -> AReceipt | None:
        if self.record.goods_receipt_id is None:
            return None
        return present(await info.context.load(goods_receipts_by_id, self.record.goods_receipt_id))

    @field(description="What is announced, at most 1,000 lines in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[AdvanceShippingNoticeLine]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            return await info.context.load(reading.notice_line_counts, self.record.id)

        page = await info.context.load(reading.notice_line_pages, key)
        return Connection.of(page, node=AdvanceShippingNoticeLine.of, after=after, count=count)

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["AdvanceShippingNotice | None"]:
        """The notices of federated references; None for one that is unknown here."""
        info.context.require_any(RECEIVING)
        ids = [identifier_or_none(each["id"]) for each in representations]
        found = await info.context.load_many(notices_by_id, [each for each in ids if each is not None])
        by_id = {each.id: each for each in found if each is not None}
        return [present(by_id.get(each)) if each is not None else None for each in ids]


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None


@strawberry.input(description="Which advance shipping notices.")
class AdvanceShippingNoticeFilter:
    status: list[AdvanceShippingNoticeStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    supplier_code: str | None = strawberry.field(default=None, description="From this supplier.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="For this warehouse.")
    purchase_order_id: strawberry.ID | None = strawberry.field(
        default=None, description="With something of this order."
    )
    number: str | None = strawberry.field(default=None, description="With this number, exactly.")
    tracking_number: str | None = strawberry.field(default=None, description="With this tracking number, exactly.")
    expected_before: DateTime | None = strawberry.field(
        default=None, description="Expected before this instant: with status ANNOUNCED and now, those that are overdue."
    )
    created_since: DateTime | None = strawberry.field(default=None, description="Announced then or later.")
    created_before: DateTime | None = strawberry.field(default=None, description="Announced before.")

    def wanted(self) -> reading.AdvanceShippingNoticeFilter:
        """The domain's filter."""
        return reading.AdvanceShippingNoticeFilter(
            statuses=[each.name for each in self.status] if self.status is not None else None,
            supplier_code=self.supplier_code,
            warehouse_id=identifier_in(self, "warehouse_id"),
            purchase_order_id=identifier_in(self, "purchase_order_id"),
            number=self.number,
            tracking_number=self.tracking_number,
            expected_before=self.expected_before,
            created_since=self.created_since,
            created_before=self.created_before,
        )


@field(description="An advance shipping notice by its id or by its number; null for an unknown one.")
async def advance_shipping_notice(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> AdvanceShippingNotice | None:
    info.context.require_any(RECEIVING)
    found: AdvanceShippingNotice | None = await by_id_or_number(
        info, "advance shipping notice", id=id, number=number, by_id=notices_by_id, by_number=notices_by_number
    )
    return found


@field(description="Advance shipping notices in pages, the newest first.")
async def advance_shipping_notices(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[
        AdvanceShippingNoticeFilter | None, strawberry.argument(description="Which; all if left out.")
    ] = None,
) -> Connection[AdvanceShippingNotice]:
    info.context.require_any(RECEIVING)
    wanted = filter.wanted() if filter is not None else reading.AdvanceShippingNoticeFilter()
    return await newest_first(
        info,
        AdvanceShippingNotice,
        first=first,
        after=after,
        filter=wanted,
        page=reading.notices_page,
        count=reading.notices_count,
    )


queries: list[StrawberryField] = [advance_shipping_notice, advance_shipping_notices]
mutations: list[StrawberryField] = []
types: list[type] = [AdvanceShippingNotice]
