"""A Redis that holds or says anything: no request fails by it, and no limit is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis as Client

from inventory_graph.transport.bells import RedisBells
from inventory_graph.wakeups import LOG, Wakeup
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http.conftest import Opened
from tests.http.test_limit_rates import SIXTY, SLOW, ask
from tests.http.test_persist_documents import NOT_FOUND, by_hash, new_document
from tests.http.test_persist_documents import ask as ask_document

LIES = {
    "no number": b":abc\r\n",
    "no length": b"$abc\r\n",
    "no text": b"+\xff\xfe\r\n",
    "a text": b"+OK\r\n",
    "nothing": b"$-1\r\n",
    "lists without end": b"*1\r\n" * 5_000,
    "an empty list": b"*0\r\n",
    "not a number of points": b"*2\r\n$3\r\nnan\r\n$3\r\nnan\r\n",
    "no end of points": b"*2\r\n$3\r\ninf\r\n$4\r\n-inf\r\n",
    "lists of lists": b"*2\r\n*0\r\n*0\r\n",
    "a refusal": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
}


@asynccontextmanager
async def lying(answer: bytes, came: asyncio.Semaphore | None = None) -> AsyncIterator[str]:
    """The URL of what greets like a Redis and answers every question so. ``came`` is released for each connection."""

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if came is not None:
            came.release()
        while asked := await reader.read(100_000):
            is_greeting = b"CLIENT" in asked or b"HELLO" in asked or b"SELECT" in asked
            writer.write(b"+OK\r\n" * asked.count(b"*") if is_greeting else answer)
        writer.close()

    async with await asyncio.start_server(answer_all, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


@pytest.mark.parametrize("lie", LIES)
async def test_what_is_no_answer_leaves_each_process_to_itself(opened: Opened, lie: str) -> None:
    """Nothing is found there, and the limits are the process's own."""
    async with lying(LIES[lie]) as url, opened(**SLOW, redis_url=url) as client:
        assert await ask_document(client, by_hash(new_document()[1])) == {"errors": [NOT_FOUND]}
        assert (await ask(client, SIXTY)).status_code == 200
        assert (await ask(client, SIXTY)).status_code == 429


@pytest.mark.parametrize(
    ("bucket", "status"),
    [
        ({"level": "nan", "at": "nan"}, 200),
        ({"level": "inf", "at": "-inf"}, 200),
        ({"level": "-inf", "at": "inf"}, 429),
        ({"level": "-1e300", "at": "1e300"}, 429),
        ({"level": "x", "at": "y"}, 200),
        ({"level": "1"}, 200),
        ({"at": "1"}, 200),
        ("a text", 200),
    ],
)
async def test_a_bucket_that_holds_no_level_is_filled_or_empty(
    opened: Opened,
    callers: GivenCallers,
    tenant: GivenTenant,
    redis_url: str,
    bucket: dict[Any, Any] | str,
    status: int,
) -> None:
    """It is a bucket again from then on, whoever wrote into it: a full one, or the lowest that there is, where it says less than that."""
    credential, key = (
        callers.credential_of(tenant.actor),
        f"inventory:rate:{{{tenant.id}}}:subject:{tenant.actor.subject}",
    )
    async with Client.from_url(redis_url) as redis, opened(**SLOW, redis_url=redis_url) as client:
        await (redis.set(key, bucket) if isinstance(bucket, str) else redis.hset(key, mapping=bucket))
        first = await ask(client, SIXTY, authorization=credential)
        assert (first.status_code, first.headers.get("retry-after")) == (status, "160" if status == 429 else None)
        level, at = (float(each or "nan") for each in await redis.hmget(key, ["level", "at"]))
        assert -100 <= level <= 40
        assert at > 0
        assert (await ask(client, SIXTY, authorization=credential)).status_code == 429


async def test_a_value_of_another_kind_keeps_redis_from_nobody_else(opened: Opened, redis_url: str) -> None:
    """What stands under one key is no reason to do without the others."""
    (_, wrong), (document, right) = new_document(), new_document()
    async with (
        Client.from_url(redis_url) as redis,
        opened(redis_url=redis_url) as first,
        opened(redis_url=redis_url) as second,
    ):
        await redis.lpush(f"inventory:document::{wrong}", "{ me }")
        await ask_document(first, by_hash(right, query=document))
        assert await ask_document(second, by_hash(wrong)) == {"errors": [NOT_FOUND]}
        assert await ask_document(second, by_hash(right)) == {"data": {"__typename": "Query"}}
        await redis.delete(f"inventory:document::{wrong}")


async def test_of_a_text_that_is_longer_than_any_document_no_more_is_read(opened: Opened, redis_url: str) -> None:
    """It could have half a gigabyte."""
    digest = new_document()[1]
    async with Client.from_url(redis_url) as redis, opened(redis_url=redis_url) as client:
        await redis.set(f"inventory:document::{digest}", b"x" * 20_000_000, ex=60)
        before = (await redis.info("stats"))["total_net_output_bytes"]
        assert await ask_document(client, by_hash(digest)) == {"errors": [NOT_FOUND]}
        assert (await redis.info("stats"))["total_net_output_bytes"] - before < 10_000_000
        await redis.delete(f"inventory:document::{digest}")


async def test_bells_look_for_a_redis_for_ever() -> None:
    """What answered nonsense may be a Redis again a second later; until then everybody looks by himself."""
    came, bell = asyncio.Semaphore(0), Wakeup()
    async with lying(LIES["no number"], came) as url:
        bells = RedisBells(url)
        bells.connect(LOG, bell)
        running = asyncio.create_task(bells.run())
        async with asyncio.timeout(10):
            for _ in range(2):
                await asyncio.wait([running, asyncio.create_task(came.acquire())], return_when=asyncio.FIRST_COMPLETED)
                assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
