"""How fast a caller may go on: in points of cost, each tenant, client and address for itself, the same in every process."""

import asyncio
import random
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from inventory_graph.config import Settings, SettingsError
from inventory_graph.rates import Rate, RateLimiter
from resolvers.variables import VALUES_MAX
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GivenCallers
from tests.http.conftest import Opened
from tests.servers import free_port
from tests.statements import CountingDatabase

SLOW: dict[str, Any] = {"rate_client_points": 1, "rate_burst_seconds": 1, "cost_max": 100}
"""A hundred points to begin with, and one more each second."""
SIXTY = "{ things(first: 60) { id } }"
FORTY = "{ things(first: 40) { id } }"


async def ask(client: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/graphql", json={"query": query}, headers=sent)


async def test_who_used_up_its_points_is_told_when_there_are_more(opened: Opened) -> None:
    """429 with Retry-After, in the form of every other error, and nothing was done."""
    async with opened(**SLOW) as client:
        assert (await ask(client, SIXTY)).status_code == 200
        refused = await ask(client, SIXTY)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "20"
        assert refused.json() == {
            "errors": [
                {
                    "message": "Too much was asked for in a short time; nothing was done. Try again in 20 s.",
                    "extensions": {"code": "RATE_LIMITED", "cost": {"estimated": 60, "limit": 100, "remaining": 40}},
                }
            ]
        }
        # What was refused cost nothing: the rest is still there.
        assert (await ask(client, FORTY)).status_code == 200
        counted = (await client.get("/metrics")).text
        assert 'inventory_graph_requests_total{operation="none",outcome="limited"} 1.0' in counted


async def test_a_caller_can_see_what_is_left(opened: Opened) -> None:
    """Before it is too late."""
    async with opened(**SLOW) as client:
        cost = (await ask(client, SIXTY, x_graphql_cost="1")).json()["extensions"]["cost"]
        assert cost == {"estimated": 60, "limit": 100, "actual": 60, "remaining": 40}


async def test_what_was_not_used_is_given_back(opened: Opened) -> None:
    """The estimate is of the largest answer; who gets a small one pays for a small one."""
    async with opened(**SLOW) as client:
        for _ in range(20):
            assert (await ask(client, "{ things(first: 60) @skip(if: true) { id } }")).status_code == 200


async def test_what_was_used_beyond_the_estimate_is_drawn_too(opened: Opened) -> None:
    """A list may turn out longer than anybody knew, and nobody gets the rest of it for nothing."""
    longer = "{ tagged(tags: 1700) { tags } }"
    async with opened(**SLOW) as client:
        cost = (await ask(client, longer, x_graphql_cost="1")).json()["extensions"]["cost"]
        assert (cost["estimated"], cost["actual"]) == (1, 86)
        assert (await ask(client, FORTY)).status_code == 429
        assert (await ask(client, "{ things(first: 14) { id } }")).status_code == 200


async def test_the_cheapest_request_costs_a_point_and_a_wrong_one_ten(opened: Opened) -> None:
    """Neither is for nothing: both are read, and a wrong one is validated."""
    async with opened(**SLOW) as client:
        statuses = [(await ask(client, f"{{ nothing{number} }}")).status_code for number in range(9)]
        statuses += [(await ask(client, "{ __typename }")).status_code for _ in range(12)]
        assert statuses[:19] == [200] * 19
        assert statuses[-1] == 429


@pytest.mark.parametrize("text", ["a\0b", ["a"] * VALUES_MAX])
async def test_wrong_variables_cost_ten_points_as_well(opened: Opened, text: object) -> None:
    """The document beside them was read and validated before."""
    async with opened(**SLOW) as client:
        sent = {"query": "query($text: String!) { echo(text: $text) }", "variables": {"text": text}}
        answers = [await client.post("/graphql", json=sent) for _ in range(12)]
        codes = [answer.json()["errors"][0]["extensions"]["code"] for answer in answers]
        assert codes == [codes[0]] * 10 + ["RATE_LIMITED"] * 2


async def test_each_tenant_and_each_client_has_its_own(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """One that goes too fast slows nobody else down, but the colleagues where the tenant's own limit is reached."""
    other = await given_tenant(database)
    colleague, third = (replace(tenant.actor, subject=name) for name in ("colleague", "third"))
    one, two, three, foreign = (callers.credential_of(each) for each in (tenant.actor, colleague, third, other.actor))
    async with opened(**SLOW, rate_tenant_points=1) as client:
        assert (await ask(client, SIXTY, authorization=one)).status_code == 200
        assert (await ask(client, SIXTY, authorization=two)).status_code == 429
        assert (await ask(client, FORTY, authorization=two)).status_code == 200
        assert (await ask(client, FORTY, authorization=three)).status_code == 429
        assert (await ask(client, SIXTY, authorization=foreign)).status_code == 200


async def test_visitors_take_nothing_from_the_tenants_own_people(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """A flood from the shop's page leaves the till running."""
    async with opened(rate_tenant_points=1, rate_burst_seconds=1, cost_max=100) as client:
        assert (await ask(client, SIXTY, x_tenant_slug=tenant.slug)).status_code == 200
        assert (await ask(client, SIXTY, x_tenant_slug=tenant.slug)).status_code == 429
        assert (await ask(client, SIXTY, authorization=callers.credential_of(tenant.actor))).status_code == 200


async def test_visitors_are_known_by_the_address_that_a_trusted_proxy_names(opened: Opened) -> None:
    """The last address that no trusted proxy has; of version 6 the whole network that its owner has."""
    async with opened(**SLOW, trusted_proxies=("127.0.0.0/8", "10.0.0.0/8")) as client:
        for address, status in (
            ("192.0.2.1", 200),
            ("192.0.2.1", 429),
            ("192.0.2.2", 200),
            ("192.0.2.1, 192.0.2.3", 200),  # what a client claims in front of its own address is its own business
            ("192.0.2.4, 10.1.2.3", 200),
            ("192.0.2.4", 429),
            ("2001:db8:1:2::1", 200),
            ("2001:db8:1:2:ffff::9", 429),
            ("2001:db8:1:3::1", 200),
        ):
            assert (await ask(client, SIXTY, x_forwarded_for=address)).status_code == status, address


async def test_an_address_that_anybody_could_claim_is_not_believed(opened: Opened) -> None:
    """Without a trusted proxy in between, a new address with each request would be no limit at all."""
    async with opened(**SLOW) as client:
        assert (await ask(client, SIXTY, x_forwarded_for="192.0.2.1")).status_code == 200
        assert (await ask(client, SIXTY, x_forwarded_for="192.0.2.2")).status_code == 429


async def test_guessing_at_credentials_is_slowed_down(opened: Opened) -> None:
    """Each wrong one costs ten points of the address."""
    async with opened(**SLOW) as client:
        statuses = [
            (await ask(client, "{ me }", authorization=f"Bearer ig_{uuid4().hex}")).status_code for _ in range(12)
        ]
        assert statuses == [401] * 10 + [429] * 2


async def test_processes_share_the_buckets(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant, redis_url: str
) -> None:
    """With a hundred processes the limit is still one; what one gives back is there for the other, too."""
    credential = callers.credential_of(tenant.actor)
    async with opened(**SLOW, redis_url=redis_url) as first, opened(**SLOW, redis_url=redis_url) as second:
        skipped = "{ things(first: 60) @skip(if: true) { id } }"
        assert (await ask(first, skipped, authorization=credential)).status_code == 200
        assert (await ask(first, skipped, authorization=credential)).status_code == 200
        assert (await ask(first, FORTY, authorization=credential)).status_code == 200
        refused = await ask(second, SIXTY, authorization=credential)
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["extensions"]["cost"]["remaining"] < 60


async def test_processes_share_what_was_used_beyond_the_estimate(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant, redis_url: str
) -> None:
    """The process that knows of it says so with its next draw, refused or not; nobody waits longer for it than for two full buckets."""
    credential = callers.credential_of(tenant.actor)
    longer = "{ tagged(tags: 10000) { tags } }"
    async with opened(**SLOW, redis_url=redis_url) as first, opened(**SLOW, redis_url=redis_url) as second:
        assert (await ask(first, longer, authorization=credential)).status_code == 200
        await asyncio.sleep(
            1.5
        )  # a bucket of a second would be full again, and must not be taken for one that nobody drew from
        refused = await ask(first, FORTY, authorization=credential)
        assert refused.json()["errors"][0]["extensions"]["cost"]["remaining"] == 0
        elsewhere = await ask(second, FORTY, authorization=credential)
        assert (elsewhere.status_code, elsewhere.headers["retry-after"]) == (429, "140")


async def test_without_redis_each_process_limits_by_itself(opened: Opened) -> None:
    """Neither everything nor nothing: the service goes on, and so do its limits."""
    async with opened(**SLOW, redis_url=f"redis://127.0.0.1:{free_port()}/0") as client:
        assert (await ask(client, SIXTY)).status_code == 200
        assert (await ask(client, SIXTY)).status_code == 429


async def test_rates_are_not_limited_unless_asked_for(opened: Opened) -> None:
    """Which numbers are right depends on the shop; the default stands in nobody's way."""
    async with opened(cost_max=100) as client:
        for _ in range(50):
            assert (await ask(client, SIXTY)).status_code == 200


@pytest.mark.parametrize("seed", range(20))
async def test_no_window_of_time_lets_more_through(tenant: GivenTenant, seed: int) -> None:
    """In any stretch of time: what was saved up and what flowed in, and not a point more but those that the last operation turned out
    to cost beyond its estimate, whatever was given back meanwhile."""
    chance = random.Random(seed)
    now = 0.0
    rate = Rate(points_second=chance.uniform(1, 50), capacity=chance.uniform(60, 500))
    limiter = RateLimiter(tenant=None, client=rate, clock=lambda: now)
    buckets = limiter.buckets(tenant.actor, "")
    used: list[tuple[float, int]] = []
    refused = 0
    for _ in range(2_000):
        now += chance.expovariate(2)
        points = chance.randint(1, 60)
        drawn = await limiter.draw(buckets, points)
        if drawn.seconds > 0:
            refused += 1
            later, now = now, now + drawn.seconds + 1e-6
            assert (await limiter.draw(buckets, points)).seconds == 0, "what it said to wait was enough"
            assert now > later
        spent = chance.randint(0, points + 40) if chance.random() < 0.3 else points
        limiter.settle(buckets, drawn=points, used=spent)
        used.append((now, spent))
    for start in range(0, len(used), 50):
        total = 0
        for at, points in used[start:]:
            total += points
            assert total <= rate.capacity + (at - used[start][0]) * rate.points_second + 100
    assert refused > 0


def test_a_proxy_is_named_by_address_or_network() -> None:
    """A name could come to mean anything."""
    assert Settings.load(dotenv=None, trusted_proxies="10.0.0.0/8, 192.0.2.1,::1").trusted_proxies == (
        "10.0.0.0/8", "192.0.2.1", "::1",
    )  # fmt: skip
    for wrong in ("proxy.example", "10.0.0.1/8", "10.0.0.0/99"):
        with pytest.raises(SettingsError, match="INVENTORY_TRUSTED_PROXIES is"):
            Settings.load(dotenv=None, trusted_proxies=wrong)


async def test_what_is_under_way_draws_its_points_as_they_come_in(tenant: GivenTenant) -> None:
    """Also more than a bucket holds: ten at once, the other fifteen at a hundred a second. Nothing is left then."""
    limiter = RateLimiter(tenant=None, client=Rate(points_second=100, capacity=10))
    buckets = limiter.buckets(tenant.actor, "")
    began = time.monotonic()
    await limiter.draw_in_time(buckets, 25)
    assert time.monotonic() - began >= 0.15
    assert (await limiter.draw(buckets, 10)).seconds > 0


async def test_what_costs_nothing_waits_for_nothing(tenant: GivenTenant) -> None:
    """Nor does anything where rates are not limited."""
    limiter = RateLimiter(tenant=None, client=Rate(points_second=1, capacity=10))
    buckets = limiter.buckets(tenant.actor, "")
    async with asyncio.timeout(1):
        await limiter.draw_in_time(buckets, 10)
        await limiter.draw_in_time(buckets, 0)
        await limiter.draw_in_time([], 1_000)
