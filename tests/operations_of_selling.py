"""Requests about what may be sold: what stands in for what, and what is off sale."""

from tests.given.worlds import World
from tests.operation import OWN, Arguments, mutation, query


async def _of_a_new_substitute(world: World) -> Arguments:
    given = {"variant": {"id": world.ids["SHIRT-L"]}, "substitute": {"sku": world.code("TOAST")}}
    await world.changed("setSubstitute", given)
    return given


async def _of_a_new_stop(world: World) -> Arguments:
    # An item of its own: of one item only so many stops may be in force.
    item = {"sku": world.fresh("ITEM"), "name": world.text("Item"), "unit": "PIECE"}
    given = {"item": {"id": await world.made("createItem", item, "item")}, "reason": world.text("Broken")}
    stop_id = await world.made("stopSale", {**given, "idempotencyKey": world.key()}, "saleStop")
    return {"id": stop_id, "idempotencyKey": world.key()}


SELLING = (
    query("saleStops", lambda _: {"first": 5}, OWN),
    query(
        "saleStops",
        lambda w: {
            "filter": {
                "outletId": w.ids["outlet"], "channel": w.code("web"), "sku": w.code("SHIRT-L"), "active": True,
            },
        },
        label="filtered",
    ),
    mutation(
        "setSubstitute",
        lambda w: {
            "variant": {"id": w.ids["SHIRT-L"]}, "substitute": {"sku": w.code("MILK")}, "factor": "0.5", "priority": 7,
            "validFrom": "2025-01-01", "validUntil": "2999-12-31",
        },
    ),
    mutation("removeSubstitute", _of_a_new_substitute),
    mutation(
        "stopSale",
        lambda w: {
            "idempotencyKey": w.key(), "item": {"id": w.ids["SHIRT"]}, "outletId": w.ids["outlet"],
            "channel": w.code("pos"), "reason": w.text("Broken"), "until": "2999-01-01T00:00:00Z",
        },
    ),
    mutation("resumeSale", _of_a_new_stop),
)  # fmt: skip
