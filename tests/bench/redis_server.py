"""The Redis of the benchmarks, where there is one."""

import os

from redis.asyncio import Redis
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("INVENTORY_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


async def redis_answers() -> bool:
    """Whether it is there."""
    client = Redis.from_url(REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        await client.ping()
    except RedisError:
        return False
    finally:
        await client.aclose()
    return True
