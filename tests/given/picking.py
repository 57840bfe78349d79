"""Waves of picking, put together and walked by the requests that callers send."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.given.reservations import given_reservation, wanted
from tests.given.tenants import GivenTenant
from tests.given.transfers import given_transfer, going
from tests.graph import GraphClient
from tests.rows import unchanged

TASK = """id position status source reservationId transferId quantity picked short shortReason serials pickedSerials pickedBy
  variant { sku } location { path } lot { code }"""
WAVE = f"""pickWave {{ id number status zone pickerId version completedAt warehouse {{ code }}
  progress {{ total toPick picked short withdrawn }} tasks(first: 100) {{ nodes {{ {TASK} }} }} }}"""
MOVES_STOCK = ("pickTasks", "shipPickWave")


async def given_wave(graph: GraphClient, *, status: str = "DRAFT", **fields: Any) -> dict[str, Any]:
    """A wave of MAIN, of all that is due unless the fields say of what, moved on to the state."""
    wave: dict[str, Any] = (await graph.accepted("createPickWave", {"warehouse": {"code": "MAIN"}, **fields}, WAVE))[
        "pickWave"
    ]
    if status in ("DRAFT", "CANCELLED"):
        return wave if status == "DRAFT" else await wave_step(graph, "cancelPickWave", wave)
    wave = await wave_step(graph, "releasePickWave", wave)
    if status == "RELEASED":
        return wave
    tasks = wave["tasks"]["nodes"]
    if status == "PICKING":
        return await picked(graph, wave, took(tasks[0]))
    wave = await picked(graph, wave, *map(took, tasks))
    for state, step in (("PACKED", "packPickWave"), ("SHIPPED", "shipPickWave")):
        if status in (state, "SHIPPED"):
            wave = await wave_step(graph, step, wave)
    return wave


def took(task: Mapping[str, Any], quantity: int | str | None = None, **more: Any) -> dict[str, Any]:
    """So much of a task taken, all of it for None, with its lot scanned where it is of one."""
    given: dict[str, Any] = {"taskId": task["id"], **more}
    if quantity is not None:
        given["quantity"] = str(quantity)
    if task["lot"] is not None:
        given.setdefault("scannedLotCode", task["lot"]["code"])
    return given


def wave_input(step: str, wave: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """What a step of the wave is given, with a key of its own where it moves stock."""
    key = {"idempotencyKey": uuid4().hex} if step in MOVES_STOCK else {}
    return {"waveId": wave["id"], **key, **fields}


async def wave_step(
    graph: GraphClient, step: str, wave: Mapping[str, Any], *, actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """The wave after a step of it, such as ``releasePickWave``."""
    payload = await graph.accepted(step, wave_input(step, wave, **fields), WAVE, actor=actor)
    after: dict[str, Any] = payload["pickWave"]
    return after


async def picked(
    graph: GraphClient, wave: Mapping[str, Any], *picks: dict[str, Any], actor: Actor | None = None
) -> dict[str, Any]:
    """The wave after these picks."""
    return await wave_step(graph, "pickTasks", wave, picks=list(picks), actor=actor)


async def refused_step(
    graph: GraphClient, step: str, wave: Mapping[str, Any], *, actor: Actor | None = None, **fields: Any
) -> dict[str, Any]:
    """Why a step of the wave is refused, which left nothing behind."""
    async with unchanged(graph.tenant):
        return await graph.refusal(step, wave_input(step, wave, **fields), actor=actor)


async def wave_now(graph: GraphClient, wave: Mapping[str, Any], select: str = WAVE) -> dict[str, Any]:
    """The wave as the query answers it."""
    fields = select.removeprefix("pickWave")
    data = await graph(f"query($id: ID!) {{ pickWave(id: $id) {fields} }}", {"id": wave["id"]})
    found: dict[str, Any] = data["pickWave"]
    return found


def tasks_of(wave: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tasks of a wave as it was answered."""
    found: list[dict[str, Any]] = wave["tasks"]["nodes"]
    return found


async def given_both(graph: GraphClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """A reservation of 3 TEA in MAIN, and a transfer of 2 from there to STORE that is approved."""
    reservation = await given_reservation(graph, wanted("TEA", 3))
    return reservation, await given_transfer(graph, going("TEA", 2), status="APPROVED")


async def stock_at(tenant: GivenTenant, sku: str) -> dict[tuple[str, str, str], str]:
    """How much of an SKU lies where, by (location, lot, state), '' for none."""
    statement = """SELECT coalesce(locations.code, '') AS location, coalesce(lots.code, '') AS lot, quants.state,
      trim_scale(sum(quants.quantity))::text AS quantity
    FROM quants JOIN balances ON balances.tenant_id = $1 AND balances.id = quants.balance_id
    JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id AND variants.sku = $2
    LEFT JOIN locations ON locations.tenant_id = $1 AND locations.id = quants.location_id
    LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = quants.lot_id
    WHERE quants.tenant_id = $1 AND quants.quantity > 0 AND balances.warehouse_id = $3 GROUP BY 1, 2, 3"""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch(statement, tenant.id, sku, tenant.warehouse_id)
    return {(row["location"], row["lot"], row["state"]): row["quantity"] for row in rows}
