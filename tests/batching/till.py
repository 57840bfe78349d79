"""A little schema whose one mutation goes through the batcher; it exports what a resolver module exports."""

from decimal import Decimal
from uuid import UUID, uuid4

import strawberry

from inventory_graph.errors import Unavailable
from inventory_graph.stock.commands import Adjust, Command
from resolvers.context import Info
from resolvers.kit import Payload, mutation
from tests.batching.desk import Change


@strawberry.input(description="What to change.")
class RingUpInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    delta: int = strawberry.field(default=1, description="So much more or less.")


@strawberry.type(description="What became of it.")
class RingUpPayload(Payload):
    version: int | None = strawberry.field(default=None, description="The version that the balance took.")


@mutation
async def ring_up(info: Info, input: RingUpInput) -> RingUpPayload:  # noqa: A002 - the argument's name in the schema
    """Change what is on hand."""
    line = Adjust(variant_id=UUID(input.variant_id), warehouse_id=UUID(input.warehouse_id), delta=Decimal(input.delta))
    actor = info.context.actor
    command = Command(id=uuid4(), lines=(line,), recorded_by=actor.subject, reason="CORRECTION")
    posted = await info.context.batched(Change(actor=actor, command=command), weight=len(command.lines))
    return RingUpPayload(version=posted.after[0].version)


def away(seconds: int) -> str | None:
    raise Unavailable("Nobody is there.", retry_after_seconds=seconds)


queries = [strawberry.field(away, description="Cannot be answered now.")]
mutations = [ring_up]
