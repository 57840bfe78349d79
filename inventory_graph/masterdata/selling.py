"""Tables of what may be sold: what stands in for what, and what is off sale."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, Integer, Text, Uuid, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, QuantityColumn

Instant = TIMESTAMP(timezone=True)
NOW = text("clock_timestamp()")


class Substitute(Base):
    """That one variant may stand in for another, never by itself the other way round. ``factor``: stock units of the
    substitute for one of the original; the lower the priority, the earlier it is offered; the days are the tenant's."""

    __tablename__ = "substitutes"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    substitute_variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    factor: Mapped[Decimal] = mapped_column(QuantityColumn, server_default=text("1"))
    priority: Mapped[int] = mapped_column(Integer, server_default="100")
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    approved_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "substitute_variant_id"], ["variants.tenant_id", "variants.id"]),
        Index("ix_substitutes_substitute_variant_id", "tenant_id", "substitute_variant_id"),
        CheckConstraint("factor > 0", name="factor_positive"),
        CheckConstraint("priority >= 0", name="priority_positive"),
        CheckConstraint("substitute_variant_id <> variant_id", name="substitute_is_another"),
        CheckConstraint("valid_until >= valid_from", name="days_in_order"),
    )


class SaleStop(Base):
    """An item, or one variant of it, taken off sale by hand: at one outlet or all, on one channel or all, until it is lifted or
    its time is up. What runs out by itself is not here: that is read from the stock."""

    __tablename__ = "sale_stops"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid)
    variant_id: Mapped[UUID | None] = mapped_column(Uuid)
    outlet_id: Mapped[UUID | None] = mapped_column(Uuid)
    channel: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "outlet_id"], ["outlets.tenant_id", "outlets.id"]),
        Index("ix_sale_stops_item_id", "tenant_id", "item_id", postgresql_where=text("lifted_at IS NULL")),
        Index("ix_sale_stops_created_at", "tenant_id", "created_at", "id"),
        CheckConstraint("channel ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="channel_form"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
        CheckConstraint("until > created_at", name="until_later"),
    )
