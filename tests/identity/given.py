"""Callers and verbs for the tests of identity."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from inventory_graph.actor import Actor
from inventory_graph.db import Transaction
from tests.given.tenants import GivenTenant

Result = TypeVar("Result")


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def platform_owner(tenant: GivenTenant) -> Actor:
    """A platform owner that acts in the tenant."""
    return replace(tenant.actor, subject="platform-owner", is_platform_owner=True)


async def write(
    tenant: GivenTenant, function: Callable[[Transaction], Awaitable[Result]], *, actor: Actor | None = None
) -> Result:
    """Run the verb as the tenant's administrator, or as another caller, and commit."""
    return await tenant.database.write(actor or tenant.actor, function)


async def read(tenant: GivenTenant, function: Callable[[Transaction], Awaitable[Result]]) -> Result:
    """Run the reading function as the tenant's administrator."""
    async with tenant.database.read(tenant.actor) as tx:
        return await function(tx)
