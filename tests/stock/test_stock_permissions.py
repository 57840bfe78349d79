"""Who may change stock: by permission, and at which outlets."""

from typing import Any

import pytest

from inventory_graph.db import Transaction
from inventory_graph.masterdata.outlets import register_outlet
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import NOBODY, GraphClient
from tests.rows import unchanged
from tests.stock.requests import done, refused

VERBS: dict[str, tuple[str, dict[str, Any]]] = {
    "receiveStock": ("inventory.stock.add", {"lines": [{"sku": "BOLT", "quantity": "1"}]}),
    "adjustStock": ("inventory.stock.change", {"sku": "BOLT", "delta": "-1", "reason": "WASTE"}),
    "setStock": (
        "inventory.stock.change",
        {"sku": "BOLT", "quantity": "7", "changeFromQuantity": None, "reason": "RECOUNT"},
    ),
    "moveStock": (
        "inventory.stock.change",
        {"sku": "BOLT", "quantity": "1", "toState": "DAMAGED", "reason": "DAMAGED"},
    ),
}
PERMISSIONS = {"inventory.stock.add", "inventory.stock.change", "inventory.stock.manage", "inventory.stock.view"}

verbs = pytest.mark.parametrize("verb", VERBS)


@verbs
async def test_a_verb_takes_its_permission(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """All the others together do not stand in for it; it alone is enough."""
    await given_item(tenant, sku="BOLT")
    await given_stock(tenant, "BOLT", "10")
    permission, given = VERBS[verb]
    without = tenant.actor_with(*(PERMISSIONS - {permission}))
    code, argument, message = await refused(graph, verb, given, actor=without)
    assert (code, argument) == ("FORBIDDEN", "")
    assert permission in message
    with_it = tenant.actor_with(permission)
    assert (await done(graph, verb, given, "balances { version }", actor=with_it))["balances"] == [{"version": 2}]


@verbs
async def test_nobody_without_a_token_changes_stock(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """A visitor of the tenant sees levels at most."""
    await given_item(tenant, sku="BOLT")
    await given_stock(tenant, "BOLT", "10")
    query = f"mutation($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ replayed }} }}"
    given = {"input": {"idempotencyKey": "k", **VERBS[verb][1]}}
    for headers in ({}, {"x-tenant-slug": tenant.slug}):
        async with unchanged(tenant):
            (error,) = await graph.errors(query, given, actor=NOBODY, headers=headers)
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


@verbs
async def test_who_is_bound_to_an_outlet_acts_there_only(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """Not at another outlet, nor at the store that belongs to none; whichever key names the place, also by default."""
    await given_item(tenant, sku="BOLT")
    store = await given_warehouse(tenant, code="STORE")

    async def register(tx: Transaction) -> Any:
        return await register_outlet(tx, code="kiosk", name="Kiosk")

    kiosk = await tenant.database.write(tenant.actor, register)
    for warehouse in (None, store, kiosk.warehouse):
        await given_stock(tenant, "BOLT", "10", warehouse=warehouse)
    clerk = tenant.actor_at(kiosk.outlet.id)
    given = VERBS[verb][1]
    elsewhere: list[dict[str, str] | None] = [
        None, {"code": "MAIN"}, {"id": str(tenant.warehouse_id)}, {"outletId": str(tenant.outlet_id)}, {"code": "STORE"},
    ]  # fmt: skip
    for warehouse_key in elsewhere:
        found = await refused(graph, verb, {**given, "warehouse": warehouse_key}, actor=clerk)
        assert found == ("FORBIDDEN", "", "user-at-outlet is bound to other outlets and may not act on this one.")
    payload = await done(graph, verb, {**given, "warehouse": {"code": "KIOSK"}}, "balances { version }", actor=clerk)
    assert payload["balances"] == [{"version": 2}]


async def test_a_read_takes_its_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Balances, lots, serials and ledgers are stock; who may see items does not see them for that."""
    await given_item(tenant, sku="BOLT")
    await given_stock(tenant, "BOLT", "10")
    blind = tenant.actor_with("inventory.items.view", "inventory.warehouses.view", "inventory.stock.change")
    for query in (
        '{ stockBalance(sku: "BOLT") { onHand } }',
        '{ lot(sku: "BOLT", code: "L") { code } }',
        '{ serial(sku: "BOLT", serial: "S") { serial } }',
        '{ variant(key: {sku: "BOLT"}) { balances { onHand } } }',
        '{ variant(key: {sku: "BOLT"}) { availability { available } } }',
        '{ warehouse(key: {code: "MAIN"}) { balances { nodes { onHand } } } }',
    ):
        errors = await graph.errors(query, actor=blind)
        assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}, query
        assert "inventory.stock.view" in errors[0]["message"]
