"""A subscription over a WebSocket delivers as the feed does, and ends as the protocol says."""

from typing import Any

from inventory_graph.wakeups import Wakeup
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers, GraphClient
from tests.sockets.conftest import Stand, Wire, live_application, served
from tests.statements import CountingDatabase
from tests.stock.requests import received

STOCK = """
subscription ($skus: [String!], $after: String) {
  stockChanged(skus: $skus, after: $after) { cursor kind cause balance { onHand available version variant { sku } } }
}
"""


def shown(frame: dict[str, Any]) -> tuple[str, int | None, str | None]:
    """What a delivery says."""
    change = frame["payload"]["data"]["stockChanged"]
    balance = change["balance"] or {}
    return change["kind"], balance.get("version"), balance.get("onHand")


async def test_delivers_the_snapshot_and_every_change(wire: Wire, graph: GraphClient, tenant: GivenTenant) -> None:
    """Within moments of the COMMIT; fields that need the database are read for each."""
    await given_item(tenant, sku="CROISSANT")
    await received(graph, sku="CROISSANT", quantity="10")
    await wire.subscribe(STOCK, skus=["CROISSANT"])
    first = await wire.hear()
    while shown(first)[0] == "HEARTBEAT":  # the receipt was not numbered yet
        first = await wire.hear()
    assert shown(first)[1:] == (1, "10")
    assert first["payload"]["data"]["stockChanged"]["balance"]["variant"] == {"sku": "CROISSANT"}
    await received(graph, sku="CROISSANT", quantity="1")
    change = await wire.hear()
    while shown(change)[0] == "HEARTBEAT":
        change = await wire.hear()
    assert shown(change) == ("CHANGE", 2, "11")
    assert change["id"] == "1"


async def test_resumes_on_another_socket(stand: Stand, graph: GraphClient, tenant: GivenTenant) -> None:
    """What happened while nobody was connected comes first."""
    await given_item(tenant, sku="LATTE")
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(STOCK, skus=["LATTE"])
        cursor = (await wire.hear())["payload"]["data"]["stockChanged"]["cursor"]
    for _ in range(3):
        await received(graph, sku="LATTE", quantity="2")
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(STOCK, skus=["LATTE"], after=cursor)
        assert [shown(await wire.hear()) for _ in range(3)] == [
            ("CHANGE", 1, "2"),
            ("CHANGE", 2, "4"),
            ("CHANGE", 3, "6"),
        ]


async def test_queries_and_mutations_run_too(wire: Wire) -> None:
    """One result, then complete; each in a context of its own, so that a query sees what a mutation before it did."""
    create = 'mutation { createCategory(input: {slug: "tea", name: "Tea"}) { category { slug } errors { code } } }'
    await wire.subscribe(create, "a")
    assert [await wire.hear(), await wire.hear()] == [
        {
            "id": "a",
            "type": "next",
            "payload": {"data": {"createCategory": {"category": {"slug": "tea"}, "errors": []}}},
        },
        {"id": "a", "type": "complete"},
    ]
    await wire.subscribe("{ categories { slug } }", "b")
    answer = await wire.hear()
    assert {"slug": "tea"} in answer["payload"]["data"]["categories"]


async def test_an_error_ends_its_operation_only(wire: Wire) -> None:
    """A wrong document does not close the socket on the others."""
    await wire.subscribe("subscription { stockChanged { nonsense } }", "wrong")
    await wire.subscribe("subscription {", "broken")
    await wire.subscribe("{ __typename }", "right")
    frames = [await wire.hear() for _ in range(4)]
    codes = {frame["id"]: frame["payload"][0]["extensions"]["code"] for frame in frames if frame["type"] == "error"}
    assert codes == {"wrong": "GRAPHQL_VALIDATION_FAILED", "broken": "GRAPHQL_PARSE_FAILED"}
    assert {"id": "right", "type": "next", "payload": {"data": {"__typename": "Query"}}} in frames


async def test_a_refused_subscription_says_why(wire: Wire) -> None:
    """As a result with errors, then complete."""
    await wire.subscribe(STOCK, after="nonsense")
    refused, end = await wire.hear(), await wire.hear()
    assert refused["payload"]["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    assert end == {"id": "1", "type": "complete"}


async def test_ends_when_the_client_says_so(wire: Wire) -> None:
    """Its id is free again then."""
    for _ in range(2):
        await wire.subscribe(STOCK)
        assert (await wire.hear())["type"] == "next"
        await wire.say({"type": "complete", "id": "1"})
        await wire.say({"type": "ping", "payload": {"n": 1}})
        assert await wire.hear() == {"type": "pong", "payload": {"n": 1}}


async def test_needs_the_permission(stand: Stand, tenant: GivenTenant) -> None:
    """Nothing of the stock is delivered without it."""
    async with stand.wire(tenant.actor_with("inventory.items.view")) as wire:
        await wire.subscribe(STOCK)
        refused = await wire.hear()
        assert refused["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "data" not in refused["payload"] or refused["payload"]["data"] is None


async def test_a_stopping_service_says_where_to_go_on(
    database: CountingDatabase, reader: CountingDatabase, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """The socket is closed as by one who goes away, at once, and nothing is completed: clients come again by themselves."""
    application = live_application(database, reader, callers, log=Wakeup())
    async with served(application) as port, Stand(port, callers).wire(tenant.actor) as wire:
        await wire.subscribe(STOCK)
        assert shown(await wire.hear())[0] == "HEARTBEAT"
        await application.state.say_goodbye()
        assert await wire.closed() == (1001, "The service stops; subscribe again with your last cursor.")
        assert [frame async for frame in wire.connection] == []


async def test_events_are_followed_from_the_end_of_a_snapshot(
    stand: Stand, graph: GraphClient, tenant: GivenTenant
) -> None:
    """Who has heard of no event yet has a position all the same: the cursor of the heartbeat fits every subscription."""
    await given_item(tenant, sku="SCONE")
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(STOCK, skus=["SCONE"])
        cursor = (await wire.hear())["payload"]["data"]["stockChanged"]["cursor"]
    await received(graph, sku="SCONE", quantity="2")
    events = 'subscription($after: String) { inventoryEvents(types: ["inventory.stock.updated"], after: $after) { payload } }'
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe(events, after=cursor)
        payload = (await wire.hear())["payload"]["data"]["inventoryEvents"]["payload"]
    assert (payload["sku"], payload["available"]) == ("SCONE", "2")
