"""Who is calling: tokens, API keys and visitors become an ``Actor``.

What is believed is believed for a short while only: a verified token for 60 seconds (never past its end), a tenant for 60,
the rights of a subject and an API key for 30. A revoked role or key therefore opens nothing after 30 seconds.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import httpx

from inventory_graph.actor import Actor
from inventory_graph.config import DEVELOPMENT_ISSUER, Settings, SettingsError
from inventory_graph.db import Database
from inventory_graph.errors import Unauthenticated
from inventory_graph.identity.api_keys import SECRET_PREFIX, api_key_by_hash, key_hash_of
from inventory_graph.identity.permissions import PERMISSIONS, standing_for
from inventory_graph.identity.records import ApiKeyRecord, Rights, TenantRecord
from inventory_graph.identity.roles import rights_of
from inventory_graph.identity.tenants import tenant_by_id, tenant_by_slug, tenant_id_by_outlet
from inventory_graph.jwks import FETCH_SECONDS_MAX, KeySource, LocalKeys, RemoteKeys
from inventory_graph.recent import Recent
from inventory_graph.signing import development_key
from inventory_graph.tokens import LEEWAY_SECONDS, Claims, TokenVerifier

JWKS_PATH = "/api/v1/.well-known/jwks.json"
TOKEN_SECONDS = 60.0
TENANT_SECONDS = 60.0
RIGHTS_SECONDS = 30.0
API_KEY_SECONDS = 30.0
KEPT_MAX = 4_096

NO_TENANT = UUID(int=0)
"""The tenant of a platform owner that acts on none: row-level security shows it no row."""

_ASKING = Actor(tenant_id=NO_TENANT, tenant_slug="", subject="authentication")
_HOW = "Send Authorization: Bearer with an access token or an API key."


class Authenticator:
    """Turns the headers of a request into the caller. One for each process; ``close`` it at the end."""

    def __init__(
        self,
        *,
        database: Database,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._now = now
        self._client = httpx.AsyncClient(timeout=FETCH_SECONDS_MAX)
        self._verifier = TokenVerifier(issuers=self._key_sources(settings, clock), audience=settings.jwt_audience)
        self._claims: Recent[bytes, Claims] = Recent(seconds=TOKEN_SECONDS, count_max=KEPT_MAX, clock=clock)
        self._keys: Recent[bytes, ApiKeyRecord] = Recent(seconds=API_KEY_SECONDS, count_max=KEPT_MAX, clock=clock)
        self._tenants: Recent[UUID, TenantRecord] = Recent(seconds=TENANT_SECONDS, count_max=KEPT_MAX, clock=clock)
        self._ids_by_slug: Recent[str, UUID] = Recent(seconds=TENANT_SECONDS, count_max=KEPT_MAX, clock=clock)
        self._ids_by_outlet: Recent[UUID, UUID] = Recent(seconds=TENANT_SECONDS, count_max=KEPT_MAX, clock=clock)
        self._rights: Recent[tuple[UUID, str, frozenset[str]], Rights] = Recent(
            seconds=RIGHTS_SECONDS, count_max=KEPT_MAX, clock=clock
        )

    def _key_sources(self, settings: Settings, clock: Callable[[], float]) -> dict[str, KeySource]:
        sources: dict[str, KeySource] = {}
        if settings.jwks_url is not None:
            shared = RemoteKeys(settings.jwks_url, client=self._client, clock=clock)
            sources.update(dict.fromkeys(settings.jwt_issuers, shared))
        else:
            for issuer in settings.jwt_issuers:
                sources[issuer] = RemoteKeys(issuer.rstrip("/") + JWKS_PATH, client=self._client, clock=clock)
        if settings.development_key_file is not None:
            if settings.environment == "production":
                raise SettingsError("INVENTORY_DEVELOPMENT_KEY_FILE is not for production: remove it.")
            key = development_key(settings.development_key_file)
            sources[DEVELOPMENT_ISSUER] = LocalKeys({key.kid: key.public})
        return sources

    async def close(self) -> None:
        """Give up the connections to issuers."""
        await self._client.aclose()

    async def authenticate(self, headers: Mapping[str, str]) -> Actor | None:
        """The caller that the headers (by lower-case names) prove, else the visitor of the tenant that they name, else None.

        Read are ``authorization`` (Bearer with a token or an API key), else ``x-api-key``, and ``x-tenant-slug`` or
        ``x-tenant-id`` for callers that bring no tenant of their own: visitors, platform owners, services of the platform.
        Raises ``Unauthenticated`` for a credential that does not do, ``Unavailable`` when that cannot be told now.
        """
        authorization = headers.get("authorization", "").strip()
        if authorization:
            scheme, _, credential = authorization.partition(" ")
            credential = credential.strip()
            if scheme.lower() != "bearer" or not credential:
                raise Unauthenticated(f"The header Authorization is not understood. {_HOW}")
            if credential.startswith(SECRET_PREFIX):
                return await self._of_api_key(credential)
            return await self._of_token(credential, headers)
        secret = headers.get("x-api-key", "").strip()
        if secret:
            return await self._of_api_key(secret)
        return self._visitor_of(await self._named_tenant(headers))

    async def visitor(self, tenant_slug: str | None = None, outlet_id: UUID | None = None) -> Actor | None:
        """An anonymous caller in the tenant of the slug, else of the outlet; None when there is no such active tenant."""
        if tenant_slug is not None:
            return self._visitor_of(await self._tenant_by_slug(tenant_slug))
        if outlet_id is None:
            return None
        tenant_id = await self._ids_by_outlet.get(outlet_id, lambda: self._ask_tenant_id_by_outlet(outlet_id))
        return self._visitor_of(await self._tenant(tenant_id) if tenant_id is not None else None)

    @staticmethod
    def _visitor_of(tenant: TenantRecord | None) -> Actor | None:
        if tenant is None or not tenant.is_active:
            return None
        return Actor(
            tenant_id=tenant.id,
            tenant_slug=tenant.slug,
            subject="anonymous",
            is_anonymous=True,
            currency=tenant.currency,
            metadata={"credential": "none", "public_levels": "true" if tenant.public_levels else "false"},
        )

    async def _of_token(self, token: str, headers: Mapping[str, str]) -> Actor:
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = await self._claims.get(digest, lambda: self._verifier.claims_of(token))
        if claims is None or claims.expires_at + LEEWAY_SECONDS <= self._now():
            raise Unauthenticated("The token has expired; get a new one.")
        metadata = {"credential": "token", "expires_at": str(claims.expires_at)}
        tenant = await self._tenant_of(claims, headers)
        if tenant is None:
            return Actor(
                tenant_id=NO_TENANT,
                tenant_slug="",
                subject=claims.subject,
                permissions=PERMISSIONS,
                is_platform_owner=True,
                metadata=metadata,
            )
        rights = await self._rights_of(tenant.id, claims.subject, standing_for(claims.roles))
        return Actor(
            tenant_id=tenant.id,
            tenant_slug=tenant.slug,
            subject=claims.subject,
            permissions=PERMISSIONS if claims.is_platform_owner else rights.permissions,
            roles=rights.roles,
            outlet_ids=None if claims.is_platform_owner else claims.outlet_ids,
            is_platform_owner=claims.is_platform_owner,
            currency=tenant.currency,
            metadata=metadata,
        )

    async def _tenant_of(self, claims: Claims, headers: Mapping[str, str]) -> TenantRecord | None:
        """The tenant that the bearer acts in; None for a platform owner that acts in none."""
        if claims.tenant_id is not None:
            tenant = await self._tenant(claims.tenant_id)
        elif claims.tenant_slug is not None:
            tenant = await self._tenant_by_slug(claims.tenant_slug)
        elif not (claims.is_platform_owner or claims.is_service):
            raise Unauthenticated("The token names no tenant (tenant_id); get one for a tenant.")
        else:
            tenant = await self._named_tenant(headers)
            if tenant is None and (_names_tenant(headers) or claims.is_service):
                raise Unauthenticated(
                    "The token names no tenant, so X-Tenant-ID or X-Tenant-Slug must, and it must be one known here."
                )
        if claims.is_platform_owner:
            return tenant
        if tenant is None:
            raise Unauthenticated("The token's tenant is not known to this service.")
        if not tenant.is_active:
            raise Unauthenticated(f"The tenant {tenant.slug} is suspended.")
        return tenant

    async def _of_api_key(self, secret: str) -> Actor:
        key_hash = key_hash_of(secret)
        if key_hash is None:
            raise Unauthenticated(f"This is not an API key of this service; they begin with {SECRET_PREFIX}.")
        key = await self._keys.get(key_hash, lambda: self._ask_api_key(key_hash))
        if key is None or not key.is_usable(datetime.fromtimestamp(self._now(), UTC)):
            raise Unauthenticated("The API key does not exist, has expired or was revoked; ask for a new one.")
        tenant = await self._tenant(key.tenant_id)
        if tenant is None or not tenant.is_active:
            raise Unauthenticated("The tenant of this API key is suspended.")
        subject = f"api-key:{key.prefix}"
        rights = await self._rights_of(tenant.id, subject, frozenset(key.scopes) - PERMISSIONS)
        ends = {"expires_at": str(int(key.expires_at.timestamp()))} if key.expires_at is not None else {}
        return Actor(
            tenant_id=tenant.id,
            tenant_slug=tenant.slug,
            subject=subject,
            permissions=rights.permissions | (frozenset(key.scopes) & PERMISSIONS),
            roles=rights.roles,
            outlet_ids=frozenset(key.outlet_ids) if key.outlet_ids is not None else None,
            currency=tenant.currency,
            metadata={"credential": "api_key", **ends},
        )

    async def _named_tenant(self, headers: Mapping[str, str]) -> TenantRecord | None:
        slug, text = headers.get("x-tenant-slug"), headers.get("x-tenant-id")
        if slug:
            return await self._tenant_by_slug(slug)
        try:
            return await self._tenant(UUID(text)) if text else None
        except ValueError:
            return None

    async def _tenant(self, tenant_id: UUID) -> TenantRecord | None:
        return await self._tenants.get(tenant_id, lambda: self._ask_tenant(tenant_id))

    async def _tenant_by_slug(self, slug: str) -> TenantRecord | None:
        tenant_id = await self._ids_by_slug.get(slug, lambda: self._ask_tenant_id_by_slug(slug))
        return await self._tenant(tenant_id) if tenant_id is not None else None

    async def _rights_of(self, tenant_id: UUID, subject: str, roles: frozenset[str]) -> Rights:
        rights = await self._rights.get(
            (tenant_id, subject, roles), lambda: self._ask_rights(tenant_id, subject, roles)
        )
        return rights or Rights(roles=frozenset(), permissions=frozenset())

    async def _ask_tenant(self, tenant_id: UUID) -> TenantRecord | None:
        async with self._database.read(Actor(tenant_id=tenant_id, tenant_slug="", subject="authentication")) as tx:
            return await tenant_by_id(tx, id=tenant_id)

    async def _ask_tenant_id_by_slug(self, slug: str) -> UUID | None:
        async with self._database.read(_ASKING) as tx:
            tenant = await tenant_by_slug(tx, slug=slug)
            return tenant.id if tenant is not None else None

    async def _ask_tenant_id_by_outlet(self, outlet_id: UUID) -> UUID | None:
        async with self._database.read(_ASKING) as tx:
            return await tenant_id_by_outlet(tx, outlet_id=outlet_id)

    async def _ask_api_key(self, key_hash: bytes) -> ApiKeyRecord | None:
        async with self._database.read(_ASKING) as tx:
            return await api_key_by_hash(tx, key_hash=key_hash)

    async def _ask_rights(self, tenant_id: UUID, subject: str, roles: frozenset[str]) -> Rights:
        async with self._database.read(Actor(tenant_id=tenant_id, tenant_slug="", subject="authentication")) as tx:
            return await rights_of(tx, subject=subject, role_codes=roles)


def _names_tenant(headers: Mapping[str, str]) -> bool:
    return bool(headers.get("x-tenant-slug") or headers.get("x-tenant-id"))
