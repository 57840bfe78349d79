"""Reading what may stand in for variants: what is allowed now, in order, and at what cost."""

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inventory_graph.db import Transaction
from inventory_graph.masterdata.ingredients import ingredients_by_item
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.substitutes import set_substitute, substitutes_today
from tests.given.items import given_item
from tests.given.recipes import component, given_recipe, given_version, variant_ids
from tests.given.selling import given_substitute
from tests.given.tenants import TIMEZONE, GivenTenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

SEED = 20261122


async def offered(graph: GraphClient, sku: str) -> list[str]:
    query = "query($sku: String!) { variant(key: {sku: $sku}) { substitutes { variant { sku } } } }"
    found = (await graph(query, {"sku": sku}))["variant"]["substitutes"]
    return [each["variant"]["sku"] for each in found]


async def test_are_in_the_order_in_which_they_are_offered(graph: GraphClient, tenant: GivenTenant) -> None:
    """By priority; among equals by SKU."""
    for sku in ("A", "B", "C", "D"):
        await given_item(tenant, sku=sku)
    await given_substitute(graph, "A", "D", priority=5)
    await given_substitute(graph, "A", "C", priority=5)
    await given_substitute(graph, "A", "B", priority=9)
    assert await offered(graph, "A") == ["C", "D", "B"]


async def test_leave_out_what_came_to_bring_an_allergen(graph: GraphClient, tenant: GivenTenant) -> None:
    """The baker changed the dough after the pair was stated. It is back when the two agree again."""
    for sku in ("WHITE", "DARK"):
        await given_item(tenant, sku=sku)
    await given_substitute(graph, "WHITE", "DARK")
    await graph.accepted("updateItem", {"item": {"sku": "DARK"}, "allergens": ["sesame"]})
    assert await offered(graph, "WHITE") == []
    await graph.accepted("updateItem", {"item": {"sku": "WHITE"}, "allergens": ["sesame", "gluten"]})
    assert await offered(graph, "WHITE") == ["DARK"]
    await graph.accepted("updateItem", {"item": {"sku": "WHITE"}, "allergens": []})
    assert await offered(graph, "WHITE") == []


async def test_leave_out_a_dish_whose_new_recipe_brings_an_allergen(graph: GraphClient, tenant: GivenTenant) -> None:
    """The version in force counts; tomorrow's does not yet."""
    await given_item(tenant, sku="RICE")
    await given_item(tenant, sku="CRAB", allergens=["crustaceans"])
    await given_recipe(tenant, "DISH", component("RICE", "1"))
    other, _ = await given_recipe(tenant, "OTHER", component("RICE", "2"))
    await given_substitute(graph, "DISH", "OTHER")
    tomorrow = datetime.now(ZoneInfo(TIMEZONE)) + timedelta(days=1)
    await given_version(tenant, other, component("CRAB", "1"), effective_from=tomorrow)
    assert await offered(graph, "DISH") == ["OTHER"]
    await given_version(tenant, other, component("RICE", "1"), component("CRAB", "1"))
    assert await offered(graph, "DISH") == []


