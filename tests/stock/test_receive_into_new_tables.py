"""Stock that comes in before the planner of the database has looked at the tables: the first minute of an installation."""

import time
from decimal import Decimal
from uuid import uuid4

from inventory_graph.db import Database
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.stock.service import Place, ReceiptLine, receive_stock
from migrations.roles import APP
from tests.given.tenants import given_tenant
from tests.servers import PostgresServer

ITEMS = 500
SECONDS_MAX = 5
"""Several times what it takes; row by row it takes longer than the ten seconds that a statement may."""


async def test_a_long_receipt_after_an_import_is_quick(postgres: PostgresServer) -> None:
    """Five hundred products imported and the first delivery booked at once: a plan that was made for one row would be
    stopped by the database after ten seconds."""
    database = await Database.connect(await postgres.clone(), role=APP, connections_max=2)
    try:
        tenant = await given_tenant(database)
        items = [NewItem(sku=f"N-{number:03}", name="New", unit="PIECE") for number in range(ITEMS)]
        await database.write(tenant.actor, lambda tx: create_items(tx, items=items))
        lines = [ReceiptLine(sku=item.sku, quantity=Decimal(3)) for item in items]
        began = time.perf_counter()
        answer = await database.write(
            tenant.actor, lambda tx: receive_stock(tx, idempotency_key=uuid4().hex, lines=lines, place=Place())
        )
        took = time.perf_counter() - began
    finally:
        await database.close()
    assert [balance.on_hand for balance in answer.balances] == [Decimal(3)] * ITEMS
    assert took < SECONDS_MAX
