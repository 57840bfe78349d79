"""Reserving: what is promised is held, and no cart can promise itself more than there is."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.identity.tenants import update_tenant
from tests.given.items import given_item, given_variant, variant_of_sku
from tests.given.reservations import given_reservation, given_step, given_time_passed, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_outlet, given_warehouse
from tests.graph import GraphClient
from tests.reservations.seen import amounts, refusal_of, reservation_now, stock


@pytest.fixture(autouse=True)
async def _tea(tenant: GivenTenant) -> None:
    """Ten of TEA in the default warehouse."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")


def request(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"lines": list(lines), "warehouse": {"code": "MAIN"}, **fields}


# ---------------------------------------------------------------- what a hold does
async def test_a_hold_makes_stock_reserved_and_takes_none_away(graph: GraphClient) -> None:
    """Promised is not sold: on hand stays, available falls."""
    reservation = await given_reservation(graph, wanted("TEA", 3))
    assert (reservation["status"], reservation["version"]) == ("HELD", 1)
    assert reservation["warehouse"] == {"code": "MAIN"}
    assert amounts(reservation) == [("3", "3", "0", "0", "0")]
    assert await stock(graph, "TEA") == ("10", "3", "7")


async def test_lines_of_one_variant_are_summed_before_they_are_checked(graph: GraphClient) -> None:
    """Each line alone is there, both together are not: the refusal tells the sum."""
    error = await refusal_of(graph, "reserveStock", request(wanted("TEA", 6), wanted("TEA", 5)))
    assert (error["code"], error["sku"], error["requested"], error["available"]) == (
        "INSUFFICIENT_STOCK", "TEA", "11", "10",
    )  # fmt: skip
    assert error["path"] == ["input", "lines", "1", "quantity"]
    assert amounts(await given_reservation(graph, wanted("TEA", 6), wanted("TEA", 4))) == [
        ("6", "6", "0", "0", "0"), ("4", "4", "0", "0", "0"),
    ]  # fmt: skip


async def test_what_others_hold_is_not_offered_again(graph: GraphClient) -> None:
    """And the refusal says that it is reserved, not gone."""
    await given_reservation(graph, wanted("TEA", 10))
    error = await refusal_of(graph, "reserveStock", request(wanted("TEA", 1)))
    assert (error["requested"], error["available"], error["reasons"]) == ("1", "0", ["RESERVED"])


async def test_the_last_unit_has_one_buyer(graph: GraphClient) -> None:
    """Sixteen ask at the same time; the others are told how much there is."""
    await given_reservation(graph, wanted("TEA", 9))
    asked = [{"idempotencyKey": uuid4().hex, **request(wanted("TEA", 1))} for _ in range(16)]
    payloads = await asyncio.gather(*(graph.payload("reserveStock", each, "reservation { id }") for each in asked))
    refused = [error["code"] for payload in payloads for error in payload["errors"]]
    assert refused == ["INSUFFICIENT_STOCK"] * 15
    assert await stock(graph, "TEA") == ("10", "10", "0")


