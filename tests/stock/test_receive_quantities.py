"""Receiving stock: how much of what, in which unit, and what the world hears of it."""

from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from tests.emitted import forget_emitted
from tests.given.items import given_item, given_unit_bridge, given_variant
from tests.given.recipes import component, given_recipe
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import balance, changes_told, done, received, refused, told


async def test_brings_stock_that_can_be_sold(graph: GraphClient, tenant: GivenTenant) -> None:
    """What arrives is available at once; the first command on a balance is its version 1."""
    await given_item(tenant, sku="FLOUR", unit="KG")
    payload = await received(graph, sku="FLOUR", quantity="12.5")
    assert payload == {
        "balances": [
            {
                "variant": {"sku": "FLOUR"}, "onHand": "12.5", "available": "12.5", "version": 1,
                "reserved": "0", "quarantined": "0", "damaged": "0",
            }
        ],
        "movements": [
            {
                "kind": "RECEIPT", "quantity": "12.5", "fromState": None, "toState": "AVAILABLE", "lot": None,
                "serials": [], "balanceVersion": 1, "onHandAfter": "12.5",
            }
        ],
        "replayed": False,
        "errors": [],
    }  # fmt: skip
    assert (await balance(graph, "FLOUR"))["onHand"] == "12.5"


async def test_tells_of_the_change_with_every_field_that_siblings_read(graph: GraphClient, tenant: GivenTenant) -> None:
    """Field for field what the other services of the platform know, and what they will want to know next. A receipt is no
    correction, so nothing says that stock was adjusted."""
    item = await given_item(tenant, sku="SUGAR", name="Brown sugar", unit="KG")
    await received(graph, sku="SUGAR", quantity="1.5")
    await forget_emitted(tenant)
    select = "balances { id variantId warehouseId } movements { occurredAt }"
    given = {"reference": "DN-7", "lines": [{"sku": "SUGAR", "quantity": "2.5"}]}
    payload = await done(graph, "receiveStock", given, select)
    (event,) = await told(tenant)
    (shown,) = payload["balances"]
    command_id = UUID(event.payload.pop("adjustment_id"))
    occurred_at = datetime.fromisoformat(event.payload.pop("occurred_at"))
    written = [datetime.fromisoformat(event.payload.pop(name)) for name in ("updated_before", "updated_at")]
    quantities = {"reserved": "0", "quarantined": "0", "damaged": "0"}
    assert (event.type, event.aggregate_type, event.aggregate_id, event.aggregate_version) == (
        "inventory.stock.updated", "balance", UUID(shown["id"]), 2,
    )  # fmt: skip
    assert event.payload == {
        "tenant_id": str(tenant.id), "balance_id": shown["id"], "version": 2,
        "item_id": str(item.id), "item_sku": "SUGAR", "item_name": "Brown sugar",
        "variant_id": shown["variantId"], "sku": "SUGAR",
        "warehouse_id": str(tenant.warehouse_id), "outlet_id": str(tenant.outlet_id),
        "kinds": ["RECEIPT"], "reason": None, "reference": "DN-7",
        "quantity_before": "1.5", "quantity_change": "2.5", "quantity_after": "4",
        "on_hand": "4", "available": "4", **quantities,
        "before": {"on_hand": "1.5", "available": "1.5", **quantities},
        "after": {"on_hand": "4", "available": "4", **quantities},
        "reorder_point": None, "safety_stock": "0",
        "recorded_by": "user-administrator",
    }  # fmt: skip
    assert command_id.int
    assert written[0] < written[1]
    assert payload["movements"] == [{"occurredAt": occurred_at.isoformat().replace("+00:00", "Z")}]


@pytest.mark.parametrize(
    ("unit", "quantity", "in_kg"),
    [
        ("GRAM", "2500", "2.5"),
        ("g", "1", "0.001"),
        ("Kilogram", "2", "2"),
        ("POUND", "1", "0.453592"),
        (None, "3.25", "3.25"),
    ],
)
async def test_converts_to_the_stock_unit(
    graph: GraphClient, tenant: GivenTenant, unit: str | None, quantity: str, in_kg: str
) -> None:
    """Exactly, then rounded once to 6 fraction digits; a unit goes by its code, abbreviation or name."""
    await given_item(tenant, sku="RICE", unit="KG")
    payload = await received(graph, sku="RICE", quantity=quantity, unit=unit)
    assert [movement["quantity"] for movement in payload["movements"]] == [in_kg]
    assert payload["balances"][0]["onHand"] == in_kg


async def test_converts_over_the_items_own_bridge(graph: GraphClient, tenant: GivenTenant) -> None:
    """A loaf of twenty slices, a bottle of 750 ml: what no table of units knows. A bridge also divides a whole piece."""
    bread = await given_item(tenant, sku="BREAD")
    await given_unit_bridge(tenant, bread, "SLICE", "PIECE", Fraction(1, 20))
    vodka = await given_item(tenant, sku="VODKA")
    await given_unit_bridge(tenant, vodka, "ML", "PIECE", Fraction(1, 750))
    lines = [
        {"sku": "BREAD", "quantity": "40", "unit": "SLICE"},
        {"sku": "VODKA", "quantity": "30", "unit": "ML"},
        {"sku": "VODKA", "quantity": "1.5", "unit": "LITRE"},
    ]
    payload = await done(graph, "receiveStock", {"lines": lines})
    assert [movement["quantity"] for movement in payload["movements"]] == ["2", "0.04", "2"]
    assert {each["variant"]["sku"]: each["onHand"] for each in payload["balances"]} == {"BREAD": "2", "VODKA": "2.04"}


