"""Tokens that prove nothing."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from inventory_graph.auth import Authenticator
from inventory_graph.errors import Unauthenticated
from inventory_graph.tokens import TOKEN_LENGTH_MAX
from tests.auth.conftest import MakeAuthenticator
from tests.auth.issuer import Issuer, new_key, running_issuer
from tests.given.tenants import GivenTenant


async def _refusal(authenticator: Authenticator, token: str) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        await authenticator.authenticate({"authorization": f"Bearer {token}"})
    message = refusal.value.message
    assert token[:20] not in message
    assert token[-20:] not in message
    return message


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _part(value: Any) -> str:
    return _encoded(json.dumps(value).encode())


def _by_hand(header: Any, claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    content = {name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in claims.items()}
    signed = f"{_part(header)}.{_part(content)}"
    return f"{signed}.{_encoded(sign(signed.encode()))}"


def _rs256(issuer: Issuer) -> Callable[[bytes], bytes]:
    return lambda content: issuer.key.sign(content, padding.PKCS1v15(), hashes.SHA256())


async def test_a_token_made_by_hand_is_as_good_as_any(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """What the tests below change about such a token is the reason why it is refused."""
    token = _by_hand({"alg": "RS256", "kid": issuer.kid}, issuer.claims(tenant), _rs256(issuer))
    assert await authenticator.authenticate({"authorization": f"Bearer {token}"})


async def test_expired(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """A little beyond its end, clocks may differ; more than that, it is over."""
    now = datetime.now(UTC)
    assert "expired" in await _refusal(authenticator, issuer.token(tenant, exp=now - timedelta(seconds=30)))
    assert await authenticator.authenticate(
        {"authorization": f"Bearer {issuer.token(tenant, exp=now - timedelta(seconds=5))}"}
    )


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_not_valid_yet(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, claim: str) -> None:
    """A token from the future was not issued."""
    later: dict[str, Any] = {claim: datetime.now(UTC) + timedelta(minutes=5)}
    assert "not valid yet" in await _refusal(authenticator, issuer.token(tenant, **later))


@pytest.mark.parametrize("claim", ["exp", "iat", "aud", "sub"])
async def test_without_a_claim_that_it_must_have(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, claim: str
) -> None:
    """A token without an end, a beginning, an audience or a bearer is not one of ours."""
    left_out: dict[str, Any] = {claim: None}
    assert f"lacks the claim {claim}" in await _refusal(authenticator, issuer.token(tenant, **left_out))


async def test_of_another_audience(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """Tokens for other systems of the same issuer open nothing here."""
    assert "'codevertex'" in await _refusal(authenticator, issuer.token(tenant, aud="somebody-else"))
    assert await authenticator.authenticate(
        {"authorization": f"Bearer {issuer.token(tenant, aud=['codevertex', 'x'])}"}
    )


@pytest.mark.parametrize("issued_by", ["https://sso.elsewhere.example", None, "inventory-graph-development", ["a"]])
async def test_of_another_issuer(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, issued_by: Any
) -> None:
    """The right key under a wrong name is wrong; the development key counts only where settings say so."""
    claims = {**issuer.claims(tenant), "iss": issued_by}
    token = _by_hand({"alg": "RS256", "kid": issuer.kid}, claims, _rs256(issuer))
    assert "issuer" in await _refusal(authenticator, token)
    assert issuer.fetches == 0


async def test_of_one_issuer_with_the_key_of_another(
    make_authenticator: MakeAuthenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Each issuer speaks for itself: the key of one must not sign in the name of the other."""
    with running_issuer() as other:
        other.reset()
        authenticator = make_authenticator(jwt_issuers=(issuer.url, other.url))
        assert await authenticator.authenticate({"authorization": f"Bearer {issuer.token(tenant)}"})
        assert await authenticator.authenticate({"authorization": f"Bearer {other.token(tenant)}"})
        assert "key that its issuer does not have" in await _refusal(authenticator, issuer.token(tenant, iss=other.url))


