"""The clients that people use subscribe as the documentation shows, over each of the transports."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

from inventory_graph.actor import Actor
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.node import NodePackage
from tests.sockets.conftest import Stand
from tests.stock.requests import received

PACKAGE = NodePackage("sockets", Path(__file__).parent / "package")
CLIENTS = ("graphql-ws", "graphql-sse", "urql by socket", "urql by events", "apollo by socket", "apollo by parts")
STOCK = """
subscription Stock($skus: [String!], $after: String) {
  stockChanged(skus: $skus, after: $after) { cursor kind balance { onHand version } }
}
"""
LINE_SECONDS_MAX = 30


@dataclass(slots=True)
class NodeClient:
    """A client in a process of its own."""

    process: asyncio.subprocess.Process

    async def line(self) -> Any:
        """What it prints next."""
        assert self.process.stdout is not None
        async with asyncio.timeout(LINE_SECONDS_MAX):
            said = await self.process.stdout.readline()
        if not said:
            assert self.process.stderr is not None
            raise AssertionError((await self.process.stderr.read()).decode())
        return json.loads(said)

    async def change(self) -> dict[str, Any]:
        """The next result that is neither a snapshot nor a heartbeat."""
        while True:
            result = await self.line()
            assert not result.get("errors"), result
            found: dict[str, Any] = result["data"]["stockChanged"]
            if found["kind"] == "CHANGE":
                return found


@asynccontextmanager
async def node_client(name: str, url: str, credential: str, **variables: Any) -> AsyncIterator[NodeClient]:
    """The client, subscribed to stock."""
    directory = await asyncio.to_thread(PACKAGE.installed)
    process = await asyncio.create_subprocess_exec(
        "node", "subscribe.mjs", name, url, credential, STOCK, json.dumps(variables),
        cwd=directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield NodeClient(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def client_of(name: str, stand: Stand, actor: Actor, **variables: Any) -> Any:
    """The client, subscribed to the service of the tests."""
    return node_client(name, f"http://127.0.0.1:{stand.port}/graphql", stand.callers.credential_of(actor), **variables)


@pytest.mark.parametrize("name", CLIENTS)
async def test_each_client_sees_what_changes(name: str, stand: Stand, graph: GraphClient, tenant: GivenTenant) -> None:
    """First that nothing is there, then each change when it happens, not when the next one does."""
    await given_item(tenant, sku="MUFFIN")
    async with client_of(name, stand, tenant.actor, skus=["MUFFIN"]) as client:
        assert (await client.line())["data"]["stockChanged"]["kind"] == "HEARTBEAT"
        for version, total in ((1, "3"), (2, "6")):
            await received(graph, sku="MUFFIN", quantity="3")
            change = await client.change()
            assert change["balance"] == {**change["balance"], "onHand": total, "version": version}


async def test_gql_sees_what_changes(stand: Stand, graph: GraphClient, tenant: GivenTenant) -> None:
    """The client of Python programs, over a socket."""
    await given_item(tenant, sku="BAGEL")
    transport = WebsocketsTransport(
        url=f"ws://127.0.0.1:{stand.port}/graphql",
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        init_payload={"authorization": stand.callers.credential_of(tenant.actor)},
    )
    async with Client(transport=transport) as session:
        request = gql(STOCK)
        request.variable_values = {"skus": ["BAGEL"]}
        async with asyncio.timeout(LINE_SECONDS_MAX), aclosing(session.subscribe(request)) as results:
            assert (await anext(results))["stockChanged"]["kind"] == "HEARTBEAT"
            await received(graph, sku="BAGEL", quantity="3")
            change = (await anext(results))["stockChanged"]
            assert (change["kind"], change["balance"]["onHand"]) == ("CHANGE", "3")