async def test_leave_out_what_came_to_be_of_another_controlled_class(graph: GraphClient, tenant: GivenTenant) -> None:
    """The law changed after the pair was stated."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    await given_substitute(graph, "A", "B")
    await graph.accepted("updateItem", {"item": {"sku": "B"}, "controlledClass": "S3"})
    assert await offered(graph, "A") == []
    await graph.accepted("updateItem", {"item": {"sku": "A"}, "controlledClass": "S3"})
    assert await offered(graph, "A") == ["B"]


async def test_leave_out_what_is_archived(graph: GraphClient, tenant: GivenTenant) -> None:
    """A variant by itself or with its item; both come back."""
    for sku in ("A", "B", "C"):
        await given_item(tenant, sku=sku)
    await given_substitute(graph, "A", "B")
    await given_substitute(graph, "A", "C")
    await graph.accepted("archiveItem", {"item": {"sku": "B"}}, input_type="ItemKeyInput")
    await graph.accepted("archiveVariant", {"variant": {"sku": "C"}}, input_type="VariantKeyInput")
    assert await offered(graph, "A") == []
    await graph.accepted("reactivateItem", {"item": {"sku": "B"}}, input_type="ItemKeyInput")
    await graph.accepted("reactivateVariant", {"variant": {"sku": "C"}}, input_type="VariantKeyInput")
    assert await offered(graph, "A") == ["B", "C"]


async def test_end_with_their_last_day(graph: GraphClient, tenant: GivenTenant) -> None:
    """By the tenant's calendar. What begins later is shown, for it is planned, but not counted as of today."""
    for sku in ("A", "OVER", "LAST", "FIRST", "LATER"):
        await given_item(tenant, sku=sku)
    today = datetime.now(ZoneInfo(TIMEZONE)).date()
    yesterday, tomorrow = ((today + timedelta(days=days)).isoformat() for days in (-1, 1))
    await given_substitute(graph, "A", "OVER", validUntil=yesterday, priority=1)
    await given_substitute(graph, "A", "LAST", validUntil=today.isoformat(), priority=2)
    await given_substitute(graph, "A", "FIRST", validFrom=today.isoformat(), priority=3)
    await given_substitute(graph, "A", "LATER", validFrom=tomorrow, priority=4)
    assert await offered(graph, "A") == ["LAST", "FIRST", "LATER"]
    (original, last, first) = await variant_ids(tenant, "A", "LAST", "FIRST")
    async with tenant.database.read(tenant.actor) as tx:
        found = (await substitutes_today(tx, [original]))[original]
    assert [each.substitute_variant_id for each in found] == [last, first]


async def test_of_fifty_variants_take_two_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Besides the items, their variants and the variants that stand in: five for a page, however many there are."""
    skus = [f"S-{number:02}" for number in range(50)]

    async def create(tx: Transaction) -> None:
        for sku in skus:
            await create_item(tx, sku=sku, name=sku, unit="PIECE", allergens=["milk"])

    await tenant.database.write(tenant.actor, create)
    ids = await variant_ids(tenant, *skus)

    async def pair_up(tx: Transaction) -> None:
        for number, variant_id in enumerate(ids):
            for step in (1, 2, 3):
                await set_substitute(tx, variant_id=variant_id, substitute_variant_id=ids[(number + step) % 50])

    await tenant.database.write(tenant.actor, pair_up)
    query = "{ items(first: 50) { nodes { variants { nodes { sku substitutes { factor variant { sku } } } } } } }"
    async with statements(database) as counted:
        data = await graph(query)
    counted.assert_at_most(5)
    assert all(
        len(variant["substitutes"]) == 3 for item in data["items"]["nodes"] for variant in item["variants"]["nodes"]
    )


async def test_know_what_is_in_a_dish_however_deep(tenant: GivenTenant) -> None:
    """Forty dishes of dishes against a walk over the same bills: each allergen below is found, and whether it is certain."""
    source = random.Random(SEED)
    certain: dict[str, set[str]] = {}
    possible: dict[str, set[str]] = {}
    ids: dict[str, Any] = {}
    for number in range(20):
        sku = f"RAW-{number}"
        allergens = source.sample(["milk", "eggs", "soya", "fish", "mustard"], k=source.randint(0, 2))
        ids[sku] = (await given_item(tenant, sku=sku, allergens=allergens)).id
        certain[sku] = possible[sku] = set(allergens)
    # No more than ten bills may stand above one another, so each layer is made of those below it.
    below = list(ids)
    for layer in range(4):
        made = []
        for number in range(10):
            sku = f"DISH-{layer}-{number}"
            first, *others = source.sample(below, k=source.randint(1, 4))
            chosen = {first: False, **{each: source.random() < 0.5 for each in others}}
            lines = [component(each, "1", is_optional=is_optional) for each, is_optional in chosen.items()]
            ids[sku] = (await given_recipe(tenant, sku, *lines))[0].id
            possible[sku] = set().union(*(possible[each] for each in chosen))
            certain[sku] = set().union(*(certain[each] for each, is_optional in chosen.items() if not is_optional))
            made.append(sku)
        below += made
    async with tenant.database.read(tenant.actor) as tx:
        found = await ingredients_by_item(tx, list(ids.values()))
    assert {sku: set(found[ids[sku]].possible) for sku in ids} == possible, f"seed {SEED}"
    assert {sku: set(found[ids[sku]].certain) for sku in ids} == certain, f"seed {SEED}"
