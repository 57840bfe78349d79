"""No bill of materials contains what it makes, at no instant; and no more than ten stand above one another.

Versions come into force and go out of it, so that the question has a time: new bills are looked at together with every
version that is in force at or after the instant from which they are. Whatever could be in force together with a new bill is
among those, so that no instant ever sees a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.masterdata.recipe_explosion import DEPTH_MAX, Circle, levels_of
from inventory_graph.masterdata.texts import Path


class BillOfMaterialsCircle(InvalidInput):
    """A bill of materials cannot contain the item that it makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """A bill about to be written; ``parts`` are the items (id and SKU) that its lines name, in their order."""

    item_id: UUID
    sku: str
    effective_from: datetime
    parts: Sequence[tuple[UUID, str]]
    path: Path


# A version counts from the instant on at which the new bills begin: the one in force then, and all that come later. Where a
# new bill takes over at that very instant, the one in force counts no more.
_COUNTS = """
bill.tenant_id = $1 AND NOT EXISTS (
  SELECT 1 FROM bills_of_materials AS later WHERE later.tenant_id = $1 AND later.item_id = bill.item_id
    AND later.effective_from > bill.effective_from AND later.effective_from <= $4
) AND NOT (bill.effective_from <= $4 AND bill.item_id = ANY($5::uuid[]))
"""

_EDGES = f"""
WITH RECURSIVE below(item_id) AS (
  SELECT * FROM unnest($2::uuid[])
  UNION
  SELECT variant.item_id FROM below
  JOIN bills_of_materials AS bill ON bill.item_id = below.item_id AND {_COUNTS}
  JOIN bill_of_materials_components AS line ON line.tenant_id = $1 AND line.bill_of_materials_id = bill.id
  JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = line.variant_id
), above(item_id) AS (
  SELECT * FROM unnest($3::uuid[])
  UNION
  SELECT bill.item_id FROM above
  JOIN variants AS variant ON variant.tenant_id = $1 AND variant.item_id = above.item_id
  JOIN bill_of_materials_components AS line ON line.tenant_id = $1 AND line.variant_id = variant.id
  JOIN bills_of_materials AS bill ON bill.id = line.bill_of_materials_id AND {_COUNTS}
)
SELECT DISTINCT bill.item_id, made.sku, variant.item_id AS part_id, part.sku AS part_sku
FROM bills_of_materials AS bill
JOIN items AS made ON made.tenant_id = $1 AND made.id = bill.item_id
JOIN bill_of_materials_components AS line ON line.tenant_id = $1 AND line.bill_of_materials_id = bill.id
JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = line.variant_id
JOIN items AS part ON part.tenant_id = $1 AND part.id = variant.item_id
WHERE bill.item_id IN (SELECT item_id FROM below UNION SELECT item_id FROM above) AND {_COUNTS}
"""  # noqa: S608 - the text is put together from constants


async def refuse_circles(tx: Transaction, bills: Sequence[NewBill], *, now: datetime) -> None:
    """Raise ``BillOfMaterialsCircle`` or ``LimitExceeded`` for bills that may not be; call it while the tenant's bills are
    locked (``lock_bills_of_materials``)."""
    since = min([now, *(bill.effective_from for bill in bills)])
    found = await tx.raw.fetch(
        _EDGES,
        tx.tenant_id,
        sorted({item_id for bill in bills for item_id, _ in bill.parts}),
        sorted(bill.item_id for bill in bills),
        since,
        sorted(bill.item_id for bill in bills if bill.effective_from == since),
    )
    children: dict[UUID, set[UUID]] = {}
    skus: dict[UUID, str] = {}
    for record in found:
        children.setdefault(record["item_id"], set()).add(record["part_id"])
        skus |= {record["item_id"]: record["sku"], record["part_id"]: record["part_sku"]}
    for bill in bills:
        children.setdefault(bill.item_id, set()).update(item_id for item_id, _ in bill.parts)
        skus |= {bill.item_id: bill.sku} | dict(bill.parts)
    _refuse(bills, {item_id: sorted(parts) for item_id, parts in children.items()}, skus)


def _refuse(bills: Sequence[NewBill], children: Mapping[UUID, Sequence[UUID]], skus: Mapping[UUID, str]) -> None:
    try:
        levels = levels_of(sorted(children), children=children)
    except Circle as circle:
        way = " contains ".join(skus[item_id] for item_id in circle.way)
        raise BillOfMaterialsCircle(
            f"A bill of materials cannot contain the item it makes: {way}.", path=_line_of(circle, bills)
        ) from None
    highest = max(levels, key=lambda item_id: levels[item_id])
    if levels[highest] > DEPTH_MAX:
        raise LimitExceeded(
            f"{levels[highest]} bills of materials would stand above one another, with {skus[highest]} on top; at most"
            f" {DEPTH_MAX} may.",
            path=(*bills[0].path, "components"),
        )


def _line_of(circle: Circle, bills: Sequence[NewBill]) -> Path:
    """The line of a new bill that closes the circle."""
    steps = set(zip(circle.way, circle.way[1:], strict=False))
    for bill in bills:
        for position, (item_id, _) in enumerate(bill.parts):
            if (bill.item_id, item_id) in steps:
                return (*bill.path, "components", str(position))
    return (*bills[0].path, "components")
