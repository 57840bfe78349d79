"""Requests about replenishment: its rules, what they suggest, and the drafts of that."""

from typing import Any

from tests.given.worlds import World
from tests.operation import OWN, Arguments, mutation, query


def _rule(world: World) -> dict[str, Any]:
    return {
        "sku": world.code("BREAD"), "method": "MIN_MAX", "warehouse": {"id": world.ids["store"]}, "reorderPoint": "10",
        "maximum": "40", "demandDays": 30, "reviewDays": 7, "supplierCode": world.code("ACME"),
        "fromWarehouse": {"id": world.ids["warehouse"]}, "isActive": True,
    }  # fmt: skip


async def _of_a_rule(world: World) -> Arguments:
    given = {"sku": world.code("SPARE"), "warehouse": {"id": world.ids["store"]}}
    rule = {**given, "method": "DEMAND", "serviceLevel": "95"}
    await world.changed("setReplenishmentRule", rule)
    return given


def _drafts(world: World) -> Arguments:
    return {
        "idempotencyKey": world.key(), "warehouse": {"id": world.ids["store"]}, "skus": [world.code("BREAD")],
    }  # fmt: skip


REPLENISHMENT = (
    query("replenishmentRules", lambda _: {"first": 5}, OWN),
    query("replenishmentRules", lambda w: {"first": 5, "warehouse": {"code": w.code("STORE")}}, label="of a store"),
    query("replenishmentSuggestions", lambda _: {"first": 5}, OWN),
    query(
        "replenishmentSuggestions",
        lambda w: {"first": 5, "warehouse": {"code": w.code("STORE")}, "supplierCode": w.code("ACME")},
        label="of a store",
    ),
    mutation("setReplenishmentRule", _rule),
    mutation("removeReplenishmentRule", _of_a_rule),
    mutation("createPurchaseOrdersFromSuggestions", lambda w: {**_drafts(w), "supplierCode": w.code("ACME")}),
    mutation("createTransfersFromSuggestions", _drafts),
)  # fmt: skip
