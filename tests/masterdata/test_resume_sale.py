"""Putting back on sale what was taken off by hand."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item
from tests.given.selling import given_stop, given_stop_over
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_outlet
from tests.graph import GraphClient
from tests.rows import unchanged

LIFTED = "saleStop { id isActive liftedBy liftedAt createdBy }"


async def stopped(graph: GraphClient, sku: str = "FRIES", **fields: Any) -> str:
    return await given_stop(graph, {"item": {"sku": sku}}, **fields)


async def resumed(graph: GraphClient, stop_id: str, **caller: Any) -> dict[str, Any]:
    given = {"idempotencyKey": uuid4().hex, "id": stop_id}
    found: dict[str, Any] = (await graph.accepted("resumeSale", given, LIFTED, **caller))["saleStop"]
    return found


@pytest.fixture
async def fries(tenant: GivenTenant) -> None:
    await given_item(tenant, sku="FRIES")


@pytest.mark.usefixtures("fries")
async def test_lifts_the_stop_and_says_who_did(graph: GraphClient, tenant: GivenTenant) -> None:
    """The one who stops is often not the one who resumes."""
    stop_id = await stopped(graph)
    await forget_emitted(tenant)
    found = await resumed(graph, stop_id, actor=tenant.actor_as("stock_clerk"))
    assert found == {
        "id": stop_id, "isActive": False, "liftedBy": "user-stock_clerk", "liftedAt": found["liftedAt"],
        "createdBy": "user-administrator",
    }  # fmt: skip
    (event,) = await emitted(tenant)
    assert (event.type, str(event.aggregate_id)) == ("inventory.sale.resumed", stop_id)
    assert (event.payload["lifted_by"], event.payload["item_sku"]) == ("user-stock_clerk", "FRIES")


@pytest.mark.usefixtures("fries")
async def test_leaves_the_other_stops(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is off sale everywhere stays so when it is resumed at one outlet."""
    here = await stopped(graph, outletId=str(tenant.outlet_id))
    everywhere = await stopped(graph)
    await resumed(graph, here)
    data = await graph('{ saleStops(filter: {sku: "FRIES", active: true}) { nodes { id } } }')
    assert data["saleStops"]["nodes"] == [{"id": everywhere}]


@pytest.mark.usefixtures("fries")
async def test_leaves_alone_what_is_over(graph: GraphClient, tenant: GivenTenant) -> None:
    """Lifted, it stays lifted by the first; ended by itself, nobody has lifted it."""
    first = await resumed(graph, await stopped(graph))
    ended = await stopped(graph, until="2999-01-01T00:00:00Z")
    await given_stop_over(tenant, ended)
    await forget_emitted(tenant)
    assert await resumed(graph, first["id"], actor=tenant.actor_as("stock_clerk")) == first
    assert (await resumed(graph, ended))["liftedBy"] is None
    await assert_nothing_emitted(tenant)


@pytest.mark.usefixtures("fries")
async def test_answers_a_second_time_as_the_first(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also when it was stopped anew in between: the late copy of an old request lifts nothing."""
    stop_id = await stopped(graph)
    given = {"idempotencyKey": "resume-1", "id": stop_id}
    first = await graph.accepted("resumeSale", given, LIFTED)
    await stopped(graph)
    async with unchanged(tenant):
        assert await graph.accepted("resumeSale", given, LIFTED) == {**first, "replayed": True}


@pytest.mark.usefixtures("fries")
async def test_is_told_once_when_many_resume_at_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """One lifts it; the others find it lifted."""
    stop_id = await stopped(graph)
    await forget_emitted(tenant)
    found = await asyncio.gather(*(resumed(graph, stop_id) for _ in range(8)))
    assert len({each["liftedAt"] for each in found}) == 1
    assert [event.type for event in await emitted(tenant)] == ["inventory.sale.resumed"]


@pytest.mark.parametrize(("stop_id", "code"), [(str(uuid4()), "NOT_FOUND"), ("the fries", "INVALID_INPUT")])
async def test_refuses_what_is_no_stop(graph: GraphClient, tenant: GivenTenant, stop_id: str, code: str) -> None:
    """Nothing is put back."""
    async with unchanged(tenant):
        error = await graph.refusal("resumeSale", {"idempotencyKey": "k", "id": stop_id})
    assert (error["code"], error["path"]) == (code, ["input", "id"])


@pytest.mark.usefixtures("fries")
async def test_reaches_only_the_outlets_of_the_caller(graph: GraphClient, tenant: GivenTenant) -> None:
    """Neither next door nor for the whole house; at her own outlet she may."""
    kiosk = await given_outlet(tenant, code="kiosk")
    waiter = tenant.actor_at(kiosk.outlet.id)
    for outlet_id in (None, str(tenant.outlet_id)):
        stop_id = await stopped(graph, outletId=outlet_id)
        async with unchanged(tenant):
            error = await graph.refusal("resumeSale", {"idempotencyKey": "k", "id": stop_id}, actor=waiter)
        assert error["code"] == "FORBIDDEN"
    assert not (await resumed(graph, await stopped(graph, outletId=str(kiosk.outlet.id)), actor=waiter))["isActive"]


async def test_does_not_reach_another_tenant(graph: GraphClient, tenant: GivenTenant) -> None:
    """Their stop is unknown here and stays in force there."""
    other = await given_tenant(tenant.database)
    await given_item(other, sku="THEIRS")
    theirs = GraphClient(graph.client, graph.callers, other)
    stop_id = await stopped(theirs, "THEIRS")
    async with unchanged(tenant), unchanged(other):
        error = await graph.refusal("resumeSale", {"idempotencyKey": "k", "id": stop_id})
    assert error["code"] == "NOT_FOUND"
