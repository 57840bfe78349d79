"""Reading warehouses, locations and outlets over GraphQL."""

from typing import Any
from uuid import uuid4

import pytest

from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_location, given_warehouse
from tests.graph import NOBODY, GraphClient
from tests.statements import CountingDatabase, statements

ENTITIES = """
query ($representations: [_Any!]!) { _entities(representations: $representations) {
  __typename
  ... on Warehouse { id code outlet { id } }
  ... on Outlet { id outletCode: code name }
} }
"""


async def test_finds_a_warehouse_by_each_key(graph: GraphClient, tenant: GivenTenant) -> None:
    """The three names by which siblings, people and clients know it."""
    wanted = {
        "id": str(tenant.warehouse_id),
        "code": "MAIN",
        "name": "Main outlet",
        "type": "OUTLET",
        "isDefault": True,
        "isActive": True,
        "timezone": "Africa/Nairobi",
        "outlet": {"id": str(tenant.outlet_id), "code": "main", "name": "Main outlet"},
    }
    for key in ({"id": wanted["id"]}, {"code": "MAIN"}, {"outletId": str(tenant.outlet_id)}):
        data = await graph(
            "query ($key: WarehouseKey!) { warehouse(key: $key)"
            " { id code name type isDefault isActive timezone outlet { id code name } } }",
            {"key": key},
        )
        assert data == {"warehouse": wanted}


@pytest.mark.parametrize(
    "key",
    [
        {"id": str(uuid4())},
        {"id": "not a uuid"},
        {"code": "NOWHERE"},
        {"code": ""},
        {"outletId": str(uuid4())},
    ],
)
async def test_reads_null_for_an_unknown_warehouse(graph: GraphClient, key: dict[str, str]) -> None:
    """A name that names nothing is no error."""
    data = await graph("query ($key: WarehouseKey!) { warehouse(key: $key) { id } }", {"key": key})
    assert data == {"warehouse": None}


@pytest.mark.parametrize("key", [{}, {"code": "MAIN", "id": "x"}, {"code": None}])
async def test_refuses_a_key_that_is_not_one(graph: GraphClient, key: dict[str, Any]) -> None:
    """Exactly one of the keys."""
    errors = await graph.errors("query ($key: WarehouseKey!) { warehouse(key: $key) { id } }", {"key": key})
    assert "WarehouseKey" in errors[0]["message"]


async def test_lists_the_default_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """Then by code."""
    for code in ("B", "A"):
        await given_warehouse(tenant, code=code)
    assert await graph("{ warehouses { code } }") == {"warehouses": [{"code": "MAIN"}, {"code": "A"}, {"code": "B"}]}


async def test_needs_the_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """The error names what is missing; an anonymous caller is told how to become somebody."""
    for query in ("{ warehouses { id } }", '{ warehouse(key: { code: "MAIN" }) { id } }'):
        (error,) = await graph.errors(query, actor=tenant.actor_with("inventory.items.view"))
        assert "inventory.warehouses.view" in error["message"]
        assert await graph.errors(query, actor=NOBODY)


