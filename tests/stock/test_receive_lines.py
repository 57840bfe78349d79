"""A receipt of several lines: one command, all of it or nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from inventory_graph.identity.permissions import STANDARD_ROLES
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import balance, changes_told, done, refused, told


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


async def test_on_one_balance_is_one_version_of_several_movements(graph: GraphClient, tenant: GivenTenant) -> None:
    """A version is a command, so that a subscriber who has it has everything that happened together."""
    await given_item(tenant, sku="PEN")
    lines = [{"sku": "PEN", "quantity": quantity} for quantity in ("1", "2", "4")]
    payload = await done(graph, "receiveStock", {"lines": lines})
    moved = [(each["quantity"], each["balanceVersion"], each["onHandAfter"]) for each in payload["movements"]]
    assert moved == [("1", 1, "1"), ("2", 1, "3"), ("4", 1, "7")]
    assert [(each["onHand"], each["version"]) for each in payload["balances"]] == [("7", 1)]
    assert await changes_told(tenant) == [("PEN", 1, "0", "7", "7")]


async def test_on_several_balances_steps_each_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """One command, one event for each balance, all with the same command's id."""
    for sku in ("A", "B", "C"):
        await given_item(tenant, sku=sku)
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in (("A", "1"), ("B", "2"), ("A", "3"), ("C", "4"))]
    payload = await done(graph, "receiveStock", {"lines": lines})
    shown = {each["variant"]["sku"]: (each["onHand"], each["version"]) for each in payload["balances"]}
    assert shown == {"A": ("4", 1), "B": ("2", 1), "C": ("4", 1)}
    assert sorted(await changes_told(tenant)) == [
        ("A", 1, "0", "4", "4"),
        ("B", 1, "0", "2", "2"),
        ("C", 1, "0", "4", "4"),
    ]
    assert len({event.payload["adjustment_id"] for event in await told(tenant)}) == 1


async def test_takes_five_hundred(graph: GraphClient, tenant: GivenTenant) -> None:
    """A lorry is one delivery. One line more is refused before anything is looked up."""
    await given_item(tenant, sku="CAN")
    await done(graph, "receiveStock", {"lines": [{"sku": "CAN", "quantity": "1"}] * 500}, "movements { id }")
    found = await refused(graph, "receiveStock", {"lines": [{"sku": "CAN", "quantity": "1"}] * 501})
    assert found == ("INVALID_INPUT", "lines", "A receipt has 1 to 500 lines, this has 501.")
    assert (await refused(graph, "receiveStock", {"lines": []}))[:2] == ("INVALID_INPUT", "lines")
    shown = await balance(graph, "CAN", "onHand version movements(first: 1) { totalCount }")
    assert shown == {"onHand": "500", "version": 1, "movements": {"totalCount": 500}}


async def test_happens_whole_or_not_at_all(graph: GraphClient, tenant: GivenTenant) -> None:
    """A bad line at the end leaves nothing of the good ones before it: no stock, no balance, no key, no event."""
    await given_item(tenant, sku="GOOD")
    lines = [{"sku": "GOOD", "quantity": "1"}] * 3 + [{"sku": "GOOD", "quantity": "0.5"}]
    assert (await refused(graph, "receiveStock", {"lines": lines}))[:2] == ("INVALID_INPUT", "lines.3.quantity")
    assert (await balance(graph, "GOOD"))["version"] == 0


async def test_bears_its_reference(graph: GraphClient, tenant: GivenTenant) -> None:
    """The delivery note's number is how people find it again."""
    await given_item(tenant, sku="PEN")
    given = {"lines": [{"sku": "PEN", "quantity": "1"}], "reference": "DN 4711"}
    payload = await done(graph, "receiveStock", given, "movements { reference referenceType reason recordedBy }")
    assert payload["movements"] == [
        {"reference": "DN 4711", "referenceType": None, "reason": None, "recordedBy": "user-administrator"}
    ]
    long = {**given, "reference": "n" * 1_001}
    assert (await refused(graph, "receiveStock", long))[:2] == ("INVALID_INPUT", "reference")


async def test_may_have_come_earlier(graph: GraphClient, tenant: GivenTenant) -> None:
    """When it happened is not when it was recorded; both are kept."""
    await given_item(tenant, sku="PEN")
    came_at = ago(hours=47)
    given = {"lines": [{"sku": "PEN", "quantity": "1"}], "occurredAt": came_at}
    clerk = tenant.actor_as("stock_clerk")
    assert "inventory.stock.manage" not in STANDARD_ROLES["stock_clerk"]
    payload = await done(graph, "receiveStock", given, "movements { occurredAt recordedAt }", actor=clerk)
    (movement,) = payload["movements"]
    assert datetime.fromisoformat(movement["occurredAt"]) == datetime.fromisoformat(came_at)
    assert datetime.fromisoformat(movement["recordedAt"]) > datetime.fromisoformat(came_at) + timedelta(hours=46)


async def test_long_ago_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """The books of the week before last are not every clerk's to change."""
    await given_item(tenant, sku="PEN")
    given = {"lines": [{"sku": "PEN", "quantity": "1"}], "occurredAt": ago(hours=49)}
    clerk = tenant.actor_with("inventory.stock.add")
    code, argument, message = await refused(graph, "receiveStock", given, actor=clerk)
    assert (code, argument) == ("FORBIDDEN", "occurredAt")
    assert "inventory.stock.manage" in message
    manager = tenant.actor_with("inventory.stock.add", "inventory.stock.manage", "inventory.items.view")
    assert (await done(graph, "receiveStock", given, "balances { onHand }", actor=manager))["balances"]


@pytest.mark.parametrize("occurred_at", ["9999-12-31T23:59:59Z", "soon"])
async def test_cannot_come_tomorrow(graph: GraphClient, tenant: GivenTenant, occurred_at: str) -> None:
    """A movement is recorded when it has happened, at the edge of the calendar as well. A clock may be minutes fast."""
    await given_item(tenant, sku="PEN", tracking="LOT", shelf_life_days=36_500)
    soon = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    line = {"sku": "PEN", "quantity": "1", "lotCode": "L"}
    given = {"lines": [line], "occurredAt": soon if occurred_at == "soon" else occurred_at}
    assert (await refused(graph, "receiveStock", given))[:2] == ("INVALID_INPUT", "occurredAt")
    in_a_minute = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    await done(graph, "receiveStock", {"lines": [line], "occurredAt": in_a_minute})
