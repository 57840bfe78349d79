"""What PostgreSQL holds after a rush: every rule that holds whoever was first, and everything that callers were told."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.reservations.records import ReservationAnswer
from inventory_graph.reservations.requests import Assign, ConsumeStock, Expire, MarkReady, ReverseConsumption
from inventory_graph.stock import answers
from inventory_graph.stock.audit import drift
from tests.promises.naive_asking import in_stock_unit
from tests.promises.shop import Shop
from tests.properties.naive_values import MILLION
from tests.rush.crowd import Told

KINDS = {
    "reserveStock": ("HELD", "CHANGED"),
    "extendReservation": ("EXTENDED",),
    "commitReservation": ("COMMITTED",),
    "releaseReservation": ("RELEASED",),
    "markReservationReady": ("READY",),
    "markReservationNoShow": ("NO_SHOW",),
    "assignReservation": ("ASSIGNED",),
}
"""What a request's step is called."""
ROUNDED = Decimal("0.0001")
"""How far holds of a dish's leaves may be from what the line takes: each part that was issued rounded once."""

_BALANCES = """
SELECT version, (SELECT array_agg(aggregate_version ORDER BY outbox.id) FROM outbox
  WHERE outbox.tenant_id = $1 AND aggregate_id = balances.id AND type = 'inventory.stock.updated') AS told
FROM balances WHERE tenant_id = $1
"""
_RESERVATIONS = """
SELECT id, version, status, expires_at,
  (SELECT array_agg(step.version ORDER BY step.version) FROM reservation_steps AS step
   WHERE step.tenant_id = $1 AND step.reservation_id = reservations.id) AS steps,
  (SELECT array_agg(aggregate_version ORDER BY outbox.id) FROM outbox WHERE outbox.tenant_id = $1
   AND aggregate_id = reservations.id AND aggregate_type = 'reservation') AS told
FROM reservations WHERE tenant_id = $1
"""
_STEPS = "SELECT reservation_id, version, kind FROM reservation_steps WHERE tenant_id = $1"
_KEYS = "SELECT key FROM idempotency_keys WHERE tenant_id = $1"
_MOVEMENTS = "SELECT id, kind, command_id FROM movements WHERE tenant_id = $1"
_LINES = """
SELECT line.reservation_id, line.variant_id, line.needs, line.reserved, line.committed, reservations.status,
  reservations.expires_at <= clock_timestamp() AS is_over,
  (SELECT coalesce(jsonb_object_agg(variant_id, quantity::text), '{}') FROM (
     SELECT variant_id, sum(quantity) AS quantity FROM holds
     WHERE holds.tenant_id = $1 AND holds.line_id = line.id AND quantity > 0 GROUP BY variant_id) AS held) AS held
FROM reservation_lines AS line JOIN reservations ON reservations.tenant_id = $1 AND reservations.id = line.reservation_id
WHERE line.tenant_id = $1
"""
_ISSUED = """
SELECT reservation_id, variant_id, sum(quantity) AS quantity FROM consumptions
WHERE tenant_id = $1 AND reservation_id IS NOT NULL GROUP BY 1, 2
"""
_COMPONENTS = """
SELECT variant_id, sum(quantity) AS quantity, sum(reversed) AS reversed FROM consumption_components
WHERE tenant_id = $1 GROUP BY 1
"""
_LEDGER = """
SELECT variant_id, sum(quantity) FILTER (WHERE kind IN ('HOLD_COMMIT', 'CONSUMPTION')) AS quantity,
  coalesce(sum(quantity) FILTER (WHERE kind = 'REVERSAL'), 0) AS reversed
FROM movements WHERE tenant_id = $1 AND kind IN ('HOLD_COMMIT', 'CONSUMPTION', 'REVERSAL') GROUP BY 1
"""
_TOLD = """
SELECT scope, variant_id, sum(CASE source WHEN 'RESERVATION' THEN claimed ELSE quantity END) AS quantity
FROM consumptions WHERE tenant_id = $1 GROUP BY 1, 2
"""
_TWICE = """
SELECT owner FROM reservations WHERE tenant_id = $1 AND status IN ('HELD', 'PARTIALLY_COMMITTED')
GROUP BY owner HAVING count(*) > 1
"""


async def assert_whole(tx: Transaction, shop: Shop, told: Told) -> int:
    """Fail where a rule is broken or a caller was told something else; the number of movements."""
    report = await drift(tx)
    assert report.drifts == []
    for row in await tx.raw.fetch(_BALANCES, tx.tenant_id):
        assert (row["told"] or []) == dense(row["version"]), "not one event for every version of a balance"
    for row in await tx.raw.fetch(_RESERVATIONS, tx.tenant_id):
        assert row["steps"] == row["told"] == dense(row["version"]), f"reservation {row['id']}: {dict(row)}"
    assert await tx.raw.fetch(_TWICE, tx.tenant_id) == []
    await _assert_lines(tx)
    await _assert_steps(tx, told)
    await _assert_movements(tx, told)
    await _assert_deducted_once(tx, shop, told)
    # A key is kept with what was accepted, and only with that.
    keys = {row["key"] for row in await tx.raw.fetch(_KEYS, tx.tenant_id)}
    assert keys == told.answered.keys()
    return report.movements


def dense(version: int) -> list[int]:
    """Every version up to this one."""
    return list(range(1, version + 1))


