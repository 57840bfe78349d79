"""Variants as callers name them on a line: by SKU or by id, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, ItemInactive, NotFound
from inventory_graph.masterdata.texts import Path, is_storable

_NAMED = """
WITH named AS (
  SELECT id, sku AS wanted FROM variants WHERE tenant_id = $1 AND sku = ANY($2::text[])
), alone AS (
  -- The SKU of an item stands for its variant while it has just one.
  SELECT min(variant.id::text)::uuid AS id, item.sku AS wanted
  FROM items AS item JOIN variants AS variant ON variant.tenant_id = $1 AND variant.item_id = item.id
  WHERE item.tenant_id = $1 AND item.sku = ANY($2::text[]) AND item.sku NOT IN (SELECT wanted FROM named)
  GROUP BY item.sku HAVING count(*) = 1
), found AS (
  SELECT id, wanted FROM named UNION ALL SELECT id, wanted FROM alone UNION ALL SELECT id, NULL FROM unnest($3::uuid[]) AS given(id)
)
SELECT found.wanted, variant.id, variant.sku, variant.item_id, item.sku AS item_sku, item.type AS item_type, item.unit_code,
  variant.status = 'ARCHIVED' OR item.status = 'ARCHIVED' AS is_archived
FROM found
JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = found.id
JOIN items AS item ON item.tenant_id = $1 AND item.id = variant.item_id
ORDER BY item.id
FOR SHARE OF item
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVariant:
    """A variant with what a line has to know of its item; ``unit_code`` is the stock unit."""

    id: UUID
    sku: str
    item_id: UUID
    item_sku: str
    item_type: str
    unit_code: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class NamedVariants:
    """The variants that were found, by the names that callers gave."""

    by_sku: Mapping[str, NamedVariant]
    by_id: Mapping[UUID, NamedVariant]

    def one(self, *, sku: str | None, variant_id: UUID | None, path: Path) -> NamedVariant:
        """The variant a line names; raises ``InvalidInput`` unless it gives one name, ``NotFound``, ``ItemInactive``."""
        if sku is not None and variant_id is not None:
            raise InvalidInput("Name the variant by sku or by variantId, not by both.", path=(*path, "variant_id"))
        found: NamedVariant | None
        if variant_id is not None:
            place, shown = (*path, "variant_id"), f"id {variant_id}"
            found = self.by_id.get(variant_id)
        elif sku is not None:
            place, shown = (*path, "sku"), f"SKU {sku[:80]!r}"
            found = self.by_sku.get(sku)
        else:
            raise InvalidInput("Name the variant by sku or by variantId.", path=(*path, "sku"))
        if found is None:
            raise NotFound(
                f"There is no variant with the {shown}. An item's SKU stands for its variant only while it has one.",
                path=place,
            )
        if found.is_archived:
            raise ItemInactive(f"{found.sku} is archived. Name another, or make it active again first.", path=place)
        return found


async def named_variants(tx: Transaction, *, skus: Sequence[str] = (), ids: Sequence[UUID] = ()) -> NamedVariants:
    """The variants of these SKUs and ids, in one statement; their items do not change until the transaction ends."""
    named = [sku for sku in skus if is_storable(sku)]
    found = await tx.raw.fetch(_NAMED, tx.tenant_id, named, list(ids))
    variants = [(record["wanted"], _variant(record)) for record in found]
    return NamedVariants(
        by_sku={wanted: variant for wanted, variant in variants if wanted is not None},
        by_id={variant.id: variant for _, variant in variants},
    )


def _variant(record: Record) -> NamedVariant:
    return NamedVariant(**{name: record[name] for name in NamedVariant.__slots__})
