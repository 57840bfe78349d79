"""Costs that are put on stock after it came: landed costs of goods receipts, freight of transfers."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.quantities import quantity_to_text
from inventory_graph.stock.cost_queries import CommandPageKey, adjustments_by_command
from inventory_graph.stock.counts import adjustment_counts_by_command
from inventory_graph.valuation import landing as verbs
from inventory_graph.valuation import queries as reading
from inventory_graph.valuation.landing import Landing
from inventory_graph.valuation.records import LandedCostRecord
from resolvers.context import Info
from resolvers.inputs import arguments_of
from resolvers.kit import (
    After,
    Connection,
    First,
    Payload,
    check_first,
    field,
    identifier,
    mutation,
    present,
    presents,
)
from resolvers.listing import by_id_or_number
from resolvers.money import Money, MoneyInput, decimal_of
from resolvers.positions import id_position, instant_position
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_costs import CostAdjustment
from resolvers.stock_mutations import KEY

VIEW = "inventory.stock.view"


@strawberry.enum(description="What a landed cost is put on.")
class LandedCostKind(Enum):
    LANDED_COST = enum_value("LANDED_COST", description="On what goods receipts brought.")
    FREIGHT = enum_value("FREIGHT", description="On what arrived by a transfer.")


@strawberry.enum(description="In which proportion a cost is spread over what arrived.")
class CostSpread(Enum):
    VALUE = enum_value("VALUE", description="By what it cost.")
    WEIGHT = enum_value("WEIGHT", description="By what it weighs, as `measures` say.")
    VOLUME = enum_value("VOLUME", description="By the room it takes, as `measures` say.")
    COUNT = enum_value("COUNT", description="By how many stock units came.")


@presents(LandedCostRecord)
@strawberry.type(
    description="A cost that came on top of what goods cost, such as freight and duty; it is never changed."
)
class LandedCost:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    number: str = strawberry.field(description="What people call it, such as LC-000042; unique in the tenant.")
    kind: LandedCostKind = strawberry.field(description="What it is put on.")
    amount: Money = strawberry.field(description="The amount as it was told; a negative one took back.")
    exchange_rate: str = strawberry.field(
        description="How much of the tenant's currency one of the amount's was worth: an exact decimal, kept for ever."
    )
    cost_amount: Money = strawberry.field(description="The amount in the tenant's currency.")
    stock_value: Money = strawberry.field(description="The part of what was there: stock is worth that much more.")
    issued_value: Money = strawberry.field(description="The part of what had left already: cost of goods.")
    by: CostSpread = strawberry.field(description="In which proportion it was spread.")
    description: str = strawberry.field(description="What it is.")
    recorded_at: DateTime = strawberry.field(description="When it was recorded, and from when on it holds.")
    recorded_by: str = strawberry.field(description="The subject who recorded it.")
    record: strawberry.Private[LandedCostRecord]

    @classmethod
    def of(cls, record: LandedCostRecord) -> "LandedCost":
        """The landed cost of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            kind=LandedCostKind(record.kind),
            amount=Money.given(record.amount, record.currency),
            exchange_rate=quantity_to_text(record.exchange_rate),
            cost_amount=Money.given(record.cost_amount, record.cost_currency),
            stock_value=Money.given(record.value_change, record.cost_currency),
            issued_value=Money.given(record.issued_value, record.cost_currency),
            by=CostSpread(record.spread_by),
            description=record.description,
            recorded_at=DateTime(record.recorded_at),
            recorded_by=record.recorded_by,
            record=record,
        )

    @field(description="What it did to each arrival, at most 1,000 in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[CostAdjustment]:
        key = CommandPageKey(self.record.id, check_first(first), id_position(after))

        async def count() -> int | None:
            return await info.context.load(adjustment_counts_by_command, self.record.id)

        return Connection.of(
            await info.context.load(adjustments_by_command, key), node=present, after=after, count=count
        )


@strawberry.type(description="What became of a cost.")
class LandedCostPayload(Payload):
    landed_cost: LandedCost | None = strawberry.field(default=None, description="The cost; null when refused.")


@strawberry.input(description="What a stock unit of an SKU weighs, or the room it takes.")
class CostMeasureInput:
    sku: str = strawberry.field(description="The variant's SKU.")
    per_unit: Quantity = strawberry.field(
        description="How much of it a stock unit has: kilograms or litres, or anything else that is the same for all; 0 or more."
    )


@strawberry.input(description="A cost, and what it is put on.")
class AddLandedCostInput:
    idempotency_key: str = strawberry.field(description=KEY)
    goods_receipt_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="What these goods receipts brought, 1 to 100. Give this or `transferId`."
    )
    transfer_id: strawberry.ID | None = strawberry.field(
        default=None, description="What has arrived by this transfer so far: its freight."
    )
    amount: MoneyInput = strawberry.field(
        description="How much, in any currency. A negative amount takes back what was put on before, or passes a discount on."
    )
    exchange_rate: str | None = strawberry.field(
        default=None,
        description="How much of the tenant's currency one of the amount's is worth: an exact decimal, such as 129.5. Needed where the two"
        " differ.",
    )
    by: CostSpread = strawberry.field(description="In which proportion it is spread.")
    measures: list[CostMeasureInput] | None = strawberry.field(
        default=None, description="For WEIGHT and VOLUME: one for every SKU that arrived, at most 1,000."
    )
    description: str = strawberry.field(
        description="What it is, such as the number of the bill; 1 to 1,000 characters."
    )

    def value(self) -> Landing:
        """What the domain takes."""
        rate = self.exchange_rate
        return Landing(
            goods_receipt_ids=[
                identifier(each, path=("goods_receipt_ids", str(number)))
                for number, each in enumerate(self.goods_receipt_ids or ())
            ],
            transfer_id=identifier(self.transfer_id, path=("transfer_id",)) if self.transfer_id is not None else None,
            amount=self.amount.value("amount"),
            currency=self.amount.currency,
            exchange_rate=decimal_of(rate, ("exchange_rate",), noun="a rate") if rate is not None else None,
            by=self.by.name,
            measures=[(each.sku, each.per_unit) for each in self.measures or ()],
            description=self.description,
        )


