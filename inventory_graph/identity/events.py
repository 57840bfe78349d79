"""What happens to tenants, outlets, roles and API keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from inventory_graph.identity.records import ApiKeyRecord, OutletRecord, RoleAssignmentRecord, RoleRecord, TenantRecord
from inventory_graph.outbox import Event
from inventory_graph.quantities import optional_quantity_to_text, quantity_to_text


def _instant(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


@dataclass(frozen=True, kw_only=True)
class TenantEvent(Event):
    """A tenant with its settings as they are after the change."""

    aggregate_type: ClassVar[str] = "tenant"

    tenant: TenantRecord

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": str(self.tenant.id),
            "slug": self.tenant.slug,
            "name": self.tenant.name,
            "currency": self.tenant.currency,
            "timezone": self.tenant.timezone,
            "status": self.tenant.status,
            "allow_negative": self.tenant.allow_negative,
            "public_levels": self.tenant.public_levels,
            "allocation_strategy": self.tenant.allocation_strategy,
            "may_split_reservations": self.tenant.may_split_reservations,
            "alerts": list(self.tenant.alerts),
            "alert_target": self.tenant.alert_target,
            "alert_email": self.tenant.alert_email,
            "lot_expiry_alert_days": self.tenant.lot_expiry_alert_days,
            "purchase_approvers": self.tenant.purchase_approvers,
            "purchase_approval_limit": optional_quantity_to_text(self.tenant.purchase_approval_limit),
            "over_receipt_percent": quantity_to_text(self.tenant.over_receipt_percent),
            "costing_method": self.tenant.costing_method,
            "match_quantity_percent": quantity_to_text(self.tenant.match_quantity_percent),
            "match_price_percent": quantity_to_text(self.tenant.match_price_percent),
            "match_amount": quantity_to_text(self.tenant.match_amount),
        }


@dataclass(frozen=True, kw_only=True)
class TenantCreated(TenantEvent):
    """A tenant began, with the standard roles."""

    type: ClassVar[str] = "inventory.tenant.created"


@dataclass(frozen=True, kw_only=True)
class TenantUpdated(TenantEvent):
    """A tenant's settings changed."""

    type: ClassVar[str] = "inventory.tenant.updated"


@dataclass(frozen=True, kw_only=True)
class OutletEvent(Event):
    """An outlet as it is after the change. An outlet that lost the headquarters to another has an event of its own."""

    aggregate_type: ClassVar[str] = "outlet"

    outlet: OutletRecord

    def payload(self) -> dict[str, Any]:
        return {
            "outlet_id": str(self.outlet.id),
            "code": self.outlet.code,
            "name": self.outlet.name,
            "address": self.outlet.address,
            "use_case": self.outlet.use_case,
            "is_hq": self.outlet.is_hq,
            "status": self.outlet.status,
        }


@dataclass(frozen=True, kw_only=True)
class OutletCreated(OutletEvent):
    """An outlet was added."""

    type: ClassVar[str] = "inventory.outlet.created"


@dataclass(frozen=True, kw_only=True)
class OutletUpdated(OutletEvent):
    """An outlet changed."""

    type: ClassVar[str] = "inventory.outlet.updated"


@dataclass(frozen=True, kw_only=True)
class OutletArchived(OutletEvent):
    """An outlet was closed."""

    type: ClassVar[str] = "inventory.outlet.archived"


@dataclass(frozen=True, kw_only=True)
class RoleUpdated(Event):
    """What a role may do changed: up to how much it approves purchases, in ``currency``; null where it does not say. The aggregate's id is
    derived from tenant and role, which has no id of its own."""

    type: ClassVar[str] = "inventory.role.updated"
    aggregate_type: ClassVar[str] = "role"

    role: RoleRecord
    currency: str
    by: str

    @staticmethod
    def aggregate_id_of(tenant_id: UUID, *, role_code: str) -> UUID:
        return uuid5(tenant_id, f"role {role_code}")

    def payload(self) -> dict[str, Any]:
        return {
            "role_code": self.role.code,
            "name": self.role.name,
            "purchase_approval_limit": optional_quantity_to_text(self.role.purchase_approval_limit),
            "currency": self.currency,
            "by": self.by,
        }


@dataclass(frozen=True, kw_only=True)
class RoleAssignmentEvent(Event):
    """A role of a subject. The aggregate's id is derived from tenant, subject and role, which have no id of their own."""

    aggregate_type: ClassVar[str] = "role_assignment"

    assignment: RoleAssignmentRecord
    by: str

    @staticmethod
    def aggregate_id_of(tenant_id: UUID, *, subject: str, role_code: str) -> UUID:
        return uuid5(tenant_id, f"{role_code}/{subject}")

    def payload(self) -> dict[str, Any]:
        return {
            "subject": self.assignment.subject,
            "role_code": self.assignment.role_code,
            "expires_at": _instant(self.assignment.expires_at),
            "by": self.by,
        }


@dataclass(frozen=True, kw_only=True)
class RoleGranted(RoleAssignmentEvent):
    """A role was granted to a subject, or its expiry changed."""

    type: ClassVar[str] = "inventory.role.granted"


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(RoleAssignmentEvent):
    """A role was taken from a subject."""

    type: ClassVar[str] = "inventory.role.revoked"


@dataclass(frozen=True, kw_only=True)
class ApiKeyEvent(Event):
    """An API key, never its secret nor its hash."""

    aggregate_type: ClassVar[str] = "api_key"

    key: ApiKeyRecord
    by: str

    def payload(self) -> dict[str, Any]:
        return {
            "api_key_id": str(self.key.id),
            "name": self.key.name,
            "prefix": self.key.prefix,
            "scopes": list(self.key.scopes),
            "outlet_ids": [str(each) for each in self.key.outlet_ids] if self.key.outlet_ids is not None else None,
            "expires_at": _instant(self.key.expires_at),
            "revoked_at": _instant(self.key.revoked_at),
            "by": self.by,
        }


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(ApiKeyEvent):
    """A key was made."""

    type: ClassVar[str] = "inventory.api_key.created"


@dataclass(frozen=True, kw_only=True)
class ApiKeyRotated(ApiKeyEvent):
    """A key was replaced by another, whose id is ``successor_id``; until it expires both open the door."""

    type: ClassVar[str] = "inventory.api_key.rotated"

    successor_id: UUID

    def payload(self) -> dict[str, Any]:
        return {**ApiKeyEvent.payload(self), "successor_id": str(self.successor_id)}


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(ApiKeyEvent):
    """A key was withdrawn."""

    type: ClassVar[str] = "inventory.api_key.revoked"
