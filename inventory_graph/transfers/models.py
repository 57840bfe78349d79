"""Tables of transfers."""

from datetime import datetime
from decimal import Decimal
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
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, CostColumn, QuantityColumn

Instant = TIMESTAMP(timezone=True)
ON_ITS_WAY = "status IN ('SHIPPED', 'PARTIALLY_RECEIVED')"


class Transfer(Base):
    """What goes from one warehouse to another. ``is_fully_shipped``: nothing more of it will leave. ``shipped_at`` is when the first of
    it left, ``received_at`` when the last of it came. ``version`` is dense, one step each (``transfer_steps``)."""

    __tablename__ = "transfers"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    from_warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    to_warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    is_fully_shipped: Mapped[bool] = mapped_column(server_default=text("false"))
    expected_at: Mapped[datetime | None] = mapped_column(Instant)
    reference: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    submitted_by: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[str | None] = mapped_column(Text)
    shipped_at: Mapped[datetime | None] = mapped_column(Instant)
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "from_warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(["tenant_id", "to_warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_transfers_created_at", "tenant_id", "created_at", "id"),
        Index("ix_transfers_from_warehouse_id", "tenant_id", "from_warehouse_id"),
        Index("ix_transfers_to_warehouse_id", "tenant_id", "to_warehouse_id"),
        Index("ix_transfers_expected", "tenant_id", "expected_at", postgresql_where=text(ON_ITS_WAY)),
        CheckConstraint(
            "status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SHIPPED', 'PARTIALLY_RECEIVED', 'COMPLETED', 'CANCELLED')",
            name="status_known",
        ),
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="warehouses_differ"),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class TransferLine(Base):
    """So much of one variant, in its stock unit. What was ``shipped`` was ``received`` (in whatever state), ``lost`` or ``returned`` to
    where it left, or is in transit; ``damaged`` came damaged; ``over`` came although it had not left."""

    __tablename__ = "transfer_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    lot_code: Mapped[str | None] = mapped_column(Text)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    shipped: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    received: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    damaged: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    lost: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    returned: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    over: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfers.tenant_id", "transfers.id"]),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        Index("uq_transfer_lines_position", "tenant_id", "transfer_id", "position", unique=True),
        Index("ix_transfer_lines_variant_id", "tenant_id", "variant_id"),
        CheckConstraint("quantity > 0 AND shipped BETWEEN 0 AND quantity", name="quantities_positive"),
        CheckConstraint(
            "received >= 0 AND damaged >= 0 AND lost >= 0 AND returned >= 0 AND over >= 0"
            " AND received + lost + returned <= shipped",
            name="outcomes_within_shipped",
        ),
    )


class TransferParcel(Base):
    """What left of a line at one time, of one lot, at one cost. ``in_transit`` of it is still on its way; ``serials_left`` are the pieces
    that are."""

    __tablename__ = "transfer_parcels"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(Uuid)
    line_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    serials_left: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    in_transit: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn)
    from_location_id: Mapped[UUID | None] = mapped_column(Uuid)
    shipped_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfers.tenant_id", "transfers.id"]),
        ForeignKeyConstraint(["tenant_id", "line_id"], ["transfer_lines.tenant_id", "transfer_lines.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        ForeignKeyConstraint(["tenant_id", "from_location_id"], ["locations.tenant_id", "locations.id"]),
        Index("uq_transfer_parcels_position", "tenant_id", "transfer_id", "position", unique=True),
        Index("ix_transfer_parcels_line_id", "tenant_id", "line_id"),
        Index("ix_transfer_parcels_open", "tenant_id", "variant_id", postgresql_where=text("in_transit > 0")),
        CheckConstraint("quantity > 0 AND in_transit BETWEEN 0 AND quantity", name="in_transit_within"),
    )


class TransferOutcome(Base):
    """What became of so much of a line, told once and for ever. Of an OVER there is no parcel: it had not left."""

    __tablename__ = "transfer_outcomes"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(Uuid)
    line_id: Mapped[UUID] = mapped_column(Uuid)
    parcel_id: Mapped[UUID | None] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfers.tenant_id", "transfers.id"]),
        ForeignKeyConstraint(["tenant_id", "line_id"], ["transfer_lines.tenant_id", "transfer_lines.id"]),
        ForeignKeyConstraint(["tenant_id", "parcel_id"], ["transfer_parcels.tenant_id", "transfer_parcels.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        ForeignKeyConstraint(["tenant_id", "location_id"], ["locations.tenant_id", "locations.id"]),
        Index("ix_transfer_outcomes_line_id", "tenant_id", "line_id", "at"),
        CheckConstraint("kind IN ('RECEIVED', 'OVER', 'LOST', 'RETURNED')", name="kind_known"),
        CheckConstraint("(kind = 'OVER') = (parcel_id IS NULL)", name="parcel_unless_over"),
        CheckConstraint("(kind = 'LOST') = (state IS NULL)", name="state_unless_lost"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class TransferDelivery(Base):
    """How far the delivery of a transfer is, as logistics told last: ``status`` at ``occurred_at``, by the task of theirs that carries it.
    ``version`` is dense, one event each."""

    __tablename__ = "transfer_deliveries"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    task_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_code: Mapped[str | None] = mapped_column(Text)
    proof: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    failure_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfers.tenant_id", "transfers.id"]),
        CheckConstraint("status IN ('EN_ROUTE', 'DELIVERED', 'FAILED', 'CANCELLED')", name="status_known"),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class TransferStep(Base):
    """One version of a transfer: who did what to it and when. ``details`` are quantities by the position of the line."""

    __tablename__ = "transfer_steps"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, str] | None] = mapped_column(JSONB)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfers.tenant_id", "transfers.id"]),
        CheckConstraint(
            "kind IN ('CREATED', 'UPDATED', 'SUBMITTED', 'APPROVED', 'REJECTED', 'SHIPPED', 'RECEIVED', 'LOST', 'COMPLETED',"
            " 'CANCELLED')",
            name="kind_known",
        ),
    )
