"""Taking what is to be taken: in full or short, with what was scanned; and what is gone by the time somebody gets there."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.picking import (
    given_both,
    given_wave,
    picked,
    refused_step,
    stock_at,
    tasks_of,
    took,
    wave_now,
    wave_step,
)
from tests.given.recipes import component, given_recipe
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, transfer_step
from tests.graph import GraphClient

pytestmark = pytest.mark.usefixtures("store")


async def reservation_now(graph: GraphClient, reservation: dict[str, Any]) -> dict[str, Any]:
    """The status and the first line of the reservation as it is now."""
    query = "query($id: ID!) { reservation(id: $id) { status lines { reserved committed released } } }"
    found: dict[str, Any] = (await graph(query, {"id": reservation["id"]}))["reservation"]
    return found


async def refused(graph: GraphClient, wave: dict[str, Any], *picks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Why this cannot be picked like that, which left nothing behind."""
    return await refused_step(graph, "pickTasks", wave, picks=list(picks), **fields)


async def test_what_is_picked_says_who_took_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """And moves no stock yet: it is held where it lay."""
    await given_both(graph)
    before = await stock_at(tenant, "TEA")
    wave = await given_wave(graph, status="RELEASED", pickerId="user-stock_clerk")
    clerk = tenant.actor_as("stock_clerk")
    first, second = tasks_of(wave)
    half = await picked(graph, wave, took(first), actor=clerk)
    assert (half["status"], half["completedAt"]) == ("PICKING", None)
    task = tasks_of(half)[0]
    assert (task["status"], task["picked"], task["short"], task["pickedBy"]) == ("PICKED", "3", "0", "user-stock_clerk")
    whole = await picked(graph, wave, took(second, 2), actor=clerk)
    assert (whole["status"], whole["completedAt"] is not None) == ("PICKED", True)
    assert whole["progress"] == {"total": 2, "toPick": 0, "picked": 2, "short": 0, "withdrawn": 0}
    assert await stock_at(tenant, "TEA") == before


async def test_a_wave_is_picked_by_its_picker(graph: GraphClient, tenant: GivenTenant) -> None:
    """Or by who may manage stock; what is nobody's anybody picks."""
    await given_both(graph)
    wave = await given_wave(graph, status="RELEASED", pickerId="mary")
    first, second = tasks_of(wave)
    error = await refused(graph, wave, took(first), actor=tenant.actor_as("stock_clerk"))
    assert (error["code"], "picked by mary" in error["message"]) == ("FORBIDDEN", True)
    await picked(graph, wave, took(first), actor=tenant.actor_as("warehouse_manager"))
    await wave_step(graph, "assignPickWave", wave)
    await picked(graph, wave, took(second), actor=tenant.actor_as("stock_clerk"))


async def test_a_wrong_scan_says_what_was_expected(graph: GraphClient, tenant: GivenTenant) -> None:
    """The lot, or the variant."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    for lot in ("L1", "L2"):
        await given_stock(tenant, "MILK", "5", lot=lot)
    await graph.accepted("addBarcode", {"variant": {"sku": "MILK"}, "code": "4006381333931"})
    await given_reservation(graph, wanted("MILK", 2, lotCode="L2"))
    wave = await given_wave(graph, status="RELEASED")
    (task,) = tasks_of(wave)
    assert task["lot"] == {"code": "L2"}
    query = """mutation($input: PickTasksInput!) { pickTasks(input: $input) { errors { __typename code path
      ... on WrongScan { scanned expectedCodes } } } }"""
    for pick, scanned, expected, place in (
        ({"scannedLotCode": "L1"}, "L1", ["L2"], "scannedLotCode"),
        ({"scannedBarcode": "96385074"}, "96385074", ["MILK"], "scannedBarcode"),
    ):
        given = {"waveId": wave["id"], "idempotencyKey": "k", "picks": [took(task, **pick)]}
        (error,) = (await graph(query, {"input": given}))["pickTasks"]["errors"]
        assert error == {
            "__typename": "WrongScan", "code": "INVALID_INPUT", "path": ["input", "picks", "0", place], "scanned": scanned,
            "expectedCodes": expected,
        }  # fmt: skip
    error = await refused(graph, wave, {"taskId": task["id"]})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "picks", "0", "scannedLotCode"])
    after = await picked(graph, wave, took(task, scannedBarcode="4006381333931"))
    assert after["status"] == "PICKED"


async def test_numbered_pieces_are_scanned_one_by_one(graph: GraphClient, tenant: GivenTenant) -> None:
    """As many as are taken, and those that are held."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_stock(tenant, "PHONE", "4", serials=("S1", "S2", "S3", "S4"), location="A-1")
    reservation = await given_reservation(graph, wanted("PHONE", 3, serials=["S1", "S2", "S3"]))
    wave = await given_wave(graph, status="RELEASED")
    (task,) = tasks_of(wave)
    assert task["serials"] == ["S1", "S2", "S3"]
    for serials, typename in (
        (["S1", "S2"], "RefusedError"),
        (["S1", "S2", "S4"], "WrongScan"),
        (["S1"] * 3, "RefusedError"),
    ):
        error = await refused(graph, wave, took(task, serials=serials))
        assert (error["__typename"], error["path"]) == (typename, ["input", "picks", "0", "serials"])
    after = await picked(graph, wave, took(task, 2, serials=["S3", "S1"], shortReason="DAMAGED"))
    assert tasks_of(after)[0]["pickedSerials"] == ["S3", "S1"]
    assert await stock_at(tenant, "PHONE") == {
        ("A-1", "", "AVAILABLE"): "1", ("A-1", "", "RESERVED"): "2", ("A-1", "", "DAMAGED"): "1",
    }  # fmt: skip
    await wave_step(graph, "shipPickWave", wave)
    query = 'query { s1: serial(sku: "PHONE", serial: "S1") { status } s2: serial(sku: "PHONE", serial: "S2") { status state } }'
    found = await graph(query)
    assert (found["s1"], found["s2"]) == ({"status": "SOLD"}, {"status": "IN_STOCK", "state": "DAMAGED"})
    assert (await reservation_now(graph, reservation))["lines"] == [
        {"reserved": "0", "committed": "2", "released": "1"}
    ]
    assert await audited(tenant) == "nothing drifted"


