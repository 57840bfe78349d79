"""Create, change and archive warehouses, outlets and locations."""

from typing import cast
from uuid import UUID

import strawberry

from inventory_graph.db import Transaction
from inventory_graph.errors import NotFound
from inventory_graph.identity.tenants import outlets_by_id
from inventory_graph.masterdata import locations as location_verbs
from inventory_graph.masterdata import warehouses as warehouse_verbs
from inventory_graph.masterdata.locations import LocationChanges, LocationRecord, locations_by_code, locations_by_id
from inventory_graph.masterdata.outlets import register_outlet
from inventory_graph.masterdata.warehouses import WarehouseChanges, WarehouseRecord, warehouse_of, warehouses_by_id
from inventory_graph.stock.queries import has_stock, has_stock_at
from inventory_graph.transfers.queries import has_transfers_under_way
from resolvers.context import Info
from resolvers.coordinates import GeoPointInput
from resolvers.inputs import KEY_DESCRIPTION, changes_of, word_of, write_once
from resolvers.kit import Payload, identifier, mutation
from resolvers.warehouses import Location, LocationType, Outlet, Warehouse, WarehouseKey, WarehouseType

ADD = "inventory.warehouses.add"
CHANGE = "inventory.warehouses.change"
ARCHIVE = "inventory.warehouses.delete"
CONFIGURE = "inventory.config.manage"


@strawberry.type(description="What became of a warehouse.")
class WarehousePayload(Payload):
    warehouse: Warehouse | None = strawberry.field(default=None, description="The warehouse; null when refused.")


@strawberry.type(description="What became of an outlet.")
class OutletPayload(Payload):
    outlet: Outlet | None = strawberry.field(default=None, description="The outlet; null when refused.")
    warehouse: Warehouse | None = strawberry.field(default=None, description="Its warehouse; null when refused.")


@strawberry.type(description="What became of a location.")
class LocationPayload(Payload):
    location: Location | None = strawberry.field(default=None, description="The location; null when refused.")


@strawberry.input(description="A warehouse to be added.")
class CreateWarehouseInput:
    code: str = strawberry.field(
        description="Its readable key, unique in the tenant: up to 63 letters, digits, '_', '.' and '-'. It never changes."
    )
    name: str = strawberry.field(description="For people, up to 200 characters.")
    type: WarehouseType = strawberry.field(default=WarehouseType.WAREHOUSE, description="What it is for.")
    outlet_id: strawberry.ID | None = strawberry.field(
        default=None, description="The outlet whose stock it keeps; an outlet has one warehouse."
    )
    timezone: str | None = strawberry.field(
        default=None, description="The IANA name of its time zone, such as Africa/Nairobi; the tenant's if left out."
    )
    is_default: bool | None = strawberry.field(
        default=None,
        description="Whether it becomes the tenant's default in place of the old one. The first warehouse always does.",
    )
    priority: int = strawberry.field(
        default=100, description="The lower, the earlier it is asked when stock is allocated; 0 to 1,000,000."
    )
    allow_negative: bool | None = strawberry.field(
        default=None, description="Whether its balances may fall below zero; left to the tenant if left out."
    )
    address: str | None = strawberry.field(default=None, description="Where it is, up to 500 characters.")
    coordinates: GeoPointInput | None = strawberry.field(
        default=None, description="Where it is on a map; without it, it counts as farthest from everywhere."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a warehouse; what is left out stays.")
class UpdateWarehouseInput:
    warehouse: WarehouseKey = strawberry.field(description="Which warehouse; an archived one too.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="For people, up to 200 characters.")
    type: WarehouseType | None = strawberry.field(default=strawberry.UNSET, description="What it is for.")
    timezone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The IANA name of its time zone, such as Africa/Nairobi."
    )
    is_default: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True makes it the tenant's default in place of the old one."
    )
    is_active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True opens an archived warehouse again."
    )
    priority: int | None = strawberry.field(
        default=strawberry.UNSET, description="The lower, the earlier it is asked; 0 to 1,000,000."
    )
    allow_negative: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether its balances may fall below zero; null leaves it to the tenant."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where it is, up to 500 characters; null for nowhere in particular."
    )
    coordinates: GeoPointInput | None = strawberry.field(
        default=strawberry.UNSET, description="Where it is on a map; null for unknown."
    )


@strawberry.input(description="A warehouse to be closed.")
class ArchiveWarehouseInput:
    warehouse: WarehouseKey = strawberry.field(description="Which warehouse.")


