"""Requests about periods: what is closed, long before anything else that a world records."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.given.worlds import World
from tests.operation import OWN, Arguments, mutation, query

BEGINNING = datetime(1950, 1, 1, tzinfo=UTC)


async def _newest(world: World) -> dict[str, Any] | None:
    found = (await world.graph("{ periods(first: 1) { nodes { id endsAt status } } }"))["periods"]["nodes"]
    return found[0] if found else None


async def _to_be_closed(world: World) -> Arguments:
    """The period that was reopened, or the hour after the last closed one."""
    newest = await _newest(world)
    end = BEGINNING
    if newest is not None:
        end = datetime.fromisoformat(newest["endsAt"]) + timedelta(hours=newest["status"] == "CLOSED")
    return {"idempotencyKey": world.key(), "endsAt": end.isoformat(), "note": world.text("Month")}


async def _to_be_reopened(world: World) -> Arguments:
    newest = await _newest(world)
    if newest is None or newest["status"] == "OPEN":
        await world.changed("closePeriod", await _to_be_closed(world))
        newest = await _newest(world)
    assert newest is not None
    return {"idempotencyKey": world.key(), "periodId": newest["id"], "reason": world.text("Late")}


PERIODS = (
    query("periods", lambda _: {"first": 5}, OWN),
    mutation("closePeriod", _to_be_closed, OWN),
    mutation("reopenPeriod", _to_be_reopened),
)
