"""Work before the planner of the database has looked at the tables: the first minute of an installation, after an import."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory_graph.db import Database
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from inventory_graph.stock import statements
from inventory_graph.stock.availability import AvailabilityKey, availabilities
from inventory_graph.stock.service import Place, ReceiptLine, receive_stock
from migrations.roles import APP
from tests.given.tenants import GivenTenant, given_tenant
from tests.servers import PostgresServer

SECONDS_MAX = 5
"""Several times what it takes; row by row it takes longer than the ten seconds that a statement may."""

SKUS = [f"N-{number:03}" for number in range(500)]


@pytest.fixture
async def tenant(postgres: PostgresServer) -> AsyncIterator[GivenTenant]:
    """A tenant in a database that was made a moment ago, with five hundred products; every tenth has two variants."""
    database = await Database.connect(await postgres.clone(), role=APP, connections_max=2)
    try:
        given = await given_tenant(database)
        items = [NewItem(sku=sku, name="New", unit="PIECE", variants=variants_of(sku)) for sku in SKUS]
        await database.write(given.actor, lambda tx: create_items(tx, items=items))
        yield given
    finally:
        await database.close()


def variants_of(sku: str) -> list[NewVariant]:
    return [NewVariant(sku=f"{sku}-{size}") for size in "SL"] if sku.endswith("0") else []


def lines() -> list[ReceiptLine]:
    """Three of every variant."""
    return [
        ReceiptLine(sku=variant, quantity=Decimal(3))
        for sku in SKUS
        for variant in ([each.sku for each in variants_of(sku)] or [sku])
    ][:500]


async def test_a_long_receipt_is_quick(tenant: GivenTenant) -> None:
    """The first delivery is booked as soon as the products are there: a plan made for one row would be stopped by the
    database."""
    began = time.perf_counter()
    answer = await tenant.database.write(
        tenant.actor, lambda tx: receive_stock(tx, idempotency_key=uuid4().hex, lines=lines(), place=Place())
    )
    took = time.perf_counter() - began
    assert [balance.on_hand for balance in answer.balances] == [Decimal(3)] * 500
    assert took < SECONDS_MAX


async def test_the_availability_of_a_whole_catalogue_is_quick(tenant: GivenTenant) -> None:
    """A router asks for a page of products by their SKUs, those that are unknown here and those of several variants too."""
    await tenant.database.write(
        tenant.actor, lambda tx: receive_stock(tx, idempotency_key=uuid4().hex, lines=lines(), place=Place())
    )
    keys = [AvailabilityKey(sku=sku) for sku in (*SKUS, *(f"U-{number}" for number in range(100)))]
    began = time.perf_counter()
    async with tenant.database.read(tenant.actor) as tx:
        found = await availabilities(tx, keys)
    took = time.perf_counter() - began
    assert [found[key].available for key in keys[:11]] == [Decimal(6), *[Decimal(3)] * 9, Decimal(6)]
    assert {found[key].reasons for key in keys[500:]} == {("NOT_STOCKED_HERE",)}
    assert took < SECONDS_MAX


async def test_locked_balances_meet_their_facts_in_one_go(tenant: GivenTenant) -> None:
    """Never one by one, whatever the planner thinks of the tables: a batch may lock thousands of balances."""
    async with tenant.database.read(tenant.actor) as tx:
        for statement in (statements.LOCK, statements.LOCK_FREE):
            rows = await tx.raw.fetch(f"EXPLAIN {statement}", tx.tenant_id, [uuid4()], [uuid4()], [uuid4()])
            assert rows[0][0].startswith(("Hash Full Join", "Merge Full Join"))
