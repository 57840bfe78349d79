"""Who may reserve, resolve and consume: by permission, by who made it, and at which outlets."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.actor import Actor
from tests.given.items import given_item
from tests.given.reservations import given_reservation, given_step, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_outlet
from tests.graph import NOBODY, GraphClient
from tests.reservations.seen import amounts, refusal_of, reservation_now, stock
from tests.rows import unchanged

ADD, CHANGE, CHANGE_OWN, MANAGE = (
    f"inventory.reservations.{word}" for word in ("add", "change", "change_own", "manage")
)
OF_CONSUMPTION = ("inventory.consumptions.add", "inventory.consumptions.change")
VIEW = ("inventory.reservations.view", "inventory.items.view", "inventory.variants.view", "inventory.warehouses.view")
STEPS: dict[str, dict[str, Any]] = {
    "extendReservation": {"expiresIn": "P1D"},
    "commitReservation": {},
    "releaseReservation": {},
    "markReservationReady": {},
    "markReservationNoShow": {},
    "assignReservation": {"orderId": str(uuid4())},
}


@dataclass(frozen=True, kw_only=True)
class Shops:
    """TEA in the warehouse of two outlets, ten each, and a caller who is bound to the second of them."""

    kiosk_outlet_id: str
    kiosk_code: str
    clerk: Actor


@pytest.fixture(autouse=True)
async def shops(tenant: GivenTenant) -> Shops:
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_stock(tenant, "TEA", "10", warehouse=kiosk.warehouse)
    return Shops(
        kiosk_outlet_id=str(kiosk.outlet.id), kiosk_code=kiosk.warehouse.code, clerk=tenant.actor_at(kiosk.outlet.id)
    )


def at_main(tenant: GivenTenant, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lines": list(lines) or [wanted("TEA", 1)], "outletId": str(tenant.outlet_id), **fields}


# ---------------------------------------------------------------- by permission
@pytest.mark.parametrize(
    ("verb", "permission"),
    [
        ("reserveStock", "inventory.reservations.add"),
        ("consumeStock", "inventory.consumptions.add"),
        ("reverseConsumption", "inventory.consumptions.change"),
    ],
)
async def test_a_verb_takes_its_permission(graph: GraphClient, tenant: GivenTenant, verb: str, permission: str) -> None:
    """All the others together do not stand in for it; it alone is enough."""
    await graph.accepted("consumeStock", {"idempotencyKey": "sold", "reference": "r", **at_main(tenant)})
    given = {"reference": "r"} if verb == "reverseConsumption" else at_main(tenant)
    everything = {ADD, CHANGE, CHANGE_OWN, *OF_CONSUMPTION}
    error = await refusal_of(graph, verb, given, actor=tenant.actor_with(*(everything - {permission})))
    assert (error["code"], permission in error["message"]) == ("FORBIDDEN", True)
    await graph.accepted(verb, {"idempotencyKey": "k", **given}, actor=tenant.actor_with(permission))


@pytest.mark.parametrize("verb", STEPS)
async def test_others_reservations_take_the_permission_to_change(
    graph: GraphClient, tenant: GivenTenant, verb: str
) -> None:
    """To make reservations is not to change those of others."""
    reservation = await given_reservation(graph, wanted("TEA", 1), type="CLICK_AND_COLLECT")
    given = {"reservationId": reservation["id"], **STEPS[verb]}
    error = await refusal_of(graph, verb, given, actor=tenant.actor_with(ADD, CHANGE_OWN))
    assert (error["code"], CHANGE in error["message"]) == ("FORBIDDEN", True)
    allowed = tenant.actor_with(CHANGE, MANAGE, *VIEW)
    assert (await given_step(graph, verb, reservation, actor=allowed, **STEPS[verb]))["version"] == 2


@pytest.mark.parametrize("verb", STEPS)
@pytest.mark.parametrize("permission", [ADD, CHANGE_OWN])
async def test_ones_own_may_be_changed_by_whoever_may_make_any(
    graph: GraphClient, tenant: GivenTenant, verb: str, permission: str
) -> None:
    """A shop that may reserve may also commit and release what it reserved; no longer when it may do neither."""
    shop = tenant.actor_with(ADD, *VIEW, subject="shop")
    reservation = await given_reservation(graph, wanted("TEA", 1), type="CLICK_AND_COLLECT", actor=shop)
    given = {"reservationId": reservation["id"], **STEPS[verb]}
    error = await refusal_of(graph, verb, given, actor=tenant.actor_with(*VIEW, subject="shop"))
    assert error["code"] == "FORBIDDEN"
    later = tenant.actor_with(permission, *VIEW, subject="shop")
    assert (await given_step(graph, verb, reservation, actor=later, **STEPS[verb]))["version"] == 2


async def test_reading_takes_the_permission_to_view(graph: GraphClient, tenant: GivenTenant) -> None:
    """By id, in pages, and of an order."""
    reservation = await given_reservation(graph, wanted("TEA", 1))
    blind = tenant.actor_with(ADD, CHANGE)
    for query in (f'{{ reservation(id: "{reservation["id"]}") {{ id }} }}', "{ reservations { nodes { id } } }"):
        (error,) = await graph.errors(query, actor=blind)
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert await graph(query, actor=tenant.actor_with("inventory.reservations.view"))


@pytest.mark.parametrize("verb", ["reserveStock", "consumeStock"])
async def test_nobody_without_a_token_takes_stock(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """A visitor of the tenant sees levels at most."""
    query = f"mutation($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ replayed }} }}"
    given = {"input": {"idempotencyKey": "k", "lines": [wanted("TEA", 1)]}}
    async with unchanged(tenant):
        (error,) = await graph.errors(query, given, actor=NOBODY, headers={"x-tenant-slug": tenant.slug})
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------- at which outlets
@pytest.mark.parametrize("verb", ["reserveStock", "consumeStock"])
async def test_only_ones_own_outlets_give(graph: GraphClient, tenant: GivenTenant, shops: Shops, verb: str) -> None:
    """Another's stock is not reserved or sold from here."""
    error = await refusal_of(graph, verb, at_main(tenant), actor=shops.clerk)
    assert error["code"] == "FORBIDDEN"
    given = {"idempotencyKey": "k", "lines": [wanted("TEA", 1)], "outletId": shops.kiosk_outlet_id}
    await graph.accepted(verb, given, actor=shops.clerk)


