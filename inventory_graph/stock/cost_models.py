"""Tables of what stock has cost."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, CostColumn, QuantityColumn

Instant = TIMESTAMP(timezone=True)


class CostLayer(Base):
    """What came to a balance under FIFO at one time: ``quantity`` is what is left of it and ``value`` exactly what that is worth, costs
    that were added later included. ``unit_cost`` is what a unit costs, with them too, null while no cost is known. Its ``id`` is that of the movement
    that brought it, its order that movement's version and ordinal; a layer that a change of the method opened has the ordinal -1.
    ``document_id`` is the document that brought it."""

    __tablename__ = "cost_layers"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance_id: Mapped[UUID] = mapped_column(Uuid)
    received_version: Mapped[int] = mapped_column(BigInteger)
    received_ordinal: Mapped[int] = mapped_column(SmallInteger)
    received: Mapped[Decimal] = mapped_column(QuantityColumn)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    value: Mapped[Decimal] = mapped_column(CostColumn)
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn)
    document_id: Mapped[UUID | None] = mapped_column(Uuid)
    received_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "balance_id"], ["balances.tenant_id", "balances.id"]),
        Index(
            "ix_cost_layers_open",
            "tenant_id",
            "balance_id",
            "received_version",
            "received_ordinal",
            postgresql_where=text("quantity > 0"),
        ),
        CheckConstraint("received > 0 AND quantity BETWEEN 0 AND received", name="quantity_within"),
        CheckConstraint("value >= 0 AND (quantity > 0 OR value = 0)", name="value_of_what_is_left"),
    )


class CostAdjustment(Base):
    """What the value of a balance changed by without a movement; never changed itself. ``value_change`` is for what is there,
    ``issued_value`` for what has left already: cost of goods. ``movement_id`` is the movement whose cost it is about, ``reference_id`` the
    document, ``command_id`` what made it. METHOD tells that a balance is kept by the other method from there on."""

    __tablename__ = "cost_adjustments"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance_id: Mapped[UUID] = mapped_column(Uuid)
    movement_id: Mapped[UUID | None] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    value_change: Mapped[Decimal] = mapped_column(CostColumn)
    issued_value: Mapped[Decimal] = mapped_column(CostColumn)
    reference_type: Mapped[str | None] = mapped_column(Text)
    reference_id: Mapped[UUID | None] = mapped_column(Uuid)
    reference: Mapped[str | None] = mapped_column(Text)
    command_id: Mapped[UUID] = mapped_column(Uuid)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "balance_id"], ["balances.tenant_id", "balances.id"]),
        Index("ix_cost_adjustments_balance_id", "tenant_id", "balance_id", "occurred_at", "id"),
        Index("ix_cost_adjustments_movement_id", "tenant_id", "movement_id"),
        Index("ix_cost_adjustments_reference_id", "tenant_id", "reference_id"),
        Index("ix_cost_adjustments_command_id", "tenant_id", "command_id", "id"),
        CheckConstraint("kind IN ('TRUE_UP', 'LANDED_COST', 'FREIGHT', 'METHOD')", name="kind_known"),
    )
