"""Rules of replenishment, and what they suggest now."""

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.errors import NotFound
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.suppliers import suppliers_by_id
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of, warehouses_by_id
from inventory_graph.pages import Page
from inventory_graph.quantities import ZERO
from inventory_graph.replenishment import rules as reading
from inventory_graph.replenishment.explaining import rounded
from inventory_graph.replenishment.records import (
    PurchaseSuggestion,
    RuleRecord,
    SuggestionRecord,
    TransferSuggestion,
)
from inventory_graph.replenishment.suggesting import suggestions_count, suggestions_page
from inventory_graph.stock.service import Place
from resolvers.context import Info
from resolvers.federation import cost
from resolvers.kit import After, Connection, First, check_first, field, present, presents
from resolvers.money import Money
from resolvers.positions import sku_position, text_pair_position
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_mutations import WHERE, named_place
from resolvers.suppliers import Supplier
from resolvers.warehouses import NOTHING

if TYPE_CHECKING:
    from resolvers.items import Variant
    from resolvers.warehouses import Warehouse, WarehouseKey

AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]
AVariant = Annotated["Variant", strawberry.lazy("resolvers.items")]
AWarehouseKey = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

VIEW = "inventory.purchasing.view"


@strawberry.enum(description="How it is decided when and how much to replenish.")
class ReplenishmentMethod(Enum):
    MIN_MAX = enum_value("MIN_MAX", description="At or below the reorder point, up to the maximum.")
    REORDER_POINT = enum_value(
        "REORDER_POINT", description="At or below the reorder point, by as many order quantities as lead above it."
    )
    DEMAND = enum_value(
        "DEMAND",
        description="At or below what is asked for in the lead time and a safety stock for the service level, up to that and the"
        " review period's demand.",
    )


def optional(value: Decimal | None) -> Quantity | None:
    """A quantity, None for none."""
    return Quantity(value) if value is not None else None


@presents(RuleRecord)
@strawberry.type(description="How one variant in one warehouse is replenished. Quantities are in its stock unit.")
class ReplenishmentRule:
    method: ReplenishmentMethod = strawberry.field(description="How it is decided.")
    reorder_point: Quantity | None = strawberry.field(
        description="The reorder point of the balance, at which stock is low: the point of fixed rules, the least of one by demand."
    )
    maximum: Quantity | None = strawberry.field(description="Up to how much, of MIN_MAX.")
    order_quantity: Quantity | None = strawberry.field(description="By which quantity, of REORDER_POINT.")
    service_level: Quantity | None = strawberry.field(
        description="In how many percent of the lead times stock should last, of DEMAND."
    )
    demand_days: int = strawberry.field(description="Over how many days before today demand is looked at.")
    review_days: int = strawberry.field(description="For how many days more than the reorder point DEMAND orders.")
    is_active: bool = strawberry.field(description="Whether it suggests anything.")
    updated_at: DateTime = strawberry.field(description="When it was stated.")
    updated_by: str = strawberry.field(description="The subject who stated it.")
    record: strawberry.Private[RuleRecord]

    @classmethod
    def of(cls, record: RuleRecord) -> "ReplenishmentRule":
        """The rule of a record."""
        return cls(
            method=ReplenishmentMethod(record.method),
            reorder_point=optional(record.reorder_point),
            maximum=optional(record.maximum),
            order_quantity=optional(record.order_quantity),
            service_level=optional(record.service_level),
            demand_days=record.demand_days,
            review_days=record.review_days,
            is_active=record.is_active,
            updated_at=DateTime(record.updated_at),
            updated_by=record.updated_by,
            record=record,
        )

    @field(description="What is replenished.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="Where.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="Who it is bought from; null for the preferred supplier, else the first by code.")
    async def supplier(self, info: Info) -> Supplier | None:
        supplier_id = self.record.supplier_id
        return present(await info.context.load(suppliers_by_id, supplier_id)) if supplier_id is not None else None

    @field(description="Where it is brought from first; null for the warehouse that can spare most.")
    async def from_warehouse(self, info: Info) -> AWarehouse | None:
        warehouse_id = self.record.from_warehouse_id
        return present(await info.context.load(warehouses_by_id, warehouse_id)) if warehouse_id is not None else None


@strawberry.type(description="What could be brought over from another warehouse.")
class SuggestedTransfer:
    quantity: Quantity = strawberry.field(description="How much, in the stock unit.")
    spare: Quantity = strawberry.field(description="How much more is there than that warehouse needs itself.")
    record: strawberry.Private[TransferSuggestion]

    @field(description="The warehouse that can spare it.")
    async def from_warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.from_warehouse_id))


