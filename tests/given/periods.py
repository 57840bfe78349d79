"""Periods, closed and reopened by the requests that callers send."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

PERIOD = """period { id startsAt endsAt status movementCount note version closedAt closedBy value { amount currency }
  history { version kind at by reason balanceCount value { amount } } }"""

SEPTEMBER, OCTOBER, NOVEMBER = (datetime(2025, month, 1, tzinfo=UTC) for month in (9, 10, 11))
"""Where these months of the past begin."""


def text_of(instant: datetime) -> str:
    """The instant as the API writes it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def closing(ends_at: datetime, **fields: Any) -> dict[str, Any]:
    """What closes a period to that end."""
    return {"idempotencyKey": uuid4().hex, "endsAt": text_of(ends_at), **fields}


def reopening(period: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """What reopens the period."""
    return {"idempotencyKey": uuid4().hex, "periodId": period["id"], "reason": "A late invoice", **fields}


async def given_closed(
    graph: GraphClient, *ends: datetime, actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """Periods closed to these ends, one after the other; the last of them."""
    found: dict[str, Any] = {}
    for end in ends:
        found = (await graph.accepted("closePeriod", closing(end, **fields), PERIOD, actor=actor))["period"]
    return found


async def given_reopened(graph: GraphClient, period: Mapping[str, Any]) -> dict[str, Any]:
    """The period, open again."""
    found: dict[str, Any] = (await graph.accepted("reopenPeriod", reopening(period), PERIOD))["period"]
    return found


async def rows_written(tenant: GivenTenant) -> int:
    """How many rows say what a balance was at the end of a period, every revision of them."""
    async with tenant.database.read(tenant.actor) as tx:
        count: int = await tx.raw.fetchval("SELECT count(*) FROM period_balances WHERE tenant_id = $1", tx.tenant_id)
    return count
