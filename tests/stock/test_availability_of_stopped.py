"""Availability of what was taken off sale by hand: a stop outweighs the stock, and covers what it names and nothing else."""

from typing import Any

import pytest

from inventory_graph.db import Transaction
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.sale_stops import stop_sale
from tests.given.items import given_item, given_variant
from tests.given.recipes import component, given_recipe, variant_ids
from tests.given.selling import given_stop, given_stop_lifted, given_stop_over
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import NOBODY, GraphClient
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done

FIELDS = "sku available isAvailable reasons level limitingComponents { sku } stop { id reason until createdBy }"
QUERY = f"""query($skus: [String!]!, $warehouseId: ID, $outletId: ID, $channel: String) {{
  availability(skus: $skus, warehouseId: $warehouseId, outletId: $outletId, channel: $channel) {{ {FIELDS} }} }}"""
SOLD: list[str] = []
STOPPED = ["MANUALLY_DISABLED"]


async def found(graph: GraphClient, sku: str, **where: Any) -> dict[str, Any]:
    variables = {"skus": [sku], **{name: str(value) for name, value in where.items()}}
    (answer,) = (await graph(QUERY, variables))["availability"]
    assert answer["isAvailable"] == (not answer["reasons"])
    assert (answer["stop"] is not None) == ("MANUALLY_DISABLED" in answer["reasons"])
    result: dict[str, Any] = answer
    return result


async def why(graph: GraphClient, sku: str, **where: Any) -> tuple[str | None, list[str]]:
    """How much, and the reasons."""
    answer = await found(graph, sku, **where)
    return answer["available"], answer["reasons"]


@pytest.fixture
async def fries(tenant: GivenTenant) -> None:
    """Nine portions at the main outlet."""
    await given_item(tenant, sku="FRIES")
    await given_stock(tenant, "FRIES", "9")


@pytest.mark.usefixtures("fries")
async def test_says_who_why_and_until_when(graph: GraphClient, tenant: GivenTenant) -> None:
    """The freezer is full and yet there are none; staff sees whom to ask."""
    stop_id = await given_stop(graph, {"item": {"sku": "FRIES"}}, reason="Fryer is cold", until="2999-01-01T00:00:00Z")
    assert await found(graph, "FRIES") == {
        "sku": "FRIES", "available": "0", "isAvailable": False, "reasons": STOPPED, "level": "OUT",
        "limitingComponents": [],
        "stop": {
            "id": stop_id, "reason": "Fryer is cold", "until": "2999-01-01T00:00:00Z", "createdBy": "user-administrator",
        },
    }  # fmt: skip
    await given_stop_lifted(graph, stop_id)
    assert await why(graph, "FRIES") == ("9", SOLD)


@pytest.mark.usefixtures("fries")
async def test_comes_back_when_the_time_is_up(graph: GraphClient, tenant: GivenTenant) -> None:
    """Read as over at once, whether or not anything has run."""
    stop_id = await given_stop(graph, {"item": {"sku": "FRIES"}}, until="2999-01-01T00:00:00Z")
    assert await why(graph, "FRIES") == ("0", STOPPED)
    await given_stop_over(tenant, stop_id)
    assert await why(graph, "FRIES") == ("9", SOLD)