@strawberry.type(description="What could be bought.")
class SuggestedPurchase:
    quantity: Quantity = strawberry.field(
        description="How many purchase units: at least the supplier's minimum, a multiple of its multiple."
    )
    unit: str = strawberry.field(description="The purchase unit by code.")
    ordered: Quantity = strawberry.field(description="The same in the stock unit.")
    unit_price: Money | None = strawberry.field(
        description="What the supplier asks for one when so many are ordered now; null while that is not known."
    )
    estimated_cost: Money | None = strawberry.field(description="What it costs without tax.")
    record: strawberry.Private[PurchaseSuggestion]

    @field(description="Who sells it.")
    async def supplier(self, info: Info) -> Supplier:
        supplier: Supplier = present(await info.context.load(suppliers_by_id, self.record.item.supplier_id))
        return supplier

    @classmethod
    def of(cls, record: PurchaseSuggestion) -> "SuggestedPurchase":
        """The purchase of a record."""
        return cls(
            quantity=Quantity(record.quantity),
            unit=record.item.unit_code,
            ordered=Quantity(record.bought),
            unit_price=Money.of(record.unit_price, record.item.currency),
            estimated_cost=Money.of(record.cost, record.item.currency),
            record=record,
        )


@strawberry.type(
    description="What to do for one variant in one warehouse now, and the numbers that led to it, in its stock unit. What is open"
    " counts once, drafts included."
)
class ReplenishmentSuggestion:
    reason: str = strawberry.field(description="All of it in a sentence.")
    method: ReplenishmentMethod = strawberry.field(description="The method of the rule.")
    unit: str = strawberry.field(description="The stock unit by code.")
    on_hand: Quantity = strawberry.field(description="What is there.")
    reserved: Quantity = strawberry.field(description="What of it is held.")
    available: Quantity = strawberry.field(description="What of it is free.")
    unusable: Quantity = strawberry.field(description="What of that is past its date, or of a lot on hold.")
    on_order: Quantity = strawberry.field(description="What orders that were sent still bring.")
    in_draft_orders: Quantity = strawberry.field(description="What orders that were not sent yet will bring.")
    in_transit: Quantity = strawberry.field(description="What is on its way from other warehouses.")
    to_be_shipped_here: Quantity = strawberry.field(description="What open transfers have not shipped here yet.")
    to_be_shipped_away: Quantity = strawberry.field(description="What open transfers will take from here.")
    backordered: Quantity = strawberry.field(description="What is promised and not there.")
    projected: Quantity = strawberry.field(
        description="available - unusable - backordered - toBeShippedAway + onOrder + inDraftOrders + inTransit + toBeShippedHere."
    )
    demand_per_day: Quantity = strawberry.field(description="What was sold or used in a day, to 2 digits.")
    demand_days: int = strawberry.field(description="The mean of so many days before today.")
    lead_time_days: Quantity = strawberry.field(
        description="From order to arrival: of what was received within a year where that is three orders or more, else as stated, else 0."
    )
    lead_time_deviation: Quantity = strawberry.field(description="Its standard deviation, in days.")
    safety_stock: Quantity = strawberry.field(description="What of the reorder point is for chance, by DEMAND.")
    reorder_point: Quantity = strawberry.field(description="At or below this much projected, something is done.")
    target: Quantity | None = strawberry.field(description="Up to how much; null where it is by order quantities.")
    shortfall: Quantity = strawberry.field(description="What is missing, before it is rounded to what can be ordered.")
    transfer: SuggestedTransfer | None = strawberry.field(description="What to bring over first, if anything.")
    purchase: SuggestedPurchase | None = strawberry.field(
        description="What to buy besides; null where a transfer is enough, or where nobody is known to sell it."
    )
    record: strawberry.Private[SuggestionRecord]

    @classmethod
    def of(cls, record: SuggestionRecord) -> "ReplenishmentSuggestion":
        """The suggestion of a record."""
        position, levels, transfer, purchase = record.position, record.levels, record.transfer, record.purchase
        return cls(
            reason=record.reason,
            method=ReplenishmentMethod(record.rule.method),
            unit=record.unit_code,
            on_hand=Quantity(position.on_hand),
            reserved=Quantity(position.reserved),
            available=Quantity(position.available),
            unusable=Quantity(position.unusable),
            on_order=Quantity(position.on_order),
            in_draft_orders=Quantity(position.in_draft_orders),
            in_transit=Quantity(position.in_transit),
            to_be_shipped_here=Quantity(position.to_be_shipped_here),
            to_be_shipped_away=Quantity(position.to_be_shipped_away),
            backordered=Quantity(position.backordered),
            projected=Quantity(position.projected),
            demand_per_day=Quantity(rounded(record.demand.mean)),
            demand_days=record.demand.days,
            lead_time_days=Quantity(rounded(record.lead_time.days)),
            lead_time_deviation=Quantity(rounded(record.lead_time.deviation)),
            safety_stock=Quantity(levels.safety_stock),
            reorder_point=Quantity(levels.reorder_point or ZERO),
            target=optional(levels.target),
            shortfall=Quantity(record.shortfall),
            transfer=(
                SuggestedTransfer(quantity=Quantity(transfer.quantity), spare=Quantity(transfer.spare), record=transfer)
                if transfer is not None
                else None
            ),
            purchase=SuggestedPurchase.of(purchase) if purchase is not None else None,
            record=record,
        )

    @field(description="What is to be replenished.")
    async def variant(self, info: Info) -> AVariant:
        return present(await info.context.load(variants_by_id, self.record.variant_id))

    @field(description="Where.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))


@field(description="How variants are replenished, by SKU.")
async def replenishment_rules(
    info: Info,
    first: First = 20,
    after: After = None,
    warehouse: Annotated[
        AWarehouseKey | None, strawberry.argument(description="Of which warehouse; of all if left out.")
    ] = None,
) -> Connection[ReplenishmentRule]:
    info.context.require(VIEW)
    size, position = check_first(first), sku_position(after)
    place = named_place(warehouse) if warehouse is not None else None

    async def read(tx: Transaction) -> Page[RuleRecord]:
        found = await _asked(tx, place) if place is not None else None
        if place is not None and found is None:
            return NOTHING
        warehouse_id = found.id if found is not None else None
        return await reading.rules_page(tx, first=size, after=position, warehouse_id=warehouse_id)

    async def count() -> int | None:
        async def read_count(tx: Transaction) -> int | None:
            found = await _asked(tx, place) if place is not None else None
            if place is not None and found is None:
                return 0
            return await reading.rules_count(tx, warehouse_id=found.id if found is not None else None)

        return await info.context.read(read_count)

    return Connection.of(await info.context.read(read), node=ReplenishmentRule.of, after=after, count=count)


async def _asked(tx: Transaction, place: Place) -> WarehouseRecord | None:
    """The warehouse of a query, archived ones included; None for an unknown one."""
    try:
        return await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id, also_archived=True)
    except NotFound:
        return None


