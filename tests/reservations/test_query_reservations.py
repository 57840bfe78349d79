"""Reading reservations: by id, by order, in pages by every filter, in a constant number of statements."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_outlet
from tests.graph import GraphClient
from tests.reservations.seen import reservation_now
from tests.statements import CountingDatabase, statements

PAGE = """
query($first: Int!, $after: String, $filter: ReservationFilter) {
  reservations(first: $first, after: $after, filter: $filter) {
    nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
ROWS = 50


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """A thousand of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "1000")


async def page(graph: GraphClient, first: int = 20, after: str | None = None, **filter: Any) -> dict[str, Any]:  # noqa: A002 - the argument's name in the schema
    found: dict[str, Any] = (await graph(PAGE, {"first": first, "after": after, "filter": filter or None}))[
        "reservations"
    ]
    return found


async def ids(graph: GraphClient, **filter: Any) -> list[str]:  # noqa: A002 - the argument's name in the schema
    """Of what the filter lets through, the newest first."""
    return [each["id"] for each in (await page(graph, **filter))["nodes"]]


# ---------------------------------------------------------------- filters
async def test_every_status_is_filtered_as_of_now(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is past its time is among the expired before a sweeper has been there."""
    found = {}
    for status in ("HELD", "PARTIALLY_COMMITTED", "COMMITTED", "RELEASED", "EXPIRED"):
        reservation = await given_reservation(graph, wanted("TEA", 2))
        part = [{"lineId": reservation["lines"][0]["id"], "quantity": "1"}]
        if status.endswith("COMMITTED"):
            remainder = "KEEP" if status.startswith("PARTIALLY") else "RELEASE"
            await given_step(graph, "commitReservation", reservation, lines=part, remainder=remainder)
        elif status == "RELEASED":
            await given_step(graph, "releaseReservation", reservation)
        elif status == "EXPIRED":
            await given_time_passed(tenant, reservation)
        found[status] = reservation["id"]
    assert {status: await ids(graph, status=[status]) for status in found} == {
        status: [each] for status, each in found.items()
    }
    assert await ids(graph, status=["HELD", "EXPIRED"]) == [found["EXPIRED"], found["HELD"]]
    assert await ids(graph, status=[]) == []


async def test_every_other_filter_lets_through_what_it_says(graph: GraphClient, tenant: GivenTenant) -> None:
    """And only that; together they all must hold."""
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "5", warehouse=kiosk.warehouse)
    order = str(uuid4())
    first = await given_reservation(graph, wanted("TEA", 1), orderId=order)
    second = await given_reservation(
        graph, wanted("MUG", 1), type="POS", reference="till 1", outletId=str(kiosk.outlet.id)
    )
    mug = await graph('{ variant(key: { sku: "MUG" }) { id } }')
    between = (await reservation_now(graph, second))["history"][0]["at"]
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({"type": ["POS"]}, [second["id"]]),
        ({"type": ["ORDER"]}, [first["id"]]),
        ({"orderId": order}, [first["id"]]),
        ({"reference": "till 1"}, [second["id"]]),
        ({"outletId": str(kiosk.outlet.id)}, [second["id"]]),
        ({"warehouseId": str(tenant.warehouse_id)}, [first["id"]]),
        ({"variantId": mug["variant"]["id"]}, [second["id"]]),
        ({"createdSince": between}, [second["id"]]),
        ({"createdBefore": between}, [first["id"]]),
        ({"type": ["POS"], "orderId": order}, []),
        ({"reference": "till"}, []),
        ({"orderId": str(uuid4())}, []),
    ]
    for chosen, expected in filters:
        assert await ids(graph, **chosen) == expected, chosen
    assert await ids(graph) == [second["id"], first["id"]]


async def test_a_filter_by_what_is_no_id_is_refused(graph: GraphClient) -> None:
    """Nothing found would be a wrong answer."""
    variables = {"first": 1, "filter": {"orderId": "nonsense"}}
    (error,) = await graph.errors(PAGE, variables)
    assert error["extensions"]["code"] == "INVALID_INPUT"