async def test_what_is_not_there_is_given_back_or_kept(graph: GraphClient, tenant: GivenTenant) -> None:
    """By choice; the reason is told as an event of its own."""
    given_up = await given_reservation(graph, wanted("TEA", 5))
    kept = await given_reservation(graph, wanted("TEA", 5))
    wave = await given_wave(graph, status="RELEASED")
    await forget_emitted(tenant)
    tasks = {task["reservationId"]: task for task in tasks_of(wave)}
    after = await picked(
        graph,
        wave,
        took(tasks[given_up["id"]], 2, shortReason="NOT_FOUND"),
        took(tasks[kept["id"]], 2, shortReason="OTHER", remainder="KEEP"),
    )
    assert {(task["status"], task["picked"], task["short"]) for task in tasks_of(after)} == {("SHORT", "2", "3")}
    assert (after["status"], after["progress"]["short"]) == ("PICKED", 2)
    assert (await reservation_now(graph, given_up))["lines"] == [{"reserved": "2", "committed": "0", "released": "3"}]
    assert (await reservation_now(graph, kept))["lines"] == [{"reserved": "5", "committed": "0", "released": "0"}]
    told = [event for event in await emitted(tenant) if event.type == "inventory.pick_task.short_picked"]
    assert {(event.payload["reservation_id"], event.payload["short_reason"], event.payload["is_kept"]) for event in told} == {
        (given_up["id"], "NOT_FOUND", False), (kept["id"], "OTHER", True),
    }  # fmt: skip
    assert await audited(tenant) == "nothing drifted"


