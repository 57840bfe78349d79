"""What happens to substitutes, and what is taken off sale."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from inventory_graph.outbox import Event
from inventory_graph.quantities import quantity_to_text

if TYPE_CHECKING:
    from inventory_graph.masterdata.sale_stops import SaleStopRecord
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


@dataclass(frozen=True, kw_only=True)
class SaleStopEvent(Event):
    """A stop as it is after the change.

    ``variant_id``, ``outlet_id`` and ``channel`` are null for all variants, outlets and channels. A stop with ``until`` ends then
    by itself, and no event tells of it. Of one thing several stops may be in force: it is on sale where none is.
    """

    aggregate_type: ClassVar[str] = "sale_stop"

    stop: "SaleStopRecord"
    item_sku: str
    variant_sku: str | None

    def payload(self) -> dict[str, Any]:
        stop = self.stop
        return {
            "sale_stop_id": str(stop.id),
            "item_id": str(stop.item_id),
            "item_sku": self.item_sku,
            "variant_id": str(stop.variant_id) if stop.variant_id is not None else None,
            "variant_sku": self.variant_sku,
            "outlet_id": str(stop.outlet_id) if stop.outlet_id is not None else None,
            "channel": stop.channel,
            "reason": stop.reason,
            "until": stop.until.isoformat() if stop.until is not None else None,
            "created_by": stop.created_by,
            "created_at": stop.created_at.isoformat(),
            "lifted_by": stop.lifted_by,
            "lifted_at": stop.lifted_at.isoformat() if stop.lifted_at is not None else None,
        }


@dataclass(frozen=True, kw_only=True)
class SaleStopped(SaleStopEvent):
    """An item, or one variant of it, was taken off sale by hand."""

    type: ClassVar[str] = "inventory.sale.stopped"


@dataclass(frozen=True, kw_only=True)
class SaleResumed(SaleStopEvent):
    """A stop was lifted by hand, or gave way to another of the same variant, outlet and channel, which is told of next."""

    type: ClassVar[str] = "inventory.sale.resumed"
