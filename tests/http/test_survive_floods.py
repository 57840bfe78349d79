"""A flood from one side, and everybody else goes on: the service as a process, as shipped."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.fuzz.target import slowness
from tests.fuzz.test_large_documents import everything
from tests.selections import schema
from tests.servers import Service, running_service, token_of

PAGES = """{ items(first: 100) { nodes { sku name availability { available } variants(first: 20) { nodes {
  sku name balances { onHand available warehouse { code } } } } } } }"""
LOOK_UPS = " ".join(
    f"a{number}: availability(skus: $skus) {{ sku available isAvailable level reasons nextAvailableAt }}"
    for number in range(30)
)
CHANGE = (
    "mutation($input: CreateCategoryInput!) { createCategory(input: $input) { category { slug } errors { message } } }"
)
CHANGES = 15
CHANGE_SECONDS_MAX = 2.0
"""One takes some ten milliseconds when nothing else happens."""
REFUSED_SECONDS_MAX = 1.0
"""Of the median, from before the connection is opened. A flood of 300 on the core that it floods is opened and read in a part of it."""
FRAMES_SECONDS_MAX = 0.5
"""Of an answer that takes a millisecond when nothing else happens."""
MEMORY_BYTES_MAX = 100 * 1024**2


@dataclass(frozen=True, slots=True)
class Answer:
    """``seconds`` are from before its connection was opened."""

    status: int
    head: bytes
    body: Any
    seconds: float


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The service with the demo data, warm."""
    with running_service() as running:
        yield running


@pytest.fixture(scope="module")
def stranger(service: Service) -> dict[str, str]:
    """The credential of another tenant."""
    return {"authorization": f"Bearer {token_of('demo-two', data_directory=service.data_directory)}"}


async def ask(service: Service, headers: Mapping[str, str], query: str, **variables: Any) -> Answer:
    """POST on a connection of its own, by as little of this process as can be: it shares its cores with what it measures."""
    body = orjson.dumps({"query": query, "variables": variables})
    return await speak(service, b"POST /graphql", headers, body)


async def speak(service: Service, what: bytes, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    began = time.perf_counter()
    named = {**headers, "host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
    lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in named.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(what + b" HTTP/1.1\r\nconnection: close\r\n" + lines + b"\r\n" + body)
    try:
        async with asyncio.timeout(60):
            said = await reader.read()
    finally:
        writer.close()
    seconds = time.perf_counter() - began
    head, _, content = said.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), head.lower(), orjson.loads(content), seconds)


async def change(service: Service, headers: Mapping[str, str]) -> Answer:
    name = uuid4().hex
    given = {"slug": name, "name": name, "idempotencyKey": name}
    answer = await ask(service, headers, CHANGE, input=given)
    if answer.status == 200:
        assert "errors" not in answer.body, answer.body["errors"]
        assert answer.body["data"]["createCategory"] == {"category": {"slug": name}, "errors": []}
    return answer


