"""Items and variants over GraphQL: keys, pages, filters, references, and what they cost."""

from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from tests.given.items import (
    given_category,
    given_item,
    given_stock,
    given_unit_bridge,
    given_variant,
    variant_of_sku,
)
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.statements import Counted, CountingDatabase, statements

UPC = "036000291452"
PAGE = """
  query($first: Int!) { items(first: $first) { nodes {
    sku name unit { code } category { slug } barcodes { code } variants { nodes { sku } }
  } } }
"""
SKUS = "query($filter: ItemFilter) { items(filter: $filter) { totalCount nodes { sku } } }"


def assert_at_most(counted: Counted, number: int) -> None:
    """Count the statements of the operation: what the driver asks a connection once, about the types of arrays, is not its."""
    Counted([text for text in counted.texts if "current_setting('jit')" not in text]).assert_at_most(number)


async def given_shirts(tenant: GivenTenant, number: int) -> None:
    await given_category(tenant, "shirts")
    news = [
        NewItem(
            sku=f"SHIRT-{each:03}",
            name=f"Shirt {each}",
            unit="pc",
            category_slug="shirts",
            variants=[NewVariant(sku=f"SHIRT-{each:03}-{size}", barcodes=[f"{each:03}-{size}"]) for size in "SML"],
        )
        for each in range(number)
    ]
    await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=news))


@pytest.mark.parametrize("first", [1, 100])
async def test_a_page_costs_five_statements_whatever_its_size(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase, first: int
) -> None:
    """Items, units, categories, barcodes and variants: one statement each, not one for each row."""
    await given_shirts(tenant, 100)
    async with statements(database) as counted:
        data = await graph(PAGE, {"first": first})
    assert_at_most(counted, 5)
    nodes = data["items"]["nodes"]
    assert len(nodes) == first
    assert nodes[0] == {
        "sku": "SHIRT-000",
        "name": "Shirt 0",
        "unit": {"code": "PIECE"},
        "category": {"slug": "shirts"},
        "barcodes": [{"code": "000-S"}, {"code": "000-M"}, {"code": "000-L"}],
        "variants": {"nodes": [{"sku": f"SHIRT-000-{size}"} for size in "SML"]},
    }


