"""The local development key: tokens of one machine for itself, in the form of the auth service's.

Production settings refuse the key; see ``inventory_graph.config``.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from inventory_graph.config import DEVELOPMENT_ISSUER

ALGORITHM = "RS256"
AUDIENCE_DEFAULT = "codevertex"
KEY_BITS = 2048
LIFETIME_DEFAULT = timedelta(hours=12)


class KeyFileError(Exception):
    """The development key cannot be made or read; ``str()`` is one sentence with the file and the remedy."""


@dataclass(frozen=True, slots=True)
class DevelopmentKey:
    """A private key and its id, the RFC 7638 thumbprint of its public half."""

    private: rsa.RSAPrivateKey = field(repr=False)
    kid: str

    @property
    def public(self) -> rsa.RSAPublicKey:
        return self.private.public_key()

    def jwk(self) -> dict[str, Any]:
        """The public half as a JSON Web Key, for a key set."""
        return {**RSAAlgorithm.to_jwk(self.public, as_dict=True), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def development_key(path: Path) -> DevelopmentKey:
    """The key in the file, made and written there (readable by its owner only) when the file is missing.

    Two processes that start at once end with the same key. The directory must exist. Raises ``KeyFileError``.
    """
    try:
        if not path.exists():
            _write_new(path)
        content = path.read_bytes()
    except OSError as error:
        raise KeyFileError(
            f"The development key {path} cannot be made or read ({error.strerror}): choose another place with"
            " INVENTORY_DEVELOPMENT_KEY_FILE, or mend that one."
        ) from error
    try:
        private = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(_unfit(path, "holds no readable private key")) from error
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < KEY_BITS:
        raise KeyFileError(_unfit(path, f"is no RSA key of at least {KEY_BITS} bits"))
    return DevelopmentKey(private=private, kid=thumbprint(private.public_key()))


def _unfit(path: Path, why: str) -> str:
    return f"The development key {path} {why}: remove the file, and the next start makes a new one."


def _write_new(path: Path) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    content = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link never replaces a file: of two processes the first one's key stays.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def thumbprint(key: rsa.RSAPublicKey) -> str:
    """The RFC 7638 thumbprint of a public key: the SHA-256 of its required members in order."""
    members = RSAAlgorithm.to_jwk(key, as_dict=True)
    canonical = json.dumps({name: members[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


def sign_token(
    key: DevelopmentKey,
    *,
    tenant_id: UUID | None,
    tenant_slug: str | None,
    subject: str,
    roles: Sequence[str] = (),
    outlet_id: UUID | None = None,
    outlet_code: str | None = None,
    is_hq_user: bool = False,
    is_platform_owner: bool = False,
    audience: str = AUDIENCE_DEFAULT,
    lifetime: timedelta = LIFETIME_DEFAULT,
    now: datetime,
) -> str:
    """A token with the claims that the auth service gives its own, signed by the development key.

    With an outlet and without ``is_hq_user`` it is bound to that outlet. A platform owner may have no tenant.
    """
    issued_at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": audience,
        "sub": subject,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
        "jti": secrets.token_hex(16),
        "tenant_id": str(tenant_id) if tenant_id is not None else None,
        "tenant_slug": tenant_slug,
        "roles": list(roles),
        "outlet_id": str(outlet_id) if outlet_id is not None else None,
        "outlet_code": outlet_code,
        "is_hq_user": is_hq_user if outlet_id is not None else None,
        "is_platform_owner": is_platform_owner,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})
