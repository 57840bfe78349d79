"""The caller, roles, API keys and the tenant's settings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import uuid4

from strawberry.utils.str_converters import to_camel_case

from inventory_graph.db import Transaction
from inventory_graph.errors import AlreadyExists, Forbidden
from inventory_graph.idempotency import answer, claim
from inventory_graph.identity import api_keys as keys
from inventory_graph.identity import roles as role_verbs
from inventory_graph.identity import tenants
from inventory_graph.identity.purchase_settings import MatchSettings
from inventory_graph.identity.records import NewApiKey, RoleAssignmentRecord
from inventory_graph.identity.role_limits import set_role_approval_limit as set_approval_limit
from inventory_graph.masterdata.units import create_standard_units
from resolvers.context import Info
from resolvers.federation import ADMINISTRATION, inaccessible, tagged, usually
from resolvers.identity_types import (
    ApiKeyPayload,
    CreateApiKeyInput,
    CreateTenantInput,
    GrantRoleInput,
    InventoryApiKey,
    InventoryCaller,
    InventoryRole,
    InventoryRoleAssignment,
    InventoryTenant,
    RevokeApiKeyInput,
    RevokeRoleInput,
    RoleAssignmentPayload,
    RolePayload,
    RotateApiKeyInput,
    SetRoleApprovalLimitInput,
    TenantPayload,
    UpdateTenantInput,
)
from resolvers.inputs import word_of
from resolvers.kit import Payload, field, identifier, mutation
from resolvers.scalars import DateTime

MANAGE_USERS = "inventory.users.manage"
VIEW_USERS = "inventory.users.view"
MANAGE_CONFIG = "inventory.config.manage"

PayloadType = TypeVar("PayloadType", bound=Payload)


def _arguments(given: Any) -> dict[str, Any]:
    """The input without its idempotency key, by the names that the caller knows."""
    values = {each.name: getattr(given, each.name) for each in fields(given) if each.name != "idempotency_key"}
    return {to_camel_case(name): value.name if isinstance(value, Enum) else value for name, value in values.items()}


async def _once(
    tx: Transaction,
    given: Any,
    *,
    operation: str,
    act: Callable[[], Awaitable[tuple[PayloadType, Mapping[str, Any]]]],
    replay: Callable[[Mapping[str, Any]], Awaitable[PayloadType]],
) -> PayloadType:
    """Do it and record the answer under the idempotency key, or give the recorded answer."""
    recorded = await claim(tx, operation=operation, key=given.idempotency_key, arguments=_arguments(given))
    if recorded is not None:
        payload = await replay(recorded)
        payload.replayed = True
        return payload
    payload, value = await act()
    await answer(tx, operation=operation, key=given.idempotency_key, value=value)
    return payload


@field(description="Who is calling, and what it may do.")
def me(info: Info) -> InventoryCaller:
    return InventoryCaller.of(info.context.actor)


@field(description="The roles of the tenant, by code. Needs inventory.users.view.", directives=[usually(10)])
async def roles(info: Info) -> list[InventoryRole]:
    info.context.require(VIEW_USERS)
    currency = info.context.actor.currency
    return [InventoryRole.of(record, currency) for record in await info.context.read(role_verbs.roles)]


@field(
    description="The API keys that open anything, the newest first. Needs inventory.users.manage.",
    directives=[usually(10)],
)
async def api_keys(info: Info) -> list[InventoryApiKey]:
    info.context.require(MANAGE_USERS)
    return [InventoryApiKey.of(record) for record in await info.context.read(keys.api_keys)]


@inaccessible
@mutation
async def create_tenant(info: Info, input: CreateTenantInput) -> TenantPayload:
    """Begin a tenant, with the standard roles and units. For platform owners, who ask this service itself: in a graph the
    auth service begins tenants."""
    if not info.context.actor.is_platform_owner:
        raise Forbidden("Only a platform owner creates tenants.")
    tenant_id = identifier(input.id) if input.id is not None else uuid4()

    async def begin(tx: Transaction) -> tuple[TenantPayload, Mapping[str, Any]]:
        record = await tenants.create_tenant(
            tx,
            slug=input.slug,
            name=input.name,
            currency=input.currency,
            timezone=input.timezone,
            allow_negative=input.allow_negative,
            public_levels=input.public_levels,
        )
        await create_standard_units(tx)
        return TenantPayload(tenant=InventoryTenant.of(record)), {"id": str(record.id)}

    async def create(tx: Transaction) -> TenantPayload:
        known = await tenants.tenant_by_slug(tx, slug=input.slug)
        if known is None:
            inside = await tenants.enter_tenant(tx, id=tenant_id)
            payload, value = await begin(inside)
            # The key is a row of the tenant, so it can be claimed only now; nobody else can hold one of a tenant so new.
            await claim(inside, operation="createTenant", key=input.idempotency_key, arguments=_arguments(input))
            await answer(inside, operation="createTenant", key=input.idempotency_key, value=value)
            return payload
        inside = await tenants.enter_tenant(tx, id=known.id)

        async def refuse() -> tuple[TenantPayload, Mapping[str, Any]]:
            raise AlreadyExists(f"There is a tenant with the slug {input.slug!r} already.", path=("slug",))

        return await _once(
            inside,
            input,
            operation="createTenant",
            act=refuse,
            replay=lambda _: _tenant_payload(inside),
        )

    return await info.context.write(create)


async def _tenant_payload(tx: Transaction) -> TenantPayload:
    record = await tenants.tenant_by_id(tx, id=tx.tenant_id)
    return TenantPayload(tenant=InventoryTenant.of(record) if record is not None else None)


@mutation
async def update_tenant(info: Info, input: UpdateTenantInput) -> TenantPayload:
    """Change settings of the caller's tenant. Needs inventory.config.manage."""
    info.context.require(MANAGE_CONFIG)
    limit, passed = input.purchase_approval_limit, input.match_amount

    async def change(tx: Transaction) -> tuple[TenantPayload, Mapping[str, Any]]:
        record = await tenants.update_tenant(
            tx,
            name=input.name,
            timezone=input.timezone,
            allow_negative=input.allow_negative,
            public_levels=input.public_levels,
            allocation_strategy=word_of(input.allocation_strategy) if input.allocation_strategy is not None else None,
            may_split_reservations=input.may_split_reservations,
            alerts=[word_of(kind) for kind in input.alerts] if input.alerts is not None else None,
            alert_target=input.alert_target,
            alert_email=input.alert_email,
            lot_expiry_alert_days=input.lot_expiry_alert_days,
            purchase_approvers=input.purchase_approvers,
            purchase_approval_limit=limit.value("purchase_approval_limit") if limit is not None else None,
            purchase_approval_currency=limit.currency if limit is not None else None,
            over_receipt_percent=input.over_receipt_percent,
            costing_method=word_of(input.costing_method) if input.costing_method is not None else None,
            match=MatchSettings(
                quantity_percent=input.match_quantity_percent,
                price_percent=input.match_price_percent,
                amount=passed.value("match_amount") if passed is not None else None,
                currency=passed.currency if passed is not None else None,
            ),
            status=input.status.name if input.status is not None else None,
        )
        return TenantPayload(tenant=InventoryTenant.of(record)), {"id": str(record.id)}

    return await info.context.write(
        lambda tx: _once(
            tx, input, operation="updateTenant", act=lambda: change(tx), replay=lambda _: _tenant_payload(tx)
        )
    )


