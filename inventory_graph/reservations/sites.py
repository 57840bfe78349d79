"""The warehouses among which a strategy chooses."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Record, Transaction
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
    coordinates: Coordinates | None
    variant_ids: tuple[UUID, ...]


async def sites(
    tx: Transaction, *, variant_ids: Collection[UUID], deliver_to: tuple[float, float] | None
) -> list[SiteRow]:
    """The open warehouses of the tenant but those in transit, by priority; at most 1,000, in one statement.

    ``deliver_to`` is a latitude and a longitude in degrees. Raises ``InvalidInput`` at ``deliver_to`` for one off the earth.
    """
    target = coordinates_of(*deliver_to, path=("deliver_to",)) if deliver_to is not None else None
    return [
        SiteRow(
            warehouse_id=row["id"],
            outlet_id=row["outlet_id"],
            priority=row["priority"],
            distance_km=distance_between(place, target),
            coordinates=place,
            variant_ids=tuple(row["variant_ids"]),
        )
        for row in await tx.raw.fetch(_SITES, tx.tenant_id, list(variant_ids))
        for place in (_place(row),)
    ]


def _place(row: Record) -> Coordinates | None:
    if row["latitude"] is None:
        return None
    return Coordinates(latitude=row["latitude"], longitude=row["longitude"])


def distance_between(place: Coordinates | None, target: Coordinates | None) -> Decimal | None:
    """How far it is, None when either place is unknown."""
    return distance_km(place, target) if place is not None and target is not None else None
