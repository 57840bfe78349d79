"""When the service stops, those who subscribe are sent away in time, and come back to where they were."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.servers import ELSEWHERE, free_port, program, running_program, temporary_directory, token_of
from tests.sockets.conftest import PROTOCOL, SECONDS_MAX
from tests.sockets.test_follow_as_streams import EVENTS, PARTS, Reader
from tests.sockets.test_subscribe_with_clients import node_client

SKU = "RAW-MLK-001"
STOCK = "subscription ($skus: [String!]) { stockChanged(skus: $skus) { cursor kind } }"
STOPS_WITHIN_SECONDS = 10
"""Its own PostgreSQL stops after it."""


@contextmanager
def served_from(data: Path, port: int, log: Path) -> Iterator[Any]:
    """``inventory-graph dev`` in the directory, at the port."""
    command: list[str | Path] = [program(), "dev", "--port", str(port), "--data-dir", data]
    url = f"http://127.0.0.1:{port}/graphql"
    with running_program(command, cwd=ELSEWHERE, log=log, url=url) as process:
        yield process


async def stopped(process: Any) -> float:
    """End the process as an operator would; the seconds that it took."""
    began = time.monotonic()
    os.kill(process.pid, signal.SIGTERM)
    await asyncio.to_thread(process.wait, STOPS_WITHIN_SECONDS * 2)
    return time.monotonic() - began


async def subscribed(connection: ClientConnection, authorization: str, query: str = STOCK) -> None:
    """Begin, subscribe and read until the snapshot is complete."""
    await connection.send(
        orjson.dumps({"type": "connection_init", "payload": {"authorization": authorization}}).decode()
    )
    assert orjson.loads(await connection.recv()) == {"type": "connection_ack"}
    await connection.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}).decode())
    while b"HEARTBEAT" not in (said := orjson.dumps(orjson.loads(await connection.recv()))):
        assert b'"next"' in said


async def test_sigterm_sends_everybody_away() -> None:
    """Sockets are closed with 1001, streams end as their form says, and the process with them, without a traceback."""
    with temporary_directory() as directory:
        port, data, log = free_port(), directory / "data", directory / "service.log"
        with served_from(data, port, log) as process:
            authorization = f"Bearer {token_of('urban-loft', data_directory=data)}"
            url = f"http://127.0.0.1:{port}/graphql"
            body, headers = {"query": STOCK}, {"authorization": authorization}
            async with (
                connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as idle,
                connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as socket,
                httpx.AsyncClient() as client,
                client.stream("POST", url, json=body, headers={**headers, "accept": EVENTS}) as events,
                client.stream("POST", url, json=body, headers={**headers, "accept": PARTS}) as parts,
            ):
                await subscribed(socket, authorization)
                of_events, of_parts = Reader(events, events.aiter_raw()), Reader(parts, parts.aiter_raw())
                await of_events.event()
                await of_parts.part()
                ending = asyncio.create_task(stopped(process))
                async with asyncio.timeout(SECONDS_MAX):
                    # No complete: clients would take that for the end and not come back.
                    frames = [orjson.loads(frame)["type"] async for frame in socket]
                    assert "complete" not in frames
                    await idle.wait_closed()
                assert (socket.close_code, idle.close_code) == (1001, 1001)
                assert b"complete" not in await of_events.rest()
                last = await of_parts.rest()
                assert b'"payload":null' in last
                assert last.endswith(b"\r\n--graphql--\r\n")
                assert await ending < STOPS_WITHIN_SECONDS
        said = log.read_text()
        assert "Traceback" not in said
        assert "ERROR" not in said


async def test_clients_come_back_to_where_they_were() -> None:
    """The service restarts and something changes before they are back: they hear of that, and of nothing twice."""
    with temporary_directory() as directory:
        port, data = free_port(), directory / "data"
        url = f"http://127.0.0.1:{port}/graphql"
        async with AsyncExitStack() as stack:
            with served_from(data, port, directory / "first.log") as process:
                authorization = f"Bearer {token_of('urban-loft', data_directory=data)}"
                clients = [
                    await stack.enter_async_context(node_client(name, url, authorization, skus=[SKU]))
                    for name in ("graphql-ws", "graphql-sse")
                ]
                for client in clients:
                    while (await client.line())["data"]["stockChanged"]["kind"] != "HEARTBEAT":
                        pass
                version = await receive_milk(url, authorization)
                assert [(await client.change())["balance"]["version"] for client in clients] == [version] * 2
                await stopped(process)
            with served_from(data, port, directory / "second.log"):
                later = await receive_milk(url, authorization)
                assert [(await client.change())["balance"]["version"] for client in clients] == [later] * 2
                assert later == version + 1


async def receive_milk(url: str, authorization: str) -> int:
    """Receive one litre; the version of the balance after it."""
    query = """mutation($input: ReceiveStockInput!) {
      receiveStock(input: $input) { balances { version } errors { message } }
    }"""
    variables = {"input": {"idempotencyKey": uuid4().hex, "lines": [{"sku": SKU, "quantity": "1"}]}}
    async with httpx.AsyncClient(headers={"authorization": authorization}) as client:
        answer = (await client.post(url, json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    payload = answer["data"]["receiveStock"]
    assert payload["errors"] == []
    version: int = payload["balances"][0]["version"]
    return version
