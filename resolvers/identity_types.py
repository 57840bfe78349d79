"""The types of identity: the caller, tenants, roles, API keys, and what their mutations take and answer."""

from enum import Enum

import strawberry

from inventory_graph.actor import Actor
from inventory_graph.identity.api_keys import GRACE_DEFAULT
from inventory_graph.identity.records import ApiKeyRecord, RoleAssignmentRecord, RoleRecord, TenantRecord
from inventory_graph.identity.tenants import CURRENCY_DEFAULT, TIMEZONE_DEFAULT
from resolvers.costing import CostingMethod
from resolvers.kit import Payload
from resolvers.money import Money, MoneyInput
from resolvers.scalars import DateTime, Duration, Quantity

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


@strawberry.enum(description="What a tenant can be told of, once each time it comes about.")
class AlertKind(Enum):
    STOCK_LOW = strawberry.enum_value(
        "STOCK_LOW",
        description="Available stock fell to the reorder point or below, and is not out: inventory.stock.low.",
    )
    STOCK_OUT = strawberry.enum_value("STOCK_OUT", description="Nothing is available any more: inventory.stock.out.")
    STOCK_IN = strawberry.enum_value("STOCK_IN", description="Something is available again: inventory.stock.in.")
    LOT_EXPIRING = strawberry.enum_value(
        "LOT_EXPIRING", description="A lot in stock will soon be past its date: inventory.lot.expiring_soon."
    )
    PURCHASE_ORDER_OVERDUE = strawberry.enum_value(
        "PURCHASE_ORDER_OVERDUE",
        description="A purchase order did not all come when it was expected: inventory.purchase_order.overdue.",
    )
    TRANSFER_OVERDUE = strawberry.enum_value(
        "TRANSFER_OVERDUE",
        description="A transfer did not all arrive when it was expected: inventory.transfer.overdue.",
    )


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
    alerts: list[AlertKind] = strawberry.field(description="The alerts that are on; none at first.")
    alert_target: str | None = strawberry.field(description="Whom the notification service tells, in its words.")
    alert_email: str | None = strawberry.field(description="Where it sends mail about alerts.")
    lot_expiry_alert_days: int = strawberry.field(
        description="How many days before its date a lot is told of; 30 at first."
    )
    purchase_approvers: int = strawberry.field(
        description="How many people have to approve a purchase order, 1 or 2; with 2 neither is who submitted it. 1 at first."
    )
    purchase_approval_limit: Money | None = strawberry.field(
        description="Orders of up to this much are approved with inventory.purchasing.change; others, and all where this is null,"
        " take inventory.purchasing.manage."
    )
    over_receipt_percent: Quantity = strawberry.field(
        description="How many percent more than ordered may arrive without inventory.purchasing.manage; 0 at first."
    )
    costing_method: CostingMethod = strawberry.field(
        description="How the cost of what leaves is found where no category says otherwise; AVERAGE at first."
    )
    match_quantity_percent: Quantity = strawberry.field(
        description="By how many percent of what was ordered quantities of orders, receipts and invoices may differ; 0 at first."
    )
    match_price_percent: Quantity = strawberry.field(
        description="By how many percent an invoice's price may differ from the order's; 0 at first."
    )
    match_amount: Money = strawberry.field(
        description="By how much a line's price, its tax, or the shipping may differ on an invoice, whatever the percent; 0 at first."
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
            alerts=[AlertKind(kind) for kind in record.alerts],
            alert_target=record.alert_target,
            alert_email=record.alert_email,
            lot_expiry_alert_days=record.lot_expiry_alert_days,
            purchase_approvers=record.purchase_approvers,
            purchase_approval_limit=Money.of(record.purchase_approval_limit, record.currency),
            over_receipt_percent=Quantity(record.over_receipt_percent),
            costing_method=CostingMethod(record.costing_method),
            match_quantity_percent=Quantity(record.match_quantity_percent),
            match_price_percent=Quantity(record.match_price_percent),
            match_amount=Money.given(record.match_amount, record.currency),
        )


@strawberry.type(description="A named set of permissions of the tenant.")
class InventoryRole:
    code: str = strawberry.field(description="What tokens and grants call it.")
    name: str = strawberry.field(description="For people.")
    permissions: list[str] = strawberry.field(description="What it permits: inventory.<module>.<action>, by name.")
    purchase_approval_limit: Money | None = strawberry.field(
        description="Up to which total it approves purchase orders; null where it does not say, and the tenant's rules do."
    )

    @classmethod
    def of(cls, record: RoleRecord, currency: str) -> "InventoryRole":
        """The role of a record, of a tenant with this currency."""
        return cls(
            code=record.code,
            name=record.name,
            permissions=list(record.permissions),
            purchase_approval_limit=Money.of(record.purchase_approval_limit, currency),
        )


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


@strawberry.type(description="A role after a change.")
class RolePayload(Payload):
    role: InventoryRole | None = strawberry.field(default=None, description="The role as it is now; null when refused.")


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
    alerts: list[AlertKind] | None = strawberry.field(
        default=None, description="The alerts to have, stated in full; an empty list for none."
    )
    alert_target: str | None = strawberry.field(
        default=None, description="Whom the notification service shall tell, in its words; an empty text for nobody."
    )
    alert_email: str | None = strawberry.field(
        default=None, description="Where it shall send mail about alerts; an empty text for nowhere."
    )
    lot_expiry_alert_days: int | None = strawberry.field(
        default=None, description="How many days before its date a lot is told of, 1 to 365."
    )
    purchase_approvers: int | None = strawberry.field(
        default=None, description="How many people have to approve a purchase order: 1, or 2 who did not submit it."
    )
    purchase_approval_limit: MoneyInput | None = strawberry.field(
        default=None,
        description="Up to how much, in the tenant's currency, orders are approved with inventory.purchasing.change; 0 for none.",
    )
    over_receipt_percent: Quantity | None = strawberry.field(
        default=None, description="How many percent more than ordered may arrive, 0 to 100."
    )
    costing_method: CostingMethod | None = strawberry.field(
        default=None,
        description="How the cost of what leaves is found where no category says otherwise. Holds for each balance from its next movement"
        " on: what is there then stays worth what it is.",
    )
    match_quantity_percent: Quantity | None = strawberry.field(
        default=None,
        description="By how many percent quantities of orders, receipts and invoices may differ, 0 to 100.",
    )
    match_price_percent: Quantity | None = strawberry.field(
        default=None, description="By how many percent an invoice's price may differ from the order's, 0 to 100."
    )
    match_amount: MoneyInput | None = strawberry.field(
        default=None,
        description="By how much, in the tenant's currency, a line's price, its tax, or the shipping may differ on an invoice.",
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


@strawberry.input(description="Up to how much a role approves purchase orders.")
class SetRoleApprovalLimitInput:
    role_code: str = strawberry.field(description="Which role.")
    limit: MoneyInput | None = strawberry.field(
        default=None,
        description="The total up to which it approves, in the tenant's currency; no limit of its own if left out.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A granted role to take back.")
class RevokeRoleInput:
    subject: str = strawberry.field(description="From whom. It takes effect within 30 seconds.")
    role_code: str = strawberry.field(description="Which role.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