# ---------------------------------------------------------------- pages
async def test_pages_neither_skip_nor_repeat(graph: GraphClient) -> None:
    """Though something is reserved between the first and the second."""
    made = [(await given_reservation(graph, wanted("TEA", 1)))["id"] for _ in range(5)]
    first = await page(graph, first=2)
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    await given_reservation(graph, wanted("TEA", 1))
    second = await page(graph, first=2, after=first["pageInfo"]["endCursor"])
    third = await page(graph, first=2, after=second["pageInfo"]["endCursor"])
    assert [each["id"] for part in (first, second, third) for each in part["nodes"]] == made[::-1]
    assert (third["pageInfo"]["hasNextPage"], third["totalCount"]) == (False, 6)


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_has_one_to_a_hundred(graph: GraphClient, first: int) -> None:
    """Never silently less than was asked."""
    (error,) = await graph.errors(PAGE, {"first": first})
    assert error["extensions"]["code"] in ("INVALID_INPUT", "LIMIT_EXCEEDED")


# ---------------------------------------------------------------- by id, by order
async def test_an_unknown_reservation_reads_null(graph: GraphClient) -> None:
    """So does what is no id."""
    for unknown in (str(uuid4()), "nonsense"):
        data = await graph("query($id: ID!) { reservation(id: $id) { id } }", {"id": unknown})
        assert data == {"reservation": None}


async def test_another_tenants_reservation_reads_null(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nothing crosses a tenant, not by an id that is known either."""
    reservation = await given_reservation(graph, wanted("TEA", 1))
    stranger = tenant.actor_with("inventory.reservations.view")
    stranger = type(stranger)(
        tenant_id=uuid4(), tenant_slug="stranger", subject="stranger", permissions=stranger.permissions
    )
    data = await graph("query($id: ID!) { reservation(id: $id) { id } }", {"id": reservation["id"]}, actor=stranger)
    assert data == {"reservation": None}


async def test_an_order_has_its_reservations_newest_first(graph: GraphClient) -> None:
    """Also those that were resolved."""
    order = str(uuid4())
    first = await given_reservation(graph, wanted("TEA", 1), orderId=order)
    await given_step(graph, "releaseReservation", first)
    second = await given_reservation(graph, wanted("TEA", 2), orderId=order)
    data = await graph(
        "query($id: ID!) { reservation(id: $id) { order { id reservations { id status } } } }", {"id": second["id"]}
    )
    assert data["reservation"]["order"] == {
        "id": order,
        "reservations": [{"id": second["id"], "status": "HELD"}, {"id": first["id"], "status": "RELEASED"}],
    }


async def test_the_history_says_who_did_what_and_when(graph: GraphClient, tenant: GivenTenant) -> None:
    """The newest first, one entry for each version."""
    before = datetime.now(UTC) - timedelta(minutes=1)
    reservation = await given_reservation(graph, wanted("TEA", 2))
    manager = tenant.actor_as("warehouse_manager", subject="mary")
    await given_step(graph, "releaseReservation", reservation, actor=manager, reason="Closed early")
    history = (await reservation_now(graph, reservation))["history"]
    assert [(step["version"], step["kind"], step["by"], step["reason"], step["details"]) for step in history] == [
        (2, "RELEASED", "mary", "Closed early", None), (1, "HELD", tenant.actor.subject, None, {"1": "2"}),
    ]  # fmt: skip
    assert datetime.fromisoformat(history[0]["at"]) > datetime.fromisoformat(history[1]["at"]) > before


# ---------------------------------------------------------------- budgets
async def test_a_page_of_fifty_with_everything_takes_a_constant_number_of_statements(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Reservations and their count, lines, variants, those of components, holds, warehouses, orders and histories: as many for
    fifty as for two."""
    await given_item(tenant, sku="BEANS", unit="KG")
    await given_stock(tenant, "BEANS", "100")
    await given_recipe(tenant, "ESPRESSO", component("BEANS", "0.02"))
    for _ in range(ROWS):
        await given_reservation(graph, wanted("TEA", 1), wanted("ESPRESSO", 2), orderId=str(uuid4()))
    query = """
    query($first: Int!) { reservations(first: $first) { totalCount nodes {
      id status warehouse { code } order { reservations { id } } history { kind by }
      lines { requested variant { sku } components { variant { sku } quantity allocations { quantity } }
        allocations { quantity warehouse { code } lot { code } location { code } } }
    } } }
    """
    counts = []
    for first in (2, ROWS):
        async with statements(database) as counted:
            data = await graph(query, {"first": first})
        assert len(data["reservations"]["nodes"]) == first
        counts.append(len(counted))
        counted.assert_at_most(9)
    assert counts[0] == counts[1]
