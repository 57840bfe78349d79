"""Tables of what goes back to suppliers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
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

from inventory_graph.db import Base, CostColumn, QuantityColumn

Instant = TIMESTAMP(timezone=True)


class SupplierReturn(Base):
    """What goes back to a supplier at one time. ``net_amount`` is what it cost, in ``currency``: the credit to be expected, without tax;
    ``credit_amount`` the one that came. ``goods_receipt_id`` is the receipt where all is of one."""

    __tablename__ = "supplier_returns"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    goods_receipt_id: Mapped[UUID | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    shipped_at: Mapped[datetime] = mapped_column(Instant)
    shipped_by: Mapped[str] = mapped_column(Text)
    credit_note: Mapped[str | None] = mapped_column(Text)
    credit_amount: Mapped[Decimal | None] = mapped_column(CostColumn)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[str | None] = mapped_column(Text)
    cancellation_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(["tenant_id", "goods_receipt_id"], ["goods_receipts.tenant_id", "goods_receipts.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_supplier_returns_shipped_at", "tenant_id", "shipped_at", "id"),
        Index("ix_supplier_returns_supplier_id", "tenant_id", "supplier_id"),
        Index("ix_supplier_returns_goods_receipt_id", "tenant_id", "goods_receipt_id"),
        CheckConstraint("status IN ('SHIPPED', 'CREDITED', 'CANCELLED')", name="status_known"),
        CheckConstraint("(status = 'SHIPPED') = (resolved_at IS NULL)", name="resolution_has_time"),
        CheckConstraint("(status = 'CREDITED') = (credit_amount IS NOT NULL)", name="credit_has_amount"),
        CheckConstraint("net_amount >= 0 AND credit_amount >= 0", name="amounts_not_negative"),
    )


class SupplierReturnLine(Base):
    """So much that left one place, in the stock unit: of one lot, out of one state, at ``unit_cost`` in the tenant's currency;
    ``net_amount`` is what it cost in the return's."""

    __tablename__ = "supplier_return_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_return_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    goods_receipt_line_id: Mapped[UUID | None] = mapped_column(Uuid)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    state: Mapped[str] = mapped_column(Text)
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_return_id"], ["supplier_returns.tenant_id", "supplier_returns.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "goods_receipt_line_id"], ["goods_receipt_lines.tenant_id", "goods_receipt_lines.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "location_id"], ["locations.tenant_id", "locations.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        Index("uq_supplier_return_lines_position", "tenant_id", "supplier_return_id", "position", unique=True),
        Index("ix_supplier_return_lines_goods_receipt_line_id", "tenant_id", "goods_receipt_line_id"),
        CheckConstraint("state IN ('AVAILABLE', 'QUARANTINED', 'DAMAGED')", name="state_known"),
        CheckConstraint("quantity > 0 AND unit_cost >= 0 AND net_amount >= 0", name="quantity_positive"),
    )  # fmt: skip
