"""What logistics answers: kept as it happened, in whichever order and however often it is told; and received at once where it is said so."""

from typing import Any
from uuid import uuid4

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, transfer_now, where_it_is
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")

DELIVERY = (
    "transfer { id status version delivery { taskId status occurredAt carrier trackingCode proof note failureReason } }"
)


def told(transfer: dict[str, Any], status: str, minute: int = 0, *, task: str = "T1", **fields: Any) -> dict[str, Any]:
    """What logistics tells of a task at so many minutes past ten."""
    return {
        "idempotencyKey": uuid4().hex, "transferId": transfer["id"], "taskId": task, "status": status,
        "occurredAt": f"2025-03-01T10:{minute:02}:00Z", **fields,
    }  # fmt: skip


async def record(
    graph: GraphClient, transfer: dict[str, Any], status: str, minute: int = 0, **fields: Any
) -> dict[str, Any]:
    """The transfer after logistics told."""
    given = told(transfer, status, minute, **fields)
    found: dict[str, Any] = (await graph.accepted("recordTransferDelivery", given, DELIVERY))["transfer"]
    return found


async def test_it_is_kept_on_the_transfer(graph: GraphClient, tenant: GivenTenant) -> None:
    """With its task and whatever else was said; the transfer itself takes no step, and one event tells."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    assert (await transfer_now(graph, transfer, DELIVERY))["delivery"] is None
    await forget_emitted(tenant)
    after = await record(graph, transfer, "EN_ROUTE", carrier="Boda", trackingCode="BX-1", note="Blue bike")
    assert after["delivery"] == {
        "taskId": "T1", "status": "EN_ROUTE", "occurredAt": "2025-03-01T10:00:00Z", "carrier": "Boda", "trackingCode": "BX-1",
        "proof": None, "note": "Blue bike", "failureReason": None,
    }  # fmt: skip
    assert (after["status"], after["version"]) == ("SHIPPED", transfer["version"])
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_version) == ("inventory.transfer.delivery_updated", 1)
    assert event.payload["external_reference"] == f"transfer:{transfer['id']}"
    assert (event.payload["task_id"], event.payload["delivery_status"]) == ("T1", "EN_ROUTE")


async def test_what_was_delivered_waits_for_the_storekeeper(graph: GraphClient, tenant: GivenTenant) -> None:
    """What was said before by the same task stays; receiving is another step, by whoever stands there."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    await record(graph, transfer, "EN_ROUTE", carrier="Boda")
    after = await record(graph, transfer, "DELIVERED", 9, proof="https://example.test/pod/1")
    assert (after["status"], after["delivery"]["status"], after["delivery"]["carrier"]) == (
        "SHIPPED",
        "DELIVERED",
        "Boda",
    )
    assert await where_it_is(graph, "TEA") == ("97", "3", "0")


async def test_what_was_delivered_is_received_where_it_is_said_so(graph: GraphClient, tenant: GivenTenant) -> None:
    """In full as it left, once, however often it is told."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    after = await record(graph, transfer, "DELIVERED", receive=True)
    assert (after["status"], after["delivery"]["status"]) == ("COMPLETED", "DELIVERED")
    assert await where_it_is(graph, "TEA") == ("97", "0", "3")
    again = await record(graph, transfer, "DELIVERED", 5, receive=True)
    assert again == after
    assert await audited(tenant) == "nothing drifted"


async def test_received_later_because_the_second_answer_says_so(graph: GraphClient) -> None:
    """Both ways in which logistics tells of a delivery lead to the same."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    await record(graph, transfer, "DELIVERED")
    after = await record(graph, transfer, "DELIVERED", 1, receive=True)
    assert (after["status"], after["delivery"]["occurredAt"]) == ("COMPLETED", "2025-03-01T10:00:00Z")


