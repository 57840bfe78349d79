"""Stating how variants are replenished, and making drafts of what is suggested."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.idempotency import answer, claim
from inventory_graph.purchasing.documents import purchase_orders_by_id
from inventory_graph.replenishment import drafting as drafts
from inventory_graph.replenishment import rules as verbs
from inventory_graph.replenishment.policy import Rule
from inventory_graph.transfers.documents import transfers_by_id
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.inputs import KEY_DESCRIPTION, arguments_of, word_of
from resolvers.kit import Payload, mutation
from resolvers.purchase_orders import PurchaseOrder
from resolvers.replenishment import ReplenishmentMethod, ReplenishmentRule
from resolvers.scalars import Quantity
from resolvers.stock_mutations import WHERE, named_place
from resolvers.transfers import Transfer

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

AWarehouseKey = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

CHANGE = "inventory.purchasing.change"
SKUS = "Only these SKUs; all if left out."


@strawberry.type(description="What became of a rule of replenishment.")
class ReplenishmentRulePayload(Payload):
    rule: ReplenishmentRule | None = strawberry.field(
        default=None, description="The rule as it is, or as it was when it was removed; null when refused."
    )


@strawberry.type(description="The orders that were drafted from suggestions.")
class SuggestedPurchaseOrdersPayload(Payload):
    purchase_orders: list[PurchaseOrder] = strawberry.field(
        default_factory=list,
        description="One for each supplier and currency; none where nothing is to be bought.",
        directives=[usually(5)],
    )
    left_out_skus: list[str] = strawberry.field(
        default_factory=list,
        description="What was suggested and not drafted: nobody is known to sell it, or not at what price.",
        directives=[usually(5)],
    )


@strawberry.type(description="The transfers that were drafted from suggestions.")
class SuggestedTransfersPayload(Payload):
    transfers: list[Transfer] = strawberry.field(
        default_factory=list,
        description="One from each warehouse that gives; none where nothing is to be brought over.",
        directives=[usually(2)],
    )


@strawberry.input(description="How a variant in a warehouse is replenished, in full: what is left out is none.")
class SetReplenishmentRuleInput:
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    method: ReplenishmentMethod = strawberry.field(description="How it is decided.")
    warehouse: AWarehouseKey | None = strawberry.field(default=None, description=WHERE)
    reorder_point: Quantity | None = strawberry.field(
        default=None,
        description="Becomes the reorder point of the balance, as by setStockLevels: at or below this much something is done, and"
        " stock is low. DEMAND can do without: the balance's stays what it is.",
    )
    maximum: Quantity | None = strawberry.field(default=None, description="Up to how much, of MIN_MAX.")
    order_quantity: Quantity | None = strawberry.field(default=None, description="By which quantity, of REORDER_POINT.")
    service_level: Quantity | None = strawberry.field(
        default=None, description="In how many percent of the lead times stock should last, of DEMAND: 50 to 99.99."
    )
    demand_days: int = strawberry.field(
        default=28, description="Over how many days before today demand is looked at, 7 to 180."
    )
    review_days: int = strawberry.field(
        default=7, description="For how many days more than the reorder point DEMAND orders, 0 to 180."
    )
    supplier_code: str | None = strawberry.field(
        default=None, description="Who it is bought from; the preferred supplier, else the first by code, if left out."
    )
    from_warehouse: AWarehouseKey | None = strawberry.field(
        default=None,
        description="Where it is brought from before it is bought; any warehouse that has more than it needs if left out.",
    )
    is_active: bool = strawberry.field(default=True, description="Whether it suggests anything.")


@strawberry.input(description="A rule to be taken away.")
class RemoveReplenishmentRuleInput:
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    warehouse: AWarehouseKey | None = strawberry.field(default=None, description=WHERE)


@strawberry.input(description="What of the suggestions for a warehouse is to be ordered.")
class CreatePurchaseOrdersFromSuggestionsInput:
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION)
    warehouse: AWarehouseKey | None = strawberry.field(default=None, description=WHERE)
    supplier_code: str | None = strawberry.field(
        default=None, description="Only what is bought of this supplier; of all if left out."
    )
    skus: list[str] | None = strawberry.field(default=None, description=SKUS)


@strawberry.input(description="What of the suggestions for a warehouse is to be brought over.")
class CreateTransfersFromSuggestionsInput:
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION)
    warehouse: AWarehouseKey | None = strawberry.field(default=None, description=WHERE)
    skus: list[str] | None = strawberry.field(default=None, description=SKUS)


@mutation
async def set_replenishment_rule(info: Info, input: SetReplenishmentRuleInput) -> ReplenishmentRulePayload:
    """States in full how a variant in a warehouse is replenished. Safe to repeat. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    place = named_place(input.warehouse)
    source = named_place(input.from_warehouse, "from_warehouse") if input.from_warehouse is not None else None
    rule = Rule(
        method=word_of(input.method), maximum=input.maximum, order_quantity=input.order_quantity,
        service_level=input.service_level, demand_days=input.demand_days, review_days=input.review_days,
    )  # fmt: skip
    record = await info.context.write(
        lambda tx: verbs.set_replenishment_rule(
            tx,
            sku=input.sku,
            place=place,
            rule=rule,
            reorder_point=input.reorder_point,
            supplier_code=input.supplier_code,
            source=source,
            is_active=input.is_active,
        )
    )
    return ReplenishmentRulePayload(rule=ReplenishmentRule.of(record))


