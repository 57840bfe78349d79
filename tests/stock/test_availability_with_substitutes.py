"""Availability that says what could stand in: what is stated, allowed, and there now."""

from typing import Any

from inventory_graph.db import Transaction
from inventory_graph.masterdata.items import create_item
from inventory_graph.masterdata.substitutes import set_substitute
from tests.given.items import given_item, given_variant
from tests.given.recipes import component, given_recipe, variant_ids
from tests.given.selling import given_stop, given_substitute
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import NOBODY, GraphClient
from tests.statements import CountingDatabase, statements
from tests.stock.requests import done

QUERY = """query($skus: [String!]!, $warehouseId: ID, $outletId: ID, $channel: String) {
  availability(skus: $skus, warehouseId: $warehouseId, outletId: $outletId, channel: $channel) {
    sku substitutes { sku } } }"""


async def offered(graph: GraphClient, sku: str, **where: Any) -> list[str]:
    variables = {"skus": [sku], **{name: str(value) for name, value in where.items()}}
    (found,) = (await graph(QUERY, variables))["availability"]
    return [each["sku"] for each in found["substitutes"]]


async def given_drinks(tenant: GivenTenant, **quantities: str) -> None:
    """Items by SKU with so much of each in stock, none where it says 0."""
    for sku, quantity in quantities.items():
        await given_item(tenant, sku=sku)
        if quantity != "0":
            await given_stock(tenant, sku, quantity)


