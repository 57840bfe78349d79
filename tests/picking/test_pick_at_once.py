"""Steps of picking at the same time: what is taken is taken once, and nothing that is gone leaves."""

import asyncio
from typing import Any

import pytest

from tests.given.picking import given_wave, stock_at, tasks_of, took, wave_input, wave_now
from tests.given.reservations import given_reservation, given_swept, given_time_passed, wanted
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, step_input, transfer_now
from tests.graph import GraphClient

pytestmark = pytest.mark.usefixtures("store")


def codes(payloads: list[dict[str, Any]]) -> list[str]:
    """The codes of the refusals, '' for what was accepted; in order."""
    return sorted(each["errors"][0]["code"] if each["errors"] else "" for each in payloads)


async def test_two_pickers_take_one_task_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Five at once, one of them has it."""
    await given_reservation(graph, wanted("TEA", 3))
    wave = await given_wave(graph, status="RELEASED")
    (task,) = tasks_of(wave)
    answers = await asyncio.gather(
        *(
            graph.payload("pickTasks", wave_input("pickTasks", wave, picks=[took(task, 2, shortReason="NOT_FOUND")]))
            for _ in range(5)
        )
    )
    assert codes(list(answers)) == [""] + ["INVALID_TRANSITION"] * 4
    assert await stock_at(tenant, "TEA") == {("A-1", "", "RESERVED"): "2", ("A-1", "", "AVAILABLE"): "98"}
    assert await audited(tenant) == "nothing drifted"


async def test_two_waves_share_no_hold(graph: GraphClient) -> None:
    """Put together at the same time, each hold is in one of them."""
    for _ in range(6):
        await given_reservation(graph, wanted("TEA", 1))
    given = {"warehouse": {"code": "MAIN"}, "maximumTasks": 3}
    select = "pickWave { tasks { nodes { id reservationId } } }"
    answers = await asyncio.gather(*(graph.payload("createPickWave", given, select) for _ in range(4)))
    assert codes(list(answers)) == ["", "", "INVALID_TRANSITION", "INVALID_TRANSITION"]
    found = [
        task["reservationId"] for each in answers if each["pickWave"] for task in each["pickWave"]["tasks"]["nodes"]
    ]
    assert (len(found), len(set(found))) == (6, 6)


async def test_a_hold_that_ends_while_it_is_picked_is_picked_or_gone(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whichever was first: what is over by then is withdrawn."""
    reservations = [await given_reservation(graph, wanted("TEA", 1)) for _ in range(5)]
    wave = await given_wave(graph, status="RELEASED")
    for each in reservations:
        await given_time_passed(tenant, each)
    picking = [graph.payload("pickTasks", wave_input("pickTasks", wave, picks=[took(task)])) for task in tasks_of(wave)]
    *answers, _ = await asyncio.gather(*picking, given_swept(tenant))
    assert codes(list(answers)) == ["INVALID_TRANSITION"] * 5  # type: ignore[arg-type]
    assert {task["status"] for task in tasks_of(await wave_now(graph, wave))} == {"WITHDRAWN"}
    assert await stock_at(tenant, "TEA") == {("A-1", "", "AVAILABLE"): "100"}


async def test_an_order_cancelled_while_it_is_picked_does_not_leave(graph: GraphClient, tenant: GivenTenant) -> None:
    """Picked or not, once it is released nothing of it is issued."""
    reservation = await given_reservation(graph, wanted("TEA", 3))
    wave = await given_wave(graph, status="RELEASED")
    (task,) = tasks_of(wave)
    release = {"idempotencyKey": "r", "reservationId": reservation["id"]}
    picking, releasing = await asyncio.gather(
        graph.payload("pickTasks", wave_input("pickTasks", wave, picks=[took(task)])),
        graph.payload("releaseReservation", release),
    )
    assert releasing["errors"] == []
    assert codes([picking]) in ([""], ["INVALID_TRANSITION"])
    assert [task["status"] for task in tasks_of(await wave_now(graph, wave))] == ["WITHDRAWN"]
    assert await stock_at(tenant, "TEA") == {("A-1", "", "AVAILABLE"): "100"}
    assert await audited(tenant) == "nothing drifted"


async def test_shipped_while_its_sources_end_each_ends_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """The wave leaves while the till commits, an order is released and a transfer cancelled: exactly one of the two has each."""
    reservations = [await given_reservation(graph, wanted("TEA", 2)) for _ in range(4)]
    transfer = await given_transfer(graph, going("TEA", 2), status="APPROVED")
    wave = await given_wave(graph, status="PICKED")
    others = [
        graph.payload(step, {"idempotencyKey": step, "reservationId": each["id"]})
        for step, each in zip(("commitReservation", "releaseReservation"), reservations, strict=False)
    ]
    shipping, *answers = await asyncio.gather(
        graph.payload("shipPickWave", wave_input("shipPickWave", wave)),
        *others,
        graph.payload("cancelTransfer", step_input("cancelTransfer", transfer)),
    )
    assert shipping["errors"] == []
    status = {
        task["reservationId"] or task["transferId"]: task["status"] for task in tasks_of(await wave_now(graph, wave))
    }
    assert [status[each["id"]] for each in reservations[2:]] == ["SHIPPED", "SHIPPED"]
    for each, answer in zip(reservations, answers[:2], strict=False):
        assert status[each["id"]] == ("SHIPPED" if answer["errors"] else "WITHDRAWN")
    moved = await transfer_now(graph, transfer, "transfer { status lines { nodes { shipped } } }")
    is_shipped = status[transfer["id"]] == "SHIPPED"
    assert moved["lines"]["nodes"][0]["shipped"] == ("2" if is_shipped else "0")
    assert await audited(tenant) == "nothing drifted"
