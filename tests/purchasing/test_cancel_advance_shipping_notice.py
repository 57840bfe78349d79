"""The end of an advance shipping notice: the delivery came, or it does not come."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.notices import NOTICE, announced, by_notice, cancelled, given_notice, notice_now
from tests.given.purchases import given_acme, given_order, order_now, wanted
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"
VERBS = {"receive": "receiveGoods", "cancel": "cancelAdvanceShippingNotice", "reverse": "reverseGoodsReceipt"}
LEADS_TO: Mapping[tuple[str, str], tuple[str, str]] = {
    ("ANNOUNCED", "receive"): ("RECEIVED", "received"),
    ("ANNOUNCED", "cancel"): ("CANCELLED", "cancelled"),
    ("RECEIVED", "reverse"): ("ANNOUNCED", "reopened"),
}
"""What can be done in a state, where it leads and which event tells of it. Everything else is refused."""
STEPS_TO = {
    "ANNOUNCED": (),
    "RECEIVED": ("receive",),
    "CANCELLED": ("cancel",),
    "ANNOUNCED again": ("receive", "reverse"),
}


@pytest.fixture
async def notice(graph: GraphClient, tenant: GivenTenant) -> dict[str, Any]:
    """Two of five TEA of an order of ACME, announced."""
    await given_item(tenant, sku="TEA")
    await given_acme(graph)
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    return {**await given_notice(graph, announced(order, 0, 2)), "order": order}


async def given_to(graph: GraphClient, step: str, notice: Mapping[str, Any]) -> dict[str, Any]:
    """What a step of the notice is given; what is reversed is its last receipt."""
    if step == "receive":
        return by_notice(notice)
    if step == "cancel":
        return cancelled(notice)
    receipt = (await notice_now(graph, notice))["goodsReceipt"]
    return {"idempotencyKey": "back", "goodsReceiptId": receipt["id"], "reason": "Miscounted"}


@pytest.mark.parametrize("state", STEPS_TO)
@pytest.mark.parametrize("step", ["receive", "cancel", "reverse"])
async def test_every_pair_of_state_and_step(
    graph: GraphClient, tenant: GivenTenant, notice: dict[str, Any], state: str, step: str
) -> None:
    """One version and one event for what is taken; for what is refused the state it is in, and no trace."""
    for before in STEPS_TO[state]:
        await graph.accepted(VERBS[before], await given_to(graph, before, notice))
    status, version = state.partition(" ")[0], 1 + len(STEPS_TO[state])
    if step == "reverse" and status != "RECEIVED":
        assert (await notice_now(graph, notice))["goodsReceipt"] is None
        return
    given = await given_to(graph, step, notice)
    await forget_emitted(tenant)
    if (status, step) not in LEADS_TO:
        async with unchanged(tenant):
            error = await graph.refusal(VERBS[step], given)
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "advanceShippingNoticeId"])
        assert f"ASN-000001 is {status};" in error["message"]
        return
    await graph.accepted(VERBS[step], given)
    after = await notice_now(graph, notice)
    led_to, told = LEADS_TO[status, step]
    assert (after["status"], after["version"]) == (led_to, version + 1)
    assert after["resolvedBy"] == (tenant.actor.subject if led_to != "ANNOUNCED" else None)
    (event,) = [each for each in await emitted(tenant) if each.aggregate_type == "advance_shipping_notice"]
    assert (event.type, event.aggregate_version, event.payload["status"]) == (
        f"inventory.advance_shipping_notice.{told}", version + 1, led_to.lower(),
    )  # fmt: skip


async def test_what_does_not_come_says_why(graph: GraphClient, tenant: GivenTenant, notice: dict[str, Any]) -> None:
    """The order waits for the goods as before."""
    order = await order_now(graph, notice["order"])
    await forget_emitted(tenant)
    payload = await graph.accepted("cancelAdvanceShippingNotice", cancelled(notice), NOTICE)
    after = payload["advanceShippingNotice"]
    assert (after["status"], after["cancellationReason"], after["goodsReceipt"]) == (
        "CANCELLED", "Truck broke down", None,
    )  # fmt: skip
    assert await order_now(graph, notice["order"]) == order
    (event,) = await emitted(tenant)
    assert (event.payload["cancellation_reason"], event.payload["cancelled_by"]) == (
        "Truck broke down", tenant.actor.subject,
    )  # fmt: skip


async def test_a_notice_is_named_by_one_of_its_names(graph: GraphClient, notice: dict[str, Any]) -> None:
    """And its end has a reason."""
    for given, code, path in (
        (cancelled(notice, reason=" "), "INVALID_INPUT", "reason"),
        (cancelled(notice, number="ASN-000001"), "INVALID_INPUT", "number"),
        (cancelled(notice, advanceShippingNoticeId=UNKNOWN), "NOT_FOUND", "advanceShippingNoticeId"),
        (cancelled(notice, advanceShippingNoticeId="no id"), "INVALID_INPUT", "advanceShippingNoticeId"),
        ({"reason": "Lost", "number": "ASN-9"}, "NOT_FOUND", "number"),
        ({"reason": "Lost"}, "INVALID_INPUT", "advanceShippingNoticeId"),
    ):
        async with unchanged(graph.tenant):
            error = await graph.refusal("cancelAdvanceShippingNotice", given)
        assert (error["code"], error["path"]) == (code, ["input", path]), given
    await graph.accepted("cancelAdvanceShippingNotice", {"reason": "Lost", "number": "ASN-000001"})


async def test_it_takes_a_permission_and_ones_own_outlet(
    graph: GraphClient, tenant: GivenTenant, notice: dict[str, Any], database: CountingDatabase
) -> None:
    """What another tenant has does not exist."""
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    async with unchanged(tenant):
        for actor in (tenant.actor_as("viewer"), tenant.actor_at()):
            error = await graph.refusal("cancelAdvanceShippingNotice", cancelled(notice), actor=actor)
            assert error["code"] == "FORBIDDEN"
        assert (await other.refusal("cancelAdvanceShippingNotice", cancelled(notice)))["code"] == "NOT_FOUND"


async def test_the_same_key_again_cancels_nothing_more(graph: GraphClient, notice: dict[str, Any]) -> None:
    """The notice as it is now."""
    given = cancelled(notice, idempotencyKey="once")
    first = await graph.accepted("cancelAdvanceShippingNotice", given, NOTICE)
    async with unchanged(graph.tenant):
        assert await graph.accepted("cancelAdvanceShippingNotice", given, NOTICE) == {**first, "replayed": True}


async def test_of_two_who_receive_at_once_one_does(graph: GraphClient, notice: dict[str, Any]) -> None:
    """And one who cancels meanwhile comes too late, or both of them do."""
    requests = [by_notice(notice), by_notice(notice), cancelled(notice)]
    verbs = ["receiveGoods", "receiveGoods", "cancelAdvanceShippingNotice"]

    async def tried(verb: str, given: dict[str, Any]) -> list[str]:
        kind = f"{verb[0].upper()}{verb[1:]}Input"
        data = await graph(
            f"mutation($input: {kind}!) {{ {verb}(input: $input) {{ errors {{ code }} }} }}", {"input": given}
        )
        return [each["code"] for each in data[verb]["errors"]]

    answers = await asyncio.gather(*(tried(*each) for each in zip(verbs, requests, strict=True)))
    assert sorted(answers) == [[], ["INVALID_TRANSITION"], ["INVALID_TRANSITION"]]
    received = (await order_now(graph, notice["order"]))["lines"]["nodes"][0]["received"]
    assert received == ("0" if answers[2] == [] else "2")