@mutation
async def remove_replenishment_rule(info: Info, input: RemoveReplenishmentRuleInput) -> ReplenishmentRulePayload:
    """Takes a rule away; the levels of the balance stay. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    place = named_place(input.warehouse)
    record = await info.context.write(lambda tx: verbs.remove_replenishment_rule(tx, sku=input.sku, place=place))
    return ReplenishmentRulePayload(rule=ReplenishmentRule.of(record))


@mutation
async def create_purchase_orders_from_suggestions(
    info: Info, input: CreatePurchaseOrdersFromSuggestionsInput
) -> SuggestedPurchaseOrdersPayload:
    """Drafts what is suggested to be bought for a warehouse now, one order for each supplier, all or none. Drafts count as ordered:
    asked again at once, nothing is suggested. Needs inventory.purchasing.add."""
    info.context.require("inventory.purchasing.add")
    place = named_place(input.warehouse)

    async def verb(tx: Transaction) -> _Made:
        made = await drafts.order_suggestions(tx, place=place, supplier_code=input.supplier_code, skus=input.skus)
        return _Made(ids=[each.id for each in made.orders], skus=[each.sku for each in made.left_out])

    made, replayed = await _write_all_once(info, input, "createPurchaseOrdersFromSuggestions", verb)
    found = await info.context.load_many(purchase_orders_by_id, made.ids)
    return SuggestedPurchaseOrdersPayload(
        purchase_orders=[PurchaseOrder.of(each) for each in found if each is not None],
        left_out_skus=list(made.skus),
        replayed=replayed,
    )


@mutation
async def create_transfers_from_suggestions(
    info: Info, input: CreateTransfersFromSuggestionsInput
) -> SuggestedTransfersPayload:
    """Drafts what is suggested to be brought over to a warehouse now, one transfer from each that gives, all or none. Drafts count
    at both ends. Needs inventory.transfers.add."""
    info.context.require("inventory.transfers.add")
    place = named_place(input.warehouse)

    async def verb(tx: Transaction) -> _Made:
        made = await drafts.transfer_suggestions(tx, place=place, skus=input.skus)
        return _Made(ids=[each.id for each in made], skus=())

    made, replayed = await _write_all_once(info, input, "createTransfersFromSuggestions", verb)
    found = await info.context.load_many(transfers_by_id, made.ids)
    return SuggestedTransfersPayload(
        transfers=[Transfer.of(each) for each in found if each is not None], replayed=replayed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """The documents that were made, and the SKUs that were left out."""

    ids: Sequence[UUID]
    skus: Sequence[str]


async def _write_all_once(
    info: Info, given: Any, operation: str, verb: Callable[[Transaction], Awaitable[_Made]]
) -> tuple[_Made, bool]:
    """Run the verb under the input's key; a replay answers the documents that the first request made."""

    async def write(tx: Transaction) -> tuple[_Made, bool]:
        recorded = await claim(tx, operation=operation, key=given.idempotency_key, arguments=arguments_of(given))
        if recorded is not None:
            return _Made(ids=[UUID(each) for each in recorded["ids"]], skus=recorded["skus"]), True
        made = await verb(tx)
        value = {"ids": [str(each) for each in made.ids], "skus": list(made.skus)}
        await answer(tx, operation=operation, key=given.idempotency_key, value=value)
        return made, False

    return await info.context.write(write)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [
    set_replenishment_rule,
    remove_replenishment_rule,
    create_purchase_orders_from_suggestions,
    create_transfers_from_suggestions,
]
types: list[type] = []
