"""Bells that ring in other processes, by Redis.

Nothing depends on a ring: who waits looks by itself from time to time, so that losing Redis only slows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from inventory_graph.transport.redis import PREFIX
from inventory_graph.wakeups import Wakeup

CHANNEL = f"{PREFIX}bell:"
AWAY_SECONDS = 1.0
PAUSE_SECONDS = 0.002
"""Rings that follow each other sooner are one."""
SILENCE_SECONDS_MAX = 15.0

logger = logging.getLogger(__name__)


class RedisBells:
    """The bells of one process that ring across processes, while ``run`` runs."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url, socket_connect_timeout=AWAY_SECONDS, health_check_interval=SILENCE_SECONDS_MAX
        )
        self._bells: dict[bytes, Wakeup] = {}
        self._rung: set[str] = set()
        self._to_tell = asyncio.Event()

    def connect(self, name: str, bell: Wakeup) -> None:
        """Join the bell to those of the same name elsewhere; before ``run``."""
        self._bells[f"{CHANNEL}{name}".encode()] = bell
        bell.tell_others = lambda: self._tell(name)

    def _tell(self, name: str) -> None:
        self._rung.add(f"{CHANNEL}{name}")
        self._to_tell.set()

    async def run(self) -> None:
        """Carry the rings to and fro, for ever."""
        try:
            await asyncio.gather(self._forever(self._listen), self._forever(self._publish))
        finally:
            await self._client.aclose()

    @staticmethod
    async def _forever(do: Callable[[], Awaitable[None]]) -> None:
        is_away = False
        while True:
            try:
                await do()
                is_away = False
            except Exception as error:  # noqa: BLE001 - who answers may be no Redis at all, and what it says anything
                if not is_away:
                    logger.warning("Redis carries no wake-ups (%s); everybody looks by himself.", type(error).__name__)
                is_away = True
                await asyncio.sleep(AWAY_SECONDS)

    async def _listen(self) -> None:
        async with self._client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(*self._bells)
            # What was rung while nobody listened.
            for bell in self._bells.values():
                bell.ring_here()
            while True:
                message = await channel.get_message(timeout=SILENCE_SECONDS_MAX)
                if message is not None and message["type"] == "message":
                    self._bells[message["channel"]].ring_here()

    async def _publish(self) -> None:
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            rung, self._rung = self._rung, set()
            for name in rung:
                await self._client.publish(name, b"")
            await asyncio.sleep(PAUSE_SECONDS)
