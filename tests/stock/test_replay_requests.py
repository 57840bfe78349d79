"""Sending a request again: the same key with the same arguments answers the same and does nothing."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import QUANTITIES, balance, changes_told, done, refused

FULL = f"""balances {{ id updatedAt reorderPoint safetyStock {QUANTITIES} variant {{ sku }} }}
  movements {{ id kind quantity fromState toState serials reason note reference unitCost {{ amount currency }}
    balanceVersion onHandAfter occurredAt recordedAt recordedBy toLocation {{ code }} lot {{ code }} }}"""

REQUESTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "receiveStock": (
        {"lines": [{"sku": "TEA", "quantity": "2.50", "unitCost": {"amount": "1.50", "currency": "KES"}}]},
        {"lines": [{"sku": "TEA", "quantity": "2.5", "unitCost": {"amount": "1.5", "currency": "KES"}}]},
        {"lines": [{"sku": "TEA", "quantity": "2.6", "unitCost": {"amount": "1.5", "currency": "KES"}}]},
        "lines",
    ),
    "adjustStock": (
        {"sku": "TEA", "delta": "-2.50", "reason": "WASTE", "note": "Wet", "occurredAt": "2025-06-20T12:00:00+03:00"},
        {"sku": "TEA", "delta": "-2.5", "reason": "WASTE", "note": "Wet", "occurredAt": "2025-06-20T09:00:00Z"},
        {"sku": "TEA", "delta": "-2.5", "reason": "OTHER", "note": "Wet", "occurredAt": "2025-06-20T09:00:00Z"},
        "reason",
    ),
    "setStock": (
        {"sku": "TEA", "quantity": "7.0", "changeFromQuantity": "10", "reason": "RECOUNT"},
        {"sku": "TEA", "quantity": "7", "changeFromQuantity": "10.0", "reason": "RECOUNT"},
        {"sku": "TEA", "quantity": "7", "changeFromQuantity": None, "reason": "RECOUNT"},
        "changeFromQuantity",
    ),
    "moveStock": (
        {"sku": "TEA", "quantity": "1.10", "toState": "DAMAGED", "reason": "DAMAGED"},
        {"sku": "TEA", "quantity": "1.1", "toState": "DAMAGED", "reason": "DAMAGED", "note": None},
        {"sku": "TEA", "quantity": "1.1", "toState": "QUARANTINED", "reason": "DAMAGED"},
        "toState",
    ),
}

verbs = pytest.mark.parametrize("verb", REQUESTS)


@pytest.fixture(autouse=True)
async def tea(tenant: GivenTenant) -> None:
    """Ten kilograms of tea."""
    await given_item(tenant, sku="TEA", unit="KG")
    await given_location(tenant, code="TIN", type="BIN")
    await given_stock(tenant, "TEA", "10", unit_cost="3", location="TIN")
    await forget_emitted(tenant)


@verbs
async def test_answers_as_it_was_recorded(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """In another spelling of the same values, and after the balance has long changed: whoever lost the answer gets that
    answer, not the present."""
    spelled, spelled_otherwise, _, _ = REQUESTS[verb]
    first = await done(graph, verb, {"idempotencyKey": "k-1", **spelled}, FULL)
    await done(graph, "adjustStock", {"sku": "TEA", "delta": "40", "reason": "FOUND"})
    levels = {"sku": "TEA", "reorderPoint": "5", "safetyStock": "1"}
    await graph.accepted("setStockLevels", levels)
    async with unchanged(tenant):
        again = await done(graph, verb, {"idempotencyKey": "k-1", **spelled_otherwise}, FULL)
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert again == first
    assert again["movements"]


@verbs
async def test_refuses_other_arguments(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """A key that is used twice for different things is a bug of the client; it is told what differs."""
    spelled, _, other, differing = REQUESTS[verb]
    await done(graph, verb, {"idempotencyKey": "k-1", **spelled})
    code, argument, message = await refused(graph, verb, {"idempotencyKey": "k-1", **other})
    assert (code, argument) == ("IDEMPOTENCY_CONFLICT", differing)
    assert message == f"The idempotency key 'k-1' was used before with other arguments: {differing} differ."


@verbs
async def test_names_everything_that_differs(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """Also what was left out the first time."""
    spelled, _, other, differing = REQUESTS[verb]
    await done(graph, verb, {"idempotencyKey": "k-1", **spelled})
    elsewhere = {"idempotencyKey": "k-1", **other, "warehouse": {"code": "MAIN"}}
    code, _, message = await refused(graph, verb, elsewhere)
    assert code == "IDEMPOTENCY_CONFLICT"
    assert f"{differing}, warehouse differ." in message


@verbs
async def test_a_refusal_leaves_no_key(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """It is decided anew each time: what was short yesterday may be there today, also with other arguments."""
    spelled, _, _, _ = REQUESTS[verb]
    wrong = {"idempotencyKey": "k-1", **spelled, "warehouse": {"code": "NOWHERE"}}
    for _ in range(2):
        assert (await refused(graph, verb, wrong))[:2] == ("NOT_FOUND", "warehouse.code")
    payload = await done(graph, verb, {"idempotencyKey": "k-1", **spelled})
    assert not payload["replayed"]


@verbs
async def test_sent_by_eight_at_once_happens_once(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """A client that does not hear an answer sends again, and again, before the first has ended."""
    spelled, spelled_otherwise, _, _ = REQUESTS[verb]
    payloads = await asyncio.gather(
        *(
            done(graph, verb, {"idempotencyKey": "k-1", **(spelled if number % 2 else spelled_otherwise)}, FULL)
            for number in range(8)
        )
    )
    assert sorted(payload.pop("replayed") for payload in payloads) == [False] + [True] * 7
    assert all(payload == payloads[0] for payload in payloads)
    assert len(await changes_told(tenant)) == 1
    assert (await balance(graph, "TEA"))["version"] == 2


async def test_keys_of_other_operations_are_free(graph: GraphClient, tenant: GivenTenant) -> None:
    """A client may number its requests per operation."""
    await done(graph, "setStock", {"idempotencyKey": "1", **REQUESTS["setStock"][0]})
    for verb in ("receiveStock", "adjustStock", "moveStock"):
        payload = await done(graph, verb, {"idempotencyKey": "1", **REQUESTS[verb][0]})
        assert not payload["replayed"]


async def test_keys_of_other_tenants_are_free(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither the effect nor the answer of one is ever the other's, though key, SKU and arguments be the same."""
    await done(graph, "adjustStock", {"idempotencyKey": "1", **REQUESTS["adjustStock"][0]})
    other = await given_tenant(tenant.database)
    await given_item(other, sku="TEA", unit="KG")
    await given_stock(other, "TEA", "100")
    async with unchanged(tenant):
        given = {"idempotencyKey": "1", **REQUESTS["adjustStock"][0]}
        payload = await done(graph, "adjustStock", given, actor=other.actor)
    assert not payload["replayed"]
    assert payload["balances"][0]["onHand"] == "97.5"


