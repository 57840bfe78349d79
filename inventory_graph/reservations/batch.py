"""Many requests in one transaction: each has its own answer, its own actor, and cannot take its neighbours down.

Names are looked up together, documents locked in the order of their ids and then balances in theirs; each request is decided
in turn on what those before it left, in memory; everything is written together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from inventory_graph import idempotency
from inventory_graph.db import Transaction, meanwhile
from inventory_graph.errors import InventoryError, Refusal
from inventory_graph.outbox import Event, current_traceparent, emit_rows, made_by, rows_of
from inventory_graph.reservations import consuming, parting, requests, reserving, resolving, statements
from inventory_graph.reservations.documents import Documents, lock_documents, write_documents
from inventory_graph.reservations.events import ConsumedItem, ConsumptionReversed, StockConsumed, event_of
from inventory_graph.reservations.naming import look_up
from inventory_graph.reservations.prepared import (
    Prepared,
    PreparedConsume,
    PreparedReserve,
    PreparedReverse,
    PreparedStep,
    keys_of,
)
from inventory_graph.reservations.preparing import prepare
from inventory_graph.reservations.reaching import check_reach
from inventory_graph.reservations.records import ReservationAnswer, from_json, record_of, to_json
from inventory_graph.reservations.refusals import ReservationUnknown
from inventory_graph.reservations.requests import AnyRequest
from inventory_graph.reservations.state import Consumption, Reservation, World
from inventory_graph.stock import answers
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import BalanceKey, Consume, Line, LotReference, ReturnConsumed, TakeHold
from inventory_graph.stock.posting import open_book

Answer: TypeAlias = ReservationAnswer | answers.Answer
Outcome: TypeAlias = Answer | InventoryError


@dataclass(slots=True)
class _Case:
    """One request of the batch on its way to its answer. ``claim`` is its key with what it asked, as JSON has it."""

    request: AnyRequest
    claim: idempotency.Claim | None
    prepared: Prepared | None = None
    outcome: Outcome | None = None
    recorded: Any = None


async def handle(tx: Transaction, asked: Sequence[AnyRequest]) -> list[Outcome]:
    """Do what is asked, in its order; for each what came of it.

    What a request does was made by the operation that asked for it. What follows from all together was made by none of several.
    """
    operations = {request.traceparent for request in asked}
    with made_by(operations.pop() if len(operations) == 1 else None):
        return await _handle(tx, asked)


async def _handle(tx: Transaction, asked: Sequence[AnyRequest]) -> list[Outcome]:
    cases = [_case(request) for request in asked]
    await _replay(tx, cases)
    await _prepare(tx, [case for case in cases if case.outcome is None])
    waiting = [case for case in cases if case.prepared is not None]
    if waiting:
        await _decide(tx, waiting)
        # The same request may have been accepted elsewhere while this one waited for the locks: its own effect refuses it now.
        await _replay(tx, [case for case in waiting if isinstance(case.outcome, Refusal)])
    return [case.outcome or Refusal("The request had no outcome.") for case in cases]


async def handle_one(tx: Transaction, *, request: AnyRequest) -> Answer:
    """``handle`` for one request; raises its refusal."""
    (outcome,) = await handle(tx, [request])
    if isinstance(outcome, InventoryError):
        raise outcome
    return outcome


def _case(request: AnyRequest) -> _Case:
    if request.idempotency_key is None:
        return _Case(request, None)
    try:
        return _Case(
            request,
            idempotency.claim_of(request.operation, request.idempotency_key, request.arguments()),
        )
    except Refusal as refusal:
        return _Case(request, None, outcome=refusal)


async def _replay(tx: Transaction, cases: Sequence[_Case]) -> None:
    """What was asked before with the same key is answered as it was."""
    claims = [case.claim for case in cases if case.claim is not None]
    found = await idempotency.find(tx, claims=claims) if claims else {}
    for case in cases:
        if case.claim is not None and case.claim.identity in found:
            case.outcome = _replayed(case, found[case.claim.identity])


def _replayed(case: _Case, recorded: idempotency.Recorded) -> Outcome:
    assert case.claim is not None  # noqa: S101 - only called for a request with a key
    try:
        answer = idempotency.compare(case.claim, recorded)
    except Refusal as refusal:
        return refusal
    if isinstance(case.request, requests.ConsumeStock | requests.ReverseConsumption):
        return answers.from_record(answer, replayed=True)
    return from_json(answer, replayed=True)


async def _prepare(tx: Transaction, cases: Sequence[_Case]) -> None:
    if not cases:
        return
    names = await look_up(tx, [case.request for case in cases])
    now = await tx.raw.fetchval("SELECT clock_timestamp()")
    for case in cases:
        try:
            case.prepared = prepare(case.request, names, now=now)
        except Refusal as refusal:
            case.outcome = refusal


async def _decide(tx: Transaction, cases: Sequence[_Case]) -> None:
    prepared = [case.prepared for case in cases if case.prepared is not None]
    documents = await _documents(tx, prepared)
    keys = await _keys(tx, prepared, documents)
    book = await open_book(
        tx,
        keys,
        lines=[line for each in prepared for line in _expected(each, documents)],
        owner_ids=documents.reservations.keys(),
        moves_value=any(
            isinstance(each, PreparedStep) and isinstance(each.request, requests.Commit | requests.CommitHolds)
            for each in prepared
        ),
    )
    world = World(
        state=book.state,
        now=book.now,
        post=book.post,
        reservations=documents.reservations,
        consumptions=documents.consumptions,
    )
    events: list[Event] = []
    traceparents: list[str | None] = []
    answered: dict[tuple[str, str], _Case] = {}
    with made_by(None):
        for case in cases:
            current_traceparent.set(case.request.traceparent)
            _decide_case(tx, world, case, answered, events)
            traceparents += [case.request.traceparent] * (len(events) - len(traceparents))
    _, rows = await meanwhile(write_documents(tx, world), lambda: rows_of(events))
    await emit_rows(tx, rows, traceparents=traceparents if any(traceparents) else None)
    await book.write()
    await idempotency.record(tx, answers=[(each.claim, each.recorded) for each in answered.values() if each.claim])


def _decide_case(
    tx: Transaction, world: World, case: _Case, answered: dict[tuple[str, str], _Case], events: list[Event]
) -> None:
    """One request, on what those before it left. The same key twice makes the second a replay."""
    if case.claim is not None and (first := answered.get(case.claim.identity)) is not None and first.claim is not None:
        case.outcome = _replayed(case, idempotency.Recorded(first.claim.arguments, first.recorded))
        return
    done: Reservation | Posted | None = None
    try:
        done = _do(world, case)
    except Refusal as refusal:
        case.outcome = refusal
    # Also of what had to end before the request could be refused.
    deducted = world.new_consumptions()
    events += [event_of(tx.tenant_id, reservation, step) for reservation, step in world.new_steps()]
    if done is None:
        return
    if isinstance(done, Reservation):
        record = record_of(done)
        case.outcome, case.recorded = ReservationAnswer(reservation=record), to_json(record)
    else:
        answer = answers.of(done, currency=tx.actor.currency)
        case.outcome, case.recorded = answer, answers.to_record(answer)
        events.append(_told(tx.tenant_id, world, case, done, deducted))
    if case.claim is not None:
        answered[case.claim.identity] = case


def _do(world: World, case: _Case) -> Reservation | Posted:
    prepared = case.prepared
    if prepared is not None:
        check_reach(world, prepared, case.request.actor)
    match prepared:
        case PreparedReserve():
            return reserving.reserve(world, prepared)
        case PreparedConsume():
            return consuming.consume(world, prepared)
        case PreparedReverse():
            return consuming.reverse(world, prepared)
        case PreparedStep(request=request):
            if isinstance(request, requests.CommitHolds | requests.GiveBackHolds):
                return parting.resolve_holds(world, prepared, request)
            return _step(world, prepared, request)
        case None:
            raise AssertionError("only prepared requests are decided")


def _step(world: World, prepared: PreparedStep, request: requests.OfWhole) -> Reservation:
    match request:
        case requests.Extend():
            return resolving.extend(world, prepared, request)
        case requests.Commit():
            return resolving.commit_held(world, prepared, request)
        case requests.Release() | requests.MarkNoShow():
            return resolving.release(world, prepared, request)
        case requests.MarkReady():
            return resolving.mark_ready(world, prepared)
        case requests.Assign():
            return resolving.assign(world, prepared, request)
        case requests.Expire():
            reservation = world.reservations.get(request.reservation_id)
            if reservation is None:
                raise ReservationUnknown("There is no reservation with this id.", path=("reservation_id",))
            resolving.expire(world, reservation, command_id=prepared.command_id)
            return reservation


def _consumed(prepared: PreparedConsume, deducted: Sequence[Consumption]) -> tuple[ConsumedItem, ...]:
    """What was really deducted of each variant: not what the order had had already, nor what was not there."""
    skus = {line.variant_id: line.sku for line in prepared.lines}
    totals = dict.fromkeys((each.variant_id for each in deducted), Decimal(0))
    for each in deducted:
        totals[each.variant_id] += each.deducted
    return tuple(ConsumedItem(skus[variant_id], variant_id, total) for variant_id, total in totals.items() if total)


def _told(tenant_id: UUID, world: World, case: _Case, posted: Posted, deducted: Sequence[Consumption]) -> Event:
    """What a consumption or its reversal tells."""
    request = case.request
    if isinstance(request, requests.ConsumeStock) and isinstance(case.prepared, PreparedConsume):
        return StockConsumed(
            aggregate_id=posted.command.id, tenant_id=tenant_id, order_id=request.order_id, reference=request.reference,
            reason=request.reason,
            items=_consumed(case.prepared, deducted),
            consumed_at=request.occurred_at or world.now, recorded_by=request.actor.subject,
        )  # fmt: skip
    assert isinstance(request, requests.ReverseConsumption)  # noqa: S101 - there is no third
    return ConsumptionReversed(
        aggregate_id=posted.command.id, tenant_id=tenant_id, order_id=request.order_id,
        scope=case.prepared.scope if isinstance(case.prepared, PreparedReverse) else "",
        lines_count=len(posted.movements),
        total_cost_reversed=sum((movement.value_change for movement in posted.movements), Decimal(0)),
        reason=request.reason, reversed_at=world.now, recorded_by=request.actor.subject,
    )  # fmt: skip


async def _documents(tx: Transaction, prepared: Sequence[Prepared]) -> Documents:
    ids: set[UUID] = set()
    owners: set[str] = set()
    scopes: set[str] = set()
    for each in prepared:
        match each:
            case PreparedReserve():
                if not each.owner.startswith("call:"):
                    owners.add(each.owner)
            case PreparedConsume():
                if not each.scope.startswith("call:"):
                    owners.add(each.scope)
                    scopes.add(each.scope)
            case PreparedReverse():
                scopes.add(each.scope)
            case PreparedStep(request=request):
                ids.add(request.reservation_id)
                if isinstance(request, requests.Assign):
                    owners.add(f"order:{request.order_id}")
    return await lock_documents(tx, ids=ids, owners=owners, scopes=scopes)


async def _keys(tx: Transaction, prepared: Sequence[Prepared], documents: Documents) -> set[BalanceKey]:
    """The balances to lock. Of warehouses that nobody named only those that have a balance: the others have nothing to give."""
    keys = set(documents.held)
    maybe: set[BalanceKey] = set()
    for each in prepared:
        if isinstance(each, PreparedReserve | PreparedConsume):
            several = isinstance(each, PreparedReserve) and len(each.sites) > 1
            (maybe if several else keys).update(keys_of(each))
        elif isinstance(each, PreparedReverse):
            keys |= {
                (component.variant_id, component.warehouse_id)
                for consumption in documents.consumptions.get(each.scope, ())
                for component in consumption.components
            }
    maybe -= keys
    if maybe:
        pairs = sorted(maybe)
        rows = await tx.raw.fetch(
            statements.EXISTING_BALANCES, tx.tenant_id, [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        )
        keys |= {(row["variant_id"], row["warehouse_id"]) for row in rows}
    return keys


def _expected(prepared: Prepared, documents: Documents) -> list[Line]:
    """Lines like those that a decision may come to: from them the book knows which lots and pieces to look at."""
    if isinstance(prepared, PreparedReverse):
        return [
            ReturnConsumed(
                variant_id=component.variant_id, warehouse_id=component.warehouse_id, quantity=component.quantity,
                location_id=component.location_id, lot_id=component.lot_id, serials=component.serials,
            )
            for consumption in documents.consumptions.get(prepared.scope, ())
            for component in consumption.components
        ]  # fmt: skip
    if isinstance(prepared, PreparedStep):
        return []
    sites = prepared.sites if isinstance(prepared, PreparedReserve) else (prepared.site,)
    lines: list[Line] = []
    for wanted in prepared.lines:
        lot = LotReference(code=wanted.lot_code) if wanted.lot_code is not None else None
        for need in wanted.needs:
            quantity = need.of(wanted.quantity)
            for site in sites:
                if isinstance(prepared, PreparedReserve):
                    line: Line = TakeHold(
                        variant_id=need.variant_id, warehouse_id=site.warehouse_id, quantity=quantity,
                        owner_id=prepared.reservation_id, line_id=wanted.id, lot=lot, serials=wanted.serials,
                    )  # fmt: skip
                else:
                    line = Consume(
                        variant_id=need.variant_id, warehouse_id=site.warehouse_id, quantity=quantity, lot=lot,
                        serials=wanted.serials,
                    )  # fmt: skip
                lines.append(line)
    return lines
