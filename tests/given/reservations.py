"""Reservations, made and brought to their ends by the requests that callers send."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from inventory_graph.reservations.sweeping import SWEPT_MAX, sweep
from inventory_graph.stock.commands import SYSTEM
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient

LINE = "id lineReference requested reserved committed released backordered variant { sku }"
RESERVATION = (
    f"reservation {{ id status type version createdAt expiresAt resolvedAt warehouse {{ code }} lines {{ {LINE} }} }}"
)

_TO_THE_PAST = (
    "UPDATE reservations SET expires_at = clock_timestamp() - interval '1 second', pickup_until = CASE"
    " WHEN pickup_until IS NOT NULL THEN clock_timestamp() - interval '1 second' END WHERE tenant_id = $1 AND id = $2",
    "UPDATE holds SET expires_at = reservations.expires_at FROM reservations WHERE holds.tenant_id = $1"
    " AND holds.owner_id = $2 AND reservations.tenant_id = $1 AND reservations.id = $2",
    "UPDATE balances SET holds_expire_at = least(holds_expire_at, (SELECT min(expires_at) FROM holds"
    " WHERE holds.tenant_id = $1 AND holds.balance_id = balances.id)) WHERE tenant_id = $1 AND id IN"
    " (SELECT balance_id FROM holds WHERE tenant_id = $1 AND owner_id = $2)",
)


def wanted(sku: str, quantity: str | int, **more: Any) -> dict[str, Any]:
    """A line that asks for so much of an SKU."""
    return {"sku": sku, "quantity": str(quantity), **more}


async def given_reservation(
    graph: GraphClient, *lines: dict[str, Any], select: str = RESERVATION, actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The lines held in the default warehouse, unless the fields name another place; each call is its own owner unless they
    name one."""
    given = {"idempotencyKey": uuid4().hex, "lines": list(lines), **fields}
    if "warehouse" not in given and "outletId" not in given:
        given["outletId"] = str(graph.tenant.outlet_id)
    found: dict[str, Any] = (await graph.accepted("reserveStock", given, select, actor=actor))["reservation"]
    return found


async def given_step(
    graph: GraphClient,
    verb: str,
    reservation: dict[str, Any],
    *,
    select: str = RESERVATION,
    actor: Actor | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """The reservation after one of its verbs: extendReservation, commitReservation, releaseReservation …"""
    given = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"], **fields}
    found: dict[str, Any] = (await graph.accepted(verb, given, select, actor=actor))["reservation"]
    return found


async def given_time_passed(tenant: GivenTenant, reservation: dict[str, Any]) -> None:
    """The end of a reservation come a second ago, without the waiting; no sweeper has been there."""
    async with tenant.database.transaction(tenant.actor) as tx:
        for statement in _TO_THE_PAST:
            await tx.raw.execute(statement, tenant.id, reservation["id"])


async def given_swept(tenant: GivenTenant, *, limit: int = SWEPT_MAX) -> int:
    """The sweeper come by, as the worker runs it for one tenant; answers how many reservations it ended."""
    return await tenant.database.write(replace(tenant.actor, subject=SYSTEM), lambda tx: sweep(tx, limit=limit))
