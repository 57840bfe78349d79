"""State what may stand in for a variant, and take it back."""

from decimal import Decimal
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.masterdata import substitutes as verbs
from inventory_graph.masterdata.item_reading import variant_by_key
from inventory_graph.masterdata.records import VariantRecord
from inventory_graph.masterdata.substitutes import PRIORITY_DEFAULT, SubstituteRecord
from resolvers.context import Info
from resolvers.item_keys import ItemKey, item_key
from resolvers.items import Variant
from resolvers.kit import Payload, mutation
from resolvers.scalars import Date, Quantity
from resolvers.substitutes import Substitute
from resolvers.variant_mutations import VariantPayload

CHANGE = "inventory.items.change"


@strawberry.type(description="What may now stand in for a variant.")
class SubstitutePayload(Payload):
    substitute: Substitute | None = strawberry.field(
        default=None, description="What stands in, and how; null when refused."
    )


@strawberry.input(description="What may stand in for a variant, in full: what is left out takes its default.")
class SetSubstituteInput:
    variant: ItemKey = strawberry.field(description="The original; it may have up to 100 substitutes.")
    substitute: ItemKey = strawberry.field(
        description="What stands in. It brings no allergen that the original lacks, its components included, and is of the same"
        " controlled class."
    )
    factor: Quantity = strawberry.field(
        default=Quantity(Decimal(1)),
        description="How many stock units of the substitute stand in for one stock unit of the original; more than 0.",
    )
    priority: int = strawberry.field(
        default=PRIORITY_DEFAULT, description="The lower, the earlier it is offered: 0 to 1,000,000."
    )
    valid_from: Date | None = strawberry.field(
        default=None, description="The first day on which it is offered, by the tenant's calendar; at once if left out."
    )
    valid_until: Date | None = strawberry.field(
        default=None, description="The last day on which it is offered; without end if left out."
    )


@strawberry.input(description="What shall stand in for a variant no more.")
class RemoveSubstituteInput:
    variant: ItemKey = strawberry.field(description="The original.")
    substitute: ItemKey = strawberry.field(description="What stood in.")


async def _pair(tx: Transaction, given: SetSubstituteInput | RemoveSubstituteInput) -> tuple[VariantRecord, UUID]:
    variant = await variant_by_key(tx, item_key(given.variant, path=("variant",)))
    substitute = await variant_by_key(tx, item_key(given.substitute, path=("substitute",)), path=("substitute",))
    return variant, substitute.id


@mutation
async def set_substitute(info: Info, input: SetSubstituteInput) -> SubstitutePayload:
    """States that one variant may stand in for another, in place of what was stated of the two before. Safe to repeat. Emits
    inventory.variant.substitute_set. Needs inventory.items.change."""
    info.context.require(CHANGE)

    async def verb(tx: Transaction) -> SubstituteRecord:
        variant, substitute_id = await _pair(tx, input)
        return await verbs.set_substitute(
            tx,
            variant_id=variant.id,
            substitute_variant_id=substitute_id,
            factor=input.factor,
            priority=input.priority,
            valid_from=input.valid_from,
            valid_until=input.valid_until,
        )

    return SubstitutePayload(substitute=Substitute.of(await info.context.write(verb)))


@mutation
async def remove_substitute(info: Info, input: RemoveSubstituteInput) -> VariantPayload:
    """Lets a variant stand in for another no more. Emits inventory.variant.substitute_removed. Needs inventory.items.change."""
    info.context.require(CHANGE)

    async def verb(tx: Transaction) -> VariantRecord:
        variant, substitute_id = await _pair(tx, input)
        await verbs.remove_substitute(tx, variant_id=variant.id, substitute_variant_id=substitute_id)
        return variant

    return VariantPayload(variant=Variant.of(await info.context.write(verb)))


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [set_substitute, remove_substitute]
types: list[type] = []
