"""Tables of what suppliers ask for."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, CostColumn, QuantityColumn

Instant = TIMESTAMP(timezone=True)


class SupplierInvoice(Base):
    """What a supplier asks for. Amounts are in ``currency``; ``number`` is the supplier's own, unique among those of the supplier that
    stand."""

    __tablename__ = "supplier_invoices"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(Text)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    tax_amount: Mapped[Decimal] = mapped_column(CostColumn)
    shipping_amount: Mapped[Decimal] = mapped_column(CostColumn)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by: Mapped[str | None] = mapped_column(Text)
    void_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        Index(
            "uq_supplier_invoices_number", "tenant_id", "supplier_id", "number", unique=True,
            postgresql_where=text("status = 'RECORDED'"),
        ),
        CheckConstraint("status IN ('RECORDED', 'VOIDED')", name="status_known"),
        CheckConstraint("(status = 'VOIDED') = (voided_at IS NOT NULL)", name="void_has_time"),
        CheckConstraint("net_amount >= 0 AND tax_amount >= 0 AND shipping_amount >= 0", name="amounts_not_negative"),
    )  # fmt: skip


class SupplierInvoiceLine(Base):
    """So much of an order's line, in its purchase unit, as the supplier bills it."""

    __tablename__ = "supplier_invoice_lines"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_invoice_id: Mapped[UUID] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(SmallInteger)
    purchase_order_line_id: Mapped[UUID] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_price: Mapped[Decimal] = mapped_column(CostColumn)
    tax_percent: Mapped[Decimal] = mapped_column(QuantityColumn)
    net_amount: Mapped[Decimal] = mapped_column(CostColumn)
    tax_amount: Mapped[Decimal] = mapped_column(CostColumn)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "supplier_invoice_id"], ["supplier_invoices.tenant_id", "supplier_invoices.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "purchase_order_line_id"], ["purchase_order_lines.tenant_id", "purchase_order_lines.id"]
        ),
        Index("uq_supplier_invoice_lines_position", "tenant_id", "supplier_invoice_id", "position", unique=True),
        Index("ix_supplier_invoice_lines_purchase_order_line_id", "tenant_id", "purchase_order_line_id"),
        CheckConstraint("quantity > 0 AND unit_price >= 0 AND tax_percent >= 0", name="quantity_positive"),
    )


class SupplierInvoiceOrder(Base):
    """What of an invoice is for an order: its share of the shipping is by what its lines come to."""

    __tablename__ = "supplier_invoice_orders"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_invoice_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    purchase_order_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    shipping_amount: Mapped[Decimal] = mapped_column(CostColumn)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "supplier_invoice_id"], ["supplier_invoices.tenant_id", "supplier_invoices.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "purchase_order_id"], ["purchase_orders.tenant_id", "purchase_orders.id"]),
        Index("ix_supplier_invoice_orders_purchase_order_id", "tenant_id", "purchase_order_id"),
        CheckConstraint("shipping_amount >= 0", name="shipping_not_negative"),
    )