async def test_a_look_up_by_sku_costs_one_statement(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """The query that tills and shops send most."""
    await given_item(tenant, sku="A-1")
    for field in ("item", "variant"):
        async with statements(database) as counted:
            data = await graph(f'{{ {field}(key: {{sku: "A-1"}}) {{ id sku name status }} }}')
        assert_at_most(counted, 1)
        assert data[field]["sku"] == "A-1"


async def test_every_key_finds_the_same(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whichever name a system knows an item by leads to it."""
    item = await given_item(tenant, sku="A-1", barcodes=[UPC], external_reference="ref")
    variant = await variant_of_sku(tenant, "A-1")
    query = "query($key: ItemKey!) { item(key: $key) { id } variant(key: $key) { id } }"
    for key in ({"sku": "A-1"}, {"barcode": UPC}, {"barcode": f"0{UPC}"}, {"externalReference": "ref"}):
        assert await graph(query, {"key": key}) == {"item": {"id": str(item.id)}, "variant": {"id": str(variant.id)}}
    assert (await graph(query, {"key": {"id": str(item.id)}}))["item"] == {"id": str(item.id)}
    assert (await graph(query, {"key": {"id": str(variant.id)}}))["variant"] == {"id": str(variant.id)}


@pytest.mark.parametrize(
    "key",
    [
        {"sku": "nothing"}, {"sku": ""}, {"id": str(uuid4())}, {"id": "42"}, {"id": ""}, {"barcode": "1"},
        {"externalReference": "none"}, {"externalReference": ""},
    ],
)  # fmt: skip
async def test_an_unknown_key_reads_null(graph: GraphClient, tenant: GivenTenant, key: dict[str, str]) -> None:
    """Asking is no mistake, and an id that is none names nothing."""
    await given_item(tenant)
    data = await graph("query($key: ItemKey!) { item(key: $key) { id } variant(key: $key) { id } }", {"key": key})
    assert data == {"item": None, "variant": None}


@pytest.mark.parametrize("key", [{}, {"sku": "A", "barcode": "B"}, {"sku": None}, {"name": "A"}])
async def test_a_key_is_exactly_one(graph: GraphClient, key: dict[str, Any]) -> None:
    """Two names might name two items."""
    (error, *_) = await graph.errors("query($key: ItemKey!) { item(key: $key) { id } }", {"key": key})
    assert "ItemKey" in error["message"] or "key" in error["message"]


async def test_another_tenant_reads_null(graph: GraphClient, database: CountingDatabase) -> None:
    """Names and ids of another tenant are unknown names and ids."""
    other = await given_tenant(database)
    item = await given_item(other, sku="SECRET", barcodes=[UPC], external_reference="ref")
    query = "query($key: ItemKey!) { item(key: $key) { name } variant(key: $key) { name } }"
    for key in ({"sku": "SECRET"}, {"id": str(item.id)}, {"barcode": UPC}, {"externalReference": "ref"}):
        assert await graph(query, {"key": key}) == {"item": None, "variant": None}
    assert (await graph(SKUS))["items"] == {"totalCount": 0, "nodes": []}


async def test_goes_through_the_pages(graph: GraphClient, tenant: GivenTenant) -> None:
    """endCursor is the `after` of the next page, until there is none."""
    await given_shirts(tenant, 7)
    query = """
      query($after: String) { items(first: 3, after: $after, orderBy: {field: NAME, direction: DESC}) {
        totalCount nodes { name } edges { cursor node { sku } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }
    """
    names: list[str] = []
    after = None
    while True:
        page = (await graph(query, {"after": after}))["items"]
        names.extend(node["name"] for node in page["nodes"])
        assert page["totalCount"] == 7
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert names == [f"Shirt {number}" for number in range(6, -1, -1)]


async def test_goes_through_the_variants_of_an_item(graph: GraphClient, tenant: GivenTenant) -> None:
    """A nested list has pages of its own."""
    item = await given_item(tenant, sku="TEE")
    for size in "ABC":
        await given_variant(tenant, item, sku=f"TEE-{size}")
    query = """
      query($after: String) { item(key: {sku: "TEE"}) { variants(first: 3, after: $after) {
        totalCount nodes { sku item { sku } } pageInfo { hasNextPage endCursor }
      } } }
    """
    first = (await graph(query))["item"]["variants"]
    assert [node["sku"] for node in first["nodes"]] == ["TEE", "TEE-A", "TEE-B"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (4, True)
    second = (await graph(query, {"after": first["pageInfo"]["endCursor"]}))["item"]["variants"]
    assert second["nodes"] == [{"sku": "TEE-C", "item": {"sku": "TEE"}}]
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        "first: 0",
        "first: 101",
        "first: -1",
        'after: "nonsense"',
        'after: "WyJhIl0"',
        'filter: {text: "a b c d e f g h i"}',
    ],
)
async def test_refuses_a_page_that_is_none(graph: GraphClient, tenant: GivenTenant, arguments: str) -> None:
    """Never a silent cap, and never somewhere in the middle."""
    await given_item(tenant)
    (error,) = await graph.errors(f"{{ items({arguments}) {{ nodes {{ sku }} }} }}")
    assert error["path"] == ["items"]
    assert any(word in error["message"] for word in ("first is", "cursor", "Search takes"))


@pytest.mark.parametrize("after", ["WzBd", "WyIwIl0", "WzIxNDc0ODM2NDhd", "WzEuNV0", "W3RydWVd", "WzEsMl0"])
async def test_refuses_a_cursor_of_another_list(graph: GraphClient, tenant: GivenTenant, after: str) -> None:
    """What was no cursor of these variants must not fail in the database."""
    await given_item(tenant, sku="TEE")
    query = 'query($after: String) { item(key: {sku: "TEE"}) { variants(after: $after) { nodes { sku } } } }'
    if after == "WzBd":  # the position [0], which is one
        assert (await graph(query, {"after": after}))["item"]["variants"]["nodes"] == []
        return
    (error,) = await graph.errors(query, {"after": after})
    assert "not a cursor" in error["message"]


async def test_narrows_the_list(graph: GraphClient, tenant: GivenTenant) -> None:
    """Every part of the filter, as a back office sends it."""
    await given_category(tenant, "drinks")
    await given_category(tenant, "tea", parent="drinks")
    await given_warehouse(tenant, code="BACK")
    await given_item(tenant, sku="A", name="Green tea", category_slug="tea", tags=["organic"])
    await given_item(tenant, sku="B", name="Milk", type="INGREDIENT", category_slug="drinks")
    await given_item(tenant, sku="C", name="Advice", type="SERVICE", status="DISCONTINUED")
    since = (await graph('{ item(key: {sku: "C"}) { updatedAt } }'))["item"]["updatedAt"]
    await given_stock(tenant, "A", "5", warehouse_code="BACK")
    for wanted, skus in (
        ({}, ["A", "B", "C"]),
        ({"text": "gre te"}, ["A"]),
        ({"type": ["GOODS", "SERVICE"]}, ["A", "C"]),
        ({"status": ["ACTIVE"]}, ["A", "B"]),
        ({"categorySlug": "drinks"}, ["A", "B"]),
        ({"tag": "organic"}, ["A"]),
        ({"updatedSince": since}, ["C"]),
        ({"lowStock": True}, []),
        ({"lowStock": False}, ["A", "B", "C"]),
        ({"warehouse": {"code": "BACK"}}, ["A"]),
        ({"warehouse": {"code": "BACK"}, "lowStock": True}, []),
        ({"warehouse": {"code": "MAIN"}}, []),
        ({"warehouse": {"code": "NOWHERE"}}, []),
        ({"warehouse": {"id": str(tenant.warehouse_id)}}, []),
        ({"type": ["GOODS"], "status": ["DISCONTINUED"]}, []),
    ):
        page = (await graph(SKUS, {"filter": wanted}))["items"]
        assert [node["sku"] for node in page["nodes"]] == skus, wanted
        assert page["totalCount"] == len(skus), wanted


async def test_who_counts_is_not_told_what_the_book_expects(graph: GraphClient, tenant: GivenTenant) -> None:
    """Items they may see, but neither which of them are low nor what a warehouse has of them: in a list as in its file."""
    await given_item(tenant, sku="A")
    counter = tenant.actor_as("stock_counter")
    assert [node["sku"] for node in (await graph(SKUS, {"filter": {}}, actor=counter))["items"]["nodes"]] == ["A"]
    export = "query($filter: ItemFilter!) { export(of: {items: $filter}) { url } }"
    for wanted in ({"lowStock": True}, {"warehouse": {"code": "MAIN"}}, {"warehouse": {"code": "NOWHERE"}}):
        for query in (SKUS, export):
            (error,) = await graph.errors(query, {"filter": wanted}, actor=counter)
            assert error["extensions"]["code"] == "FORBIDDEN"
            assert "inventory.stock.view" in error["message"]


async def test_shows_everything_about_an_item(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is not said of an item itself comes from its tenant."""
    loaf = await given_item(
        tenant, sku="LOAF", metadata={"price": "250"}, shelf_life_days=3, removal_strategy="FIFO", allergens=["gluten"],
        controlled_class="S2",
    )  # fmt: skip
    await given_unit_bridge(tenant, loaf, "SLICE", "PIECE", Fraction(1, 20))
    data = await graph(
        """{ item(key: {sku: "LOAF"}) {
          type status tracking description tags metadata shelfLifeDays allowNegative removalStrategy externalReference
          allergens controlledClass
          category { slug } unit { code name abbreviation dimension factor isWhole }
          unitBridges { fromQuantity fromUnit { code } toQuantity toUnit { code } }
        } }"""
    )
    assert data["item"] == {
        "type": "GOODS",
        "status": "ACTIVE",
        "tracking": "NONE",
        "description": None,
        "tags": [],
        "metadata": {"price": "250"},
        "shelfLifeDays": 3,
        "allowNegative": False,
        "removalStrategy": "FIFO",
        "allergens": ["gluten"],
        "controlledClass": "S2",
        "externalReference": None,
        "category": None,
        "unit": {
            "code": "PIECE",
            "name": "Piece",
            "abbreviation": "pc",
            "dimension": "COUNT",
            "factor": "1",
            "isWhole": True,
        },
        "unitBridges": [
            {"fromQuantity": "20", "fromUnit": {"code": "SLICE"}, "toQuantity": "1", "toUnit": {"code": "PIECE"}}
        ],
    }


ENTITIES = """
  query($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename ... on Item { sku } ... on Variant { sku }
  } }
"""


async def test_references_are_resolved_in_batches(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """A router asks for many at once: one statement for each type and kind of key, answers in their places, null for none."""
    await given_shirts(tenant, 20)
    item = await given_item(tenant, sku="A-1")
    variant = await variant_of_sku(tenant, "A-1")
    representations = [
        *({"__typename": "Item", "sku": f"SHIRT-{number:03}"} for number in range(20)),
        *({"__typename": "Variant", "sku": f"SHIRT-{number:03}-S"} for number in range(20)),
        {"__typename": "Item", "id": str(item.id)},
        {"__typename": "Variant", "id": str(variant.id)},
        {"__typename": "Item", "sku": "nothing"},
        {"__typename": "Variant", "id": "42"},
        {"__typename": "Item", "id": "42"},
    ]
    async with statements(database) as counted:
        found = (await graph(ENTITIES, {"representations": representations}))["_entities"]
    assert_at_most(counted, 4)
    assert [entity["sku"] if entity else None for entity in found] == [
        *(f"SHIRT-{number:03}" for number in range(20)),
        *(f"SHIRT-{number:03}-S" for number in range(20)),
        "A-1",
        "A-1",
        None,
        None,
        None,
    ]
    assert {entity["__typename"] for entity in found if entity} == {"Item", "Variant"}


async def test_an_items_sku_is_no_key_of_its_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """The reference of another subgraph must come back under the key it was asked by."""
    handle = NewItem(sku="tee", name="Tee", unit="pc", variants=[NewVariant(sku="TEE-1")])
    await tenant.database.write(tenant.actor, lambda tx: create_items(tx, items=[handle]))
    assert (await graph('{ variant(key: {sku: "tee"}) { sku } }'))["variant"] == {"sku": "TEE-1"}
    given = [{"__typename": "Variant", "sku": "tee"}, {"__typename": "Variant", "sku": "TEE-1"}]
    found = (await graph(ENTITIES, {"representations": given}))["_entities"]
    assert found == [None, {"__typename": "Variant", "sku": "TEE-1"}]


async def test_needs_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who may not view items learns nothing of them, by no way in."""
    await given_item(tenant, sku="A-1")
    actor = tenant.actor_with("inventory.stock.view")
    for query in (
        '{ item(key: {sku: "A-1"}) { sku } }',
        '{ variant(key: {sku: "A-1"}) { sku } }',
        "{ items { nodes { sku } } }",
        '{ _entities(representations: [{__typename: "Item", sku: "A-1"}]) { ... on Item { sku } } }',
    ):
        errors = await graph.errors(query, actor=actor)
        assert "inventory.items.view" in errors[0]["message"]


async def test_shows_the_tree_of_categories(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Each level is one statement, however wide the tree."""
    for root in ("drinks", "food"):
        await given_category(tenant, root)
        for child in range(5):
            await given_category(tenant, f"{root}-{child}", parent=root)
    async with statements(database) as counted:
        data = await graph(
            "{ categories { slug parent { slug } children { slug children { slug } parent { slug } } } }"
        )
    assert_at_most(counted, 4)
    assert [each["slug"] for each in data["categories"]] == ["drinks", "food"]
    assert data["categories"][0]["children"][4] == {"slug": "drinks-4", "children": [], "parent": {"slug": "drinks"}}
    assert (await graph('{ category(slug: "food") { name } }'))["category"] == {"name": "Food"}
    assert (await graph('{ category(slug: "none") { name } }'))["category"] is None


async def test_lists_the_units(graph: GraphClient) -> None:
    """A form needs them all, with their exact factors."""
    units = {unit["code"]: unit for unit in (await graph("{ units { code abbreviation factor isWhole } }"))["units"]}
    assert units["KG"] == {"code": "KG", "abbreviation": "kg", "factor": "1000", "isWhole": False}
    assert units["POUND"]["factor"] == "45359237/100000"
    assert units["SLICE"] == {"code": "SLICE", "abbreviation": "slice", "factor": None, "isWhole": True}
