"""Reservations and consumption in the database: locked in the order of their ids, read and written set-based."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg

from inventory_graph.arrays import shared
from inventory_graph.db import LostRace, Record, Transaction
from inventory_graph.reservations import statements
from inventory_graph.reservations.state import ITSELF, Component, Consumption, Line, Need, Reservation, World
from inventory_graph.stock.commands import BalanceKey
from inventory_graph.stock.loading import columns
from inventory_graph.stock.statements import SERIAL_SEPARATOR

LEAVES = "leaves"


@dataclass(slots=True, kw_only=True)
class Documents:
    """What was locked, and the balances of what the reservations still hold."""

    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    consumptions: dict[str, list[Consumption]] = field(default_factory=dict)
    held: set[BalanceKey] = field(default_factory=set)


async def lock_documents(
    tx: Transaction, *, ids: Collection[UUID] = (), owners: Collection[str] = (), scopes: Collection[str] = ()
) -> Documents:
    """The reservations with these ids and the live ones of these owners, then what the scopes have consumed."""
    documents = Documents()
    if ids or owners:
        rows = await tx.raw.fetch(statements.LOCK_RESERVATIONS, tx.tenant_id, list(ids), list(owners))
        documents.reservations = await read_reservations(tx, rows)
        if documents.reservations:
            held = await tx.raw.fetch(statements.HELD_BALANCES, tx.tenant_id, list(documents.reservations))
            documents.held = {(row["variant_id"], row["warehouse_id"]) for row in held}
    if scopes:
        documents.consumptions = await _lock_consumptions(tx, scopes)
    return documents


async def read_reservations(tx: Transaction, rows: Collection[Record]) -> dict[UUID, Reservation]:
    """The reservations of the rows, with their lines."""
    found = {row["id"]: Reservation(**row) for row in rows}
    if found:
        for row in await tx.raw.fetch(statements.LINES, tx.tenant_id, list(found)):
            found[row["reservation_id"]].lines.append(_line(row))
    return found


def _line(row: Record) -> Line:
    values = dict(row)
    del values["reservation_id"]
    needs = values.pop("needs")
    return Line(**values, needs=_needs_of(row["variant_id"], needs))


def _needs_of(variant_id: UUID, stored: dict[str, Any] | None) -> tuple[Need, ...]:
    if stored is None:
        return (Need(variant_id, ITSELF),)
    return tuple(
        Need(UUID(leaf), Fraction(int(numerator), int(denominator)), is_optional)
        for leaf, numerator, denominator, is_optional in stored[LEAVES]
    )


def _stored_needs(line: Line) -> dict[str, Any] | None:
    if line.needs == ((line.variant_id, ITSELF, False),):
        return None
    leaves = [
        [str(need.variant_id), str(need.quantity.numerator), str(need.quantity.denominator), need.is_optional]
        for need in line.needs
    ]
    return {LEAVES: leaves}


async def _lock_consumptions(tx: Transaction, scopes: Collection[str]) -> dict[str, list[Consumption]]:
    found: dict[UUID, Consumption] = {}
    by_scope: dict[str, list[Consumption]] = {}
    for row in await tx.raw.fetch(statements.LOCK_CONSUMPTIONS, tx.tenant_id, list(scopes)):
        consumption = Consumption(**row)
        found[consumption.id] = consumption
        by_scope.setdefault(consumption.scope, []).append(consumption)
    if found:
        for row in await tx.raw.fetch(statements.COMPONENTS, tx.tenant_id, list(found)):
            values = dict(row)
            owner = found[values.pop("consumption_id")]
            owner.components.append(Component(**{**values, "serials": tuple(row["serials"])}))
    for each in by_scope.values():
        each.sort(key=lambda consumption: (consumption.recorded_at, consumption.id))
    return by_scope


async def write_documents(tx: Transaction, world: World) -> None:
    """Everything that changed; raises ``LostRace`` when another transaction reserved for one of the owners meanwhile."""
    try:
        if world.changed:
            await _write_reservations(tx, world.changed.values())
        if world.changed_consumptions:
            await _write_consumptions(tx, world.changed_consumptions.values())
    except asyncpg.UniqueViolationError as error:
        raise LostRace("another transaction reserved or deducted for the same order meanwhile") from error


async def _write_reservations(tx: Transaction, changed: Collection[Reservation]) -> None:
    heads = [
        (
            r.id, r.owner, r.type, r.status, r.order_id, r.reference, r.warehouse_id, r.outlet_id, r.priority,
            r.fills_partially, r.minimum_shelf_life_days, r.expires_at, r.pickup_at, r.pickup_until, r.ready_at,
            r.collected_at, r.no_show_at, r.resolved_at, r.version, r.created_at, r.created_by,
        )
        for r in changed
    ]  # fmt: skip
    lines = [
        (
            line.id, r.id, line.position, line.line_reference, line.variant_id, line.requested, line.reserved,
            line.committed, line.released, line.backordered, line.step, _stored_needs(line), line.lot_code,
        )
        for r in changed
        for line in r.lines
    ]  # fmt: skip
    steps = [
        (r.id, step.version, step.kind, step.at, step.by, step.reason, step.details)
        for r in changed
        for step in r.steps
    ]
    are_new = all(r.version == len(r.steps) for r in changed)
    await tx.raw.execute(
        statements.INSERT_RESERVATIONS if are_new else statements.WRITE_RESERVATIONS,
        tx.tenant_id,
        *shared(heads, 21, whole=0),
        *shared(lines, 13, whole=0),
        *shared(steps, 7, whole=0),
    )
    await _write_backorders(tx, changed)


async def _write_backorders(tx: Transaction, changed: Collection[Reservation]) -> None:
    """Who waits for which leaf: written anew for every reservation that may have waited before or does now."""
    may_have_waited = [r.id for r in changed if r.version > len(r.steps) or any(line.backordered for line in r.lines)]
    if not may_have_waited:
        return
    await tx.raw.execute(statements.DELETE_BACKORDERS, tx.tenant_id, may_have_waited)
    rows = [
        (need.variant_id, line.id, r.id, r.warehouse_id, r.priority, r.created_at)
        for r in changed
        for line in r.lines
        if line.backordered
        for need in line.needs
        if not need.is_optional
    ]
    if rows:
        await tx.raw.execute(statements.INSERT_BACKORDERS, tx.tenant_id, *columns(rows, 6))


async def _write_consumptions(tx: Transaction, changed: Iterable[Consumption]) -> None:
    heads: list[tuple[Any, ...]] = []
    components: list[tuple[Any, ...]] = []
    for c in changed:
        heads.append(
            (
                c.id, c.scope, c.source, c.reservation_id, c.line_reference, c.variant_id, c.quantity, c.shortfall,
                c.claimed, c.reversed, c.step, c.reason, c.occurred_at, c.recorded_at, c.recorded_by,
            )
        )  # fmt: skip
        components += [_component_row(c.id, each) for each in c.components]
    await tx.raw.execute(statements.WRITE_CONSUMPTIONS, tx.tenant_id, *columns(heads, 15), *columns(components, 10))


def _component_row(consumption_id: UUID, each: Component) -> tuple[UUID | int | str | Decimal | None, ...]:
    return (
        consumption_id, each.ordinal, each.variant_id, each.warehouse_id, each.location_id, each.lot_id,
        SERIAL_SEPARATOR.join(each.serials) if each.serials else None, each.quantity, each.reversed, each.unit_cost,
    )  # fmt: skip