async def test_unsigned(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """The algorithm "none" is none."""
    token = issuer.token(tenant, key="", algorithm="none")
    assert "RS256" in await _refusal(authenticator, token)


async def test_signed_with_the_public_key_as_a_secret(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """Everyone has the public key: a service that takes HS256 as well takes it for the secret."""
    public = issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    token = _by_hand(
        {"alg": "HS256", "typ": "JWT", "kid": issuer.kid},
        issuer.claims(tenant, roles=["admin"]),
        lambda content: hmac.digest(public, content, "sha256"),
    )
    assert "RS256" in await _refusal(authenticator, token)


@pytest.mark.parametrize("algorithm", ["RS512", "PS256"])
async def test_signed_by_another_algorithm_of_the_right_key(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, algorithm: str
) -> None:
    """One algorithm, not a family."""
    assert "RS256" in await _refusal(authenticator, issuer.token(tenant, algorithm=algorithm))


async def test_signed_by_another_key(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """Naming the issuer's key is not having it."""
    assert "signature" in await _refusal(authenticator, issuer.token(tenant, key=new_key()))


async def test_changed_after_signing(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """The rights that a bearer writes in itself."""
    header, payload, signature = issuer.token(tenant).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = ".".join([header, _part({**claims, "is_platform_owner": True}), signature])
    assert "signature" in await _refusal(authenticator, forged)


async def test_of_a_key_that_the_issuer_has_not(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant
) -> None:
    """A withdrawn key, or one that never was."""
    token = issuer.token(tenant, headers={"kid": "withdrawn"})
    assert "key that its issuer does not have" in await _refusal(authenticator, token)


async def test_that_names_no_key(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """Trying every key there is would be guessing."""
    token = jwt.encode(issuer.claims(tenant), issuer.key, algorithm="RS256")
    assert "kid" in await _refusal(authenticator, token)
    assert issuer.fetches == 0


@pytest.mark.parametrize(
    "demand", [{"crit": ["exp"]}, {"crit": ["b64"]}, {"crit": []}, {"crit": "b64"}, {"crit": ["b64"], "b64": True}]
)
async def test_that_demands_what_is_not_understood(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, demand: dict[str, Any]
) -> None:
    """A header "crit" says: refuse me if you do not know this. What the library knows, this service does not use."""
    token = _by_hand({"alg": "RS256", "kid": issuer.kid, **demand}, issuer.claims(tenant), _rs256(issuer))
    assert "crit" in await _refusal(authenticator, token)


@pytest.mark.parametrize(
    "token",
    [
        "not-a-token",
        "a.b.c",
        "....",
        "é.é.é",
        "e30.e30.",
        f"{_part({'alg': 'RS256', 'kid': 'k'})}.{_part([])}.AA",
        f"{_part({'alg': 'RS256', 'kid': 'k'})}.{base64.urlsafe_b64encode(b'[' * 9_000).decode()}.AA",
        f"{_part({'alg': ['RS256'], 'kid': 'k'})}.{_part({})}.AA",
        "\ud800.a.b",
    ],
)
async def test_that_is_none(authenticator: Authenticator, issuer: Issuer, token: str) -> None:
    """Anything may be in a header; nothing of it is an internal error."""
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate({"authorization": f"Bearer {token}"})
    assert issuer.fetches == 0


async def test_too_long(authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant) -> None:
    """What is not believed yet must not cost much."""
    token = issuer.token(tenant, padding="x" * TOKEN_LENGTH_MAX)
    assert str(TOKEN_LENGTH_MAX) in await _refusal(authenticator, token)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token-alone"])
async def test_another_scheme(authenticator: Authenticator, header: str, tenant: GivenTenant) -> None:
    """A credential that is not understood is an error: the caller must not silently become a visitor."""
    with pytest.raises(Unauthenticated, match="Authorization: Bearer"):
        await authenticator.authenticate({"authorization": header, "x-tenant-slug": tenant.slug})
