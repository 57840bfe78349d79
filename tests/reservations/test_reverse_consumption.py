"""Taking back what was consumed: exactly what went, to where it lay and at its cost, and never more than went."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.recipes import component, given_recipe
from tests.given.reservations import given_reservation, given_step, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.warehouses import given_location
from tests.graph import GraphClient
from tests.reservations.seen import refusal_of, stock

REVERSE = "reverseConsumption"
MOVEMENTS = (
    "movements { quantity variant { sku } lot { code } toLocation { code } serials unitCost { amount } reason toState }"
)
TODAY = datetime.now(UTC).date()


@pytest.fixture
def order() -> str:
    """An order of the test's own."""
    return str(uuid4())


async def given_consumed(graph: GraphClient, order: str, *lines: Mapping[str, Any], **fields: Any) -> None:
    given = {"idempotencyKey": uuid4().hex, "orderId": order, "lines": list(lines), **fields}
    await graph.accepted("consumeStock", given)


async def reversed_(graph: GraphClient, order: str, *lines: Mapping[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """The movements of taking back the lines, of everything without any."""
    given = {"idempotencyKey": uuid4().hex, "orderId": order, **fields}
    payload = await graph.accepted(REVERSE, {**given, "lines": list(lines)} if lines else given, MOVEMENTS)
    movements: list[dict[str, Any]] = payload["movements"]
    return movements


def quantities(movements: list[dict[str, Any]]) -> list[str]:
    return [each["quantity"] for each in movements]


# ---------------------------------------------------------------- exactly what went
async def test_lots_places_and_costs_are_those_it_came_from(
    graph: GraphClient, tenant: GivenTenant, order: str
) -> None:
    """Though the average has changed since, and another lot would go first now."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_location(tenant, code="FRIDGE", type="SHELF")
    await given_location(tenant, code="CELLAR", type="SHELF")
    for lot, days, place in (("MAY", 30, "FRIDGE"), ("JUNE", 60, "CELLAR")):
        expires_on = TODAY + timedelta(days=days)
        await given_stock(tenant, "MILK", "2", lot=lot, expires_on=expires_on, location=place, unit_cost="1")
    await given_consumed(graph, order, wanted("MILK", 3))
    await given_stock(tenant, "MILK", "7", lot="APRIL", expires_on=TODAY + timedelta(days=3), unit_cost="9")
    back = await reversed_(graph, order)
    assert [(each["lot"]["code"], each["toLocation"]["code"], each["quantity"]) for each in back] == [
        ("MAY", "FRIDGE", "2"), ("JUNE", "CELLAR", "1"),
    ]  # fmt: skip
    assert {(each["unitCost"]["amount"], each["reason"], each["toState"]) for each in back} == {
        ("1", "RETURN", "AVAILABLE")
    }
    assert await stock(graph, "MILK") == ("11", "0", "11")


async def test_pieces_come_back_as_themselves(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """In stock again, and to be sold again."""
    await given_item(tenant, sku="PHONE", tracking="SERIAL")
    await given_stock(tenant, "PHONE", "3", serials=("P1", "P2", "P3"))
    await given_consumed(graph, order, wanted("PHONE", 2, serials=["P3", "P1"]))
    back = await reversed_(graph, order)
    assert sorted(number for each in back for number in each["serials"]) == ["P1", "P3"]
    data = await graph('{ serial(sku: "PHONE", serial: "P3") { status } }')
    assert data["serial"]["status"] == "IN_STOCK"
    await given_consumed(graph, str(uuid4()), wanted("PHONE", 1, serials=["P3"]))


async def test_a_recipe_comes_back_as_what_was_taken_for_it(
    graph: GraphClient, tenant: GivenTenant, order: str
) -> None:
    """To the fraction, in parts, and all of it in the end."""
    await given_item(tenant, sku="DOUGH", unit="KG")
    await given_stock(tenant, "DOUGH", "1")
    await given_recipe(tenant, "ROLL", component("DOUGH", "1"), output_quantity=3)
    await given_consumed(graph, order, wanted("ROLL", 2))
    assert await stock(graph, "DOUGH") == ("0.333333", "0", "0.333333")
    assert quantities(await reversed_(graph, order, wanted("ROLL", 1))) == ["0.333334"]
    assert quantities(await reversed_(graph, order)) == ["0.333333"]
    assert await stock(graph, "DOUGH") == ("1", "0", "1")


async def test_what_a_commit_issued_comes_back_too(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """One budget for the order, whoever deducted."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    reservation = await given_reservation(graph, wanted("TEA", 4), orderId=order)
    await given_step(graph, "commitReservation", reservation)
    await given_consumed(graph, order, wanted("TEA", 5))
    assert await stock(graph, "TEA") == ("5", "0", "5")
    assert sum(map(int, quantities(await reversed_(graph, order)))) == 5
    assert await stock(graph, "TEA") == ("10", "0", "10")


# ---------------------------------------------------------------- one budget
@pytest.mark.parametrize(("unit", "shares"), [("KG", ["1.428571", "0.571429"]), ("PIECE", ["1", "1"])])
async def test_parts_of_several_calls_add_up_to_what_is_asked(
    graph: GraphClient, tenant: GivenTenant, order: str, unit: str, shares: list[str]
) -> None:
    """Two of 5 and 2: in proportion, exactly 2 in all; whole pieces stay whole."""
    await given_item(tenant, sku="FLOUR", unit=unit)
    await given_stock(tenant, "FLOUR", "7")
    await given_consumed(graph, order, wanted("FLOUR", 5))
    await given_consumed(graph, order, wanted("FLOUR", 2))
    assert quantities(await reversed_(graph, order, wanted("FLOUR", 2))) == shares
    assert await stock(graph, "FLOUR") == ("2", "0", "2")


async def test_no_more_comes_back_than_is_left(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """Of 10 with 6 back already 4 are left; then none, however often it is asked."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "10")
    await given_consumed(graph, order, wanted("TEA", 10))
    assert quantities(await reversed_(graph, order, wanted("TEA", 6))) == ["6"]
    assert quantities(await reversed_(graph, order, wanted("TEA", 10))) == ["4"]
    assert quantities(await reversed_(graph, order, wanted("TEA", 1))) == []
    assert quantities(await reversed_(graph, order)) == []
    assert await stock(graph, "TEA") == ("10", "0", "10")


async def test_parts_at_the_same_time_share_the_budget(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """Ten of them ask for 2 each of the 7 that went."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "7")
    await given_consumed(graph, order, wanted("TEA", 7))
    backs = await asyncio.gather(*(reversed_(graph, order, wanted("TEA", 2)) for _ in range(10)))
    assert sum(int(quantity) for back in backs for quantity in quantities(back)) == 7
    assert await stock(graph, "TEA") == ("7", "0", "7")


async def test_what_was_not_there_does_not_come_back(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """Of 5 asked and 3 deducted, 3."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "3")
    await given_consumed(graph, order, wanted("TEA", 5), onShortage="PARTIAL")
    assert quantities(await reversed_(graph, order)) == ["3"]


async def test_lines_of_one_sku_are_summed(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """Two lines of a return are one return; other SKUs of the order stay gone."""
    for sku in ("A", "B"):
        await given_item(tenant, sku=sku)
        await given_stock(tenant, sku, "5")
    await given_consumed(graph, order, wanted("A", 4), wanted("B", 2))
    assert quantities(await reversed_(graph, order, wanted("A", 1), wanted("A", 2))) == ["3"]
    assert await stock(graph, "B") == ("3", "0", "3")


# ---------------------------------------------------------------- refused and told
async def test_what_was_never_deducted_is_not_found(graph: GraphClient, tenant: GivenTenant, order: str) -> None:
    """Neither of an unknown order, nor of what the order did not have, nor of another's; nor without a name at all."""
    for sku in ("TEA", "MUG"):
        await given_item(tenant, sku=sku)
    await given_stock(tenant, "TEA", "5")
    await given_consumed(graph, order, wanted("TEA", 1))
    unknown = await refusal_of(graph, REVERSE, {"orderId": str(uuid4())})
    other = await refusal_of(graph, REVERSE, {"orderId": order, "lines": [wanted("MUG", 1)]})
    nobody = await refusal_of(graph, REVERSE, {"lines": [wanted("TEA", 1)]})
    nothing = await refusal_of(graph, REVERSE, {"orderId": order, "lines": [wanted("TEA", 0)]})
    assert [(each["code"], ".".join(each["path"])) for each in (unknown, other, nobody, nothing)] == [
        ("NOT_FOUND", "input.orderId"), ("NOT_FOUND", "input.lines"), ("INVALID_INPUT", "input.orderId"),
        ("INVALID_INPUT", "input.lines.0.quantity"),
    ]  # fmt: skip


async def test_it_tells_how_much_came_back_and_what_it_was_worth(
    graph: GraphClient, tenant: GivenTenant, order: str
) -> None:
    """Once for the call; the same key again tells nothing and brings nothing."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "5", unit_cost="2.5")
    await given_consumed(graph, order, wanted("TEA", 4))
    await forget_emitted(tenant)
    for _ in range(2):
        await reversed_(graph, order, wanted("TEA", 3), idempotencyKey="once", reason="It was cold")
    (event,) = await emitted(tenant, "inventory.stock.consumption_reversed")
    assert (event.payload["order_id"], event.payload["lines_count"]) == (order, 1)
    assert (event.payload["total_cost_reversed"], event.payload["reason"]) == ("7.5", "It was cold")
    assert await stock(graph, "TEA") == ("4", "0", "4")
