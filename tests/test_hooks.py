"""Hooks: what the program answers to a domain goes with every transaction."""

from dataclasses import replace
from uuid import uuid4

from inventory_graph.db import Transaction
from inventory_graph.identity.tenants import enter_tenant
from migrations.roles import APP
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase


async def tenant_of(tx: Transaction) -> str:
    return str(await tx.raw.fetchval("SELECT current_setting('app.tenant_id')"))


async def test_go_with_every_transaction(owner_url: str, tenant: GivenTenant) -> None:
    """Reading, writing or of one instant, also after a platform owner has entered another tenant: they answer in the
    transaction of whoever asks, bound by its tenant."""
    database = await CountingDatabase.connect(owner_url, role=APP, hooks={"whose": (tenant_of,)})
    other = uuid4()
    try:
        for opening in (database.read, database.transaction, database.snapshot):
            async with opening(replace(tenant.actor, is_platform_owner=True)) as tx:
                assert await tx.hooks["whose"][0](tx) == str(tenant.id)
                entered = await enter_tenant(tx, id=other)
                assert await entered.hooks["whose"][0](entered) == str(other)
    finally:
        await database.close()


async def test_are_none_unless_given(owner_url: str, tenant: GivenTenant) -> None:
    """A domain that nobody answers asks nobody."""
    database = await CountingDatabase.connect(owner_url, role=APP)
    try:
        async with database.read(tenant.actor) as tx:
            assert dict(tx.hooks) == {}
    finally:
        await database.close()
