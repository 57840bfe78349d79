"""Tables of tenants, outlets, roles and API keys."""

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
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, CostColumn, QuantityColumn

Instant = TIMESTAMP(timezone=True)
NOW = text("clock_timestamp()")


class Tenant(Base):
    """A business. Its id leads every key of every other table; row-level security here compares ``id`` itself.

    A caller that knows a slug, an API key or an outlet id may find the tenant by it before the tenant is known: the
    policies admit the row named by ``app.tenant_slug``.
    """

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="ACTIVE")
    allow_negative: Mapped[bool] = mapped_column(server_default=text("false"))
    public_levels: Mapped[bool] = mapped_column(server_default=text("false"))
    allocation_strategy: Mapped[str] = mapped_column(Text, server_default="COVERING")
    may_split_reservations: Mapped[bool] = mapped_column(server_default=text("false"))
    alerts: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    alert_target: Mapped[str | None] = mapped_column(Text)
    alert_email: Mapped[str | None] = mapped_column(Text)
    lot_expiry_alert_days: Mapped[int] = mapped_column(server_default="30")
    purchase_approvers: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    purchase_approval_limit: Mapped[Decimal | None] = mapped_column(CostColumn)
    over_receipt_percent: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    costing_method: Mapped[str] = mapped_column(Text, server_default="AVERAGE")
    match_quantity_percent: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    match_price_percent: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    match_amount: Mapped[Decimal] = mapped_column(CostColumn, server_default="0")
    seeded_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug_form"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("status IN ('ACTIVE', 'SUSPENDED')", name="status_known"),
        CheckConstraint(
            "allocation_strategy IN ('COVERING', 'PRIORITY', 'NEAREST', 'FEWEST')", name="allocation_strategy_known"
        ),
        CheckConstraint(
            "alerts <@ ARRAY['STOCK_LOW', 'STOCK_OUT', 'STOCK_IN', 'LOT_EXPIRING', 'PURCHASE_ORDER_OVERDUE',"
            " 'TRANSFER_OVERDUE']::text[]",
            name="alerts_known",
        ),
        CheckConstraint("lot_expiry_alert_days BETWEEN 1 AND 365", name="lot_expiry_alert_days_range"),
        CheckConstraint("purchase_approvers BETWEEN 1 AND 2", name="purchase_approvers_range"),
        CheckConstraint("over_receipt_percent BETWEEN 0 AND 100", name="over_receipt_percent_range"),
        CheckConstraint("costing_method IN ('AVERAGE', 'FIFO')", name="costing_method_known"),
        CheckConstraint(
            "match_quantity_percent BETWEEN 0 AND 100 AND match_price_percent BETWEEN 0 AND 100 AND match_amount >= 0",
            name="match_tolerances_range",
        ),
    )


class Outlet(Base):
    """A place of business, the same uuid in every service."""

    __tablename__ = "outlets"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    use_case: Mapped[str | None] = mapped_column(Text)
    is_hq: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(Text, server_default="ACTIVE")
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        UniqueConstraint("tenant_id", "code"),
        Index("ix_outlets_id", "id"),
        CheckConstraint("status IN ('ACTIVE', 'ARCHIVED')", name="status_known"),
    )


class Permission(Base):
    """A code ``inventory.<module>.<action>``; the same for every tenant."""

    __tablename__ = "permissions"

    code: Mapped[str] = mapped_column(Text, primary_key=True)


class Role(Base):
    """A named set of permissions of one tenant; every tenant starts with the standard ones. ``purchase_approval_limit`` is up to how much
    it approves purchases, in the tenant's currency; null where it does not say."""

    __tablename__ = "roles"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    purchase_approval_limit: Mapped[Decimal | None] = mapped_column(CostColumn)

    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),)


class RolePermission(Base):
    """One permission of one role."""

    __tablename__ = "role_permissions"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    role_code: Mapped[str] = mapped_column(Text, primary_key=True)
    permission_code: Mapped[str] = mapped_column(Text, primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "role_code"], ["roles.tenant_id", "roles.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(["permission_code"], ["permissions.code"]),
    )


class RoleAssignment(Base):
    """A role granted to a subject (the ``sub`` of its token), until it expires or is revoked."""

    __tablename__ = "role_assignments"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    role_code: Mapped[str] = mapped_column(Text, primary_key=True)
    granted_by: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "role_code"], ["roles.tenant_id", "roles.code"], ondelete="CASCADE"),
    )


class ApiKey(Base):
    """A key of a service. Only the SHA-256 of its 32 random bytes is stored; ``prefix`` is what a person may see."""

    __tablename__ = "api_keys"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(BYTEA)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    outlet_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        UniqueConstraint("tenant_id", "key_hash"),
        Index("ix_api_keys_key_hash", "key_hash"),
    )
