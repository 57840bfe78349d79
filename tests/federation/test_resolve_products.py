"""Products of a catalogue: what the stock side says of an SKU to staff, to shoppers, and of SKUs that it does not know."""

from typing import Any

import pytest

from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from tests.given.items import given_item, given_variant
from tests.given.recipes import component, given_recipe
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.graph import NOBODY, GraphClient

ALL = "sku availability { available level isAvailable reasons } variant { sku } item { sku }"


def query(fields: str = ALL) -> str:
    """What a router asks with the keys that the catalogue gave."""
    return f"query($given: [_Any!]!) {{ _entities(representations: $given) {{ ... on Product {{ {fields} }} }} }}"


def products(*skus: str) -> dict[str, Any]:
    return {"given": [{"__typename": "Product", "sku": sku} for sku in skus]}


async def test_says_what_is_stocked_under_the_sku(graph: GraphClient, tenant: GivenTenant) -> None:
    """An SKU of the catalogue is that of a variant, of an item, or of both: each leads to what there is."""
    await given_item(tenant, sku="PIE")
    shirt = await given_item(tenant, sku="SHIRT")
    await given_variant(tenant, shirt, sku="SHIRT-L")
    await given_stock(tenant, "PIE", "3")
    await given_stock(tenant, "SHIRT-L", "4")
    await given_recipe(tenant, "MENU", component("PIE", "2"))
    found = (await graph(query(), products("SHIRT-L", "PIE", "MENU")))["_entities"]
    assert [(each["sku"], each["availability"]["available"], each["variant"], each["item"]) for each in found] == [
        ("SHIRT-L", "4", {"sku": "SHIRT-L"}, {"sku": "SHIRT"}),
        ("PIE", "3", {"sku": "PIE"}, {"sku": "PIE"}),
        ("MENU", "1", {"sku": "MENU"}, {"sku": "MENU"}),
    ]


async def test_of_an_item_with_several_variants_has_no_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """A catalogue that sells the shirt, whatever its size: there is no saying which variant, but how many there are."""
    shirt = NewItem(
        sku="SHIRT", name="Shirt", unit="PIECE", variants=[NewVariant(sku="SHIRT-S"), NewVariant(sku="SHIRT-L")]
    )
    await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=[shirt]))
    await given_stock(tenant, "SHIRT-L", "4")
    await given_stock(tenant, "SHIRT-S", "5")
    (found,) = (await graph(query(), products("SHIRT")))["_entities"]
    assert (found["variant"], found["item"], found["availability"]["available"]) == (None, {"sku": "SHIRT"}, "9")


async def test_of_an_unknown_sku_is_null(graph: GraphClient, tenant: GivenTenant) -> None:
    """A voucher that only the catalogue knows keeps its name and its price; there is just nothing to say of it here."""
    await given_item(tenant, sku="PIE")
    found = (await graph(query("sku"), products("PIE", "VOUCHER-50")))["_entities"]
    assert found == [{"sku": "PIE"}, None]


async def test_looks_where_it_is_told_to(graph: GraphClient, tenant: GivenTenant) -> None:
    """A shop asks for what its own outlet has."""
    store = await given_warehouse(tenant, code="STORE")
    await given_item(tenant, sku="PIE")
    await given_stock(tenant, "PIE", "3")
    await given_stock(tenant, "PIE", "40", warehouse=store)
    fields = (
        f'here: availability(outletId: "{tenant.outlet_id}") {{ available }}'
        f' there: availability(warehouseId: "{store.id}") {{ available }} all: availability {{ available }}'
    )
    (found,) = (await graph(query(fields), products("PIE")))["_entities"]
    assert {name: each["available"] for name, each in found.items()} == {"here": "3", "there": "40", "all": "43"}


async def test_is_off_sale_where_and_how_somebody_said(graph: GraphClient, tenant: GivenTenant) -> None:
    """The web shop leaves it out and the counter sells on."""
    await given_item(tenant, sku="PIE")
    await given_stock(tenant, "PIE", "3")
    stop = {"idempotencyKey": "k", "item": {"sku": "PIE"}, "channel": "web", "reason": "Too late to deliver"}
    await graph.accepted("stopSale", stop)
    fields = (
        'web: availability(channel: "web") { isAvailable reasons } till: availability(channel: "pos") { isAvailable }'
    )
    (found,) = (await graph(query(fields), products("PIE")))["_entities"]
    assert found["web"] == {"isAvailable": False, "reasons": ["MANUALLY_DISABLED"]}
    assert found["till"] == {"isAvailable": True}


async def test_shows_shoppers_levels_and_not_which_skus_are_known(graph: GraphClient) -> None:
    """Like the query ``availability``: an unknown SKU is out of stock, as anything is that there is nothing of."""
    shop = await given_tenant(graph.tenant.database, public_levels=True)
    await given_item(shop, sku="PIE")
    await given_stock(shop, "PIE", "3")
    fields = "sku availability { available level isAvailable reasons }"
    data = await graph(query(fields), products("PIE", "?"), actor=NOBODY, headers={"x-tenant-slug": shop.slug})
    hidden: dict[str, Any] = {"available": None, "reasons": []}
    assert data["_entities"] == [
        {"sku": "PIE", "availability": {"level": "IN_STOCK", "isAvailable": True, **hidden}},
        {"sku": "?", "availability": {"level": "OUT", "isAvailable": False, **hidden}},
    ]


@pytest.mark.parametrize("field", ["variant { sku }", "item { sku }"])
async def test_leads_shoppers_no_further(graph: GraphClient, field: str) -> None:
    """The product stands, with its error at the field that is not for them."""
    shop = await given_tenant(graph.tenant.database, public_levels=True)
    await given_item(shop, sku="PIE")
    response = await graph.response(
        query(f"sku {field}"), products("PIE"), actor=NOBODY, headers={"x-tenant-slug": shop.slug}
    )
    name = field.partition(" ")[0]
    assert response.json()["data"] == {"_entities": [{"sku": "PIE", name: None}]}
    assert [(each["path"], each["extensions"]["code"]) for each in response.json()["errors"]] == [
        (["_entities", 0, name], "UNAUTHENTICATED")
    ]


async def test_keeps_the_product_where_levels_are_shown_to_nobody(graph: GraphClient, tenant: GivenTenant) -> None:
    """A refusal of the stock side must not empty the catalogue's page."""
    await given_item(tenant, sku="PIE")
    response = await graph.response(
        query("sku availability { level }"), products("PIE"), actor=NOBODY, headers={"x-tenant-slug": tenant.slug}
    )
    assert response.json()["data"] == {"_entities": [{"sku": "PIE", "availability": None}]}
    assert [each["extensions"]["code"] for each in response.json()["errors"]] == ["FORBIDDEN"]


async def test_is_where_a_variant_leads_back_to(graph: GraphClient, tenant: GivenTenant) -> None:
    """From the stock list to the catalogue's name and price: the router fills in what it knows by this SKU."""
    await given_item(tenant, sku="PIE")
    data = await graph('{ variant(key: {sku: "PIE"}) { product { __typename sku availability { level } } } }')
    assert data["variant"]["product"] == {"__typename": "Product", "sku": "PIE", "availability": {"level": "OUT"}}
