"""Tables of alerts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base


class LotExpiryAlert(Base):
    """That it was told that a lot in a warehouse will soon be past its date. Its key is why that is told once."""

    __tablename__ = "lot_expiry_alerts"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        Index("ix_lot_expiry_alerts_warehouse_id", "tenant_id", "warehouse_id"),
    )


class OverdueAlert(Base):
    """That it was told that a purchase order or a transfer did not come when it was expected. Its key is why that is told once."""

    __tablename__ = "overdue_alerts"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    document_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    expected_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))

    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),)
