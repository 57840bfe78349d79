"""The issuer's keys: fetched when needed, never more often, kept when the issuer is away."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from inventory_graph.auth import Authenticator
from inventory_graph.errors import Unauthenticated, Unavailable
from inventory_graph.jwks import BODY_BYTES_MAX, RemoteKeys, public_keys
from inventory_graph.signing import thumbprint
from tests.auth.conftest import MakeAuthenticator
from tests.auth.issuer import JWKS_PATH, Clock, Issuer, jwk_of, new_key
from tests.given.tenants import GivenTenant


async def _opens(authenticator: Authenticator, token: str) -> bool:
    try:
        return await authenticator.authenticate({"authorization": f"Bearer {token}"}) is not None
    except Unauthenticated:
        return False


async def test_fetches_once_for_many_callers_at_once(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """A service that has just started is asked by everyone."""
    issuer.delay_seconds = 0.2
    tokens = [issuer.token(tenant, sub=f"user-{number}") for number in range(20)]
    assert await asyncio.gather(*(_opens(authenticator, token) for token in tokens)) == [True] * 20
    assert (issuer.fetches, issuer.fetches_at_once_max) == (1, 1)


async def test_one_caller_that_gives_up_does_not_stop_the_fetch_of_the_others(issuer: Issuer, clock: Clock) -> None:
    """Who closes the connection while waiting is not everyone."""
    issuer.delay_seconds = 0.2
    async with httpx.AsyncClient() as client:
        keys = RemoteKeys(issuer.url + JWKS_PATH, client=client, clock=clock)
        first = asyncio.create_task(keys.key(issuer.kid))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(keys.key(issuer.kid))
        await asyncio.sleep(0.05)
        first.cancel()
        assert await second is not None
    assert issuer.fetches == 1


async def test_keeps_the_keys_for_an_hour(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """Every request would otherwise ask the issuer; after the hour a withdrawn key is noticed."""
    token, later = issuer.token(tenant, sub="a"), issuer.token(tenant, sub="b")
    assert await _opens(authenticator, token)
    clock.advance(3_599)
    assert await _opens(authenticator, later)
    assert issuer.fetches == 1
    issuer.published = [jwk_of(new_key())]
    clock.advance(1)
    assert not await _opens(authenticator, issuer.token(tenant, sub="c"))
    assert issuer.fetches == 2


async def test_a_key_that_is_not_known_yet_is_fetched(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """The issuer changes its key without telling anyone."""
    assert await _opens(authenticator, issuer.token(tenant))
    new = new_key()
    issuer.published.append(jwk_of(new))
    clock.advance(30)
    assert await _opens(authenticator, issuer.token(tenant, key=new, headers={"kid": thumbprint(new.public_key())}))
    assert issuer.fetches == 2


async def test_made_up_keys_are_asked_for_once_in_30_seconds(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """Anyone can write a token that names a key; it must not turn this service against the issuer."""
    assert await _opens(authenticator, issuer.token(tenant))
    for number in range(10):
        assert not await _opens(authenticator, issuer.token(tenant, headers={"kid": f"made-up-{number}"}))
    assert issuer.fetches == 1
    clock.advance(30)
    for number in range(10):
        assert not await _opens(authenticator, issuer.token(tenant, headers={"kid": f"made-up-{number}"}))
    assert issuer.fetches == 2


async def test_keeps_old_keys_while_the_issuer_is_away(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """The shop goes on selling when the sign-in service is down; one attempt in 30 seconds finds it again."""
    assert await _opens(authenticator, issuer.token(tenant))
    issuer.status = 503
    clock.advance(7_200)
    assert await _opens(authenticator, issuer.token(tenant, sub="b"))
    assert await _opens(authenticator, issuer.token(tenant, sub="c"))
    assert issuer.fetches == 2
    issuer.status = 200
    clock.advance(30)
    assert await _opens(authenticator, issuer.token(tenant, sub="d"))
    clock.advance(600)
    assert await _opens(authenticator, issuer.token(tenant, sub="e"))
    assert issuer.fetches == 3


async def test_says_that_it_cannot_tell_when_it_never_reached_the_issuer(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """The bearer did nothing wrong: it should try again, not sign in again."""
    issuer.status = 500
    with pytest.raises(Unavailable, match="signing keys"):
        await _opens(authenticator, issuer.token(tenant))
    issuer.status = 200
    with pytest.raises(Unavailable):
        await _opens(authenticator, issuer.token(tenant))
    assert issuer.fetches == 1
    clock.advance(30)
    assert await _opens(authenticator, issuer.token(tenant))


async def test_an_issuer_that_nobody_answers_for(
    make_authenticator: MakeAuthenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """A refused connection is no internal error."""
    authenticator = make_authenticator(jwt_issuers=(issuer.url,), jwks_url="http://127.0.0.1:1/keys")
    with pytest.raises(Unavailable):
        await _opens(authenticator, issuer.token(tenant))


async def test_keys_may_be_elsewhere_for_all_issuers(
    make_authenticator: MakeAuthenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Old and new names of one issuer share its keys; the setting says where they are."""
    names = ("https://sso.old.example", "auth.local")
    authenticator = make_authenticator(jwt_issuers=names, jwks_url=issuer.url + JWKS_PATH)
    for name in names:
        assert await _opens(authenticator, issuer.token(tenant, iss=name))
    assert not await _opens(authenticator, issuer.token(tenant))
    assert issuer.fetches == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [null, 7]}',
    ],
)
async def test_a_body_that_is_no_key_set_leaves_the_keys_there_were(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock, body: bytes
) -> None:
    """An error page with status 200 must not sign everybody out."""
    assert await _opens(authenticator, issuer.token(tenant))
    issuer.body = body
    clock.advance(3_600)
    assert await _opens(authenticator, issuer.token(tenant, sub="b"))
    assert issuer.fetches == 2


async def test_reads_no_more_than_a_key_set_can_be(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, clock: Clock
) -> None:
    """An answer without end must not fill the memory: even a good set is refused when it is too long."""
    issuer.body = json.dumps({"keys": issuer.published}).encode().ljust(BODY_BYTES_MAX)
    assert await _opens(authenticator, issuer.token(tenant))
    new = new_key()
    issuer.body = json.dumps({"keys": [jwk_of(new)]}).encode().ljust(BODY_BYTES_MAX + 1)
    clock.advance(3_600)
    assert await _opens(authenticator, issuer.token(tenant, sub="b"))
    with pytest.raises(Unavailable):
        await _opens(authenticator, issuer.token(tenant, key=new, headers={"kid": thumbprint(new.public_key())}))


@pytest.mark.parametrize(
    "members", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}, {"kid": None}, {"n": "AQAB"}, {"n": None}, {"e": 7}]
)
def test_passes_over_keys_that_do_not_sign_tokens(members: dict[str, Any]) -> None:
    """Keys for encryption, other algorithms and toys stand in the same set."""
    good, other = new_key(), new_key()
    body = json.dumps({"keys": [jwk_of(other, **members), jwk_of(good)]}).encode()
    assert set(public_keys(body)) == {thumbprint(good.public_key())}


def test_passes_over_short_and_private_keys() -> None:
    """1024 bits can be factored; a private key in public is nobody's any more."""
    good = new_key()
    private = {**jwk_of(new_key()), "d": "AQAB", "p": "AQAB", "q": "AQAB", "dp": "AQAB", "dq": "AQAB", "qi": "AQAB"}
    body = json.dumps({"keys": [jwk_of(new_key(1024)), private, jwk_of(good)]}).encode()
    assert set(public_keys(body)) == {thumbprint(good.public_key())}
