"""What papers say of places, suppliers, things and times, read together for all lines."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from inventory_graph.db import Transaction
from inventory_graph.identity.records import TenantRecord
from inventory_graph.identity.tenants import outlets_by_id, tenant_by_id
from inventory_graph.masterdata.item_reading import items_by_id, variants_by_id
from inventory_graph.masterdata.records import ItemRecord, VariantRecord
from inventory_graph.masterdata.suppliers import SupplierRecord, suppliers_by_id
from inventory_graph.masterdata.units import UnitRecord, units_by_code
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouses_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What the lines of a paper are about."""

    variants: Mapping[UUID, VariantRecord]
    items: Mapping[UUID, ItemRecord]
    units: Mapping[str, UnitRecord]

    def sku(self, variant_id: UUID) -> str:
        return self.variants[variant_id].sku

    def name(self, variant_id: UUID) -> str:
        """The name of the item, with the variant's behind it where that says more."""
        variant = self.variants[variant_id]
        item = self.items[variant.item_id]
        return item.name if variant.name in {item.name, ""} else f"{item.name} · {variant.name}"

    def stock_unit(self, variant_id: UUID) -> str:
        """The code of the unit that the variant is stocked in."""
        return self.items[self.variants[variant_id].item_id].unit_code

    def abbreviation(self, unit_code: str) -> str:
        """How the unit is written behind a number."""
        return self.units[unit_code].abbreviation


async def goods_of(tx: Transaction, *, variant_ids: Collection[UUID], unit_codes: Collection[str] = ()) -> Goods:
    """The variants with their items and all units concerned, in three statements."""
    variants = await variants_by_id(tx, list(set(variant_ids)))
    items = await items_by_id(tx, list({each.item_id for each in variants.values()}))
    codes = {*unit_codes, *(each.unit_code for each in items.values())}
    return Goods(variants=variants, items=items, units=await units_by_code(tx, list(codes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse as an address."""

    warehouse: WarehouseRecord
    lines: tuple[str, ...]

    def time(self, instant: datetime) -> str:
        """The date and time on the clock of the warehouse."""
        local = instant.astimezone(ZoneInfo(self.warehouse.timezone))
        return f"{local:%Y-%m-%d %H:%M %Z}"

    def time_if_any(self, instant: datetime | None) -> str | None:
        """The same, None for none."""
        return self.time(instant) if instant is not None else None


async def places_of(tx: Transaction, *, warehouse_ids: Collection[UUID]) -> Mapping[UUID, Place]:
    """The warehouses with the outlets that they belong to, in two statements. Where a warehouse has no address, the outlet's counts."""
    warehouses = await warehouses_by_id(tx, list(set(warehouse_ids)))
    outlets = await outlets_by_id(
        tx, list({each.outlet_id for each in warehouses.values() if each.outlet_id is not None})
    )
    places = {}
    for warehouse in warehouses.values():
        outlet = outlets.get(warehouse.outlet_id) if warehouse.outlet_id is not None else None
        address = warehouse.address or (outlet.address if outlet is not None else None)
        lines = [f"{warehouse.name} ({warehouse.code})"]
        if outlet is not None and outlet.name != warehouse.name:
            lines.append(outlet.name)
        places[warehouse.id] = Place(warehouse=warehouse, lines=(*lines, *(address or "").splitlines()))
    return places


async def supplier_of(tx: Transaction, *, supplier_id: UUID) -> SupplierRecord:
    """The supplier, who is there."""
    return (await suppliers_by_id(tx, [supplier_id]))[supplier_id]


async def tenant_of(tx: Transaction) -> TenantRecord:
    """The tenant of the transaction. Raises ``LookupError`` for one that is gone."""
    tenant = await tenant_by_id(tx, id=tx.tenant_id)
    if tenant is None:
        raise LookupError(f"There is no tenant {tx.tenant_id}.")
    return tenant


def supplier_lines(supplier: SupplierRecord) -> list[str]:
    """Who the supplier is and how to reach it."""
    return [f"{supplier.name} ({supplier.code})", *(each for each in (supplier.email, supplier.phone) if each)]


def stated(**facts: str | None) -> list[tuple[str, str]]:
    """The facts that there are: ``payment_terms="30 days"`` is ("Payment terms", "30 days")."""
    return [(name.replace("_", " ").capitalize(), value) for name, value in facts.items() if value]
