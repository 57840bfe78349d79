"""The numbers of the systems around us: what they hold, and how they convert, comes out here too."""

from fractions import Fraction
from typing import Any

import pytest

from tests.given.items import given_item, given_unit_bridge
from tests.given.reservations import given_reservation, wanted
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.seen import refusal_of, stock
from tests.stock.requests import done


@pytest.mark.parametrize(
    ("asked", "available", "may_oversell", "held"),
    [("2", 5, False, "2"), ("5", 2, False, "2"), ("3", -4, False, "0"), ("5", 2, True, "5"), ("3", -4, True, "3")],
)
async def test_holds_as_much_as_the_hold_table_says(
    graph: GraphClient, tenant: GivenTenant, asked: str, available: int, may_oversell: bool, held: str
) -> None:
    """What is asked where it may be sold below zero; else what is there, and never less than nothing."""
    await given_item(tenant, sku="TEA", allow_negative=True)
    await done(graph, "adjustStock", {"sku": "TEA", "delta": str(available), "reason": "CORRECTION"})
    if not may_oversell:
        await graph.accepted("updateItem", {"item": {"sku": "TEA"}, "allowNegative": False})
    if held == "0":
        given = {"lines": [wanted("TEA", asked)], "outletId": str(tenant.outlet_id), "onShortage": "PARTIAL"}
        error = await refusal_of(graph, "reserveStock", given)
        assert (error["code"], error["requested"], error["available"]) == ("INSUFFICIENT_STOCK", asked, held)
        return
    reservation = await given_reservation(graph, wanted("TEA", asked), onShortage="PARTIAL")
    assert [line["reserved"] for line in reservation["lines"]] == [held]
    assert await stock(graph, "TEA") == (str(available), held, str(available - int(held)))


@pytest.mark.parametrize(
    ("asked", "unit", "stock_unit", "held"),
    [
        ("25", "ML", "ML", "25"), ("500", "ML", "LITRE", "0.5"), ("1.5", "KG", "G", "1500"), ("2", "PIECE", "PIECE", "2"),
        ("30", None, "ML", "30"), ("2", "kg", "G", "2000"),
    ],
)  # fmt: skip
async def test_converts_as_the_unit_table_says(
    graph: GraphClient, tenant: GivenTenant, asked: str, unit: str | None, stock_unit: str, held: str
) -> None:
    """Into the stock unit, exactly; a number without a unit is in it already."""
    await given_item(tenant, sku="TEA", unit=stock_unit)
    await given_stock(tenant, "TEA", "5000")
    reservation = await given_reservation(graph, wanted("TEA", asked, unit=unit))
    assert [line["reserved"] for line in reservation["lines"]] == [held]


@pytest.mark.parametrize(("asked", "held"), [("30", "0.04"), ("750", "1")])
async def test_a_bottle_is_so_many_millilitres(graph: GraphClient, tenant: GivenTenant, asked: str, held: str) -> None:
    """30 ml of a bottle of 750 are 0.04 of it, and twenty-five of them are the bottle."""
    bottle = await given_item(tenant, sku="GIN", unit="PIECE")
    await given_unit_bridge(tenant, bottle, "ML", "PIECE", Fraction(1, 750))
    await given_stock(tenant, "GIN", "2")
    reservation = await given_reservation(graph, wanted("GIN", asked, unit="ML"))
    assert [line["reserved"] for line in reservation["lines"]] == [held]


@pytest.mark.parametrize(("asked", "unit"), [("25", "ML"), ("30", "G")])
async def test_another_dimension_without_a_bridge_is_refused(
    graph: GraphClient, tenant: GivenTenant, asked: str, unit: str
) -> None:
    """The bare number would be taken for pieces: 25 bottles for a tot."""
    await given_item(tenant, sku="GIN")
    await given_stock(tenant, "GIN", "50")
    given = {"lines": [wanted("GIN", asked, unit=unit)], "outletId": str(tenant.outlet_id)}
    error = await refusal_of(graph, "reserveStock", given)
    assert (error["code"], error["path"]) == ("UNIT_MISMATCH", ["input", "lines", "0", "unit"])


@pytest.mark.parametrize(
    ("item_type", "holds"),
    [("SERVICE", False), ("VOUCHER", False), ("GOODS", True), ("INGREDIENT", True), ("EQUIPMENT", True)],
)
async def test_services_and_vouchers_hold_nothing(
    graph: GraphClient,
    tenant: GivenTenant,
    item_type: Any,
    holds: bool,
) -> None:
    """They are promised all the same, as often as one likes; goods need to be there."""
    await given_item(tenant, sku="IT", type=item_type)
    if not holds:
        reservation = await given_reservation(graph, wanted("IT", 7))
        assert [line["reserved"] for line in reservation["lines"]] == ["7"]
        return
    given = {"lines": [wanted("IT", 7)], "outletId": str(tenant.outlet_id)}
    await given_stock(tenant, "IT", "6")
    error = await refusal_of(graph, "reserveStock", given)
    assert (error["code"], error["available"]) == ("INSUFFICIENT_STOCK", "6")


async def test_a_latte_is_held(graph: GraphClient, tenant: GivenTenant) -> None:
    """50 on hand and 5 reserved leave 45; 3 more are held in full."""
    await given_item(tenant, sku="LATTE-001")
    await given_stock(tenant, "LATTE-001", "50")
    await given_reservation(graph, wanted("LATTE-001", 5))
    assert await stock(graph, "LATTE-001") == ("50", "5", "45")
    reservation = await given_reservation(graph, wanted("LATTE-001", 3))
    assert (reservation["status"], [line["reserved"] for line in reservation["lines"]]) == ("HELD", ["3"])
