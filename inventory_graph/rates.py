"""How fast a tenant and a client may go on, in points of cost: a bucket each, which fills steadily and is drawn from.

Processes share the buckets through ``shared`` where there is one and it answers; else each process has its own, so that the
limit holds for each of them.
"""

import asyncio
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from inventory_graph.actor import Actor

BUCKETS_KEPT_MAX = 50_000
SUBJECT_LENGTH_MAX = 200
NETWORK_BITS_V6 = 64
"""Whoever has one address of version 6 has the whole network of so many bits."""

DRAW = """
local points = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local levels, seconds, least = {}, 0, math.huge
for i, key in ipairs(KEYS) do
  local rate, capacity, unused = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local kept = redis.pcall('HMGET', key, 'level', 'at')
  local level = capacity
  if kept.err then
    redis.call('DEL', key)
  else
    local before, at = tonumber(kept[1] or ''), tonumber(kept[2] or '')
    if before and at and before == before and at == at then
      level = math.max(-capacity, math.min(capacity, before + math.max(0, now - at) * rate + unused))
    end
  end
  if level ~= level then level = -capacity end
  levels[i] = level
  seconds = math.max(seconds, (points - level) / rate)
end
for i, key in ipairs(KEYS) do
  local rate, capacity = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  if seconds <= 0 then levels[i] = levels[i] - points end
  least = math.min(least, levels[i])
  redis.call('HSET', key, 'level', string.format('%.6f', levels[i]), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', key, math.ceil(2 * capacity / rate * 1000) + 60000)
end
return {string.format('%.6f', math.max(0, seconds)), string.format('%.6f', least)}
"""
"""Draw from all buckets or from none. Answers the seconds to wait (0: drawn) and the points left in the emptiest bucket. Anything may
stand under a key: what is no level is a full bucket, and no level is lower than a full bucket is high. A key lasts as long as
the lowest level takes to become the highest, and a minute in which an operation may turn out to cost more than was drawn for it."""


