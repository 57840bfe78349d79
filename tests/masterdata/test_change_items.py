"""Making and changing items, variants, categories and units over GraphQL."""

from typing import Any

import pytest

from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_stock, given_variant
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

UPC = "036000291452"
ITEM = "item { id sku name description status unit { code } category { slug } tags barcodes { code } }"


async def skus(graph: GraphClient) -> list[str]:
    return [node["sku"] for node in (await graph("{ items { nodes { sku } } }"))["items"]["nodes"]]


async def test_creates_an_item(graph: GraphClient) -> None:
    """The input of the contract, and what stands in the tables afterwards."""
    await graph.accepted("createCategory", {"slug": "tea", "name": "Tea"})
    made = await graph.accepted(
        "createItem",
        {
            "sku": "TEA-1",
            "name": "Tea",
            "description": "Leaves",
            "type": "INGREDIENT",
            "tracking": "LOT",
            "unit": "kg",
            "categorySlug": "tea",
            "barcodes": [UPC],
            "tags": ["organic"],
            "metadata": {"price": 12.5},
            "shelfLifeDays": 90,
            "externalReference": "ref",
        },
        f"{ITEM} ",
    )
    assert made["item"] | {"id": None} == {
        "id": None,
        "sku": "TEA-1",
        "name": "Tea",
        "description": "Leaves",
        "status": "ACTIVE",
        "unit": {"code": "KG"},
        "category": {"slug": "tea"},
        "tags": ["organic"],
        "barcodes": [{"code": UPC}],
    }
    assert made["replayed"] is False
    variant = (await graph('{ variant(key: {sku: "TEA-1"}) { item { sku metadata tracking } } }'))["variant"]
    assert variant["item"] == {"sku": "TEA-1", "metadata": {"price": 12.5}, "tracking": "LOT"}


async def test_the_same_key_answers_the_same(graph: GraphClient, tenant: GivenTenant) -> None:
    """A till that lost the answer sends again and gets its item, not a second one nor a refusal."""
    given = {"idempotencyKey": "k-1", "sku": "A-1", "name": "A", "unit": "pc"}
    first = await graph.accepted("createItem", given, "item { id }")
    again = await graph.accepted("createItem", given, "item { id }")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["item"] == again["item"]
    assert len(await emitted(tenant, "inventory.item.created")) == 1
    conflict = await graph.refusal("createItem", given | {"name": "B"})
    assert (conflict["code"], conflict["path"]) == ("IDEMPOTENCY_CONFLICT", ["input", "name"])
    assert await skus(graph) == ["A-1"]


async def test_a_refusal_leaves_no_key_behind(graph: GraphClient) -> None:
    """What was refused is decided anew: the same request may succeed once its obstacle is gone."""
    given = {"idempotencyKey": "k-1", "sku": "A-1", "name": "A", "unit": "pc", "categorySlug": "tea"}
    assert (await graph.refusal("createItem", given))["code"] == "NOT_FOUND"
    await graph.accepted("createCategory", {"slug": "tea", "name": "Tea"})
    assert (await graph.accepted("createItem", given, "item { sku }"))["replayed"] is False


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"sku": "TAKEN"}, "ALREADY_EXISTS", ["input", "sku"]),
        ({"sku": " A"}, "INVALID_INPUT", ["input", "sku"]),
        ({"name": "\u0085"}, "INVALID_INPUT", ["input", "name"]),
        ({"unit": "furlong"}, "NOT_FOUND", ["input", "unit"]),
        ({"unit": "kg", "tracking": "SERIAL"}, "INVALID_INPUT", ["input", "tracking"]),
        ({"categorySlug": "none"}, "NOT_FOUND", ["input", "categorySlug"]),
        ({"barcodes": ["4006381333930"]}, "INVALID_INPUT", ["input", "barcodes", "0"]),
        ({"metadata": "text"}, "INVALID_INPUT", ["input", "metadata"]),
        ({"shelfLifeDays": -1}, "INVALID_INPUT", ["input", "shelfLifeDays"]),
        ({"idempotencyKey": ""}, "INVALID_INPUT", ["input", "idempotencyKey"]),
    ],
)
async def test_a_refusal_names_the_argument(
    graph: GraphClient, tenant: GivenTenant, given: dict[str, Any], code: str, path: list[str]
) -> None:
    """Forms mark the field by `path`; nothing is made and nobody is told."""
    await given_item(tenant, sku="TAKEN")
    await forget_emitted(tenant)
    error = await graph.refusal("createItem", {"sku": "A-1", "name": "A", "unit": "pc"} | given)
    assert (error["__typename"], error["code"], error["path"]) == ("RefusedError", code, path)
    assert await skus(graph) == ["TAKEN"]
    await assert_nothing_emitted(tenant)