async def test_offers_what_is_there_by_priority(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also while there is enough of the original: a guest may like to choose."""
    await given_drinks(tenant, COLA="0", PEPSI="3", FANTA="5", WATER="0")
    await given_substitute(graph, "COLA", "FANTA", priority=20)
    await given_substitute(graph, "COLA", "WATER", priority=1)
    await given_substitute(graph, "COLA", "PEPSI", priority=10)
    assert await offered(graph, "COLA") == ["PEPSI", "FANTA"]
    await given_stock(tenant, "WATER", "1")
    await given_stock(tenant, "COLA", "1")
    assert await offered(graph, "COLA") == ["WATER", "PEPSI", "FANTA"]
    assert await offered(graph, "PEPSI") == []
    assert await offered(graph, "NOBODY") == []


async def test_offers_ten_at_most(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nobody reads further; those that are not there do not count."""
    skus = [f"D-{number:02}" for number in range(15)]
    await given_drinks(tenant, COLA="0", **{sku: "0" if sku == "D-03" else "1" for sku in skus})
    for sku in skus:
        await given_substitute(graph, "COLA", sku)
    assert await offered(graph, "COLA") == [sku for sku in skus if sku != "D-03"][:10]


async def test_offers_what_is_there_at_the_place(graph: GraphClient, tenant: GivenTenant) -> None:
    """A bottle in the other shop stands in for nothing here."""
    store = await given_warehouse(tenant, code="STORE")
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_drinks(tenant, COLA="0", PEPSI="3", FANTA="0")
    await given_stock(tenant, "FANTA", "2", warehouse=store)
    for sku in ("PEPSI", "FANTA"):
        await given_substitute(graph, "COLA", sku)
    assert await offered(graph, "COLA") == ["FANTA", "PEPSI"]
    assert await offered(graph, "COLA", outletId=tenant.outlet_id) == ["PEPSI"]
    assert await offered(graph, "COLA", warehouseId=store.id) == ["FANTA"]
    assert await offered(graph, "COLA", outletId=kiosk.outlet.id) == []


async def test_leaves_out_what_is_off_sale_itself(graph: GraphClient, tenant: GivenTenant) -> None:
    """On the channel that was asked about; the web does without what the counter still has."""
    await given_drinks(tenant, COLA="0", PEPSI="3")
    await given_substitute(graph, "COLA", "PEPSI")
    await given_stop(graph, {"item": {"sku": "COLA"}}, channel="web")
    await given_stop(graph, {"item": {"sku": "PEPSI"}}, channel="web")
    assert await offered(graph, "COLA", channel="web") == []
    assert await offered(graph, "COLA", channel="pos") == ["PEPSI"]


async def test_leaves_out_what_is_not_allowed_any_more(graph: GraphClient, tenant: GivenTenant) -> None:
    """An allergen that came in, another controlled class, an archived one, one whose days are over or still to come."""
    skus = ("NUTTY", "CONTROLLED", "ARCHIVED", "OVER", "LATER", "GOOD")
    await given_drinks(tenant, COLA="0", **dict.fromkeys(skus, "1"))
    days = {"OVER": {"validUntil": "2020-01-01"}, "LATER": {"validFrom": "2999-01-01"}}
    for sku in skus:
        await given_substitute(graph, "COLA", sku, **days.get(sku, {}))
    assert await offered(graph, "COLA") == ["ARCHIVED", "CONTROLLED", "GOOD", "NUTTY"]
    await graph.accepted("updateItem", {"item": {"sku": "NUTTY"}, "allergens": ["nuts"]})
    await graph.accepted("updateItem", {"item": {"sku": "CONTROLLED"}, "controlledClass": "S2"})
    await done(graph, "adjustStock", {"sku": "ARCHIVED", "delta": "-1", "reason": "WASTE"})
    await graph.accepted("archiveItem", {"item": {"sku": "ARCHIVED"}}, input_type="ItemKeyInput")
    assert await offered(graph, "COLA") == ["GOOD"]


async def test_offers_a_dish_that_can_be_made(graph: GraphClient, tenant: GivenTenant) -> None:
    """A dish stands in for a dish while its components last; a service is always there."""
    await given_drinks(tenant, BEEF="0", BEAN="2")
    await given_recipe(tenant, "BURGER", component("BEEF", "1"))
    await given_recipe(tenant, "BEAN-BURGER", component("BEAN", "2"))
    await given_item(tenant, sku="CATERING", type="SERVICE")
    await given_substitute(graph, "BURGER", "BEAN-BURGER")
    await given_substitute(graph, "BURGER", "CATERING")
    assert await offered(graph, "BURGER") == ["BEAN-BURGER", "CATERING"]
    await done(graph, "adjustStock", {"sku": "BEAN", "delta": "-1", "reason": "WASTE"})
    assert await offered(graph, "BURGER") == ["CATERING"]


async def test_of_an_item_offers_what_is_none_of_its_own(graph: GraphClient, tenant: GivenTenant) -> None:
    """For a size another size may do; for the shirt as such only another shirt. Each once, by the best of its priorities."""
    shirt = await given_item(tenant, sku="SHIRT")
    await given_variant(tenant, shirt, sku="SHIRT-L")
    await given_drinks(tenant, POLO="1", VEST="1")
    await given_stock(tenant, "SHIRT-L", "1")
    await given_substitute(graph, "SHIRT", "SHIRT-L", priority=1)
    await given_substitute(graph, "SHIRT", "VEST", priority=2)
    await given_substitute(graph, "SHIRT-L", "VEST", priority=9)
    await given_substitute(graph, "SHIRT-L", "POLO", priority=3)
    query = '{ item(key: {sku: "SHIRT"}) { availability { substitutes { sku } } } }'
    assert (await graph(query))["item"]["availability"] == {"substitutes": [{"sku": "VEST"}, {"sku": "POLO"}]}
    assert await offered(graph, "SHIRT") == ["SHIRT-L", "VEST"]


async def test_is_told_by_a_refusal(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever asked too much hears what there is instead, in the warehouse where it was short."""
    store = await given_warehouse(tenant, code="STORE")
    await given_drinks(tenant, COLA="1", PEPSI="3", FANTA="0")
    await given_stock(tenant, "FANTA", "2", warehouse=store)
    for sku in ("PEPSI", "FANTA"):
        await given_substitute(graph, "COLA", sku)
    query = """mutation($input: AdjustStockInput!) { adjustStock(input: $input) { errors {
      ... on InsufficientStock { available substitutes { sku } } } } }"""
    given = {"idempotencyKey": "k", "sku": "COLA", "delta": "-2", "reason": "WASTE"}
    assert (await graph(query, {"input": given}))["adjustStock"]["errors"] == [
        {"available": "1", "substitutes": [{"sku": "PEPSI"}]}
    ]


async def test_is_told_by_the_refusal_of_a_reservation(graph: GraphClient, tenant: GivenTenant) -> None:
    """A shop that cannot have the dish offers another that can be made there."""
    await given_drinks(tenant, BEEF="0", BEAN="2")
    await given_recipe(tenant, "BURGER", component("BEEF", "1"))
    await given_recipe(tenant, "BEAN-BURGER", component("BEAN", "2"))
    await given_substitute(graph, "BURGER", "BEAN-BURGER")
    query = """mutation($input: ReserveStockInput!) { reserveStock(input: $input) { errors {
      ... on InsufficientStock { sku substitutes { sku } } } } }"""
    given = {"idempotencyKey": "k", "lines": [{"sku": "BURGER", "quantity": "1"}], "warehouse": {"code": "MAIN"}}
    assert (await graph(query, {"input": given}))["reserveStock"]["errors"] == [
        {"sku": "BURGER", "substitutes": [{"sku": "BEAN-BURGER"}]}
    ]


async def test_is_not_shown_to_visitors(graph: GraphClient) -> None:
    """Levels and nothing else."""
    shop = await given_tenant(graph.tenant.database, public_levels=True)
    await given_drinks(shop, COLA="0", PEPSI="3")
    await given_substitute(GraphClient(graph.client, graph.callers, shop), "COLA", "PEPSI")
    data = await graph(QUERY, {"skus": ["COLA"]}, actor=NOBODY, headers={"x-tenant-slug": shop.slug})
    assert data["availability"] == [{"sku": "COLA", "substitutes": []}]


async def test_of_a_hundred_skus_takes_eight_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Two for what is there; who is meant, what is stated, what is in it, two for what is there of that, and its variants."""
    skus = [f"S-{number:03}" for number in range(100)]

    async def create(tx: Transaction) -> None:
        for sku in skus:
            await create_item(tx, sku=sku, name=sku, unit="PIECE", allergens=["milk"])

    await tenant.database.write(tenant.actor, create)
    ids = await variant_ids(tenant, *skus)

    async def pair_up(tx: Transaction) -> None:
        for number, variant_id in enumerate(ids):
            for step in (1, 2, 3):
                await set_substitute(tx, variant_id=variant_id, substitute_variant_id=ids[(number + step) % 100])

    await tenant.database.write(tenant.actor, pair_up)
    await done(graph, "receiveStock", {"lines": [{"sku": sku, "quantity": "3"} for sku in skus]}, "movements { id }")
    async with statements(database) as counted:
        data = await graph(QUERY, {"skus": skus})
    counted.assert_at_most(8)
    assert {len(each["substitutes"]) for each in data["availability"]} == {3}
