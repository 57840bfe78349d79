"""What an item brings to the table: the allergens in it, and the class of controlled goods it belongs to.

A recipe or kit brings those of its components too, in the version in force. What stands in for something must bring nothing
that the other is sure to lack: of an original only what is always in it counts, of a substitute also what is optional.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory_graph.db import Transaction

_INGREDIENTS = """
WITH RECURSIVE below AS (
  SELECT items.id AS top_id, items.id AS item_id, false AS is_optional
  FROM items WHERE items.tenant_id = $1 AND items.id = ANY ($2::uuid[])
  UNION
  SELECT below.top_id, part.item_id, below.is_optional OR line.is_optional
  FROM below
  CROSS JOIN LATERAL (
    SELECT version.id FROM bills_of_materials AS version
    WHERE version.tenant_id = $1 AND version.item_id = below.item_id AND version.effective_from <= statement_timestamp()
    ORDER BY version.effective_from DESC LIMIT 1
  ) AS bill
  JOIN bill_of_materials_components AS line ON line.tenant_id = $1 AND line.bill_of_materials_id = bill.id
  JOIN variants AS part ON part.tenant_id = $1 AND part.id = line.variant_id
)
SELECT top.id, top.controlled_class,
  coalesce(array_agg(DISTINCT allergen) FILTER (WHERE allergen IS NOT NULL), '{}') AS possible,
  coalesce(array_agg(DISTINCT allergen) FILTER (WHERE allergen IS NOT NULL AND NOT below.is_optional), '{}') AS certain
FROM below
JOIN items AS top ON top.tenant_id = $1 AND top.id = below.top_id
JOIN items AS item ON item.tenant_id = $1 AND item.id = below.item_id
LEFT JOIN LATERAL unnest(item.allergens) AS allergen ON true
GROUP BY top.id, top.controlled_class
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """``certain`` allergens are always in it, ``possible`` ones include what optional components bring."""

    certain: frozenset[str]
    possible: frozenset[str]
    controlled_class: str | None

    def brings_beyond(self, original: "Ingredients") -> tuple[str, ...]:
        """The allergens that would come in when this stood in for the original, in alphabetical order."""
        return tuple(sorted(self.possible - original.certain))

    def may_replace(self, original: "Ingredients") -> bool:
        """Whether it brings no allergen that the original lacks and is of the same controlled class."""
        return self.controlled_class == original.controlled_class and not self.brings_beyond(original)


async def ingredients_by_item(tx: Transaction, item_ids: Sequence[UUID]) -> Mapping[UUID, Ingredients]:
    """What each item brings now, in one statement; unknown ones are left out."""
    return {
        row["id"]: Ingredients(
            certain=frozenset(row["certain"]),
            possible=frozenset(row["possible"]),
            controlled_class=row["controlled_class"],
        )
        for row in await tx.raw.fetch(_INGREDIENTS, tx.tenant_id, list(item_ids))
    }