# ---------------------------------------------------------------- shortage policies
async def test_all_or_nothing_is_the_default(graph: GraphClient, tenant: GivenTenant) -> None:
    """One short line leaves the others unheld, too."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "1")
    error = await refusal_of(graph, "reserveStock", request(wanted("TEA", 2), wanted("MUG", 2)))
    assert (error["sku"], error["requested"], error["available"]) == ("MUG", "2", "1")
    assert await stock(graph, "TEA") == ("10", "0", "10")


async def test_partial_holds_what_is_there(graph: GraphClient) -> None:
    """The missing part is neither held nor waited for, and is there to be seen."""
    reservation = await given_reservation(graph, wanted("TEA", 12), onShortage="PARTIAL")
    assert (reservation["status"], amounts(reservation)) == ("HELD", [("12", "10", "0", "0", "0")])


async def test_partial_with_nothing_there_is_refused(graph: GraphClient) -> None:
    """An empty hold would be no promise at all."""
    await given_reservation(graph, wanted("TEA", 10))
    error = await refusal_of(graph, "reserveStock", request(wanted("TEA", 2), onShortage="PARTIAL"))
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "0")


async def test_backorder_lets_the_rest_wait(graph: GraphClient) -> None:
    """With nothing there at all it is HELD with 0 reserved."""
    reservation = await given_reservation(graph, wanted("TEA", 12), onShortage="BACKORDER")
    assert (reservation["status"], amounts(reservation)) == ("HELD", [("12", "10", "0", "0", "2")])
    waiting = await given_reservation(graph, wanted("TEA", 1), onShortage="BACKORDER")
    assert (waiting["status"], amounts(waiting)) == ("HELD", [("1", "0", "0", "0", "1")])


# ---------------------------------------------------------------- owner and lines
@pytest.mark.parametrize("owner", [{"orderId": str(uuid4())}, {"reference": "basket 7"}], ids=["order", "reference"])
async def test_the_same_owner_and_line_replaces(graph: GraphClient, owner: dict[str, Any]) -> None:
    """A customer who changes 3 to 5 wants 5, not 8; the version after is the next, the reservation the same."""
    first = await given_reservation(graph, wanted("TEA", 3), **owner)
    second = await given_reservation(graph, wanted("TEA", 5), **owner)
    assert (second["id"], second["version"], second["lines"][0]["id"]) == (first["id"], 2, first["lines"][0]["id"])
    assert amounts(second) == [("5", "5", "0", "0", "0")]
    assert await stock(graph, "TEA") == ("10", "5", "5")


async def test_a_recheck_leaves_out_the_own_hold(graph: GraphClient) -> None:
    """Who holds all of it may keep asking for all of it."""
    await given_reservation(graph, wanted("TEA", 10), reference="basket")
    again = await given_reservation(graph, wanted("TEA", 10), reference="basket")
    assert amounts(again) == [("10", "10", "0", "0", "0")]
    error = await refusal_of(graph, "reserveStock", request(wanted("TEA", 11), reference="basket"))
    assert (error["requested"], error["available"]) == ("11", "10")
    assert await stock(graph, "TEA") == ("10", "10", "0")


async def test_without_an_owner_each_call_is_its_own(graph: GraphClient) -> None:
    """Nothing is replaced: two calls are two holds."""
    first, second = [await given_reservation(graph, wanted("TEA", 3)) for _ in range(2)]
    assert first["id"] != second["id"]
    assert await stock(graph, "TEA") == ("10", "6", "4")


async def test_lines_are_told_apart_by_their_reference(graph: GraphClient, tenant: GivenTenant) -> None:
    """A line that is not named stays; one that is new is added; a name decides, not the place."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "5")
    await given_reservation(
        graph, wanted("TEA", 1, lineReference="a"), wanted("MUG", 2, lineReference="b"), reference="r"
    )
    changed = await given_reservation(
        graph, wanted("MUG", 4, lineReference="b"), wanted("TEA", 2, lineReference="c"), reference="r"
    )
    assert [(line["lineReference"], line["variant"]["sku"], line["reserved"]) for line in changed["lines"]] == [
        ("a", "TEA", "1"), ("b", "MUG", "4"), ("c", "TEA", "2"),
    ]  # fmt: skip


