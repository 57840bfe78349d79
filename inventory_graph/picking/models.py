"""Tables of picking."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, QuantityColumn

Instant = TIMESTAMP(timezone=True)


class PickWave(Base):
    """One walk through a warehouse, or through the ``zone`` of that code in it. ``picker_id`` is the subject who walks; ``completed_at`` is
    when the last task was picked. ``version`` is dense, one event each."""

    __tablename__ = "pick_waves"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    zone: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    picker_id: Mapped[str | None] = mapped_column(Text)
    scheduled_at: Mapped[datetime | None] = mapped_column(Instant)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    packed_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_pick_waves_created_at", "tenant_id", "created_at", "id"),
        Index(
            "ix_pick_waves_walked", "tenant_id", "picker_id", postgresql_where=text("status IN ('RELEASED', 'PICKING')")
        ),
        CheckConstraint(
            "status IN ('DRAFT', 'RELEASED', 'PICKING', 'PICKED', 'PACKED', 'SHIPPED', 'CANCELLED')",
            name="status_known",
        ),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class PickTask(Base):
    """So much of one variant to be taken from one location, in its stock unit; ``halt`` numbers the places where the wave halts, ``position``
    the tasks in the order of the walk.

    ``document_id`` and ``line_id`` are those of a reservation or a transfer, as ``source`` says; ``source_id`` is the hold, or the line of
    the transfer, of which this is one ``part``. What was taken is ``picked``, what was not there ``short``. ``is_open``: the source is in
    this wave and may be in no other.
    """

    __tablename__ = "pick_tasks"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    wave_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    halt: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    document_id: Mapped[UUID] = mapped_column(Uuid)
    line_id: Mapped[UUID] = mapped_column(Uuid)
    source_id: Mapped[UUID] = mapped_column(Uuid)
    part: Mapped[int] = mapped_column(SmallInteger)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    picked: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    short: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    short_reason: Mapped[str | None] = mapped_column(Text)
    picked_serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(Text)
    is_open: Mapped[bool] = mapped_column(server_default=text("true"))
    picked_by: Mapped[str | None] = mapped_column(Text)
    picked_at: Mapped[datetime | None] = mapped_column(Instant)
    packed_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "wave_id"], ["pick_waves.tenant_id", "pick_waves.id"]),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "location_id"], ["locations.tenant_id", "locations.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        Index("uq_pick_tasks_position", "tenant_id", "wave_id", "position", unique=True),
        Index(
            "uq_pick_tasks_open_source", "tenant_id", "source_id", "part", unique=True, postgresql_where=text("is_open")
        ),
        Index("ix_pick_tasks_document_id", "tenant_id", "document_id"),
        CheckConstraint("source IN ('RESERVATION', 'TRANSFER')", name="source_known"),
        CheckConstraint(
            "status IN ('OPEN', 'PICKED', 'SHORT', 'SHIPPED', 'WITHDRAWN', 'CANCELLED')", name="status_known"
        ),
        CheckConstraint("short_reason IN ('NOT_FOUND', 'DAMAGED', 'EXPIRED', 'OTHER')", name="short_reason_known"),
        CheckConstraint(
            "quantity > 0 AND picked >= 0 AND short >= 0 AND picked + short <= quantity", name="quantities_add_up"
        ),
        CheckConstraint("(short > 0) = (short_reason IS NOT NULL)", name="short_has_reason"),
    )
