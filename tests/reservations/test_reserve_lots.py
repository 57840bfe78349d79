"""Reserving lots and pieces: those that may be used when they are collected, the right one first."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.reservations import given_reservation, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.reservations.seen import lots, refusal_of, reservation_now, stock
from tests.stock.requests import done

TODAY = datetime.now(UTC).date()
LOTS = {"A": (9, 300, "S-2"), "B": (6, 30, "S-3"), "C": (3, 100, "S-1")}
"""Days since it came, days until it expires, and where it lies."""


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


async def given_three_lots(tenant: GivenTenant, **item: Any) -> None:
    """Ten of each: A came first and expires last, B expires first, C came last and lies nearest."""
    await given_item(tenant, sku="JUICE", tracking="LOT", **item)
    for code, (came, expires, location) in LOTS.items():
        await given_location(tenant, code=location, type="SHELF")
        await given_stock(
            tenant, "JUICE", "10", lot=code, expires_on=in_days(expires), location=location,
            occurred_at=datetime.now(UTC) - timedelta(days=came),
        )  # fmt: skip


async def chosen(graph: GraphClient, line: dict[str, Any], **fields: Any) -> list[tuple[str, str]]:
    """Which lots a new reservation of the line holds."""
    return lots(await reservation_now(graph, await given_reservation(graph, line, **fields)))


def request(tenant: GivenTenant, line: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lines": [line], "outletId": str(tenant.outlet_id), **fields}


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (None, [("B", "10"), ("C", "10"), ("A", "5")]),
        ("FEFO", [("B", "10"), ("C", "10"), ("A", "5")]),
        ("FIFO", [("A", "10"), ("B", "10"), ("C", "5")]),
        ("LIFO", [("C", "10"), ("B", "10"), ("A", "5")]),
        ("NEAREST", [("C", "10"), ("A", "10"), ("B", "5")]),
    ],
)
async def test_lots_go_by_the_items_strategy(
    graph: GraphClient, tenant: GivenTenant, strategy: str | None, expected: list[tuple[str, str]]
) -> None:
    """One line takes as many lots as it needs; what expires first goes first unless the item says otherwise."""
    await given_three_lots(tenant, removal_strategy=strategy)
    assert sorted(await chosen(graph, wanted("JUICE", 25))) == sorted(expected)


async def test_what_expires_before_it_is_collected_is_not_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """The day of the pickup counts, not today."""
    await given_item(tenant, sku="JUICE", tracking="LOT")
    for code, days in (("SOON", 2), ("LATER", 20)):
        await given_stock(tenant, "JUICE", "5", lot=code, expires_on=in_days(days))
    pickup = {"type": "CLICK_AND_COLLECT", "pickupAt": (datetime.now(UTC) + timedelta(days=5)).isoformat()}
    assert await chosen(graph, wanted("JUICE", 3)) == [("SOON", "3")]
    assert await chosen(graph, wanted("JUICE", 3), **pickup) == [("LATER", "3")]
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("JUICE", 3), **pickup))
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "2")


async def test_a_minimum_shelf_life_counts_from_the_pickup(graph: GraphClient, tenant: GivenTenant) -> None:
    """To the day: what lasts exactly so long will do."""
    await given_item(tenant, sku="JUICE", tracking="LOT")
    await given_stock(tenant, "JUICE", "5", lot="L", expires_on=in_days(20))
    pickup = {"type": "CLICK_AND_COLLECT", "pickupAt": (datetime.now(UTC) + timedelta(days=5)).isoformat()}
    assert await chosen(graph, wanted("JUICE", 1), **pickup, minimumShelfLifeDays=14) == [("L", "1")]
    error = await refusal_of(
        graph, "reserveStock", request(tenant, wanted("JUICE", 1), **pickup, minimumShelfLifeDays=17)
    )
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "0")


async def test_a_lot_that_is_named_is_the_one_that_is_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """And no other: what it has not is short, though others have it."""
    await given_three_lots(tenant)
    assert await chosen(graph, wanted("JUICE", 4, lotCode="A")) == [("A", "4")]
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("JUICE", 7, lotCode="A")))
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "6")
    assert await chosen(graph, wanted("JUICE", 7, lotCode="A"), onShortage="PARTIAL") == [("A", "6")]


async def test_a_named_lot_that_has_expired_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is there, and may not be sold: the refusal says so."""
    await given_item(tenant, sku="JUICE", tracking="LOT")
    await given_stock(tenant, "JUICE", "5", lot="OLD", expires_on=in_days(-2))
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("JUICE", 1, lotCode="OLD")))
    assert (error["code"], error["path"]) == ("LOT_NOT_ELIGIBLE", ["input", "lines", "0", "lotCode"])
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("JUICE", 1)))
    assert (error["code"], error["available"], error["reasons"]) == ("INSUFFICIENT_STOCK", "0", ["EXPIRED"])


async def test_quarantined_stock_is_not_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """Nor what is damaged; it is on hand all the same."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    for state, quantity in (("QUARANTINED", "6"), ("DAMAGED", "1")):
        await done(graph, "moveStock", {"sku": "TEA", "quantity": quantity, "toState": state, "reason": "INSPECTION"})
    error = await refusal_of(graph, "reserveStock", request(tenant, wanted("TEA", 4)))
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "3")
    await given_reservation(graph, wanted("TEA", 3))
    assert await stock(graph, "TEA") == ("10", "3", "0")


async def test_pieces_that_are_named_are_the_ones_that_are_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """As many as the quantity says; one of them cannot be promised twice."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_stock(tenant, "PHONE", "3", serials=("P1", "P2", "P3"))
    reservation = await given_reservation(graph, wanted("PHONE", 2, serials=["P3", "P1"]))
    read = await reservation_now(graph, reservation)
    pieces = [number for each in read["lines"][0]["allocations"] for number in each["serials"]]
    assert sorted(pieces) == ["P1", "P3"]
    taken = await refusal_of(graph, "reserveStock", request(tenant, wanted("PHONE", 1, serials=["P1"])))
    assert (taken["code"], taken["path"]) == ("SERIAL_NOT_AVAILABLE", ["input", "lines", "0", "serials"])
    fewer = await refusal_of(graph, "reserveStock", request(tenant, wanted("PHONE", 2, serials=["P2"])))
    assert fewer["code"] == "INVALID_INPUT"
    assert await stock(graph, "PHONE") == ("3", "2", "1")


async def test_pieces_are_chosen_where_none_is_named(graph: GraphClient, tenant: GivenTenant) -> None:
    """The oldest first."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    for days, number in ((5, "P3"), (9, "P2"), (7, "P1")):
        came = datetime.now(UTC) - timedelta(days=days)
        await given_stock(tenant, "PHONE", "1", serials=(number,), occurred_at=came)
    reservation = await given_reservation(graph, wanted("PHONE", 2))
    read = await reservation_now(graph, reservation)
    pieces = [number for each in read["lines"][0]["allocations"] for number in each["serials"]]
    assert sorted(pieces) == ["P1", "P2"]
