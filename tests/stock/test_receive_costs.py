"""What received stock cost: per stock unit, in the tenant's currency, frozen on the movement."""

from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.stock.requests import balance, done, received, refused

COSTS = "movements { quantity unitCost { amount currency } }"
VALUE = 'asOf(at: "2999-01-01T00:00:00Z") { onHand value { amount currency } }'


def kes(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "KES"}


async def test_is_kept_per_stock_unit(graph: GraphClient, tenant: GivenTenant) -> None:
    """A dozen at 120 is twelve pieces at 10: the cost is of the unit in which the line is given."""
    await given_item(tenant, sku="EGG")
    payload = await received(graph, COSTS, sku="EGG", quantity="2", unit="DOZEN", unitCost=kes("120"))
    assert payload["movements"] == [{"quantity": "24", "unitCost": kes("10")}]
    assert (await balance(graph, "EGG", VALUE))["asOf"] == {"onHand": "24", "value": kes("240")}


async def test_keeps_ten_decimals(graph: GraphClient, tenant: GivenTenant) -> None:
    """A kilogram at one shilling is a third of a thousandth and less for a grain of it: nothing is lost to cents."""
    await given_item(tenant, sku="SAFFRON", unit="GRAM")
    payload = await received(graph, COSTS, sku="SAFFRON", quantity="3", unit="OUNCE", unitCost=kes("0.0123456789"))
    assert payload["movements"] == [{"quantity": "85.048569", "unitCost": kes("0.000435481")}]


async def test_makes_a_moving_average(graph: GraphClient, tenant: GivenTenant) -> None:
    """Each receipt keeps its own cost; what leaves takes the average of what is there. No later receipt rewrites it."""
    await given_item(tenant, sku="OIL", unit="LITRE")
    await received(graph, sku="OIL", quantity="10", unitCost=kes("5"))
    await received(graph, sku="OIL", quantity="10", unitCost=kes("7"))
    given = {"sku": "OIL", "delta": "-4", "reason": "WASTE"}
    left = await done(graph, "adjustStock", given, COSTS)
    await received(graph, sku="OIL", quantity="4", unitCost=kes("16"))
    ledger = await balance(graph, "OIL", f"movements {{ nodes {{ quantity unitCost {{ amount }} }} }} {VALUE}")
    assert left["movements"] == [{"quantity": "4", "unitCost": kes("6")}]
    assert [each["unitCost"]["amount"] for each in ledger["movements"]["nodes"]] == ["16", "6", "7", "5"]
    assert ledger["asOf"] == {"onHand": "20", "value": kes("160")}


async def test_takes_the_average_where_none_is_given(graph: GraphClient, tenant: GivenTenant) -> None:
    """While no cost is known it is null, not zero: nought would be a price."""
    await given_item(tenant, sku="CUP")
    first = await received(graph, COSTS, sku="CUP", quantity="1")
    await received(graph, sku="CUP", quantity="1", unitCost=kes("8"))
    third = await received(graph, COSTS, sku="CUP", quantity="2")
    assert first["movements"] == [{"quantity": "1", "unitCost": None}]
    assert third["movements"] == [{"quantity": "2", "unitCost": kes("8")}]
    assert (await balance(graph, "CUP", VALUE))["asOf"] == {"onHand": "4", "value": kes("32")}


async def test_may_be_nothing(graph: GraphClient, tenant: GivenTenant) -> None:
    """A gift has a known cost of 0, which brings the average down."""
    await given_item(tenant, sku="MUG")
    await received(graph, sku="MUG", quantity="1", unitCost=kes("10"))
    payload = await received(graph, COSTS, sku="MUG", quantity="1", unitCost=kes("0"))
    assert payload["movements"] == [{"quantity": "1", "unitCost": kes("0")}]
    assert (await balance(graph, "MUG", VALUE))["asOf"] == {"onHand": "2", "value": kes("10")}


@pytest.mark.parametrize(
    ("cost", "argument", "said"),
    [
        ({"amount": "5", "currency": "USD"}, "currency", "Costs are kept in KES, not in 'USD'."),
        ({"amount": "5", "currency": "kes"}, "currency", "Costs are kept in KES, not in 'kes'."),
        ({"amount": "5", "currency": "€" * 9_000}, "currency", "Costs are kept in KES"),
        ({"amount": "-0.01", "currency": "KES"}, "amount", "0 or more"),
        ({"amount": "0.00000000001", "currency": "KES"}, "amount", "10 fraction digits"),
        ({"amount": "1000000000000", "currency": "KES"}, "amount", "12 integer"),
        ({"amount": "1e3", "currency": "KES"}, "amount", "'1e3' is not an amount"),
    ],
)
async def test_is_refused_in_another_currency_or_form(
    graph: GraphClient, tenant: GivenTenant, cost: dict[str, Any], argument: str, said: str
) -> None:
    """A cost in a currency that the tenant does not keep would be added to others as if it were the same."""
    await given_item(tenant, sku="TEA", unit="KG")
    given = {"lines": [{"sku": "TEA", "quantity": "1", "unitCost": cost}]}
    code, found, message = await refused(graph, "receiveStock", given)
    assert (code, found) == ("INVALID_INPUT", f"lines.0.unitCost.{argument}")
    assert said in message
    assert len(message) < 300


async def test_is_refused_where_the_value_would_be_beyond_the_ledger(graph: GraphClient, tenant: GivenTenant) -> None:
    """A thousand billion of something at a thousand billion each is a typing error, not a stock."""
    await given_item(tenant, sku="GOLD", unit="KG")
    line = {"sku": "GOLD", "quantity": "999999999999", "unitCost": kes("999999999999")}
    found = await refused(graph, "receiveStock", {"lines": [line]})
    assert found[:2] == ("LIMIT_EXCEEDED", "lines.0.unitCost")
