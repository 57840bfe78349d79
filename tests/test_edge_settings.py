"""Settings of stopping and of Redis are those that a process goes by."""

import asyncio
import time

from starlette.applications import Starlette

from inventory_graph.cli.processes import server_of
from inventory_graph.config import Settings
from inventory_graph.edge import redis_of


def test_stopping_takes_as_long_as_said() -> None:
    """The server lets go of what it has begun after these seconds."""
    server = server_of(Starlette(), Settings.load(dotenv=None, graceful_seconds=7), lambda: None)
    assert server.config.timeout_graceful_shutdown == 7


async def test_redis_is_waited_for_as_long_as_said() -> None:
    """One that never answers has held nobody up for longer; it is left alone then."""

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as listening:
        url = f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}/0"
        redis = redis_of(Settings.load(dotenv=None, redis_url=url, redis_milliseconds_max=1_000))
        assert redis is not None
        began = time.monotonic()
        assert await redis.text("anything", bytes_max=9) is None
        assert time.monotonic() - began > 0.9
        await redis.close()