async def test_pages_locations_as_a_picker_walks(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Two statements for any number of warehouses: the warehouses, and the locations of all of them."""
    await given_location(tenant, code="COLD", type="ZONE")
    await given_location(tenant, code="S1", type="SHELF", parent_code="COLD")
    await given_location(tenant, code="ATTIC", type="ZONE")
    other = await given_warehouse(tenant, code="OTHER")
    await given_location(tenant, code="X", type="BIN", warehouse=other)
    query = """query ($after: String) { warehouses { code locations(first: 2, after: $after) {
      edges { cursor node { code path type isActive } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount
    } } }"""
    plain = query.replace("totalCount", "")
    async with statements(database) as counted:
        data = await graph(plain)
    counted.assert_at_most(2)
    data = await graph(query)
    main, second = data["warehouses"]
    assert [edge["node"] for edge in main["locations"]["edges"]] == [
        {"code": "ATTIC", "path": "ATTIC", "type": "ZONE", "isActive": True},
        {"code": "COLD", "path": "COLD", "type": "ZONE", "isActive": True},
    ]
    assert (main["locations"]["totalCount"], second["locations"]["totalCount"]) == (3, 1)
    info = main["locations"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    data = await graph(query, {"after": info["endCursor"]})
    rest = data["warehouses"][0]["locations"]
    assert [edge["node"]["path"] for edge in rest["edges"]] == ["COLD/S1"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize(
    "arguments",
    ["first: 0", "first: 101", "first: -1", 'after: "nonsense"', 'after: "WzFd"', 'after: "WyJhXHUwMDAwIl0"'],
)
async def test_refuses_a_page_that_is_not_one(graph: GraphClient, arguments: str) -> None:
    """Never a silent cap; a cursor of another list, a number or a NUL in it is no position here."""
    (error,) = await graph.errors(f"{{ warehouses {{ locations({arguments}) {{ nodes {{ id }} }} }} }}")
    assert error["path"] == ["warehouses", 0, "locations"]
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_reads_a_location_with_its_places(graph: GraphClient, tenant: GivenTenant) -> None:
    """From the inside outwards, and null for a code that is not there."""
    await given_location(tenant, code="COLD", type="ZONE")
    await given_location(tenant, code="S1", type="SHELF", parent_code="COLD")
    data = await graph(
        '{ warehouse(key: { code: "MAIN" }) { location(code: "S1") { path parent { code parent { code } } warehouse { code } }'
        ' none: location(code: "S2") { id } } }'
    )
    assert data["warehouse"] == {
        "location": {"path": "COLD/S1", "parent": {"code": "COLD", "parent": None}, "warehouse": {"code": "MAIN"}},
        "none": None,
    }


async def test_resolves_references_in_batches(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """One statement for each kind of key, however many references a router sends; unknown ones read null."""
    places = [await given_warehouse(tenant) for _ in range(3)]
    other = await given_tenant(tenant.database)
    representations: list[dict[str, str]] = [
        *({"__typename": "Warehouse", "id": str(place.id)} for place in places),
        {"__typename": "Warehouse", "code": "MAIN"},
        {"__typename": "Warehouse", "id": "no uuid"},
        {"__typename": "Warehouse", "id": str(other.warehouse_id)},
        {"__typename": "Outlet", "id": str(tenant.outlet_id)},
        {"__typename": "Outlet", "id": str(other.outlet_id)},
        {"__typename": "Outlet", "id": "no uuid"},
    ]
    async with statements(database) as counted:
        data = await graph(ENTITIES, {"representations": representations})
    # The warehouses by id and by code, the outlets asked for, the outlet of MAIN.
    counted.assert_at_most(4)
    codes = [entity and (entity.get("code") or entity.get("outletCode")) for entity in data["_entities"]]
    assert codes == [
        *(place.code for place in places),
        "MAIN",
        None,
        None,
        "main",
        None,
        None,
    ]


async def test_shows_an_anonymous_caller_no_more_of_an_outlet_than_its_id(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """A storefront asks for availability by outlet; names and warehouses are not its business."""
    reference = {"representations": [{"__typename": "Outlet", "id": str(tenant.outlet_id)}]}
    headers = {"X-Tenant-Slug": tenant.slug}
    data = await graph(ENTITIES, reference, actor=NOBODY, headers=headers)
    assert data["_entities"] == [
        {"__typename": "Outlet", "id": str(tenant.outlet_id), "outletCode": None, "name": None}
    ]
    errors = await graph.errors(
        "query ($representations: [_Any!]!) { _entities(representations: $representations)"
        " { ... on Outlet { warehouses { id } } } }",
        reference,
        actor=NOBODY,
        headers=headers,
    )
    assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
