"""What happens to recipes and kits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from inventory_graph.outbox import Event
from inventory_graph.quantities import quantity_to_text

if TYPE_CHECKING:
    from inventory_graph.masterdata.recipe_reading import BillOfMaterialsRecord, ComponentRecord


@dataclass(frozen=True, kw_only=True)
class BillOfMaterialsCreated(Event):
    """A recipe or kit got a new version, in force from ``effective_from`` until a later one takes over.

    The aggregate is the item. ``output_quantity`` of ``output_unit`` comes of the ``components``; quantities and percents are
    strings.
    """

    type: ClassVar[str] = "inventory.bill_of_materials.created"
    aggregate_type: ClassVar[str] = "item"

    sku: str
    bill: "BillOfMaterialsRecord"
    components: Sequence["ComponentRecord"]

    def payload(self) -> dict[str, Any]:
        return {
            "bill_of_materials_id": str(self.bill.id),
            "item_id": str(self.bill.item_id),
            "sku": self.sku,
            "version": self.bill.version,
            "effective_from": self.bill.effective_from.isoformat(),
            "output_quantity": quantity_to_text(self.bill.output_quantity),
            "output_unit": self.bill.output_unit_code,
            "yield_percent": quantity_to_text(self.bill.yield_percent),
            "components": [
                {
                    "variant_id": str(component.variant_id),
                    "sku": component.sku,
                    "quantity": quantity_to_text(component.quantity),
                    "unit": component.unit_code,
                    "waste_percent": quantity_to_text(component.waste_percent),
                    "is_optional": component.is_optional,
                }
                for component in self.components
            ],
            "created_by": self.bill.created_by,
        }
