"""Reading waves: by key, in pages, for the handheld of a picker; within a budget of statements; and by its tenant alone."""

from uuid import uuid4

import pytest

from tests.given.picking import given_both, given_wave, tasks_of, took, wave_step
from tests.given.picking import picked as picked_of
from tests.given.reservations import given_reservation, given_step, wanted
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.statements import CountingDatabase, statements

pytestmark = pytest.mark.usefixtures("store")

FILTERED = "query($filter: PickWaveFilter) { pickWaves(filter: $filter) { totalCount nodes { number } } }"
TO_PICK = """query($picker: String, $first: Int = 50, $after: String) { tasksToPick(pickerId: $picker, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { id variant { sku } location { path } wave { number } } } }"""


async def test_a_wave_is_found_by_either_key(graph: GraphClient) -> None:
    """And by no other."""
    await given_both(graph)
    wave = await given_wave(graph)
    query = "query($id: ID, $number: String) { pickWave(id: $id, number: $number) { number status } }"
    found = {"pickWave": {"number": "PW-000001", "status": "DRAFT"}}
    assert await graph(query, {"id": wave["id"]}) == await graph(query, {"number": "PW-000001"}) == found
    for unknown in ({"id": str(uuid4())}, {"id": "x"}, {"number": "PW-000009"}):
        assert await graph(query, unknown) == {"pickWave": None}
    (error,) = await graph.errors(query, {})
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_waves_are_filtered_and_paged(graph: GraphClient, tenant: GivenTenant) -> None:
    """The newest first."""
    first = await given_reservation(graph, wanted("TEA", 1))
    await given_wave(graph, pickerId="mary", status="RELEASED")
    reservation, transfer = await given_both(graph)
    await given_wave(graph)
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({}, ["PW-000002", "PW-000001"]),
        ({"status": ["RELEASED", "PICKING"]}, ["PW-000001"]),
        ({"pickerId": "mary"}, ["PW-000001"]),
        ({"zone": "COLD"}, []),
        ({"warehouseId": str(tenant.warehouse_id)}, ["PW-000002", "PW-000001"]),
        ({"reservationId": first["id"]}, ["PW-000001"]),
        ({"reservationId": reservation["id"]}, ["PW-000002"]),
        ({"transferId": transfer["id"]}, ["PW-000002"]),
        ({"createdBefore": "2020-01-01T00:00:00Z"}, []),
        ({"createdSince": "2020-01-01T00:00:00Z"}, ["PW-000002", "PW-000001"]),
    ]
    for given, numbers in cases:
        page = (await graph(FILTERED, {"filter": given}))["pickWaves"]
        assert ([each["number"] for each in page["nodes"]], page["totalCount"]) == (numbers, len(numbers)), given
    query = "query($after: String) { pickWaves(first: 1, after: $after) { nodes { number } pageInfo { endCursor hasNextPage } } }"
    one = (await graph(query))["pickWaves"]
    two = (await graph(query, {"after": one["pageInfo"]["endCursor"]}))["pickWaves"]
    assert [each["nodes"][0]["number"] for each in (one, two)] == ["PW-000002", "PW-000001"]
    assert (one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_picker_sees_what_is_left_to_pick(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of the released waves that are his, wave by wave; what is picked or gone is not there."""
    mary = tenant.actor_as("stock_clerk", subject="mary")
    reservations = [await given_reservation(graph, wanted("TEA", 1)) for _ in range(3)]
    wave = await given_wave(graph, pickerId="mary")
    assert (await graph(TO_PICK, actor=mary))["tasksToPick"]["nodes"] == []
    await wave_step(graph, "releasePickWave", wave)
    other = await given_reservation(graph, wanted("TEA", 1))
    await given_wave(graph, pickerId="john", status="RELEASED", reservationIds=[other["id"]])
    page = (await graph(TO_PICK, {"first": 2}, actor=mary))["tasksToPick"]
    assert [task["id"] for task in page["nodes"]] == [task["id"] for task in tasks_of(wave)][:2]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert page["nodes"][0]["wave"] == {"number": "PW-000001"}
    rest = (await graph(TO_PICK, {"after": page["pageInfo"]["endCursor"]}, actor=mary))["tasksToPick"]
    assert [task["id"] for task in rest["nodes"]] == [tasks_of(wave)[2]["id"]]
    await picked_of(graph, wave, took(tasks_of(wave)[0]), actor=mary)
    gone = next(each for each in reservations if each["id"] == tasks_of(wave)[1]["reservationId"])
    await given_step(graph, "releaseReservation", gone)
    left = (await graph(TO_PICK, {"picker": "mary"}))["tasksToPick"]
    assert ([task["id"] for task in left["nodes"]], left["totalCount"]) == ([tasks_of(wave)[2]["id"]], 1)


async def test_pages_cost_a_fixed_number_of_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """However many waves and tasks they show."""
    query = """{ pickWaves { nodes { number warehouse { code } progress { total } pickList { nodes { quantity location { code } } }
      tasks { nodes { quantity variant { sku } location { code } lot { code } reservation { status } transfer { status }
        wave { number } } } } } }"""
    counts = []
    for _ in range(2):
        for _ in range(3):
            await given_both(graph)
            await given_wave(graph)
        async with statements(database) as counted:
            await graph(query)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 14


async def test_nobody_sees_what_is_picked_elsewhere(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of another tenant nothing is found, and who may not see stock sees no waves."""
    await given_both(graph)
    wave = await given_wave(graph, pickerId="user-administrator", status="RELEASED")
    stranger = (await given_tenant(tenant.database)).actor
    query = (
        "query($id: ID) { pickWave(id: $id) { number } pickWaves { nodes { number } } tasksToPick { nodes { id } } }"
    )
    assert await graph(query, {"id": wave["id"]}, actor=stranger) == {
        "pickWave": None, "pickWaves": {"nodes": []}, "tasksToPick": {"nodes": []},
    }  # fmt: skip
    for field in (
        'pickWave(number: "PW-000001") { number }',
        "pickWaves { nodes { id } }",
        "tasksToPick { nodes { id } }",
    ):
        (error,) = await graph.errors(f"{{ {field} }}", actor=tenant.actor_as("stock_counter"))
        assert error["extensions"]["code"] == "FORBIDDEN"
