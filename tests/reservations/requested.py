"""What tests of reservations ask for: one request at a time, each in a transaction of its own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from inventory_graph.reservations.batch import handle, handle_one
from inventory_graph.reservations.records import ReservationAnswer, ReservationLineRecord, ReservationRecord
from inventory_graph.reservations.requests import (
    AnyRequest,
    Commit,
    ConsumeLine,
    ConsumeStock,
    Reserve,
    ReserveLine,
    ReverseConsumption,
)
from inventory_graph.stock import answers
from inventory_graph.stock.service import Place
from tests.given.tenants import GivenTenant

_ON_HAND = """
SELECT coalesce(sum(on_hand), 0) FROM balances JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
WHERE balances.tenant_id = $1 AND variants.sku = $2
"""


def line(sku: str, quantity: str, **more: Any) -> ReserveLine:
    """So much of an SKU that is wanted."""
    return ReserveLine(sku=sku, quantity=Decimal(quantity), **more)


def used(sku: str, quantity: str, **more: Any) -> ConsumeLine:
    """So much of an SKU that was used."""
    return ConsumeLine(sku=sku, quantity=Decimal(quantity), **more)


async def ask(tenant: GivenTenant, request: AnyRequest) -> Any:
    """What came of the request; raises its refusal."""
    return await tenant.database.write(tenant.actor, lambda tx: handle_one(tx, request=request))


async def ask_all(tenant: GivenTenant, *requests: AnyRequest) -> list[Any]:
    """What came of the requests, asked in one transaction; a refusal is an answer."""
    return await tenant.database.write(tenant.actor, lambda tx: handle(tx, requests))


async def reserve(tenant: GivenTenant, *lines: ReserveLine, **more: Any) -> ReservationRecord:
    """The lines held in the default warehouse unless told otherwise, for an order of its own unless one is named."""
    values: dict[str, Any] = {"actor": tenant.actor, "place": Place(), "idempotency_key": uuid4().hex, **more}
    if "reference" not in more:
        values.setdefault("order_id", uuid4())
    answer = await ask(tenant, Reserve(lines=lines, **values))
    assert isinstance(answer, ReservationAnswer)
    return answer.reservation


async def commit(
    tenant: GivenTenant, reservation: ReservationRecord, *parts: tuple[UUID, str], **more: Any
) -> ReservationRecord:
    """What is held issued, or so much of some lines."""
    lines = tuple((line_id, Decimal(quantity)) for line_id, quantity in parts)
    request = Commit(
        actor=tenant.actor, idempotency_key=uuid4().hex, reservation_id=reservation.id, lines=lines, **more
    )
    answer = await ask(tenant, request)
    assert isinstance(answer, ReservationAnswer)
    return answer.reservation


async def consume(tenant: GivenTenant, *lines: ConsumeLine, **more: Any) -> answers.Answer:
    """The lines reported as used, in the default warehouse unless told otherwise."""
    values: dict[str, Any] = {"actor": tenant.actor, "idempotency_key": uuid4().hex, **more}
    answer = await ask(tenant, ConsumeStock(lines=lines, **values))
    assert isinstance(answer, answers.Answer)
    return answer


async def reverse(tenant: GivenTenant, *lines: tuple[str, str], **more: Any) -> answers.Answer:
    """So much of each SKU taken back, everything without lines."""
    request = ReverseConsumption(
        actor=tenant.actor, idempotency_key=uuid4().hex,
        lines=tuple((sku, Decimal(quantity)) for sku, quantity in lines), **more,
    )  # fmt: skip
    answer = await ask(tenant, request)
    assert isinstance(answer, answers.Answer)
    return answer


async def on_hand(tenant: GivenTenant, sku: str) -> Decimal:
    """How much of an SKU there is, in all warehouses."""
    async with tenant.database.read(tenant.actor) as tx:
        quantity: Decimal = await tx.raw.fetchval(_ON_HAND, tx.tenant_id, sku)
    return quantity


def quantities(lines: Sequence[ReservationLineRecord] | None) -> list[tuple[str, ...]]:
    """Of each line what was asked, is held, was issued and waits."""
    return [
        tuple(f"{each.normalize():f}" for each in (line.requested, line.reserved, line.committed, line.backordered))
        for line in lines or ()
    ]
