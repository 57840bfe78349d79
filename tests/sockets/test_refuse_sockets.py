"""Sockets that do not keep to the protocol are closed with its codes, and nobody else notices."""

import asyncio
import random
from typing import Any

import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.given.tenants import GivenTenant
from tests.sockets.conftest import Stand, Wire

SEED = 20_261_126
HOSTILE = 1_000

BROKEN: list[tuple[Any, int]] = [
    ("", 4400),
    ("{", 4400),
    ("[]", 4400),
    ("null", 4400),
    (b"\x00\x01", 4400),
    ({"type": "start", "id": "1"}, 4400),
    ({"type": ["subscribe"]}, 4400),
    ({"type": "subscribe"}, 4400),
    ({"type": "subscribe", "id": 1, "payload": {}}, 4400),
    ({"type": "subscribe", "id": "", "payload": {}}, 4400),
    ({"type": "subscribe", "id": "x" * 129, "payload": {"query": "{ __typename }"}}, 4400),
    ({"type": "subscribe", "id": "1", "payload": []}, 4400),
    ({"type": "subscribe", "id": "1"}, 4400),
    ({"type": "complete"}, 4400),
    ({"type": "connection_init"}, 4429),
    ("[" * 5_000, 4400),
    *(
        (f'{{"type": "{kind}", "payload": {payload}}}', 4400)
        for kind in ("ping", "pong", "connection_init")
        for payload in (
            '{"a":' * 300 + "1" + "}" * 300,
            '{"a":' * 33 + "1" + "}" * 33,
            '{"a": "\\u0000"}',
            '{"\\u0000": 1}',
            '{"a": 9223372036854775808}',
            f'{{"a": [{"1," * 1_000}1]}}',
        )
    ),
]

FOREIGN = (
    "https://evil.example", "null", "http://[", "http://[::1", "http://127.0.0.1:99999", "//127.0.0.1:{port}", "http://127.0.0.1",
    "http://127.0.0.1:{port}.evil.example", "http://evil.example@127.0.0.1:{port}",
)  # fmt: skip
"""Origins of pages that are not the service's own."""


@pytest.mark.parametrize(("frame", "code"), BROKEN, ids=range(len(BROKEN)))
async def test_a_wrong_frame_closes_its_socket(frame: Any, code: int, stand: Stand, tenant: GivenTenant) -> None:
    """With a reason; the next socket works."""
    async with stand.wire(tenant.actor) as wire:
        await wire.say(frame)
        found, reason = await wire.closed()
        assert (found, bool(reason)) == (code, True)
    await _still_answers(stand, tenant)


async def test_the_same_id_twice_closes_it(wire: Wire) -> None:
    """The client would not know whose results come."""
    await wire.subscribe("subscription { inventoryEvents { id } }")
    await wire.subscribe("subscription { inventoryEvents { id } }")
    assert (await wire.closed())[0] == 4409


async def test_subscribing_before_the_ack_closes_it(stand: Stand) -> None:
    """Nobody is anybody before connection_init."""
    async with stand.wire() as wire:
        await wire.subscribe("{ __typename }")
        assert (await wire.closed())[0] == 4401


async def test_a_wrong_credential_closes_it(stand: Stand) -> None:
    """With the reason that HTTP would give."""
    async with stand.wire() as wire:
        await wire.say({"type": "connection_init", "payload": {"authorization": "Bearer nonsense"}})
        code, reason = await wire.closed()
        assert (code, bool(reason)) == (4403, True)


async def test_silence_closes_it(stand: Stand) -> None:
    """connection_init has five seconds."""
    async with stand.wire() as wire:
        async with asyncio.timeout(8):
            await wire.connection.wait_closed()
        assert wire.connection.close_code == 4408


async def test_the_old_protocol_is_not_spoken(stand: Stand) -> None:
    """It had a way around authentication."""
    async with stand.wire(subprotocols=["graphql-ws"]) as wire:
        assert (await wire.closed())[0] == 4406


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_opens_none(origin: str, stand: Stand) -> None:
    """A browser sends no preflight for a socket; only the origin tells."""
    with pytest.raises(InvalidStatus) as refused:
        async with stand.wire(origin=origin.format(port=stand.port)):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_its_own_page_opens_one(scheme: str, stand: Stand) -> None:
    """Behind a proxy that speaks TLS, too."""
    async with stand.wire(origin=f"{scheme}://127.0.0.1:{stand.port}"):
        pass


