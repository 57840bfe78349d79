"""What costs leave in the database: layers, what layered balances are worth, and adjustments. Nothing of it on the way of holds, nor of
balances at a moving average that are never owed."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.quantities import ZERO
from inventory_graph.stock.loading import columns
from inventory_graph.stock.state import Balance, CostAdjustment, Layer, Layers


class Kept(NamedTuple):
    """How a balance is kept as it is stored."""

    costing_method: str
    layers_value: Decimal | None
    layers: Mapping[UUID, Layer] | None

    @classmethod
    def of(cls, balance: Balance) -> "Kept":
        """How the balance is kept now."""
        layers = balance.layers.copy() if balance.layers is not None else None
        return cls(balance.costing_method, balance.layers_value, layers)


LAYERS = """
SELECT layer.* FROM unnest($2::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT balance_id, id, received_version AS version, received_ordinal AS ordinal, received, quantity, value, unit_cost, document_id,
    received_at
  FROM cost_layers WHERE tenant_id = $1 AND balance_id = wanted.id AND quantity > 0
  ORDER BY received_version, received_ordinal
) AS layer
"""

_WRITE = """
WITH methods AS (
  UPDATE balances SET
    costing_method = new.costing_method, layers_value = new.layers_value, average_cost = new.average_cost
  FROM unnest($2::uuid[], $3::text[], $4::numeric[], $28::numeric[]) AS new(id, costing_method, layers_value, average_cost)
  WHERE balances.tenant_id = $1 AND balances.id = new.id
), layers AS (
  INSERT INTO cost_layers (
    tenant_id, balance_id, id, received_version, received_ordinal, received, quantity, value, unit_cost, document_id, received_at)
  SELECT $1, * FROM unnest(
    $5::uuid[], $6::uuid[], $7::bigint[], $8::smallint[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[],
    $13::uuid[], $14::timestamptz[])
  ON CONFLICT (tenant_id, id)
  DO UPDATE SET quantity = excluded.quantity, value = excluded.value, unit_cost = excluded.unit_cost
)
INSERT INTO cost_adjustments (
  tenant_id, id, balance_id, movement_id, kind, value_change, issued_value, reference_type, reference_id, reference, command_id,
  occurred_at, recorded_at, recorded_by)
SELECT $1, * FROM unnest(
  $15::uuid[], $16::uuid[], $17::uuid[], $18::text[], $19::numeric[], $20::numeric[], $21::text[], $22::uuid[], $23::text[],
  $24::uuid[], $25::timestamptz[], $26::timestamptz[], $27::text[])
"""


async def load_layers(tx: Transaction, balances: Iterable[Balance]) -> None:
    """Read the layers of the balances that are kept by them, one statement for all, none where there is no such balance."""
    layered = {
        balance.id: balance for balance in balances if balance.layers_value is not None and balance.layers is None
    }
    if not layered:
        return
    found = {balance_id: Layers() for balance_id in layered}
    for row in await tx.raw.fetch(LAYERS, tx.tenant_id, list(layered)):
        values = dict(row)
        balance_id = values.pop("balance_id")
        found[balance_id][row["id"]] = Layer(**values)
    for balance_id, balance in layered.items():
        balance.layers = found[balance_id]


async def write_costs(
    tx: Transaction,
    *,
    balances: Iterable[Balance],
    before: Mapping[UUID, Kept],
    adjustments: Sequence[CostAdjustment],
) -> None:
    """Write the layers and values of the balances that changed, and the adjustments: one statement, none where there is nothing."""
    adjusted = {each.balance_id for each in adjustments}
    changed = [balance for balance in balances if balance.id in adjusted or Kept.of(balance) != before[balance.id]]
    if not changed and not adjustments:
        return
    methods = [(each.id, each.costing_method, each.layers_value, each.average_cost) for each in changed]
    *kept, averages = columns(methods, 4)
    layers = [row for balance in changed for row in _layer_rows(balance, before[balance.id].layers or {})]
    told = [
        (
            each.id, each.balance_id, each.movement_id, each.kind, each.value_change, each.issued_value, each.reference_type,
            each.reference_id, each.reference, each.command_id, each.occurred_at, each.recorded_at, each.recorded_by,
        )
        for each in adjustments
    ]  # fmt: skip
    await tx.raw.execute(_WRITE, tx.tenant_id, *kept, *columns(layers, 10), *columns(told, 13), averages)


def _layer_rows(balance: Balance, before: Mapping[UUID, Layer]) -> list[tuple[object, ...]]:
    """The layers that are new or changed, and those of which nothing is left."""
    now: Mapping[UUID, Layer] = balance.layers or {}
    rows: list[tuple[object, ...]] = [
        (balance.id, *layer) for layer_id, layer in now.items() if layer != before.get(layer_id)
    ]
    rows += [
        (balance.id, *layer._replace(quantity=ZERO, value=ZERO))
        for layer_id, layer in before.items()
        if layer_id not in now
    ]
    return rows