@mutation
async def add_landed_cost(info: Info, input: AddLandedCostInput) -> LandedCostPayload:
    """Puts a cost on what goods receipts or a transfer brought, also long after: to the last cent, in the proportion that is asked for. The
    part of what is still there makes stock worth more, the part of what has left is cost of goods. No movement is rewritten. Emits
    inventory.cost.allocated."""
    info.context.require("inventory.purchasing.change")
    landing = input.value()
    answer = await info.context.write(
        lambda tx: verbs.add_landed_cost(
            tx, idempotency_key=input.idempotency_key, arguments=arguments_of(input), landing=landing
        )
    )
    found: Any = await info.context.load(reading.landed_costs_by_id, answer.landed_cost_id)
    return LandedCostPayload(landed_cost=present(found), replayed=answer.replayed)


@field(description="A landed cost by its id or by its number; null for an unknown one.")
async def landed_cost(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> LandedCost | None:
    info.context.require(VIEW)
    found: LandedCost | None = await by_id_or_number(
        info,
        "landed cost",
        id=id,
        number=number,
        by_id=reading.landed_costs_by_id,
        by_number=reading.landed_costs_by_number,
    )
    return found


@field(description="Landed costs in pages, the newest first.")
async def landed_costs(
    info: Info,
    first: First = 20,
    after: After = None,
    document_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="On what this goods receipt or transfer brought; all if left out."),
    ] = None,
) -> Connection[LandedCost]:
    info.context.require(VIEW)
    check_first(first)
    position = instant_position(after)
    document = identifier(document_id, path=("document_id",)) if document_id is not None else None
    page = await info.context.read(
        lambda tx: reading.landed_costs_page(tx, first=first, after=position, document_id=document)
    )

    async def count() -> int | None:
        return await info.context.read(lambda tx: reading.landed_costs_count(tx, document_id=document))

    return Connection.of(page, node=LandedCost.of, after=after, count=count)


queries: list[StrawberryField] = [landed_cost, landed_costs]
mutations: list[StrawberryField] = [add_landed_cost]
types: list[type] = []
