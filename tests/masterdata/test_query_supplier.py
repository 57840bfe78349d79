"""Suppliers and what they sell over GraphQL."""

from typing import Any

import pytest

from tests.emitted import assert_nothing_emitted
from tests.given.recipes import given_item
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

OFFER = """supplierItem { supplierSku unitPrice { amount currency } leadTimeDays orderMinimum orderMultiple isPreferred
  supplier { code } variant { sku } unit { code } }"""


async def test_creates_and_changes_a_supplier(graph: GraphClient) -> None:
    """The same key again is the same supplier."""
    request = {"code": "DAIRY", "name": "Dairy", "email": "a@b.example", "idempotencyKey": "k"}
    select = "supplier { id code name email currency paymentTermsDays isActive }"
    first = await graph.accepted("createSupplier", request, select)
    assert {**first["supplier"], "id": ""} == {
        "id": "",
        "code": "DAIRY",
        "name": "Dairy",
        "email": "a@b.example",
        "currency": "KES",
        "paymentTermsDays": None,
        "isActive": True,
    }
    assert await graph.accepted("createSupplier", request, select) == first | {"replayed": True}
    changed = await graph.accepted(
        "updateSupplier", {"supplierCode": "DAIRY", "email": None, "isActive": False}, select
    )
    assert changed["supplier"] == first["supplier"] | {"email": None, "isActive": False}
    refusal = await graph.refusal("updateSupplier", {"supplierCode": "DAIRY", "currency": None})
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "currency"])
    assert await graph('{ supplier(code: "DAIRY") { email } none: supplier(code: "NOBODY") { id } }') == {
        "supplier": {"email": None},
        "none": None,
    }


async def test_states_what_a_supplier_sells(graph: GraphClient, tenant: GivenTenant) -> None:
    """Quantities are strings in the purchase unit; what is left out the second time is none."""
    await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    request: dict[str, Any] = {"supplierCode": "DAIRY", "sku": "MILK"}
    full = request | {
        "supplierSku": "M-1",
        "unit": "ml",
        "unitPrice": {"amount": "0.065", "currency": "KES"},
        "leadTimeDays": 2,
        "orderMinimum": "5000",
        "orderMultiple": "0.5",
        "isPreferred": True,
    }
    payload = await graph.accepted("setSupplierItem", full, OFFER)
    assert payload["supplierItem"] == {
        "supplierSku": "M-1",
        "unitPrice": {"amount": "0.065", "currency": "KES"},
        "leadTimeDays": 2,
        "orderMinimum": "5000",
        "orderMultiple": "0.5",
        "isPreferred": True,
        "supplier": {"code": "DAIRY"},
        "variant": {"sku": "MILK"},
        "unit": {"code": "ML"},
    }
    payload = await graph.accepted("setSupplierItem", request, OFFER)
    assert payload["supplierItem"] == {
        "supplierSku": None,
        "unitPrice": None,
        "leadTimeDays": None,
        "orderMinimum": None,
        "orderMultiple": None,
        "isPreferred": False,
        "supplier": {"code": "DAIRY"},
        "variant": {"sku": "MILK"},
        "unit": {"code": "LITRE"},
    }


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"unit": "KG"}, "UNIT_MISMATCH", ["input", "unit"]),
        ({"unitPrice": {"amount": "-1", "currency": "KES"}}, "INVALID_INPUT", ["input", "unitPrice", "amount"]),
        ({"unitPrice": {"amount": "1e3", "currency": "KES"}}, "INVALID_INPUT", ["input", "unitPrice", "amount"]),
        ({"unitPrice": {"amount": "1", "currency": "kes"}}, "INVALID_INPUT", ["input", "unitPrice", "currency"]),
        ({"supplierCode": "NOBODY"}, "NOT_FOUND", ["input", "supplierCode"]),
        ({"sku": None, "variantId": "no uuid"}, "INVALID_INPUT", ["input", "variantId"]),
    ],
)
async def test_refuses_an_offer_that_is_not_valid(
    graph: GraphClient, tenant: GivenTenant, change: dict[str, Any], code: str, path: list[str]
) -> None:
    """Nothing is stated."""
    await given_supplier(tenant, code="DAIRY")
    await given_item(tenant, "MILK", unit="LITRE")
    refusal = await graph.refusal("setSupplierItem", {"supplierCode": "DAIRY", "sku": "MILK"} | change)
    assert (refusal["code"], refusal["path"]) == (code, path)
    assert (await graph('{ supplier(code: "DAIRY") { items { totalCount } } }'))["supplier"]["items"]["totalCount"] == 0


async def test_pages_suppliers_with_what_they_sell(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Five statements: suppliers, offers, variants, units, and the items' suppliers the other way round."""
    for code in ("C", "A", "B"):
        await given_supplier(tenant, code=code)
    for sku in ("MILK", "CREAM"):
        await given_item(tenant, sku, unit="LITRE")
        for code in ("A", "B"):
            await graph.accepted("setSupplierItem", {"supplierCode": code, "sku": sku, "isPreferred": code == "B"})
    query = """query ($after: String) { suppliers(first: 2, after: $after) {
      nodes { code items(first: 1) { nodes { variant { sku suppliers { supplier { code } } } unit { code } }
        pageInfo { hasNextPage } } } pageInfo { hasNextPage endCursor } } }"""
    async with statements(database) as counted:
        data = await graph(query)
    counted.assert_at_most(6)
    offer = {"variant": {"sku": "CREAM", "suppliers": [{"supplier": {"code": "B"}}, {"supplier": {"code": "A"}}]}}
    page = {"nodes": [offer | {"unit": {"code": "LITRE"}}], "pageInfo": {"hasNextPage": True}}
    assert data["suppliers"]["nodes"] == [{"code": "A", "items": page}, {"code": "B", "items": page}]
    data = await graph(query, {"after": data["suppliers"]["pageInfo"]["endCursor"]})
    assert [node["code"] for node in data["suppliers"]["nodes"]] == ["C"]
    assert await graph("{ suppliers(filter: { isActive: false }) { totalCount nodes { code } } }") == {
        "suppliers": {"totalCount": 0, "nodes": []}
    }


@pytest.mark.parametrize(
    ("mutation", "given", "permission"),
    [
        ("createSupplier", {"code": "X", "name": "X"}, "inventory.purchasing.add"),
        ("updateSupplier", {"supplierCode": "X", "name": "X"}, "inventory.purchasing.change"),
        ("setSupplierItem", {"supplierCode": "X", "sku": "X"}, "inventory.purchasing.change"),
    ],
)
async def test_needs_the_permission(
    graph: GraphClient, tenant: GivenTenant, mutation: str, given: dict[str, str], permission: str
) -> None:
    """A stock clerk neither buys nor sees prices."""
    clerk = tenant.actor_as("stock_clerk")
    refusal = await graph.refusal(mutation, given, actor=clerk)
    assert refusal["code"] == "FORBIDDEN"
    assert permission in refusal["message"]
    for query in ("{ suppliers { nodes { id } } }", '{ supplier(code: "X") { id } }'):
        (error,) = await graph.errors(query, actor=clerk)
        assert "inventory.purchasing.view" in error["message"]
    await assert_nothing_emitted(tenant)
