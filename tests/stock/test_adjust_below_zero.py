"""Stock below zero: whether it may be is for the item to say, else for the warehouse, else for the tenant."""

from dataclasses import dataclass

import pytest

from inventory_graph.identity.tenants import update_tenant
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import balance, changes_told, done, refused


@dataclass(frozen=True)
class Policy:
    tenant: bool
    warehouse: bool | None
    item: bool | None
    allowed: bool


POLICIES = [
    Policy(tenant=False, warehouse=None, item=None, allowed=False),
    Policy(tenant=True, warehouse=None, item=None, allowed=True),
    Policy(tenant=False, warehouse=True, item=None, allowed=True),
    Policy(tenant=True, warehouse=False, item=None, allowed=False),
    Policy(tenant=False, warehouse=False, item=True, allowed=True),
    Policy(tenant=True, warehouse=True, item=False, allowed=False),
]


@pytest.mark.parametrize("policy", POLICIES, ids=str)
async def test_is_decided_by_whoever_says_something_first(
    graph: GraphClient, tenant: GivenTenant, policy: Policy
) -> None:
    """The item before the warehouse before the tenant; a till that sells what is in the hand must be able to."""
    await tenant.database.write(tenant.actor, lambda tx: update_tenant(tx, allow_negative=policy.tenant))
    await given_warehouse(tenant, code="BAR", allow_negative=policy.warehouse)
    await given_item(tenant, sku="SODA", allow_negative=policy.item)
    given = {"sku": "SODA", "delta": "-3", "reason": "CORRECTION", "warehouse": {"code": "BAR"}}
    if not policy.allowed:
        assert (await refused(graph, "adjustStock", given))[:2] == ("INSUFFICIENT_STOCK", "delta")
        return
    payload = await done(graph, "adjustStock", given)
    assert [(each["onHand"], each["available"], each["version"]) for each in payload["balances"]] == [("-3", "-3", 1)]
    assert await changes_told(tenant) == [("SODA", 1, "0", "-3", "-3")]


async def test_takes_what_is_there_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """What lies on shelves is taken, and only the rest is owed; what comes next pays it off."""
    await given_item(tenant, sku="SODA", allow_negative=True)
    await given_location(tenant, code="FRIDGE", type="SHELF")
    await given_stock(tenant, "SODA", "2", location="FRIDGE")
    payload = await done(graph, "adjustStock", {"sku": "SODA", "delta": "-5", "reason": "CORRECTION"})
    assert [(each["quantity"], each["onHandAfter"]) for each in payload["movements"]] == [("2", "0"), ("3", "-3")]
    await given_stock(tenant, "SODA", "10")
    assert await balance(graph, "SODA", "onHand available version") == {"onHand": "7", "available": "7", "version": 3}


async def test_is_refused_of_a_location(graph: GraphClient, tenant: GivenTenant) -> None:
    """A warehouse may owe; a shelf holds what it holds."""
    await given_item(tenant, sku="SODA", allow_negative=True)
    await given_location(tenant, code="FRIDGE", type="SHELF")
    await given_stock(tenant, "SODA", "2", location="FRIDGE")
    given = {"sku": "SODA", "delta": "-5", "reason": "CORRECTION", "locationCode": "FRIDGE"}
    assert (await refused(graph, "adjustStock", given))[:2] == ("INSUFFICIENT_STOCK", "delta")


async def test_may_only_rise_once_it_is_no_longer_allowed(graph: GraphClient, tenant: GivenTenant) -> None:
    """A change of mind leaves the debt where it is: it can be paid in parts and not be made larger."""
    await given_item(tenant, sku="SODA", allow_negative=True)
    await done(graph, "adjustStock", {"sku": "SODA", "delta": "-5", "reason": "CORRECTION"})
    await graph.accepted("updateItem", {"item": {"sku": "SODA"}, "allowNegative": False})
    less = {"sku": "SODA", "delta": "-1", "reason": "CORRECTION"}
    assert (await refused(graph, "adjustStock", less))[:2] == ("INSUFFICIENT_STOCK", "delta")
    await done(graph, "adjustStock", {"sku": "SODA", "delta": "2", "reason": "FOUND"})
    assert (await balance(graph, "SODA"))["onHand"] == "-3"
