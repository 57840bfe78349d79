"""Stating what may stand in for a variant."""

import asyncio
from datetime import date
from typing import Any

import pytest

from inventory_graph.masterdata.substitutes import set_substitute
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_variant
from tests.given.recipes import component, given_recipe, variant_ids
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.rows import unchanged

SUBSTITUTE = "substitute { variant { sku } factor priority validFrom validUntil approvedBy }"
LISTED = "substitutes { variant { sku } factor priority validFrom validUntil approvedBy }"
REFUSED = """mutation($input: SetSubstituteInput!) { setSubstitute(input: $input) { substitute { factor } errors {
  code message path ... on SubstituteNotAllowed { allergens controlledClass } } } }"""


def pair(variant: str, substitute: str, **fields: Any) -> dict[str, Any]:
    return {"variant": {"sku": variant}, "substitute": {"sku": substitute}, **fields}


async def listed(graph: GraphClient, sku: str) -> list[dict[str, Any]]:
    data = await graph(f"query($sku: String!) {{ variant(key: {{sku: $sku}}) {{ {LISTED} }} }}", {"sku": sku})
    found: list[dict[str, Any]] = data["variant"]["substitutes"]
    return found


async def refused(graph: GraphClient, given: dict[str, Any]) -> dict[str, Any]:
    """The one error of a request that changed nothing."""
    async with unchanged(graph.tenant):
        payload = (await graph(REFUSED, {"input": given}))["setSubstitute"]
    assert payload["substitute"] is None
    (error,) = payload["errors"]
    found: dict[str, Any] = error
    return found


async def test_keeps_what_it_was_given(graph: GraphClient, tenant: GivenTenant) -> None:
    """How much of the one is how much of the other, when, and who said so."""
    for sku in ("BUTTER", "OIL"):
        await given_item(tenant, sku=sku, unit="KG")
    butter_id, oil_id = await variant_ids(tenant, "BUTTER", "OIL")
    await forget_emitted(tenant)
    given = pair("BUTTER", "OIL", factor="0.8", priority=3, validFrom="2025-01-01", validUntil="2999-12-31")
    payload = await graph.accepted("setSubstitute", given, SUBSTITUTE, actor=tenant.actor_as("inventory_admin"))
    expected = {
        "variant": {"sku": "OIL"}, "factor": "0.8", "priority": 3, "validFrom": "2025-01-01", "validUntil": "2999-12-31",
        "approvedBy": "user-inventory_admin",
    }  # fmt: skip
    assert payload["substitute"] == expected
    assert await listed(graph, "BUTTER") == [expected]
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_type, event.aggregate_id) == (
        "inventory.variant.substitute_set",
        "variant",
        butter_id,
    )
    assert event.payload == {
        "variant_id": str(butter_id), "substitute_variant_id": str(oil_id), "factor": "0.8", "priority": 3,
        "valid_from": "2025-01-01", "valid_until": "2999-12-31", "approved_by": "user-inventory_admin",
    }  # fmt: skip


