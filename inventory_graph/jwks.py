"""The public keys of token issuers, by key id: fetched when needed, kept when the issuer is away."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from inventory_graph.errors import Unavailable

KEPT_SECONDS = 3600.0
FETCH_INTERVAL_SECONDS_MIN = 30.0
FETCH_SECONDS_MAX = 5.0
BODY_BYTES_MAX = 262_144
KEYS_MAX = 100
KEY_BITS_MIN = 2048

logger = logging.getLogger(__name__)


class KeySource(Protocol):
    """Where the public keys of an issuer come from."""

    async def key(self, kid: str) -> RSAPublicKey | None:
        """The key with this id, None when the issuer has no such key; raises ``Unavailable`` when that is unknown."""


class LocalKeys:
    """Keys that are at hand."""

    def __init__(self, keys: Mapping[str, RSAPublicKey]) -> None:
        self._keys = dict(keys)

    async def key(self, kid: str) -> RSAPublicKey | None:
        return self._keys.get(kid)


class RemoteKeys:
    """The key set at a URL, fetched once an hour and when a token names a key that is not in it.

    There is at most one fetch at a time and one in 30 seconds, so tokens with made-up key ids cannot turn the service
    against its issuer. A fetch that fails leaves the keys there were.
    """

    def __init__(self, url: str, *, client: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._last_failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> RSAPublicKey | None:
        if kid not in self._keys or self._is_old():
            await self._fetch_if_due()
        found = self._keys.get(kid)
        if found is None and self._last_failed:
            raise Unavailable("The issuer's signing keys cannot be fetched at the moment. Try again shortly.")
        return found

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at >= KEPT_SECONDS

    async def _fetch_if_due(self) -> None:
        if self._fetching is None:
            now = self._clock()
            if self._tried_at is not None and now - self._tried_at < FETCH_INTERVAL_SECONDS_MIN:
                return
            self._tried_at = now
            self._fetching = asyncio.create_task(self._fetch())
        # Whoever gives up waiting leaves the fetch to the others.
        await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS_MAX):
                self._keys = public_keys(await self._body())
            self._fetched_at = self._clock()
            self._last_failed = False
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            self._last_failed = True
            logger.warning("The key set %s cannot be fetched: %s.", self._url, error or type(error).__name__)
        finally:
            self._fetching = None

    async def _body(self) -> bytes:
        body = bytearray()
        async with self._client.stream("GET", self._url, headers={"accept": "application/json"}) as response:
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"it answers with status {response.status_code}")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise ValueError(f"it is larger than {BODY_BYTES_MAX} bytes")
        return bytes(body)


def public_keys(body: bytes) -> dict[str, RSAPublicKey]:
    """The RSA signing keys of a JSON Web Key Set by their ids; what is not one is passed over.

    Raises ValueError for a set without any.
    """
    document = orjson.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it is no JSON Web Key Set")
    keys = {
        entry["kid"]: key
        for entry in entries[:KEYS_MAX]
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str) and (key := _signing_key(entry)) is not None
    }
    if not keys:
        raise ValueError("it holds no RSA signing key with an id")
    return keys


def _signing_key(entry: Mapping[str, Any]) -> RSAPublicKey | None:
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = RSAAlgorithm.from_jwk(dict(entry))
    except (InvalidKeyError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= KEY_BITS_MIN else None
