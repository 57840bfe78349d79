"""JSON Web Tokens: what they must be, and what they say about their bearer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt

from inventory_graph.errors import Unauthenticated
from inventory_graph.identity.texts import SUBJECT_LENGTH_MAX, fault_of
from inventory_graph.jwks import KeySource

ALGORITHMS = ["RS256"]
LEEWAY_SECONDS = 10
TOKEN_LENGTH_MAX = 16_384
CLAIMS_REQUIRED = ["exp", "iat", "aud", "iss", "sub"]

_NOT_A_TOKEN = "This is not a JSON Web Token; send the access token as it was issued."  # noqa: S105 - a message
_DEMANDS = "The token demands extensions (crit) that this service does not know."
_FAULTS: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "The token has expired; get a new one.",
    jwt.ImmatureSignatureError: "The token is not valid yet; the clocks of its issuer and this service may differ.",
    jwt.InvalidSignatureError: "The token's signature does not match its content.",
    jwt.InvalidIssuedAtError: "The token's claim iat is not a number.",
    jwt.exceptions.InvalidSubjectError: "The token's claim sub is not a text.",
}
_NIL = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a verified token says. ``outlet_ids`` is None for a bearer that is bound to no outlet; ``expires_at`` is in
    seconds since 1970."""

    subject: str
    tenant_id: UUID | None
    tenant_slug: str | None
    roles: frozenset[str]
    outlet_ids: frozenset[UUID] | None
    is_platform_owner: bool
    is_service: bool
    expires_at: int


class TokenVerifier:
    """Checks tokens of the given issuers: RS256 and nothing else, a key of that very issuer, the audience, the times."""

    def __init__(self, *, issuers: Mapping[str, KeySource], audience: str) -> None:
        self._issuers = dict(issuers)
        self._audience = audience

    async def claims_of(self, token: str) -> Claims:
        """The claims of a valid token; raises ``Unauthenticated`` with what is wrong, never with the token."""
        if len(token) > TOKEN_LENGTH_MAX:
            raise Unauthenticated(f"The token is longer than {TOKEN_LENGTH_MAX} characters.")
        kid, issuer = self._key_and_issuer(token)
        key = await self._issuers[issuer].key(kid)
        if key is None:
            raise Unauthenticated(
                "The token is signed by a key that its issuer does not have (any more); get a new one."
            )
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": CLAIMS_REQUIRED},
            )
            return _claims(claims)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise Unauthenticated(self._fault(error)) from None

    def _key_and_issuer(self, token: str) -> tuple[str, str]:
        """The key id and the issuer that the token names, before anything about it is believed."""
        try:
            unverified = jwt.decode_complete(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise Unauthenticated(self._fault(error)) from None
        header, issuer = unverified["header"], unverified["payload"].get("iss")
        if header.get("alg") not in ALGORITHMS:
            raise Unauthenticated("The token is not signed with RS256, the only algorithm that is accepted.")
        if "crit" in header:
            raise Unauthenticated(_DEMANDS)
        if not isinstance(header.get("kid"), str):
            raise Unauthenticated("The token does not name its key (kid).")
        if not isinstance(issuer, str) or issuer not in self._issuers:
            raise Unauthenticated("The token's issuer is not one that this service accepts (INVENTORY_JWT_ISSUERS).")
        return header["kid"], issuer

    def _fault(self, error: Exception) -> str:
        if isinstance(error, ClaimError):
            return str(error)
        if isinstance(error, jwt.InvalidAudienceError):
            return f"The token is for another audience than {self._audience!r}."
        if isinstance(error, jwt.MissingRequiredClaimError):
            return f"The token lacks the claim {error.claim}."
        if isinstance(error, jwt.PyJWTError) and "crit" in str(error).lower():
            return _DEMANDS
        return next((fault for kind, fault in _FAULTS.items() if isinstance(error, kind)), _NOT_A_TOKEN)


class ClaimError(ValueError):
    """A claim has not the form it must have."""


def _claims(claims: Mapping[str, Any]) -> Claims:
    subject = claims["sub"]
    fault = fault_of(subject, length_max=SUBJECT_LENGTH_MAX)
    if fault is not None:
        raise ClaimError(f"The token's claim sub {fault}.")
    roles = claims.get("roles")
    return Claims(
        subject=subject,
        tenant_id=_identifier(claims.get("tenant_id"), name="tenant_id"),
        tenant_slug=_text(claims.get("tenant_slug")),
        roles=frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset(),
        outlet_ids=_outlet_ids(claims),
        is_platform_owner=claims.get("is_platform_owner") is True,
        is_service=claims.get("is_service") is True,
        expires_at=int(claims["exp"]),
    )


def _outlet_ids(claims: Mapping[str, Any]) -> frozenset[UUID] | None:
    """The outlets that the bearer is bound to; None for one of the headquarters and for one that has chosen none."""
    if claims.get("is_hq_user") is True:
        return None
    several = claims.get("outlet_ids") or []
    if not isinstance(several, list):
        raise ClaimError("The token's claim outlet_ids is not a list.")
    given = {
        _identifier(claims.get("outlet_id"), name="outlet_id"),
        *(_identifier(each, name="outlet_ids") for each in several),
    }
    return frozenset(each for each in given if each is not None) or None


def _identifier(value: object, *, name: str) -> UUID | None:
    """A UUID; the auth service writes an absent one as null, as an empty text or as zeros."""
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        found = UUID(value)
    except ValueError:
        raise ClaimError(f"The token's claim {name} is not a UUID.") from None
    return found if found != _NIL else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