@strawberry.input(description="An outlet as the auth service knows it.")
class CreateOutletInput:
    id: strawberry.ID | None = strawberry.field(
        default=None, description="The id minted by the auth service; a new one if left out."
    )
    code: str = strawberry.field(
        description="Its readable key, unique in the tenant. In capitals it is the code of its warehouse."
    )
    name: str = strawberry.field(description="For people, up to 200 characters; the name of its warehouse too.")
    address: str | None = strawberry.field(default=None, description="Where it is, up to 500 characters.")
    use_case: str | None = strawberry.field(
        default=None, description="The auth service's word for what it does, such as hospitality or retail."
    )
    is_hq: bool = strawberry.field(
        default=False, description="Whether it is the headquarters, whose warehouse is the tenant's default."
    )
    timezone: str | None = strawberry.field(
        default=None, description="The IANA name of its time zone, such as Africa/Nairobi; the tenant's if left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A location to be added.")
class CreateLocationInput:
    warehouse: WarehouseKey = strawberry.field(description="In which warehouse.")
    code: str = strawberry.field(
        description="Unique in the warehouse: up to 63 letters, digits, '_', '.' and '-'. It never changes."
    )
    name: str = strawberry.field(description="For people, up to 200 characters.")
    type: LocationType = strawberry.field(description="Zone, aisle, shelf or bin.")
    parent_code: str | None = strawberry.field(
        default=None,
        description="The location it lies in, of a type further out; directly in the warehouse if left out.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a location; what is left out stays.")
class UpdateLocationInput:
    warehouse: WarehouseKey = strawberry.field(description="In which warehouse it is.")
    code: str = strawberry.field(description="Which location; an archived one too.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="For people, up to 200 characters.")
    parent_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Moves it, with all that is within it, into this location; null moves it out of every other.",
    )
    is_active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True opens an archived location again."
    )


@strawberry.input(description="A location to be closed.")
class ArchiveLocationInput:
    warehouse: WarehouseKey = strawberry.field(description="In which warehouse it is.")
    code: str = strawberry.field(description="Which location.")


async def _warehouse_named(tx: Transaction, key: WarehouseKey, *, also_archived: bool = False) -> WarehouseRecord:
    """The warehouse of a key; raises ``InvalidInput`` for an id that is no UUID, ``NotFound``, ``WarehouseInactive``."""
    path = ("warehouse",)
    return await warehouse_of(
        tx,
        id=identifier(key.id, path=(*path, "id")) if key.id else None,
        code=key.code or None,
        outlet_id=identifier(key.outlet_id, path=(*path, "outlet_id")) if key.outlet_id else None,
        path=path,
        also_archived=also_archived,
    )


async def _location_named(tx: Transaction, key: WarehouseKey, code: str) -> LocationRecord:
    place = await _warehouse_named(tx, key)
    found = (await locations_by_code(tx, [(place.id, code)])).get((place.id, code))
    if found is None:
        raise NotFound(f"The warehouse {place.code} has no location with the code {code[:80]!r}.", path=("code",))
    return found


@mutation
async def create_warehouse(info: Info, input: CreateWarehouseInput) -> WarehousePayload:
    """Adds a warehouse. The first of a tenant becomes its default. Needs inventory.warehouses.add."""
    info.context.require(ADD)
    outlet_id = identifier(input.outlet_id, path=("outlet_id",)) if input.outlet_id else None

    async def verb(tx: Transaction) -> WarehouseRecord:
        return await warehouse_verbs.create_warehouse(
            tx,
            code=input.code,
            name=input.name,
            type=word_of(input.type),
            outlet_id=outlet_id,
            timezone=input.timezone,
            is_default=input.is_default is True,
            priority=input.priority,
            allow_negative=input.allow_negative,
            address=input.address,
            coordinates=input.coordinates.coordinates() if input.coordinates is not None else None,
        )

    record, replayed = await write_once(info, input, operation="createWarehouse", verb=verb, load=warehouses_by_id)
    return WarehousePayload(warehouse=Warehouse.of(record), replayed=replayed)