async def _key_payload(tx: Transaction, recorded: Mapping[str, Any]) -> ApiKeyPayload:
    record = await keys.api_key_by_id(tx, id=identifier(recorded["id"]))
    return ApiKeyPayload(api_key=InventoryApiKey.of(record) if record is not None else None)


def _new_key(made: NewApiKey) -> tuple[ApiKeyPayload, Mapping[str, Any]]:
    return ApiKeyPayload(api_key=InventoryApiKey.of(made.key), secret=made.secret), {"id": str(made.key.id)}


@mutation
async def create_api_key(info: Info, input: CreateApiKeyInput) -> ApiKeyPayload:
    """Make a key for another service; its secret is in this answer only. Needs inventory.users.manage."""
    info.context.require(MANAGE_USERS)
    outlet_ids = (
        [identifier(each, path=("outlet_ids", str(place))) for place, each in enumerate(input.outlet_ids)]
        if input.outlet_ids is not None
        else None
    )

    async def make(tx: Transaction) -> tuple[ApiKeyPayload, Mapping[str, Any]]:
        return _new_key(
            await keys.create_api_key(
                tx,
                name=input.name,
                scopes=input.scopes,
                outlet_ids=outlet_ids,
                expires_at=input.expires_at,
                now=datetime.now(UTC),
            )
        )

    return await info.context.write(
        lambda tx: _once(
            tx,
            input,
            operation="createApiKey",
            act=lambda: make(tx),
            replay=lambda recorded: _key_payload(tx, recorded),
        )
    )


@mutation
async def rotate_api_key(info: Info, input: RotateApiKeyInput) -> ApiKeyPayload:
    """Replace a key by a new one of the same rights; the old one opens until the grace is over. Needs inventory.users.manage."""
    info.context.require(MANAGE_USERS)
    key_id = identifier(input.id)

    async def replace(tx: Transaction) -> tuple[ApiKeyPayload, Mapping[str, Any]]:
        return _new_key(await keys.rotate_api_key(tx, id=key_id, grace=input.grace, now=datetime.now(UTC)))

    return await info.context.write(
        lambda tx: _once(
            tx,
            input,
            operation="rotateApiKey",
            act=lambda: replace(tx),
            replay=lambda recorded: _key_payload(tx, recorded),
        )
    )


