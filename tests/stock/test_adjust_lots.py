"""Adjusting what is tracked by lot or serial: which of it goes when nobody says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.stock.requests import balance, changes_told, done, refused


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def given_three_lots(tenant: GivenTenant, **item: Any) -> None:
    """Ten of each: A came first and expires last, B expires first, C came last and lies nearest."""
    await given_item(tenant, sku="JUICE", unit="LITRE", tracking="LOT", **item)
    for code, days, expires_on, location in (
        ("A", 9, date(2027, 12, 1), "S-2"),
        ("B", 6, date(2027, 3, 1), "S-3"),
        ("C", 3, date(2027, 6, 1), "S-1"),
    ):
        await given_location(tenant, code=location, type="SHELF")
        await given_stock(
            tenant, "JUICE", "10", lot=code, expires_on=expires_on, location=location, occurred_at=days_ago(days)
        )
    await forget_emitted(tenant)


def taken(payload: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["lot"]["code"], each["quantity"]) for each in payload["movements"]]


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
async def test_takes_lots_by_the_items_strategy(
    graph: GraphClient, tenant: GivenTenant, strategy: str | None, expected: list[tuple[str, str]]
) -> None:
    """In one call, over as many lots as it takes: one version, one event, a movement for each lot. What expires first goes
    first unless the item says otherwise."""
    await given_three_lots(tenant, removal_strategy=strategy)
    payload = await done(graph, "adjustStock", {"sku": "JUICE", "delta": "-25", "reason": "WASTE"})
    assert taken(payload) == expected
    assert {each["balanceVersion"] for each in payload["movements"]} == {4}
    assert await changes_told(tenant) == [("JUICE", 4, "30", "-25", "5")]


async def test_takes_from_a_lot_that_is_named(graph: GraphClient, tenant: GivenTenant) -> None:
    """And from no other: what is asked of a lot must be in it."""
    await given_three_lots(tenant)
    payload = await done(graph, "adjustStock", {"sku": "JUICE", "delta": "-4", "reason": "WASTE", "lotCode": "A"})
    assert taken(payload) == [("A", "4")]
    given = {"sku": "JUICE", "delta": "-7", "reason": "WASTE", "lotCode": "A"}
    code, argument, message = await refused(graph, "adjustStock", given)
    assert (code, argument) == ("INSUFFICIENT_STOCK", "delta")
    assert message == "7 of JUICE were asked but 6 are available there: 1 short."
    unknown = {**given, "lotCode": "Z"}
    assert (await refused(graph, "adjustStock", unknown)) == ("INVALID_INPUT", "lotCode", "JUICE has no lot Z.")


async def test_takes_from_a_location_that_is_named(graph: GraphClient, tenant: GivenTenant) -> None:
    """The shelf that was counted, whatever the strategy would take first."""
    await given_three_lots(tenant)
    given = {"sku": "JUICE", "delta": "-4", "reason": "RECOUNT", "locationCode": "S-2"}
    assert taken(await done(graph, "adjustStock", given)) == [("A", "4")]
    assert (await refused(graph, "adjustStock", {**given, "delta": "-7"}))[:2] == ("INSUFFICIENT_STOCK", "delta")


async def test_adds_to_a_lot_that_is_named(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is found belongs to some lot; without one it could never be recalled."""
    await given_three_lots(tenant)
    found = {"sku": "JUICE", "delta": "1", "reason": "FOUND"}
    assert (await refused(graph, "adjustStock", found))[:2] == ("INVALID_INPUT", "lotCode")
    assert taken(await done(graph, "adjustStock", {**found, "lotCode": "B"})) == [("B", "1")]
    lots = await balance(graph, "JUICE", "lots { nodes { lot { code } onHand } }")
    assert [(each["lot"]["code"], each["onHand"]) for each in lots["lots"]["nodes"]] == [
        ("A", "10"), ("B", "11"), ("C", "10"),
    ]  # fmt: skip


async def test_refuses_more_than_all_lots_have(graph: GraphClient, tenant: GivenTenant) -> None:
    """Also where stock may be negative: a lot that is not there cannot be given away."""
    await given_three_lots(tenant, allow_negative=True)
    found = await refused(graph, "adjustStock", {"sku": "JUICE", "delta": "-31", "reason": "WASTE"})
    assert found[:2] == ("INSUFFICIENT_STOCK", "delta")


async def test_takes_the_oldest_pieces(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of numbered pieces those that came first; they are scrapped and no longer anywhere."""
    await given_item(tenant, sku="TYRE", tracking="SERIAL")
    for days, number in ((5, "T-3"), (9, "T-2"), (7, "T-1")):
        await given_stock(tenant, "TYRE", "1", serials=(number,), occurred_at=days_ago(days))
    payload = await done(graph, "adjustStock", {"sku": "TYRE", "delta": "-2", "reason": "SHRINKAGE"})
    assert sorted(number for each in payload["movements"] for number in each["serials"]) == ["T-1", "T-2"]
    (error,) = (
        await graph.payload("adjustStock", {"idempotencyKey": "k", "sku": "TYRE", "delta": "-2", "reason": "WASTE"})
    )["errors"]
    assert (error["code"], error["path"]) == ("INSUFFICIENT_STOCK", ["input", "delta"])


async def test_refuses_to_find_a_piece_without_its_number(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was found has a number on it: a receipt asks for it."""
    await given_item(tenant, sku="TYRE", tracking="SERIAL")
    code, argument, message = await refused(graph, "adjustStock", {"sku": "TYRE", "delta": "1", "reason": "FOUND"})
    assert (code, argument) == ("INVALID_INPUT", "delta")
    assert "receive what was found" in message
