"""Taking things off sale by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.db import Transaction
from inventory_graph.masterdata.sale_stops import stop_sale
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_variant
from tests.given.recipes import variant_ids
from tests.given.selling import given_stop_over
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet
from tests.graph import GraphClient
from tests.rows import unchanged

FIELDS = """id item { sku } variant { sku } outlet { id } channel reason until createdBy createdAt liftedBy liftedAt isActive"""
STOP = f"saleStop {{ {FIELDS} }}"


def stop(**fields: Any) -> dict[str, Any]:
    return {"idempotencyKey": uuid4().hex, "reason": "Broken", **fields}


async def stopped(graph: GraphClient, **fields: Any) -> dict[str, Any]:
    payload = await graph.accepted("stopSale", stop(**fields), STOP)
    found: dict[str, Any] = payload["saleStop"]
    return found


async def refused(graph: GraphClient, given: dict[str, Any], **caller: Any) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that changed nothing."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("stopSale", given, **caller)
    return error["code"], ".".join(error["path"][1:]), error["message"]


async def active(graph: GraphClient, sku: str) -> list[str]:
    """Why the SKU is off sale, the newest first."""
    query = "query($sku: String!) { saleStops(filter: {sku: $sku, active: true}) { nodes { reason } } }"
    return [each["reason"] for each in (await graph(query, {"sku": sku}))["saleStops"]["nodes"]]


async def test_keeps_who_why_and_until_when(graph: GraphClient, tenant: GivenTenant) -> None:
    """The next shift has to know whether to ask or to wait."""
    item = await given_item(tenant, sku="FRIES")
    await forget_emitted(tenant)
    until = (datetime.now(UTC) + timedelta(hours=3)).replace(microsecond=0)
    found = await stopped(
        graph, item={"sku": "FRIES"}, outletId=str(tenant.outlet_id), channel="Web", reason=" Fryer is cold ",
        until=until.isoformat(),
    )  # fmt: skip
    assert found == {
        "id": found["id"], "item": {"sku": "FRIES"}, "variant": None, "outlet": {"id": str(tenant.outlet_id)},
        "channel": "web", "reason": "Fryer is cold", "until": until.isoformat().replace("+00:00", "Z"),
        "createdBy": "user-administrator", "createdAt": found["createdAt"], "liftedBy": None, "liftedAt": None,
        "isActive": True,
    }  # fmt: skip
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_type, str(event.aggregate_id)) == (
        "inventory.sale.stopped",
        "sale_stop",
        found["id"],
    )
    assert event.payload == {
        "sale_stop_id": found["id"], "item_id": str(item.id), "item_sku": "FRIES", "variant_id": None,
        "variant_sku": None, "outlet_id": str(tenant.outlet_id), "channel": "web", "reason": "Fryer is cold",
        "until": until.isoformat(), "created_by": "user-administrator", "created_at": event.payload["created_at"],
        "lifted_by": None, "lifted_at": None,
    }  # fmt: skip


async def test_takes_one_variant_alone(graph: GraphClient, tenant: GivenTenant) -> None:
    """Large is out of cups; medium is not. Everywhere and on every channel unless one is named."""
    coffee = await given_item(tenant, sku="COFFEE")
    for sku in ("COFFEE-M", "COFFEE-L"):
        await given_variant(tenant, coffee, sku=sku)
    await forget_emitted(tenant)
    found = await stopped(graph, variant={"sku": "COFFEE-L"}, reason="No cups")
    assert (found["item"], found["variant"]) == ({"sku": "COFFEE"}, {"sku": "COFFEE-L"})
    assert (found["outlet"], found["channel"], found["until"]) == (None, None, None)
    (event,) = await emitted(tenant)
    assert (event.payload["item_sku"], event.payload["variant_sku"]) == ("COFFEE", "COFFEE-L")
    assert (await active(graph, "COFFEE-L"), await active(graph, "COFFEE-M")) == (["No cups"], [])


async def test_answers_a_second_time_as_the_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """A till that lost the answer asks again. Another request under the same key is a mistake."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
    given = stop(item={"sku": "A"})
    first = await graph.accepted("stopSale", given, STOP)
    async with unchanged(tenant):
        second = await graph.accepted("stopSale", given, STOP)
    assert second == {**first, "replayed": True}
    code, argument, _ = await refused(graph, {**given, "item": {"sku": "B"}})
    assert (code, argument) == ("IDEMPOTENCY_CONFLICT", "item")


