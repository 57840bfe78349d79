"""What suppliers ask for more, or for a time: price breaks, and the price of an order."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements

JANUARY, FEBRUARY, MARCH = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
ITEM = """supplierItem { prices { minimumQuantity unitPrice { amount currency } validFrom validTo } }"""


@pytest.fixture(autouse=True)
async def _tea(graph: GraphClient, tenant: GivenTenant) -> None:
    """ACME sells TEA at 10."""
    await given_supplier(tenant, code="ACME")
    await given_item(tenant, sku="TEA")
    await graph.accepted(
        "setSupplierItem",
        {"supplierCode": "ACME", "sku": "TEA", "unitPrice": {"amount": "10", "currency": "KES"}},
    )


def price(amount: str, minimum: str = "0", since: str = JANUARY, until: str | None = None) -> dict[str, Any]:
    return {
        "unitPrice": {"amount": amount, "currency": "KES"}, "minimumQuantity": minimum, "validFrom": since, "validTo": until,
    }  # fmt: skip


async def state(graph: GraphClient, *prices: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    given = {"supplierCode": "ACME", "sku": "TEA", "prices": prices, **fields}
    found: list[dict[str, Any]] = (await graph.accepted("setSupplierPrices", given, ITEM))["supplierItem"]["prices"]
    return found


async def price_for(graph: GraphClient, quantity: str, at: str) -> str | None:
    query = """query($quantity: Quantity!, $at: DateTime!) { supplier(code: "ACME") { items { nodes {
      priceFor(quantity: $quantity, at: $at) { amount } } } } }"""
    data = await graph(query, {"quantity": quantity, "at": at})
    found = data["supplier"]["items"]["nodes"][0]["priceFor"]
    return found["amount"] if found is not None else None


async def test_prices_are_kept_in_their_order_and_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """By quantity and then by time. Stated anew they take the place of all there were; the same again changes nothing."""
    await forget_emitted(tenant)
    found = await state(
        graph, price("8", "100", FEBRUARY), price("9", "50", JANUARY, FEBRUARY), price("8.5", "50", FEBRUARY)
    )
    assert [(each["minimumQuantity"], each["unitPrice"]["amount"], each["validTo"]) for each in found] == [
        ("50", "9", FEBRUARY), ("50", "8.5", None), ("100", "8", None),
    ]  # fmt: skip
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["currency"]) == ("inventory.supplier.prices_set", "KES")
    assert [each["unit_price"] for each in event.payload["prices"]] == ["9", "8.5", "8"]
    async with unchanged(tenant):
        await state(
            graph, price("8.5", "50", FEBRUARY), price("9", "50", JANUARY, FEBRUARY), price("8", "100", FEBRUARY)
        )
    assert len(await state(graph, price("7"))) == 1
    assert await state(graph) == []


@pytest.mark.parametrize(
    ("quantity", "at", "expected"),
    [
        ("49", "2026-01-15T00:00:00Z", "10"),  # too few for any break: the price of the item
        ("50", "2026-01-15T00:00:00Z", "9"),
        ("50", "2025-12-31T23:59:59Z", "10"),  # not valid yet
        ("50", JANUARY, "9"),  # valid from this instant on
        ("50", FEBRUARY, "10"),  # and not at that one any more
        ("100", "2026-01-15T00:00:00Z", "9"),  # the break of 100 begins in February
        ("100", "2026-02-15T00:00:00Z", "8"),
        ("100", MARCH, "8"),
    ],
)
async def test_the_largest_break_that_is_reached_and_valid_is_asked(
    graph: GraphClient, quantity: str, at: str, expected: str
) -> None:
    """9 from 50 on in January; 8 from 100 on since February; 10 else."""
    await state(graph, price("9", "50", JANUARY, FEBRUARY), price("8", "100", FEBRUARY))
    assert await price_for(graph, quantity, at) == expected


async def test_an_order_takes_the_price_of_its_quantity_and_day(graph: GraphClient) -> None:
    """Line by line; a price that the caller gives stands, and without any the order is refused."""
    await state(graph, price("9", "50"), price("1", "50", "2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"))
    lines = [{"sku": "TEA", "quantity": quantity} for quantity in ("49", "50")]
    given = {"supplierCode": "ACME", "lines": [*lines, {**lines[1], "unitPrice": {"amount": "7", "currency": "KES"}}]}
    select = "purchaseOrder { number lines { nodes { unitPrice { amount } } } }"
    drafted = (await graph.accepted("createPurchaseOrder", given, select))["purchaseOrder"]
    assert [line["unitPrice"]["amount"] for line in drafted["lines"]["nodes"]] == ["10", "9", "7"]
    # A draft that is changed takes the prices of the day on which it is.
    await state(graph, price("8", "50"))
    changed = await graph.accepted("updatePurchaseOrder", {"number": drafted["number"], "lines": [lines[1]]}, select)
    assert changed["purchaseOrder"]["lines"]["nodes"] == [{"unitPrice": {"amount": "8"}}]
    await state(graph)
    await graph.accepted("setSupplierItem", {"supplierCode": "ACME", "sku": "TEA"})
    error = await graph.refusal("createPurchaseOrder", {"supplierCode": "ACME", "lines": [lines[0]]})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "lines", "0", "unitPrice"])
    assert await price_for(graph, "50", MARCH) is None


@pytest.mark.parametrize(
    ("prices", "path"),
    [
        ([price("9", "50"), price("8", "50", FEBRUARY)], "prices.1.validFrom"),
        ([price("9", "50", FEBRUARY), price("8", "50", JANUARY, MARCH)], "prices.1.validFrom"),
        ([price("9", "50"), price("8", "50")], "prices.1.validFrom"),
        ([price("9", "50", FEBRUARY, FEBRUARY)], "prices.0.validTo"),
        ([price("9", "-1")], "prices.0.minimumQuantity"),
        ([price("-9")], "prices.0.unitPrice"),
        ([price("9", since="1066-01-01T00:00:00Z")], "prices.0.validFrom"),
        ([{**price("9"), "unitPrice": {"amount": "9", "currency": "UGX"}}], "prices"),
        ([price("9"), {**price("9", "5"), "unitPrice": {"amount": "9", "currency": "UGX"}}], "prices"),
    ],
)
async def test_refuses_prices_that_are_not_valid(
    graph: GraphClient, tenant: GivenTenant, prices: list[dict[str, Any]], path: str
) -> None:
    """Two of one minimum at once, what ends before it begins, other currencies. What there was stays."""
    await state(graph, price("7"))
    async with unchanged(tenant):
        error = await graph.refusal("setSupplierPrices", {"supplierCode": "ACME", "sku": "TEA", "prices": prices})
    assert (error["code"], ".".join(error["path"][1:])) == ("INVALID_INPUT", path)


async def test_refuses_what_the_supplier_does_not_sell(graph: GraphClient, tenant: GivenTenant) -> None:
    """First it is stated that it does. And the unit that prices are per stays while there are some."""
    await given_item(tenant, sku="CUP")
    await state(graph, price("7"))
    async with unchanged(tenant):
        given = {"supplierCode": "ACME", "sku": "CUP", "prices": [price("9")]}
        assert (await graph.refusal("setSupplierPrices", given))["code"] == "NOT_FOUND"
        error = await graph.refusal("setSupplierItem", {"supplierCode": "ACME", "sku": "TEA", "unit": "DOZEN"})
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "unit"])
        many = [price("9", str(number)) for number in range(101)]
        error = await graph.refusal("setSupplierPrices", {"supplierCode": "ACME", "sku": "TEA", "prices": many})
        assert error["code"] == "LIMIT_EXCEEDED"
    await state(graph)
    await graph.accepted("setSupplierItem", {"supplierCode": "ACME", "sku": "TEA", "unit": "DOZEN"})


async def test_prices_of_many_items_take_one_statement(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Both fields of an item share them."""
    for number in range(5):
        await given_item(tenant, sku=f"A{number}")
        await graph.accepted("setSupplierItem", {"supplierCode": "ACME", "sku": f"A{number}"})
        await state(graph, price("7"), sku=f"A{number}")
    query = """{ supplier(code: "ACME") { items(first: 10) { nodes { prices { validFrom }
      priceFor(quantity: "5", at: "2026-02-01T00:00:00Z") { amount } } } } }"""
    async with statements(database) as counted:
        data = await graph(query)
    counted.assert_at_most(3)
    assert [each["priceFor"] for each in data["supplier"]["items"]["nodes"]] == [
        *([{"amount": "7"}] * 5),
        {"amount": "10"},
    ]


async def test_prices_take_permission_and_the_tenant(graph: GraphClient, tenant: GivenTenant) -> None:
    """A viewer sees and does not state them; another tenant does neither."""
    await state(graph, price("7"))
    other = await given_tenant(tenant.database)
    given = {"supplierCode": "ACME", "sku": "TEA", "prices": []}
    async with unchanged(tenant):
        assert (await graph.refusal("setSupplierPrices", given, actor=tenant.actor_as("viewer")))["code"] == "FORBIDDEN"
        assert (await graph.refusal("setSupplierPrices", given, actor=other.actor))["code"] == "NOT_FOUND"
