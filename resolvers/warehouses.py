"""Warehouses, their locations, and the stock side of outlets."""

import asyncio
from enum import Enum
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry
from strawberry import enum_value

from inventory_graph.errors import InvalidInput
from inventory_graph.identity.records import OutletRecord
from inventory_graph.identity.tenants import outlets_by_id
from inventory_graph.masterdata.locations import (
    LocationRecord,
    location_counts,
    location_pages,
    locations_by_code,
    locations_by_id,
)
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.masterdata.warehouses import (
    WarehouseRecord,
    all_warehouses,
    warehouses_by_code,
    warehouses_by_id,
    warehouses_by_outlet,
)
from inventory_graph.pages import Page
from resolvers.availability import Availability, Channel, Skus, availabilities_of_skus
from resolvers.context import BatchFunction, Info
from resolvers.coordinates import GeoPoint
from resolvers.federation import STOREFRONT, cost, usually
from resolvers.kit import (
    After,
    Connection,
    First,
    check_first,
    decode_cursor,
    field,
    identifier_or_none,
    present,
    presents,
)
from resolvers.stock import BalanceFilter, StockBalance, balances_of_warehouse

VIEW = "inventory.warehouses.view"
OUTLETS_TRIED_MAX = 5
"""So many outlets of a page of references may name the tenant of a visitor; some may have closed since the router heard of them."""
NOTHING: Page[Any] = Page([], [], has_next=False)

Record = TypeVar("Record")


@strawberry.enum(description="What a warehouse is for.")
class WarehouseType(Enum):
    OUTLET = enum_value("OUTLET", description="The stock of a place of business.")
    KITCHEN = enum_value("KITCHEN", description="A kitchen that works for outlets.")
    WAREHOUSE = enum_value("WAREHOUSE", description="A store.")
    DARK_STORE = enum_value("DARK_STORE", description="A shop without customers, for deliveries.")
    TRANSIT = enum_value("TRANSIT", description="Where goods are while they travel.")


@strawberry.enum(
    description="What a location is. From the outside inwards: ZONE, AISLE, SHELF, BIN; types may be skipped."
)
class LocationType(Enum):
    ZONE = enum_value("ZONE", description="A part of the warehouse, such as the cold room.")
    AISLE = enum_value("AISLE", description="A row of shelves.")
    SHELF = enum_value("SHELF", description="A shelf.")
    BIN = enum_value("BIN", description="The smallest place, such as a box on a shelf.")


@strawberry.input(one_of=True, description="Names a warehouse by exactly one of its keys.")
class WarehouseKey:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id.")
    code: str | None = strawberry.field(default=strawberry.UNSET, description="Its code, such as MAIN.")
    outlet_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The id of the outlet whose warehouse it is."
    )