async def test_two_host_headers_open_none(stand: Stand) -> None:
    """A proxy in front may have read the other one."""
    with pytest.raises(InvalidStatus) as refused:
        async with stand.wire(additional_headers={"Host": "evil.example"}):
            pass
    assert refused.value.response.status_code == 403


async def test_a_deep_ping_of_a_stranger_is_no_fault(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    """Before connection_init, too; what is as deep as variables may be is answered."""
    async with stand.wire() as wire:
        payload = orjson.loads('{"a":' * 31 + "1" + "}" * 31)
        await wire.say({"type": "ping", "payload": payload})
        assert await wire.hear() == {"type": "pong", "payload": payload}
        await wire.say('{"type": "ping", "payload": ' + '{"a":' * 300 + "1" + "}" * 301)
        assert (await wire.closed())[0] == 4400
    assert [record for record in caplog.records if record.levelname == "ERROR" or record.exc_info] == []


async def test_a_socket_runs_a_hundred_operations(wire: Wire) -> None:
    """One more is refused and the others go on."""
    for number in range(101):
        await wire.subscribe("subscription { inventoryEvents { id } }", str(number))
    refused = await wire.hear()
    while refused["type"] == "next":  # what happened to the tenant before may be numbered only now
        assert refused["payload"].keys() == {"data"}, refused
        refused = await wire.hear()
    assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("100", "LIMIT_EXCEEDED")


async def test_an_expired_token_ends_what_runs(stand: Stand, tenant: GivenTenant) -> None:
    """Each operation hears why, then the socket is closed."""
    async with stand.wire(tenant.actor_until(1.0)) as wire:
        await wire.subscribe("subscription { inventoryEvents { id } }")
        ended = await wire.hear()
        while ended["type"] == "next":
            ended = await wire.hear()
        assert (ended["id"], ended["payload"][0]["extensions"]["code"]) == ("1", "UNAUTHENTICATED")
        assert (await wire.closed())[0] == 4403


async def test_hostile_frames_harm_nobody(stand: Stand, tenant: GivenTenant, caplog: pytest.LogCaptureFixture) -> None:
    """A thousand from a seed: each socket is answered or closed, none with a fault of the service; a neighbour goes on."""
    dice = random.Random(SEED)
    async with stand.wire(tenant.actor) as neighbour:
        await neighbour.subscribe("subscription { stockChanged { kind } }")
        assert (await neighbour.hear())["type"] == "next"
        sent = 0
        while sent < HOSTILE:
            sent += await _attack(stand, tenant, dice)
        await neighbour.say({"type": "ping"})
        assert (await neighbour.hear())["type"] == "pong"
    assert [record for record in caplog.records if record.levelname == "ERROR" or record.exc_info] == []


async def _attack(stand: Stand, tenant: GivenTenant, dice: random.Random) -> int:
    """Send frames until the service has had enough; how many."""
    async with stand.wire(tenant.actor) as wire:
        for number in range(1, 51):
            try:
                await wire.say(_hostile(dice))
            except ConnectionClosed:
                return number
        return 50


def _hostile(dice: random.Random) -> Any:
    frame: dict[str, Any] = {
        "type": dice.choice(
            ["subscribe", "subscribe", "subscribe", "complete", "ping", "pong", "connection_init", "x"]
        ),
        "id": dice.choice(["1", "2", str(dice.random()), "", "é" * 100, 7, None, ["1"], "\x00"]),
        "payload": dice.choice(
            [
                {"query": "subscription { stockChanged { kind } }"},
                {"query": "subscription { stockChanged { kind } stockChanged2: stockChanged { kind } }"},
                {"query": "{ a" * 500},
                {"query": "query($a: [Int!]) { __typename }", "variables": {"a": 2**70}},
                {"query": "\ud800".encode("utf-8", "ignore").decode(), "variables": []},
                {"query": None, "extensions": {"persistedQuery": {"version": 9}}},
                {
                    "query": "subscription($x: String) { stockChanged(after: $x) { kind } }",
                    "variables": {"x": "\x00" * 50},
                },
                {"query": "{" * 3_000},
                {"a": {"b": [[[[[]]]]]}},
                None,
                [],
                "text",
            ]
        ),
    }
    kind = dice.random()
    if kind < 0.1:
        return dice.randbytes(dice.randint(0, 200))
    text = str(frame) if kind < 0.2 else None
    return text if text is not None else frame


async def _still_answers(stand: Stand, tenant: GivenTenant) -> None:
    async with stand.wire(tenant.actor) as wire:
        await wire.subscribe("{ __typename }")
        assert (await wire.hear())["payload"] == {"data": {"__typename": "Query"}}
