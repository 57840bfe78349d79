"""The types of identity: the caller, tenants, roles, API keys, and what their mutations take and answer."""

from enum import Enum

import strawberry

from inventory_graph.actor import Actor
from inventory_graph.identity.api_keys import GRACE_DEFAULT
from inventory_graph.identity.records import ApiKeyRecord, RoleAssignmentRecord, RoleRecord, TenantRecord
from inventory_graph.identity.tenants import CURRENCY_DEFAULT, TIMEZONE_DEFAULT
from resolvers.kit import Payload
from resolvers.scalars import DateTime, Duration

KEY = "Makes the request safe to send again: the same key with the same arguments answers the same. 1 to 255 characters, kept 30 days."


@strawberry.enum(description="Whether a tenant's callers may act.")
class TenantStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="They may.")
    SUSPENDED = strawberry.enum_value("SUSPENDED", description="Nobody may but a platform owner.")


@strawberry.enum(description="How the warehouses of a reservation are chosen that names none.")
class AllocationStrategy(Enum):
    COVERING = strawberry.enum_value(
        "COVERING",
        description="The first warehouse that has everything, by priority, then distance; several only if none has.",
    )
    PRIORITY = strawberry.enum_value(
        "PRIORITY", description="One after the other by priority, even when a later one has everything."
    )
    NEAREST = strawberry.enum_value(
        "NEAREST", description="One after the other from the nearest, even when one farther away has everything."
    )
    FEWEST = strawberry.enum_value("FEWEST", description="As few warehouses as together have everything.")


@strawberry.type(description="The caller of this operation as the service sees it.")
class InventoryCaller:
    subject: str = strawberry.field(description="Who: the `sub` of the token, or the API key by its first characters.")
    tenant_id: strawberry.ID = strawberry.field(
        description="The tenant that the operation acts in; zeros for a platform owner in none."
    )
    tenant_slug: str = strawberry.field(description="The tenant's readable key; empty for none.")
    roles: list[str] = strawberry.field(
        description="Codes of the roles it has here, from its token and granted, by name."
    )
    permissions: list[str] = strawberry.field(description="All it may do: inventory.<module>.<action>, by name.")
    outlet_ids: list[strawberry.ID] | None = strawberry.field(
        description="The outlets it is bound to; null for one that may act on every outlet."
    )
    is_platform_owner: bool = strawberry.field(description="Whether it may do everything, in every tenant.")

    @classmethod
    def of(cls, actor: Actor) -> "InventoryCaller":
        """The caller of an actor."""
        bound_to = actor.outlet_ids
        return cls(
            subject=actor.subject,
            tenant_id=strawberry.ID(str(actor.tenant_id)),
            tenant_slug=actor.tenant_slug,
            roles=sorted(actor.roles),
            permissions=sorted(actor.permissions),
            outlet_ids=[strawberry.ID(str(each)) for each in sorted(bound_to)] if bound_to is not None else None,
            is_platform_owner=actor.is_platform_owner,
        )