@presents(LocationRecord)
@strawberry.type(description="A place within a warehouse.")
class Location:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    code: str = strawberry.field(description="Unique in the warehouse.")
    name: str = strawberry.field(description="For people.")
    type: LocationType = strawberry.field(description="Zone, aisle, shelf or bin.")
    path: str = strawberry.field(
        description="The codes from the outermost location to this one, joined by '/'. Sorted by it, locations stand as a picker walks."
    )
    is_active: bool = strawberry.field(description="False for an archived location: nothing can be put there.")
    record: strawberry.Private[LocationRecord]

    @classmethod
    def of(cls, record: LocationRecord) -> "Location":
        """The location of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            code=record.code,
            name=record.name,
            type=LocationType(record.type),
            path=record.path,
            is_active=record.is_active,
            record=record,
        )

    @field(description="The location it lies in; null for one that lies in the warehouse directly.")
    async def parent(self, info: Info) -> "Location | None":
        if self.record.parent_id is None:
            return None
        parent: Location | None = present(await info.context.load(locations_by_id, self.record.parent_id))
        return parent

    @field(description="The warehouse it is in.")
    async def warehouse(self, info: Info) -> "Warehouse":
        warehouse: Warehouse = present(await info.context.load(warehouses_by_id, self.record.warehouse_id))
        return warehouse


def _outlet_code(root: strawberry.Parent["Outlet"], info: Info) -> str | None:
    return None if info.context.visitor.is_anonymous else root.record.code


def _outlet_name(root: strawberry.Parent["Outlet"], info: Info) -> str | None:
    return None if info.context.visitor.is_anonymous else root.record.name


@presents(OutletRecord)
@strawberry.federation.type(
    keys=["id"],
    description="A place of business. Owned by the auth service; this subgraph contributes the stock side of it.",
)
class Outlet:
    id: strawberry.ID = strawberry.field(description="The same in every service.", directives=[STOREFRONT])
    code: str | None = strawberry.federation.field(
        resolver=_outlet_code,
        shareable=True,
        description="Its readable key, unique in the tenant; null for an anonymous caller.",
        directives=[cost(1)],
    )
    name: str | None = strawberry.federation.field(
        resolver=_outlet_name,
        shareable=True,
        description="Its name; null for an anonymous caller.",
        directives=[cost(1)],
    )
    record: strawberry.Private[OutletRecord]

    @classmethod
    def of(cls, record: OutletRecord) -> "Outlet":
        """The outlet of a record."""
        return cls(id=strawberry.ID(str(record.id)), record=record)

    @field(
        description="Where its stock lies: one warehouse, none for an outlet that keeps no stock.",
        directives=[usually(1)],
    )
    async def warehouses(self, info: Info) -> list["Warehouse"]:
        info.context.require(VIEW)
        found = await info.context.load(warehouses_by_outlet, self.record.id)
        return [Warehouse.of(found)] if found is not None else []

    @field(
        description="Whether SKUs can be promised at this outlet, in their order; levels only for an anonymous caller.",
        directives=[usually(20), STOREFRONT],
    )
    async def availability(
        self,
        info: Info,
        skus: Skus,
        channel: Channel = None,
    ) -> list[Availability]:
        return await availabilities_of_skus(info, skus, outlet_id=self.record.id, channel=channel)

    @classmethod
    async def resolve_references(cls, info: Info, representations: list[dict[str, Any]]) -> list["Outlet | None"]:
        """The outlets of federated references; None for one that is unknown here. Anyone may name one: it shows its id."""
        # Each takes a question of its own, so that a visitor who names a thousand which nobody knows asks no thousand.
        for each in representations[:OUTLETS_TRIED_MAX]:
            await info.context.name_tenant_by_outlet(identifier_or_none(each["id"]))
        return [
            present(record)
            for record in await asyncio.gather(
                *(loaded_by_id(info, outlets_by_id, each["id"]) for each in representations)
            )
        ]


@presents(WarehouseRecord)
@strawberry.federation.type(
    keys=["id", "code"], description="A place that keeps balances. An outlet has one; a tenant has one default."
)
class Warehouse:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    code: str = strawberry.field(description="Its readable key, unique in the tenant, such as MAIN.")
    name: str = strawberry.field(description="For people.")
    type: WarehouseType = strawberry.field(description="What it is for.")
    is_default: bool = strawberry.field(description="Whether it is meant where no warehouse is named.")
    is_active: bool = strawberry.field(description="False for an archived warehouse: nothing can be put there.")
    timezone: str = strawberry.field(description="The IANA name of the time zone whose days it keeps.")
    priority: int = strawberry.field(description="The lower, the earlier it is asked when stock is allocated.")
    allow_negative: bool | None = strawberry.field(
        description="Whether its balances may fall below zero; null leaves it to the tenant."
    )
    address: str | None = strawberry.field(description="Where it is.")
    coordinates: GeoPoint | None = strawberry.field(
        description="Where it is on a map, from which distances are reckoned; null when that is not known."
    )
    record: strawberry.Private[WarehouseRecord]

    @classmethod
    def of(cls, record: WarehouseRecord) -> "Warehouse":
        """The warehouse of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            code=record.code,
            name=record.name,
            type=WarehouseType(record.type),
            is_default=record.is_default,
            is_active=record.is_active,
            timezone=record.timezone,
            priority=record.priority,
            allow_negative=record.allow_negative,
            address=record.address,
            coordinates=GeoPoint.of(record.coordinates) if record.coordinates is not None else None,
            record=record,
        )

    @field(description="The outlet whose stock it keeps; null for a warehouse of no outlet.")
    async def outlet(self, info: Info) -> Outlet | None:
        if self.record.outlet_id is None:
            return None
        outlet: Outlet | None = present(await info.context.load(outlets_by_id, self.record.outlet_id))
        return outlet

    @field(description="Its locations as a picker walks, archived ones included.")
    async def locations(self, info: Info, first: First = 50, after: After = None) -> Connection[Location]:
        key = (self.record.id, check_first(first), text_position(after))
        page = await info.context.load(location_pages, key) or NOTHING

        async def count() -> int | None:
            return await info.context.load(location_counts, self.record.id)

        return Connection.of(page, node=Location.of, after=after, count=count)

    @field(description="What it has, variant by variant, in the order of their ids.")
    async def balances(
        self,
        info: Info,
        first: First = 50,
        after: After = None,
        filter: Annotated[BalanceFilter | None, strawberry.argument(description="Which of them.")] = None,
    ) -> Connection[StockBalance]:
        return await balances_of_warehouse(info, self.record.id, first=first, after=after, narrowing=filter)

    @field(description="One of its locations by code; null for an unknown one.")
    async def location(
        self, info: Info, code: Annotated[str, strawberry.argument(description="The location's code.")]
    ) -> Location | None:
        location: Location | None = present(await info.context.load(locations_by_code, (self.record.id, code)))
        return location

    @classmethod
    async def resolve_references(cls, info: Info, representations: list[dict[str, Any]]) -> list["Warehouse | None"]:
        """The warehouses of federated references, by id or by code; None for one that is unknown."""
        info.context.require(VIEW)
        return [
            present(record)
            for record in await asyncio.gather(*(cls._referenced(info, each) for each in representations))
        ]

    @staticmethod
    async def _referenced(info: Info, representation: dict[str, Any]) -> WarehouseRecord | None:
        if "id" in representation:
            return await loaded_by_id(info, warehouses_by_id, representation["id"])
        return await info.context.load(warehouses_by_code, representation["code"])


