"""API keys: made, found by their secret, replaced, withdrawn."""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import Forbidden, InvalidInput, InvalidTransition, LimitExceeded, NotFound
from inventory_graph.identity.events import ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated
from inventory_graph.identity.models import ApiKey
from inventory_graph.identity.permissions import PERMISSIONS
from inventory_graph.identity.records import ApiKeyRecord, NewApiKey
from inventory_graph.identity.roles import require_held, roles
from inventory_graph.identity.tenants import lock_tenant, outlets_by_id
from inventory_graph.identity.texts import line_of
from inventory_graph.outbox import emit

SECRET_PREFIX = "ig_"  # noqa: S105 - what every key begins with, not a key
SECRET_BYTES = 32
SHOWN_LENGTH = len(SECRET_PREFIX) + 8
KEYS_PER_TENANT_MAX = 200
SCOPES_MAX = 200
OUTLETS_MAX = 200
GRACE_DEFAULT = timedelta(days=1)
GRACE_MAX = timedelta(days=30)

_SECRET_FORM = re.compile(rf"{SECRET_PREFIX}([A-Za-z0-9_-]{{43}})", re.ASCII)
_KEY = (
    ApiKey.tenant_id,
    ApiKey.id,
    ApiKey.name,
    ApiKey.prefix,
    ApiKey.scopes,
    ApiKey.outlet_ids,
    ApiKey.created_by,
    ApiKey.created_at,
    ApiKey.expires_at,
    ApiKey.revoked_at,
)


def _key(record: Record) -> ApiKeyRecord:
    outlet_ids = record["outlet_ids"]
    return ApiKeyRecord(
        **{
            **dict(record),
            "scopes": tuple(record["scopes"]),
            "outlet_ids": tuple(outlet_ids) if outlet_ids is not None else None,
        }
    )


def key_hash_of(secret: str) -> bytes | None:
    """The SHA-256 of the 32 random bytes in a key's secret, None for a text that has not the form of a key."""
    form = _SECRET_FORM.fullmatch(secret)
    if form is None:
        return None
    return hashlib.sha256(base64.urlsafe_b64decode(form[1] + "=")).digest()


async def api_key_by_hash(tx: Transaction, *, key_hash: bytes) -> ApiKeyRecord | None:
    """The key with this hash, of whichever tenant, usable or not."""
    await tx.raw.execute("SELECT set_config('app.api_key_hash', $1, true)", key_hash.hex())
    record = await tx.row(select(*_KEY).where(ApiKey.key_hash == key_hash))
    return _key(record) if record is not None else None


async def api_keys(tx: Transaction) -> list[ApiKeyRecord]:
    """The keys of the tenant that open anything, the newest first: at most 200 and those that were replaced and are in their
    grace. A caller that is bound to outlets sees those that reach no further."""
    found = await tx.rows(
        select(*_KEY).where(ApiKey.tenant_id == tx.tenant_id, *_USABLE).order_by(ApiKey.created_at.desc(), ApiKey.id)
    )
    return [key for key in map(_key, found) if _is_within_reach(tx, key)]


async def api_key_by_id(tx: Transaction, *, id: UUID) -> ApiKeyRecord | None:  # noqa: A002 - the column's name
    """The key of the tenant with this id, usable or not."""
    record = await tx.row(select(*_KEY).where(ApiKey.tenant_id == tx.tenant_id, ApiKey.id == id))
    return _key(record) if record is not None else None


async def create_api_key(
    tx: Transaction,
    *,
    name: str,
    scopes: Sequence[str],
    outlet_ids: Sequence[UUID] | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> NewApiKey:
    """Make a key that may do what its scopes say, on every outlet or on those named.

    A scope is a permission code or the code of a role of the tenant, whose permissions then follow the role. Nobody makes
    a key that may do more than it may itself. Raises ``InvalidInput``, ``NotFound``, ``Forbidden``, ``LimitExceeded``.
    """
    await lock_tenant(tx)
    if await _count_usable(tx) >= KEYS_PER_TENANT_MAX:
        raise LimitExceeded(f"This tenant has {KEYS_PER_TENANT_MAX} API keys; revoke one that is not used any more.")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(f"expiresAt is {expires_at.isoformat()}, which has passed.", path=("expires_at",))
    wanted = sorted(set(scopes))
    await _check_scopes(tx, wanted)
    made = await _insert(
        tx,
        name=line_of(name, name="name"),
        scopes=wanted,
        outlet_ids=await _checked_outlets(tx, outlet_ids),
        expires_at=expires_at,
        now=now,
    )
    await emit(tx, ApiKeyCreated(aggregate_id=made.key.id, key=made.key, by=tx.actor.subject))
    return made


async def rotate_api_key(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    grace: timedelta = GRACE_DEFAULT,
    now: datetime,
) -> NewApiKey:
    """Make a key of the same name, scopes, outlets and expiry, and let the old one expire after the grace (0 to 30 days).

    Raises ``InvalidInput``, ``NotFound``, ``InvalidTransition`` for a key that opens nothing any more, ``Forbidden``.
    """
    if not timedelta(0) <= grace <= GRACE_MAX:
        raise InvalidInput(f"grace must be 0 to {GRACE_MAX.days} days.", path=("grace",))
    await lock_tenant(tx)
    old = await _locked(tx, id)
    if not old.is_usable(now):
        raise InvalidTransition(f"The API key {old.prefix}… has expired or was revoked; make a new one.", path=("id",))
    await _check_scopes(tx, old.scopes)
    made = await _insert(
        tx,
        name=old.name,
        scopes=old.scopes,
        outlet_ids=await _checked_outlets(tx, old.outlet_ids),
        expires_at=old.expires_at,
        now=now,
    )
    ends_at = now + grace if old.expires_at is None else min(old.expires_at, now + grace)
    await tx.run(update(ApiKey).where(ApiKey.tenant_id == tx.tenant_id, ApiKey.id == id).values(expires_at=ends_at))
    replaced = replace(old, expires_at=ends_at)
    await emit(
        tx,
        ApiKeyRotated(aggregate_id=id, key=replaced, by=tx.actor.subject, successor_id=made.key.id),
        ApiKeyCreated(aggregate_id=made.key.id, key=made.key, by=tx.actor.subject),
    )
    return made


async def revoke_api_key(tx: Transaction, *, id: UUID, now: datetime) -> ApiKeyRecord:  # noqa: A002 - the column's name
    """Withdraw a key at once; withdrawing it again changes nothing. Raises ``NotFound``, ``Forbidden``."""
    key = await _locked(tx, id)
    if not _is_within_reach(tx, key):
        raise Forbidden(
            f"{tx.actor.subject} is bound to outlets and the key {key.prefix}… reaches others.", path=("id",)
        )
    if key.revoked_at is not None:
        return key
    await tx.run(update(ApiKey).where(ApiKey.tenant_id == tx.tenant_id, ApiKey.id == id).values(revoked_at=now))
    revoked = replace(key, revoked_at=now)
    await emit(tx, ApiKeyRevoked(aggregate_id=id, key=revoked, by=tx.actor.subject))
    return revoked


_USABLE = (
    ApiKey.revoked_at.is_(None),
    or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.clock_timestamp()),
)


