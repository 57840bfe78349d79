"""When the answer to COMMIT is lost, the caller hears that nobody knows; the same request again tells the truth."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from migrations.roles import APP
from tests.batching.proxy import AtCommit, Proxy, proxy_to
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.graph import BASE_URL, GivenCallers, GraphClient

FATES = (AtCommit.IS_LOST, AtCommit.LOSES_ITS_ANSWER)
VERBS = ("reserveStock", "commitReservation", "consumeStock")
AFTER = {"reserveStock": ("5", "2"), "commitReservation": ("3", "0"), "consumeStock": ("3", "0")}
"""What is on hand and reserved when it is done once."""

BALANCE = '{ stockBalance(sku: "TEA") { onHand reserved } }'
OPERATION = "mutation($input: %sInput!) { %s(input: $input) { replayed errors { code } } }"


@pytest.fixture
async def proxy(owner_url: str) -> AsyncIterator[Proxy]:
    """A line to the tests' database that can fail."""
    async with proxy_to(owner_url) as made:
        yield made


@pytest.fixture
async def frail(proxy: Proxy, graph: GraphClient, callers: GivenCallers) -> AsyncIterator[GraphClient]:
    """The service at the other end of that line, for the same tenant."""

    async def ready() -> bool:
        return True

    database = await Database.connect(proxy.url, role=APP, hooks=HOOKS)
    application = create_app(Settings.load(dotenv=None), database=database, authenticator=callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        yield GraphClient(client, callers, graph.tenant)
    await database.close()


async def request_of(graph: GraphClient, verb: str) -> Mapping[str, Any]:
    """The input of the verb; for a commit there is a reservation."""
    order = {"orderId": str(uuid4()), "lines": [{"sku": "TEA", "quantity": "2"}]}
    if verb != "commitReservation":
        return {"idempotencyKey": verb, **order}
    held = await graph.accepted("reserveStock", {"idempotencyKey": "hold", **order}, "reservation { id }")
    return {"idempotencyKey": verb, "reservationId": held["reservation"]["id"]}


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.name)
@pytest.mark.parametrize("verb", VERBS)
async def test_a_lost_commit_is_unknown_until_it_is_asked_again(
    graph: GraphClient, frail: GraphClient, proxy: Proxy, verb: str, fate: AtCommit
) -> None:
    """Done already where only the answer was lost, done now where the COMMIT was; once in either case."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "5")
    given = await request_of(graph, verb)
    proxy.at_commit = fate
    errors = await frail.errors(OPERATION % (f"{verb[0].upper()}{verb[1:]}", verb), {"input": given})
    proxy.at_commit = AtCommit.PASSES
    assert [error["extensions"]["code"] for error in errors] == ["OUTCOME_UNKNOWN"]
    again = await frail.accepted(verb, given)
    assert again["replayed"] == (fate is AtCommit.LOSES_ITS_ANSWER)
    on_hand, reserved = AFTER[verb]
    data = await graph(BALANCE)
    assert data["stockBalance"] == {"onHand": on_hand, "reserved": reserved}
