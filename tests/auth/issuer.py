"""An issuer of tokens as the auth service is one: real keys, and its key set on a real server."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inventory_graph.signing import thumbprint
from tests.given.tenants import GivenTenant

JWKS_PATH = "/api/v1/.well-known/jwks.json"
START_SECONDS_MAX = 10


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key pair."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk_of(key: rsa.RSAPrivateKey, **members: Any) -> dict[str, Any]:
    """The public half as the auth service publishes it."""
    public = key.public_key()
    return {
        **RSAAlgorithm.to_jwk(public, as_dict=True),
        "kid": thumbprint(public),
        "use": "sig",
        "alg": "RS256",
        **members,
    }


@dataclass(slots=True)
class Issuer:
    """What it publishes and how it answers is the test's to set; ``reset`` before each test."""

    url: str
    key: rsa.RSAPrivateKey = field(repr=False)
    published: list[dict[str, Any]] = field(default_factory=list)
    body: bytes | None = None
    status: int = 200
    delay_seconds: float = 0.0
    fetches: int = 0
    fetches_at_once: int = 0
    fetches_at_once_max: int = 0

    @property
    def kid(self) -> str:
        return thumbprint(self.key.public_key())

    def reset(self) -> None:
        """Publish the one key, promptly, and forget who asked."""
        self.published = [jwk_of(self.key)]
        self.body, self.status, self.delay_seconds = None, 200, 0.0
        self.fetches = self.fetches_at_once = self.fetches_at_once_max = 0

    async def answer(self, _: Request) -> Response:
        """Serve the key set."""
        self.fetches += 1
        self.fetches_at_once += 1
        self.fetches_at_once_max = max(self.fetches_at_once_max, self.fetches_at_once)
        try:
            await asyncio.sleep(self.delay_seconds)
        finally:
            self.fetches_at_once -= 1
        content = json.dumps({"keys": self.published}).encode() if self.body is None else self.body
        return Response(content, status_code=self.status, media_type="application/json")

    def claims(self, tenant: GivenTenant | None = None, **changed: Any) -> dict[str, Any]:
        """The claims of a user of the tenant, valid for a quarter of an hour; None leaves a claim out."""
        issued_at = datetime.now(UTC)
        claims = {
            "iss": self.url,
            "aud": "codevertex",
            "sub": "6f1c7f3e-user",
            "sid": str(uuid4()),
            "jti": str(uuid4()),
            "email": "user@cafe.example",
            "iat": issued_at,
            "exp": issued_at + timedelta(minutes=15),
            "tenant_id": str(tenant.id) if tenant else None,
            "tenant_slug": tenant.slug if tenant else None,
            "roles": ["staff"],
            "permissions": ["auth.users.view"],
            "is_platform_owner": False,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self,
        tenant: GivenTenant | None = None,
        *,
        key: Any = None,
        algorithm: str = "RS256",
        headers: dict[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        """A token of the tenant's user, signed by the published key unless another is given."""
        return jwt.encode(
            self.claims(tenant, **changed),
            self.key if key is None else key,
            algorithm=algorithm,
            headers={"kid": self.kid, **(headers or {})},
        )


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """The issuer, served from a thread on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        issuer = Issuer(url=f"http://127.0.0.1:{listener.getsockname()[1]}", key=new_key())
        server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=[Route(JWKS_PATH, issuer.answer)]), lifespan="off", ws="none", log_level="error"
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield issuer
        finally:
            server.should_exit = True
            thread.join(START_SECONDS_MAX)
