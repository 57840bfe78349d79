"""Tables of replenishment."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, QuantityColumn

Instant = TIMESTAMP(timezone=True)


class ReplenishmentRule(Base):
    """How one variant in one warehouse is replenished. Quantities are in its stock unit. The reorder point of the fixed methods is that
    of the balance, and nowhere else."""

    __tablename__ = "replenishment_rules"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    method: Mapped[str] = mapped_column(Text)
    maximum: Mapped[Decimal | None] = mapped_column(QuantityColumn)
    order_quantity: Mapped[Decimal | None] = mapped_column(QuantityColumn)
    service_level: Mapped[Decimal | None] = mapped_column(QuantityColumn)
    demand_days: Mapped[int] = mapped_column(SmallInteger)
    review_days: Mapped[int] = mapped_column(SmallInteger)
    supplier_id: Mapped[UUID | None] = mapped_column(Uuid)
    from_warehouse_id: Mapped[UUID | None] = mapped_column(Uuid)
    is_active: Mapped[bool] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=text("clock_timestamp()"))
    updated_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(["tenant_id", "from_warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        Index("ix_replenishment_rules_warehouse_id", "tenant_id", "warehouse_id", "variant_id"),
        CheckConstraint("method IN ('MIN_MAX', 'REORDER_POINT', 'DEMAND')", name="method_known"),
        CheckConstraint(
            "(method = 'MIN_MAX') = (maximum IS NOT NULL) AND (method = 'REORDER_POINT') = (order_quantity IS NOT NULL)"
            " AND (method = 'DEMAND') = (service_level IS NOT NULL)",
            name="method_has_its_numbers",
        ),
        CheckConstraint(
            "maximum >= 0 AND order_quantity > 0 AND service_level >= 50 AND service_level < 100 AND demand_days >= 2"
            " AND review_days >= 0",
            name="numbers_in_range",
        ),
        CheckConstraint("from_warehouse_id <> warehouse_id", name="warehouses_differ"),
    )


class DailyDemand(Base):
    """What was sold or used of a balance on one day of its warehouse's calendar, less what came back of it that day; in stock units.
    Counted from the ledger by the worker; a day without a row had none."""

    __tablename__ = "daily_demand"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)

    __table_args__ = (ForeignKeyConstraint(["tenant_id", "balance_id"], ["balances.tenant_id", "balances.id"]),)


class DemandHead(Base):
    """Up to when, by the time of recording, the movements of a tenant are counted in its daily demand."""

    __tablename__ = "demand_heads"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    counted_to: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),)
