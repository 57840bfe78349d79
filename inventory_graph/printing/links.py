"""Signed links to files: whoever has one gets the file, until it ends or the document is changed.

A link is a JSON Web Token (HS256) whose key is derived from a secret of the service by HKDF, so that the secret may serve other
purposes. It names the tenant, the end, and the document with its version and form, or the list with its filter and the outlets that its
maker is bound to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import quote
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from inventory_graph.errors import Forbidden, Refusal
from inventory_graph.printing.listings import ListKey, ListKind
from inventory_graph.printing.paper import KINDS, DocumentKey, Form

PATH = "/documents"
LIFETIME = timedelta(minutes=15)
LINK_LENGTH_MAX = 6_000
"""What every browser and proxy takes."""

_ALGORITHM = "HS256"
_AUDIENCE = "inventory-graph documents"
_REQUIRED = ("aud", "exp", "iat", "sub", "tenant", "kind")


class LinkEnded(Refusal):
    """The link is past its end, or the document was changed since: ask for a new one."""

    code = "LINK_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link names. ``subject`` is who asked for it."""

    tenant_id: UUID
    subject: str
    document: DocumentKey
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLink:
    """What a link to a list names. ``subject`` is who asked for it."""

    tenant_id: UUID
    subject: str
    key: ListKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLink:
    """The address of a file, and until when it is good."""

    url: str
    expires_at: datetime


class Links:
    """Signs links and knows its own again. The first secret signs; the others are believed, while one replaces the other."""

    def __init__(self, secrets: Sequence[bytes], *, base_url: str = "") -> None:
        self._keys = [_derived(secret) for secret in secrets]
        self._base_url = base_url.rstrip("/")

    def sign(self, link: Link | ListLink, *, file_name: str, now: datetime) -> SignedLink | None:
        """The link's address, good for 15 minutes; None without a secret, and for a list whose filter is too long for an address."""
        if not self._keys:
            return None
        # Whole seconds: what the token says and what the caller is told is the same.
        issued_at = now.replace(microsecond=0)
        expires_at = issued_at + LIFETIME
        claims = {
            "aud": _AUDIENCE,
            "iat": issued_at,
            "exp": expires_at,
            "sub": link.subject,
            "tenant": str(link.tenant_id),
            **(_claims_of_list(link.key) if isinstance(link, ListLink) else _claims_of_document(link)),
        }
        token = jwt.encode(claims, self._keys[0], algorithm=_ALGORITHM)
        if len(token) > LINK_LENGTH_MAX:
            return None
        return SignedLink(url=f"{self._base_url}{PATH}/{token}/{quote(file_name)}", expires_at=expires_at)

    def verify(self, token: str) -> Link | ListLink:
        """What the token names. Raises ``Forbidden`` for what this service did not sign, ``LinkEnded`` past its end."""
        for key in self._keys if len(token) <= LINK_LENGTH_MAX else ():
            try:
                claims = jwt.decode(
                    token, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options={"require": list(_REQUIRED)}
                )
                return _link(claims)
            except jwt.ExpiredSignatureError as error:
                raise LinkEnded("The link is past its end: ask for a new one.") from error
            except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
                continue
        raise Forbidden("This service did not sign the link, or it was changed: ask for a new one.")


def _derived(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_AUDIENCE.encode()).derive(secret)


def _claims_of_document(link: Link) -> dict[str, Any]:
    document = link.document
    return {"kind": document.kind, "id": str(document.id), "version": document.version, "form": link.form}


def _claims_of_list(key: ListKey) -> dict[str, Any]:
    outlets = [each.hex for each in key.outlet_ids] if key.outlet_ids is not None else None
    return {"kind": key.kind, "filter": dict(key.filter), "outlets": outlets}


def _link(claims: dict[str, Any]) -> Link | ListLink:
    kind, tenant_id, subject = claims["kind"], UUID(claims["tenant"]), str(claims["sub"])
    if "filter" in claims:
        if kind not in get_args(ListKind):
            raise ValueError("a list that is unknown here")
        # Without a claim of outlets the list would be that of all of them.
        outlets = claims["outlets"]
        bound = tuple(UUID(each) for each in outlets) if outlets is not None else None
        return ListLink(
            tenant_id=tenant_id, subject=subject, key=ListKey(kind=kind, filter=claims["filter"], outlet_ids=bound)
        )
    form = claims["form"]
    if kind not in KINDS or form not in get_args(Form):
        raise ValueError("a kind or form that is unknown here")
    document = DocumentKey(kind=kind, id=UUID(claims["id"]), version=int(claims["version"]))
    return Link(tenant_id=tenant_id, subject=subject, document=document, form=form)