def memory_of(service: Service) -> int:
    """The most memory that the process has had, in bytes."""
    status = Path(f"/proc/{service.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


async def flooded(
    service: Service, stranger: Mapping[str, str], number: int, headers: Mapping[str, str], query: str, **variables: Any
) -> list[Answer]:
    """What so many requests at once are answered, while another tenant makes its changes and a prober asks."""
    for warm in (headers, stranger):
        assert (await ask(service, warm, query, **variables)).status in {200, 401}
    before = memory_of(service)
    flood = [asyncio.create_task(ask(service, headers, query, **variables)) for _ in range(number)]
    await asyncio.sleep(0.1)
    slow = slowness()
    for _ in range(CHANGES):
        changed = await change(service, stranger)
        assert (changed.status, changed.seconds < CHANGE_SECONDS_MAX * slow) == (200, True), changed
        probed = await speak(service, b"GET /readyz", {})
        assert (probed.status, probed.seconds < CHANGE_SECONDS_MAX * slow) == (200, True), probed
    answers = await asyncio.gather(*flood)
    assert memory_of(service) - before < MEMORY_BYTES_MAX
    refused = [answer for answer in answers if answer.status == 503]
    if refused:
        assert median(answer.seconds for answer in refused) < REFUSED_SECONDS_MAX * slow
        assert all(b"\r\nretry-after: 1" in answer.head for answer in refused)
        assert {answer.body["errors"][0]["extensions"]["code"] for answer in refused} == {"UNAVAILABLE"}
        assert all("data" not in answer.body for answer in refused)
    return answers


async def test_pages_of_one_tenant(service: Service, stranger: dict[str, str]) -> None:
    """Three hundred of what its share of the room has places for: some are answered and none half-way, most are told at once, and
    nobody else notices."""
    own = {"authorization": f"Bearer {service.token}"}
    answers = await flooded(service, stranger, 300, own, PAGES)
    assert {answer.status for answer in answers} == {200, 503}
    served = [answer for answer in answers if answer.status == 200]
    assert all(set(answer.body) == {"data"} for answer in served)
    assert (await ask(service, own, PAGES)).status == 200


async def test_look_ups_of_visitors(service: Service, stranger: dict[str, str]) -> None:
    """Without any credential: thirty times a hundred SKUs in four kilobytes, a hundred times at once."""
    own = {"authorization": f"Bearer {service.token}"}
    shown = await ask(service, own, "{ items(first: 100) { nodes { variants(first: 20) { nodes { sku } } } } }")
    skus = [each["sku"] for item in shown.body["data"]["items"]["nodes"] for each in item["variants"]["nodes"]][:100]
    query = f"query($skus: [String!]!) {{ {LOOK_UPS} }}"
    answers = await flooded(service, stranger, 100, {"x-tenant-slug": "urban-loft"}, query, skus=skus)
    assert {answer.status for answer in answers} == {200, 503}
    assert all(set(answer.body) == {"data"} for answer in answers if answer.status == 200)


async def test_changes_of_one_tenant(service: Service, stranger: dict[str, str]) -> None:
    """Each a transaction of its own: its own wait in its line, and those of others take turns with them."""
    own = {"authorization": f"Bearer {service.token}"}
    flood = [asyncio.create_task(change(service, own)) for _ in range(400)]
    await asyncio.sleep(0.1)
    slow = slowness()
    for _ in range(CHANGES):
        changed = await change(service, stranger)
        assert (changed.status, changed.seconds < CHANGE_SECONDS_MAX * slow) == (200, True), changed
    assert {answer.status for answer in await asyncio.gather(*flood)} <= {200, 503}


async def test_credentials_that_nobody_has(service: Service, stranger: dict[str, str]) -> None:
    """Each is looked up before anything else is known of the caller, and takes nobody's connection."""

    async def guess() -> Answer:
        key = f"ig_{uuid4().hex}{uuid4().hex[:11]}"
        return await ask(service, {"x-api-key": key}, "{ __typename }")

    flood = [asyncio.create_task(guess()) for _ in range(300)]
    await asyncio.sleep(0.1)
    slow = slowness()
    for _ in range(CHANGES):
        changed = await change(service, stranger)
        assert (changed.status, changed.seconds < CHANGE_SECONDS_MAX * slow) == (200, True), changed
    assert {answer.status for answer in await asyncio.gather(*flood)} <= {401, 503}


async def test_documents_that_nobody_has_sent_before(service: Service, stranger: dict[str, str]) -> None:
    """Each is read before anything is known of it, and is as much as may be; between two of them there is time for others."""
    root = schema().query_type
    assert root is not None
    tokens = ["{", *everything(root, 4)][:1_900]
    query = " ".join([*tokens, "nothing", *["}"] * (tokens.count("{") - tokens.count("}"))])
    flood = [asyncio.create_task(ask(service, {}, f"{query} # {number}")) for number in range(300)]
    await asyncio.sleep(0.1)
    slow = slowness()
    for number in range(CHANGES):
        changed = await change(service, stranger)
        assert (changed.status, changed.seconds < CHANGE_SECONDS_MAX * slow) == (200, True), changed
        new = await ask(service, stranger, f"{{ units {{ code }} }} # {number}")
        assert (new.status, new.seconds < CHANGE_SECONDS_MAX * slow) == (200, True), new
    answers = await asyncio.gather(*flood)
    assert {answer.status for answer in answers} == {200, 503}
    assert {answer.body["errors"][0]["extensions"]["code"] for answer in answers} == {
        "GRAPHQL_VALIDATION_FAILED",
        "UNAVAILABLE",
    }


HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
PING = b"\x89\x80\x00\x00\x00\x00"
ASKED = b'\x81\x8f\x00\x00\x00\x00{"type":"ping"}'


@pytest.mark.parametrize("frame", [PING, ASKED], ids=["pings of the wire", "pings of the protocol"])
async def test_frames_by_the_thousand(service: Service, stranger: dict[str, str], frame: bytes) -> None:
    """Two megabytes of them on one socket, of nobody: between them there is time for others."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(HANDSHAKE)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")

    async def flood() -> None:
        with suppress(ConnectionError):
            for _ in range(32):
                writer.write(frame * (2**16 // len(frame)))
                await writer.drain()

    async def take() -> None:
        with suppress(ConnectionError):
            while await reader.read(2**16):
                pass

    tasks = [asyncio.create_task(flood()), asyncio.create_task(take())]
    slow = slowness()
    began = time.perf_counter()
    while time.perf_counter() - began < 3:
        answer = await ask(service, stranger, "{ __typename }")
        assert (answer.status, answer.seconds < FRAMES_SECONDS_MAX * slow) == (200, True), answer
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    writer.close()
    assert (await ask(service, stranger, "{ __typename }")).status == 200