async def test_replaces_the_stop_of_the_same_place_and_channel(graph: GraphClient, tenant: GivenTenant) -> None:
    """Off sale is off sale, once: the newest word counts, and the one before is history. Its listeners hear of both."""
    await given_item(tenant, sku="FRIES")
    first = await stopped(graph, item={"sku": "FRIES"}, channel="web", reason="Cold")
    await stopped(graph, item={"sku": "FRIES"}, channel="pos", reason="Cold")
    await forget_emitted(tenant)
    second = await stopped(graph, item={"sku": "FRIES"}, channel="WEB", reason="Fryer is gone")
    assert await active(graph, "FRIES") == ["Fryer is gone", "Cold"]
    assert [(event.type, str(event.aggregate_id)) for event in await emitted(tenant)] == [
        ("inventory.sale.resumed", first["id"]),
        ("inventory.sale.stopped", second["id"]),
    ]


async def test_says_the_same_twice_without_telling(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two people press the same button."""
    await given_item(tenant, sku="FRIES")
    first = await stopped(graph, item={"sku": "FRIES"}, reason="Cold")
    await forget_emitted(tenant)
    assert await stopped(graph, item={"sku": "FRIES"}, reason="Cold") == first
    await assert_nothing_emitted(tenant)


async def test_is_one_when_many_say_it_at_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """One stop, told of once; the others find it made."""
    await given_item(tenant, sku="FRIES")
    await forget_emitted(tenant)
    found = await asyncio.gather(*(stopped(graph, item={"sku": "FRIES"}) for _ in range(8)))
    assert len({each["id"] for each in found}) == 1
    assert [event.type for event in await emitted(tenant)] == ["inventory.sale.stopped"]


async def test_ends_by_itself(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nobody has to remember; nothing has to run. Afterwards the same may be stopped anew."""
    await given_item(tenant, sku="FRIES")
    found = await stopped(graph, item={"sku": "FRIES"}, until="2999-01-01T00:00:00Z")
    assert await active(graph, "FRIES") == ["Broken"]
    await given_stop_over(tenant, found["id"])
    assert await active(graph, "FRIES") == []
    await forget_emitted(tenant)
    await stopped(graph, item={"sku": "FRIES"})
    assert [event.type for event in await emitted(tenant)] == ["inventory.sale.stopped"]
    assert await active(graph, "FRIES") == ["Broken"]


@pytest.mark.parametrize(
    ("fields", "code", "argument"),
    [
        ({}, "INVALID_INPUT", "item"),
        ({"item": {"sku": "A"}, "variant": {"sku": "A"}}, "INVALID_INPUT", "item"),
        ({"item": {"sku": "NOBODY"}}, "NOT_FOUND", "item.sku"),
        ({"variant": {"sku": "NOBODY"}}, "NOT_FOUND", "variant.sku"),
        ({"item": {"sku": "A"}, "outletId": str(uuid4())}, "NOT_FOUND", "outletId"),
        ({"item": {"sku": "A"}, "outletId": "Main"}, "INVALID_INPUT", "outletId"),
        ({"item": {"sku": "A"}, "channel": ""}, "INVALID_INPUT", "channel"),
        ({"item": {"sku": "A"}, "channel": "two words"}, "INVALID_INPUT", "channel"),
        ({"item": {"sku": "A"}, "channel": "x" * 64}, "INVALID_INPUT", "channel"),
        ({"item": {"sku": "A"}, "reason": " "}, "INVALID_INPUT", "reason"),
        ({"item": {"sku": "A"}, "reason": "x" * 256}, "INVALID_INPUT", "reason"),
        ({"item": {"sku": "A"}, "reason": "two\nlines"}, "INVALID_INPUT", "reason"),
        ({"item": {"sku": "A"}, "until": "2020-01-01T00:00:00Z"}, "INVALID_INPUT", "until"),
    ],
)
async def test_refuses(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, argument: str
) -> None:
    """What is wrong is named; nothing goes off sale."""
    await given_item(tenant, sku="A")
    assert (await refused(graph, stop(**fields)))[:2] == (code, argument)
    assert await active(graph, "A") == []


async def test_refuses_what_is_archived(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is not sold anyway, by item or by variant."""
    item = await given_item(tenant, sku="OLD")
    await given_variant(tenant, item, sku="OLD-2")
    await graph.accepted("archiveVariant", {"variant": {"sku": "OLD-2"}}, input_type="VariantKeyInput")
    assert (await refused(graph, stop(variant={"sku": "OLD-2"})))[:2] == ("ITEM_INACTIVE", "variant")
    await graph.accepted("archiveItem", {"item": {"sku": "OLD"}}, input_type="ItemKeyInput")
    assert (await refused(graph, stop(item={"sku": "OLD"})))[:2] == ("ITEM_INACTIVE", "item")


async def test_takes_a_hundred_of_an_item(graph: GraphClient, tenant: GivenTenant) -> None:
    """Beyond that, somebody means all of it; one of those that there are may still be changed."""
    item = await given_item(tenant, sku="FRIES")

    async def stop_hundred(tx: Transaction) -> None:
        for number in range(100):
            await stop_sale(tx, item_id=item.id, channel=f"channel-{number}", reason="Broken")

    await tenant.database.write(tenant.actor, stop_hundred)
    code, _, message = await refused(graph, stop(item={"sku": "FRIES"}, channel="one-more"))
    assert (code, "at most 100" in message) == ("LIMIT_EXCEEDED", True)
    await stopped(graph, item={"sku": "FRIES"}, channel="channel-7", reason="Other")


async def test_takes_its_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever changes stock takes off sale; whoever looks does not."""
    await given_item(tenant, sku="FRIES")
    for mutation, given in (
        ("stopSale", stop(item={"sku": "FRIES"})),
        ("resumeSale", {"idempotencyKey": "k", "id": str(uuid4())}),
    ):
        async with unchanged(tenant):
            error = await graph.refusal(mutation, given, actor=tenant.actor_as("viewer"))
        assert error["code"] == "FORBIDDEN"
        assert "inventory.stock.change" in error["message"]
    await graph.accepted("stopSale", stop(item={"sku": "FRIES"}), actor=tenant.actor_as("stock_clerk"))


async def test_reaches_only_the_outlets_of_the_caller(graph: GraphClient, tenant: GivenTenant) -> None:
    """A waiter stops a dish where she works: not next door, nor in the whole house."""
    await given_item(tenant, sku="FRIES")
    kiosk = await given_outlet(tenant, code="kiosk")
    waiter = tenant.actor_at(kiosk.outlet.id)
    for outlet_id in (None, str(tenant.outlet_id)):
        found = await refused(graph, stop(item={"sku": "FRIES"}, outletId=outlet_id), actor=waiter)
        assert found == ("FORBIDDEN", "", "user-at-outlet is bound to other outlets and may not act on this one.")
    given = stop(item={"sku": "FRIES"}, outletId=str(kiosk.outlet.id))
    payload = await graph.accepted("stopSale", given, STOP, actor=waiter)
    assert payload["saleStop"]["createdBy"] == "user-at-outlet"


async def test_does_not_reach_another_tenant(graph: GraphClient, tenant: GivenTenant) -> None:
    """Their items and outlets are nobody here, by SKU and by id."""
    other = await given_tenant(tenant.database)
    await given_item(tenant, sku="OURS")
    theirs = await given_item(other, sku="THEIRS")
    (variant_id,) = await variant_ids(other, "THEIRS")
    await forget_emitted(other)
    for fields in (
        {"item": {"id": str(theirs.id)}},
        {"item": {"sku": "THEIRS"}},
        {"variant": {"id": str(variant_id)}},
        {"item": {"sku": "OURS"}, "outletId": str(other.outlet_id)},
    ):
        assert (await refused(graph, stop(**fields)))[0] == "NOT_FOUND"
    await assert_nothing_emitted(other)
