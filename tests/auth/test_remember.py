"""What is believed for a while, and for how long."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from inventory_graph.actor import Actor
from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings
from inventory_graph.errors import Unauthenticated
from inventory_graph.identity.roles import grant_role, revoke_role
from inventory_graph.identity.tenants import update_tenant
from inventory_graph.recent import Recent
from tests.auth.issuer import Clock, Issuer
from tests.given.tenants import GivenTenant
from tests.identity.given import now, platform_owner, write
from tests.statements import CountingDatabase, statements


async def _actor(authenticator: Authenticator, token: str) -> Actor:
    actor = await authenticator.authenticate({"authorization": f"Bearer {token}"})
    assert actor is not None
    return actor


async def test_a_known_caller_costs_no_statement(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Two statements for a new one (tenant, rights), none for the next requests."""
    token = issuer.token(tenant, roles=["viewer"])
    async with statements(database) as counted:
        first = await _actor(authenticator, token)
    assert len(counted) == 2
    async with statements(database) as counted:
        assert await _actor(authenticator, token) == first
    assert len(counted) == 0


async def test_many_requests_of_a_new_caller_cost_as_much_as_one(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """A page that asks ten things at once."""
    token = issuer.token(tenant, roles=["viewer"])
    async with statements(database) as counted:
        actors = await asyncio.gather(*(_actor(authenticator, token) for _ in range(10)))
    assert len(counted) == 2
    assert len({id(actor) for actor in actors}) == 10
    assert all(actor == actors[0] for actor in actors)


async def test_a_revoked_role_is_gone_after_30_seconds(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """However long the token still lives."""
    await write(tenant, lambda tx: grant_role(tx, subject="u", role_code="stock_clerk", now=now()))
    token = issuer.token(tenant, sub="u")
    assert (await _actor(authenticator, token)).may("inventory.stock.change")
    await write(tenant, lambda tx: revoke_role(tx, subject="u", role_code="stock_clerk"))
    clock.advance(29)
    assert (await _actor(authenticator, token)).may("inventory.stock.change")
    clock.advance(1)
    assert not (await _actor(authenticator, token)).may("inventory.stock.change")


async def test_a_suspended_tenant_is_closed_after_a_minute(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """Also for tokens that were verified before."""
    token = issuer.token(tenant)
    await _actor(authenticator, token)
    await write(tenant, lambda tx: update_tenant(tx, status="SUSPENDED"), actor=platform_owner(tenant))
    clock.advance(60)
    with pytest.raises(Unauthenticated, match="suspended"):
        await _actor(authenticator, token)


async def test_a_token_that_is_remembered_ends_at_its_end(
    database: CountingDatabase, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Being verified does not lengthen a life."""
    seconds = datetime.now(UTC).timestamp()
    settings = Settings.load(dotenv=None, jwt_issuers=(issuer.url,))
    authenticator = Authenticator(database=database, settings=settings, now=lambda: seconds)
    token = issuer.token(tenant, exp=datetime.now(UTC) + timedelta(seconds=20))
    await _actor(authenticator, token)
    seconds += 31
    with pytest.raises(Unauthenticated, match="expired"):
        await _actor(authenticator, token)
    await authenticator.close()


async def test_forgets_the_least_used_beyond_its_size() -> None:
    """Memory does not grow with the number of callers."""
    asked: list[str] = []
    recent: Recent[str, str] = Recent(seconds=60, count_max=2, clock=Clock())

    async def get(key: str) -> str | None:
        async def ask() -> str:
            asked.append(key)
            return key.upper()

        return await recent.get(key, ask)

    assert [await get(key) for key in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert asked == ["a", "b", "c", "b"]


async def test_an_error_is_given_to_all_who_wait_and_not_kept() -> None:
    """The next caller asks anew."""
    recent: Recent[str, str] = Recent(seconds=60, count_max=2, clock=Clock())
    answers: list[str | Exception] = [RuntimeError("away"), "back"]

    async def ask() -> str:
        await asyncio.sleep(0.01)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    outcomes = await asyncio.gather(*(recent.get("k", ask) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["away"] * 3
    assert await recent.get("k", ask) == "back"
    assert answers == []


async def test_age_counts_from_the_asking() -> None:
    """A slow answer is old when it comes: what was revoked meanwhile must not live longer for it."""
    clock = Clock()
    recent: Recent[str, int] = Recent(seconds=30, count_max=2, clock=clock)
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        clock.advance(10)
        return asked

    assert await recent.get("k", ask) == 1
    clock.advance(19)
    assert await recent.get("k", ask) == 1
    clock.advance(1)
    assert await recent.get("k", ask) == 2
