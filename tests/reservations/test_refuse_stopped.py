"""What was taken off sale is promised to nobody."""

from typing import Any

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.graph import GraphClient
from tests.rows import unchanged

REFUSED = "errors { ... on InsufficientStock { requested available reasons } }"


async def stopped(graph: GraphClient, **fields: Any) -> None:
    await given_item(graph.tenant, sku="FRIES")
    await given_stock(graph.tenant, "FRIES", "9")
    await graph.accepted("stopSale", {"idempotencyKey": "stop", "item": {"sku": "FRIES"}, "reason": "oil", **fields})


def asked(key: str, **fields: Any) -> dict[str, Any]:
    return {"idempotencyKey": key, "lines": [{"sku": "FRIES", "quantity": "2"}], **fields}


async def test_a_stop_overrides_stock(graph: GraphClient) -> None:
    """Whoever took fries off the menu has a reason that the shelf does not know."""
    await stopped(graph)
    async with unchanged(graph.tenant):
        (error,) = (await graph.payload("reserveStock", asked("a"), REFUSED))["errors"]
    assert error == {
        "__typename": "InsufficientStock",
        "code": "INSUFFICIENT_STOCK",
        "message": "2 of FRIES were asked but 0 are on sale (oil): 2 short.",
        "path": ["input", "lines", "0", "sku"],
        "requested": "2",
        "available": "0",
        "reasons": ["MANUALLY_DISABLED"],
    }


async def test_a_stop_of_one_channel_leaves_the_others(graph: GraphClient) -> None:
    """Off the web shop is not off the till; and what is made or moved is not sold at all."""
    await stopped(graph, channel="web")
    async with unchanged(graph.tenant):
        error = await graph.refusal("reserveStock", asked("a", channel="web"))
    assert error["code"] == "INSUFFICIENT_STOCK"
    await graph.accepted("reserveStock", asked("b", channel="pos"))
    await graph.accepted("reserveStock", asked("c", type="PRODUCTION", channel="web"))


async def test_it_is_promised_again_when_the_stop_is_lifted(graph: GraphClient) -> None:
    """A stop ends when somebody says so."""
    await stopped(graph)
    stops = (await graph("{ saleStops { nodes { id } } }"))["saleStops"]["nodes"]
    await graph.accepted("resumeSale", {"idempotencyKey": "go on", "id": stops[0]["id"]})
    await graph.accepted("reserveStock", asked("a"))
