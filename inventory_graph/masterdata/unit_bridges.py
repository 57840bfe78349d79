"""Bridges: what one item adds to the conversions of units, across dimensions or for units that only count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, UnitMismatch
from inventory_graph.masterdata.announcements import announce_item
from inventory_graph.masterdata.item_reading import unit_bridges_by_item
from inventory_graph.masterdata.items import lock_item, refuse_archived, touch_item
from inventory_graph.masterdata.units import FACTOR_PART_MAX, UnitRecord, stock_unit_factor, unit_by_name

BRIDGES_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBridgeRecord:
    """For the item, one ``from_unit_code`` is ``factor`` of ``to_unit_code``. Measures appear as their base unit."""

    item_id: UUID
    from_unit_code: str
    to_unit_code: str
    factor: Fraction


_DELETE = """
DELETE FROM unit_bridges
WHERE tenant_id = $1 AND item_id = $2 AND from_unit_code IN ($3, $4) AND to_unit_code IN ($3, $4)
"""
_INSERT = """
INSERT INTO unit_bridges (tenant_id, item_id, from_unit_code, to_unit_code, factor_numerator, factor_denominator)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def bridge_records_by_item(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[UnitBridgeRecord]]:
    """The bridges of each item, by their units; every key is answered."""
    return {
        item_id: [
            UnitBridgeRecord(item_id=item_id, from_unit_code=start, to_unit_code=end, factor=factor)
            for (start, end), factor in sorted(bridges.items())
        ]
        for item_id, bridges in (await unit_bridges_by_item(tx, keys)).items()
    }


async def set_unit_bridge(
    tx: Transaction, *, item_id: UUID, from_unit: str, to_unit: str, factor: Fraction
) -> UnitBridgeRecord:
    """Say that one of a unit is ``factor`` of another, for this item: a SLICE is 1/20 PIECE, an ML 1/750 BOTTLE, a LITRE
    23/25 KG. It takes the place of what was said of these two units before.

    Units are named by code, abbreviation or name. Emits ``inventory.item.updated``. Raises ``InvalidInput``, also where other
    bridges of the item say otherwise, ``NotFound``, ``ItemInactive`` and ``LimitExceeded``: an item has at most 20.
    """
    item = await lock_item(tx, item_id)
    refuse_archived(item)
    start = await unit_by_name(tx, from_unit, path=("from_unit",))
    end = await unit_by_name(tx, to_unit, path=("to_unit",))
    if factor <= 0:
        raise InvalidInput(
            f"One {start.code} cannot be {factor} {end.code}; it must be more than 0.", path=("from_unit",)
        )
    if start.base_code == end.base_code:
        raise InvalidInput(
            f"{start.code} and {end.code} are units of {start.dimension} that convert for every item alike; a bridge"
            " joins units that do not.",
            path=("to_unit",),
        )
    kept = factor * (end.factor or 1) / (start.factor or 1)
    if max(kept.numerator, kept.denominator) > FACTOR_PART_MAX:
        raise InvalidInput("The quantities are too far apart to be kept exactly.", path=("from_unit",))
    bridge = UnitBridgeRecord(item_id=item_id, from_unit_code=start.base_code, to_unit_code=end.base_code, factor=kept)
    ends = {bridge.from_unit_code, bridge.to_unit_code}
    existing = (await unit_bridges_by_item(tx, [item_id]))[item_id]
    others = {pair: each for pair, each in existing.items() if set(pair) != ends}
    if len(others) >= BRIDGES_MAX:
        raise LimitExceeded(f"{item.sku} has {len(others)} bridges already; an item has at most {BRIDGES_MAX}.")
    if _follows_from(others, bridge, start, end) or existing.get((bridge.from_unit_code, bridge.to_unit_code)) == kept:
        return bridge
    await tx.raw.execute(_DELETE, tx.tenant_id, item_id, bridge.from_unit_code, bridge.to_unit_code)
    await tx.raw.execute(
        _INSERT,
        tx.tenant_id,
        item_id,
        bridge.from_unit_code,
        bridge.to_unit_code,
        kept.numerator,
        kept.denominator,
    )
    await announce_item(tx, await touch_item(tx, item))
    return bridge


def _follows_from(
    others: Mapping[tuple[str, str], Fraction], bridge: UnitBridgeRecord, start: UnitRecord, end: UnitRecord
) -> bool:
    """Whether the other bridges say the same; raises ``InvalidInput`` where they say otherwise.

    Two ways between the same units would have to agree for ever, or the way that a conversion takes would decide its
    result: so a second way is never stored.
    """
    try:
        known = stock_unit_factor(start, stock_unit=end, bridges=others)
    except UnitMismatch:
        return False
    told = bridge.factor * (start.factor or 1) / (end.factor or 1)
    if known != told:
        raise InvalidInput(
            f"By the other bridges of this item one {start.code} is {known} {end.code}, not {told}; change those first.",
            path=("from_unit",),
        )
    return True
