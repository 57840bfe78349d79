"""Tenants and their outlets."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import AlreadyExists, Forbidden, InvalidInput, InvalidTransition, NotFound
from inventory_graph.identity.alert_settings import AlertKind, alert_settings
from inventory_graph.identity.events import OutletArchived, OutletCreated, OutletUpdated, TenantCreated, TenantUpdated
from inventory_graph.identity.models import Outlet, Tenant
from inventory_graph.identity.permissions import STANDARD_ROLE_NAMES, STANDARD_ROLES
from inventory_graph.identity.purchase_settings import MatchSettings, changed_match_settings, changed_purchase_settings
from inventory_graph.identity.records import OutletRecord, TenantRecord
from inventory_graph.identity.texts import code_of, line_of, timezone_of
from inventory_graph.outbox import Event, emit, emit_all

AllocationStrategy: TypeAlias = Literal["COVERING", "PRIORITY", "NEAREST", "FEWEST"]
CostingMethod: TypeAlias = Literal["AVERAGE", "FIFO"]

CURRENCY_DEFAULT = "KES"
TIMEZONE_DEFAULT = "Africa/Nairobi"
ADDRESS_LENGTH_MAX = 500
SLUG_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_CURRENCY_FORM = re.compile(r"[A-Z]{3}", re.ASCII)

_TENANT = (
    Tenant.id,
    Tenant.slug,
    Tenant.name,
    Tenant.currency,
    Tenant.timezone,
    Tenant.status,
    Tenant.allow_negative,
    Tenant.public_levels,
    Tenant.allocation_strategy,
    Tenant.may_split_reservations,
    Tenant.alerts,
    Tenant.alert_target,
    Tenant.alert_email,
    Tenant.lot_expiry_alert_days,
    Tenant.purchase_approvers,
    Tenant.purchase_approval_limit,
    Tenant.over_receipt_percent,
    Tenant.costing_method,
    Tenant.match_quantity_percent,
    Tenant.match_price_percent,
    Tenant.match_amount,
    Tenant.seeded_at,
    Tenant.created_at,
)
_OUTLET = (
    Outlet.id,
    Outlet.code,
    Outlet.name,
    Outlet.address,
    Outlet.use_case,
    Outlet.is_hq,
    Outlet.status,
    Outlet.created_at,
)
_ROLES = "INSERT INTO roles (tenant_id, code, name) SELECT $1, code, name FROM unnest($2::text[], $3::text[]) AS r(code, name)"
_ROLE_PERMISSIONS = """
INSERT INTO role_permissions (tenant_id, role_code, permission_code)
SELECT $1, role_code, permission_code FROM unnest($2::text[], $3::text[]) AS p(role_code, permission_code)
"""


def _tenant(record: Record) -> TenantRecord:
    return TenantRecord(**{**dict(record), "alerts": tuple(record["alerts"])})


def _outlet(record: Record) -> OutletRecord:
    return OutletRecord(**dict(record))


async def tenant_by_id(tx: Transaction, *, id: UUID) -> TenantRecord | None:  # noqa: A002 - the column's name
    """The tenant, None for every other than the one that the transaction was opened for."""
    record = await tx.row(select(*_TENANT).where(Tenant.id == id))
    return _tenant(record) if record is not None else None


async def tenant_by_slug(tx: Transaction, *, slug: str) -> TenantRecord | None:
    """The tenant of the slug, whichever tenant the transaction was opened for: a slug is what outsiders know it by."""
    if SLUG_FORM.fullmatch(slug) is None:
        return None
    await tx.raw.execute("SELECT set_config('app.tenant_slug', $1, true)", slug)
    record = await tx.row(select(*_TENANT).where(Tenant.slug == slug))
    return _tenant(record) if record is not None else None


async def tenant_id_by_outlet(tx: Transaction, *, outlet_id: UUID) -> UUID | None:
    """The tenant that an active outlet belongs to, whichever tenant the transaction was opened for."""
    await tx.raw.execute("SELECT set_config('app.outlet_id', $1, true)", str(outlet_id))
    # Ids are unique where they are minted; should a second tenant ever claim one, it stays with whoever had it first.
    found: UUID | None = await tx.value(
        select(Outlet.tenant_id)
        .where(Outlet.id == outlet_id, Outlet.status == "ACTIVE")
        .order_by(Outlet.created_at, Outlet.tenant_id)
        .limit(1)
    )
    return found


async def enter_tenant(tx: Transaction, *, id: UUID) -> Transaction:  # noqa: A002 - the column's name
    """The same database transaction, bound from here to its end to another tenant. For platform owners only."""
    if not tx.actor.is_platform_owner:
        raise Forbidden("Only a platform owner acts on a tenant other than its own.")
    await tx.raw.execute("SELECT set_config('app.tenant_id', $1, true)", str(id))
    return Transaction(tx.raw, replace(tx.actor, tenant_id=id), tx.hooks)


async def create_tenant(
    tx: Transaction,
    *,
    slug: str,
    name: str,
    currency: str = CURRENCY_DEFAULT,
    timezone: str = TIMEZONE_DEFAULT,
    allow_negative: bool = False,
    public_levels: bool = False,
) -> TenantRecord:
    """Add the tenant that the transaction was opened for (its actor's ``tenant_id``), with the standard roles.

    ``allow_negative`` lets balances fall below zero; ``public_levels`` shows stock levels to anonymous shoppers. Raises
    ``InvalidInput`` and ``AlreadyExists``.
    """
    if SLUG_FORM.fullmatch(slug) is None:
        raise InvalidInput(
            f"slug is {slug[:80]!r}; a slug has 1 to 63 lower-case letters, digits and '-', and does not begin with '-'.",
            path=("slug",),
        )
    if _CURRENCY_FORM.fullmatch(currency) is None:
        raise InvalidInput(
            f"currency is {currency[:80]!r}; give three capital letters of ISO 4217, such as KES.", path=("currency",)
        )
    record = await tx.row(
        insert(Tenant)
        .values(
            id=tx.tenant_id,
            slug=slug,
            name=line_of(name, name="name"),
            currency=currency,
            timezone=timezone_of(timezone),
            allow_negative=allow_negative,
            public_levels=public_levels,
        )
        .on_conflict_do_nothing()
        .returning(*_TENANT)
    )
    if record is None:
        if await tenant_by_id(tx, id=tx.tenant_id) is not None:
            raise AlreadyExists(f"There is a tenant with the id {tx.tenant_id} already.", path=("id",))
        raise AlreadyExists(f"There is a tenant with the slug {slug!r} already.", path=("slug",))
    tenant = _tenant(record)
    await _add_standard_roles(tx)
    await emit(tx, TenantCreated(aggregate_id=tenant.id, tenant=tenant))
    return tenant


async def _add_standard_roles(tx: Transaction) -> None:
    await tx.raw.execute(_ROLES, tx.tenant_id, list(STANDARD_ROLE_NAMES), list(STANDARD_ROLE_NAMES.values()))
    pairs = sorted((role, permission) for role, permissions in STANDARD_ROLES.items() for permission in permissions)
    await tx.raw.execute(
        _ROLE_PERMISSIONS, tx.tenant_id, [role for role, _ in pairs], [permission for _, permission in pairs]
    )


async def lock_tenant(tx: Transaction) -> TenantRecord:
    """Let one transaction at a time change what there is once per tenant; raises ``NotFound``.

    The lock does not hold up the foreign keys of the tenant's other rows.
    """
    record = await tx.row(select(*_TENANT).where(Tenant.id == tx.tenant_id).with_for_update(key_share=True))
    if record is None:
        raise NotFound(f"There is no tenant with the id {tx.tenant_id}.")
    return _tenant(record)


async def update_tenant(
    tx: Transaction,
    *,
    name: str | None = None,
    timezone: str | None = None,
    allow_negative: bool | None = None,
    public_levels: bool | None = None,
    allocation_strategy: AllocationStrategy | None = None,
    may_split_reservations: bool | None = None,
    alerts: Collection[AlertKind] | None = None,
    alert_target: str | None = None,
    alert_email: str | None = None,
    lot_expiry_alert_days: int | None = None,
    purchase_approvers: int | None = None,
    purchase_approval_limit: Decimal | None = None,
    purchase_approval_currency: str | None = None,
    over_receipt_percent: Decimal | None = None,
    costing_method: CostingMethod | None = None,
    match: MatchSettings | None = None,
    status: str | None = None,
) -> TenantRecord:
    """Change settings of the transaction's tenant; None leaves one as it is. What those of alerts and of purchasing may be is said in
    ``alert_settings`` and ``purchase_settings``. ``status`` is ACTIVE or SUSPENDED and for platform owners only: nobody else can then
    act in the tenant. Raises ``InvalidInput``, ``NotFound``, ``Forbidden``.
    """
    if status is not None and not tx.actor.is_platform_owner:
        raise Forbidden("Only a platform owner suspends or reactivates a tenant.", path=("status",))
    if status not in {None, "ACTIVE", "SUSPENDED"}:
        raise InvalidInput(f"status is {status!r}; it must be ACTIVE or SUSPENDED.", path=("status",))
    tx.actor.require_outlet(None)  # settings reach every outlet
    before = await lock_tenant(tx)
    given: dict[str, Any] = {
        "name": line_of(name, name="name") if name is not None else None,
        "timezone": timezone_of(timezone) if timezone is not None else None,
        "allow_negative": allow_negative,
        "public_levels": public_levels,
        "allocation_strategy": allocation_strategy,
        "may_split_reservations": may_split_reservations,
        "costing_method": costing_method,
        "status": status,
    }
    wanted = alert_settings(
        before, alerts=alerts, target=alert_target, email=alert_email, expiry_days=lot_expiry_alert_days
    )
    wanted |= changed_purchase_settings(
        before,
        approvers=purchase_approvers,
        approval_limit=purchase_approval_limit,
        limit_currency=purchase_approval_currency,
        over_receipt_percent=over_receipt_percent,
    )
    wanted |= changed_match_settings(before, match) if match is not None else {}
    after = replace(before, **wanted, **{key: value for key, value in given.items() if value is not None})
    if after == before:
        return before
    kept = {name: getattr(after, name) for name in (*given, *wanted)}
    await tx.run(update(Tenant).where(Tenant.id == tx.tenant_id).values(**{**kept, "alerts": list(after.alerts)}))
    await emit(tx, TenantUpdated(aggregate_id=after.id, tenant=after))
    return after


async def outlets_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, OutletRecord]:
    """The outlets of the tenant with these ids, archived ones included."""
    found = await tx.rows(select(*_OUTLET).where(Outlet.tenant_id == tx.tenant_id, any_of(Outlet.id, keys)))
    return {record["id"]: _outlet(record) for record in found}


async def outlet_by_code(tx: Transaction, *, code: str) -> OutletRecord | None:
    """The outlet of the tenant with this code, archived or not."""
    record = await tx.row(select(*_OUTLET).where(Outlet.tenant_id == tx.tenant_id, Outlet.code == code))
    return _outlet(record) if record is not None else None


async def create_outlet(
    tx: Transaction,
    *,
    id: UUID | None = None,  # noqa: A002 - the column's name
    code: str,
    name: str,
    address: str | None = None,
    use_case: str | None = None,
    is_hq: bool = False,
) -> OutletRecord:
    """Add an outlet. ``id`` is the one minted by the auth service, else a new one. A new headquarters takes the place of
    the old. Raises ``InvalidInput`` and ``AlreadyExists``."""
    await lock_tenant(tx)
    record = await tx.row(
        insert(Outlet)
        .values(
            tenant_id=tx.tenant_id,
            id=id or uuid4(),
            code=code_of(code),
            name=line_of(name, name="name"),
            address=_line_or_none(address, name="address"),
            use_case=_line_or_none(use_case, name="use_case"),
            is_hq=is_hq,
        )
        .on_conflict_do_nothing()
        .returning(*_OUTLET)
    )
    if record is None:
        if await outlet_by_code(tx, code=code) is not None:
            raise AlreadyExists(f"There is an outlet with the code {code!r} already.", path=("code",))
        raise AlreadyExists(f"There is an outlet with the id {id} already.", path=("id",))
    outlet = _outlet(record)
    demoted = await _demote_others(tx, outlet)
    await emit_all(tx, [*demoted, OutletCreated(aggregate_id=outlet.id, outlet=outlet)])
    return outlet


async def update_outlet(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    code: str | None = None,
    name: str | None = None,
    address: str | None = None,
    use_case: str | None = None,
    is_hq: bool | None = None,
) -> OutletRecord:
    """Change an outlet; None leaves a field as it is, an empty address or use case clears it. Making it the headquarters
    demotes the old one. Raises ``InvalidInput``, ``NotFound``, ``AlreadyExists``, ``InvalidTransition``."""
    await lock_tenant(tx)
    before = await _outlet_or_refuse(tx, id)
    if is_hq and before.status == "ARCHIVED":
        raise InvalidTransition(
            f"The outlet {before.code!r} is archived and cannot be the headquarters.", path=("is_hq",)
        )
    if code is not None and code != before.code and await outlet_by_code(tx, code=code_of(code)) is not None:
        raise AlreadyExists(f"There is an outlet with the code {code!r} already.", path=("code",))
    after = replace(
        before,
        code=before.code if code is None else code,
        name=before.name if name is None else line_of(name, name="name"),
        address=before.address if address is None else _line_or_none(address, name="address"),
        use_case=before.use_case if use_case is None else _line_or_none(use_case, name="use_case"),
        is_hq=before.is_hq if is_hq is None else is_hq,
    )
    if after == before:
        return before
    await tx.run(
        update(Outlet)
        .where(Outlet.tenant_id == tx.tenant_id, Outlet.id == id)
        .values(code=after.code, name=after.name, address=after.address, use_case=after.use_case, is_hq=after.is_hq)
    )
    demoted = await _demote_others(tx, after)
    await emit_all(tx, [*demoted, OutletUpdated(aggregate_id=id, outlet=after)])
    return after


async def archive_outlet(tx: Transaction, *, id: UUID) -> OutletRecord:  # noqa: A002 - the column's name
    """Close an outlet; it is no headquarters any more. Archiving it again changes nothing. Raises ``NotFound``."""
    await lock_tenant(tx)
    before = await _outlet_or_refuse(tx, id)
    after = replace(before, status="ARCHIVED", is_hq=False)
    if after == before:
        return before
    await tx.run(
        update(Outlet).where(Outlet.tenant_id == tx.tenant_id, Outlet.id == id).values(status="ARCHIVED", is_hq=False)
    )
    await emit(tx, OutletArchived(aggregate_id=id, outlet=after))
    return after


async def _outlet_or_refuse(tx: Transaction, outlet_id: UUID) -> OutletRecord:
    found = (await outlets_by_id(tx, [outlet_id])).get(outlet_id)
    if found is None:
        raise NotFound(f"There is no outlet with the id {outlet_id}.", path=("id",))
    return found


async def _demote_others(tx: Transaction, outlet: OutletRecord) -> list[Event]:
    """Leave the outlet as the only headquarters, if it is one; the auth service sends no event for the one demoted."""
    if not outlet.is_hq:
        return []
    demoted = await tx.rows(
        update(Outlet)
        .where(and_(Outlet.tenant_id == tx.tenant_id, Outlet.is_hq, Outlet.id != outlet.id))
        .values(is_hq=False)
        .returning(*_OUTLET)
    )
    return [OutletUpdated(aggregate_id=record["id"], outlet=_outlet(record)) for record in demoted]


def _line_or_none(text: str | None, *, name: str) -> str | None:
    return line_of(text, name=name, length_max=ADDRESS_LENGTH_MAX) if text is not None and text.strip() else None
