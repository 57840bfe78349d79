"""Tables of purchasing."""

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
EXPECTED = "status IN ('SENT', 'PARTIALLY_RECEIVED')"


class PurchaseOrder(Base):
    """What is wanted from a supplier. Amounts are in ``currency``: ``net_amount`` and ``tax_amount`` are the sums of its lines.

    ``approved_by`` are those who approved what it says now. ``lead_time_days`` is the longest of its lines: what is sent without
    ``expected_at`` is expected after so many days. ``is_inspected``: what arrives is set aside until somebody has looked.
    ``version`` is dense, one step each (``purchase_order_steps``).
    """

    __tablename__ = "purchase_orders"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    tax_amount: Mapped[Decimal] = mapped_column(CostColumn)
    shipping_amount: Mapped[Decimal] = mapped_column(CostColumn)
    payment_terms_days: Mapped[int | None] = mapped_column(Integer)
    lead_time_days: Mapped[int | None] = mapped_column(Integer)
    expected_at: Mapped[datetime | None] = mapped_column(Instant)
    is_inspected: Mapped[bool] = mapped_column(server_default=text("false"))
    reference: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    submitted_by: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_purchase_orders_created_at", "tenant_id", "created_at", "id"),
        Index("ix_purchase_orders_supplier_id", "tenant_id", "supplier_id"),
        Index("ix_purchase_orders_expected", "tenant_id", "expected_at", postgresql_where=text(EXPECTED)),
        CheckConstraint(
            "status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SENT', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')",
            name="status_known",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("net_amount >= 0 AND tax_amount >= 0 AND shipping_amount >= 0", name="amounts_not_negative"),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class PurchaseOrderLine(Base):
    """So much of one variant. ``quantity`` and ``unit_price`` are in the purchase unit and the order's currency; ``ordered``,
    ``received`` (whatever was let in) and ``rejected`` (sent away at the door) in the stock unit of the variant."""

    __tablename__ = "purchase_order_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    purchase_order_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    unit_code: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_price: Mapped[Decimal] = mapped_column(CostColumn)
    tax_percent: Mapped[Decimal] = mapped_column(QuantityColumn)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    tax_amount: Mapped[Decimal] = mapped_column(CostColumn)
    ordered: Mapped[Decimal] = mapped_column(QuantityColumn)
    received: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    rejected: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "purchase_order_id"], ["purchase_orders.tenant_id", "purchase_orders.id"]),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_code"], ["units.tenant_id", "units.code"]),
        Index("uq_purchase_order_lines_position", "tenant_id", "purchase_order_id", "position", unique=True),
        Index(
            "ix_purchase_order_lines_open", "tenant_id", "variant_id", postgresql_where=text("received < ordered")
        ),
        CheckConstraint("quantity > 0 AND ordered > 0 AND received >= 0 AND rejected >= 0", name="quantities_positive"),
        CheckConstraint("unit_price >= 0 AND tax_percent >= 0", name="prices_not_negative"),
    )  # fmt: skip


class PurchaseOrderStep(Base):
    """One version of a purchase order: who did what to it and when. ``details`` are quantities by the position of the line, or
    the times ``from`` and ``to`` of one that was rescheduled."""

    __tablename__ = "purchase_order_steps"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    purchase_order_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, str] | None] = mapped_column(JSONB)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "purchase_order_id"], ["purchase_orders.tenant_id", "purchase_orders.id"]),
        CheckConstraint(
            "kind IN ('CREATED', 'UPDATED', 'SUBMITTED', 'APPROVED', 'REJECTED', 'SENT', 'RESCHEDULED', 'RECEIVED',"
            " 'RECEIPT_REVERSED', 'CANCELLED', 'CLOSED')",
            name="kind_known",
        ),
    )


class GoodsReceipt(Base):
    """What arrived from a supplier at one time. ``purchase_order_id`` is its order where it is of just one: its lines say which they are
    of. ``exchange_rate`` is how much of the tenant's currency one of ``currency`` was worth then; ``net_amount`` is what was let in at its
    prices, in ``currency``."""

    __tablename__ = "goods_receipts"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    purchase_order_id: Mapped[UUID | None] = mapped_column(Uuid)
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    delivery_note: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    exchange_rate: Mapped[Decimal] = mapped_column(CostColumn)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    received_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)
    reversed_by: Mapped[str | None] = mapped_column(Text)
    reversal_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "purchase_order_id"], ["purchase_orders.tenant_id", "purchase_orders.id"]),
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_goods_receipts_purchase_order_id", "tenant_id", "purchase_order_id", "recorded_at"),
        Index("ix_goods_receipts_recorded_at", "tenant_id", "recorded_at", "id"),
        CheckConstraint("status IN ('POSTED', 'REVERSED')", name="status_known"),
        CheckConstraint("(status = 'REVERSED') = (reversed_at IS NOT NULL)", name="reversal_has_time"),
        CheckConstraint("exchange_rate > 0 AND net_amount >= 0", name="amounts_positive"),
    )


class GoodsReceiptLine(Base):
    """So much of an order's line, in the stock unit of its variant, and what became of it; ``purchase_order_line_id`` is null of what nobody
    ordered. ``unit_cost`` is per stock unit in the tenant's currency, ``unit_price`` per purchase unit in the receipt's."""

    __tablename__ = "goods_receipt_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    goods_receipt_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    purchase_order_line_id: Mapped[UUID | None] = mapped_column(Uuid)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    disposition: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_price: Mapped[Decimal] = mapped_column(CostColumn)
    unit_cost: Mapped[Decimal] = mapped_column(CostColumn)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_code: Mapped[str | None] = mapped_column(Text)
    expires_on: Mapped[date | None] = mapped_column(Date)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "goods_receipt_id"], ["goods_receipts.tenant_id", "goods_receipts.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "purchase_order_line_id"], ["purchase_order_lines.tenant_id", "purchase_order_lines.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "location_id"], ["locations.tenant_id", "locations.id"]),
        Index("uq_goods_receipt_lines_position", "tenant_id", "goods_receipt_id", "position", unique=True),
        Index("ix_goods_receipt_lines_purchase_order_line_id", "tenant_id", "purchase_order_line_id"),
        CheckConstraint(
            "disposition IN ('ACCEPTED', 'QUARANTINED', 'DAMAGED', 'REJECTED')", name="disposition_known"
        ),
        CheckConstraint("quantity > 0 AND unit_price >= 0 AND unit_cost >= 0", name="quantity_positive"),
    )  # fmt: skip