async def test_updates_what_is_given_and_clears_what_is_null(graph: GraphClient, tenant: GivenTenant) -> None:
    """Left out and null are two things."""
    await given_item(tenant, sku="A-1", name="Old", description="Text", tags=["a"])
    key = {"item": {"sku": "A-1"}}
    after = await graph.accepted("updateItem", key | {"name": "New", "status": "DISCONTINUED"}, ITEM)
    assert (after["item"]["name"], after["item"]["description"], after["item"]["status"]) == (
        "New", "Text", "DISCONTINUED",
    )  # fmt: skip
    after = await graph.accepted("updateItem", key | {"description": None, "tags": []}, ITEM)
    assert (after["item"]["name"], after["item"]["description"], after["item"]["tags"]) == ("New", None, [])
    refused = await graph.refusal("updateItem", key | {"name": None})
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "name"])
    unknown = await graph.refusal("updateItem", {"item": {"barcode": "none"}, "name": "X"})
    assert (unknown["code"], unknown["path"]) == ("NOT_FOUND", ["input", "item", "barcode"])
    malformed = await graph.refusal("updateItem", {"item": {"id": "42"}, "name": "X"})
    assert (malformed["code"], malformed["path"]) == ("INVALID_INPUT", ["input", "item", "id"])


async def test_keeps_the_unit_of_what_has_moved(graph: GraphClient, tenant: GivenTenant) -> None:
    """The ledger is in that unit."""
    await given_item(tenant, sku="A-1")
    await given_stock(tenant, "A-1", "5")
    refused = await graph.refusal("updateItem", {"item": {"sku": "A-1"}, "unit": "kg"})
    assert (refused["code"], refused["path"]) == ("INVALID_TRANSITION", ["input", "unit"])
    assert (await graph('{ item(key: {sku: "A-1"}) { unit { code } } }'))["item"]["unit"] == {"code": "PIECE"}


