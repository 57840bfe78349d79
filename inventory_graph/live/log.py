"""Reading the event log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson

from inventory_graph.db import Record, Transaction
from inventory_graph.live.refusals import CursorExpired, CursorInvalid
from inventory_graph.live.sequencing import SEQUENCER

READ_MAX = 1_000
REPLAYED_MAX = 200
"""How many are read at once for a single reader that is behind: they are kept until it has taken them."""
LOOKED_AT_MAX = 1_000
"""How many positions one statement looks at for such a reader, whatever it wants of them: its payloads take 10 microseconds each to
look into, so that none runs long."""

Made = TypeVar("Made")
Sharing = TypeVar("Sharing", bound="Shared")

_COLUMNS = """tenant_id, tenant_seq, seq, event_id, type, aggregate_type, aggregate_id, aggregate_version, payload::text AS payload,
  occurred_at, logged_at, traceparent"""

_END = "SELECT seq, logged_at FROM log_positions WHERE reader = $1"

_AFTER = f"""
SELECT {_COLUMNS} FROM event_log WHERE seq > $1 AND logged_at >= $2 ORDER BY seq LIMIT $3
"""  # noqa: S608 - the text is put together from constants

# A thousand values are looked up in a hash table, also by a plan that is kept: that of ``= ANY`` compares with each of them.
_OF_TENANT = f"""
SELECT {_COLUMNS} FROM event_log
WHERE tenant_id = $1 AND tenant_seq > $2 AND tenant_seq <= $3
  AND ($4::text IS NULL OR aggregate_type = $4)
  AND ($5::uuid IS NULL OR aggregate_id = $5)
  AND ($6::text[] IS NULL OR type IN (SELECT unnest($6)))
  AND ($7::text[] IS NULL OR payload ->> 'sku' IN (SELECT unnest($7)))
  AND ($8::text[] IS NULL OR payload ->> 'warehouse_id' IN (SELECT unnest($8)))
  AND ($9::text[] IS NULL OR payload ->> 'outlet_id' IN (SELECT unnest($9)))
  AND ($10::text IS NULL OR payload ->> 'order_id' = $10)
  AND ($11::text[] IS NULL OR payload ->> 'from_warehouse_id' IN (SELECT unnest($11))
    OR payload ->> 'to_warehouse_id' IN (SELECT unnest($11)))
ORDER BY tenant_seq, logged_at LIMIT $12
"""  # noqa: S608 - the text is put together from constants

_HEAD = "SELECT last_seq, forgotten_seq FROM tenant_heads WHERE tenant_id = $1"

_PLACE = """
SELECT tenant_seq FROM event_log WHERE tenant_id = $1 AND seq <= $2 ORDER BY tenant_seq DESC, logged_at DESC LIMIT 1
"""


class End(NamedTuple):
    """A position of the whole log, and when it was reached."""

    seq: int
    logged_at: datetime


class Shared:
    """What many readers get of the same."""

    def once(self: "Sharing", make: "Callable[[Sharing], Made]") -> Made:
        """What the function makes of it: made once, however many ask, and gone with it. What is made must not hold it: both would stay
        until the collector of garbage comes."""
        made: Made | None = self._made.get(make)
        if made is None:
            made = self._made[make] = make(self)
        return made

    @cached_property
    def _made(self) -> dict[object, Any]:
        return {}


@dataclass(frozen=True, kw_only=True)
class Entry(Shared):
    """An event of the log. ``payload`` is its JSON as it was written, ``traceparent`` the operation that made it, where that is known."""

    tenant_id: UUID
    tenant_seq: int
    seq: int
    event_id: UUID
    type: str
    aggregate_type: str
    aggregate_id: UUID
    aggregate_version: int | None
    payload: str
    occurred_at: datetime
    logged_at: datetime
    traceparent: str | None = None

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The payload, read when somebody asks for it first."""
        read: Mapping[str, Any] = orjson.loads(self.payload)
        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the database leaves out for a reader that is behind; None for nothing. Ids of the payload are as texts, as they stand in
    it. ``end_warehouse_ids``: those that something goes from or to."""

    aggregate_type: str | None = None
    aggregate_id: UUID | None = None
    types: frozenset[str] | None = None
    skus: frozenset[str] | None = None
    warehouse_ids: frozenset[str] | None = None
    outlet_ids: frozenset[str] | None = None
    order_id: str | None = None
    end_warehouse_ids: frozenset[str] | None = None


def _entries(rows: Sequence[Record]) -> list[Entry]:
    return [Entry(**dict(row)) for row in rows]


async def end(tx: Transaction) -> End:
    """The end of the log."""
    row = await tx.raw.fetchrow(_END, SEQUENCER)
    if row is None:
        raise LookupError("log_positions lacks the row of the sequencer: migrate.")
    return End(row["seq"], row["logged_at"])


async def entries_after(tx: Transaction, place: End, *, limit: int = READ_MAX) -> list[Entry]:
    """What follows the position, of all tenants. The transaction's role is that of a reader or the worker."""
    return _entries(await tx.raw.fetch(_AFTER, place.seq, place.logged_at, limit))


async def entries_of_tenant(tx: Transaction, *, after: int, until: int, wanted: Wanted, limit: int) -> list[Entry]:
    """What is wanted of what follows the tenant's position ``after``, up to its position ``until``, which is ``LOOKED_AT_MAX`` later at
    most."""
    rows = await tx.raw.fetch(
        _OF_TENANT,
        tx.tenant_id,
        after,
        until,
        wanted.aggregate_type,
        wanted.aggregate_id,
        wanted.types,
        wanted.skus,
        wanted.warehouse_ids,
        wanted.outlet_ids,
        wanted.order_id,
        wanted.end_warehouse_ids,
        limit,
    )
    return _entries(rows)


async def place_in_tenant(tx: Transaction, *, seq: int) -> int:
    """The tenant's last position at a position of the whole log."""
    found: int | None = await tx.raw.fetchval(_PLACE, tx.tenant_id, seq)
    return found if found is not None else (await _head(tx))[1]


async def check_kept(tx: Transaction, *, after: int) -> None:
    """Raise ``CursorExpired`` when an event after the tenant's position is no longer kept, and ``CursorInvalid`` when the tenant
    has not come so far."""
    last_seq, forgotten_seq = await _head(tx)
    if after < forgotten_seq:
        raise CursorExpired(path=("after",))
    if after > last_seq:
        # Of another tenant, or from before the database was restored: whoever waits for it would miss what comes until then.
        raise CursorInvalid(
            "The cursor is ahead of the tenant's events: it is another tenant's or of a lost database.", path=("after",)
        )


async def head(tx: Transaction) -> int:
    """The tenant's last position."""
    return (await _head(tx))[0]


async def _head(tx: Transaction) -> tuple[int, int]:
    row = await tx.raw.fetchrow(_HEAD, tx.tenant_id)
    return (row["last_seq"], row["forgotten_seq"]) if row is not None else (0, 0)
