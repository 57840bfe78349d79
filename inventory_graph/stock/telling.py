"""What is told of a posting."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from inventory_graph.outbox import Event, EventRows, current_traceparent, rows_of
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Adjust, SetOnHand
from inventory_graph.stock.events import StockAdjusted, StockUpdated


def events_of(tenant_id: UUID, posted: Posted) -> list[Event]:
    """One ``StockUpdated`` for each balance that took a version, and one ``StockAdjusted`` for what was corrected by hand."""
    command = posted.command
    events: list[Event] = []
    for before, after in zip(posted.before, posted.after, strict=True):
        if after.version == before.version:
            continue
        movements = [movement for movement in posted.movements if movement.balance_id == after.id]
        kinds = tuple(dict.fromkeys(movement.kind for movement in movements))
        events.append(
            StockUpdated(
                aggregate_id=after.id, aggregate_version=after.version, tenant_id=tenant_id, before=before, after=after,
                command_id=command.id, kinds=kinds, reason=command.reason, reference=command.reference,
                occurred_at=movements[0].occurred_at, recorded_by=command.recorded_by,
            )
        )  # fmt: skip
        if {Adjust.kind, SetOnHand.kind} & set(kinds):
            events.append(
                StockAdjusted(
                    aggregate_id=after.id, aggregate_version=after.version, tenant_id=tenant_id, after=after,
                    command_id=command.id, change=after.on_hand - before.on_hand,
                    value_change=sum((movement.value_change for movement in movements), Decimal(0)),
                    reason=command.reason, reference=command.reference, note=command.note,
                    adjusted_at=movements[0].occurred_at, adjusted_by=command.recorded_by,
                )
            )  # fmt: skip
    return events


def told_of(
    tenant_id: UUID, posted: Sequence[Posted], announced: Sequence[Event], *, made_by: Sequence[str | None]
) -> tuple[EventRows, list[str | None] | None]:
    """The rows of what is told of everything that was posted, and of what was announced besides; and for each the operation that
    made it, None where all of it is the task's own. ``made_by`` has the operation of each posting."""
    told = [events_of(tenant_id, each) for each in posted]
    rows = rows_of([*(event for events in told for event in events), *announced])
    own = current_traceparent.get()
    if all(each == own for each in made_by):
        return rows, None
    traceparents = [each for each, events in zip(made_by, told, strict=True) for _ in events]
    # What is announced of a balance follows from the last operation that changed it.
    last = {
        after.id: each
        for each, done in zip(made_by, posted, strict=True)
        for before, after in zip(done.before, done.after, strict=True)
        if each is not None and after.version != before.version
    }
    return rows, [*traceparents, *(last.get(event.aggregate_id) for event in announced)]
