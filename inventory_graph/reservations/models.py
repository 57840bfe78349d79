"""Tables of reservations and consumption."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, CostColumn, QuantityColumn

Instant = TIMESTAMP(timezone=True)
LIVE = "status IN ('HELD', 'PARTIALLY_COMMITTED')"


class Reservation(Base):
    """A promise. ``owner`` says whose it is (``order:…``, ``reference:…`` or ``call:…``); an owner has one live reservation.

    ``status`` is as it was last written: a live one whose ``expires_at`` has passed holds nothing, whether or not the sweeper
    has come by. ``warehouse_id`` is null when the lines were split. ``version`` is dense, one step each (``reservation_steps``).
    """

    __tablename__ = "reservations"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    reference: Mapped[str | None] = mapped_column(Text)
    warehouse_id: Mapped[UUID | None] = mapped_column(Uuid)
    outlet_id: Mapped[UUID | None] = mapped_column(Uuid)
    priority: Mapped[int] = mapped_column(Integer, server_default="0")
    fills_partially: Mapped[bool] = mapped_column(server_default=text("true"))
    minimum_shelf_life_days: Mapped[int | None] = mapped_column(Integer)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    pickup_at: Mapped[datetime | None] = mapped_column(Instant)
    pickup_until: Mapped[datetime | None] = mapped_column(Instant)
    ready_at: Mapped[datetime | None] = mapped_column(Instant)
    collected_at: Mapped[datetime | None] = mapped_column(Instant)
    no_show_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        Index("uq_reservations_live_owner", "tenant_id", "owner", unique=True, postgresql_where=text(LIVE)),
        Index("ix_reservations_created_at", "tenant_id", "created_at", "id"),
        Index("ix_reservations_order_id", "tenant_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_reservations_due", "expires_at", "tenant_id", postgresql_where=text(LIVE)),
        CheckConstraint("type IN ('ORDER', 'CLICK_AND_COLLECT', 'POS', 'TRANSFER', 'PRODUCTION')", name="type_known"),
        CheckConstraint(
            "status IN ('HELD', 'PARTIALLY_COMMITTED', 'COMMITTED', 'RELEASED', 'EXPIRED')", name="status_known"
        ),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class ReservationLine(Base):
    """So much of one variant. Quantities are in its stock unit: requested = reserved + committed + released + backordered + what
    was not there. ``needs`` says what one unit takes of each leaf, as ``leaves``: ``[variant_id, numerator, denominator, is_optional]``; null
    for a good that is held as itself. ``step``: what its quantities are multiples of."""

    __tablename__ = "reservation_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reservation_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    line_reference: Mapped[str] = mapped_column(Text)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    requested: Mapped[Decimal] = mapped_column(QuantityColumn)
    reserved: Mapped[Decimal] = mapped_column(QuantityColumn)
    committed: Mapped[Decimal] = mapped_column(QuantityColumn)
    released: Mapped[Decimal] = mapped_column(QuantityColumn)
    backordered: Mapped[Decimal] = mapped_column(QuantityColumn)
    step: Mapped[Decimal] = mapped_column(QuantityColumn)
    needs: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    lot_code: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "reservation_id"], ["reservations.tenant_id", "reservations.id"]),
        Index("uq_reservation_lines_line_reference", "tenant_id", "reservation_id", "line_reference", unique=True),
        CheckConstraint(
            "requested > 0 AND reserved >= 0 AND committed >= 0 AND released >= 0 AND backordered >= 0"
            " AND reserved + committed + released + backordered <= requested",
            name="quantities_add_up",
        ),
    )


class ReservationStep(Base):
    """One version of a reservation: who did what to it and when. ``details`` are quantities by line reference."""

    __tablename__ = "reservation_steps"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reservation_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, str] | None] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('HELD', 'CHANGED', 'EXTENDED', 'COMMITTED', 'RELEASED', 'EXPIRED', 'READY', 'NO_SHOW', 'ASSIGNED',"
            " 'BACKORDER_FILLED', 'CONSUMED')",
            name="kind_known",
        ),
    )


class Backorder(Base):
    """A line that waits for a leaf; looked up by the leaf when stock of it comes. ``warehouse_id`` null: from anywhere."""

    __tablename__ = "backorders"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    line_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reservation_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID | None] = mapped_column(Uuid)
    priority: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "reservation_id"], ["reservations.tenant_id", "reservations.id"]),
        Index("ix_backorders_reservation_id", "tenant_id", "reservation_id"),
    )


class Consumption(Base):
    """What was deducted of one sold variant for one order. ``scope`` is the order: ``order:…``, ``reference:…``, ``call:…`` or
    ``reservation:…``; commits of holds, consumption calls and events of one order share it.

    ``quantity`` is in the sold variant's stock unit; ``shortfall`` of it was not there; ``claimed`` is how much of a committed hold
    a consumption call has spoken of since; ``reversed`` went back. A row of quantity 0 keeps the reference of a line that
    a hold of the order covered, so that the line is not deducted when it is told again.
    """

    __tablename__ = "consumptions"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    scope: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    reservation_id: Mapped[UUID | None] = mapped_column(Uuid)
    line_reference: Mapped[str | None] = mapped_column(Text)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    shortfall: Mapped[Decimal] = mapped_column(QuantityColumn)
    claimed: Mapped[Decimal] = mapped_column(QuantityColumn)
    reversed: Mapped[Decimal] = mapped_column(QuantityColumn)
    step: Mapped[Decimal] = mapped_column(QuantityColumn)
    reason: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        Index("ix_consumptions_scope", "tenant_id", "scope"),
        Index(
            "uq_consumptions_line_reference", "tenant_id", "scope", "line_reference", unique=True,
            postgresql_where=text("line_reference IS NOT NULL"),
        ),
        CheckConstraint("source IN ('RESERVATION', 'HOLD', 'DIRECT')", name="source_known"),
        CheckConstraint(
            "quantity >= 0 AND shortfall >= 0 AND claimed >= 0 AND claimed <= quantity AND reversed >= 0"
            " AND shortfall + reversed <= quantity",
            name="quantities_add_up",
        ),
    )  # fmt: skip


class ConsumptionComponent(Base):
    """What was deducted of one leaf for a consumption: from where, of which lot, at which unit cost in the tenant's currency.
    ``reversed`` went back there."""

    __tablename__ = "consumption_components"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    consumption_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    reversed: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "consumption_id"], ["consumptions.tenant_id", "consumptions.id"]),
        CheckConstraint("quantity > 0 AND reversed >= 0 AND reversed <= quantity", name="quantities_add_up"),
    )