async def test_where_no_place_is_named_only_ones_own_are_asked(
    graph: GraphClient, tenant: GivenTenant, shops: Shops
) -> None:
    """Though the tenant has twenty, ten are within reach."""
    error = await refusal_of(graph, "reserveStock", {"lines": [wanted("TEA", 11)]}, actor=shops.clerk)
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "10")
    await graph.accepted("reserveStock", {"idempotencyKey": "k", "lines": [wanted("TEA", 10)]}, actor=shops.clerk)
    assert await stock(graph, "TEA") == ("10", "0", "10")


@pytest.mark.parametrize("verb", STEPS)
async def test_what_is_held_elsewhere_is_left_alone(graph: GraphClient, shops: Shops, verb: str) -> None:
    """Whoever may change reservations changes those of its own outlets."""
    reservation = await given_reservation(graph, wanted("TEA", 1), type="CLICK_AND_COLLECT")
    given = {"reservationId": reservation["id"], **STEPS[verb]}
    error = await refusal_of(graph, verb, given, actor=shops.clerk)
    assert error["code"] == "FORBIDDEN"


async def test_an_order_held_elsewhere_is_not_taken_over(graph: GraphClient, shops: Shops) -> None:
    """Its lines are not replaced from another outlet, which would give back what is held there."""
    reservation = await given_reservation(graph, wanted("TEA", 4), reference="r")
    given = {"lines": [wanted("TEA", 1)], "outletId": shops.kiosk_outlet_id, "reference": "r"}
    error = await refusal_of(graph, "reserveStock", given, actor=shops.clerk)
    assert error["code"] == "FORBIDDEN"
    assert amounts(await reservation_now(graph, reservation)) == [("4", "4", "0", "0", "0")]


async def test_an_order_held_elsewhere_is_not_issued_from_there(graph: GraphClient, shops: Shops) -> None:
    """A sale at the kiosk does not empty the shelf of the main shop."""
    await given_reservation(graph, wanted("TEA", 4), reference="r")
    given = {"lines": [wanted("TEA", 4)], "outletId": shops.kiosk_outlet_id, "reference": "r"}
    error = await refusal_of(graph, "consumeStock", given, actor=shops.clerk)
    assert error["code"] == "FORBIDDEN"
    assert await stock(graph, "TEA") == ("10", "4", "6")


async def test_what_was_deducted_elsewhere_is_not_taken_back(
    graph: GraphClient, tenant: GivenTenant, shops: Shops
) -> None:
    """It would go to shelves that the caller has nothing to do with."""
    await graph.accepted("consumeStock", {"idempotencyKey": "sold", "reference": "r", **at_main(tenant)})
    error = await refusal_of(graph, "reverseConsumption", {"reference": "r"}, actor=shops.clerk)
    assert error["code"] == "FORBIDDEN"
    assert await stock(graph, "TEA") == ("9", "0", "9")