def _is_within_reach(tx: Transaction, key: ApiKeyRecord) -> bool:
    return tx.actor.outlet_ids is None or (
        key.outlet_ids is not None and tx.actor.outlet_ids.issuperset(key.outlet_ids)
    )


async def _count_usable(tx: Transaction) -> int:
    count: int = await tx.value(select(func.count()).where(ApiKey.tenant_id == tx.tenant_id, *_USABLE))
    return count


async def _insert(
    tx: Transaction,
    *,
    name: str,
    scopes: Sequence[str],
    outlet_ids: Sequence[UUID] | None,
    expires_at: datetime | None,
    now: datetime,
) -> NewApiKey:
    random = secrets.token_bytes(SECRET_BYTES)
    secret = SECRET_PREFIX + base64.urlsafe_b64encode(random).rstrip(b"=").decode()
    key = ApiKeyRecord(
        tenant_id=tx.tenant_id,
        id=uuid4(),
        name=name,
        prefix=secret[:SHOWN_LENGTH],
        scopes=tuple(scopes),
        outlet_ids=tuple(outlet_ids) if outlet_ids is not None else None,
        created_by=tx.actor.subject,
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
    )
    await tx.run(insert(ApiKey).values(key_hash=hashlib.sha256(random).digest(), **_columns(key)))
    return NewApiKey(key=key, secret=secret)


def _columns(key: ApiKeyRecord) -> dict[str, Any]:
    columns = asdict(key)
    columns["scopes"] = list(key.scopes)
    columns["outlet_ids"] = list(key.outlet_ids) if key.outlet_ids is not None else None
    return columns


async def _locked(tx: Transaction, key_id: UUID) -> ApiKeyRecord:
    record = await tx.row(select(*_KEY).where(ApiKey.tenant_id == tx.tenant_id, ApiKey.id == key_id).with_for_update())
    if record is None:
        raise NotFound(f"There is no API key with the id {key_id}.", path=("id",))
    return _key(record)


async def _check_scopes(tx: Transaction, scopes: Sequence[str]) -> None:
    if not 1 <= len(scopes) <= SCOPES_MAX:
        raise InvalidInput(f"A key has 1 to {SCOPES_MAX} scopes; this one has {len(scopes)}.", path=("scopes",))
    permissions_by_role = {role.code: role.permissions for role in await roles(tx)}
    unknown = next((each for each in scopes if each not in PERMISSIONS and each not in permissions_by_role), None)
    if unknown is not None:
        raise InvalidInput(
            f"{unknown[:80]!r} is neither a permission such as inventory.stock.view nor a role of this tenant.",
            path=("scopes",),
        )
    for scope in scopes:
        require_held(tx, permissions_by_role.get(scope, (scope,)), path=("scopes",))


async def _checked_outlets(tx: Transaction, outlet_ids: Sequence[UUID] | None) -> Sequence[UUID] | None:
    if outlet_ids is None:
        if tx.actor.outlet_ids is not None:
            raise Forbidden(
                f"{tx.actor.subject} is bound to outlets and makes keys for these only: name them.",
                path=("outlet_ids",),
            )
        return None
    if not 1 <= len(outlet_ids) <= OUTLETS_MAX:
        raise InvalidInput(f"Name 1 to {OUTLETS_MAX} outlets, or none for all.", path=("outlet_ids",))
    wanted = sorted(set(outlet_ids))
    known = await outlets_by_id(tx, wanted)
    for outlet_id in wanted:
        if outlet_id not in known:
            raise NotFound(f"There is no outlet with the id {outlet_id}.", path=("outlet_ids",))
        tx.actor.require_outlet(outlet_id)
    return wanted