async def test_what_is_damaged_is_set_aside(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of holds and of transfers alike; it can be kept for nobody."""
    reservation, transfer = await given_both(graph)
    wave = await given_wave(graph, status="RELEASED")
    held, leaving = tasks_of(wave)
    error = await refused(graph, wave, took(held, 1, shortReason="DAMAGED", remainder="KEEP"))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "picks", "0", "remainder"])
    await picked(graph, wave, took(held, 1, shortReason="DAMAGED"), took(leaving, 1, shortReason="DAMAGED"))
    assert await stock_at(tenant, "TEA") == {
        ("A-1", "", "AVAILABLE"): "96", ("A-1", "", "RESERVED"): "1", ("A-1", "", "DAMAGED"): "3",
    }  # fmt: skip
    assert (await reservation_now(graph, reservation))["lines"] == [
        {"reserved": "1", "committed": "0", "released": "2"}
    ]
    assert transfer["status"] == "APPROVED"
    assert await audited(tenant) == "nothing drifted"


async def test_less_takes_a_reason_and_more_is_refused(graph: GraphClient) -> None:
    """A task is taken once, by one pick."""
    await given_both(graph)
    wave = await given_wave(graph, status="RELEASED")
    task, other = tasks_of(wave)
    for pick, place in (
        ({"quantity": "2"}, "shortReason"),
        ({"quantity": "4"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
    ):
        error = await refused(graph, wave, {"taskId": task["id"], **pick})
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "picks", "0", place])
    error = await refused(graph, wave, took(task), took(task))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "picks", "1", "taskId"])
    error = await refused(graph, wave, took(task, serials=["S1"]))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "picks", "0", "serials"])
    error = await refused(graph, wave, took(other), {"taskId": wave["id"]})
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "picks", "1", "taskId"])
    error = await refused(graph, wave)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "picks"])
    await picked(graph, wave, took(task))
    error = await refused(graph, wave, took(task))
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "picks", "0", "taskId"])


async def test_what_is_gone_is_withdrawn(graph: GraphClient, tenant: GivenTenant) -> None:
    """Its time passed, it was released, committed or cancelled elsewhere: it reads so at once, and says why when it is picked."""
    overdue, released, committed = [await given_reservation(graph, wanted("TEA", 1)) for _ in range(3)]
    transfer = await given_transfer(graph, going("TEA", 1), status="APPROVED")
    kept = await given_reservation(graph, wanted("TEA", 1))
    wave = await given_wave(graph, status="RELEASED")
    await given_time_passed(tenant, overdue)
    await given_step(graph, "releaseReservation", released)
    await given_step(graph, "commitReservation", committed)
    await transfer_step(graph, "cancelTransfer", transfer)
    tasks = {task["reservationId"] or task["transferId"]: task for task in tasks_of(await wave_now(graph, wave))}
    why = {
        overdue["id"]: "EXPIRED",
        released["id"]: "RELEASED",
        committed["id"]: "COMMITTED",
        transfer["id"]: "CANCELLED",
    }
    for source, status in why.items():
        assert tasks[source]["status"] == "WITHDRAWN"
        error = await refused(graph, wave, took(tasks[source]))
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "picks", "0", "taskId"])
        assert f"is {status}" in error["message"]
    after = await picked(graph, wave, took(tasks[kept["id"]]))
    assert after["status"] == "PICKED"
    assert after["progress"] == {"total": 5, "toPick": 0, "picked": 1, "short": 0, "withdrawn": 4}


async def test_a_hold_that_shrank_is_picked_as_it_is_now(graph: GraphClient) -> None:
    """What was committed in part elsewhere is not picked again."""
    reservation = await given_reservation(graph, wanted("TEA", 5))
    wave = await given_wave(graph, status="RELEASED")
    line = {"lineId": reservation["lines"][0]["id"], "quantity": "3"}
    await given_step(graph, "commitReservation", reservation, lines=[line], remainder="KEEP")
    (task,) = tasks_of(wave)
    assert (await refused(graph, wave, took(task, 3)))["path"] == ["input", "picks", "0", "quantity"]
    after = await picked(graph, wave, took(task))
    assert (tasks_of(after)[0]["status"], tasks_of(after)[0]["picked"]) == ("PICKED", "2")


async def test_a_leaf_that_is_missing_takes_its_share_of_the_others_along(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """Of a recipe as many units stay held as the scarcest leaf is enough for."""
    for sku in ("BEAN", "CUP"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "100", location="A-1")
    await given_recipe(tenant, "LATTE", component("BEAN", "2"), component("CUP", "1"))
    reservation = await given_reservation(graph, wanted("LATTE", 5))
    wave = await given_wave(graph, status="RELEASED")
    beans, cups = tasks_of(wave)
    assert (beans["quantity"], cups["quantity"]) == ("10", "5")
    await picked(graph, wave, took(beans, 7, shortReason="NOT_FOUND"))
    assert (await reservation_now(graph, reservation))["lines"] == [
        {"reserved": "3", "committed": "0", "released": "2"}
    ]
    assert await stock_at(tenant, "BEAN") == {("A-1", "", "AVAILABLE"): "94", ("A-1", "", "RESERVED"): "6"}
    await picked(graph, wave, took(cups))
    await wave_step(graph, "shipPickWave", wave)
    assert (await reservation_now(graph, reservation)) == {
        "status": "COMMITTED", "lines": [{"reserved": "0", "committed": "3", "released": "2"}],
    }  # fmt: skip
    assert await stock_at(tenant, "BEAN") == {("A-1", "", "AVAILABLE"): "94"}
    assert await stock_at(tenant, "CUP") == {("A-1", "", "AVAILABLE"): "97"}
    assert await audited(tenant) == "nothing drifted"