@pytest.mark.usefixtures("fries")
async def test_does_not_come_back_by_a_receipt(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is off sale by hand is put back by hand, whatever the van brings; both reasons are told while both hold."""
    stop_id = await given_stop(graph, {"item": {"sku": "FRIES"}})
    await done(graph, "adjustStock", {"sku": "FRIES", "delta": "-9", "reason": "WASTE"})
    assert await why(graph, "FRIES") == ("0", ["MANUALLY_DISABLED", "OUT_OF_STOCK"])
    await given_stock(tenant, "FRIES", "5")
    assert await why(graph, "FRIES") == ("0", STOPPED)
    await given_stop_lifted(graph, stop_id)
    assert await why(graph, "FRIES") == ("5", SOLD)


async def test_comes_back_by_itself_where_nobody_stopped_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """A dish is off when a component runs short and on again with the receipt, without anybody's doing."""
    await given_item(tenant, sku="BUN")
    await given_recipe(tenant, "BURGER", component("BUN", "1"))
    await given_stock(tenant, "BUN", "1")
    assert await why(graph, "BURGER") == ("1", SOLD)
    await done(graph, "adjustStock", {"sku": "BUN", "delta": "-1", "reason": "WASTE"})
    assert await why(graph, "BURGER") == ("0", ["COMPONENT_SHORT"])
    await given_stock(tenant, "BUN", "2")
    assert await why(graph, "BURGER") == ("2", SOLD)


@pytest.mark.usefixtures("fries")
async def test_covers_one_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """The other sells on; the house as a whole has what the others have."""
    kiosk = await given_outlet(tenant, code="kiosk")
    store = await given_warehouse(tenant, code="STORE")
    await given_stock(tenant, "FRIES", "4", warehouse=kiosk.warehouse)
    await given_stop(graph, {"item": {"sku": "FRIES"}}, outletId=str(tenant.outlet_id))
    assert await why(graph, "FRIES", outletId=tenant.outlet_id) == ("0", STOPPED)
    assert await why(graph, "FRIES", warehouseId=tenant.warehouse_id) == ("0", STOPPED)
    assert await why(graph, "FRIES", outletId=kiosk.outlet.id) == ("4", SOLD)
    assert await why(graph, "FRIES") == ("4", SOLD)
    await given_stock(tenant, "FRIES", "2", warehouse=store)
    assert await why(graph, "FRIES", warehouseId=store.id) == ("2", SOLD)
    assert await why(graph, "FRIES") == ("6", SOLD)
    await given_stop(graph, {"item": {"sku": "FRIES"}})
    for where in ({}, {"outletId": kiosk.outlet.id}, {"warehouseId": store.id}):
        assert await why(graph, "FRIES", **where) == ("0", STOPPED)


@pytest.mark.usefixtures("fries")
async def test_covers_one_outlet_of_which_the_other_has_none(graph: GraphClient, tenant: GivenTenant) -> None:
    """Both are told: one stopped it, the other has run out."""
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_stock(tenant, "FRIES", "4", warehouse=kiosk.warehouse)
    waste = {"sku": "FRIES", "delta": "-4", "reason": "WASTE", "warehouse": {"code": "KIOSK"}}
    await done(graph, "adjustStock", waste)
    await given_stop(graph, {"item": {"sku": "FRIES"}}, outletId=str(tenant.outlet_id))
    assert await why(graph, "FRIES") == ("0", ["MANUALLY_DISABLED", "OUT_OF_STOCK"])
    assert await why(graph, "FRIES", outletId=kiosk.outlet.id) == ("0", ["OUT_OF_STOCK"])


@pytest.mark.usefixtures("fries")
async def test_covers_one_channel(graph: GraphClient, tenant: GivenTenant) -> None:
    """Off the web shop, still on the counter. Without a channel only what is off all of them is off."""
    await given_stop(graph, {"item": {"sku": "FRIES"}}, channel="Web")
    for channel in ("web", "WEB"):
        assert await why(graph, "FRIES", channel=channel) == ("0", STOPPED)
    assert await why(graph, "FRIES", channel="pos") == ("9", SOLD)
    assert await why(graph, "FRIES") == ("9", SOLD)
    await given_stop(graph, {"item": {"sku": "FRIES"}})
    assert await why(graph, "FRIES", channel="pos") == ("0", STOPPED)
    assert await why(graph, "FRIES") == ("0", STOPPED)


async def test_covers_one_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """The item has what its other variants have; when all are off, each by its own stop, so is the item."""
    shirt = await given_item(tenant, sku="SHIRT")
    for sku, quantity in (("SHIRT", "1"), ("SHIRT-M", "2"), ("SHIRT-L", "4")):
        if sku != "SHIRT":
            await given_variant(tenant, shirt, sku=sku)
        await given_stock(tenant, sku, quantity)
    query = '{ item(key: {sku: "SHIRT"}) { availability { available reasons stop { reason } } } }'

    async def of_the_item() -> dict[str, Any]:
        answer: dict[str, Any] = (await graph(query))["item"]["availability"]
        return answer

    await given_stop(graph, {"variant": {"sku": "SHIRT-M"}}, reason="medium")
    assert (await why(graph, "SHIRT-M"), await why(graph, "SHIRT-L")) == (("0", STOPPED), ("4", SOLD))
    assert await of_the_item() == {"available": "5", "reasons": [], "stop": None}
    await given_stop(graph, {"variant": {"sku": "SHIRT-L"}}, reason="large", until="2999-01-01T00:00:00Z")
    await given_stop(graph, {"variant": {"sku": "SHIRT"}}, reason="small")
    assert await of_the_item() == {"available": "0", "reasons": STOPPED, "stop": {"reason": "large"}}


async def test_covers_all_variants_of_an_item(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also one that is made later."""
    shirt = await given_item(tenant, sku="SHIRT")
    await given_stop(graph, {"item": {"sku": "SHIRT"}})
    await given_variant(tenant, shirt, sku="SHIRT-XL")
    await given_stock(tenant, "SHIRT-XL", "4")
    assert await why(graph, "SHIRT-XL") == ("0", STOPPED)


async def test_covers_what_never_lay_there(graph: GraphClient, tenant: GivenTenant) -> None:
    """Both are told."""
    await given_item(tenant, sku="NEW")
    await given_stop(graph, {"item": {"sku": "NEW"}}, outletId=str(tenant.outlet_id))
    assert await why(graph, "NEW", outletId=tenant.outlet_id) == ("0", ["MANUALLY_DISABLED", "NOT_STOCKED_HERE"])
    assert await why(graph, "NEW") == ("0", ["NOT_STOCKED_HERE"])


@pytest.mark.parametrize("kind", ["SERVICE", "VOUCHER"])
async def test_covers_what_is_not_kept_in_stock(graph: GraphClient, tenant: GivenTenant, kind: str) -> None:
    """The barber is ill. Another outlet's barber is not."""
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_item(tenant, sku="CUT", type=kind)
    stop_id = await given_stop(graph, {"item": {"sku": "CUT"}}, outletId=str(kiosk.outlet.id))
    for where in ({"outletId": kiosk.outlet.id}, {"warehouseId": kiosk.warehouse.id}):
        answer = await found(graph, "CUT", **where)
        assert (answer["available"], answer["reasons"], answer["level"]) == ("0", STOPPED, "OUT")
    for elsewhere in ({}, {"outletId": tenant.outlet_id}):
        answer = await found(graph, "CUT", **elsewhere)
        assert (answer["available"], answer["reasons"], answer["level"]) == (None, SOLD, "UNTRACKED")
    await given_stop_lifted(graph, stop_id)
    assert await why(graph, "CUT", outletId=kiosk.outlet.id) == (None, SOLD)


@pytest.mark.parametrize("kind", ["RECIPE", "KIT"])
async def test_covers_a_dish_and_not_what_it_is_made_of(graph: GraphClient, tenant: GivenTenant, kind: str) -> None:
    """Fries that are off the menu still go with the burger: a stop is about selling. A stopped dish says both, also that
    nothing is there to make it from."""
    kiosk = await given_outlet(tenant, code="kiosk")
    for sku in ("BUN", "FRIES"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "6")
    await given_stock(tenant, "BUN", "3", warehouse=kiosk.warehouse)
    await given_stock(tenant, "FRIES", "3", warehouse=kiosk.warehouse)
    await given_recipe(tenant, "BURGER", component("BUN", "1"), component("FRIES", "2"), type=kind)
    await given_stop(graph, {"item": {"sku": "FRIES"}})
    assert (await why(graph, "FRIES"), await why(graph, "BURGER")) == (("0", STOPPED), ("4", SOLD))
    await given_stop(graph, {"item": {"sku": "BURGER"}}, outletId=str(tenant.outlet_id))
    assert await why(graph, "BURGER") == ("1", SOLD)
    assert await why(graph, "BURGER", outletId=tenant.outlet_id) == ("0", STOPPED)
    waste = {"sku": "FRIES", "delta": "-6", "reason": "WASTE"}
    await done(graph, "adjustStock", waste)
    answer = await found(graph, "BURGER", outletId=tenant.outlet_id)
    assert answer["reasons"] == ["MANUALLY_DISABLED", "COMPONENT_SHORT"]
    assert answer["limitingComponents"] == [{"sku": "FRIES"}]


@pytest.mark.usefixtures("fries")
async def test_looks_ahead_for_those_who_order_ahead(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who orders for tomorrow is not held up by what ends tonight."""
    await given_stop(graph, {"item": {"sku": "FRIES"}}, until="2990-01-01T00:00:00Z")
    query = 'query($at: DateTime) { item(key: {sku: "FRIES"}) { availability(at: $at) { available } } }'
    for at, available in ((None, "0"), ("2989-12-31T23:59:59Z", "0"), ("2990-01-01T00:00:00Z", "9")):
        assert (await graph(query, {"at": at}))["item"]["availability"] == {"available": available}
    # What is over now has not been over for those who ask about yesterday.
    assert (await graph(query, {"at": "2001-01-01T00:00:00Z"}))["item"]["availability"] == {"available": "0"}


@pytest.mark.usefixtures("fries")
async def test_names_the_stop_that_lasts(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of several over one thing the last to end: until then it is off."""
    await given_stop(graph, {"item": {"sku": "FRIES"}}, until="2990-01-01T00:00:00Z", reason="short")
    await given_stop(
        graph, {"item": {"sku": "FRIES"}}, until="2999-01-01T00:00:00Z", reason="long", outletId=str(tenant.outlet_id)
    )
    at_main = await found(graph, "FRIES", outletId=tenant.outlet_id)
    assert at_main["stop"]["reason"] == "long"
    await given_stop(graph, {"variant": {"sku": "FRIES"}}, reason="for good")
    assert (await found(graph, "FRIES", outletId=tenant.outlet_id))["stop"]["reason"] == "for good"


async def test_is_shown_by_every_way_of_asking(graph: GraphClient, tenant: GivenTenant) -> None:
    """By SKU, by item, by variant, by outlet; each takes the channel."""
    await given_item(tenant, sku="FRIES")
    await given_stock(tenant, "FRIES", "9")
    await given_stop(graph, {"item": {"sku": "FRIES"}}, channel="web")
    (variant_id,) = await variant_ids(tenant, "FRIES")
    query = """query($outletId: ID!, $variantId: ID!, $channel: String) {
      item(key: {sku: "FRIES"}) { availability(channel: $channel) { available } }
      variant(key: {id: $variantId}) { availability(channel: $channel) { available } }
      warehouse(key: {outletId: $outletId}) { outlet { availability(skus: ["FRIES"], channel: $channel) { available } } }
      availability(skus: ["FRIES"], channel: $channel) { available } }"""
    variables = {"outletId": str(tenant.outlet_id), "variantId": str(variant_id)}
    for channel, available in (("web", "0"), ("pos", "9"), (None, "9")):
        data = await graph(query, {**variables, "channel": channel})
        assert data["item"]["availability"] == data["variant"]["availability"] == {"available": available}
        assert data["availability"] == data["warehouse"]["outlet"]["availability"] == [{"available": available}]


@pytest.mark.parametrize("channel", ["", "two words", "x" * 64])
async def test_refuses_what_is_no_channel(graph: GraphClient, tenant: GivenTenant, channel: str) -> None:
    """An unknown one is one on which nothing was stopped; a text that can be none is a mistake worth telling."""
    await given_item(tenant, sku="FRIES")
    (error,) = await graph.errors(QUERY, {"skus": ["FRIES"], "channel": channel})
    assert error["extensions"] == {"code": "INVALID_INPUT", "argument": ["channel"]}


async def test_tells_a_visitor_no_more_than_that_there_is_none(graph: GraphClient) -> None:
    """Who took it off sale and why is nobody's business outside."""
    shop = await given_tenant(graph.tenant.database, public_levels=True)
    await given_item(shop, sku="FRIES")
    await given_stock(shop, "FRIES", "9")
    await given_stop(GraphClient(graph.client, graph.callers, shop), {"item": {"sku": "FRIES"}}, channel="web")
    for channel, level in (("web", "OUT"), ("pos", "IN_STOCK")):
        data = await graph(
            QUERY, {"skus": ["FRIES"], "channel": channel}, actor=NOBODY, headers={"x-tenant-slug": shop.slug}
        )
        assert data["availability"] == [
            {
                "sku": "FRIES", "available": None, "isAvailable": level != "OUT", "reasons": [], "level": level,
                "limitingComponents": [], "stop": None,
            }
        ]  # fmt: skip


async def test_of_others_has_no_weight(graph: GraphClient, tenant: GivenTenant) -> None:
    """The same SKU of another tenant is another thing."""
    other = await given_tenant(tenant.database)
    for each in (tenant, other):
        await given_item(each, sku="FRIES")
        await given_stock(each, "FRIES", "9")
    await given_stop(GraphClient(graph.client, graph.callers, other), {"item": {"sku": "FRIES"}})
    assert await why(graph, "FRIES") == ("9", SOLD)


async def test_of_a_hundred_skus_takes_two_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Who is meant with what was stopped, and what lies where; of dishes three more for what they are made of."""
    skus = [f"S-{number:03}" for number in range(100)]

    async def create(tx: Transaction) -> None:
        for number, sku in enumerate(skus):
            item = await create_item(tx, sku=sku, name=sku, unit="PIECE")
            if number % 2:
                await stop_sale(tx, item_id=item.id, reason="Broken")

    await tenant.database.write(tenant.actor, create)
    await done(graph, "receiveStock", {"lines": [{"sku": sku, "quantity": "3"} for sku in skus]}, "movements { id }")
    query = "query($skus: [String!]!) { availability(skus: $skus) { available reasons stop { reason } } }"
    async with statements(database) as counted:
        data = await graph(query, {"skus": skus})
    counted.assert_at_most(2)
    assert [each["available"] for each in data["availability"]] == ["3", "0"] * 50
    await given_recipe(tenant, "DISH", component("S-000", "1"))
    async with statements(database) as counted:
        await graph(query, {"skus": [*skus[1:], "DISH"]})
    counted.assert_at_most(5)
