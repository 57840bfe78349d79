"""What a tenant's transactions have emitted."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select

from inventory_graph.outbox import OutboxRow
from tests.given.tenants import GivenTenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """One event of the outbox."""

    type: str
    aggregate_type: str
    aggregate_id: UUID
    aggregate_version: int | None
    payload: dict[str, Any]


_COLUMNS = (
    OutboxRow.type,
    OutboxRow.aggregate_type,
    OutboxRow.aggregate_id,
    OutboxRow.aggregate_version,
    OutboxRow.payload,
)


async def emitted(tenant: GivenTenant, *types: str) -> list[Emitted]:
    """The events of the tenant since it was given, or since ``forget_emitted``: all, or those of the types."""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.rows(
            select(*_COLUMNS)
            .where(OutboxRow.tenant_id == tenant.id, OutboxRow.id > tenant.last_event_id)
            .order_by(OutboxRow.id)
        )
    # The payload is kept as the text that was written.
    events = [Emitted(**{**dict(row), "payload": orjson.loads(row["payload"])}) for row in rows]
    return [event for event in events if not types or event.type in types]


async def forget_emitted(tenant: GivenTenant) -> None:
    """Leave out of ``emitted`` what came before, so that a test sees what its act alone did."""
    async with tenant.database.read(tenant.actor) as tx:
        newest = await tx.value(select(func.max(OutboxRow.id)).where(OutboxRow.tenant_id == tenant.id))
    tenant.last_event_id = newest or 0


async def assert_nothing_emitted(tenant: GivenTenant) -> None:
    """Nothing left the tenant's transactions since it was given, or since ``forget_emitted``."""
    events = await emitted(tenant)
    assert not events, f"emitted: {', '.join(event.type for event in events)}"
