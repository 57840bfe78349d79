"""Heads of the event log, signed: a JSON Web Token that anybody who has the public key can read and check.

The signature is Ed25519 (``EdDSA``). The claim ``heads`` holds the head of each tenant, ``iat`` when they were taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from inventory_graph.live.heads import Head

ALGORITHM = "EdDSA"
TYPE = "inventory-heads+jwt"


class SealError(Exception):
    """A key or a file of heads cannot be used; ``str()`` is one sentence with the file and the remedy."""


@dataclass(frozen=True, slots=True)
class SealedHeads:
    """The heads of a file, and when they were taken."""

    taken_at: datetime
    heads: tuple[Head, ...]


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in the PEM file. Raises ``SealError``."""
    try:
        key = serialization.load_pem_private_key(_content(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SealError(_unfit_key(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SealError(_unfit_key(path))
    return key


def _unfit_key(path: Path) -> str:
    return (
        f"{path} holds no private Ed25519 key without a passphrase: make one with"
        " `openssl genpkey -algorithm ed25519 -out FILE`."
    )


def verification_key(path: Path) -> Ed25519PublicKey:
    """The public key in the PEM file. Raises ``SealError``."""
    try:
        key = serialization.load_pem_public_key(_content(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SealError(_unfit_public_key(path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SealError(_unfit_public_key(path))
    return key


def _unfit_public_key(path: Path) -> str:
    return f"{path} holds no public Ed25519 key: `openssl pkey -in PRIVATE -pubout -out FILE` writes that of a private one."


def seal(heads: Sequence[Head], *, key: Ed25519PrivateKey, now: datetime) -> str:
    """The heads as a signed token."""
    claims = {
        "iat": int(now.timestamp()),
        "heads": [
            {
                "tenant_id": str(head.tenant_id),
                "tenant_slug": head.tenant_slug,
                "tenant_seq": head.seq,
                "hash": head.hash.hex(),
                "logged_at": head.logged_at.astimezone(UTC).isoformat() if head.logged_at is not None else None,
            }
            for head in heads
        ],
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TYPE})


def unseal(path: Path, *, key: Ed25519PublicKey) -> SealedHeads:
    """The heads in the file. Raises ``SealError`` for what the key did not sign."""
    try:
        # The clock of whoever took them may be ahead of ours; that makes them no less true.
        decoded = jwt.decode_complete(
            _content(path).strip(), key, algorithms=[ALGORITHM], options={"require": ["iat"], "verify_iat": False}
        )
        if decoded["header"].get("typ") != TYPE:
            raise SealError(f"{path} is signed by this key and holds no heads of an event log.")
        claims = decoded["payload"]
        return SealedHeads(
            taken_at=datetime.fromtimestamp(claims["iat"], UTC), heads=tuple(map(_head, claims["heads"]))
        )
    except jwt.InvalidSignatureError as error:
        raise SealError(f"{path} was not signed by this key, or was changed since.") from error
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
        raise SealError(f"{path} is no file that `inventory-graph heads export` wrote: {error}.") from error


def _head(claim: dict[str, Any]) -> Head:
    logged_at = claim["logged_at"]
    return Head(
        tenant_id=UUID(claim["tenant_id"]),
        tenant_slug=claim["tenant_slug"],
        seq=int(claim["tenant_seq"]),
        hash=bytes.fromhex(claim["hash"]),
        logged_at=datetime.fromisoformat(logged_at) if logged_at is not None else None,
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SealError(f"{path} cannot be read: {error.strerror}.") from error
