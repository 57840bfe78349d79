"""Consume stock, and take back what was consumed."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.errors import InvalidInput
from inventory_graph.reservations import requests
from resolvers.context import Info
from resolvers.kit import identifier, mutation
from resolvers.reservation_mutations import ModifierInput, ShortagePolicy, place_or_outlet
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_mutations import KEY, UNIT, StockPayload

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]


@strawberry.enum(description="What stock was used for.")
class ConsumptionReason(Enum):
    SALE = enum_value("SALE", description="It was sold.")
    WASTE = enum_value("WASTE", description="It was thrown away; also lots that may not be sold any more.")
    STAFF_MEAL = enum_value("STAFF_MEAL", description="Staff ate it.")
    SAMPLE = enum_value("SAMPLE", description="It was given to be tried.")
    PRODUCTION = enum_value("PRODUCTION", description="Something was made of it.")
    OTHER = enum_value("OTHER", description="Something else.")


@strawberry.input(description="So much of one variant that was used.")
class ConsumeLineInput:
    sku: str = strawberry.field(description="The variant's SKU; a recipe or kit is deducted as its components.")
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    unit: str | None = strawberry.field(default=None, description=UNIT)
    lot_code: str | None = strawberry.field(
        default=None, description="Only of this lot; by the item's removal strategy if left out."
    )
    serials: list[str] | None = strawberry.field(default=None, description="Exactly these pieces.")
    modifiers: list[ModifierInput] | None = strawberry.field(
        default=None, description="What each sold unit takes more of, or less."
    )
    line_reference: str | None = strawberry.field(
        default=None,
        description="Your own name for the line: the same line of one order is deducted once, whoever tells it.",
    )

    def value(self) -> requests.ConsumeLine:
        """The domain's line."""
        return requests.ConsumeLine(
            sku=self.sku,
            quantity=self.quantity,
            unit=self.unit,
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
            modifiers=tuple(each.value() for each in self.modifiers or ()),
            line_reference=self.line_reference,
        )


@strawberry.input(description="What was used, of what order.")
class ConsumeStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    lines: list[ConsumeLineInput] = strawberry.field(description="1 to 100 lines, all or none.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The order. What is held for it is issued first; what was committed for it is not deducted again.",
    )
    reference: str | None = strawberry.field(default=None, description="The order's reference where it has no id.")
    warehouse: Warehouse | None = strawberry.field(
        default=None, description="Where; else the outlet's, else the tenant's default."
    )
    outlet_id: strawberry.ID | None = strawberry.field(
        default=None, description="The outlet whose warehouse it was in."
    )
    reason: ConsumptionReason = strawberry.field(default=ConsumptionReason.SALE, description="What it was used for.")
    occurred_at: DateTime | None = strawberry.field(
        default=None, description="When it happened; now if left out. Recipes are those in force then."
    )
    on_shortage: ShortagePolicy = strawberry.field(
        default=ShortagePolicy.ALL_OR_NOTHING,
        description="PARTIAL deducts what is there and records the rest as a shortfall; BACKORDER is refused.",
    )
    is_additional: bool = strawberry.field(
        default=False,
        description="True for units on top of what was committed for the order, such as a raised quantity.",
    )


@strawberry.input(description="So much of one sold variant.")
class ReverseLineInput:
    sku: str = strawberry.field(description="The SKU that was consumed.")
    quantity: Quantity = strawberry.field(
        description="How much of it, in its stock unit; at most what is left goes back."
    )


@strawberry.input(description="What goes back, of what order.")
class ReverseConsumptionInput:
    idempotency_key: str = strawberry.field(description=KEY)
    order_id: strawberry.ID | None = strawberry.field(default=None, description="The order.")
    reference: str | None = strawberry.field(default=None, description="The order's reference where it has no id.")
    lines: list[ReverseLineInput] | None = strawberry.field(
        default=None, description="What goes back, 1 to 100 lines; all that is left if left out."
    )
    reason: str | None = strawberry.field(default=None, description="Why, up to 1,000 characters.")


@mutation
async def consume_stock(info: Info, input: ConsumeStockInput) -> StockPayload:
    """Issues stock without a hold: a sale at the till, kitchen use, waste. Resolves a hold of the same order first, so that an
    order is never deducted twice."""
    info.context.require("inventory.consumptions.add")
    if input.on_shortage is ShortagePolicy.BACKORDER:
        raise InvalidInput(
            "What was used cannot wait for stock: give ALL_OR_NOTHING or PARTIAL.", path=("on_shortage",)
        )
    request = requests.ConsumeStock(
        actor=info.context.actor,
        idempotency_key=input.idempotency_key,
        lines=tuple(line.value() for line in input.lines),
        order_id=identifier(input.order_id, path=("order_id",)) if input.order_id is not None else None,
        reference=input.reference,
        place=place_or_outlet(input.warehouse, input.outlet_id),
        reason=input.reason.name,
        occurred_at=input.occurred_at,
        on_shortage=input.on_shortage.name,
        is_additional=input.is_additional,
    )
    return StockPayload.of(await info.context.batched(request, weight=len(request.lines)))


@mutation
async def reverse_consumption(info: Info, input: ReverseConsumptionInput) -> StockPayload:
    """Takes back what was deducted for an order, to the lots and places it came from and at the cost it left with. Partial
    reversals share one budget: never more goes back than was deducted."""
    info.context.require("inventory.consumptions.change")
    if input.lines is not None and not input.lines:
        raise InvalidInput("Name 1 to 100 lines, or leave them out for all that is left.", path=("lines",))
    request = requests.ReverseConsumption(
        actor=info.context.actor,
        idempotency_key=input.idempotency_key,
        order_id=identifier(input.order_id, path=("order_id",)) if input.order_id is not None else None,
        reference=input.reference,
        lines=tuple((line.sku, line.quantity) for line in input.lines or ()),
        reason=input.reason,
    )
    return StockPayload.of(await info.context.batched(request, weight=max(1, len(request.lines))))


queries: list[StrawberryField] = []
mutations = [consume_stock, reverse_consumption]
types: list[type] = []