async def test_archives_and_brings_back(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not while there is stock; what is archived refuses changes until it is back."""
    await given_item(tenant, sku="A-1")
    await given_item(tenant, sku="B-1")
    await given_stock(tenant, "A-1", "5")
    key = {"item": {"sku": "A-1"}}
    refused = await graph.refusal("archiveItem", key, input_type="ItemKeyInput")
    assert (refused["code"], refused["path"]) == ("INVALID_TRANSITION", ["input", "item"])
    key = {"item": {"sku": "B-1"}}
    status = "item { status }"
    assert (await graph.accepted("archiveItem", key, status, input_type="ItemKeyInput"))["item"] == {
        "status": "ARCHIVED"
    }
    inactive = await graph.refusal("updateItem", key | {"name": "X"})
    assert (inactive["code"], inactive["path"]) == ("ITEM_INACTIVE", ["input", "item"])
    back = await graph.accepted("reactivateItem", key, status, input_type="ItemKeyInput")
    assert back["item"] == {"status": "ACTIVE"}


async def test_creates_and_changes_a_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """One variant through all its verbs."""
    await given_item(tenant, sku="TEE", name="Tee")
    given = {
        "idempotencyKey": "k",
        "item": {"sku": "TEE"},
        "sku": "TEE-L",
        "attributes": [{"name": "Size", "value": "L"}],
        "barcodes": [UPC],
    }
    select = "variant { sku name status attributes { name value } barcodes { code unit { code } } item { sku } }"
    made = await graph.accepted("createVariant", given, select)
    assert made["variant"] == {
        "sku": "TEE-L",
        "name": "Tee – L",
        "status": "ACTIVE",
        "attributes": [{"name": "Size", "value": "L"}],
        "barcodes": [{"code": UPC, "unit": {"code": "PIECE"}}],
        "item": {"sku": "TEE"},
    }
    assert (await graph.accepted("createVariant", given, select))["replayed"] is True
    taken = await graph.refusal("createVariant", {"item": {"sku": "TEE"}, "sku": "TEE-L"})
    assert (taken["code"], taken["path"]) == ("ALREADY_EXISTS", ["input", "sku"])
    key = {"variant": {"sku": "TEE-L"}}
    changed = await graph.accepted(
        "updateVariant", key | {"name": "Large", "attributes": [{"name": "Size", "value": "XL"}]}, select
    )
    assert (changed["variant"]["name"], changed["variant"]["attributes"]) == (
        "Large", [{"name": "Size", "value": "XL"}],
    )  # fmt: skip
    twice = key | {"attributes": [{"name": "A", "value": "1"}, {"name": "a", "value": "2"}]}
    refused = await graph.refusal("updateVariant", twice)
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "attributes", "1", "name"])
    gone = await graph.accepted("archiveVariant", key, "variant { status }", input_type="VariantKeyInput")
    assert gone["variant"] == {"status": "ARCHIVED"}
    back = await graph.accepted("reactivateVariant", key, "variant { status }", input_type="VariantKeyInput")
    assert back["variant"] == {"status": "ACTIVE"}


async def test_adds_and_removes_a_barcode(graph: GraphClient, tenant: GivenTenant) -> None:
    """A box's own code, once the item says what a box is."""
    await given_item(tenant, sku="A-1")
    given = {"variant": {"sku": "A-1"}, "code": UPC, "unit": "box"}
    mismatch = await graph.refusal("addBarcode", given)
    assert (mismatch["code"], mismatch["path"]) == ("UNIT_MISMATCH", ["input", "unit"])
    bridge = {"item": {"sku": "A-1"}, "fromUnit": "BOX", "fromQuantity": "1", "toUnit": "PIECE", "toQuantity": "12"}
    bridged = await graph.accepted("setUnitBridge", bridge, "item { unitBridges { fromQuantity toQuantity } }")
    assert bridged["item"]["unitBridges"] == [{"fromQuantity": "1", "toQuantity": "12"}]
    added = await graph.accepted("addBarcode", given, "variant { barcodes { code symbology unit { code } } }")
    assert added["variant"]["barcodes"] == [{"code": UPC, "symbology": "UPC", "unit": {"code": "BOX"}}]
    removed = await graph.accepted("removeBarcode", {"code": UPC}, "variant { sku barcodes { code } }")
    assert removed["variant"] == {"sku": "A-1", "barcodes": []}
    assert (await graph.refusal("removeBarcode", {"code": UPC}))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"fromQuantity": "0"}, "INVALID_INPUT", ["input", "fromQuantity"]),
        ({"toQuantity": "-1"}, "INVALID_INPUT", ["input", "toQuantity"]),
        ({"fromUnit": "none"}, "NOT_FOUND", ["input", "fromUnit"]),
        ({"toUnit": "none"}, "NOT_FOUND", ["input", "toUnit"]),
        ({"fromUnit": "DOZEN"}, "INVALID_INPUT", ["input", "toUnit"]),
        ({"item": {"sku": "none"}}, "NOT_FOUND", ["input", "item", "sku"]),
    ],
)
async def test_refuses_a_bridge_that_leads_nowhere(
    graph: GraphClient, tenant: GivenTenant, given: dict[str, Any], code: str, path: list[str]
) -> None:
    """A bridge joins two units by how many of one are how many of the other."""
    await given_item(tenant, sku="A-1")
    bridge = {"item": {"sku": "A-1"}, "fromUnit": "BOX", "fromQuantity": "1", "toUnit": "PIECE", "toQuantity": "12"}
    error = await graph.refusal("setUnitBridge", bridge | given)
    assert (error["code"], error["path"]) == (code, path)
    assert (await graph('{ item(key: {sku: "A-1"}) { unitBridges { toQuantity } } }'))["item"]["unitBridges"] == []


async def test_creates_and_moves_a_category(graph: GraphClient) -> None:
    """The tree as a back office arranges it."""
    select = "category { slug name code position parent { slug } }"
    made = await graph.accepted(
        "createCategory", {"slug": "drinks", "name": "Drinks", "code": "D", "position": 2}, select
    )
    assert made["category"] == {"slug": "drinks", "name": "Drinks", "code": "D", "position": 2, "parent": None}
    await graph.accepted("createCategory", {"slug": "tea", "name": "Tea", "parentSlug": "drinks"})
    cycle = await graph.refusal("updateCategory", {"slug": "drinks", "parentSlug": "tea"})
    assert (cycle["code"], cycle["path"]) == ("INVALID_INPUT", ["input", "parentSlug"])
    moved = await graph.accepted("updateCategory", {"slug": "tea", "parentSlug": None, "name": "All tea"}, select)
    assert moved["category"] == {"slug": "tea", "name": "All tea", "code": None, "position": 0, "parent": None}
    taken = await graph.refusal("createCategory", {"slug": "tea", "name": "Tea"})
    assert (taken["code"], taken["path"]) == ("ALREADY_EXISTS", ["input", "slug"])
    refused = await graph.refusal("updateCategory", {"slug": "tea", "name": None})
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "name"])