@pytest.mark.parametrize(
    ("line", "code", "argument", "said"),
    [
        ({"unit": "LITRE"}, "UNIT_MISMATCH", "lines.0.unit", "does not convert to PIECE"),
        ({"unit": "SLICE"}, "UNIT_MISMATCH", "lines.0.unit", "setUnitBridge"),
        ({"unit": "FURLONG"}, "NOT_FOUND", "lines.0.unit", "There is no unit 'FURLONG'"),
        ({"quantity": "1.5"}, "INVALID_INPUT", "lines.0.quantity", "1.5 is not a whole number of PIECE"),
        ({"quantity": "0.5", "unit": "DOZEN", "sku": "EGG-BOX"}, "NOT_FOUND", "lines.0.sku", "'EGG-BOX'"),
        ({"quantity": "0"}, "INVALID_INPUT", "lines.0.quantity", "more than 0"),
        ({"quantity": "-3"}, "INVALID_INPUT", "lines.0.quantity", "more than 0"),
        ({"quantity": "999999999999", "unit": "DOZEN"}, "INVALID_INPUT", "lines.0.quantity", "more than 999999999999"),
    ],
)
async def test_refuses_what_is_no_quantity_of_the_item(
    graph: GraphClient, tenant: GivenTenant, line: dict[str, Any], code: str, argument: str, said: str
) -> None:
    """Half an egg, litres of eggs, nothing at all: each is told with the argument that is wrong."""
    await given_item(tenant, sku="EGG")
    given = {"lines": [{"sku": "EGG", "quantity": "2", **line}]}
    found_code, found_argument, message = await refused(graph, "receiveStock", given)
    assert (found_code, found_argument) == (code, argument)
    assert said in message


async def test_refuses_to_go_beyond_what_a_balance_can_hold(graph: GraphClient, tenant: GivenTenant) -> None:
    """Twelve digits before the point are kept; a sum of two receipts must not overflow them either."""
    await given_item(tenant, sku="SAND", unit="KG")
    await received(graph, sku="SAND", quantity="999999999999")
    found = await refused(graph, "receiveStock", {"lines": [{"sku": "SAND", "quantity": "1"}]})
    assert found[:2] == ("LIMIT_EXCEEDED", "lines.0.quantity")
    assert (await balance(graph, "SAND"))["onHand"] == "999999999999"


@pytest.mark.parametrize("kind", ["SERVICE", "VOUCHER", "RECIPE", "KIT"])
async def test_refuses_items_that_hold_no_stock(graph: GraphClient, tenant: GivenTenant, kind: str) -> None:
    """A service has none; a recipe or kit has that of its components."""
    if kind in {"RECIPE", "KIT"}:
        await given_item(tenant, sku="LEAF")
        await given_recipe(tenant, "THING", component("LEAF", "1"), type=kind)
    else:
        await given_item(tenant, sku="THING", type=kind)
    code, argument, message = await refused(graph, "receiveStock", {"lines": [{"sku": "THING", "quantity": "1"}]})
    assert (code, argument) == ("INVALID_INPUT", "lines.0.sku")
    assert "holds no stock of its own" in message


async def test_refuses_an_archived_item(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is out of use has to be taken into use first: a receipt is no way to do that unseen."""
    await given_item(tenant, sku="OLD")
    await graph.accepted("archiveItem", {"item": {"sku": "OLD"}}, input_type="ItemKeyInput")
    code, argument, message = await refused(graph, "receiveStock", {"lines": [{"sku": "OLD", "quantity": "1"}]})
    assert (code, argument, message) == ("ITEM_INACTIVE", "lines.0.sku", "OLD is archived; reactivate it first.")


async def test_takes_an_items_sku_for_its_only_variant(graph: GraphClient, tenant: GivenTenant) -> None:
    """Most items have one variant, and nobody wants to know. With two the SKU no longer says which."""
    shirt = await given_item(tenant, sku="SHIRT")
    await received(graph, sku="SHIRT", quantity="1")
    await given_variant(tenant, shirt, sku="SHIRT-L")
    payload = await received(graph, sku="SHIRT-L", quantity="2")
    assert payload["balances"][0]["variant"] == {"sku": "SHIRT-L"}
    assert [change[:2] for change in await changes_told(tenant)] == [("SHIRT", 1), ("SHIRT-L", 1)]


async def test_refuses_an_unknown_sku(graph: GraphClient, tenant: GivenTenant) -> None:
    """With the line it stands in, and not the whole of a text of ten thousand characters."""
    await given_item(tenant, sku="KNOWN")
    lines = [{"sku": "KNOWN", "quantity": "1"}, {"sku": "x" * 10_000, "quantity": "1"}]
    code, argument, message = await refused(graph, "receiveStock", {"lines": lines})
    assert (code, argument) == ("NOT_FOUND", "lines.1.sku")
    assert f"{'x' * 80!r}" in message
    assert len(message) < 300
