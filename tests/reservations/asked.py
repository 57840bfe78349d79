"""Reserving and consuming over GraphQL, in a test's words: ``await reserve(graph, line("MUG", 4), orderId=order)``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import uuid4

from tests.graph import GraphClient

Fields: TypeAlias = Mapping[str, Any]

RESERVATION = "reservation { id status expiresAt lines { id requested reserved committed released backordered } }"
MOVEMENTS = "movements { kind quantity lot { code } serials variant { sku } }"
_ON_HAND = """
SELECT coalesce(sum(on_hand), 0) FROM balances JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
WHERE balances.tenant_id = $1 AND variants.sku = $2
"""


def line(sku: str, quantity: int | str, **more: Any) -> dict[str, Any]:
    """So much of an SKU that is wanted, was used, or comes back."""
    return {"sku": sku, "quantity": str(quantity), **more}


def reserved(*lines: Fields, **fields: Any) -> dict[str, Any]:
    """The input that asks for the lines in the default warehouse, for an order of its own unless one is named."""
    given = {"idempotencyKey": uuid4().hex, "lines": lines, "warehouse": {"code": "MAIN"}, **fields}
    return given if "reference" in given else {"orderId": str(uuid4()), **given}


def consumed(*lines: Fields, **fields: Any) -> dict[str, Any]:
    """The input that reports the lines as used in the default warehouse."""
    return {"idempotencyKey": uuid4().hex, "lines": lines, **fields}


async def reserve(graph: GraphClient, *lines: Fields, **fields: Any) -> dict[str, Any]:
    """The reservation of the lines."""
    payload = await graph.accepted("reserveStock", reserved(*lines, **fields), RESERVATION)
    reservation: dict[str, Any] = payload["reservation"]
    return reservation


async def step(graph: GraphClient, mutation: str, reservation: Fields, **fields: Any) -> dict[str, Any]:
    """The reservation after a step of it."""
    given = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"], **fields}
    payload = await graph.accepted(mutation, given, RESERVATION)
    after: dict[str, Any] = payload["reservation"]
    return after


async def consume(graph: GraphClient, *lines: Fields, **fields: Any) -> list[dict[str, Any]]:
    """The movements of the lines being used."""
    payload = await graph.accepted("consumeStock", consumed(*lines, **fields), MOVEMENTS)
    movements: list[dict[str, Any]] = payload["movements"]
    return movements


async def reverse(graph: GraphClient, *lines: Fields, **fields: Any) -> list[dict[str, Any]]:
    """The movements of the lines coming back; of everything without lines."""
    given = {"idempotencyKey": uuid4().hex, **({"lines": lines} if lines else {}), **fields}
    payload = await graph.accepted("reverseConsumption", given, MOVEMENTS)
    movements: list[dict[str, Any]] = payload["movements"]
    return movements


async def on_hand(graph: GraphClient, sku: str) -> Decimal:
    """How much of an SKU there is, in all warehouses."""
    async with graph.tenant.database.read(graph.tenant.actor) as tx:
        quantity: Decimal = await tx.raw.fetchval(_ON_HAND, tx.tenant_id, sku)
    return quantity