class SharedScripts(Protocol):
    """Where processes share their buckets (``inventory_graph.transport.redis.Redis``)."""

    async def run(self, script: str, *, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """``points_second`` points a second, of which ``capacity`` may be saved up."""

    points_second: float
    capacity: float


class Bucket(NamedTuple):
    """A bucket by its key."""

    key: str
    rate: Rate


class Drawn(NamedTuple):
    """What came of drawing: the seconds until there would be enough (0 when it was drawn) and the points left."""

    seconds: float
    remaining: int


class RateLimiter:
    """The buckets of all tenants and clients. A rate that is None is no limit."""

    def __init__(
        self,
        *,
        tenant: Rate | None,
        client: Rate | None,
        shared: SharedScripts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tenant = tenant
        self._client = client
        self._shared = shared
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._unused: dict[str, float] = {}

    def buckets(self, actor: Actor | None, address: str) -> list[Bucket]:
        """The buckets that a caller draws from. Callers with a credential are known by it; visitors by their address, and
        together they have another bucket of the tenant than its own people."""
        is_visitor = actor is None or actor.is_anonymous
        tenant = str(actor.tenant_id) if actor is not None else "none"
        client = (
            f"address:{_network(address)}"
            if actor is None or is_visitor
            else f"subject:{actor.subject[:SUBJECT_LENGTH_MAX]}"
        )
        kind = "visitors" if is_visitor else "tenant"
        found = []
        # The braces keep both in one slot where keys are spread over servers.
        if self._tenant is not None and actor is not None:
            found.append(Bucket(f"rate:{{{tenant}}}:{kind}", self._tenant))
        if self._client is not None:
            found.append(Bucket(f"rate:{{{tenant}}}:{client}", self._client))
        return found

    async def draw(self, buckets: Sequence[Bucket], points: int) -> Drawn:
        """Draw the points from every bucket, or from none of them where one has too few."""
        if not buckets:
            return Drawn(0.0, 0)
        if self._shared is not None:
            unused = [self._unused.pop(bucket.key, 0.0) for bucket in buckets]
            arguments: list[str | int | float] = [points]
            for bucket, of_bucket in zip(buckets, unused, strict=True):
                arguments += [bucket.rate.points_second, bucket.rate.capacity, of_bucket]
            answer = await self._shared.run(DRAW, keys=[bucket.key for bucket in buckets], arguments=arguments)
            drawn = _drawn(
                answer, seconds_max=max((points + rate.capacity) / rate.points_second for _, rate in buckets)
            )
            if drawn is not None:
                return drawn
            for bucket, of_bucket in zip(buckets, unused, strict=True):
                self._keep_unused(bucket, of_bucket)
        return self._draw_here(buckets, points)

    async def draw_in_time(self, buckets: Sequence[Bucket], points: int) -> None:
        """Draw the points from every bucket as they come in, waiting for as long as that takes; in parts, as whoever waits for much at
        once never gets it where others take little and often."""
        most = max(1, math.floor(min((min(rate.points_second, rate.capacity) for _, rate in buckets), default=0)))
        while buckets and points > 0:
            part = min(points, most)
            drawn = await self.draw(buckets, part)
            if drawn.seconds > 0:
                await asyncio.sleep(drawn.seconds)
            else:
                points -= part

    def settle(self, buckets: Sequence[Bucket], *, drawn: int, used: int) -> None:
        """Return what was drawn and not used, or take what was used beyond it: a bucket may be left with less than nothing, at
        the least as much as it holds when it is full, and fills up from there. Shared buckets learn of it with the next draw."""
        for bucket in buckets if drawn != used else ():
            if self._shared is not None:
                self._keep_unused(bucket, drawn - used)
            kept = self._levels.get(bucket.key)
            if kept is not None:
                capacity = bucket.rate.capacity
                self._levels[bucket.key] = max(-capacity, min(capacity, kept[0] + drawn - used)), kept[1]

    def _keep_unused(self, bucket: Bucket, points: float) -> None:
        """Keep for the next draw from the shared bucket what it does not know of."""
        if len(self._unused) >= BUCKETS_KEPT_MAX:
            self._unused.clear()
        self._unused[bucket.key] = self._unused.get(bucket.key, 0.0) + points

    def _draw_here(self, buckets: Sequence[Bucket], points: int) -> Drawn:
        now = self._clock()
        levels = [self._level(bucket, now) for bucket in buckets]
        seconds = max(
            (points - level) / bucket.rate.points_second for bucket, level in zip(buckets, levels, strict=True)
        )
        if seconds <= 0:
            levels = [level - points for level in levels]
        for bucket, level in zip(buckets, levels, strict=True):
            self._levels[bucket.key] = level, now
            self._levels.move_to_end(bucket.key)
        while len(self._levels) > BUCKETS_KEPT_MAX:
            self._levels.popitem(last=False)
        return Drawn(max(0.0, seconds), max(0, math.floor(min(levels))))

    def _level(self, bucket: Bucket, now: float) -> float:
        kept = self._levels.get(bucket.key)
        if kept is None:
            return bucket.rate.capacity
        level, at = kept
        return min(bucket.rate.capacity, level + (now - at) * bucket.rate.points_second)


def _drawn(answer: object, *, seconds_max: float) -> Drawn | None:
    """What the script answers; None for anything else."""
    if not isinstance(answer, list) or len(answer) != 2 or not all(isinstance(each, bytes) for each in answer):
        return None
    try:
        seconds, remaining = map(float, answer)
        # It rounds to a millionth.
        return Drawn(seconds, max(0, math.floor(remaining))) if 0 <= seconds <= seconds_max + 1 else None
    except (ValueError, OverflowError):
        return None


def _network(address: str) -> str:
    """The address, of version 6 the network that its owner has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, NETWORK_BITS_V6), strict=False).network_address)
    return str(parsed)
