"""The tables of the event log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSON, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base

Instant = TIMESTAMP(timezone=True)


class LoggedEvent(Base):
    """One event at its position; it is never changed.

    ``seq`` is dense over all tenants, ``tenant_seq`` within the tenant, both from 1; ``logged_at`` never falls. ``hash`` is over
    the event and the hash before it (``inventory_graph.live.chain``), not over ``traceparent``, which is beside it: the operation
    that made it, as the outbox had it. Partitioned by ``logged_at`` (days); old days are dropped.
    """

    __tablename__ = "event_log"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    tenant_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    logged_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(Text)
    aggregate_type: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[UUID] = mapped_column(Uuid)
    aggregate_version: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    traceparent: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_event_log_seq", "seq"),
        Index("ix_event_log_aggregate_id", "tenant_id", "aggregate_id", "tenant_seq"),
        {"postgresql_partition_by": "RANGE (logged_at)"},
    )


class TenantHead(Base):
    """The last position of a tenant and its hash; ``forgotten_*`` are those of the last event that was dropped for its age."""

    __tablename__ = "tenant_heads"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("tenants.id"), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)
    forgotten_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    forgotten_hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=text(r"'\x'"))


class LogPosition(Base):
    """How far a reader of the whole log has come; the reader ``sequencer`` is the log's end."""

    __tablename__ = "log_positions"

    reader: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    logged_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=text("clock_timestamp()"))


class DeadLetter(Base):
    """An event that could not be published, or that follows such a one of the same aggregate; with all that the log had of it.

    ``reader`` is who could not publish it, as in ``log_positions``; ``tries`` is how often it was refused, 0 for one that was
    never sent; ``queued_at`` is when somebody asked for it again.
    """

    __tablename__ = "dead_letters"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("tenants.id"), primary_key=True)
    tenant_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reader: Mapped[str] = mapped_column(Text, primary_key=True, server_default="nats")
    seq: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(Text)
    aggregate_type: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[UUID] = mapped_column(Uuid)
    aggregate_version: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    logged_at: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(BigInteger)
    parked_at: Mapped[datetime] = mapped_column(Instant, server_default=text("clock_timestamp()"))
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    traceparent: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_dead_letters_aggregate_id", "tenant_id", "aggregate_id", "tenant_seq"),)
