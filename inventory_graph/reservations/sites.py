"""The warehouses among which a strategy chooses."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.masterdata.coordinates import Coordinates, coordinates_of, distance_km

_SITES = """
SELECT warehouses.id, outlet_id, priority, latitude, longitude, coalesce(stocked.variant_ids, '{}') AS variant_ids
FROM warehouses LEFT JOIN (
  SELECT warehouse_id, array_agg(variant_id ORDER BY variant_id) AS variant_ids
  FROM balances WHERE tenant_id = $1 AND variant_id = ANY($2::uuid[]) AND version > 0
  GROUP BY warehouse_id
) AS stocked ON stocked.warehouse_id = warehouses.id
WHERE warehouses.tenant_id = $1 AND is_active AND type <> 'TRANSIT'
ORDER BY priority, warehouses.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A warehouse that may be asked. ``distance_km``: to where the goods go, None when either place is unknown;
    ``variant_ids``: those asked about that it has or has had, so that only their balances need to be locked."""

    warehouse_id: UUID
    outlet_id: UUID | None
    priority: int
    distance_km: Decimal | None
    variant_ids: tuple[UUID, ...]


async def sites(
    tx: Transaction, *, variant_ids: Collection[UUID], deliver_to: tuple[float, float] | None
) -> list[SiteRow]:
    """The open warehouses of the tenant but those in transit, by priority; at most 1,000, in one statement.

    ``deliver_to`` is a latitude and a longitude in degrees. Raises ``InvalidInput`` at ``deliver_to`` for one off the earth.
    """
    target = coordinates_of(*deliver_to, path=("deliver_to",)) if deliver_to is not None else None
    rows = await tx.raw.fetch(_SITES, tx.tenant_id, list(variant_ids))
    return [
        SiteRow(
            warehouse_id=row["id"],
            outlet_id=row["outlet_id"],
            priority=row["priority"],
            distance_km=_distance(row["latitude"], row["longitude"], target),
            variant_ids=tuple(row["variant_ids"]),
        )
        for row in rows
    ]


def _distance(latitude: Decimal | None, longitude: Decimal | None, target: Coordinates | None) -> Decimal | None:
    if latitude is None or longitude is None or target is None:
        return None
    return distance_km(Coordinates(latitude=latitude, longitude=longitude), target)