async def test_a_line_may_become_another_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was held for it is given back."""
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "5")
    await given_reservation(graph, wanted("TEA", 4), reference="r")
    changed = await given_reservation(graph, wanted("MUG", 1), reference="r")
    assert [(line["variant"]["sku"], line["reserved"]) for line in changed["lines"]] == [("MUG", "1")]
    assert await stock(graph, "TEA") == ("10", "0", "10")


async def test_quantity_0_takes_the_line_away(graph: GraphClient) -> None:
    """The last line taken away releases the reservation; the owner may begin anew."""
    first = await given_reservation(
        graph, wanted("TEA", 1, lineReference="a"), wanted("TEA", 2, lineReference="b"), reference="r"
    )
    less = await given_reservation(graph, wanted("TEA", 0, lineReference="a"), reference="r")
    assert (less["status"], amounts(less)) == ("HELD", [("1", "0", "0", "1", "0"), ("2", "2", "0", "0", "0")])
    none = await given_reservation(graph, wanted("TEA", 0, lineReference="b"), reference="r")
    assert (none["status"], none["id"]) == ("RELEASED", first["id"])
    assert await stock(graph, "TEA") == ("10", "0", "10")
    assert (await given_reservation(graph, wanted("TEA", 1), reference="r"))["id"] != first["id"]


async def test_quantity_0_of_nothing_is_refused(graph: GraphClient) -> None:
    """There is nothing to give back."""
    error = await refusal_of(graph, "reserveStock", request(wanted("TEA", 0), reference="r"))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines"])


async def test_an_owner_whose_time_has_passed_begins_anew(graph: GraphClient, tenant: GivenTenant) -> None:
    """The old hold has ended and is told as such, whether or not a sweeper came by."""
    old = await given_reservation(graph, wanted("TEA", 10), reference="r")
    await given_time_passed(tenant, old)
    new = await given_reservation(graph, wanted("TEA", 8), reference="r")
    assert new["id"] != old["id"]
    assert (await reservation_now(graph, old))["history"][0]["kind"] == "EXPIRED"
    assert await stock(graph, "TEA") == ("10", "8", "2")


async def test_a_refused_change_leaves_the_old_hold(graph: GraphClient) -> None:
    """Asking for too much does not cost what one has."""
    first = await given_reservation(graph, wanted("TEA", 4), reference="r")
    await refusal_of(graph, "reserveStock", request(wanted("TEA", 11), reference="r"))
    assert amounts(await reservation_now(graph, first)) == [("4", "4", "0", "0", "0")]


async def test_what_was_issued_stays_issued_when_a_line_is_replaced(graph: GraphClient) -> None:
    """Two of five are gone; asking for four more comes to six."""
    first = await given_reservation(graph, wanted("TEA", 5), reference="r")
    part = [{"lineId": first["lines"][0]["id"], "quantity": "2"}]
    await given_step(graph, "commitReservation", first, lines=part, remainder="KEEP")
    changed = await given_reservation(graph, wanted("TEA", 4), reference="r")
    assert (changed["status"], amounts(changed)) == ("PARTIALLY_COMMITTED", [("6", "4", "2", "0", "0")])
    assert await stock(graph, "TEA") == ("8", "4", "4")


# ---------------------------------------------------------------- naming what is wanted
async def test_a_variant_is_named_by_its_id_too(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each variant has stock of its own; the item's other variant has none of it."""
    item = await given_item(tenant, sku="SHIRT")
    large = await given_variant(tenant, item, sku="SHIRT-L")
    await given_stock(tenant, "SHIRT-L", "2")
    line = {"variantId": str(large.id), "quantity": "2"}
    reservation = await given_reservation(graph, line)
    assert [each["variant"]["sku"] for each in reservation["lines"]] == ["SHIRT-L"]
    tea = await variant_of_sku(tenant, "TEA")
    both = await refusal_of(graph, "reserveStock", request({**line, "sku": "TEA"}))
    neither = await refusal_of(graph, "reserveStock", request({"quantity": "1"}))
    unknown = await refusal_of(graph, "reserveStock", request({"variantId": str(uuid4()), "quantity": "1"}))
    nameless = await refusal_of(graph, "reserveStock", request(wanted("NOPE", 1)))
    assert [error["code"] for error in (both, neither, unknown, nameless)] == [
        "INVALID_INPUT", "INVALID_INPUT", "NOT_FOUND", "NOT_FOUND",
    ]  # fmt: skip
    assert unknown["path"] == ["input", "lines", "0", "variantId"]
    assert str(tea.id) != str(large.id)


