"""What happens to substitutes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import quantity_to_text

if TYPE_CHECKING:
    from inventory_graph.masterdata.substitutes import SubstituteRecord


@dataclass(frozen=True, kw_only=True)
class SubstituteSet(Event):
    """What may stand in for a variant was stated anew; the aggregate is the variant that it stands in for.

    ``factor`` is a string: stock units of the substitute for one of the original. The days are those of the tenant's calendar,
    both included.
    """

    type: ClassVar[str] = "inventory.variant.substitute_set"
    aggregate_type: ClassVar[str] = "variant"

    substitute: "SubstituteRecord"

    def payload(self) -> dict[str, Any]:
        substitute = self.substitute
        return {
            "variant_id": str(substitute.variant_id),
            "substitute_variant_id": str(substitute.substitute_variant_id),
            "factor": quantity_to_text(substitute.factor),
            "priority": substitute.priority,
            "valid_from": substitute.valid_from.isoformat() if substitute.valid_from is not None else None,
            "valid_until": substitute.valid_until.isoformat() if substitute.valid_until is not None else None,
            "approved_by": substitute.approved_by,
        }


@dataclass(frozen=True, kw_only=True)
class SubstituteRemoved(Event):
    """Something stands in for a variant no more; the aggregate is the variant that it stood in for."""

    type: ClassVar[str] = "inventory.variant.substitute_removed"
    aggregate_type: ClassVar[str] = "variant"

    substitute_variant_id: UUID

    def payload(self) -> dict[str, Any]:
        return {
            "variant_id": str(self.aggregate_id),
            "substitute_variant_id": str(self.substitute_variant_id),
        }
