"""Setting on hand to a quantity: guarded by what the caller believes is there."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import QUANTITIES, balance, changes_told, done, refused, told


def to(quantity: str, believed: str | None, **fields: Any) -> dict[str, Any]:
    return {"sku": "RICE", "quantity": quantity, "changeFromQuantity": believed, "reason": "RECOUNT", **fields}


@pytest.fixture
async def rice(tenant: GivenTenant) -> None:
    """Ten kilograms of rice."""
    await given_item(tenant, sku="RICE", unit="KG")
    await given_stock(tenant, "RICE", "10", unit_cost="100")
    await forget_emitted(tenant)


@pytest.mark.usefixtures("rice")
@pytest.mark.parametrize(
    ("quantity", "change", "states", "direction", "value"),
    [("12.5", "2.5", (None, "AVAILABLE"), "increase", "250"), ("4", "-6", ("AVAILABLE", None), "decrease", "-600")],
)
async def test_writes_the_difference(
    graph: GraphClient,
    tenant: GivenTenant,
    quantity: str,
    change: str,
    states: tuple[str | None, str | None],
    direction: str,
    value: str,
) -> None:
    """The ledger keeps what changed, not what was said; siblings hear of a correction like any other."""
    payload = await done(graph, "setStock", to(quantity, "10"))
    (movement,) = payload["movements"]
    assert (movement["kind"], movement["quantity"]) == ("SET", change.removeprefix("-"))
    assert (movement["fromState"], movement["toState"]) == states
    assert [(each["onHand"], each["version"]) for each in payload["balances"]] == [(quantity, 2)]
    assert await changes_told(tenant) == [("RICE", 2, "10", change, quantity)]
    (adjusted,) = await told(tenant, "inventory.stock.adjusted")
    said = {name: adjusted.payload[name] for name in ("direction", "quantity", "uom", "cost_value", "reason")}
    assert said == {
        "direction": direction, "quantity": change.removeprefix("-"), "uom": "KG", "cost_value": value, "reason": "RECOUNT",
    }  # fmt: skip


@pytest.mark.usefixtures("rice")
async def test_refuses_what_changed_meanwhile(graph: GraphClient, tenant: GivenTenant) -> None:
    """Somebody sold two since the shelf was looked at: the count is stale, and is told what is there now."""
    await done(graph, "adjustStock", {"sku": "RICE", "delta": "-2", "reason": "CORRECTION"})
    code, argument, message = await refused(graph, "setStock", to("9", "10"))
    assert (code, argument) == ("STALE_QUANTITY", "changeFromQuantity")
    assert "RICE has 8 on hand, not 10" in message
    query = """mutation($input: SetStockInput!) { setStock(input: $input) {
      balances { id } errors { ... on StaleQuantity { code sku expected actual path } } } }"""
    async with unchanged(tenant):
        data = await graph(query, {"input": {"idempotencyKey": "k", **to("9", "10")}})
    assert data["setStock"] == {
        "balances": [],
        "errors": [
            {
                "code": "STALE_QUANTITY", "sku": "RICE", "expected": "10", "actual": "8",
                "path": ["input", "changeFromQuantity"],
            }
        ],
    }  # fmt: skip


@pytest.mark.usefixtures("rice")
async def test_compares_values_not_spellings(graph: GraphClient, tenant: GivenTenant) -> None:
    """10.000 kilograms are 10."""
    await done(graph, "setStock", to("11.50", "10.000"))
    assert (await balance(graph, "RICE"))["onHand"] == "11.5"


@pytest.mark.usefixtures("rice")
async def test_explicit_null_opts_out(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever says that nothing is known may write over whatever is there, but has to say so."""
    await done(graph, "setStock", to("3", None))
    assert (await balance(graph, "RICE"))["onHand"] == "3"


