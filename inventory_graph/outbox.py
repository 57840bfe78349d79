"""Events leave with the transaction that made them.

``emit`` writes an event into the table ``outbox`` of the same transaction, so that a committed change always has its event
and a rolled-back one never does. Rows have no position that readers may rely on: an identity is drawn at INSERT but becomes
visible at COMMIT. Only the sequencer, after commit, gives events their order (docs/decisions/0004).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Identity, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSON, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, Transaction


class OutboxRow(Base):
    """One event of a committed transaction, waiting for the sequencer.

    The payload is kept as the text that was written, so that a hash over it holds. No foreign key: row-level
    security has checked the tenant, and a thousand look-ups of the same tenant cost more than the rows.
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

    __table_args__ = (Index("ix_outbox_id", "id"),)


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
INSERT INTO outbox (tenant_id, event_id, aggregate_type, aggregate_id, aggregate_version, type, payload)
SELECT $1, gen_random_uuid(), aggregate_type, aggregate_id, aggregate_version, type, payload::json
FROM unnest($2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::text[])
  WITH ORDINALITY AS e(aggregate_type, aggregate_id, aggregate_version, type, payload, position)
ORDER BY position
"""


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


async def emit_rows(tx: Transaction, rows: EventRows) -> None:
    """``emit_all`` of events whose rows were made before, while the database was busy with something else."""
    if rows:
        tx.has_events = True
        await tx.raw.execute(INSERT, tx.tenant_id, *zip(*rows, strict=True))
