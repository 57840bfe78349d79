"""Adjusting stock by a difference: how much, why, and what the world hears of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import balance, changes_told, done, refused, told


def adjust(sku: str, delta: str, **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "delta": delta, "reason": "CORRECTION", **fields}


@pytest.mark.parametrize(
    ("delta", "left", "states"), [("2.5", "12.5", (None, "AVAILABLE")), ("-4", "6", ("AVAILABLE", None))]
)
async def test_adds_and_takes_away(
    graph: GraphClient, tenant: GivenTenant, delta: str, left: str, states: tuple[str | None, str | None]
) -> None:
    """More comes from outside, less goes there; the movement's quantity has no sign."""
    await given_item(tenant, sku="SALT", unit="KG")
    await given_stock(tenant, "SALT", "10")
    payload = await done(graph, "adjustStock", adjust("SALT", delta))
    (movement,) = payload["movements"]
    assert (movement["kind"], movement["quantity"]) == ("ADJUSTMENT", delta.removeprefix("-"))
    assert (movement["fromState"], movement["toState"]) == states
    assert [(each["onHand"], each["available"], each["version"]) for each in payload["balances"]] == [(left, left, 2)]


async def test_tells_of_the_correction_with_every_field_that_siblings_read(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """The books of the treasury need the reason, the direction and what it did to the value of the stock."""
    item = await given_item(tenant, sku="BEANS", name="Coffee beans", unit="KG")
    await given_stock(tenant, "BEANS", "10", unit_cost="1200")
    await forget_emitted(tenant)
    given = {"sku": "BEANS", "delta": "-0.5", "reason": "WASTE", "note": "Dropped the jar"}
    payload = await done(graph, "adjustStock", given, "balances { id variantId } movements { occurredAt note reason }")
    updated, adjusted = await told(tenant)
    (shown,), (movement,) = payload["balances"], payload["movements"]
    assert (movement["reason"], movement["note"]) == ("WASTE", "Dropped the jar")
    command_id = updated.payload["adjustment_id"]
    at = datetime.fromisoformat(movement["occurredAt"]).isoformat()
    assert (updated.type, updated.aggregate_version, updated.payload["kinds"]) == (
        "inventory.stock.updated", 2, ["ADJUSTMENT"],
    )  # fmt: skip
    assert (adjusted.type, adjusted.aggregate_type, adjusted.aggregate_id, adjusted.aggregate_version) == (
        "inventory.stock.adjusted", "balance", UUID(shown["id"]), 2,
    )  # fmt: skip
    stamp = adjusted.payload.pop("adjusted_at")
    assert datetime.fromisoformat(stamp).isoformat() == at
    assert adjusted.payload == {
        "tenant_id": str(tenant.id), "adjustment_id": command_id,
        "item_id": str(item.id), "item_name": "Coffee beans", "variant_id": shown["variantId"], "sku": "BEANS",
        "warehouse_id": str(tenant.warehouse_id), "outlet_id": str(tenant.outlet_id),
        "reason": "WASTE", "direction": "decrease", "quantity": "0.5", "uom": "KG", "cost_value": "-600",
        "reference": None, "notes": "Dropped the jar", "adjusted_by": "user-administrator",
    }  # fmt: skip


async def test_converts_units(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also the minus, also over a bridge: two slices are a tenth of a loaf."""
    bread = await given_item(tenant, sku="BREAD")
    await given_unit_bridge(tenant, bread, "SLICE", "PIECE", Fraction(1, 20))
    await given_stock(tenant, "BREAD", "3")
    await done(graph, "adjustStock", adjust("BREAD", "-2", unit="SLICE"))
    assert (await balance(graph, "BREAD"))["onHand"] == "2.9"
    await done(graph, "adjustStock", adjust("BREAD", "1", unit="DOZEN"))
    assert (await balance(graph, "BREAD"))["onHand"] == "14.9"


@pytest.mark.parametrize(
    ("fields", "code", "argument", "said"),
    [
        ({"delta": "-0.5"}, "INVALID_INPUT", "delta", "not a whole number of PIECE"),
        ({"delta": "0"}, "INVALID_INPUT", "delta", "changes nothing"),
        ({"delta": "-0.000000"}, "INVALID_INPUT", "delta", "changes nothing"),
        ({"unit": "KG"}, "UNIT_MISMATCH", "unit", "does not convert"),
        ({"unit": "NONE"}, "NOT_FOUND", "unit", "There is no unit"),
        ({"sku": "LAMPS"}, "NOT_FOUND", "sku", "'LAMPS'"),
        ({"note": "n" * 1_001}, "INVALID_INPUT", "note", "At most 1000 characters"),
        ({"locationCode": "Z"}, "NOT_FOUND", "locationCode", "no active location 'Z'"),
        ({"lotCode": "L"}, "INVALID_INPUT", "lotCode", "LAMP has no lot L"),
        ({"delta": "3", "lotCode": "L"}, "INVALID_INPUT", "lotCode", "is not tracked by lot"),
        ({"warehouse": {"code": "Z"}}, "NOT_FOUND", "warehouse.code", "'Z'"),
    ],
)
async def test_refuses_what_makes_no_sense(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, argument: str, said: str
) -> None:
    """Each with the argument that is wrong, without the place of a line that the caller did not write."""
    await given_item(tenant, sku="LAMP")
    await given_stock(tenant, "LAMP", "5")
    found_code, found_argument, message = await refused(graph, "adjustStock", {**adjust("LAMP", "-1"), **fields})
    assert (found_code, found_argument) == (code, argument)
    assert said in message


async def test_refuses_to_take_more_than_there_is(graph: GraphClient, tenant: GivenTenant) -> None:
    """With the numbers, for machines to react by. What is quarantined is there, but not to take."""
    await given_item(tenant, sku="OAT", unit="KG")
    await given_stock(tenant, "OAT", "3")
    quarantine = {"sku": "OAT", "quantity": "1", "toState": "QUARANTINED", "reason": "INSPECTION"}
    await done(graph, "moveStock", quarantine)
    await forget_emitted(tenant)
    assert (await refused(graph, "adjustStock", adjust("OAT", "-2.5")))[:2] == ("INSUFFICIENT_STOCK", "delta")
    select = "errors { ... on InsufficientStock { sku requested available nextAvailableAt substitutes { sku } path } }"
    query = f"mutation($input: AdjustStockInput!) {{ adjustStock(input: $input) {{ balances {{ id }} {select} }} }}"
    data = await graph(query, {"input": {"idempotencyKey": "k", **adjust("OAT", "-2.5")}})
    assert data["adjustStock"] == {
        "balances": [],
        "errors": [
            {
                "sku": "OAT", "requested": "2.5", "available": "2", "nextAvailableAt": None, "substitutes": [],
                "path": ["input", "delta"],
            }
        ],
    }  # fmt: skip
    assert await told(tenant) == []


async def test_may_have_happened_earlier(graph: GraphClient, tenant: GivenTenant) -> None:
    """Not tomorrow; and more than 48 hours ago only by permission."""
    await given_item(tenant, sku="JAM")
    await given_stock(tenant, "JAM", "5")
    now = datetime.now(UTC)
    clerk = tenant.actor_with("inventory.stock.change")

    def at(**span: float) -> dict[str, Any]:
        return adjust("JAM", "-1", occurredAt=(now + timedelta(**span)).isoformat())

    assert (await refused(graph, "adjustStock", at(hours=1)))[:2] == ("INVALID_INPUT", "occurredAt")
    assert (await refused(graph, "adjustStock", at(hours=-49), actor=clerk))[:2] == ("FORBIDDEN", "occurredAt")
    await done(graph, "adjustStock", at(hours=-47), "movements { id }", actor=clerk)
    await done(graph, "adjustStock", at(hours=-49), "movements { id }")
    shown = await balance(graph, "JAM", "onHand version movements { nodes { occurredAt balanceVersion } }")
    assert (shown["onHand"], shown["version"]) == ("3", 3)
    occurred = [datetime.fromisoformat(each["occurredAt"]) for each in shown["movements"]["nodes"]]
    assert occurred[:2] == [now - timedelta(hours=49), now - timedelta(hours=47)]


async def test_many_at_once_lose_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each waits for the one before it; versions stay dense."""
    await given_item(tenant, sku="DOUGH", unit="KG")
    await given_stock(tenant, "DOUGH", "100")
    await forget_emitted(tenant)
    await asyncio.gather(*(done(graph, "adjustStock", adjust("DOUGH", "-1.5"), "movements { id }") for _ in range(12)))
    assert (await balance(graph, "DOUGH"))["onHand"] == "82"
    assert [change[1] for change in await changes_told(tenant)] == list(range(2, 14))
