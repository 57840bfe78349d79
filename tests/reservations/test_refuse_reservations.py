"""What a reservation may not become."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory_graph.reservations.batch import handle
from inventory_graph.reservations.requests import Reserve, ReserveLine
from inventory_graph.stock.service import Place
from tests.emitted import emitted
from tests.given.items import given_item, given_stock
from tests.graph import GraphClient
from tests.reservations.asked import consume, line, on_hand, reserve, reserved, step

_END_NOW = """
WITH ended AS (UPDATE reservations SET expires_at = clock_timestamp() - interval '1 second' WHERE tenant_id = $1),
held AS (UPDATE balances SET holds_expire_at = clock_timestamp() - interval '1 second' WHERE tenant_id = $1)
UPDATE holds SET expires_at = clock_timestamp() - interval '1 second' WHERE tenant_id = $1
"""


async def test_a_reservation_has_at_most_a_hundred_lines(graph: GraphClient) -> None:
    """However many requests add to it: a hundred are issued at once when it is committed."""
    await given_item(graph.tenant, sku="MASSAGE", type="SERVICE")
    order_id = str(uuid4())
    lines = [line("MASSAGE", 1, lineReference=f"a{number}") for number in range(100)]
    await reserve(graph, *lines, orderId=order_id)
    refusal = await graph.refusal("reserveStock", reserved(line("MASSAGE", 1, lineReference="b"), orderId=order_id))
    assert refusal["code"] == "LIMIT_EXCEEDED"


async def test_what_was_issued_in_part_is_not_assigned(graph: GraphClient) -> None:
    """Two of five were issued for the reference: made another order's, they would be deducted again for that."""
    await given_item(graph.tenant, sku="MUG")
    await given_stock(graph.tenant, "MUG", "10")
    reservation = await reserve(graph, line("MUG", 5), reference="table 4")
    part = [{"lineId": reservation["lines"][0]["id"], "quantity": "2"}]
    await step(graph, "commitReservation", reservation, lines=part, remainder="KEEP")
    given = {"idempotencyKey": "assign", "reservationId": reservation["id"], "orderId": str(uuid4())}
    assert (await graph.refusal("assignReservation", given))["code"] == "INVALID_TRANSITION"
    await consume(graph, line("MUG", 5), reference="table 4")
    assert await on_hand(graph, "MUG") == 5


async def test_a_line_that_was_issued_in_part_stays_of_its_variant(graph: GraphClient) -> None:
    """Two mugs were issued of the line: they would count as two plates if the line became one of plates."""
    for sku in ("MUG", "PLATE"):
        await given_item(graph.tenant, sku=sku)
        await given_stock(graph.tenant, sku, "10")
    order_id = str(uuid4())
    reservation = await reserve(graph, line("MUG", 5, lineReference="a"), orderId=order_id)
    part = [{"lineId": reservation["lines"][0]["id"], "quantity": "2"}]
    await step(graph, "commitReservation", reservation, lines=part, remainder="KEEP")
    refusal = await graph.refusal("reserveStock", reserved(line("PLATE", 1, lineReference="a"), orderId=order_id))
    assert (refusal["code"], refusal["path"]) == ("INVALID_TRANSITION", ["input", "lines", "0", "lineReference"])
    after = await reserve(graph, line("MUG", 1, lineReference="a"), orderId=order_id)
    assert [(each["reserved"], each["committed"]) for each in after["lines"]] == [("1", "2")]


async def test_a_pickup_window_that_has_ended_is_refused(graph: GraphClient) -> None:
    """A pickup may have begun some minutes ago, but a hold that is over when it is taken would hold nothing."""
    await given_item(graph.tenant, sku="MUG")
    await given_stock(graph.tenant, "MUG", "1")
    now = datetime.now(UTC)
    window = {
        "pickupAt": (now - timedelta(minutes=4)).isoformat(),
        "pickupUntil": (now - timedelta(minutes=1)).isoformat(),
    }
    refusal = await graph.refusal("reserveStock", reserved(line("MUG", 1), type="CLICK_AND_COLLECT", **window))
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "pickupUntil"])


@pytest.mark.parametrize("policy", ["ALL_OR_NOTHING", "BACKORDER"])
async def test_what_is_archived_is_not_promised(graph: GraphClient, policy: str) -> None:
    """Nobody waits for what will not come again, and who asks for it is told why."""
    await given_item(graph.tenant, sku="FOSSIL", status="ARCHIVED")
    refusal = await graph.refusal("reserveStock", reserved(line("FOSSIL", 1), onShortage=policy))
    assert (refusal["code"], refusal["path"]) == ("ITEM_INACTIVE", ["input", "lines", "0", "sku"])


async def test_what_ended_is_told_although_the_request_was_refused(graph: GraphClient) -> None:
    """The owner's old reservation is over and ends with the new request, which is refused: its end is an event all the
    same."""
    tenant = graph.tenant
    await given_item(tenant, sku="MUG")
    await given_stock(tenant, "MUG", "1")
    order_id = uuid4()
    await reserve(graph, line("MUG", 1), orderId=str(order_id))
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute(_END_NOW.replace("$1", f"'{tenant.id}'"))
    asked = Reserve(
        actor=tenant.actor, order_id=order_id, place=Place(), lines=(ReserveLine(sku="MUG", quantity=Decimal(2)),)
    )
    outcomes = await tenant.database.write(tenant.actor, lambda tx: handle(tx, [asked]))
    assert [outcome.code for outcome in outcomes] == ["INSUFFICIENT_STOCK"]  # type: ignore[union-attr]
    assert len(await emitted(tenant, "inventory.reservation.expired")) == 1
