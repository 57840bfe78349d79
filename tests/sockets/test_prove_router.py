"""A router proves over a socket that it is one, by the secret that it would send as a header."""

from collections.abc import AsyncIterator

import httpx
import pytest

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from tests.graph import GivenCallers
from tests.sockets.conftest import Stand, served
from tests.statements import CountingDatabase

SECRET = "schlüssel-of-the-router-漢字"
FOR_THE_ROUTER = "{ _service { __typename } }"
WRONG = ("", "漢", "\x80", "schlüssel", SECRET + "x", SECRET[:-1], "x" * 100_000)


@pytest.fixture(scope="module")
async def guarded(database: CountingDatabase, callers: GivenCallers) -> AsyncIterator[Stand]:
    """The service, of which a part is for a router only."""

    async def ready() -> bool:
        return True

    settings = Settings.load(dotenv=None, router_secrets=(SECRET,))
    async with served(create_app(settings, database=database, authenticator=callers, ready=ready)) as port:
        yield Stand(port, callers)


async def asked_over_socket(stand: Stand, secret: object) -> bool:
    """Whether the caller with the secret counts as the router."""
    async with stand.wire() as wire:
        await wire.say({"type": "connection_init", "payload": {"x-router-secret": secret}})
        assert (await wire.hear())["type"] == "connection_ack"
        await wire.subscribe("{ __typename }", "0")
        assert (await wire.hear())["payload"] == {"data": {"__typename": "Query"}}
        assert (await wire.hear())["type"] == "complete"
        await wire.subscribe(FOR_THE_ROUTER)
        return bool((await wire.hear())["payload"] == {"data": {"_service": {"__typename": "_Service"}}})


async def asked_over_http(stand: Stand, secret: bytes) -> bool:
    """The same, with the bytes as a header."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stand.port}") as client:
        headers = [(b"x-router-secret", secret), (b"content-type", b"application/json")]
        answer = await client.post("/graphql", json={"query": FOR_THE_ROUTER}, headers=headers)
        assert answer.status_code == 200
        return "errors" not in answer.json()


async def test_the_secret_is_taken_in_utf_8(guarded: Stand) -> None:
    """As text of a connection_init or as the bytes of a header: whoever has it writes it the same way."""
    assert await asked_over_socket(guarded, SECRET)
    assert await asked_over_http(guarded, SECRET.encode())


@pytest.mark.parametrize("secret", [*WRONG, None, 1, [SECRET], {"a": SECRET}], ids=range(len(WRONG) + 4))
async def test_anything_else_is_a_wrong_secret(
    secret: object, guarded: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever letters it has, or none: what everybody may ask is answered, and nothing is a fault."""
    assert not await asked_over_socket(guarded, secret)
    assert [record for record in caplog.records if record.levelname == "ERROR" or record.exc_info] == []


@pytest.mark.parametrize("secret", [b"", b"\xff\xfe", b"\x80", "漢".encode(), SECRET.encode("utf-16"), b"x" * 20_000])
async def test_any_other_bytes_are_a_wrong_secret(secret: bytes, guarded: Stand) -> None:
    """Over HTTP a header may have any byte."""
    assert not await asked_over_http(guarded, secret.replace(b"\0", b"").replace(b"\n", b""))
