"""Reading the ledger behind a balance: newest first, in pages that stand still, and the balance as it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.stock.requests import balance, done, received

NOW = datetime.now(UTC)

MOVEMENTS = """query($first: Int! = 50, $after: String) { stockBalance(sku: "CORN") {
  movements(first: $first, after: $after) {
    edges { cursor node { quantity balanceVersion } } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def page(graph: GraphClient, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await graph(MOVEMENTS, variables))["stockBalance"]["movements"]
    return found


async def given_corn(tenant: GivenTenant) -> None:
    await given_item(tenant, sku="CORN", unit="KG")


async def test_shows_the_newest_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """By when it was recorded, which is the order of the versions; within a command the last line comes first."""
    await given_corn(tenant)
    await given_stock(tenant, "CORN", "1", occurred_at=NOW)
    await given_stock(tenant, "CORN", "2", occurred_at=NOW - timedelta(days=30))
    lines = [{"sku": "CORN", "quantity": "3"}, {"sku": "CORN", "quantity": "4"}]
    await done(graph, "receiveStock", {"lines": lines})
    found = await page(graph)
    rows = [(edge["node"]["quantity"], edge["node"]["balanceVersion"]) for edge in found["edges"]]
    assert rows == [("4", 3), ("3", 3), ("2", 2), ("1", 1)]
    assert found["totalCount"] == 4
    assert found["pageInfo"] == {
        "hasNextPage": False, "hasPreviousPage": False,
        "startCursor": found["edges"][0]["cursor"], "endCursor": found["edges"][-1]["cursor"],
    }  # fmt: skip


async def test_pages_stand_still_while_more_comes_in(graph: GraphClient, tenant: GivenTenant) -> None:
    """A cursor is a place in the ledger, not a count of rows: nothing is skipped and nothing comes twice, though a page
    ends between two movements of one command."""
    await given_corn(tenant)
    for quantity in ("1", "2"):
        await given_stock(tenant, "CORN", quantity)
    lines = [{"sku": "CORN", "quantity": quantity} for quantity in ("3", "4", "5")]
    await done(graph, "receiveStock", {"lines": lines})
    seen: list[str] = []
    after = None
    for _ in range(3):
        found = await page(graph, first=2, after=after)
        seen += [edge["node"]["quantity"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        await received(graph, sku="CORN", quantity="9")
    assert seen == ["5", "4", "3", "2", "1"]
    assert not found["pageInfo"]["hasNextPage"]
    assert found["pageInfo"]["hasPreviousPage"]


async def test_tells_everything_of_a_movement(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who, why, when, from where to where: what an auditor asks."""
    await given_corn(tenant)
    await given_location(tenant, code="SILO", type="ZONE")
    await given_stock(tenant, "CORN", "10", unit_cost="2", location="SILO")
    at = (NOW - timedelta(hours=1)).isoformat()
    given = {"sku": "CORN", "delta": "-1.5", "reason": "SHRINKAGE", "note": "Mice", "occurredAt": at}
    await done(graph, "adjustStock", given)
    shown = await balance(
        graph,
        "CORN",
        """movements(first: 1) { nodes { kind quantity fromState toState fromLocation { path } toLocation { code }
          lot { code } serials reason note reference referenceType referenceId unitCost { amount currency } balanceVersion
          onHandAfter occurredAt recordedAt recordedBy variant { sku } warehouse { code } } }""",
    )
    (movement,) = shown["movements"]["nodes"]
    recorded_at = datetime.fromisoformat(movement.pop("recordedAt"))
    assert datetime.fromisoformat(movement.pop("occurredAt")) == datetime.fromisoformat(at)
    assert recorded_at > datetime.fromisoformat(at)
    assert movement == {
        "kind": "ADJUSTMENT", "quantity": "1.5", "fromState": "AVAILABLE", "toState": None,
        "fromLocation": {"path": "SILO"}, "toLocation": None, "lot": None, "serials": [],
        "reason": "SHRINKAGE", "note": "Mice", "reference": None, "referenceType": None, "referenceId": None,
        "unitCost": {"amount": "2", "currency": "KES"}, "balanceVersion": 2, "onHandAfter": "8.5",
        "recordedBy": "user-administrator", "variant": {"sku": "CORN"}, "warehouse": {"code": "MAIN"},
    }  # fmt: skip


async def as_of(graph: GraphClient, at: datetime) -> dict[str, Any]:
    select = f'asOf(at: "{at.isoformat()}") {{ onHand available reserved value {{ amount }} }}'
    found: dict[str, Any] = (await balance(graph, "CORN", select))["asOf"]
    return found


def snapshot(on_hand: str, available: str, amount: str | None) -> dict[str, Any]:
    return {"onHand": on_hand, "available": available, "reserved": "0", "value": {"amount": amount} if amount else None}


async def test_shows_the_balance_as_it_was(graph: GraphClient, tenant: GivenTenant) -> None:
    """By when things happened, however late they were recorded: what came to light yesterday of the week before changes
    what is known of that week. The instant itself is included."""
    await given_corn(tenant)
    days = {number: NOW - timedelta(days=number) for number in (1, 3, 5, 7, 9)}
    await given_stock(tenant, "CORN", "10", unit_cost="4", occurred_at=days[7])
    await done(
        graph, "adjustStock", {"sku": "CORN", "delta": "-3", "reason": "WASTE", "occurredAt": days[3].isoformat()}
    )
    assert await as_of(graph, days[5]) == snapshot("10", "10", "40")
    late = {"sku": "CORN", "delta": "-2", "reason": "WASTE", "occurredAt": days[5].isoformat()}
    await done(graph, "adjustStock", late)
    assert await as_of(graph, days[9]) == snapshot("0", "0", "0")
    assert await as_of(graph, days[7] - timedelta(microseconds=1)) == snapshot("0", "0", "0")
    assert await as_of(graph, days[7]) == snapshot("10", "10", "40")
    assert await as_of(graph, days[5] - timedelta(microseconds=1)) == snapshot("10", "10", "40")
    assert await as_of(graph, days[5]) == snapshot("8", "8", "32")
    assert await as_of(graph, days[3]) == snapshot("5", "5", "20")
    assert await as_of(graph, NOW + timedelta(days=365)) == snapshot("5", "5", "20")


async def test_knows_what_was_set_aside(graph: GraphClient, tenant: GivenTenant) -> None:
    """Available then is not on hand then."""
    await given_corn(tenant)
    await given_stock(tenant, "CORN", "10", occurred_at=NOW - timedelta(days=7))
    await done(graph, "moveStock", {"sku": "CORN", "quantity": "4", "toState": "QUARANTINED", "reason": "INSPECTION"})
    assert await as_of(graph, NOW - timedelta(days=1)) == snapshot("10", "10", None)
    assert await as_of(graph, datetime.now(UTC) + timedelta(minutes=1)) == snapshot("10", "6", None)


async def test_loses_no_digit_of_the_value(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is there now less what happened since is nothing before it began, to the last of ten decimals."""
    await given_corn(tenant)
    start = NOW - timedelta(days=7)
    for number, (quantity, cost) in enumerate((("0.333333", "0.1"), ("0.7", "0.0333333333"), ("1.000001", "7.7"))):
        await given_stock(tenant, "CORN", quantity, unit_cost=cost, occurred_at=start + timedelta(days=number))
    await done(graph, "adjustStock", {"sku": "CORN", "delta": "-0.123457", "reason": "WASTE"})
    assert (await as_of(graph, start - timedelta(days=1)))["value"] == {"amount": "0"}
    assert (await as_of(graph, start))["value"] == {"amount": "0.0333333"}


async def test_takes_the_edges_of_the_calendar(graph: GraphClient, tenant: GivenTenant) -> None:
    """Before everything there was nothing; after everything there is what there is."""
    await given_corn(tenant)
    await given_stock(tenant, "CORN", "10")
    query = '{ stockBalance(sku: "CORN") { a: asOf(at: "0001-01-01T00:00:00.000001Z") { at onHand } z: asOf(at: "9999-12-31T23:59:59Z") { at onHand } } }'
    assert (await graph(query))["stockBalance"] == {
        "a": {"at": "0001-01-01T00:00:00.000001Z", "onHand": "0"},
        "z": {"at": "9999-12-31T23:59:59Z", "onHand": "10"},
    }
