"""What the reads of this domain answer."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRecord:
    """A business and its settings. ``allocation_strategy`` chooses the warehouses of reservations that name none, and
    ``may_split_reservations`` lets it choose several. ``costing_method`` is AVERAGE or
    FIFO, for what no category says otherwise of. ``alerts`` are those that it wants, of ``alert_settings.ALERT_KINDS`` and
    in that order."""

    id: UUID
    slug: str
    name: str
    currency: str
    timezone: str
    status: str
    allow_negative: bool
    public_levels: bool
    allocation_strategy: str
    may_split_reservations: bool
    alerts: tuple[str, ...]
    alert_target: str | None
    alert_email: str | None
    lot_expiry_alert_days: int
    purchase_approvers: int
    purchase_approval_limit: Decimal | None
    over_receipt_percent: Decimal
    costing_method: str
    match_quantity_percent: Decimal
    match_price_percent: Decimal
    match_amount: Decimal
    seeded_at: datetime | None
    created_at: datetime

    @property
    def is_active(self) -> bool:
        return self.status == "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRecord:
    """A place of business of the tenant."""

    id: UUID
    code: str
    name: str
    address: str | None
    use_case: str | None
    is_hq: bool
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRecord:
    """A role with its permissions in alphabetical order, and up to how much it approves purchases, None where it does not say."""

    code: str
    name: str
    permissions: tuple[str, ...]
    purchase_approval_limit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLimit:
    """Up to how much, in the tenant's currency, a role approves purchases, None where it does not say; ``manages`` whether it permits to
    approve any."""

    code: str
    limit: Decimal | None
    manages: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignmentRecord:
    """A role granted to a subject."""

    subject: str
    role_code: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The roles that a caller has in a tenant, and the union of what they permit."""

    roles: frozenset[str]
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """A key without its secret. ``scopes`` are permission codes and role codes of the tenant."""

    tenant_id: UUID
    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    outlet_ids: tuple[UUID, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_usable(self, at: datetime) -> bool:
        """Whether the key opens anything at the given instant."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key just made: the only moment at which its secret exists outside the caller's hands."""

    key: ApiKeyRecord
    secret: str = field(repr=False)
