"""Connections over which nothing happens are kept alive, and those whose client has stopped reading are given up."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack
from uuid import UUID

import pytest
from starlette.types import Message

from inventory_graph.actor import Actor
from inventory_graph.errors import Unauthenticated, Unavailable
from inventory_graph.telemetry import Metrics, RequestLabels
from resolvers import streams
from resolvers.leases import CHANGED, EXPIRED, Authenticate, Lease
from resolvers.stream_formats import EVENT_STREAM, MULTIPART, StreamFormat
from resolvers.streams import Stream, Streams


def answering(*answers: Actor | Exception | None) -> Authenticate:
    """Answers so, in this order, the last for ever: an actor, or an error that is raised."""
    waiting = list(answers)

    async def authenticate(_headers: Mapping[str, str]) -> Actor | None:
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return authenticate


def actor_of(**values: object) -> Actor:
    """Somebody."""
    given: dict[str, object] = {"tenant_id": UUID(int=1), "tenant_slug": "bakery", "subject": "user", **values}
    return Actor(**given)  # type: ignore[arg-type]


async def nothing() -> AsyncGenerator[bytes, None]:
    """Results that never come."""
    await asyncio.Event().wait()
    yield b""


async def never() -> Message:
    """A client that neither says anything nor hangs up."""
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


def stream_of(form: StreamFormat, results: AsyncGenerator[bytes, None], room: ExitStack | None = None) -> Stream:
    """A stream of a visitor."""
    return Stream(form, results, Lease(answering(None), {}, None), room or ExitStack())


@pytest.mark.parametrize(("form", "heartbeat"), [(EVENT_STREAM, b":\n\n"), (MULTIPART, b"{}")])
async def test_heartbeats_come_while_nothing_happens(form: StreamFormat, heartbeat: bytes) -> None:
    """After so much silence each, until the service stops."""
    sent: list[Message] = []
    enough = asyncio.Event()

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 6:
            enough.set()

    service = Streams(Metrics(), heartbeat_seconds=0.05)
    began = time.monotonic()
    sending = asyncio.create_task(service.send(stream_of(form, nothing()), never, send, RequestLabels("1")))
    await asyncio.wait_for(enough.wait(), 5)
    assert time.monotonic() - began >= 4 * 0.05
    assert [heartbeat in message["body"] for message in sent[2:6]] == [True] * 4
    await service.close()
    assert await sending == "ok"
    assert sent[-1]["more_body"] is False


async def test_a_client_that_reads_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its room is free again, though it never hung up."""
    monkeypatch.setattr(streams, "STALLED_SECONDS_MAX", 0.2)
    monkeypatch.setattr(streams, "GOODBYE_SECONDS_MAX", 0.2)
    caplog.set_level(logging.INFO)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 3:
            await asyncio.Event().wait()

    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield b'{"data":{}}'

    left: list[str] = []
    room = ExitStack()
    room.callback(left.append, "room")
    service = Streams(Metrics(), heartbeat_seconds=0.05)
    outcome = await asyncio.wait_for(
        service.send(stream_of(EVENT_STREAM, endless(), room), never, send, RequestLabels("1")), 5
    )
    assert (outcome, left) == ("stalled", ["room"])
    assert len(sent) == 4
    assert "took nothing off" in caplog.text


async def test_a_fault_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    """In the form of the stream, with the id to ask about; the log has the rest."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def broken() -> AsyncGenerator[bytes, None]:
        yield b'{"data":{}}'
        raise RuntimeError("the password is hunter2")

    service = Streams(Metrics())
    outcome = await service.send(stream_of(EVENT_STREAM, broken(), None), never, send, RequestLabels("the-id"))
    body = b"".join(message.get("body", b"") for message in sent)
    assert outcome == "failed"
    assert b"hunter2" not in body
    assert b'"requestId":"the-id"' in body
    assert body.endswith(EVENT_STREAM.ending)
    assert "hunter2" in caplog.text


async def test_a_credential_is_good_until_it_ends() -> None:
    """To the instant, not to the next time that it is checked."""
    actor = actor_of(metadata={"expires_at": str(time.time() + 0.2)})
    began = time.monotonic()
    assert await asyncio.wait_for(Lease(answering(actor), {}, actor, recheck_seconds=60).ended(), 5) == EXPIRED
    assert time.monotonic() - began < 2


async def test_a_revoked_credential_ends_with_the_next_check() -> None:
    """An issuer that does not answer for a while ends nothing."""
    actor = actor_of()
    authenticate = answering(actor, Unavailable("Not now."), actor, Unauthenticated("It was revoked."))
    assert await asyncio.wait_for(Lease(authenticate, {}, actor, recheck_seconds=0.02).ended(), 5) == "It was revoked."


async def test_other_rights_end_it() -> None:
    """What was subscribed to with the old ones is not delivered any more."""
    actor = actor_of(permissions=frozenset({"inventory.stock.view"}))
    lease = Lease(answering(actor, actor_of()), {}, actor, recheck_seconds=0.02)
    assert await asyncio.wait_for(lease.ended(), 5) == CHANGED