async def loaded_by_id(info: Info, function: BatchFunction[UUID, Record], value: object) -> Record | None:
    """The record of an ID; None for one that is no UUID, and so names nothing."""
    key = identifier_or_none(value)
    return await info.context.load(function, key) if key is not None else None


async def warehouse_id_of(info: Info, key: WarehouseKey) -> UUID | None:
    """The id of the warehouse that a key names, None where there is none."""
    found: WarehouseRecord | None
    if key.code:
        found = await info.context.load(warehouses_by_code, key.code)
    elif key.id:
        found = await loaded_by_id(info, warehouses_by_id, key.id)
    else:
        found = await loaded_by_id(info, warehouses_by_outlet, key.outlet_id)
    return found.id if found is not None else None


def text_position(after: str | None) -> str | None:
    """The one text in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=1)
    if position is None:
        return None
    text = position[0]
    if not isinstance(text, str) or not is_storable(text):
        raise InvalidInput("This is not a cursor of this connection.", path=("after",))
    return text


@field(description="A warehouse by one of its keys; null for an unknown one.")
async def warehouse(
    info: Info, key: Annotated[WarehouseKey, strawberry.argument(description="Which warehouse.")]
) -> Warehouse | None:
    info.context.require(VIEW)
    found: WarehouseRecord | None
    if key.code:
        found = await info.context.load(warehouses_by_code, key.code)
    elif key.id:
        found = await loaded_by_id(info, warehouses_by_id, key.id)
    else:
        found = await loaded_by_id(info, warehouses_by_outlet, key.outlet_id)
    return Warehouse.of(found) if found is not None else None


@field(
    description="Every warehouse of the tenant (at most 1,000), archived ones included: the default first, then by code.",
    directives=[usually(10)],
)
async def warehouses(info: Info) -> list[Warehouse]:
    info.context.require(VIEW)
    return [Warehouse.of(record) for record in await info.context.read(all_warehouses)]


queries = [warehouse, warehouses]
types = [Warehouse, Outlet]
