"""What can be promised: the query that storefronts ask, also without a token where the tenant allows it."""

import asyncio
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.errors import Forbidden, InvalidInput
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.stock.availability import AvailabilityKey, AvailabilityRecord, availabilities
from resolvers.context import Info
from resolvers.federation import STOREFRONT, cost, usually
from resolvers.kit import field, identifier, present, presents
from resolvers.scalars import DateTime, Quantity
from resolvers.stock import VIEW

if TYPE_CHECKING:
    from resolvers.items import Variant

SKUS_MAX = 100


@strawberry.enum(description="How much there is, coarsely: what an anonymous shopper may see.", directives=[STOREFRONT])
class StockLevel(Enum):
    IN_STOCK = enum_value("IN_STOCK", description="There is enough.")
    LOW = enum_value("LOW", description="There is some, at or below the reorder point.")
    OUT = enum_value("OUT", description="There is none.")
    UNTRACKED = enum_value("UNTRACKED", description="It is not kept in stock, so it is always there.")


@strawberry.enum(description="Why something is not available, for machines.")
class UnavailableReason(Enum):
    OUT_OF_STOCK = enum_value("OUT_OF_STOCK", description="None is on hand.")
    RESERVED = enum_value("RESERVED", description="What is there is held for somebody.")
    QUARANTINED = enum_value("QUARANTINED", description="What is there is set aside or damaged.")
    EXPIRED = enum_value("EXPIRED", description="What is there is of lots that are expired or on hold.")
    COMPONENT_SHORT = enum_value("COMPONENT_SHORT", description="A component is short; limitingComponents names it.")
    NOT_STOCKED_HERE = enum_value("NOT_STOCKED_HERE", description="It was never kept at this place, or is unknown.")
    MANUALLY_DISABLED = enum_value("MANUALLY_DISABLED", description="Somebody took it off the menu.")
    ITEM_INACTIVE = enum_value("ITEM_INACTIVE", description="The item is archived.")


@presents(AvailabilityRecord)
@strawberry.type(description="Whether something can be promised, how much of it, and why not.", directives=[cost(3)])
class Availability:
    sku: str = strawberry.field(description="Of what.", directives=[STOREFRONT])
    available: Quantity | None = strawberry.field(
        description="How much, in the item's stock unit; for a recipe or kit how many whole ones can be made. Null where the caller may"
        " only see levels, and for UNTRACKED."
    )
    is_available: bool = strawberry.field(description="Whether any can be promised.", directives=[STOREFRONT])
    reasons: list[UnavailableReason] = strawberry.field(description="Why not, for machines: empty when available.")
    next_available_at: DateTime | None = strawberry.field(
        description="When more is expected; null when nothing is on its way."
    )
    next_available_quantity: Quantity | None = strawberry.field(
        description="How much is expected then, in the item's stock unit; null when nothing is on its way."
    )
    level: StockLevel = strawberry.field(description="How much there is, coarsely.", directives=[STOREFRONT])
    limiting_ids: strawberry.Private[tuple[UUID, ...]]

    @classmethod
    def of(cls, record: AvailabilityRecord) -> "Availability":
        """The availability of a record, for a caller who may see quantities."""
        return cls(
            sku=record.sku,
            available=Quantity(record.available) if record.available is not None else None,
            is_available=record.is_available,
            reasons=[UnavailableReason(reason) for reason in record.reasons],
            next_available_at=None,
            next_available_quantity=None,
            level=StockLevel(record.level),
            limiting_ids=record.limiting,
        )

    @classmethod
    def level_only(cls, record: AvailabilityRecord) -> "Availability":
        """The availability of a record, for a visitor."""
        return cls(
            sku=record.sku,
            available=None,
            is_available=record.is_available,
            reasons=[],
            next_available_at=None,
            next_available_quantity=None,
            level=StockLevel(record.level),
            limiting_ids=(),
        )

    @field(description="The components that allow no more, for a recipe or kit.", directives=[usually(2)])
    async def limiting_components(self, info: Info) -> list[Annotated["Variant", strawberry.lazy("resolvers.items")]]:
        found = await info.context.load_many(variants_by_id, list(self.limiting_ids))
        return [present(record) for record in found if record is not None]

    @field(description="What could stand in.", directives=[usually(2)])
    def substitutes(self) -> list[Annotated["Variant", strawberry.lazy("resolvers.items")]]:
        return []


Outlet = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="At the warehouse of this outlet.", directives=[STOREFRONT]),
]
WarehouseId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="At this warehouse; everywhere if neither is named.", directives=[STOREFRONT]),
]
Skus = Annotated[
    list[str], strawberry.argument(description="1 to 100 SKUs of variants or items.", directives=[STOREFRONT])
]
At = Annotated[
    DateTime | None, strawberry.argument(description="By the recipe in force at this instant; now if left out.")
]


async def availability_of(
    info: Info,
    *,
    item_id: UUID | None = None,
    variant_id: UUID | None = None,
    outlet_id: str | None = None,
    warehouse_id: str | None = None,
    at: datetime | None = None,
) -> Availability:
    """The availability of an item or a variant, for their fields."""
    info.context.require(VIEW)
    key = AvailabilityKey(
        item_id=item_id,
        variant_id=variant_id,
        warehouse_id=identifier(warehouse_id, path=("warehouse_id",)) if warehouse_id is not None else None,
        outlet_id=identifier(outlet_id, path=("outlet_id",)) if outlet_id is not None else None,
        at=at,
    )
    found: Availability = present(await info.context.load(availabilities, key))
    return found


async def availabilities_of_skus(
    info: Info, skus: list[str], *, outlet_id: UUID | None = None, warehouse_id: UUID | None = None
) -> list[Availability]:
    """The availability of SKUs in their order; levels only for a visitor or a caller who may not see stock."""
    if not 1 <= len(skus) <= SKUS_MAX:
        raise InvalidInput(f"Ask for 1 to {SKUS_MAX} SKUs at once, these are {len(skus)}.", path=("skus",))
    visitor = info.context.visitor
    sees_quantities = visitor.may(VIEW)
    if not sees_quantities and visitor.is_anonymous and visitor.metadata.get("public_levels") != "true":
        raise Forbidden("This tenant shows its stock levels to nobody without a token.")
    keys = [AvailabilityKey(sku=sku, warehouse_id=warehouse_id, outlet_id=outlet_id) for sku in skus]
    records = await asyncio.gather(*(info.context.load_shared(availabilities, key) for key in keys))
    make = Availability.of if sees_quantities else Availability.level_only
    return [make(record) for record in records if record is not None]


@field(
    description="Whether SKUs can be promised, in their order. Answers levels to anonymous callers where the tenant allows it; they name"
    " the tenant by the header X-Tenant-Slug or by outletId.",
    directives=[usually(20), STOREFRONT],
)
async def availability(
    info: Info,
    skus: Skus,
    outlet_id: Outlet = None,
    warehouse_id: WarehouseId = None,
) -> list[Availability]:
    outlet = identifier(outlet_id, path=("outlet_id",)) if outlet_id is not None else None
    warehouse = identifier(warehouse_id, path=("warehouse_id",)) if warehouse_id is not None else None
    if outlet is not None:
        await info.context.name_tenant_by_outlet(outlet)
    return await availabilities_of_skus(info, skus, outlet_id=outlet, warehouse_id=warehouse)


queries = [availability]
mutations: list[StrawberryField] = []
types: list[type] = []
