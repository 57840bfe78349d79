"""How well suppliers do, counted by hand and by the service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.purchases import arrived, given_acme, given_order, order_step, receive, wanted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient

BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=90)
PERFORMANCE = """orders lines onTime { percent count } inFull { percent count } accepted { percent count } rejected { percent count }
  priceDrift { percent count } leadTimeDays { average deviation count }"""
_DATED = "UPDATE purchase_orders SET sent_at = $3, expected_at = $4 WHERE tenant_id = $1 AND number = $2"


def day(number: int) -> str:
    """That day of the example."""
    return (BEGIN + timedelta(days=number)).isoformat()


@pytest.fixture(autouse=True)
async def _goods(graph: GraphClient, tenant: GivenTenant) -> None:
    await given_acme(graph)
    for sku in ("TEA", "CUP"):
        await given_item(tenant, sku=sku)


async def given_sent(
    graph: GraphClient, *lines: dict[str, Any], sent: int, expected: int | None, **fields: Any
) -> dict[str, Any]:
    """An order that was sent on that day of the example, and promised for another."""
    order = await given_order(graph, *lines, status="SENT", **fields)
    instant = BEGIN + timedelta(days=sent)
    promised = BEGIN + timedelta(days=expected) if expected is not None else None
    tenant = graph.tenant
    await tenant.database.write(
        tenant.actor, lambda tx: tx.raw.execute(_DATED, tenant.id, order["number"], instant, promised)
    )
    return order


async def performance(graph: GraphClient, *, since: int = 0, until: int = 60, **more: Any) -> dict[str, Any]:
    query = f"""query($from: DateTime!, $to: DateTime!) {{ supplier(code: "ACME") {{
      performance(from: $from, to: $to) {{ {PERFORMANCE} }} }} }}"""
    data = await graph(query, {"from": day(since), "to": day(until)}, **more)
    found: dict[str, Any] = data["supplier"]["performance"]
    return found


async def test_a_month_counted_by_hand(graph: GraphClient) -> None:
    """Three orders of four lines:

    1. Day 0, for day 5: 10 TEA at 10, 20 CUP at 5. Day 4: all TEA, 10 CUP. Day 7: 5 CUP good, 3 damaged, 2 rejected. Closed.
    2. Day 10, for day 15: 10 TEA at 11, which come on day 16 and are billed at 12.
    3. Day 20, for a day to come: 5 TEA; a receipt of it was wrong and is reversed.

    On time: of the three lines that are due only the TEA of 1. In full: TEA of 1 and 2 of three finished lines. Value of what came:
    100 + 50 + 25 + 15 + 10 + 120 = 320, of which 15 + 10 damaged or rejected. Paid: 310 for what had cost 100 + 50 + 25 + 15 + 100 =
    290 at first. Lead time: 4 and 6 days. Cancelled orders and those of other times do not count.
    """
    first = await given_sent(graph, wanted("TEA", 10), wanted("CUP", 20, 5), sent=0, expected=5)
    await receive(graph, first, arrived("TEA", 10), arrived("CUP", 10), occurredAt=day(4))
    await receive(
        graph,
        first,
        arrived("CUP", 5),
        arrived("CUP", 3, disposition="DAMAGED", reason="Chipped"),
        arrived("CUP", 2, disposition="REJECTED", reason="Wrong colour"),
        occurredAt=day(7),
    )
    await order_step(graph, "close", first)
    second = await given_sent(graph, wanted("TEA", 10, 11), sent=10, expected=15)
    dearer = {"unitPrice": {"amount": "12", "currency": "KES"}}
    await receive(graph, second, arrived("TEA", 10, **dearer), occurredAt=day(16))
    third = await given_sent(graph, wanted("TEA", 5), sent=20, expected=200)
    wrong = await receive(graph, third, arrived("TEA", 1), occurredAt=day(21))
    given = {"goodsReceiptId": wrong["goodsReceipt"]["id"], "reason": "Miscounted", "idempotencyKey": "wrong"}
    await graph.accepted("reverseGoodsReceipt", given)
    await order_step(graph, "cancel", await given_sent(graph, wanted("TEA", 1), sent=21, expected=22))
    await receive(graph, await given_sent(graph, wanted("TEA", 1, 500), sent=61, expected=62), occurredAt=day(62))
    assert await performance(graph) == {
        "orders": 3, "lines": 4,
        "onTime": {"percent": "33.3333", "count": 3},
        "inFull": {"percent": "66.6667", "count": 3},
        "accepted": {"percent": "92.1875", "count": 6},
        "rejected": {"percent": "7.8125", "count": 6},
        "priceDrift": {"percent": "6.8966", "count": 5},
        "leadTimeDays": {"average": "5", "deviation": "1.4142", "count": 2},
    }  # fmt: skip


async def test_nothing_ordered_is_nothing_known(graph: GraphClient) -> None:
    """No share of nothing, no lead time, and no deviation of one order. A day that nobody promised is no day to be late for."""
    nothing = {"percent": None, "count": 0}
    unknown = {
        "orders": 0, "lines": 0, "onTime": nothing, "inFull": nothing, "accepted": nothing, "rejected": nothing,
        "priceDrift": nothing, "leadTimeDays": {"average": None, "deviation": None, "count": 0},
    }  # fmt: skip
    assert await performance(graph) == unknown
    order = await given_sent(graph, wanted("TEA", 2), sent=1, expected=None)
    assert await performance(graph) == unknown | {"orders": 1, "lines": 1}
    await receive(graph, order, occurredAt=day(3))
    found = await performance(graph)
    assert (found["onTime"], found["inFull"]) == (nothing, {"percent": "100", "count": 1})
    assert found["leadTimeDays"] == {"average": "2", "deviation": None, "count": 1}
    assert await performance(graph, since=2) == unknown


async def test_prices_of_other_units_and_currencies_are_not_compared(graph: GraphClient, tenant: GivenTenant) -> None:
    """A dozen at 100 is no drift of a piece at 10; drift is within the unit and the currency."""
    await receive(graph, await given_sent(graph, wanted("TEA", 1, 10), sent=1, expected=5), occurredAt=day(2))
    await receive(
        graph, await given_sent(graph, wanted("TEA", 1, 100, unit="DOZEN"), sent=2, expected=5), occurredAt=day(3)
    )
    foreign = {**wanted("TEA", 1, None), "unitPrice": {"amount": "1", "currency": "USD"}}
    order = await given_sent(graph, foreign, sent=3, expected=5, currency="USD")
    await receive(graph, order, occurredAt=day(4), exchangeRate="130")
    assert (await performance(graph))["priceDrift"] == {"percent": "0", "count": 3}


async def test_a_period_ends_after_it_begins_and_takes_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Another tenant's orders of a supplier of the same code count for nothing."""
    query = 'query($at: DateTime!, $to: DateTime!) { supplier(code: "ACME") { performance(from: $at, to: $to) { orders } } }'
    (error,) = await graph.errors(query, {"at": day(2), "to": day(1)})
    assert error["extensions"]["code"] == "INVALID_INPUT"
    (error,) = await graph.errors(query, {"at": day(1), "to": day(2)}, actor=tenant.actor_as("stock_clerk"))
    assert error["extensions"]["code"] == "FORBIDDEN"
    await given_sent(graph, wanted("TEA", 2), sent=1, expected=2)
    other = await given_tenant(tenant.database)
    await given_supplier(other, code="ACME")
    assert (await performance(graph, actor=other.actor))["orders"] == 0
