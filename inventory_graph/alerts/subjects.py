"""What alerts are about: balances, lots and documents, with the names that readers need."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Record, Transaction

_BALANCES = """
SELECT balances.id, tenants.alerts, tenants.alert_target, tenants.alert_email, items.id AS item_id, items.sku AS item_sku,
  items.name AS item_name, items.unit_code, variants.id AS variant_id, variants.sku, warehouses.id AS warehouse_id,
  warehouses.outlet_id, outlets.name AS outlet_name,
  items.type NOT IN ('SERVICE', 'VOUCHER', 'RECIPE', 'KIT')
    AND items.status <> 'ARCHIVED' AND variants.status <> 'ARCHIVED' AND warehouses.is_active AS is_alive
FROM balances
JOIN tenants ON tenants.id = $1
JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id
LEFT JOIN outlets ON outlets.tenant_id = $1 AND outlets.id = warehouses.outlet_id
WHERE balances.tenant_id = $1 AND balances.id = ANY($2::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """For whom the tenant wants told: a target in the notification service's words, an address for mail."""

    target: str | None
    email: str | None

    @property
    def is_enabled(self) -> bool:
        return self.target is not None or self.email is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSubject:
    """A balance by its names, and the alerts its tenant wants of it: none for what holds no stock or is archived."""

    tenant_id: UUID
    alerts: frozenset[str]
    item_id: UUID
    item_sku: str
    item_name: str
    unit_code: str
    variant_id: UUID
    sku: str
    warehouse_id: UUID
    outlet_id: UUID | None
    outlet_name: str | None
    notification: Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSubject:
    """A lot in one warehouse, by its names."""

    tenant_id: UUID
    item_id: UUID
    item_name: str
    sku: str
    unit_code: str
    warehouse_id: UUID
    outlet_id: UUID | None
    outlet_name: str | None
    notification: Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSubject:
    """A document that somebody waits for, and the warehouse that does, by their names."""

    tenant_id: UUID
    number: str
    status: str
    expected_at: datetime
    warehouse_id: UUID
    warehouse_code: str
    warehouse_name: str
    outlet_id: UUID | None
    outlet_name: str | None
    notification: Notification


async def balance_subjects(tx: Transaction, *, balance_ids: Collection[UUID]) -> dict[UUID, BalanceSubject]:
    """The balances by id; those that do not exist are left out. One statement."""
    rows = await tx.raw.fetch(_BALANCES, tx.tenant_id, sorted(balance_ids))
    return {row["id"]: _balance(tx.tenant_id, row) for row in rows}


def _balance(tenant_id: UUID, row: Record) -> BalanceSubject:
    return BalanceSubject(
        tenant_id=tenant_id,
        alerts=frozenset(row["alerts"]) if row["is_alive"] else frozenset(),
        item_id=row["item_id"],
        item_sku=row["item_sku"],
        item_name=row["item_name"],
        unit_code=row["unit_code"],
        variant_id=row["variant_id"],
        sku=row["sku"],
        warehouse_id=row["warehouse_id"],
        outlet_id=row["outlet_id"],
        outlet_name=row["outlet_name"],
        notification=Notification(target=row["alert_target"], email=row["alert_email"]),
    )