@pytest.mark.parametrize("key", ["", "k" * 256, "a\u0085b"])
@verbs
async def test_refuses_a_key_that_cannot_be_kept(graph: GraphClient, tenant: GivenTenant, verb: str, key: str) -> None:
    """Before anything is done, for it could not be done safely."""
    code, argument, message = await refused(graph, verb, {**REQUESTS[verb][0], "idempotencyKey": key})
    assert (code, argument) == ("INVALID_INPUT", "idempotencyKey")
    assert "1 to 255 characters" in message


async def test_takes_any_key_that_can_be_kept(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is the client's own word: 255 characters of any script."""
    key = "🍵" * 255
    given = {"idempotencyKey": key, **REQUESTS["moveStock"][0]}
    await done(graph, "moveStock", given)
    assert (await done(graph, "moveStock", given))["replayed"]


async def test_shows_nested_fields_as_they_are_now(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was recorded are the balance and its movements; what hangs on them is looked up."""
    given = {"idempotencyKey": uuid4().hex, **REQUESTS["adjustStock"][0]}
    select = "balances { onHand variant { item { name } } movements(first: 1) { nodes { quantity } } }"
    await done(graph, "adjustStock", given, select)
    await graph.accepted("updateItem", {"item": {"sku": "TEA"}, "name": "Green tea"})
    await done(graph, "adjustStock", {"sku": "TEA", "delta": "40", "reason": "FOUND"})
    again = await done(graph, "adjustStock", given, select)
    assert again["balances"] == [
        {
            "onHand": "7.5",
            "variant": {"item": {"name": "Green tea"}},
            "movements": {"nodes": [{"quantity": "40"}]},
        }
    ]