@pytest.mark.parametrize("many", [0, 101])
async def test_lines_are_1_to_100(graph: GraphClient, many: int) -> None:
    """The limit is said."""
    lines = [wanted("TEA", 1, lineReference=str(number)) for number in range(many)]
    error = await refusal_of(graph, "reserveStock", request(*lines))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines"])
    assert str(many) in error["message"]


async def test_two_lines_of_one_reference_are_refused(graph: GraphClient) -> None:
    """Which of them should replace the other?"""
    lines = [wanted("TEA", 1, lineReference="a"), wanted("TEA", 1, lineReference="a")]
    error = await refusal_of(graph, "reserveStock", request(*lines))
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "1", "lineReference"])


# ---------------------------------------------------------------- which warehouse
async def test_the_outlets_warehouse_is_used_and_not_the_tenants_default(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """A sale of an outlet never touches another's stock, even if only that other has any."""
    kiosk = await given_outlet(tenant, code="kiosk")
    await given_stock(tenant, "TEA", "1", warehouse=kiosk.warehouse)
    error = await refusal_of(graph, "reserveStock", {"lines": [wanted("TEA", 2)], "outletId": str(kiosk.outlet.id)})
    assert (error["requested"], error["available"]) == ("2", "1")
    reservation = await given_reservation(graph, wanted("TEA", 1), outletId=str(kiosk.outlet.id))
    assert reservation["warehouse"] == {"code": kiosk.warehouse.code}
    assert await stock(graph, "TEA") == ("10", "0", "10")


async def test_a_named_warehouse_outweighs_the_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """The most exact word counts."""
    back = await given_warehouse(tenant, code="BACK")
    await given_stock(tenant, "TEA", "5", warehouse=back)
    reservation = await given_reservation(
        graph, wanted("TEA", 1), outletId=str(tenant.outlet_id), warehouse={"code": "BACK"}
    )
    assert reservation["warehouse"] == {"code": "BACK"}


async def test_a_split_reservation_has_no_one_warehouse(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each allocation says where its part lies."""
    back = await given_warehouse(tenant, code="BACK", priority=1_000)
    await given_stock(tenant, "TEA", "5", warehouse=back)
    await tenant.database.write(tenant.actor, lambda tx: update_tenant(tx, may_split_reservations=True))
    payload = await graph.accepted(
        "reserveStock", {"idempotencyKey": "k", "lines": [wanted("TEA", 14)]}, "reservation { id warehouse { code } }"
    )
    assert payload["reservation"]["warehouse"] is None
    read = await reservation_now(graph, payload["reservation"])
    assert sorted((each["warehouse"]["code"], each["quantity"]) for each in read["lines"][0]["allocations"]) == [
        ("BACK", "4"), ("MAIN", "10"),
    ]  # fmt: skip


async def test_unknown_and_closed_warehouses_are_refused(graph: GraphClient) -> None:
    """A typo must not be served from somewhere else."""
    error = await refusal_of(graph, "reserveStock", {"lines": [wanted("TEA", 1)], "warehouse": {"code": "NOPE"}})
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "warehouse", "code"])
    error = await refusal_of(graph, "reserveStock", {"lines": [wanted("TEA", 1)], "outletId": str(uuid4())})
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "outletId"])


# ---------------------------------------------------------------- below zero
async def test_where_stock_may_be_negative_more_than_there_is_can_be_held(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """A till sells what is in the hand; what is owed is visible."""
    await given_item(tenant, sku="SODA", allow_negative=True)
    reservation = await given_reservation(graph, wanted("SODA", 3))
    assert amounts(reservation) == [("3", "3", "0", "0", "0")]
    assert await stock(graph, "SODA") == ("0", "3", "-3")