async def _assert_lines(tx: Transaction) -> None:
    """What a line says is reserved is held for it, and what it says was issued was deducted."""
    committed: Counter[tuple[UUID, UUID]] = Counter()
    for row in await tx.raw.fetch(_LINES, tx.tenant_id):
        committed[row["reservation_id"], row["variant_id"]] += row["committed"]
        held = {UUID(leaf): Decimal(quantity) for leaf, quantity in row["held"].items()}
        if row["status"] not in ("HELD", "PARTIALLY_COMMITTED"):
            assert (row["reserved"], held) == (0, {}), f"what was resolved holds something: {dict(row)}"
        elif not row["is_over"]:
            _assert_held(row, held)
    issued = {
        (row["reservation_id"], row["variant_id"]): row["quantity"] for row in await tx.raw.fetch(_ISSUED, tx.tenant_id)
    }
    assert issued == {key: quantity for key, quantity in committed.items() if quantity}


def _assert_held(row: Record, held: dict[UUID, Decimal]) -> None:
    if row["needs"] is None:
        expected = {row["variant_id"]: row["reserved"]} if row["reserved"] else {}
        assert held == expected or row["variant_id"] not in held, f"not as much is held as reserved: {dict(row)}"
        return
    for leaf, numerator, denominator, is_optional in row["needs"]["leaves"]:
        wanted = row["reserved"] * int(numerator) / int(denominator)
        if not is_optional:
            assert abs(held.get(UUID(leaf), 0) - wanted) <= ROUNDED, f"not as much is held as reserved: {dict(row)}"


async def _assert_steps(tx: Transaction, told: Told) -> None:
    """Every step that a request takes was told to one caller as its own, and none was told that is not there."""
    steps = {(row["reservation_id"], row["version"]): row["kind"] for row in await tx.raw.fetch(_STEPS, tx.tenant_id)}
    taken: set[tuple[UUID, int]] = set()
    for key, answer in told.answered.items():
        request = told.asked[key]
        if not isinstance(answer, ReservationAnswer) or isinstance(request, Expire):
            continue
        step = (answer.reservation.id, answer.reservation.version)
        kind = steps[step]
        if isinstance(request, MarkReady | Assign) and (step in taken or kind not in KINDS[request.operation]):
            continue  # it was so already: no step was taken
        assert kind in KINDS[request.operation], f"{key}: {kind} is no step of {request.operation}"
        assert step not in taken, f"{key} took a step that another request took"
        taken.add(step)
    of_requests = {step for step, kind in steps.items() if any(kind in kinds for kinds in KINDS.values())}
    assert of_requests == taken, "a step was taken that nobody was told of"


async def _assert_movements(tx: Transaction, told: Told) -> None:
    """What was issued from the shelf and what came back is what the callers were told, once each."""
    ledger: dict[str, set[UUID]] = {}
    commands: Counter[UUID] = Counter()
    for row in await tx.raw.fetch(_MOVEMENTS, tx.tenant_id):
        ledger.setdefault(row["kind"], set()).add(row["id"])
        commands[row["command_id"]] += 1
    for kind, of in (("CONSUMPTION", ConsumeStock), ("REVERSAL", ReverseConsumption)):
        found = [
            movement.id
            for key, answer in told.answered.items()
            if isinstance(told.asked[key], of) and isinstance(answer, answers.Answer)
            for movement in answer.movements
            if movement.kind == kind
        ]
        assert len(set(found)) == len(found), f"a {kind} was told to two callers"
        assert set(found) == ledger.get(kind, set()), f"a {kind} was told to nobody, or never happened"
    assert all(commands[command_id] == many for command_id, many in told.posted.items())


async def _assert_deducted_once(tx: Transaction, shop: Shop, told: Told) -> None:
    """What was deducted of each leaf left by the ledger and came back by it; and what callers reported of an order was either
    issued by a commit before, or taken from its hold, or from the shelf: each unit once."""
    components = [tuple(row) for row in await tx.raw.fetch(_COMPONENTS, tx.tenant_id)]
    assert sorted(components) == sorted(tuple(row) for row in await tx.raw.fetch(_LEDGER, tx.tenant_id))
    reported: Counter[tuple[str, UUID]] = Counter()
    named: Counter[tuple[str, str]] = Counter()
    for key in told.answered:
        request = told.asked[key]
        if isinstance(request, ConsumeStock) and (request.order_id or request.reference):
            scope = f"order:{request.order_id}" if request.order_id else f"reference:{request.reference}"
            for line in request.lines:
                variant = shop.variants[line.sku]
                reported[scope, variant.variant_id] += in_stock_unit(variant, line.quantity, line.unit)
                named[scope, line.line_reference or ""] += line.line_reference is not None
    twice = {scope for (scope, _), many in named.items() if many > 1}
    found: dict[Any, int] = {
        (row["scope"], row["variant_id"]): int(row["quantity"] * MILLION)
        for row in await tx.raw.fetch(_TOLD, tx.tenant_id)
        if row["quantity"] and row["scope"].startswith(("order:", "reference:"))
    }
    assert _without(found, twice) == _without(reported, twice), "an order was deducted twice, or not at all"
    # Of a line that was told twice at most what was told the first or the second time.
    assert all(quantity <= reported[key] for key, quantity in found.items())


def _without(sums: dict[Any, int], scopes: Iterable[str]) -> dict[Any, int]:
    left_out = set(scopes)
    return {key: quantity for key, quantity in sums.items() if key[0] not in left_out}
