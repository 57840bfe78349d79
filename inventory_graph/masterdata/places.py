"""Tables of warehouses, their locations, and suppliers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
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
NOW = text("clock_timestamp()")


class Warehouse(Base):
    """A place that keeps balances. An outlet has one; a tenant has one default. ``latitude`` and ``longitude`` in degrees."""

    __tablename__ = "warehouses"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text, server_default="WAREHOUSE")
    outlet_id: Mapped[UUID | None] = mapped_column(Uuid)
    timezone: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    priority: Mapped[int] = mapped_column(Integer, server_default="100")
    allow_negative: Mapped[bool | None] = mapped_column()
    address: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        ForeignKeyConstraint(["tenant_id", "outlet_id"], ["outlets.tenant_id", "outlets.id"]),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "outlet_id"),
        Index("uq_warehouses_default", "tenant_id", unique=True, postgresql_where=text("is_default")),
        CheckConstraint("type IN ('OUTLET', 'KITCHEN', 'WAREHOUSE', 'DARK_STORE', 'TRANSIT')", name="type_known"),
        CheckConstraint("is_active OR NOT is_default", name="default_is_active"),
        CheckConstraint(
            "num_nonnulls(latitude, longitude) IN (0, 2) AND latitude BETWEEN -90 AND 90"
            " AND longitude BETWEEN -180 AND 180",
            name="coordinates_on_earth",
        ),
    )


class Location(Base):
    """A place within a warehouse: zone, aisle, shelf or bin. ``path`` joins the codes from the root by '/', and its order is
    the order in which a picker walks."""

    __tablename__ = "locations"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text(collation="C"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "warehouse_id", "parent_id"],
            ["locations.tenant_id", "locations.warehouse_id", "locations.id"],
            name="fk_locations_parent_id_locations",
        ),
        UniqueConstraint("tenant_id", "warehouse_id", "id"),
        UniqueConstraint("tenant_id", "warehouse_id", "code"),
        UniqueConstraint("tenant_id", "warehouse_id", "path"),
        CheckConstraint("type IN ('ZONE', 'AISLE', 'SHELF', 'BIN')", name="type_known"),
        CheckConstraint("parent_id <> id", name="parent_is_another"),
    )


class Supplier(Base):
    """Someone the tenant buys from."""

    __tablename__ = "suppliers"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    payment_terms_days: Mapped[int | None] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("payment_terms_days >= 0", name="payment_terms_days_positive"),
    )


class SupplierItem(Base):
    """What a supplier sells a variant as: its SKU, unit, price, lead time and order sizes (in the purchase unit)."""

    __tablename__ = "supplier_items"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_sku: Mapped[str | None] = mapped_column(Text)
    unit_code: Mapped[str] = mapped_column(Text)
    unit_price: Mapped[Decimal | None] = mapped_column(CostColumn)
    currency: Mapped[str] = mapped_column(Text)
    lead_time_days: Mapped[int | None] = mapped_column(Integer)
    order_minimum: Mapped[Decimal | None] = mapped_column(QuantityColumn)
    order_multiple: Mapped[Decimal | None] = mapped_column(QuantityColumn)
    is_preferred: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_code"], ["units.tenant_id", "units.code"]),
        Index("ix_supplier_items_variant_id", "tenant_id", "variant_id"),
        Index(
            "uq_supplier_items_preferred", "tenant_id", "variant_id", unique=True, postgresql_where=text("is_preferred")
        ),
        CheckConstraint("unit_price >= 0", name="unit_price_positive"),
        CheckConstraint("lead_time_days >= 0", name="lead_time_days_positive"),
        CheckConstraint("order_minimum > 0 AND order_multiple > 0", name="order_sizes_positive"),
    )


class SupplierPrice(Base):
    """What a supplier asks for a variant from so many purchase units on, while it is valid: the price of one purchase unit, in the
    currency of its supplier item. ``valid_to`` null: until further notice."""

    __tablename__ = "supplier_prices"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    minimum_quantity: Mapped[Decimal] = mapped_column(QuantityColumn, primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    valid_to: Mapped[datetime | None] = mapped_column(Instant)
    unit_price: Mapped[Decimal] = mapped_column(CostColumn)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "supplier_id", "variant_id"],
            ["supplier_items.tenant_id", "supplier_items.supplier_id", "supplier_items.variant_id"],
        ),
        CheckConstraint("minimum_quantity >= 0 AND unit_price >= 0", name="amounts_not_negative"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )


class SupplierContact(Base):
    """Someone to talk to at a supplier."""

    __tablename__ = "supplier_contacts"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        CheckConstraint("position >= 0", name="position_not_negative"),
    )


class SupplierPayment(Base):
    """How a supplier is paid, for whoever pays its bills. Apart from the supplier, so that events of suppliers do not tell it."""

    __tablename__ = "supplier_payments"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    method: Mapped[str] = mapped_column(Text)
    tax_pin: Mapped[str | None] = mapped_column(Text)
    mpesa_phone: Mapped[str | None] = mapped_column(Text)
    mpesa_business_name: Mapped[str | None] = mapped_column(Text)
    bank_name: Mapped[str | None] = mapped_column(Text)
    bank_account_number: Mapped[str | None] = mapped_column(Text)
    paystack_recipient_code: Mapped[str | None] = mapped_column(Text)
    requires_invoice: Mapped[bool] = mapped_column(server_default=text("true"))
    is_automatic: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        CheckConstraint("method IN ('CASH', 'CHEQUE', 'BANK_TRANSFER', 'MPESA', 'PAYSTACK')", name="method_known"),
    )
