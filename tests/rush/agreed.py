"""What PostgreSQL holds at the end of a story, compared with the naive shop row by row."""

from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.db import Transaction
from tests.promises.naive_deductions import Deduction
from tests.promises.naive_shop import NaiveShop
from tests.properties.ledger import COST
from tests.properties.naive_values import whole

_BALANCES = """
SELECT variant_id, warehouse_id, average_cost, version,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(state, location_id, lots.code, quantity::text)), '[]')
   FROM quants LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = quants.lot_id
   WHERE quants.tenant_id = $1 AND quants.balance_id = balances.id) AS quants
FROM balances WHERE tenant_id = $1
"""
_SERIALS = """
SELECT serials.item_id, serial, variant_id, warehouse_id, location_id, lots.code, state
FROM serials LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = serials.lot_id WHERE serials.tenant_id = $1
"""
_RESERVATIONS = """
SELECT reservations.id, status, version, reservations.warehouse_id, expires_at IS NULL AS is_hard, resolved_at IS NOT NULL AS is_over,
  ready_at IS NOT NULL AS is_ready, collected_at IS NOT NULL AS is_collected, no_show_at IS NOT NULL AS is_no_show
FROM reservations WHERE tenant_id = $1
"""
_LINES = """
SELECT line.id, line.reservation_id, line_reference, line.variant_id, line.lot_code, requested, reserved, committed, released,
  backordered, (
    SELECT coalesce(jsonb_agg(jsonb_build_array(hold.variant_id, hold.warehouse_id, location_id, lots.code, quantity::text,
        serials[(hold.committed + hold.released)::int + 1 :])), '[]')
    FROM holds AS hold LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = hold.lot_id
    WHERE hold.tenant_id = $1 AND hold.line_id = line.id AND quantity > 0) AS holds
FROM reservation_lines AS line WHERE line.tenant_id = $1
"""
_CONSUMPTIONS = """
SELECT id, scope, source, variant_id, line_reference, quantity, shortfall, claimed, reversed, (
    SELECT coalesce(jsonb_agg(jsonb_build_array(part.variant_id, part.warehouse_id, location_id, lots.code, part.serials,
      quantity::text, part.reversed::text, unit_cost::text)), '[]')
    FROM consumption_components AS part LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = part.lot_id
    WHERE part.tenant_id = $1 AND part.consumption_id = consumptions.id) AS components
FROM consumptions WHERE tenant_id = $1 ORDER BY recorded_at, id
"""


async def assert_same(tx: Transaction, naive: NaiveShop) -> None:
    """Fail where the tenant's rows are not what the naive shop has."""
    await _assert_shelves(tx, naive)
    await _assert_promises(tx, naive)
    await _assert_deductions(tx, naive)


async def _assert_shelves(tx: Transaction, naive: NaiveShop) -> None:
    book = naive.holds.book
    for row in await tx.raw.fetch(_BALANCES, tx.tenant_id):
        key = (row["variant_id"], row["warehouse_id"])
        heaps = {(state, _id(location), lot): _millionths(text) for state, location, lot, text in row["quants"]}
        assert heaps == book.contents(key), f"{book.shelves[key].place.variant_sku} lies elsewhere"
        average = whole(row["average_cost"], of=COST) if row["average_cost"] is not None else None
        assert (average, row["version"]) == (book.shelves[key].average, book.shelves[key].version)
    pieces = {
        (item_id, piece.number): (piece.variant, piece.warehouse, piece.location, piece.lot, piece.state)
        for (item_id, _), piece in book.pieces.items()
    }
    assert {tuple(row)[:2]: tuple(row)[2:] for row in await tx.raw.fetch(_SERIALS, tx.tenant_id)} == pieces


async def _assert_promises(tx: Transaction, naive: NaiveShop) -> None:
    promises = naive.promises.all
    found = {row["id"]: tuple(row)[1:] for row in await tx.raw.fetch(_RESERVATIONS, tx.tenant_id)}
    assert found == {
        label: (
            each.status, each.version, each.warehouse, each.ends is None, each.resolved is not None,
            each.ready is not None, each.collected is not None, each.no_show is not None,
        )
        for label, each in promises.items()
    }  # fmt: skip
    lines = {line.label: (each.label, line) for each in promises.values() for line in each.lines.values()}
    rows = await tx.raw.fetch(_LINES, tx.tenant_id)
    assert {row["id"] for row in rows} == lines.keys()
    for row in rows:
        label, line = lines[row["id"]]
        quantities = tuple(
            whole(row[name]) for name in ("requested", "reserved", "committed", "released", "backordered")
        )
        assert tuple(row)[1:5] == (label, line.reference, line.want.variant, line.want.lot)
        assert quantities == (line.asked, line.held, line.issued, line.given_back, line.waiting), dict(row)
        held = Counter(
            (UUID(variant), UUID(warehouse), _id(location), lot, _millionths(text), tuple(serials))
            for variant, warehouse, location, lot, text, serials in row["holds"]
        )
        parts = [part for part in line.parts if part.quantity]
        assert held == Counter((*part.key, part.location, part.lot, part.quantity, part.serials) for part in parts)


async def _assert_deductions(tx: Transaction, naive: NaiveShop) -> None:
    found: dict[str, list[Any]] = {}
    for row in await tx.raw.fetch(_CONSUMPTIONS, tx.tenant_id):
        quantities = tuple(whole(row[name]) for name in ("quantity", "shortfall", "claimed", "reversed"))
        components = Counter(
            (
                UUID(variant), UUID(warehouse), _id(location), lot, tuple(serials), _millionths(quantity), _millionths(back),
                whole(Decimal(cost), of=COST) if cost is not None else None,
            )
            for variant, warehouse, location, lot, serials, quantity, back, cost in row["components"]
        )  # fmt: skip
        of = (row["source"], row["variant_id"], row["line_reference"], *quantities, components)
        found.setdefault(_scope(row["scope"]), []).append(of)
    expected: dict[str, list[Any]] = {}
    for scope, deductions in naive.deductions.of.items():
        expected.setdefault(_scope(scope), []).extend(map(_deduction, deductions))
    assert found.keys() == expected.keys()
    for scope, rows in found.items():
        # What nobody in particular had has no name by which it could be told apart.
        order = (lambda each: repr(each[:-1])) if scope == "call" else (lambda _: "")
        assert sorted(rows, key=order) == sorted(expected[scope], key=order), f"{scope} had something else"


def _deduction(each: Deduction) -> tuple[Any, ...]:
    components = Counter(
        (*gone.key, gone.location, gone.lot, gone.serials, gone.quantity, gone.back, gone.cost) for gone in each.gone
    )
    quantities = (each.quantity, each.lacking, each.spoken_for, each.back)
    return (each.source, each.variant, each.reference, *quantities, components)


def _scope(scope: str) -> str:
    return "call" if scope.startswith("call:") else scope


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text is not None else None


def _millionths(text: str) -> int:
    return whole(Decimal(text))
