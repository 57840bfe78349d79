"""Redis, which holds only what may vanish: texts by key, and scripts that decide for all processes.

Whoever asks gets None while Redis is away, at once: after a failure it is left alone for some seconds. What it refuses to do, because
it is full or holds something else under the key, is None as well, and it goes on being asked.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

ANSWER_SECONDS_MAX = 0.25
AWAY_SECONDS = 5.0
TOLD_SECONDS = 60.0
"""How long a refusal is not told of again."""
CONNECTIONS_MAX = 20
PREFIX = "inventory:"

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


class Redis:
    """The connections of one process. ``answer_seconds_max`` is how long anybody waits for Redis."""

    def __init__(
        self,
        url: str,
        *,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
        connections_max: int = CONNECTIONS_MAX,
        away_seconds: float = AWAY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections_max,
            timeout=answer_seconds_max,
            socket_timeout=answer_seconds_max,
            socket_connect_timeout=answer_seconds_max,
            retry=Retry(NoBackoff(), 0),
        )
        self._client = Client(connection_pool=pool)
        self._pool = pool
        self._away_seconds = away_seconds
        self._clock = clock
        self._away_until = 0.0
        self._is_away = False
        self._refusals_told_until = 0.0
        self._scripts: dict[str, Any] = {}

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
        await self._pool.disconnect()

    async def text(self, key: str, *, bytes_max: int) -> str | None:
        """The text kept under the key, None when there is none or Redis is away. Of a longer one no more than so many bytes."""
        found = await self._ask(
            lambda: cast("Awaitable[object]", self._client.getrange(PREFIX + key, 0, bytes_max - 1))
        )
        return found.decode(errors="replace") if isinstance(found, bytes) and found else None

    async def run(self, script: str, *, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        """What the Lua script answers, None when Redis is away. It runs as one step for everybody who asks Redis."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self._client.register_script(script)
        return await self._ask(lambda: registered(keys=[PREFIX + key for key in keys], args=list(arguments)))

    def _refused(self, error: ResponseError) -> None:
        now = self._clock()
        if now >= self._refusals_told_until:
            self._refusals_told_until = now + TOLD_SECONDS
            logger.warning("Redis refuses (%s); each process goes on by itself.", str(error).partition(" ")[0][:40])

    async def _ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer | None:
        if self._clock() < self._away_until:
            return None
        try:
            answer = await question()
        except ResponseError as error:
            self._answered()
            self._refused(error)
            return None
        except Exception as error:  # noqa: BLE001 - who answers may be no Redis at all, and what it says anything
            self._away_until = self._clock() + self._away_seconds
            if not self._is_away:
                self._is_away = True
                # By its class: the message of a connection error may hold the URL, and that a password.
                logger.warning("Redis is away (%s); each process goes on by itself.", type(error).__name__)
            return None
        self._answered()
        return answer

    def _answered(self) -> None:
        if self._is_away:
            self._is_away = False
            logger.info("Redis is back.")
