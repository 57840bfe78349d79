"""Nothing is recorded into a closed period, whichever verb says when it happened."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.given.periods import OCTOBER, SEPTEMBER, given_closed, given_reopened, text_of
from tests.given.purchases import arrived, given_acme, given_order, wanted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements
from tests.stock.requests import balance, done

pytestmark = pytest.mark.usefixtures("corn")

Given = Callable[[GraphClient], Awaitable[dict[str, Any]]]
LATE = SEPTEMBER + timedelta(days=3)


async def _receipt(_: GraphClient) -> dict[str, Any]:
    return {"lines": [{"sku": "CORN", "quantity": "1"}]}


async def _adjustment(_: GraphClient) -> dict[str, Any]:
    return {"sku": "CORN", "delta": "1", "reason": "FOUND"}


async def _consumption(_: GraphClient) -> dict[str, Any]:
    return {"orderId": str(uuid4()), "lines": [{"sku": "CORN", "quantity": "1"}]}


async def _commitment(graph: GraphClient) -> dict[str, Any]:
    held = {"idempotencyKey": uuid4().hex, "lines": [{"sku": "CORN", "quantity": "1"}]}
    reserved = await graph.accepted("reserveStock", held, "reservation { id }")
    return {"reservationId": reserved["reservation"]["id"]}


async def _order_receipt(graph: GraphClient) -> dict[str, Any]:
    await given_acme(graph)
    order = await given_order(graph, wanted("CORN", 3), status="SENT")
    return {"purchaseOrderId": order["id"], "lines": [arrived("CORN", 1)]}


async def _delivery(graph: GraphClient) -> dict[str, Any]:
    await given_acme(graph)
    return {
        "supplierCode": "ACME",
        "lines": [{"sku": "CORN", "quantity": "1", "unitPrice": {"amount": "3", "currency": "KES"}}],
    }


VERBS: dict[str, Given] = {
    "receiveStock": _receipt,
    "adjustStock": _adjustment,
    "consumeStock": _consumption,
    "commitReservation": _commitment,
    "receivePurchaseOrder": _order_receipt,
    "receiveGoods": _delivery,
}
"""Every mutation that takes ``occurredAt`` and posts at it, with what else it is given."""
TOLD_ONLY = {"recordTransferDelivery"}
"""What keeps a time that somebody else tells, and posts nothing at it."""


def with_time(query: dict[str, Any]) -> set[str]:
    """The mutations whose input has ``occurredAt``, by the schema."""
    inputs = {each["name"]: each["inputFields"] or [] for each in query["__schema"]["types"]}
    found = set()
    for field in query["__schema"]["mutationType"]["fields"]:
        (argument,) = field["args"]
        if any(each["name"] == "occurredAt" for each in inputs[argument["type"]["ofType"]["name"]]):
            found.add(field["name"])
    return found


async def test_the_verbs_are_all_that_take_a_time(graph: GraphClient) -> None:
    """A verb of tomorrow has to be tried here, too."""
    schema = await graph(
        "{ __schema { types { name inputFields { name } } mutationType { fields { name args { type { ofType { name } } } } } } }"
    )
    assert with_time(schema) - TOLD_ONLY == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
async def test_what_happened_in_a_closed_period_is_refused(graph: GraphClient, tenant: GivenTenant, verb: str) -> None:
    """The refusal says which period, and nothing is left behind; reopened, it goes."""
    given = await VERBS[verb](graph)
    await given_closed(graph, SEPTEMBER)
    september = await given_closed(graph, OCTOBER)
    past = {**given, "occurredAt": text_of(LATE), "idempotencyKey": uuid4().hex}
    async with unchanged(tenant):
        error = await graph.refusal(verb, past)
    assert (error["code"], error["path"]) == ("PERIOD_CLOSED", ["input", "occurredAt"])
    for said in (
        text_of(LATE),
        f"in the period from {text_of(SEPTEMBER)} to before {text_of(OCTOBER)}",
        "reopenPeriod",
    ):
        assert said in error["message"]
    await given_reopened(graph, september)
    await graph.accepted(verb, past)
    assert (await graph("{ stockAudit { drifts { subject } } }"))["stockAudit"]["drifts"] == []


async def test_what_lies_before_the_last_closed_period_is_named_so(graph: GraphClient, tenant: GivenTenant) -> None:
    """Only the last one can be reopened, so that is the one to name; its end itself is open."""
    await given_closed(graph, SEPTEMBER, OCTOBER)
    given = {"sku": "CORN", "delta": "1", "reason": "FOUND", "idempotencyKey": "k"}
    async with unchanged(tenant):
        error = await graph.refusal("adjustStock", {**given, "occurredAt": text_of(SEPTEMBER - timedelta(days=1))})
    assert f"before the period from {text_of(SEPTEMBER)}" in error["message"]
    await graph.accepted("adjustStock", {**given, "occurredAt": text_of(OCTOBER)})


async def test_one_refused_leaves_its_neighbours_alone(graph: GraphClient) -> None:
    """What is sold at the same moment is sold."""
    await given_closed(graph, OCTOBER)
    lines = [{"sku": "CORN", "quantity": "1"}]
    first, second = (
        {"idempotencyKey": uuid4().hex, "orderId": str(uuid4()), "lines": lines, **when}
        for when in ({"occurredAt": text_of(LATE)}, {})
    )
    query = """mutation($a: ConsumeStockInput!, $b: ConsumeStockInput!) {
      a: consumeStock(input: $a) { errors { code } } b: consumeStock(input: $b) { errors { code } } }"""
    answers = await graph(query, {"a": first, "b": second})
    assert answers == {"a": {"errors": [{"code": "PERIOD_CLOSED"}]}, "b": {"errors": []}}
    assert (await balance(graph, "CORN"))["onHand"] == "59"


async def test_stock_of_today_pays_nothing_for_closed_periods(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Not a statement more than without them, with a time or without; the past pays two."""
    times = {"now": None, "a minute ago": timedelta(minutes=1), "a day ago": timedelta(days=1)}

    async def cost(ago: timedelta | None) -> int:
        when = {"occurredAt": text_of(datetime.now(UTC) - ago)} if ago is not None else {}
        async with statements(database) as counted:
            await done(graph, "receiveStock", {"lines": [{"sku": "CORN", "quantity": "1"}], **when}, "replayed")
        return len(counted)

    await cost(None)
    before = {name: await cost(ago) for name, ago in times.items()}
    await given_closed(graph, SEPTEMBER, OCTOBER)
    assert {name: await cost(ago) for name, ago in times.items()} == before
    assert before["a day ago"] - before["a minute ago"] == 2
