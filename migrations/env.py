"""How Alembic connects: as the login of the URL, acting as the role that owns the tables, one transaction a revision."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from inventory_graph import idempotency, numbering, outbox
from inventory_graph.alerts import models as alerts_models
from inventory_graph.db import Base
from inventory_graph.identity import models as identity_models
from inventory_graph.live import models as live_models
from inventory_graph.masterdata import models as masterdata_models
from inventory_graph.masterdata import places, selling
from inventory_graph.picking import models as picking_models
from inventory_graph.purchasing import invoice_models, notice_models, return_models
from inventory_graph.purchasing import models as purchasing_models
from inventory_graph.replenishment import models as replenishment_models
from inventory_graph.reservations import models as reservations_models
from inventory_graph.stock import cost_models
from inventory_graph.stock import models as stock_models
from inventory_graph.transfers import models as transfer_models
from inventory_graph.valuation import models as valuation_models
from migrations import roles

TABLES_IN = (
    idempotency, numbering, outbox, identity_models, masterdata_models, places, selling, stock_models, cost_models,
    reservations_models, purchasing_models, invoice_models, return_models, notice_models, transfer_models, valuation_models, replenishment_models,
    picking_models, alerts_models, live_models,
)  # fmt: skip
MIGRATION_LOCK = 7305001
LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 600_000


def _migrate(connection: Connection) -> None:
    # One at a time in a database: replicas that start together each migrate, and all but the first find it done. The
    # lock is the session's, so it outlasts the commits below and ends with the connection.
    connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
    connection.commit()
    roles.ensure(connection)
    connection.execute(text(f"SET ROLE {roles.OWNER}"))
    connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
    connection.execute(text(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}"))
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_migrate(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


def _print_sql() -> None:
    context.configure(
        dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        context.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        context.run_migrations()


if context.is_offline_mode():
    _print_sql()
else:
    asyncio.run(_connect_and_migrate(context.config.get_main_option("sqlalchemy.url") or ""))