async def test_creates_a_unit(graph: GraphClient) -> None:
    """A factor that no six digits hold is said as a ratio; the same key makes it once."""
    given = {
        "idempotencyKey": "k",
        "code": "TROY",
        "name": "Troy ounce",
        "abbreviation": "ozt",
        "dimension": "MASS",
        "baseQuantity": "31103.4768",
        "quantity": "1000",
    }
    made = await graph.accepted("createUnit", given, "unit { code dimension factor isWhole }")
    assert made["unit"] == {"code": "TROY", "dimension": "MASS", "factor": "19439673/625000", "isWhole": False}
    assert (await graph.accepted("createUnit", given))["replayed"] is True
    taken = await graph.refusal("createUnit", given | {"idempotencyKey": "other"})
    assert (taken["code"], taken["path"]) == ("ALREADY_EXISTS", ["input", "code"])
    for wrong, path in (
        ({"baseQuantity": "0"}, ["input", "baseQuantity"]),
        ({"quantity": "-1"}, ["input", "quantity"]),
        ({"baseQuantity": None}, ["input", "baseQuantity"]),
    ):
        error = await graph.refusal("createUnit", {**given, "code": "X", "idempotencyKey": None, **wrong})
        assert (error["code"], error["path"]) == ("INVALID_INPUT", path)
    assert not any(unit["code"] == "X" for unit in (await graph("{ units { code } }"))["units"])


@pytest.mark.parametrize(
    ("mutation", "given", "permission"),
    [
        ("createItem", {"sku": "B", "name": "B", "unit": "pc"}, "inventory.items.add"),
        ("updateItem", {"item": {"sku": "A-1"}, "name": "B"}, "inventory.items.change"),
        ("archiveItem", {"item": {"sku": "A-1"}}, "inventory.items.delete"),
        ("reactivateItem", {"item": {"sku": "A-1"}}, "inventory.items.delete"),
        ("createVariant", {"item": {"sku": "A-1"}, "sku": "B"}, "inventory.variants.add"),
        ("updateVariant", {"variant": {"sku": "A-2"}, "name": "B"}, "inventory.variants.change"),
        ("archiveVariant", {"variant": {"sku": "A-2"}}, "inventory.variants.delete"),
        ("reactivateVariant", {"variant": {"sku": "A-2"}}, "inventory.variants.delete"),
        ("addBarcode", {"variant": {"sku": "A-1"}, "code": "X"}, "inventory.variants.change"),
        ("removeBarcode", {"code": "CODE"}, "inventory.variants.change"),
        (
            "setUnitBridge",
            {"item": {"sku": "A-1"}, "fromUnit": "BOX", "fromQuantity": "1", "toUnit": "pc", "toQuantity": "2"},
            "inventory.items.change",
        ),
        ("createCategory", {"slug": "b", "name": "B"}, "inventory.categories.add"),
        ("updateCategory", {"slug": "b", "name": "B"}, "inventory.categories.change"),
        (
            "createUnit",
            {"code": "B", "name": "B", "abbreviation": "b", "dimension": "COUNT"},
            "inventory.units.add",
        ),
    ],
)
async def test_needs_a_permission(
    graph: GraphClient, tenant: GivenTenant, mutation: str, given: dict[str, Any], permission: str
) -> None:
    """Each verb names the permission it lacks, and does nothing without it."""
    item = await given_item(tenant, sku="A-1", barcodes=["CODE"])
    await given_variant(tenant, item, sku="A-2")
    await forget_emitted(tenant)
    kinds = {"archiveItem": "ItemKeyInput", "reactivateItem": "ItemKeyInput"}
    kinds |= {"archiveVariant": "VariantKeyInput", "reactivateVariant": "VariantKeyInput"}
    actor = tenant.actor_as("viewer")
    error = await graph.refusal(mutation, given, actor=actor, input_type=kinds.get(mutation))
    assert error["code"] == "FORBIDDEN"
    assert permission in error["message"]
    await assert_nothing_emitted(tenant)
