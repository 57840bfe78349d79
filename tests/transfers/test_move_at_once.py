"""Steps of transfers at the same time: exactly what there is leaves, and arrives once."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, line_of, of_line, step_input, stock_of, transfer_now
from tests.given.transfers import where_it_is as where
from tests.graph import GraphClient

pytestmark = pytest.mark.usefixtures("store")


def codes(payloads: list[dict[str, Any]]) -> list[str]:
    """The codes of the refusals, '' for what was accepted; in order."""
    return sorted(each["errors"][0]["code"] if each["errors"] else "" for each in payloads)


async def test_ten_ship_while_ten_reserve(graph: GraphClient, tenant: GivenTenant) -> None:
    """Of 100 pieces each wants 10: ten of the twenty get theirs, whoever they are."""
    transfers = [await given_transfer(graph, going("TEA", 10), status="APPROVED") for _ in range(10)]
    line = {"sku": "TEA", "quantity": "10"}
    shipping = [graph.payload("shipTransfer", step_input("shipTransfer", each)) for each in transfers]
    reserving = [
        graph.payload(
            "reserveStock",
            {"idempotencyKey": uuid4().hex, "reference": uuid4().hex, "warehouse": {"code": "MAIN"}, "lines": [line]},
        )
        for _ in range(10)
    ]
    answers = await asyncio.gather(*shipping, *reserving)
    assert codes(list(answers)) == [""] * 10 + ["INSUFFICIENT_STOCK"] * 10
    shipped = 10 * sum(not each["errors"] for each in answers[:10])
    assert await where(graph, "TEA") == (str(100 - shipped), str(shipped), "0")
    assert (await stock_of(graph, "TEA", "MAIN"))["available"] == "0"
    assert await audited(tenant) == "nothing drifted"


async def test_received_twice_at_once_it_arrives_once(graph: GraphClient, tenant: GivenTenant) -> None:
    """Two people scan the same delivery."""
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    answers = await asyncio.gather(
        *(graph.payload("receiveTransfer", step_input("receiveTransfer", transfer)) for _ in range(5))
    )
    assert codes(list(answers)) == [""] + ["INVALID_TRANSITION"] * 4
    assert await where(graph, "TEA") == ("90", "0", "10")
    assert await audited(tenant) == "nothing drifted"


async def test_two_parts_at_once_are_no_more_than_the_whole(graph: GraphClient, tenant: GivenTenant) -> None:
    """6 and 6 of 10: the second is more than is on its way, and says so."""
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    given = [step_input("receiveTransfer", transfer, lines=[of_line(transfer, 0, 6)]) for _ in range(2)]
    answers = await asyncio.gather(*(graph.payload("receiveTransfer", each) for each in given))
    assert codes(list(answers)) == ["", "INVALID_INPUT"]
    assert await where(graph, "TEA") == ("90", "4", "6")


async def test_cancelled_while_received_each_piece_is_at_one_end(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whichever was first, the other is refused."""
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    steps = ("receiveTransfer", "cancelTransfer")
    answers = await asyncio.gather(*(graph.payload(step, step_input(step, transfer)) for step in steps))
    assert codes(list(answers)) == ["", "INVALID_TRANSITION"]
    after = await transfer_now(graph, transfer)
    line = line_of(after)
    ends = {"COMPLETED": ("90", "0", "10"), "CANCELLED": ("100", "0", "0")}
    assert await where(graph, "TEA") == ends[after["status"]]
    assert (line["inTransit"], int(line["received"]) + int(line["returned"])) == ("0", 10)
    assert await audited(tenant) == "nothing drifted"


async def test_shipped_twice_at_once_it_leaves_once(graph: GraphClient) -> None:
    """Under two keys as under one."""
    transfer = await given_transfer(graph, going("TEA", 10), status="APPROVED")
    once = step_input("shipTransfer", transfer)
    answers = await asyncio.gather(
        *(graph.payload("shipTransfer", each) for each in (once, once, step_input("shipTransfer", transfer)))
    )
    refused = [each for each in answers if each["errors"]]
    assert {each["errors"][0]["code"] for each in refused} == {"INVALID_TRANSITION"}
    assert await where(graph, "TEA") == ("90", "10", "0")
