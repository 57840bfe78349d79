"""The levels a person sets for a balance: the reorder point, at which stock is low, and the safety stock."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.outbox import Event, emit
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text
from inventory_graph.stock.commands import balance_id
from inventory_graph.stock.queries import balances_by_pair
from inventory_graph.stock.records import BalanceRecord

AFTER_LEVELS = "after_levels"
"""The hook of what is to happen in the same transaction when levels changed: called with it and the ``LevelsChange``."""

# A pair never touched gets its row here, at version 0: levels are no change of stock and take no version. The lock comes first, so
# that the reorder point before is the one that is replaced, whoever else sets it at the same time.
_SET = """
WITH before AS MATERIALIZED (
  SELECT reorder_point FROM balances WHERE tenant_id = $1 AND id = $2 FOR UPDATE
), written AS (
  INSERT INTO balances (tenant_id, id, variant_id, warehouse_id, reorder_point, safety_stock)
  SELECT $1, $2, $3, $4, $5::numeric, $6::numeric FROM (SELECT count(*) FROM before) AS locked
  ON CONFLICT (tenant_id, id) DO UPDATE SET reorder_point = excluded.reorder_point, safety_stock = excluded.safety_stock
  WHERE (balances.reorder_point, balances.safety_stock) IS DISTINCT FROM (excluded.reorder_point, excluded.safety_stock)
  RETURNING variant_id, warehouse_id
)
SELECT items.id AS item_id, variants.sku, warehouses.outlet_id,
  (SELECT reorder_point FROM before) AS reorder_point_before
FROM written
JOIN variants ON variants.tenant_id = $1 AND variants.id = written.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = written.warehouse_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelsChange:
    """A balance whose levels have just changed, and the reorder point that it had before."""

    balance: BalanceRecord
    reorder_point_before: Decimal | None


@dataclass(frozen=True, kw_only=True)
class StockLevelsChanged(Event):
    """Somebody set the levels of a balance. No stock moved, so the balance keeps its version.

    ``reorder_point`` is null where stock is never low. Quantities are strings in the item's stock unit.
    """

    type: ClassVar[str] = "inventory.stock.levels_changed"
    aggregate_type: ClassVar[str] = "balance"

    tenant_id: UUID
    item_id: UUID
    sku: str
    outlet_id: UUID | None
    balance: BalanceRecord
    changed_by: str

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "balance_id": self.balance.id,
            "item_id": self.item_id,
            "variant_id": self.balance.variant_id,
            "sku": self.sku,
            "warehouse_id": self.balance.warehouse_id,
            "outlet_id": self.outlet_id,
            "reorder_point": optional_quantity_to_text(self.balance.reorder_point),
            "safety_stock": quantity_to_text(self.balance.safety_stock),
            "available": quantity_to_text(self.balance.available),
            "changed_by": self.changed_by,
        }


async def set_stock_levels(
    tx: Transaction, *, variant_id: UUID, warehouse_id: UUID, reorder_point: Decimal | None, safety_stock: Decimal
) -> BalanceRecord:
    """State both levels of a balance in full, in stock units; None: it is never low. Raises ``InvalidInput``.

    Emits ``inventory.stock.levels_changed`` where they were others before.
    """
    for name, level in (("reorder_point", reorder_point), ("safety_stock", safety_stock)):
        if level is not None and level < 0:
            raise InvalidInput("A level is 0 or more.", path=(name,))
    changed = await tx.raw.fetchrow(
        _SET, tx.tenant_id, balance_id(variant_id, warehouse_id), variant_id, warehouse_id, reorder_point, safety_stock
    )
    balance = (await balances_by_pair(tx, [(variant_id, warehouse_id)]))[variant_id, warehouse_id]
    if changed is not None:
        event = StockLevelsChanged(
            aggregate_id=balance.id,
            tenant_id=tx.tenant_id,
            item_id=changed["item_id"],
            sku=changed["sku"],
            outlet_id=changed["outlet_id"],
            balance=balance,
            changed_by=tx.actor.subject,
        )
        await emit(tx, event)
        change = LevelsChange(balance=balance, reorder_point_before=changed["reorder_point_before"])
        for react in tx.hooks.get(AFTER_LEVELS, ()):
            await react(tx, change)
    return balance
