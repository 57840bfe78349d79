"""Requests about transfers: what goes from one warehouse to another."""

from typing import Any

from tests.given.worlds import World
from tests.operation import OWN, Arguments, mutation, query


def _transfer(world: World) -> dict[str, Any]:
    return {
        "fromWarehouse": {"id": world.ids["warehouse"]}, "toWarehouse": {"id": world.ids["store"]},
        "lines": [{"sku": world.code("BREAD"), "quantity": "2"}],
    }  # fmt: skip


async def _of_a_new_transfer(world: World, *steps: str, **fields: Any) -> Arguments:
    """A step of a transfer that has taken these steps."""
    select = "transfer { id lines { nodes { id } } }"
    made = (await world.graph.accepted("createTransfer", _transfer(world), select))["transfer"]
    world.ids["new line"] = made["lines"]["nodes"][0]["id"]
    # What leaves has come for it: whoever asks a thousand times finds it a thousand times.
    line = {"sku": world.code("BREAD"), "quantity": "2"}
    await world.changed("receiveStock", {"idempotencyKey": world.key(), "lines": [line]})
    for step in steps:
        key = {"idempotencyKey": world.key()} if step == "ship" else {}
        await world.changed(f"{step}Transfer", {"transferId": made["id"], **key})
    return {
        "transferId": made["id"], "expectedVersion": 1 + len(steps), "reason": world.text("Wanted"),
        "idempotencyKey": world.key(), **fields,
    }  # fmt: skip


async def _changed(world: World) -> Arguments:
    given = await _of_a_new_transfer(world)
    del given["reason"]
    line = {"variantId": world.ids["BREAD variant"], "quantity": "3", "unit": "PIECE"}
    return {
        **given, "lines": [line], "expectedAt": "2999-01-01T00:00:00Z", "reference": world.text("List"),
        "note": world.text("Before noon"),
    }  # fmt: skip


async def _shipped(world: World) -> Arguments:
    given = await _of_a_new_transfer(world, "approve", remainder="KEEP", expectedAt="2999-01-01T00:00:00Z")
    return {**given, "lines": [{"lineId": world.ids["new line"], "quantity": "1"}]}


async def _received(world: World) -> Arguments:
    given = await _of_a_new_transfer(world, "approve", "ship")
    line = {
        "lineId": world.ids["new line"], "quantity": "1", "condition": "QUARANTINED", "reason": "OTHER",
        "note": world.text("Wet"),
    }  # fmt: skip
    return {**given, "lines": [line]}


async def _lost(world: World) -> Arguments:
    given = await _of_a_new_transfer(world, "approve", "ship", reason="LOST", note=world.text("Gone"))
    return {**given, "lines": [{"lineId": world.ids["new line"], "quantity": "1"}]}


TRANSFERS = (
    query("transfer", lambda w: {"id": w.ids["transfer"]}),
    query("transfer", lambda _: {"number": "TR-000001"}, OWN, label="by its number"),
    query("transfers", lambda _: {"first": 5}, OWN),
    query(
        "transfers",
        lambda w: {
            "filter": {
                "status": ["DRAFT", "PARTIALLY_RECEIVED"], "fromWarehouseId": w.ids["warehouse"], "toWarehouseId": w.ids["store"],
                "variantId": w.ids["BREAD variant"], "number": "TR-000001", "reference": w.text("List"),
                "expectedBefore": "2999-01-01T00:00:00Z", "createdSince": "2025-01-01T00:00:00Z",
                "createdBefore": "2999-01-01T00:00:00Z",
            },
        },
        label="filtered",
    ),
    mutation(
        "createTransfer",
        lambda w: {
            **_transfer(w), "expectedAt": "2999-01-01T00:00:00Z", "reference": w.text("List"), "note": w.text("Before noon"),
            "idempotencyKey": w.key(),
        },
    ),
    mutation("updateTransfer", _changed),
    mutation("submitTransfer", _of_a_new_transfer),
    mutation("approveTransfer", lambda w: _of_a_new_transfer(w, "submit")),
    mutation("rejectTransfer", lambda w: _of_a_new_transfer(w, "submit")),
    mutation("shipTransfer", _shipped),
    mutation("receiveTransfer", _received),
    mutation("reportTransferLoss", _lost),
    mutation("cancelTransfer", lambda w: _of_a_new_transfer(w, "approve", "ship")),
)  # fmt: skip