async def test_stands_in_one_way_only(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever orders the cheap wine may get the good one; never the other way round."""
    for sku in ("HOUSE", "GRAND"):
        await given_item(tenant, sku=sku)
    await graph.accepted("setSubstitute", pair("HOUSE", "GRAND"))
    assert [each["variant"]["sku"] for each in await listed(graph, "HOUSE")] == ["GRAND"]
    assert await listed(graph, "GRAND") == []
    await graph.accepted("setSubstitute", pair("GRAND", "HOUSE"))
    assert [each["variant"]["sku"] for each in await listed(graph, "GRAND")] == ["HOUSE"]


async def test_replaces_what_was_stated_before(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is stated in full: what is left out takes its default. The same again changes nothing, whoever says it."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    await graph.accepted("setSubstitute", pair("A", "B", factor="2", priority=1, validUntil="2999-01-01"))
    await graph.accepted("setSubstitute", pair("A", "B"))
    expected = [
        {
            "variant": {"sku": "B"}, "factor": "1", "priority": 100, "validFrom": None, "validUntil": None,
            "approvedBy": "user-administrator",
        }
    ]  # fmt: skip
    assert await listed(graph, "A") == expected
    async with unchanged(tenant):
        await graph.accepted("setSubstitute", pair("A", "B"), actor=tenant.actor_as("inventory_admin"))
    assert await listed(graph, "A") == expected


async def test_takes_one_size_of_an_item_for_another(graph: GraphClient, tenant: GivenTenant) -> None:
    """Variants of one item may stand in for one another."""
    shirt = await given_item(tenant, sku="SHIRT")
    for sku in ("SHIRT-M", "SHIRT-L"):
        await given_variant(tenant, shirt, sku=sku)
    await graph.accepted("setSubstitute", pair("SHIRT-M", "SHIRT-L"))
    assert [each["variant"]["sku"] for each in await listed(graph, "SHIRT-M")] == ["SHIRT-L"]


async def test_refuses_an_allergen_that_the_original_lacks(graph: GraphClient, tenant: GivenTenant) -> None:
    """Somebody chose the original because it has no nuts in it. What the original has already is no news to anybody."""
    await given_item(tenant, sku="COW", allergens=["milk"])
    await given_item(tenant, sku="ALMOND", allergens=["Tree nuts", "almonds"])
    error = await refused(graph, pair("COW", "ALMOND"))
    assert error == {
        "code": "INVALID_INPUT", "path": ["input", "substitute"], "allergens": ["almonds", "tree nuts"],
        "controlledClass": None, "message": error["message"],
    }  # fmt: skip
    assert "ALMOND contains almonds, tree nuts, which is not always in COW" in error["message"]
    await given_item(tenant, sku="GOAT", allergens=["MILK"])
    await graph.accepted("setSubstitute", pair("COW", "GOAT"))


async def test_refuses_an_allergen_that_a_component_brings(graph: GraphClient, tenant: GivenTenant) -> None:
    """A dish has what its sauce is made of, also what may be left out of it: nobody knows which plate comes."""
    await given_item(tenant, sku="RICE")
    await given_item(tenant, sku="PEANUT", allergens=["peanuts"])
    await given_item(tenant, sku="SESAME", allergens=["sesame"])
    await given_recipe(tenant, "SATAY", component("PEANUT", "0.1"))
    await given_recipe(tenant, "BOWL", component("RICE", "0.2"), component("SATAY", "1"))
    await given_recipe(tenant, "PLAIN", component("RICE", "0.2"), component("SESAME", "1", is_optional=True))
    await given_recipe(tenant, "RICE-DISH", component("RICE", "0.3"))
    assert (await refused(graph, pair("RICE-DISH", "BOWL")))["allergens"] == ["peanuts"]
    assert (await refused(graph, pair("RICE-DISH", "PLAIN")))["allergens"] == ["sesame"]
    await graph.accepted("setSubstitute", pair("BOWL", "RICE-DISH"))


async def test_refuses_an_allergen_that_is_only_sometimes_in_the_original(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """Who asked for the salad without its nuts must not be handed one that comes with them."""
    await given_item(tenant, sku="LEAF")
    await given_item(tenant, sku="NUT", allergens=["nuts"])
    await given_recipe(tenant, "SALAD", component("LEAF", "1"), component("NUT", "1", is_optional=True))
    await given_recipe(tenant, "NUT-SALAD", component("LEAF", "1"), component("NUT", "1"))
    assert (await refused(graph, pair("SALAD", "NUT-SALAD")))["allergens"] == ["nuts"]
    await graph.accepted("setSubstitute", pair("NUT-SALAD", "SALAD"))


@pytest.mark.parametrize(
    ("original", "substitute"), [("S2", "S3"), (None, "S2"), ("S2", None)], ids=["another", "controlled", "free"]
)
async def test_refuses_another_controlled_class(
    graph: GraphClient, tenant: GivenTenant, original: str | None, substitute: str | None
) -> None:
    """A register is kept by class: what is swapped across it is missing in one book and unexplained in the other."""
    await given_item(tenant, sku="A", controlled_class=original)
    await given_item(tenant, sku="B", controlled_class=substitute)
    error = await refused(graph, pair("A", "B"))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "substitute"])
    assert (error["allergens"], error["controlledClass"]) == ([], substitute)
    await given_item(tenant, sku="C", controlled_class=original)
    await graph.accepted("setSubstitute", pair("A", "C"))


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"substitute": {"sku": "A"}}, ["input", "substitute"], "does not stand in for itself"),
        ({"factor": "0"}, ["input", "factor"], "more than 0"),
        ({"factor": "-1"}, ["input", "factor"], "more than 0"),
        ({"priority": -1}, ["input", "priority"], "0 to 1000000"),
        ({"priority": 1_000_001}, ["input", "priority"], "0 to 1000000"),
        ({"validFrom": "2026-02-02", "validUntil": "2026-02-01"}, ["input", "validUntil"], "before it begins"),
        ({"variant": {"sku": "NOBODY"}}, ["input", "variant", "sku"], "NOBODY"),
        ({"substitute": {"sku": "NOBODY"}}, ["input", "substitute", "sku"], "NOBODY"),
    ],
)
async def test_refuses(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], path: list[str], words: str
) -> None:
    """What is wrong is named, and nothing changes."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    error = await refused(graph, {**pair("A", "B"), **fields})
    assert error["path"] == path
    assert words in error["message"]


@pytest.mark.parametrize("archived", ["A", "B"])
async def test_refuses_what_is_archived(graph: GraphClient, tenant: GivenTenant, archived: str) -> None:
    """Neither is sold any more."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    await graph.accepted("archiveItem", {"item": {"sku": archived}}, input_type="ItemKeyInput")
    error = await refused(graph, pair("A", "B"))
    assert (error["code"], error["path"]) == (
        "ITEM_INACTIVE",
        ["input", "variant" if archived == "A" else "substitute"],
    )


async def test_takes_a_hundred(graph: GraphClient, tenant: GivenTenant) -> None:
    """A list that somebody still reads; another of those that are there already may be changed."""
    for number in range(102):
        await given_item(tenant, sku=f"V-{number:03}")
    original, *others = await variant_ids(tenant, *(f"V-{number:03}" for number in range(102)))

    async def set_hundred(tx: Any) -> None:
        for other in others[:100]:
            await set_substitute(tx, variant_id=original, substitute_variant_id=other)

    await tenant.database.write(tenant.actor, set_hundred)
    error = await refused(graph, pair("V-000", "V-101"))
    assert (error["code"], error["path"]) == ("LIMIT_EXCEEDED", ["input", "variant"])
    await graph.accepted("setSubstitute", pair("V-000", "V-100", priority=1))
    assert len(await listed(graph, "V-000")) == 100


async def test_is_one_when_many_say_it_at_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """One tells of it; the others find it said."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    await forget_emitted(tenant)
    await asyncio.gather(*(graph.accepted("setSubstitute", pair("A", "B", factor="3")) for _ in range(5)))
    assert len(await listed(graph, "A")) == 1
    assert [event.type for event in await emitted(tenant)] == ["inventory.variant.substitute_set"]


async def test_takes_its_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is a change of the catalogue; whoever moves stock does not make it."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    for mutation in ("setSubstitute", "removeSubstitute"):
        async with unchanged(tenant):
            error = await graph.refusal(mutation, pair("A", "B"), actor=tenant.actor_as("stock_clerk"))
        assert error["code"] == "FORBIDDEN"
        assert "inventory.items.change" in error["message"]


async def test_does_not_reach_another_tenant(graph: GraphClient, tenant: GivenTenant) -> None:
    """Their variants are nobody here, by SKU and by id."""
    other = await given_tenant(tenant.database)
    await given_item(other, sku="THEIRS")
    await given_item(tenant, sku="OURS")
    (theirs,) = await variant_ids(other, "THEIRS")
    await forget_emitted(other)
    for key in ({"sku": "THEIRS"}, {"id": str(theirs)}):
        error = await refused(graph, {**pair("OURS", "?"), "substitute": key})
        assert (error["code"], error["path"][:2]) == ("NOT_FOUND", ["input", "substitute"])
    await assert_nothing_emitted(other)


async def test_keeps_days_as_days(graph: GraphClient, tenant: GivenTenant) -> None:
    """A day is a day whatever the clock's zone; the first may be the last."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    today = date.today().isoformat()  # noqa: DTZ011 - any day will do
    payload = await graph.accepted("setSubstitute", pair("A", "B", validFrom=today, validUntil=today), SUBSTITUTE)
    assert (payload["substitute"]["validFrom"], payload["substitute"]["validUntil"]) == (today, today)
