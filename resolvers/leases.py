"""How long what a caller proved is good for: to the end of its credential, and no longer than it is believed anywhere else."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from inventory_graph.actor import Actor
from inventory_graph.errors import Unauthenticated, Unavailable

RECHECK_SECONDS = 60.0
EXPIRED = "The credential has expired; subscribe again with a new one."
CHANGED = "What the caller may do has changed; subscribe again."

Authenticate: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Actor | None]]


class Lease:
    """What the headers proved about the caller, for an answer that goes on for long. ``recheck_seconds`` is how often they are
    asked again."""

    def __init__(
        self,
        authenticate: Authenticate,
        headers: Mapping[str, str],
        actor: Actor | None,
        *,
        recheck_seconds: float = RECHECK_SECONDS,
    ) -> None:
        self._authenticate = authenticate
        self._headers = headers
        self._actor = actor
        self._recheck_seconds = recheck_seconds
        ends = actor.metadata.get("expires_at") if actor is not None else None
        self.expires_at = float(ends) if ends is not None else float("inf")
        """In seconds since 1970."""

    async def ended(self) -> str:
        """Wait until it is good no longer; the sentence that says why."""
        while True:
            seconds_left = self.expires_at - time.time()
            if seconds_left <= 0:
                return EXPIRED
            await asyncio.sleep(min(seconds_left, self._recheck_seconds))
            if time.time() < self.expires_at and (reason := await self._reason_why_not()) is not None:
                return reason

    async def _reason_why_not(self) -> str | None:
        try:
            actor = await self._authenticate(self._headers)
        except Unauthenticated as error:
            return error.message
        except Unavailable:
            # It held a minute ago, and will be asked again in one.
            return None
        return CHANGED if actor != self._actor else None
