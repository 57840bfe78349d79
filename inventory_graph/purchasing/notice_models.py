"""Tables of what suppliers announce before it comes."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
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


class AdvanceShippingNotice(Base):
    """What a supplier says is in one delivery before it comes. ``expected_at`` null: when its orders are expected. ``goods_receipt_id`` is the
    receipt by which it came; ``resolved_at`` is when it was received or cancelled. ``version`` is dense, one step each."""

    __tablename__ = "advance_shipping_notices"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    delivery_note: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    expected_at: Mapped[datetime | None] = mapped_column(Instant)
    goods_receipt_id: Mapped[UUID | None] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[str | None] = mapped_column(Text)
    cancellation_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(["tenant_id", "goods_receipt_id"], ["goods_receipts.tenant_id", "goods_receipts.id"]),
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "goods_receipt_id"),
        Index("ix_advance_shipping_notices_created_at", "tenant_id", "created_at", "id"),
        Index("ix_advance_shipping_notices_supplier_id", "tenant_id", "supplier_id"),
        CheckConstraint("status IN ('ANNOUNCED', 'RECEIVED', 'CANCELLED')", name="status_known"),
        CheckConstraint("(status = 'ANNOUNCED') = (resolved_at IS NULL)", name="resolution_has_time"),
        CheckConstraint("(status = 'RECEIVED') = (goods_receipt_id IS NOT NULL)", name="received_by_a_receipt"),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class AdvanceShippingNoticeLine(Base):
    """So much of an order's line that is announced: ``quantity`` in its purchase unit, ``announced`` in the stock unit of its variant; of one
    lot, with the number of each piece, where the supplier says so."""

    __tablename__ = "advance_shipping_notice_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    advance_shipping_notice_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    purchase_order_line_id: Mapped[UUID] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    announced: Mapped[Decimal] = mapped_column(QuantityColumn)
    lot_code: Mapped[str | None] = mapped_column(Text)
    expires_on: Mapped[date | None] = mapped_column(Date)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "advance_shipping_notice_id"],
            ["advance_shipping_notices.tenant_id", "advance_shipping_notices.id"],
        ),
        ForeignKeyConstraint(
            ["tenant_id", "purchase_order_line_id"], ["purchase_order_lines.tenant_id", "purchase_order_lines.id"]
        ),
        Index(
            "uq_advance_shipping_notice_lines_position",
            "tenant_id",
            "advance_shipping_notice_id",
            "position",
            unique=True,
        ),
        Index("ix_advance_shipping_notice_lines_purchase_order_line_id", "tenant_id", "purchase_order_line_id"),
        CheckConstraint("quantity > 0 AND announced > 0", name="quantities_positive"),
        CheckConstraint("lot_code IS NOT NULL OR expires_on IS NULL", name="date_belongs_to_lot"),
    )
