"""What was picked leaves: holds are issued of the lots and places that were picked, transfers are on their way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.picking import given_both, given_wave, picked, refused_step, stock_at, tasks_of, took, wave_step
from tests.given.recipes import component, given_recipe
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, line_of, transfer_now, where_it_is
from tests.given.warehouses import given_location
from tests.graph import GraphClient

pytestmark = pytest.mark.usefixtures("store")


async def reservation_now(graph: GraphClient, reservation: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """The status and the lines of the reservation as it is now."""
    query = "query($id: ID!) { reservation(id: $id) { status lines { reserved committed released } } }"
    found = (await graph(query, {"id": reservation["id"]}))["reservation"]
    return found["status"], found["lines"]


async def test_holds_are_issued_and_transfers_are_on_their_way(graph: GraphClient, tenant: GivenTenant) -> None:
    """In one transaction, told by each of them and by the wave."""
    reservation, transfer = await given_both(graph)
    wave = await given_wave(graph, status="PACKED")
    await forget_emitted(tenant)
    shipped = await wave_step(graph, "shipPickWave", wave)
    assert (shipped["status"], {task["status"] for task in tasks_of(shipped)}) == ("SHIPPED", {"SHIPPED"})
    assert await reservation_now(graph, reservation) == (
        "COMMITTED",
        [{"reserved": "0", "committed": "3", "released": "0"}],
    )
    assert (await transfer_now(graph, transfer, "transfer { status isFullyShipped }")) == {
        "status": "SHIPPED", "isFullyShipped": True,
    }  # fmt: skip
    assert await where_it_is(graph, "TEA") == ("95", "2", "0")
    types = [event.type for event in await emitted(tenant)]
    for told in ("inventory.reservation.committed", "inventory.transfer.shipped", "inventory.pick_wave.shipped"):
        assert types.count(told) == 1
    assert await audited(tenant) == "nothing drifted"


async def test_the_lot_that_was_picked_is_the_lot_that_leaves(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of a line in two lots the one that was found, whatever order they were held in."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    today = datetime.now(UTC).date()
    for lot, days in (("SOON", 5), ("LATER", 30)):
        await given_stock(tenant, "MILK", "3", lot=lot, expires_on=today + timedelta(days=days))
    reservation = await given_reservation(graph, wanted("MILK", 5))
    wave = await given_wave(graph, status="RELEASED")
    by_lot = {task["lot"]["code"]: task for task in tasks_of(wave)}
    assert {code: task["quantity"] for code, task in by_lot.items()} == {"SOON": "3", "LATER": "2"}
    await picked(graph, wave, took(by_lot["SOON"], 1, shortReason="NOT_FOUND", remainder="KEEP"), took(by_lot["LATER"]))
    await wave_step(graph, "shipPickWave", wave)
    assert await reservation_now(graph, reservation) == (
        "PARTIALLY_COMMITTED", [{"reserved": "2", "committed": "3", "released": "0"}],
    )  # fmt: skip
    assert await stock_at(tenant, "MILK") == {("", "SOON", "RESERVED"): "2", ("", "LATER", "AVAILABLE"): "1"}
    assert await audited(tenant) == "nothing drifted"


async def test_what_was_kept_can_be_picked_in_another_wave_or_given_back(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """By choice when the wave leaves."""
    for remainder, after in (("KEEP", "4"), ("RELEASE", "0")):
        reservation = await given_reservation(graph, wanted("TEA", 5))
        wave = await given_wave(graph, status="RELEASED", reservationIds=[reservation["id"]])
        (task,) = tasks_of(wave)
        await picked(graph, wave, took(task, 1, shortReason="NOT_FOUND", remainder="KEEP"))
        await wave_step(graph, "shipPickWave", wave, remainder=remainder)
        _, (line,) = await reservation_now(graph, reservation)
        assert (line["committed"], line["reserved"]) == ("1", after)
    (again,) = tasks_of(await given_wave(graph))
    assert again["quantity"] == "4"
    assert await audited(tenant) == "nothing drifted"


async def test_a_transfer_leaves_from_where_it_was_picked(graph: GraphClient, tenant: GivenTenant) -> None:
    """Lot and location as the task said; what was short may leave later, or never."""
    await given_location(tenant, code="B-1", type="BIN")
    await given_item(tenant, sku="MILK", tracking="LOT")
    for location, quantity in (("B-1", "2"), ("A-1", "5")):
        await given_stock(tenant, "MILK", quantity, lot="L1", location=location)
    for remainder, is_fully_shipped in (("KEEP", False), ("RELEASE", True)):
        transfer = await given_transfer(graph, going("MILK", 3), status="APPROVED")
        wave = await given_wave(graph, status="RELEASED")
        before = await stock_at(tenant, "MILK")
        task, *others = tasks_of(wave)
        await picked(
            graph,
            wave,
            took(task, 1, shortReason="NOT_FOUND"),
            *(took(each, 0, shortReason="OTHER") for each in others),
        )
        await wave_step(graph, "shipPickWave", wave, remainder=remainder)
        place = (task["location"]["path"], "L1", "AVAILABLE")
        after = await stock_at(tenant, "MILK")
        assert int(after.get(place, "0")) == int(before[place]) - 1
        now = await transfer_now(graph, transfer)
        assert (now["isFullyShipped"], line_of(now)["shipped"]) == (is_fully_shipped, "1")
        if not is_fully_shipped:
            await graph.accepted("cancelTransfer", {"transferId": transfer["id"], "idempotencyKey": "c"})
    assert await audited(tenant) == "nothing drifted"


async def test_what_is_gone_by_then_stays(graph: GraphClient, tenant: GivenTenant) -> None:
    """Released or out of time after it was picked: it is withdrawn, and the rest leaves."""
    gone, overdue, kept = [await given_reservation(graph, wanted("TEA", 2)) for _ in range(3)]
    wave = await given_wave(graph, status="PICKED")
    await given_step(graph, "releaseReservation", gone)
    await given_time_passed(tenant, overdue)
    shipped = await wave_step(graph, "shipPickWave", wave)
    status = {task["reservationId"]: task["status"] for task in tasks_of(shipped)}
    assert status == {gone["id"]: "WITHDRAWN", overdue["id"]: "WITHDRAWN", kept["id"]: "SHIPPED"}
    assert (await reservation_now(graph, overdue))[0] == "EXPIRED"
    assert await stock_at(tenant, "TEA") == {("A-1", "", "AVAILABLE"): "98"}
    assert await audited(tenant) == "nothing drifted"


@pytest.mark.parametrize("step", ["packPickWave", "shipPickWave"])
async def test_a_wave_whose_last_task_is_gone_is_picked(graph: GraphClient, tenant: GivenTenant, step: str) -> None:
    """Nobody has to go there to say so: two steps at once, each with its event."""
    await given_reservation(graph, wanted("TEA", 2), expiresIn="PT10M")
    last = await given_reservation(graph, wanted("TEA", 2), expiresIn="PT30M")
    wave = await given_wave(graph, status="RELEASED")
    first = next(task for task in tasks_of(wave) if task["reservationId"] != last["id"])
    wave = await picked(graph, wave, took(first))
    assert (await refused_step(graph, step, wave))["path"] == ["input", "waveId"]
    await given_step(graph, "releaseReservation", last)
    await forget_emitted(tenant)
    after = await wave_step(graph, step, wave)
    told = "packed" if step == "packPickWave" else "shipped"
    assert (after["status"], after["version"]) == (told.upper(), wave["version"] + 2)
    types = [event.type for event in await emitted(tenant) if event.aggregate_type == "pick_wave"]
    assert types == ["inventory.pick_wave.completed", f"inventory.pick_wave.{told}"]


async def test_a_wave_of_nothing_does_not_leave(graph: GraphClient) -> None:
    """It is to be cancelled."""
    reservation = await given_reservation(graph, wanted("TEA", 2))
    wave = await given_wave(graph, status="PICKED")
    await given_step(graph, "releaseReservation", reservation)
    error = await refused_step(graph, "shipPickWave", wave)
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "waveId"])
    assert "Cancel it" in error["message"]
    await wave_step(graph, "cancelPickWave", wave)


async def test_it_takes_the_permissions_of_what_it_does(graph: GraphClient, tenant: GivenTenant) -> None:
    """A clerk may pick, but neither issue what is held nor send transfers; and nothing half leaves."""
    await given_both(graph)
    wave = await given_wave(graph, status="PICKED")
    base = ("inventory.stock.change", "inventory.stock.view")
    for more, missing in (((), "transfers"), (("inventory.transfers.change",), "reservations")):
        error = await refused_step(graph, "shipPickWave", wave, actor=tenant.actor_with(*base, *more))
        assert (error["code"], f"inventory.{missing}.change" in error["message"]) == ("FORBIDDEN", True)
    both = tenant.actor_with(*base, "inventory.transfers.change", "inventory.reservations.change")
    await wave_step(graph, "shipPickWave", wave, actor=both)


async def test_what_does_not_lie_there_any_more_does_not_leave(graph: GraphClient, tenant: GivenTenant) -> None:
    """A transfer holds nothing: who comes first has it, and nothing of the wave leaves."""
    await given_item(tenant, sku="CUP")
    await given_stock(tenant, "CUP", "2")
    held = await given_reservation(graph, wanted("TEA", 1))
    await given_transfer(graph, going("CUP", 2), status="APPROVED")
    wave = await given_wave(graph, status="PICKED")
    await given_reservation(graph, wanted("CUP", 1))
    error = await refused_step(graph, "shipPickWave", wave)
    assert (error["code"], error["path"]) == ("INSUFFICIENT_STOCK", ["input", "waveId"])
    assert (await reservation_now(graph, held))[0] == "HELD"


async def test_a_wave_of_an_archived_destination_waits(graph: GraphClient, store: WarehouseRecord) -> None:
    """Transfers are shipped by their own rules."""
    transfer = await given_transfer(graph, going("TEA", 1), status="APPROVED")
    wave = await given_wave(graph, status="PICKED")
    await graph.accepted("archiveWarehouse", {"warehouse": {"id": str(store.id)}})
    error = await refused_step(graph, "shipPickWave", wave)
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "waveId"])
    assert transfer["status"] == "APPROVED"


async def test_what_is_not_enough_for_one_stays(graph: GraphClient, tenant: GivenTenant) -> None:
    """A latte without milk is not issued as beans; the rest of the wave leaves."""
    for sku in ("BEAN", "MILK"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "10")
    await given_recipe(tenant, "LATTE", component("BEAN", "1"), component("MILK", "1"))
    latte = await given_reservation(graph, wanted("LATTE", 1))
    tea = await given_reservation(graph, wanted("TEA", 1))
    wave = await given_wave(graph, status="RELEASED")
    bean, milk, leaf = tasks_of(wave)
    assert [task["variant"]["sku"] for task in (bean, milk, leaf)] == ["BEAN", "MILK", "TEA"]
    await picked(graph, wave, took(bean), took(milk, 0, shortReason="NOT_FOUND", remainder="KEEP"), took(leaf))
    shipped = await wave_step(graph, "shipPickWave", wave)
    assert [task["status"] for task in tasks_of(shipped)] == ["PICKED", "SHORT", "SHIPPED"]
    assert await reservation_now(graph, latte) == ("HELD", [{"reserved": "1", "committed": "0", "released": "0"}])
    assert (await reservation_now(graph, tea))[0] == "COMMITTED"
    assert len(tasks_of(await given_wave(graph))) == 2
    assert await audited(tenant) == "nothing drifted"
