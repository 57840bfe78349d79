"""The end of a return to a supplier: credited, or kept after all."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import given_acme
from tests.given.returns import RETURN, back, came, goods, return_step, sent_back
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import balance

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, MILK in lots, TILL by serial, and ACME who sells them."""
    await given_item(tenant, sku="TEA")
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_item(tenant, sku="TILL", tracking="SERIAL", type="EQUIPMENT")
    await given_acme(graph)


async def refused(graph: GraphClient, verb: str, request: dict[str, Any]) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal(verb, request)
    return error["code"], ".".join(error["path"][1:]), error["message"]


LEADS_TO = {("SHIPPED", "credit"): "CREDITED", ("SHIPPED", "cancel"): "CANCELLED"}
"""What can be done in a state and where it leads. Everything else is refused."""


@pytest.mark.parametrize("state", ["SHIPPED", "CREDITED", "CANCELLED"])
@pytest.mark.parametrize("verb", ["credit", "cancel"])
async def test_every_pair_of_state_and_step(graph: GraphClient, tenant: GivenTenant, state: str, verb: str) -> None:
    """One event for what is taken; for what is refused the state it is in, and no trace."""
    (tea,) = await came(graph, goods("TEA", 10))
    found = await sent_back(graph, back(tea, 2))
    for before, led_to in LEADS_TO.items():
        if led_to == state:
            await graph.accepted(f"{before[1]}SupplierReturn", return_step(before[1], found))
    await forget_emitted(tenant)
    if (state, verb) not in LEADS_TO:
        code, path, message = await refused(graph, f"{verb}SupplierReturn", return_step(verb, found))
        assert (code, path) == ("INVALID_TRANSITION", "supplierReturnId")
        assert f"SR-000001 is {state};" in message
        return
    after = (await graph.accepted(f"{verb}SupplierReturn", return_step(verb, found), RETURN))["supplierReturn"]
    assert (after["status"], after["resolvedBy"]) == (LEADS_TO[state, verb], tenant.actor.subject)
    (event,) = [each for each in await emitted(tenant) if each.aggregate_type == "supplier_return"]
    assert event.type == f"inventory.supplier_return.{LEADS_TO[state, verb].lower()}"
    if verb == "credit":
        assert (after["creditNote"], after["creditAmount"]["amount"]) == ("CN 7", "18.01")
        assert (event.payload["credit_note"], event.payload["credit_amount"]) == ("CN 7", "18.01")
        assert (await balance(graph, "TEA"))["onHand"] == "8"
    else:
        assert after["cancellationReason"] == event.payload["cancellation_reason"] == "Not fetched"
        assert (await balance(graph, "TEA"))["onHand"] == "10"


async def test_what_stays_is_where_it_lay(graph: GraphClient, tenant: GivenTenant) -> None:
    """In its state, of its lot, at its place, with its pieces and its cost."""
    await given_location(tenant, code="A-1", type="SHELF")
    milk, tills = await came(
        graph,
        goods("MILK", 5, 50, lotCode="A", locationCode="A-1"),
        goods("TILL", 1, 900, serials=["T-1"], disposition="DAMAGED"),
    )
    select = """onHand damaged movements(first: 1) { nodes { quantity toState toLocation { code } lot { code } serials
      unitCost { amount } } }"""
    before = [await balance(graph, sku, select) for sku in ("MILK", "TILL")]
    found = await sent_back(graph, back(milk, 5), back(tills, 1, serials=["T-1"]))
    await came(graph, goods("MILK", 5, 90, lotCode="B"))
    await graph.accepted("cancelSupplierReturn", return_step("cancel", found))
    after = [await balance(graph, sku, select) for sku in ("MILK", "TILL")]
    assert after == [before[0] | {"onHand": "10"}, before[1]]
    read = await balance(graph, "MILK", "movements(first: 1) { nodes { kind note reference } }")
    assert read["movements"]["nodes"] == [
        {"kind": "SUPPLIER_RETURN_CANCELLATION", "note": "Not fetched", "reference": "SR-000001"}
    ]
    assert (await graph('{ serial(sku: "TILL", serial: "T-1") { status } }'))["serial"] == {"status": "IN_STOCK"}


async def test_a_credit_that_makes_no_sense_is_refused(graph: GraphClient) -> None:
    """It has a note and an amount in the return's currency; the return is named by one of its names."""
    (tea,) = await came(graph, goods("TEA", 10))
    found = await sent_back(graph, back(tea, 2))
    for fields, code, path in (
        ({"creditNote": " "}, "INVALID_INPUT", "creditNote"),
        ({"amount": {"amount": "-1", "currency": "KES"}}, "INVALID_INPUT", "amount.amount"),
        ({"amount": {"amount": "1", "currency": "USD"}}, "INVALID_INPUT", "amount.currency"),
        ({"number": "SR-000001"}, "INVALID_INPUT", "number"),
        ({"supplierReturnId": UNKNOWN}, "NOT_FOUND", "supplierReturnId"),
        ({"supplierReturnId": None, "number": "SR-9"}, "NOT_FOUND", "number"),
    ):
        request = return_step("credit", found, **fields)
        assert (await refused(graph, "creditSupplierReturn", request))[:2] == (code, path), fields