@field(
    description="What to bring over and to buy for a warehouse now, supplier by supplier (first what nobody is known to sell) and by"
    " SKU.",
    directives=[cost(20)],
)
async def replenishment_suggestions(
    info: Info,
    first: First = 20,
    after: After = None,
    warehouse: Annotated[AWarehouseKey | None, strawberry.argument(description=WHERE)] = None,
    supplier_code: Annotated[
        str | None, strawberry.argument(description="What would be bought of this supplier; of all if left out.")
    ] = None,
) -> Connection[ReplenishmentSuggestion]:
    info.context.require(VIEW)
    size, position = check_first(first), text_pair_position(after)
    place = named_place(warehouse)

    # Each rule that is looked at is a point, and how many that are shows while it is done.
    pay = info.context.meter.add

    async def read(tx: Transaction) -> Page[SuggestionRecord]:
        found = await _asked(tx, place)
        if found is None:
            return NOTHING
        return await suggestions_page(
            tx, warehouse=found, first=size, after=position, supplier_code=supplier_code, pay=pay
        )

    page = await info.context.read(read)

    async def count() -> int | None:
        if position is None and not page.has_next:
            return len(page.records)

        async def read_count(tx: Transaction) -> int:
            found = await _asked(tx, place)
            if found is None:
                return 0
            return await suggestions_count(tx, warehouse=found, supplier_code=supplier_code, pay=pay)

        return await info.context.read(read_count)

    return Connection.of(page, node=ReplenishmentSuggestion.of, after=after, count=count)


queries: list[StrawberryField] = [replenishment_rules, replenishment_suggestions]
mutations: list[StrawberryField] = []
types: list[type] = []
