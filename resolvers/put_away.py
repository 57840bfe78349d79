"""Where what arrives could be put."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.locations import locations_by_id
from inventory_graph.stock.put_away import PutAway, PutAwayKey, put_away_by_key
from inventory_graph.stock.queries import SkuKey, balances_by_sku
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.kit import field, present
from resolvers.stock import place_of

if TYPE_CHECKING:
    from resolvers.warehouses import Location, WarehouseKey

ALocation = Annotated["Location", strawberry.lazy("resolvers.warehouses")]


@strawberry.enum(description="Why something could be put there.")
class PutAwayReason(Enum):
    SAME_LOT = enum_value("SAME_LOT", description="Most of the same lot lies there.")
    SAME_VARIANT = enum_value("SAME_VARIANT", description="Most of the same variant lies there.")
    EMPTY = enum_value("EMPTY", description="It is the first empty shelf or bin that a picker comes by.")
    NONE = enum_value("NONE", description="There is no such place: the warehouse has no locations, or all are taken.")


@strawberry.type(description="Where something that arrives could be put. It binds nobody.")
class PutAwaySuggestion:
    reason: PutAwayReason = strawberry.field(description="Why there.")
    record: strawberry.Private[PutAway]

    @field(description="The location; null for the reason NONE.")
    async def location(self, info: Info) -> ALocation | None:
        if self.record.location_id is None:
            return None
        return present(await info.context.load(locations_by_id, self.record.location_id))


async def suggested(info: Info, *, warehouse_id: UUID, variant_id: UUID, lot_code: str | None) -> PutAwaySuggestion:
    """Where so much of a variant could be put, of that lot."""
    key = PutAwayKey(warehouse_id=warehouse_id, variant_id=variant_id, lot_code=lot_code)
    found: Any = await info.context.load(put_away_by_key, key)
    return PutAwaySuggestion(reason=PutAwayReason(found.reason), record=found)


@field(
    description="Where something that arrives could be put: where its lot lies, else its variant, else the first empty shelf or bin. Null for"
    " an unknown SKU or warehouse."
)
async def put_away_suggestion(
    info: Info,
    sku: Annotated[str, strawberry.argument(description="The variant's SKU, or that of an item with one variant.")],
    lot_code: Annotated[str | None, strawberry.argument(description="The lot it is of.")] = None,
    warehouse: Annotated[
        Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")] | None,
        strawberry.argument(
            description="Where it arrives, by one of the warehouse's keys; the tenant's default if left out."
        ),
    ] = None,
) -> PutAwaySuggestion | None:
    info.context.require_any(RECEIVING)
    place = place_of(warehouse)
    if place is None:
        return None
    key = SkuKey(sku=sku, warehouse_id=place.id, warehouse_code=place.code, outlet_id=place.outlet_id)
    balance = await info.context.load_shared(balances_by_sku, key)
    if balance is None:
        return None
    return await suggested(info, warehouse_id=balance.warehouse_id, variant_id=balance.variant_id, lot_code=lot_code)


queries: list[StrawberryField] = [put_away_suggestion]
mutations: list[StrawberryField] = []
types: list[type] = []
