"""Availability for those without a token: levels where the tenant shows them, and nothing else anywhere."""

from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import NOBODY, GraphClient

FIELDS = "sku available isAvailable level reasons nextAvailableAt nextAvailableQuantity limitingComponents { sku } substitutes { sku }"
QUERY = f"query($skus: [String!]!, $outletId: ID) {{ availability(skus: $skus, outletId: $outletId) {{ {FIELDS} }} }}"


async def given_shop(tenant: GivenTenant, *, quantity: str = "3") -> None:
    await given_item(tenant, sku="PIE", unit="KG")
    await given_item(tenant, sku="OUT", unit="KG")
    await given_item(tenant, sku="CUT", type="SERVICE")
    await given_recipe(tenant, "MENU", component("OUT", "1"))
    await given_stock(tenant, "PIE", quantity)


@pytest.fixture
async def shop(graph: GraphClient) -> GivenTenant:
    """A tenant that shows its levels to anybody."""
    tenant = await given_tenant(graph.tenant.database, public_levels=True)
    await given_shop(tenant)
    return tenant


async def seen(graph: GraphClient, skus: list[str], outlet_id: Any = None, **headers: str) -> list[dict[str, Any]]:
    variables = {"skus": skus, "outletId": str(outlet_id) if outlet_id else None}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    found: list[dict[str, Any]] = (await graph(QUERY, variables, actor=NOBODY, headers=sent))["availability"]
    return found


def shown(sku: str, level: str) -> dict[str, Any]:
    return {
        "sku": sku, "available": None, "isAvailable": level != "OUT", "level": level, "reasons": [],
        "nextAvailableAt": None, "nextAvailableQuantity": None, "limitingComponents": [], "substitutes": [],
    }  # fmt: skip


async def test_shows_levels_and_no_numbers(graph: GraphClient, shop: GivenTenant) -> None:
    """In stock, low, out: enough for a shopper, too little for a competitor. Not why, and not of what it is made."""
    found = await seen(graph, ["PIE", "OUT", "CUT", "MENU", "?"], x_tenant_slug=shop.slug)
    assert found == [
        shown("PIE", "IN_STOCK"), shown("OUT", "OUT"), shown("CUT", "UNTRACKED"), shown("MENU", "OUT"), shown("?", "OUT"),
    ]  # fmt: skip


async def test_finds_the_tenant_by_an_outlet(graph: GraphClient, shop: GivenTenant) -> None:
    """The outlet's id is public and the same in every service; a shop needs no other key. It is the outlet's stock then."""
    assert await seen(graph, ["PIE"], shop.outlet_id) == [shown("PIE", "IN_STOCK")]


async def test_shows_nothing_where_the_tenant_does_not(graph: GraphClient, tenant: GivenTenant) -> None:
    """Shut is how a tenant begins; and shut is shut by every name."""
    await given_shop(tenant)
    for variables, headers in (
        ({"skus": ["PIE"]}, {"x-tenant-slug": tenant.slug}),
        ({"skus": ["PIE"], "outletId": str(tenant.outlet_id)}, {}),
    ):
        (error,) = await graph.errors(QUERY, variables, actor=NOBODY, headers=headers)
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert error["message"] == "This tenant shows its stock levels to nobody without a token."


@pytest.mark.parametrize("slug", [None, "no-such-tenant", "", "x" * 300])
async def test_needs_a_tenant(graph: GraphClient, shop: GivenTenant, slug: str | None) -> None:
    """Nobody of nowhere sees nothing, nor does who names what does not exist; and learns nothing by guessing."""
    headers = {"x-tenant-slug": slug} if slug is not None else {}
    (error,) = await graph.errors(QUERY, {"skus": ["PIE"]}, actor=NOBODY, headers=headers)
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    (error,) = await graph.errors(QUERY, {"skus": ["PIE"], "outletId": str(uuid4())}, actor=NOBODY)
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_stays_with_the_first_tenant_that_is_named(graph: GraphClient, shop: GivenTenant) -> None:
    """A header wins over an outlet: another tenant's outlet has nothing of this one's, and shows nothing of its own."""
    other = await given_tenant(shop.database, public_levels=True)
    await given_shop(other, quantity="77")
    found = await seen(graph, ["PIE"], other.outlet_id, x_tenant_slug=shop.slug)
    assert found == [shown("PIE", "OUT")]


async def test_with_a_token_is_of_the_tokens_tenant(graph: GraphClient, tenant: GivenTenant, shop: GivenTenant) -> None:
    """Whatever header or outlet is named besides."""
    await given_shop(tenant, quantity="5")
    for variables, headers in (
        ({"skus": ["PIE"]}, {"x-tenant-slug": shop.slug}),
        ({"skus": ["PIE"]}, {"x-tenant-id": str(shop.id)}),
    ):
        (found,) = (await graph(QUERY, variables, headers=headers))["availability"]
        assert found["available"] == "5"
    elsewhere = {"skus": ["PIE"], "outletId": str(shop.outlet_id)}
    (found,) = (await graph(QUERY, elsewhere))["availability"]
    assert (found["available"], found["reasons"]) == ("0", ["NOT_STOCKED_HERE"])


async def test_with_a_token_without_the_permission_is_a_level(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who is known but may not see stock sees what a shopper would, also where visitors see nothing."""
    await given_shop(tenant)
    data = await graph(QUERY, {"skus": ["PIE"]}, actor=tenant.actor_with("inventory.items.view"))
    assert data["availability"] == [shown("PIE", "IN_STOCK")]


@pytest.mark.parametrize(
    "query",
    [
        '{ stockBalance(sku: "PIE") { onHand } }',
        '{ item(key: {sku: "PIE"}) { sku } }',
        "{ items { nodes { sku } } }",
        "{ warehouses { code } }",
        '{ _entities(representations: [{__typename: "Item", sku: "PIE"}]) { __typename } }',
        '{ _entities(representations: [{__typename: "StockBalance", id: "x"}]) { __typename } }',
    ],
)
async def test_is_all_that_a_visitor_sees(graph: GraphClient, shop: GivenTenant, query: str) -> None:
    """Also of a tenant that shows its levels."""
    errors = await graph.errors(query, actor=NOBODY, headers={"x-tenant-slug": shop.slug})
    assert {error["extensions"]["code"] for error in errors} == {"UNAUTHENTICATED"}
    data = (await graph.response(query, actor=NOBODY, headers={"x-tenant-slug": shop.slug})).json()["data"]
    assert data is None or data == {"_entities": [None]} or set(data.values()) == {None}


async def test_of_an_outlet_comes_with_the_reference(graph: GraphClient, shop: GivenTenant) -> None:
    """The router asks for the outlet of an order and gets what can be had there; a visitor sees the id it named."""
    query = """query($given: [_Any!]!) { _entities(representations: $given) {
      ... on Outlet { id code name availability(skus: ["PIE"]) { available level } } } }"""
    given = {"given": [{"__typename": "Outlet", "id": str(shop.outlet_id)}]}
    data = await graph(query, given, actor=NOBODY)
    assert data["_entities"] == [
        {
            "id": str(shop.outlet_id),
            "code": None,
            "name": None,
            "availability": [{"available": None, "level": "IN_STOCK"}],
        }
    ]
    data = await graph(query, given, actor=shop.actor)
    assert data["_entities"][0]["availability"] == [{"available": "3", "level": "IN_STOCK"}]


async def test_nobody_may_ask_whether_anybody_is_there(graph: GraphClient) -> None:
    """``{__typename}`` is how load balancers ask."""
    assert await graph("{ __typename }", actor=NOBODY) == {"__typename": "Query"}
