"""Taking back that something may stand in for a variant."""

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.recipes import variant_ids
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

VARIANT = "variant { sku substitutes { variant { sku } } }"


async def test_takes_the_one_away_and_leaves_the_others(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also those of the other direction."""
    for sku in ("A", "B", "C"):
        await given_item(tenant, sku=sku)
    for variant, substitute in (("A", "B"), ("A", "C"), ("B", "A")):
        await graph.accepted("setSubstitute", {"variant": {"sku": variant}, "substitute": {"sku": substitute}})
    await forget_emitted(tenant)
    given = {"variant": {"sku": "A"}, "substitute": {"sku": "B"}}
    payload = await graph.accepted("removeSubstitute", given, VARIANT)
    assert payload["variant"] == {"sku": "A", "substitutes": [{"variant": {"sku": "C"}}]}
    assert (await graph('{ variant(key: {sku: "B"}) { substitutes { variant { sku } } } }'))["variant"] == {
        "substitutes": [{"variant": {"sku": "A"}}]
    }
    first, second = await variant_ids(tenant, "A", "B")
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.variant.substitute_removed", first)
    assert event.payload == {"variant_id": str(first), "substitute_variant_id": str(second)}


async def test_refuses_what_nobody_stated(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither the other direction nor the same twice."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    given = {"variant": {"sku": "A"}, "substitute": {"sku": "B"}}
    await graph.accepted("setSubstitute", {"variant": {"sku": "B"}, "substitute": {"sku": "A"}})
    async with unchanged(tenant):
        error = await graph.refusal("removeSubstitute", given)
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "substitute"])


async def test_takes_away_what_is_not_offered_any_more(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is archived is out of sight; whoever knows of it can still clear it away."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    given = {"variant": {"sku": "A"}, "substitute": {"sku": "B"}}
    await graph.accepted("setSubstitute", given)
    await graph.accepted("archiveItem", {"item": {"sku": "B"}}, input_type="ItemKeyInput")
    await graph.accepted("removeSubstitute", given)
    await graph.accepted("reactivateItem", {"item": {"sku": "B"}}, input_type="ItemKeyInput")
    assert (await graph('{ variant(key: {sku: "A"}) { substitutes { factor } } }'))["variant"]["substitutes"] == []
