"""Events that could not be published, and having them published again."""

import strawberry

from inventory_graph.live import dead_letters as verbs
from inventory_graph.live.dead_letters import (
    DeadLetterRecord,
    dead_letter_count,
    dead_letter_page,
)
from resolvers.context import Info
from resolvers.federation import ADMINISTRATION, tagged
from resolvers.kit import After, Connection, First, Payload, check_first, field, identifier, mutation, presents
from resolvers.positions import letter_position
from resolvers.scalars import DateTime

VIEW = "inventory.config.view"
MANAGE = "inventory.config.manage"


@presents(DeadLetterRecord)
@strawberry.type(
    description="An event that could not be published, or that waits behind such a one of the same aggregate."
)
class DeadLetter:
    id: strawberry.ID = strawberry.field(description="The event's id; it keeps it when it is published after all.")
    sequence: str = strawberry.field(description="Its position among the tenant's events, as in `InventoryEvent`.")
    reader: str = strawberry.field(description="Where to: nats or kafka. What neither takes is listed once for each.")
    type: str = strawberry.field(description="Such as inventory.stock.updated.")
    aggregate_type: str = strawberry.field(description="What it is about: balance, reservation, item, …")
    aggregate_id: strawberry.ID = strawberry.field(description="Which one it is about; give it to `replayDeadLetters`.")
    error: str = strawberry.field(description="Why it is here.")
    tries: int = strawberry.field(description="How often it was refused; 0 for one that waits behind another.")
    parked_at: DateTime = strawberry.field(description="Since when it is here.")
    queued_at: DateTime | None = strawberry.field(
        description="When it was asked for again; null where nobody did, or where it was refused since."
    )
    occurred_at: DateTime = strawberry.field(description="When it happened.")

    @classmethod
    def of(cls, record: DeadLetterRecord) -> "DeadLetter":
        """The dead letter of a record."""
        return cls(
            id=strawberry.ID(str(record.event_id)),
            sequence=str(record.tenant_seq),
            reader=record.reader,
            type=record.type,
            aggregate_type=record.aggregate_type,
            aggregate_id=strawberry.ID(str(record.aggregate_id)),
            error=record.error,
            tries=record.tries,
            parked_at=DateTime(record.parked_at),
            queued_at=DateTime(record.queued_at) if record.queued_at is not None else None,
            occurred_at=DateTime(record.occurred_at),
        )


@strawberry.type(description="What will be published again.")
class ReplayDeadLettersPayload(Payload):
    queued_count: int | None = strawberry.field(
        default=None, description="How many events; 0 where none of the aggregate is a dead letter; null when refused."
    )


@strawberry.input(description="Whose events are to be published again.")
class ReplayDeadLettersInput:
    aggregate_id: strawberry.ID = strawberry.field(description="What they are about; `deadLetters` shows it.")


@field(
    description="A page of the events that could not be published, in the order in which they happened. Needs"
    " inventory.config.view."
)
async def dead_letters(info: Info, first: First = 20, after: After = None) -> Connection[DeadLetter]:
    info.context.require(VIEW)
    size, position = check_first(first), letter_position(after)
    page = await info.context.read(lambda tx: dead_letter_page(tx, first=size, after=position))

    async def count() -> int | None:
        return await info.context.read(dead_letter_count)

    return Connection.of(page, node=DeadLetter.of, after=after, count=count)


@mutation
async def replay_dead_letters(info: Info, input: ReplayDeadLettersInput) -> ReplayDeadLettersPayload:
    """Has all dead letters of an aggregate published again, in their order and under the same ids, marked by `metadata.replay`;
    whatever happens to it meanwhile goes out behind them. Safe to repeat. Needs inventory.config.manage."""
    info.context.require(MANAGE)
    aggregate_id = identifier(input.aggregate_id, path=("aggregate_id",))
    count = await info.context.write(lambda tx: verbs.replay_dead_letters(tx, aggregate_id=aggregate_id))
    return ReplayDeadLettersPayload(queued_count=count)


queries = tagged(ADMINISTRATION, dead_letters)
mutations = tagged(ADMINISTRATION, replay_dead_letters)
