"""Where received stock goes: the warehouse by any of its keys, and a location in it."""

from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.db import Transaction
from inventory_graph.masterdata.outlets import register_outlet
from tests.given.items import given_item
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import balance, done, received, refused

WHERE = "balances { warehouse { code } onHand } movements { toLocation { code } }"


async def test_goes_to_the_default_unless_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """Most tenants have one warehouse and never name it."""
    await given_item(tenant, sku="NUT")
    payload = await received(graph, WHERE, sku="NUT", quantity="1")
    assert payload["balances"] == [{"warehouse": {"code": "MAIN"}, "onHand": "1"}]
    assert payload["movements"] == [{"toLocation": None}]


async def test_goes_where_any_key_says(graph: GraphClient, tenant: GivenTenant) -> None:
    """Back offices know ids, people codes, tills their outlet."""
    await given_item(tenant, sku="NUT")
    store = await given_warehouse(tenant, code="STORE")

    async def register(tx: Transaction) -> None:
        await register_outlet(tx, id=outlet_id, code="kiosk", name="Kiosk")

    outlet_id = uuid4()
    await tenant.database.write(tenant.actor, register)
    for key in ({"id": str(store.id)}, {"code": "STORE"}, {"outletId": str(outlet_id)}):
        await done(graph, "receiveStock", {"lines": [{"sku": "NUT", "quantity": "1"}], "warehouse": key})
    assert (await balance(graph, "NUT", code="STORE"))["onHand"] == "2"
    assert (await balance(graph, "NUT", code="KIOSK"))["onHand"] == "1"
    assert (await balance(graph, "NUT"))["version"] == 0


async def test_is_put_at_a_location(graph: GraphClient, tenant: GivenTenant) -> None:
    """A location belongs to one warehouse; the balance is the warehouse's, the location is on the movement."""
    await given_item(tenant, sku="NUT")
    await given_location(tenant, code="BIN-7", type="BIN")
    payload = await received(graph, WHERE, sku="NUT", quantity="3", locationCode="BIN-7")
    assert payload["movements"] == [{"toLocation": {"code": "BIN-7"}}]
    assert payload["balances"] == [{"warehouse": {"code": "MAIN"}, "onHand": "3"}]


@pytest.mark.parametrize(
    ("warehouse", "argument"),
    [
        ({"code": "NOWHERE"}, "warehouse.code"),
        ({"code": ""}, "warehouse.code"),
        ({"id": "5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11"}, "warehouse.id"),
        ({"id": "main"}, "warehouse.id"),
        ({"id": ""}, "warehouse.id"),
        ({"outletId": "5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11"}, "warehouse.outletId"),
        ({"outletId": "x"}, "warehouse.outletId"),
    ],
)
async def test_refuses_a_warehouse_that_is_not_there(
    graph: GraphClient, tenant: GivenTenant, warehouse: dict[str, Any], argument: str
) -> None:
    """A key that names nothing is never taken for the default: the stock would be where nobody put it."""
    await given_item(tenant, sku="NUT")
    given = {"lines": [{"sku": "NUT", "quantity": "1"}], "warehouse": warehouse}
    assert (await refused(graph, "receiveStock", given))[:2] == ("NOT_FOUND", argument)


async def test_refuses_a_warehouse_of_another_tenant(graph: GraphClient, tenant: GivenTenant) -> None:
    """It does not exist here, whichever key names it, and gets nothing."""
    await given_item(tenant, sku="NUT")
    other = await given_tenant(tenant.database)
    for warehouse in ({"id": str(other.warehouse_id)}, {"outletId": str(other.outlet_id)}):
        given = {"lines": [{"sku": "NUT", "quantity": "1"}], "warehouse": warehouse}
        (argument,) = warehouse
        assert (await refused(graph, "receiveStock", given))[:2] == ("NOT_FOUND", f"warehouse.{argument}")


async def test_refuses_an_archived_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """A closed door takes no delivery."""
    await given_item(tenant, sku="NUT")
    await given_warehouse(tenant, code="SHUT")
    await graph.accepted("archiveWarehouse", {"warehouse": {"code": "SHUT"}})
    given = {"lines": [{"sku": "NUT", "quantity": "1"}], "warehouse": {"code": "SHUT"}}
    assert (await refused(graph, "receiveStock", given))[:2] == ("INVALID_TRANSITION", "warehouse.code")


async def test_refuses_a_location_of_another_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """Shelf 1 is not the same in every store; an archived one is closed."""
    await given_item(tenant, sku="NUT")
    await given_location(tenant, code="A-1", type="SHELF", warehouse=await given_warehouse(tenant, code="FAR"))
    await given_location(tenant, code="CLOSED", type="SHELF")
    await graph.accepted("archiveLocation", {"warehouse": {"code": "MAIN"}, "code": "CLOSED"})
    for code in ("A-1", "CLOSED", "UNKNOWN", "MAIN", ""):
        lines = [{"sku": "NUT", "quantity": "1"}, {"sku": "NUT", "quantity": "1", "locationCode": code}]
        found = await refused(graph, "receiveStock", {"lines": lines})
        assert found == ("NOT_FOUND", "lines.1.locationCode", f"The warehouse has no active location {code!r}.")
