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
from inventory_graph.masterdata.texts import SKU_LENGTH_MAX
from inventory_graph.stock.alternatives import available_substitutes, next_supplies
from inventory_graph.stock.availability import AvailabilityKey, availabilities
from inventory_graph.stock.promises import AvailabilityRecord
from inventory_graph.stock.prospects import NextSupply
from resolvers.context import Info
from resolvers.federation import STOREFRONT, cost, usually
from resolvers.kit import field, identifier, present
from resolvers.sale_stops import CHANNEL, SaleStop, channel_of
from resolvers.scalars import DateTime, Quantity
from resolvers.stock import VIEW

if TYPE_CHECKING:
    from resolvers.items import Variant

SKUS_MAX = 100


@strawberry.enum(description="How much there is, coarsely: what an anonymous shopper may see.", directives=[STOREFRONT])
class StockLevel(Enum):
    IN_STOCK = enum_value("IN_STOCK", description="There is enough.")
    LOW = enum_value("LOW", description="There is some, at or below the reorder point.")
    OUT = enum_value("OUT", description="There is none to be had.")
    UNTRACKED = enum_value("UNTRACKED", description="It is not kept in stock, so it is always there.")


@strawberry.enum(description="Why something is not available, for machines.")
class UnavailableReason(Enum):
    OUT_OF_STOCK = enum_value("OUT_OF_STOCK", description="None is on hand.")
    RESERVED = enum_value("RESERVED", description="What is there is held for somebody.")
    QUARANTINED = enum_value("QUARANTINED", description="What is there is set aside or damaged.")
    EXPIRED = enum_value("EXPIRED", description="What is there is of lots that are expired or on hold.")
    COMPONENT_SHORT = enum_value("COMPONENT_SHORT", description="A component is short; limitingComponents names it.")
    NOT_STOCKED_HERE = enum_value("NOT_STOCKED_HERE", description="It was never kept at this place, or is unknown.")
    MANUALLY_DISABLED = enum_value("MANUALLY_DISABLED", description="Somebody took it off sale; stop says who and why.")
    ITEM_INACTIVE = enum_value("ITEM_INACTIVE", description="The item is archived.")


@strawberry.type(description="Whether something can be promised, how much of it, and why not.", directives=[cost(3)])
class Availability:
    sku: str = strawberry.field(description="Of what.", directives=[STOREFRONT])
    available: Quantity | None = strawberry.field(
        description="How much, in the item's stock unit; for a recipe or kit how many whole ones can be made. Null where the caller may"
        " only see levels, and for UNTRACKED."
    )
    is_available: bool = strawberry.field(description="Whether any can be promised.", directives=[STOREFRONT])
    reasons: list[UnavailableReason] = strawberry.field(description="Why not, for machines: empty when available.")
    level: StockLevel = strawberry.field(description="How much there is, coarsely.", directives=[STOREFRONT])
    stop: SaleStop | None = strawberry.field(
        description="Who took it off sale, why and until when, where that is among the reasons; null for a caller who may only see"
        " levels. Of several that keep it off sale, the one by whose end it may be back."
    )
    limiting_ids: strawberry.Private[tuple[UUID, ...]]
    key: strawberry.Private[AvailabilityKey | None]
    """What was asked; None for a caller who may only see levels."""

    @classmethod
    def of(cls, record: AvailabilityRecord, key: AvailabilityKey) -> "Availability":
        """The availability of a record, for a caller who may see quantities."""
        return cls(
            sku=record.sku,
            available=Quantity(record.available) if record.available is not None else None,
            is_available=record.is_available,
            reasons=[UnavailableReason(reason) for reason in record.reasons],
            level=StockLevel(record.level),
            stop=SaleStop.of(record.stop) if record.stop is not None else None,
            limiting_ids=record.limiting,
            key=key,
        )

    @classmethod
    def level_only(cls, record: AvailabilityRecord) -> "Availability":
        """The availability of a record, for a visitor."""
        return cls(
            sku=record.sku,
            available=None,
            is_available=record.is_available,
            reasons=[],
            level=StockLevel(record.level),
            stop=None,
            limiting_ids=(),
            key=None,
        )

    @field(description="The components that allow no more, for a recipe or kit.", directives=[usually(2)])
    async def limiting_components(self, info: Info) -> list[Annotated["Variant", strawberry.lazy("resolvers.items")]]:
        found = await info.context.load_many(variants_by_id, list(self.limiting_ids))
        return [present(record) for record in found if record is not None]

    @field(
        description="When there will be more: by supply on its way that is not overdue, or by the end of a stop. Null when nothing"
        " is known of.",
        directives=[cost(1)],
    )
    async def next_available_at(self, info: Info) -> DateTime | None:
        coming = await self._coming(info)
        return DateTime(coming.at) if coming is not None else None

    @field(
        description="How much more there will be then, in the item's stock unit, for a recipe or kit in whole ones; null also where it"
        " is without limit.",
        directives=[cost(1)],
    )
    async def next_available_quantity(self, info: Info) -> Quantity | None:
        coming = await self._coming(info)
        return Quantity(coming.quantity) if coming is not None and coming.quantity is not None else None

    async def _coming(self, info: Info) -> NextSupply | None:
        return await info.context.load(next_supplies, self.key) if self.key is not None else None

    @field(
        description="What could stand in and is available there now, on the same channel: by priority, at most 10. See"
        " `Variant.substitutes` for all, and by which factor.",
        directives=[usually(2)],
    )
    async def substitutes(self, info: Info) -> list[Annotated["Variant", strawberry.lazy("resolvers.items")]]:
        return await substitutes_there(info, self.key) if self.key is not None else []


