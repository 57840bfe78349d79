"""Tables of the stock book."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
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
NOW = text("clock_timestamp()")
STATES = "('AVAILABLE', 'RESERVED', 'QUARANTINED', 'DAMAGED')"


class Balance(Base):
    """What one variant has in one warehouse. ``id`` is derived from the pair (``commands.balance_id``), so that a pair never
    touched has one too. ``average_cost`` is per stock unit in the tenant's currency, null while no cost is known.
    ``costing_method`` is what
    it is kept by, which changes with its next movement of value; under FIFO ``layers_value`` is what all of it is worth, null otherwise.
    ``negative_allowed`` is the negative policy as it was when the balance was last posted to. No hold of it expires before
    ``holds_expire_at``; null: none expires."""

    __tablename__ = "balances"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    on_hand: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    reserved: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    quarantined: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    damaged: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    available: Mapped[Decimal] = mapped_column(
        QuantityColumn, Computed("on_hand - reserved - quarantined - damaged", persisted=True)
    )
    average_cost: Mapped[Decimal | None] = mapped_column(CostColumn)
    costing_method: Mapped[str] = mapped_column(Text, server_default="AVERAGE")
    layers_value: Mapped[Decimal | None] = mapped_column(CostColumn)
    negative_allowed: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reorder_point: Mapped[Decimal | None] = mapped_column(QuantityColumn)
    safety_stock: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    holds_expire_at: Mapped[datetime | None] = mapped_column(Instant)
    is_low: Mapped[bool] = mapped_column(
        Computed("coalesce(on_hand - reserved - quarantined - damaged <= reorder_point, false)", persisted=True)
    )
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        UniqueConstraint("tenant_id", "variant_id", "warehouse_id"),
        Index("ix_balances_warehouse_id", "tenant_id", "warehouse_id", "variant_id"),
        Index("ix_balances_low", "tenant_id", "variant_id", postgresql_where=text("is_low")),
        CheckConstraint("reserved >= 0 AND quarantined >= 0 AND damaged >= 0", name="states_not_negative"),
        CheckConstraint(
            "negative_allowed OR on_hand - reserved - quarantined - damaged >= 0", name="available_not_negative"
        ),
        CheckConstraint("version >= 0", name="version_not_negative"),
        CheckConstraint("reorder_point >= 0 AND safety_stock >= 0", name="levels_not_negative"),
        CheckConstraint("average_cost >= 0", name="average_cost_not_negative"),
        CheckConstraint(
            "costing_method IN ('AVERAGE', 'FIFO') AND (costing_method = 'FIFO') = (layers_value IS NOT NULL)",
            name="costing_method_known",
        ),
    )


class Lot(Base):
    """A batch of one item. ``expires_on`` is the last day it may be used, by the calendar of the place it lies in."""

    __tablename__ = "lots"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid)
    code: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="ACTIVE")
    manufactured_on: Mapped[date | None] = mapped_column(Date)
    best_before: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    received_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        UniqueConstraint("tenant_id", "item_id", "code"),
        Index("ix_lots_expires_on", "tenant_id", "expires_on"),
        CheckConstraint("status IN ('ACTIVE', 'ON_HOLD', 'QUARANTINED', 'RECALLED')", name="status_known"),
    )


class Quant(Base):
    """A part of a balance: so much of it lies at one location, of one lot, in one state. Written under the lock of its
    balance. ``received_at`` is when the oldest of it came, for FIFO."""

    __tablename__ = "quants"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance_id: Mapped[UUID] = mapped_column(Uuid)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    received_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "balance_id"], ["balances.tenant_id", "balances.id"]),
        ForeignKeyConstraint(["tenant_id", "location_id"], ["locations.tenant_id", "locations.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        UniqueConstraint(
            "tenant_id", "balance_id", "location_id", "lot_id", "state", postgresql_nulls_not_distinct=True
        ),
        Index("ix_quants_lot_id", "tenant_id", "lot_id"),
        Index("ix_quants_location_id", "tenant_id", "location_id"),
        CheckConstraint(f"state IN {STATES}", name="state_known"),
        CheckConstraint(
            "quantity >= 0 OR (state = 'AVAILABLE' AND lot_id IS NULL AND location_id IS NULL)",
            name="quantity_not_negative",
        ),
    )


class Serial(Base):
    """One numbered piece. It is in one place at a time: ``warehouse_id``, ``location_id`` and ``state`` are null when it
    left."""

    __tablename__ = "serials"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    serial: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    warehouse_id: Mapped[UUID | None] = mapped_column(Uuid)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    state: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "warehouse_id"], ["warehouses.tenant_id", "warehouses.id"]),
        ForeignKeyConstraint(["tenant_id", "location_id"], ["locations.tenant_id", "locations.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        UniqueConstraint("tenant_id", "item_id", "serial"),
        Index("ix_serials_variant_id", "tenant_id", "variant_id", "warehouse_id", "state"),
        CheckConstraint(
            "status IN ('IN_STOCK', 'RESERVED', 'IN_TRANSIT', 'SOLD', 'RETURNED', 'DEFECTIVE', 'SCRAPPED')",
            name="status_known",
        ),
        CheckConstraint(f"state IN {STATES}", name="state_known"),
        CheckConstraint("(warehouse_id IS NULL) = (state IS NULL)", name="place_has_state"),
    )


class Movement(Base):
    """One immutable row of the ledger. A null state is the world outside: a receipt comes from it, an issue goes to it.

    ``ordinal`` counts the movements of one balance version from 0. The ``*_after`` columns are the balance right after
    this movement; ``value_change`` is what it did to the value of the stock in the tenant's currency. Partitioned by
    ``recorded_at`` (months); the application's role can neither change nor delete a row.
    """

    __tablename__ = "movements"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance_id: Mapped[UUID] = mapped_column(Uuid)
    balance_version: Mapped[int] = mapped_column(BigInteger)
    ordinal: Mapped[int] = mapped_column(SmallInteger)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str | None] = mapped_column(Text)
    from_location_id: Mapped[UUID | None] = mapped_column(Uuid)
    to_location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn)
    value_change: Mapped[Decimal] = mapped_column(CostColumn, server_default="0")
    on_hand_after: Mapped[Decimal] = mapped_column(QuantityColumn)
    reserved_after: Mapped[Decimal] = mapped_column(QuantityColumn)
    quarantined_after: Mapped[Decimal] = mapped_column(QuantityColumn)
    damaged_after: Mapped[Decimal] = mapped_column(QuantityColumn)
    reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    reference_type: Mapped[str | None] = mapped_column(Text)
    reference_id: Mapped[UUID | None] = mapped_column(Uuid)
    reference: Mapped[str | None] = mapped_column(Text)
    command_id: Mapped[UUID] = mapped_column(Uuid)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "balance_id"], ["balances.tenant_id", "balances.id"]),
        ForeignKeyConstraint(["tenant_id", "lot_id"], ["lots.tenant_id", "lots.id"]),
        UniqueConstraint("tenant_id", "balance_id", "balance_version", "ordinal", "recorded_at"),
        Index("ix_movements_occurred_at", "tenant_id", "balance_id", "occurred_at"),
        Index("ix_movements_lot_id", "tenant_id", "lot_id", postgresql_where=text("lot_id IS NOT NULL")),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(f"from_state IN {STATES} AND to_state IN {STATES}", name="states_known"),
        CheckConstraint("from_state IS NOT NULL OR to_state IS NOT NULL", name="states_given"),
        CheckConstraint("balance_version >= 1 AND ordinal >= 0", name="version_positive"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )


class MovementSerial(Base):
    """Which movements a serial was part of: its history, without searching the ledger."""

    __tablename__ = "movement_serials"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    serial_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    movement_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    __table_args__ = (ForeignKeyConstraint(["tenant_id", "serial_id"], ["serials.tenant_id", "serials.id"]),)


class Hold(Base):
    """A part of a balance that is RESERVED: so much, at one location, of one lot, for one line of one owner (a reservation).

    Written under the lock of its balance. ``quantity`` is what is still held; ``committed`` was issued, ``released`` given back,
    by choice or because ``expires_at`` passed (null: it does not). ``received_at`` is that of the quant it was taken from.
    """

    __tablename__ = "holds"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    line_id: Mapped[UUID] = mapped_column(Uuid)
    balance_id: Mapped[UUID] = mapped_column(Uuid)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    warehouse_id: Mapped[UUID] = mapped_column(Uuid)
    location_id: Mapped[UUID | None] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    committed: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    released: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    received_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "balance_id"], ["balances.tenant_id", "balances.id"]),
        Index("ix_holds_owner_id", "tenant_id", "owner_id"),
        Index("ix_holds_open", "tenant_id", "balance_id", "expires_at", postgresql_where=text("quantity > 0")),
        CheckConstraint("quantity >= 0 AND committed >= 0 AND released >= 0", name="quantities_not_negative"),
    )


class Period(Base):
    """A range of the ledger by when things happened, from ``starts_at`` (null: from the beginning) to before ``ends_at``, where the
    next one starts. Nothing is recorded into one that is CLOSED; OPEN: it was closed and reopened. Those closed come before those
    open. ``value`` is that of all stock at the end, ``movement_count`` how much happened in it, both when it was last closed."""

    __tablename__ = "periods"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text)
    value: Mapped[Decimal] = mapped_column(CostColumn)
    movement_count: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[datetime] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        UniqueConstraint("tenant_id", "ends_at"),
        UniqueConstraint("tenant_id", "starts_at", postgresql_nulls_not_distinct=True),
        CheckConstraint("status IN ('OPEN', 'CLOSED')", name="status_known"),
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        CheckConstraint("version >= 1 AND movement_count >= 0", name="version_positive"),
    )


class PeriodBalance(Base):
    """What a balance was at the end of a period in which it moved; where it did not move, an earlier row tells. ``revision`` is the
    version of the period that found it so: the highest counts, and none is ever changed, so that what was reported stays.

    No foreign key: to check one, closing would wait for the balances that commands have locked, while such a command may be
    waiting for the closing.
    """

    __tablename__ = "period_balances"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    on_hand: Mapped[Decimal] = mapped_column(QuantityColumn)
    reserved: Mapped[Decimal] = mapped_column(QuantityColumn)
    quarantined: Mapped[Decimal] = mapped_column(QuantityColumn)
    damaged: Mapped[Decimal] = mapped_column(QuantityColumn)
    value: Mapped[Decimal] = mapped_column(CostColumn)

    __table_args__ = (CheckConstraint("revision >= 1", name="revision_positive"),)


class PeriodStep(Base):
    """One version of a period: who closed or reopened it, when and why. ``value`` is what the stock was worth as it was closed,
    ``balance_count`` how many balances were written down."""

    __tablename__ = "period_steps"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    period_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    value: Mapped[Decimal | None] = mapped_column(CostColumn)
    balance_count: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "period_id"], ["periods.tenant_id", "periods.id"]),
        CheckConstraint("kind IN ('CLOSED', 'REOPENED')", name="kind_known"),
        CheckConstraint(
            "(kind = 'CLOSED') = (value IS NOT NULL AND balance_count IS NOT NULL)", name="sums_when_closed"
        ),
    )


class Posting(Base):
    """A document line that has posted, for ever: the same line and kind never posts again, whoever retries."""

    __tablename__ = "postings"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    document_type: Mapped[str] = mapped_column(Text, primary_key=True)
    document_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    line: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    command_id: Mapped[UUID] = mapped_column(Uuid)

    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),)
