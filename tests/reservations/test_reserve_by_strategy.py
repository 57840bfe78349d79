"""A reservation that names no warehouse is taken from those that the tenant's strategy chooses."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory_graph.identity.tenants import AllocationStrategy, update_tenant
from inventory_graph.masterdata.coordinates import coordinates_of
from tests.emitted import assert_nothing_emitted, forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient

NAIROBI = {"latitude": -1.286389, "longitude": 36.817223}
_HELD = """
SELECT warehouses.code, variants.sku, holds.quantity FROM holds
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = holds.warehouse_id
JOIN variants ON variants.tenant_id = $1 AND variants.id = holds.variant_id
WHERE holds.tenant_id = $1 AND holds.owner_id = $2 AND holds.quantity > 0
"""

SHOPS = {
    "SHOP": (1, (-1.39, 36.82), 3, 1),
    "NORTH": (2, (-1.26, 36.82), 2, 1),
    "HUB": (3, (-1.56, 36.82), 8, 2),
    "DEPOT": (4, (-1.36, 36.82), 4, 4),
}
"""The example of docs/how-to/allocate.md: priority, place, croissants and milk by warehouse."""


async def given_shops(tenant: GivenTenant, strategy: AllocationStrategy, *, may_split: bool) -> None:
    for sku in ("CROISSANT", "MILK"):
        await given_item(tenant, sku=sku)
    for code, (priority, place, croissants, milk) in SHOPS.items():
        made = await given_warehouse(tenant, code=code, priority=priority, coordinates=coordinates_of(*place))
        await given_stock(tenant, "CROISSANT", str(croissants), warehouse=made)
        await given_stock(tenant, "MILK", str(milk), warehouse=made)
    await tenant.database.write(
        tenant.actor,
        lambda tx: update_tenant(tx, allocation_strategy=strategy, may_split_reservations=may_split),
    )


def request(croissants: int, milk: int, **fields: Any) -> dict[str, Any]:
    """A cart to be delivered in Nairobi, unless the fields say otherwise."""
    return {
        "idempotencyKey": uuid4().hex,
        "lines": [{"sku": "CROISSANT", "quantity": str(croissants)}, {"sku": "MILK", "quantity": str(milk)}],
        "deliverTo": NAIROBI,
        **fields,
    }


async def reserved(
    graph: GraphClient, tenant: GivenTenant, croissants: int, milk: int, **fields: Any
) -> dict[str, dict[str, Decimal]]:
    """What was held where, after reserving so much."""
    payload = await graph.accepted("reserveStock", request(croissants, milk, **fields), "reservation { id }")
    return await held(tenant, UUID(payload["reservation"]["id"]))


async def held(tenant: GivenTenant, owner_id: UUID) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    async with tenant.database.read(tenant.actor) as tx:
        for row in await tx.raw.fetch(_HELD, tenant.id, owner_id):
            found.setdefault(row["code"], {})[row["sku"]] = row["quantity"]
    return found


def of(croissants: int, milk: int) -> dict[str, int]:
    return {sku: quantity for sku, quantity in (("CROISSANT", croissants), ("MILK", milk)) if quantity}


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("COVERING", {"SHOP": of(3, 1), "NORTH": of(2, 1), "HUB": of(5, 2)}),
        ("PRIORITY", {"SHOP": of(3, 1), "NORTH": of(2, 1), "HUB": of(5, 2)}),
        ("NEAREST", {"NORTH": of(2, 1), "DEPOT": of(4, 3), "SHOP": of(3, 0), "HUB": of(1, 0)}),
        ("FEWEST", {"HUB": of(8, 2), "DEPOT": of(2, 2)}),
    ],
)
async def test_holds_where_the_strategy_says(
    graph: GraphClient,
    tenant: GivenTenant,
    strategy: AllocationStrategy,
    expected: dict[str, dict[str, Decimal]],
) -> None:
    """As the page says, down to the holds in the book."""
    await given_shops(tenant, strategy, may_split=True)
    assert await reserved(graph, tenant, 10, 4) == expected


async def test_sees_what_the_last_reservation_left(graph: GraphClient, tenant: GivenTenant) -> None:
    """The choice is made on locked balances: what is held already is not offered again."""
    await given_shops(tenant, "COVERING", may_split=False)
    assert await reserved(graph, tenant, 4, 2) == {"HUB": of(4, 2)}
    assert await reserved(graph, tenant, 4, 2) == {"DEPOT": of(4, 2)}


async def test_refuses_to_split_where_the_tenant_does_not(graph: GraphClient, tenant: GivenTenant) -> None:
    """All together have it, none alone: nothing is held, unless a part will do, which then comes from one."""
    await given_shops(tenant, "COVERING", may_split=False)
    await forget_emitted(tenant)
    refusal = await graph.refusal("reserveStock", request(10, 4))
    assert refusal["code"] == "INSUFFICIENT_STOCK"
    await assert_nothing_emitted(tenant)
    assert await reserved(graph, tenant, 10, 4, onShortage="PARTIAL") == {"DEPOT": of(4, 4)}


async def test_does_not_know_what_is_near_without_a_goal(graph: GraphClient, tenant: GivenTenant) -> None:
    """Then priority decides."""
    await given_shops(tenant, "NEAREST", may_split=True)
    assert await reserved(graph, tenant, 1, 1, deliverTo=None) == {"SHOP": of(1, 1)}
    assert await reserved(graph, tenant, 1, 1) == {"NORTH": of(1, 1)}


async def test_refuses_a_goal_off_the_earth(graph: GraphClient, tenant: GivenTenant) -> None:
    """Latitude and longitude swapped must not make some warehouse the nearest."""
    await given_shops(tenant, "NEAREST", may_split=True)
    await forget_emitted(tenant)
    refusal = await graph.refusal("reserveStock", request(1, 1, deliverTo={"latitude": 136.8, "longitude": -1.3}))
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "deliverTo", "latitude"])
    await assert_nothing_emitted(tenant)
