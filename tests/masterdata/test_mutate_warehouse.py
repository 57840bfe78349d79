"""Warehouses, outlets and locations over GraphQL: payloads, permissions, keys that make a request safe to repeat."""

from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.recipes import given_item
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import GraphClient

MAIN = {"code": "MAIN"}


async def warehouse_codes(graph: GraphClient) -> list[str]:
    return [each["code"] for each in (await graph("{ warehouses { code } }"))["warehouses"]]


async def given_stock(graph: GraphClient, sku: str, warehouse: str, **line: Any) -> None:
    await graph.accepted(
        "receiveStock",
        {
            "idempotencyKey": uuid4().hex,
            "warehouse": {"code": warehouse},
            "lines": [{"sku": sku, "quantity": "2", **line}],
        },
    )


async def test_creates_a_warehouse_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Sent again with the same key it is the same warehouse; with other arguments it says which differ."""
    request = {
        "code": "BACK",
        "name": "Back store",
        "type": "DARK_STORE",
        "timezone": "Africa/Kampala",
        "idempotencyKey": "k1",
    }
    first = await graph.accepted("createWarehouse", request, "warehouse { id code name type timezone isDefault }")
    assert first["warehouse"] == {
        "id": first["warehouse"]["id"],
        "code": "BACK",
        "name": "Back store",
        "type": "DARK_STORE",
        "timezone": "Africa/Kampala",
        "isDefault": False,
    }
    again = await graph.accepted("createWarehouse", request, "warehouse { id }")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["warehouse"]["id"] == first["warehouse"]["id"]
    refusal = await graph.refusal("createWarehouse", request | {"timezone": None, "name": "Front store"})
    assert refusal["code"] == "IDEMPOTENCY_CONFLICT"
    assert "name, timezone" in refusal["message"]
    assert len(await emitted(tenant, "inventory.warehouse.created")) == 1


async def test_puts_a_warehouse_on_the_map(graph: GraphClient, tenant: GivenTenant) -> None:
    """Kept to a tenth of a metre, and changed as a whole: there is no latitude without a longitude. Null takes it off again."""
    select = "warehouse { coordinates { latitude longitude } }"
    request = {"code": "BACK", "name": "Back", "coordinates": {"latitude": -1.2863891234, "longitude": 36.817223}}
    payload = await graph.accepted("createWarehouse", request, select)
    assert payload["warehouse"] == {"coordinates": {"latitude": -1.286389, "longitude": 36.817223}}
    payload = await graph.accepted("updateWarehouse", {"warehouse": {"code": "BACK"}, "name": "Back store"}, select)
    assert payload["warehouse"] == {"coordinates": {"latitude": -1.286389, "longitude": 36.817223}}
    for given, kept in (({"latitude": 0, "longitude": -180}, {"latitude": 0.0, "longitude": -180.0}), (None, None)):
        payload = await graph.accepted("updateWarehouse", {"warehouse": {"code": "BACK"}, "coordinates": given}, select)
        assert payload["warehouse"] == {"coordinates": kept}
    assert [(each.payload["latitude"], each.payload["longitude"]) for each in await emitted(tenant)] == [
        (-1.286389, 36.817223),
        (-1.286389, 36.817223),
        (0.0, -180.0),
        (None, None),
    ]


async def test_refuses_coordinates_that_are_nowhere(graph: GraphClient, tenant: GivenTenant) -> None:
    """The path names the number, and the warehouse stays where it was."""
    for mutation, given in (
        ("createWarehouse", {"code": "BACK", "name": "Back"}),
        ("updateWarehouse", {"warehouse": MAIN, "name": "Moved"}),
    ):
        refusal = await graph.refusal(mutation, given | {"coordinates": {"latitude": 36.8, "longitude": -181}})
        assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "coordinates", "longitude"])
    assert await warehouse_codes(graph) == ["MAIN"]
    await assert_nothing_emitted(tenant)


async def test_moves_the_default_by_creating(graph: GraphClient) -> None:
    """isDefault demotes the old one."""
    await graph.accepted("createWarehouse", {"code": "NEW", "name": "New", "isDefault": True})
    data = await graph("{ warehouses { code isDefault } }")
    assert data["warehouses"] == [{"code": "NEW", "isDefault": True}, {"code": "MAIN", "isDefault": False}]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": "two words"}, ["input", "code"]),
        ({"timezone": "Nairobi"}, ["input", "timezone"]),
        ({"outletId": "no uuid"}, ["input", "outletId"]),
        ({"idempotencyKey": ""}, ["input", "idempotencyKey"]),
    ],
)
async def test_refuses_a_warehouse_that_is_not_valid(
    graph: GraphClient, tenant: GivenTenant, change: dict[str, str], path: list[str]
) -> None:
    """The refusal is data and names the argument."""
    refusal = await graph.refusal("createWarehouse", {"code": "FINE", "name": "Fine"} | change)
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", path)
    assert await warehouse_codes(graph) == ["MAIN"]
    await assert_nothing_emitted(tenant)


async def test_changes_what_is_given(graph: GraphClient, tenant: GivenTenant) -> None:
    """Null clears what may be empty, and is refused for what may not."""
    await given_warehouse(tenant, code="BACK", address="Busia", allow_negative=True)
    change = {"warehouse": {"code": "BACK"}, "address": None, "allowNegative": None, "type": "KITCHEN"}
    payload = await graph.accepted("updateWarehouse", change, "warehouse { address allowNegative type priority }")
    assert payload["warehouse"] == {"address": None, "allowNegative": None, "type": "KITCHEN", "priority": 100}
    refusal = await graph.refusal("updateWarehouse", {"warehouse": {"code": "BACK"}, "name": None})
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "name"])
    refusal = await graph.refusal("updateWarehouse", {"warehouse": {"code": "NOWHERE"}, "name": "X"})
    assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "warehouse", "code"])


async def test_archives_only_what_is_empty(graph: GraphClient, tenant: GivenTenant) -> None:
    """Asked of the stock book itself, in the same transaction."""
    await given_item(tenant, "MILK", unit="LITRE", type="GOODS")
    for code in ("FULL", "EMPTY"):
        await given_warehouse(tenant, code=code)
    await given_stock(graph, "MILK", "FULL")
    await forget_emitted(tenant)
    refusal = await graph.refusal("archiveWarehouse", {"warehouse": {"code": "FULL"}})
    assert refusal["code"] == "INVALID_TRANSITION"
    assert "FULL" in refusal["message"]
    refusal = await graph.refusal("archiveWarehouse", {"warehouse": MAIN})
    assert refusal["code"] == "INVALID_TRANSITION"
    await assert_nothing_emitted(tenant)
    for _ in range(2):
        payload = await graph.accepted("archiveWarehouse", {"warehouse": {"code": "EMPTY"}}, "warehouse { isActive }")
        assert payload["warehouse"] == {"isActive": False}
    payload = await graph.accepted(
        "updateWarehouse", {"warehouse": {"code": "EMPTY"}, "isActive": True}, "warehouse { isActive }"
    )
    assert payload["warehouse"] == {"isActive": True}


async def test_creates_an_outlet_with_its_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """By the id that auth minted; once more it is brought up to date."""
    outlet_id = str(uuid4())
    request = {"id": outlet_id, "code": "north", "name": "North", "isHq": True}
    select = "outlet { id code name warehouses { code isDefault } } warehouse { code }"
    payload = await graph.accepted("createOutlet", request, select)
    assert payload["warehouse"] == {"code": "NORTH"}
    assert payload["outlet"] == {
        "id": outlet_id,
        "code": "north",
        "name": "North",
        "warehouses": [{"code": "NORTH", "isDefault": True}],
    }
    payload = await graph.accepted("createOutlet", request | {"name": "Renamed", "isHq": False}, select)
    assert payload["outlet"]["name"] == "Renamed"
    assert payload["outlet"]["warehouses"] == [{"code": "NORTH", "isDefault": True}]
    assert await warehouse_codes(graph) == ["NORTH", "MAIN"]


async def test_creates_moves_and_archives_locations(graph: GraphClient, tenant: GivenTenant) -> None:
    """Named by warehouse and code throughout."""
    await given_item(tenant, "MILK", unit="LITRE", type="GOODS")
    zone = {"warehouse": MAIN, "code": "COLD", "name": "Cold room", "type": "ZONE", "idempotencyKey": "z"}
    first = await graph.accepted("createLocation", zone, "location { id path }")
    again = await graph.accepted("createLocation", zone, "location { id path }")
    assert again == first | {"replayed": True}
    shelf = {"warehouse": MAIN, "code": "S1", "name": "Shelf", "type": "SHELF", "parentCode": "COLD"}
    payload = await graph.accepted("createLocation", shelf, "location { path }")
    assert payload["location"] == {"path": "COLD/S1"}
    await given_stock(graph, "MILK", "MAIN", locationCode="S1")
    for code in ("S1", "COLD"):
        refusal = await graph.refusal("archiveLocation", {"warehouse": MAIN, "code": code})
        assert refusal["code"] == "INVALID_TRANSITION"
    payload = await graph.accepted(
        "updateLocation",
        {"warehouse": MAIN, "code": "S1", "parentCode": None, "name": "Shelf one"},
        "location { path name }",
    )
    assert payload["location"] == {"path": "S1", "name": "Shelf one"}
    payload = await graph.accepted("archiveLocation", {"warehouse": MAIN, "code": "COLD"}, "location { isActive }")
    assert payload["location"] == {"isActive": False}


async def test_refuses_locations_that_are_not_there(graph: GraphClient, tenant: GivenTenant) -> None:
    """The path names the code or the warehouse."""
    await given_location(tenant, code="A", type="ZONE")
    refusal = await graph.refusal("updateLocation", {"warehouse": MAIN, "code": "B", "name": "X"})
    assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "code"])
    refusal = await graph.refusal("archiveLocation", {"warehouse": {"outletId": str(uuid4())}, "code": "A"})
    assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "warehouse", "outletId"])
    refusal = await graph.refusal("updateLocation", {"warehouse": MAIN, "code": "A", "parentCode": "A"})
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "parentCode"])


@pytest.mark.parametrize(
    ("mutation", "given", "permission"),
    [
        ("createWarehouse", {"code": "X", "name": "X"}, "inventory.warehouses.add"),
        ("updateWarehouse", {"warehouse": MAIN, "name": "X"}, "inventory.warehouses.change"),
        ("archiveWarehouse", {"warehouse": MAIN}, "inventory.warehouses.delete"),
        ("createOutlet", {"code": "x", "name": "X"}, "inventory.config.manage"),
        ("createLocation", {"warehouse": MAIN, "code": "X", "name": "X", "type": "BIN"}, "inventory.warehouses.add"),
        ("updateLocation", {"warehouse": MAIN, "code": "X", "name": "X"}, "inventory.warehouses.change"),
        ("archiveLocation", {"warehouse": MAIN, "code": "X"}, "inventory.warehouses.delete"),
    ],
)
async def test_needs_the_permission(
    graph: GraphClient, tenant: GivenTenant, mutation: str, given: dict[str, Any], permission: str
) -> None:
    """A viewer changes nothing; the refusal names the permission."""
    payload = await graph.payload(mutation, given, actor=tenant.actor_as("viewer"))
    (error,) = payload["errors"]
    assert error["code"] == "FORBIDDEN"
    assert permission in error["message"]
    await assert_nothing_emitted(tenant)


async def test_lets_a_bound_manager_act_at_home_only(graph: GraphClient, tenant: GivenTenant) -> None:
    """Outlet-bound users act on their outlets."""
    await given_warehouse(tenant, code="OTHER")
    bound = tenant.actor_at(tenant.outlet_id)
    refusal = await graph.refusal("updateWarehouse", {"warehouse": {"code": "OTHER"}, "name": "Mine"}, actor=bound)
    assert refusal["code"] == "FORBIDDEN"
    payload = await graph.accepted(
        "updateWarehouse", {"warehouse": MAIN, "name": "Home"}, "warehouse { name }", actor=bound
    )
    assert payload["warehouse"] == {"name": "Home"}
