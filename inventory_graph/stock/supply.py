"""What is on its way: a question to those who order, ship and make, none of whom this domain knows.

A source is a function in ``tx.hooks["expected_supply"]``. It answers in the transaction of whoever asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.quantities import ZERO

HOOK = "expected_supply"
SUPPLIES_MAX = 1_000
"""How many arrivals of one variant are looked at, the soonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSupply:
    """So much of a variant is expected in a warehouse at an instant, in its stock unit."""

    variant_id: UUID
    warehouse_id: UUID
    at: datetime
    quantity: Decimal


class SupplySource(Protocol):
    """Whoever knows of supply on its way: what of these variants, wherever it goes, a row for each arrival that is left; in
    one statement, however many are asked for."""

    async def __call__(self, tx: Transaction, *, variant_ids: Sequence[UUID]) -> Sequence[ExpectedSupply]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Supply on its way to a warehouse that is open, with the outlet that the warehouse is of."""

    supply: ExpectedSupply
    outlet_id: UUID | None


_OPEN_WAREHOUSES = """
SELECT id, outlet_id, statement_timestamp() AS now FROM warehouses
WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND is_active AND type <> 'TRANSIT'
"""


async def arrivals_by_variant(tx: Transaction, variant_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Arrival]]:
    """What of each variant is still to come, the soonest first. What is overdue is left out: nobody knows when it will come.

    A statement for each source, and one more where anything is on its way.
    """
    supplies: list[ExpectedSupply] = []
    for source in tx.hooks.get(HOOK, ()):
        supplies.extend(await source(tx, variant_ids=variant_ids))
    found: dict[UUID, list[Arrival]] = {variant_id: [] for variant_id in variant_ids}
    if not supplies:
        return found
    rows = await tx.raw.fetch(_OPEN_WAREHOUSES, tx.tenant_id, list({each.warehouse_id for each in supplies}))
    outlets = {row["id"]: row["outlet_id"] for row in rows}
    for supply in sorted(supplies, key=lambda each: each.at):
        if supply.warehouse_id not in outlets or supply.quantity <= ZERO or supply.at <= rows[0]["now"]:
            continue
        arrivals = found[supply.variant_id]
        if len(arrivals) < SUPPLIES_MAX:
            arrivals.append(Arrival(supply=supply, outlet_id=outlets[supply.warehouse_id]))
    return found