@mutation
async def update_warehouse(info: Info, input: UpdateWarehouseInput) -> WarehousePayload:
    """Changes a warehouse, makes it the default, or opens it again. Needs inventory.warehouses.change."""
    info.context.require(CHANGE)
    changes = changes_of(
        input,
        names=(
            *("name", "type", "timezone", "is_default", "is_active", "priority"),
            *("allow_negative", "address", "coordinates"),
        ),
        may_be_null=("allow_negative", "address", "coordinates"),
    )
    if isinstance(input.coordinates, GeoPointInput):
        changes["coordinates"] = input.coordinates.coordinates()

    async def verb(tx: Transaction) -> WarehouseRecord:
        place = await _warehouse_named(tx, input.warehouse, also_archived=True)
        return await warehouse_verbs.update_warehouse(tx, id=place.id, **cast("WarehouseChanges", changes))

    return WarehousePayload(warehouse=Warehouse.of(await info.context.write(verb)))


@mutation
async def archive_warehouse(info: Info, input: ArchiveWarehouseInput) -> WarehousePayload:
    """Closes an empty warehouse that is not the default; once more changes nothing. Needs inventory.warehouses.delete."""
    info.context.require(ARCHIVE)

    async def verb(tx: Transaction) -> WarehouseRecord:
        async def holds_stock(warehouse_id: UUID) -> bool:
            return await has_stock(tx, warehouse_id=warehouse_id) or await has_transfers_under_way(
                tx, warehouse_id=warehouse_id
            )

        place = await _warehouse_named(tx, input.warehouse, also_archived=True)
        return await warehouse_verbs.archive_warehouse(tx, id=place.id, has_stock=holds_stock)

    return WarehousePayload(warehouse=Warehouse.of(await info.context.write(verb)))


@mutation
async def create_outlet(info: Info, input: CreateOutletInput) -> OutletPayload:
    """Adds an outlet with its one warehouse, or brings the outlet of that id up to date. Needs inventory.config.manage."""
    info.context.require(CONFIGURE)
    outlet_id = identifier(input.id) if input.id else None

    async def verb(tx: Transaction) -> WarehouseRecord:
        registered = await register_outlet(
            tx,
            id=outlet_id,
            code=input.code,
            name=input.name,
            address=input.address,
            use_case=input.use_case,
            is_hq=input.is_hq,
            timezone=input.timezone,
        )
        return registered.warehouse

    record, replayed = await write_once(info, input, operation="createOutlet", verb=verb, load=warehouses_by_id)
    outlet = await info.context.load(outlets_by_id, record.outlet_id) if record.outlet_id is not None else None
    return OutletPayload(
        outlet=Outlet.of(outlet) if outlet is not None else None, warehouse=Warehouse.of(record), replayed=replayed
    )


@mutation
async def create_location(info: Info, input: CreateLocationInput) -> LocationPayload:
    """Adds a zone, aisle, shelf or bin to a warehouse. Needs inventory.warehouses.add."""
    info.context.require(ADD)

    async def verb(tx: Transaction) -> LocationRecord:
        place = await _warehouse_named(tx, input.warehouse)
        return await location_verbs.create_location(
            tx,
            warehouse_id=place.id,
            code=input.code,
            name=input.name,
            type=word_of(input.type),
            parent_code=input.parent_code,
        )

    record, replayed = await write_once(info, input, operation="createLocation", verb=verb, load=locations_by_id)
    return LocationPayload(location=Location.of(record), replayed=replayed)


@mutation
async def update_location(info: Info, input: UpdateLocationInput) -> LocationPayload:
    """Renames a location, moves it within its warehouse, or opens it again. Needs inventory.warehouses.change."""
    info.context.require(CHANGE)
    changes = changes_of(input, names=("name", "parent_code", "is_active"), may_be_null=("parent_code",))

    async def verb(tx: Transaction) -> LocationRecord:
        place = await _location_named(tx, input.warehouse, input.code)
        return await location_verbs.update_location(tx, id=place.id, **cast("LocationChanges", changes))

    return LocationPayload(location=Location.of(await info.context.write(verb)))


@mutation
async def archive_location(info: Info, input: ArchiveLocationInput) -> LocationPayload:
    """Closes an empty location whose parts are closed; once more changes nothing. Needs inventory.warehouses.delete."""
    info.context.require(ARCHIVE)

    async def verb(tx: Transaction) -> LocationRecord:
        async def holds_stock(location_id: UUID) -> bool:
            return await has_stock_at(tx, location_id)

        place = await _location_named(tx, input.warehouse, input.code)
        return await location_verbs.archive_location(tx, id=place.id, has_stock=holds_stock)

    return LocationPayload(location=Location.of(await info.context.write(verb)))


mutations = [
    create_warehouse,
    update_warehouse,
    archive_warehouse,
    create_outlet,
    create_location,
    update_location,
    archive_location,
]
