"""Requests about picking, and about what logistics tells of transfers."""

from typing import Any

from tests.given.worlds import World
from tests.operation import OWN, Arguments, mutation, query


async def _leaving(world: World) -> str:
    """The id of a new transfer that is approved."""
    line = {"sku": world.code("BREAD"), "quantity": "2"}
    # What leaves has come for it: whoever asks a thousand times finds it a thousand times.
    await world.changed("receiveStock", {"idempotencyKey": world.key(), "lines": [line]})
    ends = {"fromWarehouse": {"id": world.ids["warehouse"]}, "toWarehouse": {"id": world.ids["store"]}}
    transfer = await world.made("createTransfer", {**ends, "lines": [line]}, "transfer")
    await world.changed("approveTransfer", {"transferId": transfer})
    return transfer


async def _wave(world: World, **fields: Any) -> Arguments:
    """A wave of a new transfer."""
    return {
        "warehouse": {"id": world.ids["warehouse"]}, "transferIds": [await _leaving(world)], "maximumTasks": 5,
        "idempotencyKey": world.key(), **fields,
    }  # fmt: skip


async def _of_a_new_wave(world: World, *, is_walked: bool = False, is_picked: bool = False, **fields: Any) -> Arguments:
    """A step of a wave that has come so far."""
    select = "pickWave { id version tasks { nodes { id transferId } } }"
    made = (await world.graph.accepted("createPickWave", await _wave(world), select))["pickWave"]
    world.ids["new task"] = made["tasks"]["nodes"][0]["id"]
    world.ids["new document"] = made["tasks"]["nodes"][0]["transferId"]
    if is_walked or is_picked:
        await world.changed("releasePickWave", {"waveId": made["id"]})
        made["version"] += 1
    if is_picked:
        picks = [{"taskId": task["id"]} for task in made["tasks"]["nodes"]]
        await world.changed("pickTasks", {"waveId": made["id"], "idempotencyKey": world.key(), "picks": picks})
        made["version"] += 2
    return {"waveId": made["id"], "expectedVersion": made["version"], "idempotencyKey": world.key(), **fields}


async def _picked(world: World) -> Arguments:
    given = await _of_a_new_wave(world, is_walked=True)
    pick = {"taskId": world.ids["new task"], "quantity": "1", "shortReason": "NOT_FOUND", "remainder": "RELEASE"}
    return {**given, "picks": [pick]}


async def _packed(world: World) -> Arguments:
    given = await _of_a_new_wave(world, is_picked=True)
    return {**given, "documentIds": [world.ids["new document"]]}


PICKING = (
    query("pickWave", lambda w: {"id": w.ids["pick wave"]}),
    query("pickWave", lambda _: {"number": "PW-000001"}, OWN, label="by its number"),
    query("pickWaves", lambda _: {"first": 5}, OWN),
    query(
        "pickWaves",
        lambda w: {
            "filter": {
                "status": ["DRAFT", "PICKING"], "warehouseId": w.ids["warehouse"], "pickerId": w.text("Mary"),
                "transferId": w.ids["picked transfer"], "createdSince": "2025-01-01T00:00:00Z",
                "createdBefore": "2999-01-01T00:00:00Z",
            },
        },
        label="filtered",
    ),
    query("tasksToPick", lambda w: {"pickerId": w.text("Mary"), "first": 5}),
    mutation("createPickWave", lambda w: _wave(w, pickerId=w.text("Mary"), scheduledAt="2999-01-01T00:00:00Z")),
    mutation("assignPickWave", lambda w: _of_a_new_wave(w, pickerId=w.text("Mary"))),
    mutation("releasePickWave", _of_a_new_wave),
    mutation("pickTasks", _picked),
    mutation("packPickWave", _packed),
    mutation("shipPickWave", lambda w: _of_a_new_wave(w, is_picked=True, remainder="RELEASE")),
    mutation("cancelPickWave", lambda w: _of_a_new_wave(w, reason=w.text("Rain"))),
    mutation(
        "recordTransferDelivery",
        lambda w: {
            "transferId": w.ids["transfer"], "taskId": w.text("Task"), "status": "EN_ROUTE", "occurredAt": "2026-01-01T00:00:00Z",
            "carrier": w.text("Boda"), "trackingCode": w.text("BX-1"), "note": w.text("Blue bike"), "idempotencyKey": w.key(),
        },
    ),
)  # fmt: skip