@pytest.mark.usefixtures("rice")
async def test_leaving_the_guard_out_is_an_error(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not said is not the same as null: a client that forgot it would overwrite others unseen. A variable that was not sent
    is not said either."""
    given = to("3", None)
    del given["changeFromQuantity"]
    code, argument, message = await refused(graph, "setStock", given)
    assert (code, argument) == ("INVALID_INPUT", "changeFromQuantity")
    assert "explicit null opts out" in message
    query = """mutation($believed: Quantity) { setStock(input: {
      idempotencyKey: "k", sku: "RICE", quantity: "3", reason: RECOUNT, changeFromQuantity: $believed
    }) { balances { onHand } errors { code path } } }"""
    async with unchanged(tenant):
        data = await graph(query)
    assert data["setStock"]["errors"] == [{"code": "INVALID_INPUT", "path": ["input", "changeFromQuantity"]}]
    assert (await graph(query, {"believed": None}))["setStock"]["balances"] == [{"onHand": "3"}]


@pytest.mark.usefixtures("rice")
async def test_the_same_quantity_makes_no_version(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nothing moved, so there is nothing to tell; the answer is the balance as it is, also when it is sent again."""
    given = {"idempotencyKey": uuid4().hex, **to("10", "10")}
    payload = await done(graph, "setStock", given)
    assert (payload["movements"], payload["replayed"]) == ([], False)
    assert [(each["onHand"], each["version"]) for each in payload["balances"]] == [("10", 1)]
    assert await told(tenant) == []
    await done(graph, "setStock", to("0", "10"))
    again = await done(graph, "setStock", given)
    assert [(each["onHand"], each["version"]) for each in again["balances"]] == [("10", 1)]
    assert again["replayed"]


async def test_begins_a_balance(graph: GraphClient, tenant: GivenTenant) -> None:
    """A pair never touched has 0, which a caller may believe."""
    await given_item(tenant, sku="RICE", unit="KG")
    payload = await done(graph, "setStock", to("4", "0"))
    assert [(each["onHand"], each["version"]) for each in payload["balances"]] == [("4", 1)]
    assert await changes_told(tenant) == [("RICE", 1, "0", "4", "4")]


@pytest.mark.usefixtures("rice")
async def test_leaves_what_is_set_aside(graph: GraphClient, tenant: GivenTenant) -> None:
    """On hand is everything; a decrease takes from what is available and from nothing else."""
    for state, quantity in (("QUARANTINED", "3"), ("DAMAGED", "1")):
        given = {"sku": "RICE", "quantity": quantity, "toState": state, "reason": "INSPECTION"}
        await done(graph, "moveStock", given)
    assert (await refused(graph, "setStock", to("3.5", "10")))[:2] == ("INSUFFICIENT_STOCK", "quantity")
    await done(graph, "setStock", to("4", "10"))
    assert await balance(graph, "RICE", QUANTITIES) == {
        "onHand": "4", "available": "0", "quarantined": "3", "damaged": "1", "reserved": "0", "version": 4,
    }  # fmt: skip


@pytest.mark.usefixtures("rice")
@pytest.mark.parametrize(
    ("fields", "code", "argument"),
    [
        ({"quantity": "-1"}, "INVALID_INPUT", "quantity"),
        ({"sku": "NONE"}, "NOT_FOUND", "sku"),
        ({"warehouse": {"code": "NONE"}}, "NOT_FOUND", "warehouse.code"),
        ({"sku": "PIECES", "quantity": "1.5"}, "INVALID_INPUT", "quantity"),
        ({"sku": "LOTS", "quantity": "2"}, "INVALID_INPUT", "quantity"),
        ({"sku": "SERIALS", "quantity": "2"}, "INVALID_INPUT", "quantity"),
    ],
)
async def test_refuses_what_makes_no_sense(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, argument: str
) -> None:
    """What is tracked can be set lower; more of it would be of no lot and without a number."""
    await given_item(tenant, sku="PIECES")
    await given_item(tenant, sku="LOTS", tracking="LOT")
    await given_item(tenant, sku="SERIALS", tracking="SERIAL")
    assert (await refused(graph, "setStock", {**to("1", None), **fields}))[:2] == (code, argument)


async def test_sets_lots_and_pieces_lower(graph: GraphClient, tenant: GivenTenant) -> None:
    """By the item's strategy, in one call."""
    await given_item(tenant, sku="LOTS", tracking="LOT")
    await given_item(tenant, sku="SERIALS", tracking="SERIAL")
    await given_stock(tenant, "LOTS", "4", lot="A")
    await given_stock(tenant, "SERIALS", "3", serials=("1", "2", "3"))
    first = await done(graph, "setStock", to("1", "4", sku="LOTS"))
    second = await done(graph, "setStock", to("1", "3", sku="SERIALS"))
    assert [(each["lot"], each["quantity"]) for each in first["movements"]] == [({"code": "A"}, "3")]
    assert sorted(second["movements"][0]["serials"]) == ["1", "2"]


@pytest.mark.usefixtures("rice")
async def test_one_of_many_with_the_same_belief_wins(graph: GraphClient, tenant: GivenTenant) -> None:
    """The others are told what is there now: compare and swap."""
    payloads = await asyncio.gather(
        *(
            graph.payload(
                "setStock", {"idempotencyKey": uuid4().hex, **to(str(20 + number), "10")}, "balances { onHand }"
            )
            for number in range(6)
        )
    )
    (won,) = [payload["balances"][0]["onHand"] for payload in payloads if not payload["errors"]]
    assert [payload["errors"][0]["code"] for payload in payloads if payload["errors"]] == ["STALE_QUANTITY"] * 5
    assert await balance(graph, "RICE", "onHand version") == {"onHand": won, "version": 2}
