"""Receiving into lots: made when they are new, dated by the caller or by the item's shelf life."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.stock.requests import balance, done, received, refused

LOT = "code status expiresOn bestBefore places { quantity state variant { sku } warehouse { code } }"


async def lot(graph: GraphClient, sku: str, code: str, select: str = LOT) -> dict[str, Any]:
    data = await graph(f"query($sku: String!, $code: String!) {{ lot(sku: $sku, code: $code) {{ {select} }} }}",
                       {"sku": sku, "code": code})  # fmt: skip
    found: dict[str, Any] = data["lot"]
    return found


def half_past_ten_at_night() -> datetime:
    """The last 22:30 by UTC: in Nairobi it was 01:30 of the next day."""
    now = datetime.now(UTC)
    last = now.replace(hour=22, minute=30, second=0, microsecond=0)
    return last if last <= now else last - timedelta(days=1)


async def test_makes_a_new_lot(graph: GraphClient, tenant: GivenTenant) -> None:
    """As it stands on the box, with the day after which nobody may use it."""
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    payload = await received(graph, sku="MILK", quantity="20", lotCode="L-001", expiresOn="2027-03-31")
    assert payload["movements"][0]["lot"] == {"code": "L-001"}
    assert await lot(graph, "MILK", "L-001") == {
        "code": "L-001", "status": "ACTIVE", "expiresOn": "2027-03-31", "bestBefore": None,
        "places": [
            {"quantity": "20", "state": "AVAILABLE", "variant": {"sku": "MILK"}, "warehouse": {"code": "MAIN"}},
        ],
    }  # fmt: skip


async def test_dates_a_lot_by_the_shelf_life(graph: GraphClient, tenant: GivenTenant) -> None:
    """From the day it came by the calendar of the warehouse, which in Nairobi is a day further late in the evening."""
    await given_item(tenant, sku="YOGHURT", unit="LITRE", tracking="LOT", shelf_life_days=10)
    came_at = half_past_ten_at_night()
    line = {"sku": "YOGHURT", "quantity": "1", "lotCode": "Y"}
    await done(graph, "receiveStock", {"lines": [line], "occurredAt": came_at.isoformat()})
    expected = came_at.date() + timedelta(days=11)
    assert (await lot(graph, "YOGHURT", "Y"))["expiresOn"] == expected.isoformat()


async def test_lets_the_box_say_otherwise(graph: GraphClient, tenant: GivenTenant) -> None:
    """The shelf life is for those who do not look; who reads the date off the box is right."""
    await given_item(tenant, sku="CREAM", unit="LITRE", tracking="LOT", shelf_life_days=10)
    await received(graph, sku="CREAM", quantity="1", lotCode="C", expiresOn="2027-01-15")
    assert (await lot(graph, "CREAM", "C"))["expiresOn"] == "2027-01-15"


async def test_adds_to_a_lot_that_is_there(graph: GraphClient, tenant: GivenTenant) -> None:
    """More of the same box, days later and in another place: the lot keeps the date it has, whatever the shelf life would
    make of today."""
    await given_item(tenant, sku="CHEESE", unit="KG", tracking="LOT", shelf_life_days=30)
    await given_warehouse(tenant, code="COLD")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    line = {"sku": "CHEESE", "quantity": "2", "lotCode": "E"}
    await done(graph, "receiveStock", {"lines": [line], "occurredAt": yesterday})
    first = await lot(graph, "CHEESE", "E")
    await done(graph, "receiveStock", {"lines": [line]})
    await done(graph, "receiveStock", {"lines": [line], "warehouse": {"code": "COLD"}})
    found = await lot(graph, "CHEESE", "E")
    assert found["expiresOn"] == first["expiresOn"]
    assert sorted((each["warehouse"]["code"], each["quantity"]) for each in found["places"]) == [
        ("COLD", "2"),
        ("MAIN", "4"),
    ]


async def test_completes_a_lot_whose_date_was_not_known(graph: GraphClient, tenant: GivenTenant) -> None:
    """The first delivery came without papers; the second brings them."""
    await given_item(tenant, sku="HAM", unit="KG", tracking="LOT")
    await received(graph, sku="HAM", quantity="1", lotCode="H")
    assert (await lot(graph, "HAM", "H"))["expiresOn"] is None
    await received(graph, sku="HAM", quantity="1", lotCode="H", expiresOn="2027-02-01")
    assert (await lot(graph, "HAM", "H"))["expiresOn"] == "2027-02-01"


async def test_keeps_the_lots_of_two_items_apart(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two makers number their boxes from 1; a code is unique per item."""
    for sku, day in (("PORK", "2027-01-01"), ("BEEF", "2027-02-02")):
        await given_item(tenant, sku=sku, unit="KG", tracking="LOT")
        await received(graph, sku=sku, quantity="1", lotCode="1", expiresOn=day)
    assert (await lot(graph, "PORK", "1"))["expiresOn"] == "2027-01-01"
    assert (await lot(graph, "BEEF", "1"))["expiresOn"] == "2027-02-02"


@pytest.mark.parametrize(
    ("sku", "line", "argument", "said"),
    [
        ("TRACKED", {}, "lotCode", "name the lot it arrives in"),
        ("TRACKED", {"lotCode": "OLD", "expiresOn": "2027-05-06"}, "expiresOn", "has expires on 2027-05-05, not 2027-05-06"),
        ("TRACKED", {"expiresOn": "2027-05-05"}, "expiresOn", "name the lotCode too"),
        ("TRACKED", {"lotCode": ""}, "lotCode", "'' is no code"),
        ("TRACKED", {"lotCode": " L"}, "lotCode", "without spaces around them"),
        ("TRACKED", {"lotCode": "a\u200fb"}, "lotCode", "printable"),
        ("TRACKED", {"lotCode": "L" * 101}, "lotCode", "1 to 100 printable characters"),
        ("PLAIN", {"lotCode": "L"}, "lotCode", "is not tracked by lot"),
    ],
)  # fmt: skip
async def test_refuses_a_lot_that_does_not_fit(
    graph: GraphClient, tenant: GivenTenant, sku: str, line: dict[str, Any], argument: str, said: str
) -> None:
    """A tracked item without its lot cannot be recalled; a lot whose date changes silently cannot be trusted."""
    await given_item(tenant, sku="TRACKED", tracking="LOT")
    await given_item(tenant, sku="PLAIN")
    await received(graph, sku="TRACKED", quantity="1", lotCode="OLD", expiresOn="2027-05-05")
    code, found, message = await refused(graph, "receiveStock", {"lines": [{"sku": sku, "quantity": "1", **line}]})
    assert (code, found) == ("INVALID_INPUT", f"lines.0.{argument}")
    assert said in message


async def test_refuses_a_recalled_lot(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is being taken back must not come in again by another door."""
    await given_item(tenant, sku="SPREAD", tracking="LOT")
    await received(graph, sku="SPREAD", quantity="1", lotCode="BAD", expiresOn=date(2027, 1, 1).isoformat())
    # Recalling is a verb of its own, yet to come; the book heeds what it will write.
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute("UPDATE lots SET status = 'RECALLED' WHERE tenant_id = $1 AND code = 'BAD'", tenant.id)
    found = await refused(graph, "receiveStock", {"lines": [{"sku": "SPREAD", "quantity": "1", "lotCode": "BAD"}]})
    assert found == ("LOT_NOT_ELIGIBLE", "lines.0.lotCode", "Lot BAD of SPREAD is recalled.")
    assert (await balance(graph, "SPREAD"))["onHand"] == "1"
