"""What may stand in for a variant."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.substitutes import SubstituteNotAllowed as SubstituteNotAllowedRefusal
from inventory_graph.masterdata.substitutes import SubstituteRecord, substitutes_by_variant
from resolvers.context import Info
from resolvers.kit import ERROR_TYPES, UserError, field, present, presents
from resolvers.scalars import Date, DateTime, Quantity

if TYPE_CHECKING:
    from resolvers.items import Variant


@strawberry.type(
    description="What was named may not stand in for the other: it brings an allergen that the original lacks, or is of another"
    " controlled class."
)
class SubstituteNotAllowed(UserError):
    allergens: list[str] = strawberry.field(
        description="The allergens that would come in, in alphabetical order; empty where the controlled class is why."
    )
    controlled_class: str | None = strawberry.field(
        description="The controlled class of the substitute where it is why; null also for one that is not controlled."
    )


def _not_allowed(refusal: Any, common: dict[str, Any]) -> UserError:
    return SubstituteNotAllowed(**common, allergens=list(refusal.allergens), controlled_class=refusal.controlled_class)


ERROR_TYPES[SubstituteNotAllowedRefusal] = _not_allowed


@presents(SubstituteRecord)
@strawberry.type(description="That a variant may stand in for another; the other way round is another matter.")
class Substitute:
    factor: Quantity = strawberry.field(
        description="How many stock units of this variant stand in for one stock unit of the original."
    )
    priority: int = strawberry.field(description="The lower, the earlier it is offered.")
    valid_from: Date | None = strawberry.field(
        description="The first day on which it is offered, by the tenant's calendar; null for no beginning."
    )
    valid_until: Date | None = strawberry.field(
        description="The last day on which it is offered, by the tenant's calendar; null for no end."
    )
    approved_by: str = strawberry.field(description="Who last said so.")
    created_at: DateTime = strawberry.field(description="When it was first said.")
    record: strawberry.Private[SubstituteRecord]

    @classmethod
    def of(cls, record: SubstituteRecord) -> "Substitute":
        """The substitute of a record."""
        return cls(
            factor=Quantity(record.factor),
            priority=record.priority,
            valid_from=Date(record.valid_from) if record.valid_from is not None else None,
            valid_until=Date(record.valid_until) if record.valid_until is not None else None,
            approved_by=record.approved_by,
            created_at=DateTime(record.created_at),
            record=record,
        )

    @field(description="What stands in.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        variant: Variant = present(await info.context.load(variants_by_id, self.record.substitute_variant_id))
        return variant


async def substitutes_of_variant(info: Info, variant_id: UUID) -> list[Substitute]:
    """What may stand in for a variant, for ``Variant.substitutes``."""
    return [Substitute.of(record) for record in await info.context.load(substitutes_by_variant, variant_id) or ()]


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = []
types: list[type] = [SubstituteNotAllowed]
