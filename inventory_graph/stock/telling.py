"""What is told of a posting."""

from decimal import Decimal
from uuid import UUID

from inventory_graph.outbox import Event
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
