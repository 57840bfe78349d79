"""Reads that many callers make at once are made together.

What is asked of one function for one tenant while its last read is under way becomes the next read: one transaction and one
statement for all who wait. A lone caller waits for nobody. Every read begins after it was asked for, so nobody reads what was
true before.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Batch: TypeAlias = Callable[[Transaction, Sequence[Key]], Awaitable[Mapping[Key, Value]]]
_Waiting: TypeAlias = list[tuple[Any, "asyncio.Future[Any]"]]

KEYS_MAX = 1_000
SECONDS_MAX = 30.0
"""How long a read may wait for a connection. Those who asked for it were let in, and stop waiting by themselves."""


class SharedReads:
    """The shared reads of one process. Rights are the caller's to check: a read knows only the tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[tuple[UUID, Callable[..., Any]], _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def load(self, actor: Actor, function: Batch[Key, Value], key: Key) -> Value | None:
        """The value of the key, None where the function leaves it out; raises what the function raised for this key."""
        place = (actor.tenant_id, function)
        future: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(place)
        if waiting is None:
            self._waiting[place] = [(key, future)]
            task = asyncio.create_task(self._read_all(place, actor, function))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            waiting.append((key, future))
        return await future

    async def _read_all(self, place: tuple[UUID, Callable[..., Any]], actor: Actor, function: Batch[Any, Any]) -> None:
        """Read what waits, again and again until nothing does."""
        while waiting := self._waiting[place]:
            now, self._waiting[place] = waiting[:KEYS_MAX], waiting[KEYS_MAX:]
            await self._answer(now, actor, function)
        del self._waiting[place]

    async def _answer(self, waiting: _Waiting, actor: Actor, function: Batch[Any, Any]) -> None:
        keys = list(dict.fromkeys(key for key, _ in waiting))
        try:
            async with self._database.read(actor, ends_at=time.monotonic() + SECONDS_MAX, is_begun=True) as tx:
                found = await function(tx, keys)
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to those who asked
            if len(keys) == 1:
                for _, future in waiting:
                    if not future.done():
                        future.set_exception(error)
                return
            # One key may have spoilt it for all: each by itself then.
            for key in keys:
                await self._answer([each for each in waiting if each[0] == key], actor, function)
            return
        for key, future in waiting:
            if not future.done():
                future.set_result(found.get(key))