async def test_what_the_storekeeper_has_received_is_not_received_again(graph: GraphClient) -> None:
    """The answer is kept, and nothing is left to arrive."""
    transfer = await given_transfer(graph, going("TEA", 3), status="COMPLETED")
    after = await record(graph, transfer, "DELIVERED", receive=True)
    assert (after["status"], after["version"]) == ("COMPLETED", transfer["version"])
    assert await where_it_is(graph, "TEA") == ("97", "0", "3")


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (("EN_ROUTE", 5, "T1"), ("EN_ROUTE", 9, "T1"), "second"),
        (("EN_ROUTE", 5, "T1"), ("EN_ROUTE", 1, "T1"), "first"),
        (("EN_ROUTE", 5, "T1"), ("DELIVERED", 9, "T1"), "second"),
        # The clock of who delivered went behind: a delivery ends the way to it.
        (("EN_ROUTE", 5, "T1"), ("DELIVERED", 4, "T1"), "second"),
        (("DELIVERED", 5, "T1"), ("EN_ROUTE", 1, "T1"), "first"),
        (("DELIVERED", 5, "T1"), ("EN_ROUTE", 9, "T1"), "first"),
        (("DELIVERED", 5, "T1"), ("FAILED", 9, "T1"), "first"),
        (("DELIVERED", 5, "T1"), ("CANCELLED", 9, "T2"), "first"),
        (("FAILED", 5, "T1"), ("EN_ROUTE", 1, "T1"), "first"),
        (("FAILED", 5, "T1"), ("EN_ROUTE", 9, "T1"), "second"),
        (("FAILED", 5, "T1"), ("DELIVERED", 9, "T1"), "second"),
        (("FAILED", 5, "T1"), ("DELIVERED", 1, "T1"), "first"),
        (("CANCELLED", 5, "T1"), ("EN_ROUTE", 9, "T2"), "second"),
        (("CANCELLED", 5, "T1"), ("EN_ROUTE", 1, "T2"), "first"),
        (("EN_ROUTE", 5, "T1"), ("CANCELLED", 1, "T2"), "first"),
    ],
)
async def test_the_order_in_which_it_happened_counts(
    graph: GraphClient, tenant: GivenTenant, first: tuple[str, int, str], second: tuple[str, int, str], kept: str
) -> None:
    """What comes late changes nothing, and tells nothing."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    await record(graph, transfer, first[0], first[1], task=first[2])
    await forget_emitted(tenant)
    after = await record(graph, transfer, second[0], second[1], task=second[2])
    status, minute, task = first if kept == "first" else second
    delivery = after["delivery"]
    assert (delivery["status"], delivery["occurredAt"], delivery["taskId"]) == (
        status,
        f"2025-03-01T10:{minute:02}:00Z",
        task,
    )
    assert len(await emitted(tenant)) == (kept == "second")


async def test_what_came_too_late_to_count_receives_nothing(graph: GraphClient) -> None:
    """It failed after it had been said to be there."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    await record(graph, transfer, "FAILED", 9, failureReason="Nobody there")
    after = await record(graph, transfer, "DELIVERED", 1, receive=True)
    assert (after["status"], after["delivery"]["failureReason"]) == ("SHIPPED", "Nobody there")
    assert await where_it_is(graph, "TEA") == ("97", "3", "0")


async def test_it_is_named_by_its_number_or_as_logistics_names_it(graph: GraphClient, tenant: GivenTenant) -> None:
    """By one of the three."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    given = told(transfer, "EN_ROUTE")
    del given["transferId"]
    select = "transfer { id }"
    for named in ({"number": "TR-000001"}, {"externalReference": f"transfer:{transfer['id']}"}):
        fresh = {**given, **named, "idempotencyKey": uuid4().hex}
        assert (await graph.accepted("recordTransferDelivery", fresh, select))["transfer"] == {"id": transfer["id"]}
    async with unchanged(tenant):
        for named, code, place in (
            ({}, "INVALID_INPUT", "transferId"),
            ({"number": "TR-000001", "externalReference": f"transfer:{transfer['id']}"}, "INVALID_INPUT", "transferId"),
            ({"externalReference": "order:1"}, "INVALID_INPUT", "externalReference"),
            ({"externalReference": "transfer:1"}, "INVALID_INPUT", "externalReference"),
            ({"externalReference": f"transfer:{uuid4()}"}, "NOT_FOUND", "transferId"),
            ({"number": "TR-000009"}, "NOT_FOUND", "number"),
        ):
            error = await graph.refusal("recordTransferDelivery", {**given, **named})
            assert (error["code"], error["path"]) == (code, ["input", place])


async def test_what_cannot_be_told_is_refused(graph: GraphClient, tenant: GivenTenant) -> None:
    """Without a task or a time that stock knows; by who may not; and for another outlet's warehouse."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    async with unchanged(tenant):
        for fields, place in (
            ({"taskId": " "}, "taskId"), ({"taskId": "x" * 201}, "taskId"), ({"note": "x" * 1001}, "note"),
            ({"occurredAt": "0001-01-01T00:00:00.000001Z"}, "occurredAt"), ({"occurredAt": "2999-01-01T00:00:00Z"}, "occurredAt"), ({"carrier": "x" * 201}, "carrier"),
        ):  # fmt: skip
            error = await graph.refusal("recordTransferDelivery", {**told(transfer, "EN_ROUTE"), **fields})
            assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", place])
        for actor in (tenant.actor_as("viewer"), tenant.actor_at()):
            error = await graph.refusal("recordTransferDelivery", told(transfer, "EN_ROUTE"), actor=actor)
            assert error["code"] == "FORBIDDEN"
        # The source's people may tell that it is there, not receive it.
        given = told(transfer, "DELIVERED", receive=True)
        error = await graph.refusal("recordTransferDelivery", given, actor=tenant.actor_at(tenant.outlet_id))
        assert error["code"] == "FORBIDDEN"


async def test_the_same_key_again_tells_nothing_new(graph: GraphClient, tenant: GivenTenant) -> None:
    """The transfer as it is now, and that it was told before."""
    transfer = await given_transfer(graph, going("TEA", 3), status="SHIPPED")
    given = told(transfer, "DELIVERED", receive=True)
    await graph.accepted("recordTransferDelivery", given)
    async with unchanged(tenant):
        again = await graph.accepted("recordTransferDelivery", given, "transfer { status }")
    assert again == {"transfer": {"status": "COMPLETED"}, "errors": [], "replayed": True}
