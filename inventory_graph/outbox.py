"""Events leave with the transaction that made them.

``emit`` writes an event into the table ``outbox`` of the same transaction, so that a committed change always has its event
and a rolled-back one never does. Rows have no position that readers may rely on: an identity is drawn at INSERT but becomes
visible at COMMIT. Only the sequencer, after commit, gives events their order (docs/decisions/0004).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSON, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, Transaction

TRACEPARENT_LENGTH_MAX = 55
"""How long W3C's header ``traceparent`` is."""

current_traceparent: ContextVar[str | None] = ContextVar("current_traceparent", default=None)
"""The operation that this task works for, as W3C's header ``traceparent`` names it; None where operations are not traced."""


class OutboxRow(Base):
    """One event of a committed transaction, waiting for the sequencer.

    The payload is kept as the text that was written, so that a hash over it holds. ``traceparent`` names the operation that made
    the event, where operations are traced. No foreign key: row-level security has checked the tenant, and a thousand look-ups
    of the same tenant cost more than the rows.
    """

    __tablename__ = "outbox"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True, cache=1), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    aggregate_type: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[UUID] = mapped_column(Uuid)
    aggregate_version: Mapped[int | None] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    occurred_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))
    traceparent: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_outbox_id", "id"),
        CheckConstraint(f"length(traceparent) <= {TRACEPARENT_LENGTH_MAX}", name="traceparent_length"),
    )


@dataclass(frozen=True, kw_only=True)
class Event(ABC):
    """Something that happened. A subclass is a frozen dataclass: its fields are the payload, its docstring the reference
    page, ``type`` the subject. Fields are only ever added, with defaults."""

    type: ClassVar[str]
    aggregate_type: ClassVar[str]

    aggregate_id: UUID
    aggregate_version: int | None = None

    @abstractmethod
    def payload(self) -> dict[str, Any]:
        """The fields as JSON-ready values; quantities are strings."""


INSERT = """
INSERT INTO outbox (tenant_id, event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, traceparent)
SELECT $1, gen_random_uuid(), aggregate_type, aggregate_id, aggregate_version, type, payload::json, traceparent
FROM unnest($2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[])
  WITH ORDINALITY AS e(aggregate_type, aggregate_id, aggregate_version, type, payload, traceparent, position)
ORDER BY position
"""
"""No array of traceparents at all is null for every event."""


EventRows: TypeAlias = list[tuple[str, UUID, int | None, str, str]]
"""Events with their payloads written out, ready for the table."""


async def emit(tx: Transaction, *events: Event) -> None:
    """Write the events into the transaction's outbox, in their order. Call it after the aggregate's row lock is held."""
    await emit_all(tx, events)


async def emit_all(tx: Transaction, events: Sequence[Event]) -> None:
    """``emit`` for a sequence."""
    await emit_rows(tx, rows_of(events))


def rows_of(events: Sequence[Event]) -> EventRows:
    """The events as they are stored, in their order."""
    return [
        (
            event.aggregate_type, event.aggregate_id, event.aggregate_version, event.type,
            orjson.dumps(event.payload(), default=str).decode(),
        )
        for event in events
    ]  # fmt: skip


async def emit_rows(tx: Transaction, rows: EventRows, *, traceparents: Sequence[str | None] | None = None) -> None:
    """``emit_all`` of events whose rows were made before, while the database was busy with something else.

    ``traceparents`` has for each event the operation that made it, where that is not the task's own (``current_traceparent``).
    """
    if rows:
        tx.has_events = True
        if traceparents is None and (own := current_traceparent.get()) is not None:
            traceparents = [own] * len(rows)
        await tx.raw.execute(INSERT, tx.tenant_id, *zip(*rows, strict=True), traceparents)


@contextmanager
def made_by(traceparent: str | None) -> Iterator[None]:
    """What is emitted while the block runs was made by this operation, or by none."""
    token = current_traceparent.set(traceparent)
    try:
        yield
    finally:
        current_traceparent.reset(token)
