"""What happens to warehouses, locations and suppliers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from inventory_graph.outbox import Event
from inventory_graph.quantities import quantity_to_text

if TYPE_CHECKING:
    from inventory_graph.masterdata.locations import LocationRecord
    from inventory_graph.masterdata.supplier_items import SupplierItemRecord
    from inventory_graph.masterdata.supplier_prices import SupplierPriceRecord
    from inventory_graph.masterdata.suppliers import SupplierRecord
    from inventory_graph.masterdata.warehouses import WarehouseRecord


def _degrees(value: Decimal | None) -> float | None:
    """A JSON number, as maps take it; a coordinate is no quantity."""
    return float(value) if value is not None else None


@dataclass(frozen=True, kw_only=True)
class WarehouseEvent(Event):
    """A warehouse as it is after the change. One that lost the default to another has an event of its own."""

    aggregate_type: ClassVar[str] = "warehouse"

    warehouse: "WarehouseRecord"

    def payload(self) -> dict[str, Any]:
        return {
            "warehouse_id": str(self.warehouse.id),
            "code": self.warehouse.code,
            "name": self.warehouse.name,
            "type": self.warehouse.type,
            "outlet_id": str(self.warehouse.outlet_id) if self.warehouse.outlet_id is not None else None,
            "timezone": self.warehouse.timezone,
            "is_default": self.warehouse.is_default,
            "is_active": self.warehouse.is_active,
            "priority": self.warehouse.priority,
            "allow_negative": self.warehouse.allow_negative,
            "address": self.warehouse.address,
            "latitude": _degrees(self.warehouse.latitude),
            "longitude": _degrees(self.warehouse.longitude),
        }


@dataclass(frozen=True, kw_only=True)
class WarehouseCreated(WarehouseEvent):
    """A warehouse was added."""

    type: ClassVar[str] = "inventory.warehouse.created"


@dataclass(frozen=True, kw_only=True)
class WarehouseUpdated(WarehouseEvent):
    """A warehouse changed, became the default or lost the default to another."""

    type: ClassVar[str] = "inventory.warehouse.updated"


@dataclass(frozen=True, kw_only=True)
class WarehouseArchived(WarehouseEvent):
    """A warehouse was closed; it was empty."""

    type: ClassVar[str] = "inventory.warehouse.archived"


@dataclass(frozen=True, kw_only=True)
class LocationEvent(Event):
    """A location as it is after the change. What lies below a moved location moves along without events of its own."""

    aggregate_type: ClassVar[str] = "location"

    location: "LocationRecord"

    def payload(self) -> dict[str, Any]:
        return {
            "location_id": str(self.location.id),
            "warehouse_id": str(self.location.warehouse_id),
            "parent_id": str(self.location.parent_id) if self.location.parent_id is not None else None,
            "code": self.location.code,
            "name": self.location.name,
            "type": self.location.type,
            "path": self.location.path,
            "is_active": self.location.is_active,
        }


@dataclass(frozen=True, kw_only=True)
class LocationCreated(LocationEvent):
    """A location was added."""

    type: ClassVar[str] = "inventory.location.created"


@dataclass(frozen=True, kw_only=True)
class LocationUpdated(LocationEvent):
    """A location was renamed, moved or opened again."""

    type: ClassVar[str] = "inventory.location.updated"


@dataclass(frozen=True, kw_only=True)
class LocationArchived(LocationEvent):
    """A location was closed; nothing lay there."""

    type: ClassVar[str] = "inventory.location.archived"


@dataclass(frozen=True, kw_only=True)
class SupplierEvent(Event):
    """A supplier as it is after the change."""

    aggregate_type: ClassVar[str] = "supplier"

    supplier: "SupplierRecord"

    def payload(self) -> dict[str, Any]:
        return {
            "supplier_id": str(self.supplier.id),
            "code": self.supplier.code,
            "name": self.supplier.name,
            "email": self.supplier.email,
            "phone": self.supplier.phone,
            "currency": self.supplier.currency,
            "payment_terms_days": self.supplier.payment_terms_days,
            "is_active": self.supplier.is_active,
        }


@dataclass(frozen=True, kw_only=True)
class SupplierCreated(SupplierEvent):
    """A supplier was added."""

    type: ClassVar[str] = "inventory.supplier.created"


@dataclass(frozen=True, kw_only=True)
class SupplierUpdated(SupplierEvent):
    """A supplier changed."""

    type: ClassVar[str] = "inventory.supplier.updated"


@dataclass(frozen=True, kw_only=True)
class SupplierItemSet(Event):
    """What a supplier sells a variant as was stated anew; the aggregate is the supplier.

    ``unit_price`` and the order sizes are strings per ``unit_code``, the purchase unit.
    """

    type: ClassVar[str] = "inventory.supplier.item_set"
    aggregate_type: ClassVar[str] = "supplier"

    item: "SupplierItemRecord"

    def payload(self) -> dict[str, Any]:
        quantities = {
            "unit_price": self.item.unit_price,
            "order_minimum": self.item.order_minimum,
            "order_multiple": self.item.order_multiple,
        }
        return {
            "supplier_id": str(self.item.supplier_id),
            "variant_id": str(self.item.variant_id),
            "supplier_sku": self.item.supplier_sku,
            "unit_code": self.item.unit_code,
            "currency": self.item.currency,
            "lead_time_days": self.item.lead_time_days,
            "is_preferred": self.item.is_preferred,
            **{name: quantity_to_text(value) if value is not None else None for name, value in quantities.items()},
        }


@dataclass(frozen=True, kw_only=True)
class SupplierPricesSet(Event):
    """The price breaks of what a supplier sells a variant as were stated anew; the aggregate is the supplier.

    ``unit_price`` is a string per ``unit_code``, the purchase unit, and is asked from ``minimum_quantity`` of it on; ``valid_to`` null:
    until further notice.
    """

    type: ClassVar[str] = "inventory.supplier.prices_set"
    aggregate_type: ClassVar[str] = "supplier"

    item: "SupplierItemRecord"
    prices: tuple["SupplierPriceRecord", ...]

    def payload(self) -> dict[str, Any]:
        return {
            "supplier_id": str(self.item.supplier_id),
            "variant_id": str(self.item.variant_id),
            "unit_code": self.item.unit_code,
            "currency": self.item.currency,
            "prices": [
                {
                    "minimum_quantity": quantity_to_text(each.minimum_quantity),
                    "unit_price": quantity_to_text(each.unit_price),
                    "valid_from": each.valid_from,
                    "valid_to": each.valid_to,
                }
                for each in self.prices
            ],
        }
