"""What one GraphQL operation carries: the caller, its transactions and its loaders."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from aiodataloader import DataLoader

from inventory_graph.actor import Actor
from inventory_graph.batching import Batcher
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Refusal, Unauthenticated, Unavailable
from inventory_graph.live.feeds import Feeds, Pay, nobody_pays
from inventory_graph.printing.desk import Desk
from inventory_graph.reading import SharedReads
from resolvers.meters import Meter

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
BatchFunction: TypeAlias = Callable[[Transaction, Sequence[Key]], Awaitable[Mapping[Key, Value]]]
FindVisitor: TypeAlias = Callable[[UUID], Awaitable[Actor | None]]

BATCH_KEYS_MAX = 1_000
DEADLINE_SECONDS = 30.0
WAITING_SHARE = 0.9
"""The part of an operation's time in which a change of it may begin. The rest is for making it, and for saying so."""
READS_AT_ONCE_MAX = 4


class RequestContext:
    """Made anew for every operation, and for every event of a subscription, so that nothing stale is ever read."""

    def __init__(
        self,
        *,
        database: Database,
        actor: Actor | None,
        request_id: str,
        is_router: bool = True,
        visitor_of_outlet: FindVisitor | None = None,
        shared_reads: SharedReads | None = None,
        batcher: Batcher[Any, Any] | None = None,
        feeds: Feeds | None = None,
        desk: Desk | None = None,
        pay: Pay = nobody_pays,
        deadline_seconds: float = DEADLINE_SECONDS,
        is_begun: bool = False,
    ) -> None:
        self._feeds = feeds
        self._desk = desk
        self._database = database
        self._actor = actor
        self._visitor_of_outlet = visitor_of_outlet
        self._shared_reads = shared_reads or SharedReads(database)
        self._batcher = batcher
        self.deadline_seconds = deadline_seconds
        self.ends_at = time.monotonic() + deadline_seconds
        """When the operation is stopped, on the clock of ``time.monotonic``."""
        self._begins_until = self.ends_at - deadline_seconds * (1 - WAITING_SHARE)
        self._is_begun = is_begun
        self._loaders: dict[Callable[..., Any], DataLoader[Any, Any]] = {}
        self._reads = asyncio.Semaphore(READS_AT_ONCE_MAX)
        self.pay = pay
        """Draws from the caller's budget what a subscription reads for its caller alone."""
        self.request_id = request_id
        self.is_router = is_router
        self.meter = Meter()
        """Where a resolver counts what its estimate leaves open; that of the operation once it is executed."""

    @property
    def actor(self) -> Actor:
        """The authenticated caller; raises ``Unauthenticated`` for one who is not."""
        if self._actor is None or self._actor.is_anonymous:
            raise Unauthenticated("Send a token or an API key in the header Authorization: Bearer …")
        return self._actor

    @property
    def visitor(self) -> Actor:
        """The caller, or the anonymous visitor of the tenant that the request names."""
        if self._actor is None:
            raise Unauthenticated(
                "Send a token in the header Authorization, or name the tenant by the header X-Tenant-Slug or an outletId."
            )
        return self._actor

    async def name_tenant_by_outlet(self, outlet_id: UUID | None) -> None:
        """Make the caller a visitor of the outlet's tenant, if it has no tenant yet.

        The tenant of a token, of the header X-Tenant-Slug or of an outlet named earlier in the same operation stays. An
        unknown outlet changes nothing: ``visitor`` then raises ``Unauthenticated``.
        """
        if self._actor is not None or outlet_id is None or self._visitor_of_outlet is None:
            return
        visitor = await self._visitor_of_outlet(outlet_id)
        # Another field of the operation may have named a tenant while this one was waiting: the first keeps it.
        if self._actor is None:
            self._actor = visitor

    @property
    def feeds(self) -> Feeds:
        """What subscriptions deliver; raises ``Unavailable`` in a process that does not follow the event log."""
        if self._feeds is None:
            raise Unavailable("This process does not follow the event log.")
        return self._feeds

    @property
    def desk(self) -> Desk:
        """What makes files of documents; raises ``Unavailable`` in a process that makes none."""
        if self._desk is None:
            raise Unavailable("This process makes no files of documents.")
        return self._desk

    def require(self, permission: str) -> Actor:
        """The caller, if it holds the permission."""
        actor = self.actor
        actor.require(permission)
        return actor

    def require_any(self, permissions: Sequence[str]) -> Actor:
        """The caller, if it holds one of the permissions; the refusal names the first."""
        actor = self.actor
        if not any(actor.may(permission) for permission in permissions):
            actor.require(permissions[0])
        return actor

    async def read(self, function: Callable[[Transaction], Awaitable[Value]]) -> Value:
        """Run one reading function in a short transaction of its own; never nested, never shared."""
        reading = self._database.read
        async with self._reads, reading(self.visitor, ends_at=self.ends_at, is_begun=self._is_begun) as tx:
            self._is_begun = True
            return await function(tx)

    async def write(self, function: Callable[[Transaction], Awaitable[Value]]) -> Value:
        """Run one domain verb in a transaction and commit it."""
        # What was loaded before the change may be stale after it.
        self._loaders.clear()
        written = await self._database.write(self.actor, function, ends_at=self.ends_at, is_begun=self._is_begun)
        self._is_begun = True
        return written

    async def batched(self, request: Any, *, weight: int = 1) -> Any:
        """Have the batcher make a change together with what others of the tenant ask for; its own answer, or its own error.

        ``request`` is what the batch handler takes; it brings the caller with it where the handler needs one. ``weight`` is the
        number of its lines. Raises ``Unavailable`` before the operation's time is over, so that the caller hears that nothing
        was done.
        """
        if self._batcher is None:
            raise RuntimeError("There is no batcher: give create_app a batch handler.")
        self._loaders.clear()
        seconds_max = self._begins_until - time.monotonic()
        answer = await self._batcher.submit(self.actor, request, weight=weight, seconds_max=seconds_max)
        self._is_begun = True
        return answer

    async def load(self, function: BatchFunction[Key, Value], key: Key) -> Value | None:
        """The value of one key, read together with every other key that this operation asks the same function for.

        The batch function is the loader: it gets the keys (at most 1,000, each once) and answers a mapping; a key that it
        leaves out reads None.
        """
        loader = self._loaders.get(function)
        if loader is None:
            loader = self._loaders[function] = DataLoader(self._batch(function), max_batch_size=BATCH_KEYS_MAX)
        # Whoever else loads the key waits for the same future. A field that is given up because one beside it failed must not take
        # it from them: they would be cancelled with it, and the whole operation after them.
        value: Value | None = await asyncio.shield(loader.load(key))
        return value

    async def load_shared(self, function: BatchFunction[Key, Value], key: Key) -> Value | None:
        """``load``, joined with what other operations of the tenant ask the same function for: for the reads that thousands
        make at once."""
        value: Value | None = await self._shared_reads.load(self.visitor, function, key)
        return value

    async def load_many(self, function: BatchFunction[Key, Value], keys: Sequence[Key]) -> list[Value | None]:
        """``load`` for several keys, in their order."""
        return list(await asyncio.gather(*(self.load(function, key) for key in keys)))

    def _batch(
        self, function: BatchFunction[Key, Value]
    ) -> Callable[[list[Key]], Coroutine[Any, Any, list[Value | None]]]:
        async def batch(keys: list[Key]) -> list[Value | None]:
            found = await self.read(lambda tx: function(tx, keys))
            return [found.get(key) for key in keys]

        return batch


Info: TypeAlias = strawberry.Info[RequestContext, None]

__all__ = ["BatchFunction", "Info", "Refusal", "RequestContext"]
