"""Stock periods: what is closed, so that the books stay as they were reported."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeAlias

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.stock import period_queries as reading
from inventory_graph.stock import periods as verbs
from inventory_graph.stock.records import PeriodRecord, PeriodStepRecord
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.inputs import KEY_DESCRIPTION, write_once
from resolvers.kit import After, Connection, First, Payload, check_first, field, identifier, mutation, presents
from resolvers.money import Money
from resolvers.positions import instant_position
from resolvers.scalars import Date, DateTime

VIEW = "inventory.periods.view"
MANAGE = "inventory.periods.manage"

Verb: TypeAlias = Callable[[Transaction], Awaitable[PeriodRecord]]


@strawberry.enum(description="Whether what happened in a period can still be recorded.")
class PeriodStatus(Enum):
    CLOSED = enum_value("CLOSED", description="It cannot: the books stay as they were reported.")
    OPEN = enum_value("OPEN", description="It can: it was closed and then reopened.")


@strawberry.enum(description="What made one version of a period.")
class PeriodStepKind(Enum):
    CLOSED = enum_value("CLOSED", description="It was closed.")
    REOPENED = enum_value("REOPENED", description="It was opened again.")


@strawberry.type(description="One version of a period: who did what, when and why.")
class PeriodStep:
    version: int = strawberry.field(description="The version it made, dense from 1.")
    kind: PeriodStepKind = strawberry.field(description="What was done.")
    at: DateTime = strawberry.field(description="When.")
    by: str = strawberry.field(description="The subject who did it.")
    reason: str | None = strawberry.field(description="Why: the note of a closing, the reason of a reopening.")
    value: Money | None = strawberry.field(description="What the stock was worth at the end, as it was closed then.")
    balance_count: int | None = strawberry.field(
        description="How many balances were written down: those that differ from what was written before."
    )

    @classmethod
    def of(cls, record: PeriodStepRecord, currency: str) -> "PeriodStep":
        """The step of a record, values in that currency."""
        return cls(
            version=record.version,
            kind=PeriodStepKind(record.kind),
            at=DateTime(record.at),
            by=record.by,
            reason=record.reason,
            value=Money.of(record.value, currency),
            balance_count=record.balance_count,
        )


@presents(PeriodRecord)
@strawberry.type(
    description="A range of time that was closed: what happened in it is recorded for good, unless reopened."
)
class Period:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    starts_at: DateTime | None = strawberry.field(description="The first instant in it; null: from the beginning.")
    ends_at: DateTime = strawberry.field(description="The first instant after it.")
    status: PeriodStatus = strawberry.field(description="Whether it is closed now.")
    movement_count: int = strawberry.field(description="How many movements happened in it, when it was last closed.")
    note: str | None = strawberry.field(description="For people; of its last closing.")
    version: int = strawberry.field(description="One for each step, dense from 1.")
    closed_at: DateTime = strawberry.field(description="When it was last closed.")
    closed_by: str = strawberry.field(description="The subject who last closed it.")
    record: strawberry.Private[PeriodRecord]

    @classmethod
    def of(cls, record: PeriodRecord) -> "Period":
        """The period of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            starts_at=DateTime(record.starts_at) if record.starts_at is not None else None,
            ends_at=DateTime(record.ends_at),
            status=PeriodStatus(record.status),
            movement_count=record.movement_count,
            note=record.note,
            version=record.version,
            closed_at=DateTime(record.closed_at),
            closed_by=record.closed_by,
            record=record,
        )

    @field(description="What all stock was worth at its end, when it was last closed.")
    def value(self, info: Info) -> Money:
        return Money.given(self.record.value, info.context.actor.currency)

    @field(description="Who closed and reopened it, the newest first; at most 100 steps.", directives=[usually(2)])
    async def history(self, info: Info) -> list[PeriodStep]:
        steps = await info.context.load(reading.steps_by_period, self.record.id) or []
        return [PeriodStep.of(each, info.context.actor.currency) for each in steps]


@strawberry.input(description="What is to be closed: from where the last closed period ends, to an instant or a day.")
class ClosePeriodInput:
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION)
    ends_at: DateTime | None = strawberry.field(
        default=None, description="The first instant that stays open. It must have been over for five minutes."
    )
    ends_on: Date | None = strawberry.field(
        default=None, description="Instead of `endsAt`: the last day in it, by the tenant's calendar."
    )
    note: str | None = strawberry.field(default=None, description="For people; at most 1,000 characters.")


@strawberry.input(description="Which period is to be reopened, and why.")
class ReopenPeriodInput:
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION)
    period_id: strawberry.ID = strawberry.field(description="The last closed period.")
    reason: str = strawberry.field(description="Why, for the history; at most 1,000 characters.")


@strawberry.type(description="What became of a period.")
class PeriodPayload(Payload):
    period: Period | None = strawberry.field(default=None, description="The period as it is now; null when refused.")


@mutation
async def close_period(info: Info, input: ClosePeriodInput) -> PeriodPayload:
    """Closes what happened before an instant: from then on nothing can be recorded into it. Waits for what is being recorded; selling
    goes on. A reopened period is closed again by its own end. Needs inventory.periods.manage."""
    info.context.require(MANAGE)

    async def verb(tx: Transaction) -> PeriodRecord:
        return await verbs.close_period(tx, ends_at=input.ends_at, ends_on=input.ends_on, note=input.note)

    return await _written(info, input, "closePeriod", verb)


@mutation
async def reopen_period(info: Info, input: ReopenPeriodInput) -> PeriodPayload:
    """Opens the last closed period again, so that what happened in it can be recorded. Needs inventory.periods.manage."""
    info.context.require(MANAGE)
    period_id = identifier(input.period_id, path=("period_id",))

    async def verb(tx: Transaction) -> PeriodRecord:
        return await verbs.reopen_period(tx, period_id=period_id, reason=input.reason)

    return await _written(info, input, "reopenPeriod", verb)


async def _written(
    info: Info, input: ClosePeriodInput | ReopenPeriodInput, operation: str, verb: Verb
) -> PeriodPayload:
    record, replayed = await write_once(info, input, operation=operation, verb=verb, load=reading.periods_by_id)
    return PeriodPayload(period=Period.of(record), replayed=replayed)


@field(description="The periods that were closed once, the newest first.")
async def periods(info: Info, first: First = 20, after: After = None) -> Connection[Period]:
    info.context.require(VIEW)
    check_first(first)
    position = instant_position(after)
    page = await info.context.read(lambda tx: reading.periods_page(tx, first=first, after=position))

    async def count() -> int | None:
        return await info.context.read(reading.periods_count)

    return Connection.of(page, node=Period.of, after=after, count=count)


queries: list[StrawberryField] = [periods]
mutations: list[StrawberryField] = [close_period, reopen_period]
types: list[type] = []
