"""What a wave is of: what is named, or what is due first; and in which order it is walked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.picking.policy import walk
from tests.given.items import given_item
from tests.given.picking import given_both, given_wave, tasks_of
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import given_transfer, going
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")


async def refused(graph: GraphClient, **fields: Any) -> dict[str, Any]:
    """Why there is no such wave, which left nothing behind."""
    async with unchanged(graph.tenant):
        return await graph.refusal("createPickWave", {"warehouse": {"code": "MAIN"}, **fields})


def sources(wave: dict[str, Any]) -> list[str]:
    """The ids of what the tasks are for."""
    return [task["reservationId"] or task["transferId"] for task in tasks_of(wave)]


async def test_it_takes_holds_and_approved_transfers(graph: GraphClient) -> None:
    """Each with its lot, location and quantity; a transfer that nobody approved waits."""
    reservation, transfer = await given_both(graph)
    await given_transfer(graph, going("TEA", 9))
    wave = await given_wave(graph, pickerId="mary")
    assert (wave["number"], wave["status"], wave["pickerId"], wave["warehouse"]) == (
        "PW-000001",
        "DRAFT",
        "mary",
        {"code": "MAIN"},
    )
    assert [(task["source"], task["quantity"], task["location"]["path"], task["status"]) for task in tasks_of(wave)] == [
        ("RESERVATION", "3", "A-1", "OPEN"), ("TRANSFER", "2", "A-1", "OPEN"),
    ]  # fmt: skip
    assert sources(wave) == [reservation["id"], transfer["id"]]
    assert wave["progress"] == {"total": 2, "toPick": 2, "picked": 0, "short": 0, "withdrawn": 0}


async def test_what_is_due_first_is_picked_first(graph: GraphClient) -> None:
    """By pickup or the end of the hold, then by age; as many whole ones as there is room for."""
    late = await given_reservation(graph, wanted("TEA", 1), expiresIn="P2D")
    soon = await given_reservation(graph, wanted("TEA", 1), expiresIn="PT20M")
    open_ended = await given_reservation(graph, wanted("TEA", 1), expiresIn=None)
    at = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    collected = await given_reservation(graph, wanted("TEA", 1), type="CLICK_AND_COLLECT", pickupAt=at)
    two = await given_wave(graph, maximumTasks=2)
    assert set(sources(two)) == {soon["id"], collected["id"]}
    assert set(sources(await given_wave(graph, maximumTasks=2))) == {late["id"], open_ended["id"]}
    error = await refused(graph)
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "warehouse"])


async def test_a_document_is_picked_whole(graph: GraphClient, tenant: GivenTenant) -> None:
    """What has no room in this wave comes with the next; what has room in none is said so."""
    await given_item(tenant, sku="CUP")
    await given_stock(tenant, "CUP", "10")
    first = await given_reservation(graph, wanted("TEA", 1), expiresIn="PT10M")
    await given_reservation(graph, wanted("TEA", 1), wanted("CUP", 1), expiresIn="PT30M")
    assert sources(await given_wave(graph, maximumTasks=2)) == [first["id"]]
    error = await refused(graph, maximumTasks=1)
    assert (error["code"], error["path"]) == ("LIMIT_EXCEEDED", ["input", "maximumTasks"])


async def test_it_takes_what_is_named_and_nothing_else(graph: GraphClient) -> None:
    """By reservation, by order or by transfer."""
    order_id = str(uuid4())
    ordered = await given_reservation(graph, wanted("TEA", 1), orderId=order_id)
    reservation, transfer = await given_both(graph)
    assert sources(await given_wave(graph, orderIds=[order_id])) == [ordered["id"]]
    assert sources(await given_wave(graph, transferIds=[transfer["id"]])) == [transfer["id"]]
    assert sources(await given_wave(graph, reservationIds=[reservation["id"]])) == [reservation["id"]]


async def test_what_cannot_be_picked_is_refused_by_its_place(graph: GraphClient, tenant: GivenTenant) -> None:
    """Unknown, gone, or in another open wave."""
    reservation, transfer = await given_both(graph)
    await given_wave(graph, transferIds=[transfer["id"]])
    error = await refused(graph, reservationIds=[reservation["id"]], transferIds=[transfer["id"]])
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "transferIds", "0"])
    error = await refused(graph, reservationIds=[reservation["id"], str(uuid4())])
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "reservationIds", "1"])
    error = await refused(graph, orderIds=[str(uuid4())])
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "orderIds", "0"])
    await given_time_passed(tenant, reservation)
    error = await refused(graph, reservationIds=[reservation["id"]])
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "reservationIds", "0"])
    released = await given_reservation(graph, wanted("TEA", 1))
    await given_step(graph, "releaseReservation", released)
    assert (await refused(graph, reservationIds=[released["id"]]))["code"] == "INVALID_TRANSITION"


async def test_a_zone_is_the_outermost_location(graph: GraphClient, tenant: GivenTenant) -> None:
    """Only what lies within it; a shelf within another is none."""
    await given_location(tenant, code="COLD", type="ZONE")
    await given_location(tenant, code="C-1", type="BIN", parent_code="COLD")
    for sku in ("MILK", "ICE"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "10", location="C-1")
    reservation = await given_reservation(graph, wanted("TEA", 1), wanted("MILK", 2))
    transfer = await given_transfer(graph, going("ICE", 3), going("TEA", 1), status="APPROVED")
    wave = await given_wave(graph, zone="COLD")
    assert [(task["variant"]["sku"], task["location"]["path"]) for task in tasks_of(wave)] == [
        ("ICE", "COLD/C-1"), ("MILK", "COLD/C-1"),
    ]  # fmt: skip
    assert set(sources(wave)) == {reservation["id"], transfer["id"]}
    rest = await given_wave(graph)
    assert [task["variant"]["sku"] for task in tasks_of(rest)] == ["TEA", "TEA"]
    for zone in ("C-1", "WARM"):
        error = await refused(graph, zone=zone)
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "zone"])


async def test_it_is_walked_by_location_and_stops_once_at_each(graph: GraphClient, tenant: GivenTenant) -> None:
    """A-2 before A-10; of one location, variant and lot one halt for all who want of it."""
    for code in ("A-10", "A-2"):
        await given_location(tenant, code=code, type="BIN")
        await given_item(tenant, sku=f"AT {code}")
        await given_stock(tenant, f"AT {code}", "10", location=code)
    await given_item(tenant, sku="DOOR")
    await given_stock(tenant, "DOOR", "10")
    for _ in range(2):
        await given_reservation(graph, wanted("AT A-10", 1), wanted("AT A-2", 2), wanted("TEA", 3), wanted("DOOR", 1))
    made = await given_wave(graph)
    query = """query($id: ID!) { pickWave(id: $id) { pickList(first: 3) { totalCount pageInfo { hasNextPage endCursor }
      nodes { position quantity picked taskIds variant { sku } location { code } lot { code } } } } }"""
    page = (await graph(query, {"id": made["id"]}))["pickWave"]["pickList"]
    assert [(halt["variant"]["sku"], halt["quantity"]) for halt in page["nodes"]] == [
        ("DOOR", "2"),
        ("TEA", "6"),
        ("AT A-2", "4"),
    ]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    ids = [task["id"] for task in tasks_of(made)]
    assert [halt["taskIds"] for halt in page["nodes"]] == [ids[0:2], ids[2:4], ids[4:6]]
    after = page["pageInfo"]["endCursor"]
    rest = (await graph(query.replace("first: 3", f'first: 3, after: "{after}"'), {"id": made["id"]}))["pickWave"]
    assert [halt["variant"]["sku"] for halt in rest["pickList"]["nodes"]] == ["AT A-10"]


def test_numbers_in_paths_count_as_numbers() -> None:
    """Every run of digits, wherever it stands."""
    paths = ["B-1", "A-10/1", "A-2/10", "A-2/9", "A", "A-2"]
    assert sorted(paths, key=walk) == ["A", "A-2", "A-2/9", "A-2/10", "A-10/1", "B-1"]


async def test_lines_of_transfers_are_spread_over_the_shelves_as_they_would_leave(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """First expired, first out; what nobody finds is a task without a location."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    today = datetime.now(UTC).date()
    for lot, days, quantity in (("NEW", 30, "5"), ("OLD", 5, "2"), ("PAST", -3, "4")):
        await given_stock(tenant, "MILK", quantity, lot=lot, expires_on=today + timedelta(days=days), location="A-1")
    await given_transfer(graph, going("MILK", 3), going("MILK", 6), going("MILK", 1, lotCode="PAST"), status="APPROVED")
    found = {
        ((task["lot"] or {"code": None})["code"], task["quantity"], (task["location"] or {"path": None})["path"])
        for task in tasks_of(await given_wave(graph))
    }
    assert found == {
        ("OLD", "2", "A-1"), ("NEW", "1", "A-1"), ("NEW", "4", "A-1"), (None, "2", None), ("PAST", "1", "A-1"),
    }  # fmt: skip