@strawberry.type(description="A business and its settings in this service.")
class InventoryTenant:
    id: strawberry.ID = strawberry.field(description="The same in every service.")
    slug: str = strawberry.field(description="The readable key, unique among tenants.")
    name: str = strawberry.field(description="For people.")
    currency: str = strawberry.field(description="ISO 4217, such as KES.")
    timezone: str = strawberry.field(description="IANA name, such as Africa/Nairobi.")
    status: TenantStatus = strawberry.field(description="Whether its callers may act.")
    allow_negative: bool = strawberry.field(
        description="Whether balances may fall below zero, where neither item nor warehouse says otherwise."
    )
    public_levels: bool = strawberry.field(
        description="Whether anonymous shoppers may see stock levels (IN_STOCK, LOW, OUT)."
    )
    allocation_strategy: AllocationStrategy = strawberry.field(
        description="How the warehouses of a reservation are chosen that names none."
    )
    may_split_reservations: bool = strawberry.field(
        description="Whether such a reservation may be taken from several warehouses, where one does not have everything."
    )

    @classmethod
    def of(cls, record: TenantRecord) -> "InventoryTenant":
        """The tenant of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            slug=record.slug,
            name=record.name,
            currency=record.currency,
            timezone=record.timezone,
            status=TenantStatus(record.status),
            allow_negative=record.allow_negative,
            public_levels=record.public_levels,
            allocation_strategy=AllocationStrategy(record.allocation_strategy),
            may_split_reservations=record.may_split_reservations,
        )


@strawberry.type(description="A named set of permissions of the tenant.")
class InventoryRole:
    code: str = strawberry.field(description="What tokens and grants call it.")
    name: str = strawberry.field(description="For people.")
    permissions: list[str] = strawberry.field(description="What it permits: inventory.<module>.<action>, by name.")

    @classmethod
    def of(cls, record: RoleRecord) -> "InventoryRole":
        """The role of a record."""
        return cls(code=record.code, name=record.name, permissions=list(record.permissions))


@strawberry.type(description="A role granted to a subject, besides those that its token brings.")
class InventoryRoleAssignment:
    subject: str = strawberry.field(description="To whom: the `sub` of its token.")
    role_code: str = strawberry.field(description="Which role.")
    granted_by: str = strawberry.field(description="The subject that granted it.")
    granted_at: DateTime = strawberry.field(description="When it was granted, or its expiry last set.")
    expires_at: DateTime | None = strawberry.field(description="Until when it holds; null for ever.")

    @classmethod
    def of(cls, record: RoleAssignmentRecord) -> "InventoryRoleAssignment":
        """The assignment of a record."""
        return cls(
            subject=record.subject,
            role_code=record.role_code,
            granted_by=record.granted_by,
            granted_at=DateTime(record.granted_at),
            expires_at=DateTime(record.expires_at) if record.expires_at is not None else None,
        )


@strawberry.type(description="A key with which another service calls. Its secret is shown once, when it is made.")
class InventoryApiKey:
    id: strawberry.ID = strawberry.field(description="For rotating and revoking it.")
    name: str = strawberry.field(description="What it is for.")
    prefix: str = strawberry.field(description="The first characters of its secret, to know it by.")
    scopes: list[str] = strawberry.field(description="Permissions and role codes of the tenant that it has.")
    outlet_ids: list[strawberry.ID] | None = strawberry.field(description="The outlets it is bound to; null for all.")
    created_by: str = strawberry.field(description="The subject that made it.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    expires_at: DateTime | None = strawberry.field(description="Until when it opens anything; null for ever.")
    revoked_at: DateTime | None = strawberry.field(description="When it was withdrawn; null if it was not.")

    @classmethod
    def of(cls, record: ApiKeyRecord) -> "InventoryApiKey":
        """The key of a record."""
        bound_to = record.outlet_ids
        return cls(
            id=strawberry.ID(str(record.id)),
            name=record.name,
            prefix=record.prefix,
            scopes=list(record.scopes),
            outlet_ids=[strawberry.ID(str(each)) for each in bound_to] if bound_to is not None else None,
            created_by=record.created_by,
            created_at=DateTime(record.created_at),
            expires_at=DateTime(record.expires_at) if record.expires_at is not None else None,
            revoked_at=DateTime(record.revoked_at) if record.revoked_at is not None else None,
        )


@strawberry.type(description="A tenant after a change.")
class TenantPayload(Payload):
    tenant: InventoryTenant | None = strawberry.field(default=None, description="The tenant; null when refused.")


@strawberry.type(description="A role assignment after a change.")
class RoleAssignmentPayload(Payload):
    assignment: InventoryRoleAssignment | None = strawberry.field(
        default=None, description="The assignment, or what it was before it was revoked; null when refused."
    )


@strawberry.type(description="An API key after a change.")
class ApiKeyPayload(Payload):
    api_key: InventoryApiKey | None = strawberry.field(default=None, description="The key; null when refused.")
    secret: str | None = strawberry.field(
        default=None,
        description="What the caller sends as Authorization: Bearer or X-API-Key. Shown in this answer only: it is not kept, so that"
        " a replay reads null.",
    )


@strawberry.input(description="A tenant to begin with; for platform owners.")
class CreateTenantInput:
    slug: str = strawberry.field(description="1 to 63 lower-case letters, digits and '-'.")
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    id: strawberry.ID | None = strawberry.field(
        default=None, description="The UUID that the auth service minted; a new one if left out."
    )
    currency: str = strawberry.field(default=CURRENCY_DEFAULT, description="ISO 4217; fixed from then on.")
    timezone: str = strawberry.field(default=TIMEZONE_DEFAULT, description="IANA name.")
    allow_negative: bool = strawberry.field(default=False, description="Whether balances may fall below zero.")
    public_levels: bool = strawberry.field(
        default=False, description="Whether anonymous shoppers may see stock levels."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=f"{KEY} It belongs to the tenant it made.")


@strawberry.input(description="Settings of the caller's tenant; what is left out stays as it is.")
class UpdateTenantInput:
    name: str | None = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    timezone: str | None = strawberry.field(default=None, description="IANA name.")
    allow_negative: bool | None = strawberry.field(default=None, description="Whether balances may fall below zero.")
    public_levels: bool | None = strawberry.field(
        default=None, description="Whether anonymous shoppers may see stock levels."
    )
    allocation_strategy: AllocationStrategy | None = strawberry.field(
        default=None, description="How the warehouses of a reservation are chosen that names none; COVERING at first."
    )
    may_split_reservations: bool | None = strawberry.field(
        default=None, description="Whether such a reservation may be taken from several warehouses; false at first."
    )
    status: TenantStatus | None = strawberry.field(default=None, description="For platform owners only.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A key for another service.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What it is for, 1 to 200 characters.")
    scopes: list[str] = strawberry.field(
        description="1 to 200 permissions (inventory.stock.view) or role codes (stock_clerk); none that the caller lacks."
    )
    outlet_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Bind it to these outlets, 1 to 200; to none if left out."
    )
    expires_at: DateTime | None = strawberry.field(default=None, description="Until when it opens anything.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A key to replace by a new one of the same rights.")
class RotateApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key.")
    grace: Duration = strawberry.field(
        default=Duration(GRACE_DEFAULT), description="How long the old one still opens, PT0S to P30D."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A key to withdraw.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key. It opens nothing after 30 seconds.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A role for a subject.")
class GrantRoleInput:
    subject: str = strawberry.field(description="To whom: the `sub` of its token.")
    role_code: str = strawberry.field(description="Which role; none that permits what the caller lacks.")
    expires_at: DateTime | None = strawberry.field(default=None, description="Until when; for ever if left out.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A granted role to take back.")
class RevokeRoleInput:
    subject: str = strawberry.field(description="From whom. It takes effect within 30 seconds.")
    role_code: str = strawberry.field(description="Which role.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