async def substitutes_there(info: Info, key: AvailabilityKey) -> list["Variant"]:
    """What could stand in for what the key asks about, and can be promised there."""
    return [present(record) for record in await info.context.load(available_substitutes, key) or ()]


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
    DateTime | None,
    strawberry.argument(
        description="By the recipe in force at this instant, and without the stops that are over by then; now if left out."
    ),
]
Channel = Annotated[
    str | None,
    strawberry.argument(
        description=f"As sold on this channel; without one, only what is off sale on all of them is off sale. {CHANNEL}",
        directives=[STOREFRONT],
    ),
]


async def availability_of(
    info: Info,
    *,
    item_id: UUID | None = None,
    variant_id: UUID | None = None,
    outlet_id: str | None = None,
    warehouse_id: str | None = None,
    channel: str | None = None,
    at: datetime | None = None,
) -> Availability:
    """The availability of an item or a variant, for their fields."""
    info.context.require(VIEW)
    key = AvailabilityKey(
        item_id=item_id,
        variant_id=variant_id,
        warehouse_id=identifier(warehouse_id, path=("warehouse_id",)) if warehouse_id is not None else None,
        outlet_id=identifier(outlet_id, path=("outlet_id",)) if outlet_id is not None else None,
        channel=channel_of(channel),
        at=at,
    )
    record = await info.context.load(availabilities, key)
    if record is None:
        raise LookupError(f"{key} is of an item or a variant that was read, and yet it is unknown.")
    return Availability.of(record, key)


async def availabilities_of_skus(
    info: Info,
    skus: list[str],
    *,
    outlet_id: UUID | None = None,
    warehouse_id: UUID | None = None,
    channel: str | None = None,
) -> list[Availability]:
    """The availability of SKUs in their order; levels only for a visitor or a caller who may not see stock."""
    if not 1 <= len(skus) <= SKUS_MAX:
        raise InvalidInput(f"Ask for 1 to {SKUS_MAX} SKUs at once, these are {len(skus)}.", path=("skus",))
    if max(map(len, skus)) > SKU_LENGTH_MAX:
        raise InvalidInput(f"No SKU has more than {SKU_LENGTH_MAX} characters.", path=("skus",))
    visitor = info.context.visitor
    sees_quantities = visitor.may(VIEW)
    if not sees_quantities and visitor.is_anonymous and visitor.metadata.get("public_levels") != "true":
        raise Forbidden("This tenant shows its stock levels to nobody without a token.")
    way = channel_of(channel)
    keys = [AvailabilityKey(sku=sku, warehouse_id=warehouse_id, outlet_id=outlet_id, channel=way) for sku in skus]
    records = await asyncio.gather(*(info.context.load_shared(availabilities, key) for key in keys))
    return [
        Availability.of(record, key) if sees_quantities else Availability.level_only(record)
        for key, record in zip(keys, records, strict=True)
        if record is not None
    ]


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
    channel: Channel = None,
) -> list[Availability]:
    outlet = identifier(outlet_id, path=("outlet_id",)) if outlet_id is not None else None
    warehouse = identifier(warehouse_id, path=("warehouse_id",)) if warehouse_id is not None else None
    if outlet is not None:
        await info.context.name_tenant_by_outlet(outlet)
    return await availabilities_of_skus(info, skus, outlet_id=outlet, warehouse_id=warehouse, channel=channel)


queries = [availability]
mutations: list[StrawberryField] = []
types: list[type] = []