async def test_what_cannot_be_asked_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each at its place; and nobody puts waves together who may not."""
    await given_both(graph)
    for fields, path in (
        ({"maximumTasks": 0}, ["maximumTasks"]),
        ({"maximumTasks": 1001}, ["maximumTasks"]),
        ({"pickerId": ""}, ["pickerId"]),
        ({"scheduledAt": "0001-01-01T00:00:00.000001Z"}, ["scheduledAt"]),
        ({"transferIds": [str(uuid4())] * 201}, ["transferIds"]),
        ({"reservationIds": ["x"]}, ["reservationIds", "0"]),
    ):
        error = await refused(graph, **fields)
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", *path])
    async with unchanged(tenant):
        for actor in (tenant.actor_as("stock_clerk"), tenant.actor_at(uuid4())):
            given = {"warehouse": {"code": "MAIN"}}
            assert (await graph.refusal("createPickWave", given, actor=actor))["code"] == "FORBIDDEN"


async def test_what_is_due_at_the_end_of_the_calendar_is_due_last(graph: GraphClient) -> None:
    """After what has a nearer day; its very last microsecond, which the database keeps as no day at all, is refused."""
    given = {"fromWarehouse": {"code": "MAIN"}, "toWarehouse": {"code": "STORE"}, "lines": [going("TEA", 1)]}
    last = "9999-12-31T23:59:59.999999Z"
    (error,) = await graph.errors(
        "mutation($input: CreateTransferInput!) { createTransfer(input: $input) { errors { code } } }",
        {"input": {**given, "expectedAt": last}},
    )
    assert "first nor the last microsecond" in error["message"]
    late = await given_transfer(graph, going("TEA", 1), status="APPROVED", expectedAt="9999-12-31T23:59:59.999998Z")
    soon = await given_transfer(graph, going("TEA", 1), status="APPROVED", expectedAt="2999-01-01T00:00:00Z")
    wave = await given_wave(graph, maximumTasks=1)
    assert [task["transferId"] for task in tasks_of(wave)] == [soon["id"]]
    assert [task["transferId"] for task in tasks_of(await given_wave(graph, maximumTasks=1))] == [late["id"]]
