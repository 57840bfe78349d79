"""Moving stock between states: on hand stays, what it is good for changes."""

from typing import Any

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import QUANTITIES, balance, changes_told, done, refused, told


def move(quantity: str, **fields: Any) -> dict[str, Any]:
    return {"sku": "FISH", "quantity": quantity, "reason": "INSPECTION", **fields}


@pytest.fixture
async def fish(tenant: GivenTenant) -> None:
    """Ten kilograms of fish."""
    await given_item(tenant, sku="FISH", unit="KG")
    await given_stock(tenant, "FISH", "10", unit_cost="50")
    await forget_emitted(tenant)


@pytest.mark.usefixtures("fish")
async def test_sets_aside_and_releases(graph: GraphClient, tenant: GivenTenant) -> None:
    """Quarantine and release are movements like any other; between them what is set aside cannot be taken."""
    payload = await done(graph, "moveStock", move("4", toState="QUARANTINED", note="Smells"))
    (movement,) = payload["movements"]
    assert (movement["kind"], movement["quantity"], movement["fromState"], movement["toState"]) == (
        "MOVE", "4", "AVAILABLE", "QUARANTINED",
    )  # fmt: skip
    assert await balance(graph, "FISH", QUANTITIES) == {
        "onHand": "10", "available": "6", "quarantined": "4", "damaged": "0", "reserved": "0", "version": 2,
    }  # fmt: skip
    await done(graph, "moveStock", move("1", fromState="QUARANTINED", toState="DAMAGED"))
    await done(graph, "moveStock", move("3", fromState="QUARANTINED"))
    assert await balance(graph, "FISH", QUANTITIES) == {
        "onHand": "10", "available": "9", "quarantined": "0", "damaged": "1", "reserved": "0", "version": 4,
    }  # fmt: skip


@pytest.mark.usefixtures("fish")
async def test_tells_of_the_balance_but_of_no_correction(graph: GraphClient, tenant: GivenTenant) -> None:
    """On hand did not change, available did: shops must hear of it, the treasury need not."""
    await done(graph, "moveStock", move("4", toState="DAMAGED"))
    (event,) = await told(tenant)
    assert (event.type, event.aggregate_version, event.payload["kinds"]) == ("inventory.stock.updated", 2, ["MOVE"])
    assert await changes_told(tenant) == [("FISH", 2, "10", "0", "10")]
    assert event.payload["before"] == {
        "on_hand": "10", "available": "10", "reserved": "0", "quarantined": "0", "damaged": "0",
    }  # fmt: skip
    assert event.payload["after"] == {
        "on_hand": "10", "available": "6", "reserved": "0", "quarantined": "0", "damaged": "4",
    }  # fmt: skip


@pytest.mark.usefixtures("fish")
async def test_leaves_the_value_as_it_is(graph: GraphClient, tenant: GivenTenant) -> None:
    """A state is no price: what damaged stock is worth is for a write-off to say."""
    select = 'movements { unitCost { amount } } balances { asOf(at: "2999-01-01T00:00:00Z") { value { amount } } }'
    payload = await done(graph, "moveStock", move("4", toState="DAMAGED"), select)
    assert payload["movements"] == [{"unitCost": {"amount": "50"}}]
    assert payload["balances"] == [{"asOf": {"value": {"amount": "500"}}}]


@pytest.mark.usefixtures("fish")
async def test_converts_units(graph: GraphClient, tenant: GivenTenant) -> None:
    """As everywhere: 250 g of what is kept by the kilogram."""
    payload = await done(graph, "moveStock", move("250", unit="g", toState="DAMAGED"))
    assert payload["movements"][0]["quantity"] == "0.25"


@pytest.mark.usefixtures("fish")
@pytest.mark.parametrize(
    ("given", "code", "argument", "said"),
    [
        (move("1"), "INVALID_INPUT", "toState", "Nothing would move"),
        (move("1", fromState="DAMAGED", toState="DAMAGED"), "INVALID_INPUT", "toState", "Nothing would move"),
        (move("1", toState="RESERVED"), "INVALID_INPUT", "toState", "by reservations only"),
        (move("1", fromState="RESERVED"), "INVALID_INPUT", "toState", "by reservations only"),
        (move("10.5", toState="DAMAGED"), "INSUFFICIENT_STOCK", "quantity", "0.5 short"),
        (move("1", fromState="DAMAGED"), "INSUFFICIENT_STOCK", "quantity", "0 are damaged"),
        (move("0", toState="DAMAGED"), "INVALID_INPUT", "quantity", "more than 0"),
        (move("-1", toState="DAMAGED"), "INVALID_INPUT", "quantity", "more than 0"),
        (move("1", toState="DAMAGED", unit="LITRE"), "UNIT_MISMATCH", "unit", "does not convert"),
        (move("1", toState="DAMAGED", sku="MEAT"), "NOT_FOUND", "sku", "'MEAT'"),
        (move("1", toState="DAMAGED", warehouse={"id": "x"}), "NOT_FOUND", "warehouse.id", "no warehouse"),
        (move("1", toState="DAMAGED", note="n" * 1_001), "INVALID_INPUT", "note", "At most 1000"),
        (move("1", toState="DAMAGED", serials=["S"]), "INVALID_INPUT", "serials", "not tracked by serial"),
    ],
)
async def test_refuses_what_makes_no_sense(
    graph: GraphClient, tenant: GivenTenant, given: dict[str, Any], code: str, argument: str, said: str
) -> None:
    """RESERVED is for holds alone: stock that is held without an owner could never be released."""
    found_code, found_argument, message = await refused(graph, "moveStock", given)
    assert (found_code, found_argument) == (code, argument)
    assert said in message


async def test_refuses_to_owe_from_a_state(graph: GraphClient, tenant: GivenTenant) -> None:
    """Stock may be negative where it is sold, but nothing that is not there can be broken."""
    await given_item(tenant, sku="FISH", unit="KG", allow_negative=True)
    await given_stock(tenant, "FISH", "1")
    assert (await refused(graph, "moveStock", move("2", toState="DAMAGED")))[:2] == ("INSUFFICIENT_STOCK", "quantity")
