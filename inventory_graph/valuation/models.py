"""Tables of landed costs; what they do to stock are adjustments of the stock book."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, CostColumn

Instant = TIMESTAMP(timezone=True)


class LandedCost(Base):
    """A cost that came on top of what goods cost, such as freight and duty, spread over what goods receipts or a transfer brought;
    never changed. ``cost_amount`` is the amount in the tenant's currency at the rate, ``value_change`` the part of it that stock is worth
    more, ``issued_value`` the part of what had left already. Its id is the ``command_id`` of its adjustments."""

    __tablename__ = "landed_costs"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(CostColumn)
    currency: Mapped[str] = mapped_column(Text)
    exchange_rate: Mapped[Decimal] = mapped_column(CostColumn)
    cost_amount: Mapped[Decimal] = mapped_column(CostColumn)
    value_change: Mapped[Decimal] = mapped_column(CostColumn)
    issued_value: Mapped[Decimal] = mapped_column(CostColumn)
    spread_by: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_landed_costs_recorded_at", "tenant_id", "recorded_at", "id"),
        CheckConstraint("kind IN ('LANDED_COST', 'FREIGHT')", name="kind_known"),
        CheckConstraint("spread_by IN ('VALUE', 'WEIGHT', 'VOLUME', 'COUNT')", name="spread_by_known"),
        CheckConstraint("cost_amount = value_change + issued_value", name="nothing_lost"),
    )