@mutation
async def revoke_api_key(info: Info, input: RevokeApiKeyInput) -> ApiKeyPayload:
    """Withdraw a key. Needs inventory.users.manage."""
    info.context.require(MANAGE_USERS)
    key_id = identifier(input.id)

    async def withdraw(tx: Transaction) -> tuple[ApiKeyPayload, Mapping[str, Any]]:
        record = await keys.revoke_api_key(tx, id=key_id, now=datetime.now(UTC))
        return ApiKeyPayload(api_key=InventoryApiKey.of(record)), {"id": str(record.id)}

    return await info.context.write(
        lambda tx: _once(
            tx,
            input,
            operation="revokeApiKey",
            act=lambda: withdraw(tx),
            replay=lambda recorded: _key_payload(tx, recorded),
        )
    )


def _assignment(record: RoleAssignmentRecord) -> tuple[RoleAssignmentPayload, Mapping[str, Any]]:
    return RoleAssignmentPayload(assignment=InventoryRoleAssignment.of(record)), {
        "subject": record.subject,
        "role_code": record.role_code,
        "granted_by": record.granted_by,
        "granted_at": record.granted_at,
        "expires_at": record.expires_at,
    }


async def _recorded_assignment(recorded: Mapping[str, Any]) -> RoleAssignmentPayload:
    ends = recorded["expires_at"]
    return RoleAssignmentPayload(
        assignment=InventoryRoleAssignment(
            subject=recorded["subject"],
            role_code=recorded["role_code"],
            granted_by=recorded["granted_by"],
            granted_at=DateTime(datetime.fromisoformat(recorded["granted_at"])),
            expires_at=DateTime(datetime.fromisoformat(ends)) if ends is not None else None,
        )
    )


@mutation
async def grant_role(info: Info, input: GrantRoleInput) -> RoleAssignmentPayload:
    """Give a role to a subject, for ever or until a time; granting it again sets the time anew. Needs inventory.users.manage."""
    info.context.require(MANAGE_USERS)

    async def grant(tx: Transaction) -> tuple[RoleAssignmentPayload, Mapping[str, Any]]:
        return _assignment(
            await role_verbs.grant_role(
                tx,
                subject=input.subject,
                role_code=input.role_code,
                expires_at=input.expires_at,
                now=datetime.now(UTC),
            )
        )

    return await info.context.write(
        lambda tx: _once(tx, input, operation="grantRole", act=lambda: grant(tx), replay=_recorded_assignment)
    )


@mutation
async def revoke_role(info: Info, input: RevokeRoleInput) -> RoleAssignmentPayload:
    """Take a granted role back. Roles that a token brings are the auth service's to take. Needs inventory.users.manage."""
    info.context.require(MANAGE_USERS)

    async def take(tx: Transaction) -> tuple[RoleAssignmentPayload, Mapping[str, Any]]:
        return _assignment(await role_verbs.revoke_role(tx, subject=input.subject, role_code=input.role_code))

    return await info.context.write(
        lambda tx: _once(tx, input, operation="revokeRole", act=lambda: take(tx), replay=_recorded_assignment)
    )


@mutation
async def set_role_approval_limit(info: Info, input: SetRoleApprovalLimitInput) -> RolePayload:
    """Says up to which total those who have a role approve purchase orders: the widest of their roles counts. Takes
    inventory.purchasing.manage, too. Needs inventory.users.manage."""
    info.context.require(MANAGE_USERS)
    limit, currency = input.limit, info.context.actor.currency

    async def set_limit(tx: Transaction) -> tuple[RolePayload, Mapping[str, Any]]:
        record = await set_approval_limit(
            tx,
            role_code=input.role_code,
            limit=limit.value("limit") if limit is not None else None,
            currency=limit.currency if limit is not None else None,
        )
        return RolePayload(role=InventoryRole.of(record, currency)), {"code": record.code}

    async def role_now(tx: Transaction, recorded: Mapping[str, Any]) -> RolePayload:
        record = next((each for each in await role_verbs.roles(tx) if each.code == recorded["code"]), None)
        return RolePayload(role=InventoryRole.of(record, currency) if record is not None else None)

    return await info.context.write(
        lambda tx: _once(
            tx,
            input,
            operation="setRoleApprovalLimit",
            act=lambda: set_limit(tx),
            replay=lambda recorded: role_now(tx, recorded),
        )
    )


queries = [me, *tagged(ADMINISTRATION, roles, api_keys)]
mutations = tagged(
    ADMINISTRATION,
    create_tenant,
    update_tenant,
    create_api_key,
    rotate_api_key,
    revoke_api_key,
    grant_role,
    revoke_role,
    set_role_approval_limit,
)
types: list[type] = []
