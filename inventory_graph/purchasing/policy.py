"""The states of a purchase order and who may move it on. Pure: values in, decision out."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.errors import InvalidInput
from inventory_graph.identity.records import RoleLimit
from inventory_graph.masterdata.supplier_details import SupplierPaymentRecord
from inventory_graph.masterdata.suppliers import SupplierRecord
from inventory_graph.purchasing.records import PurchaseOrderRecord
from inventory_graph.purchasing.refusals import ApprovalNotAllowed, OrderChanged, OrderInAnotherState
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.unlocked import dataclass

MANAGE = "inventory.purchasing.manage"

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "UPDATED": ("DRAFT",),
    "SUBMITTED": ("DRAFT",),
    "APPROVED": ("SUBMITTED",),
    "REJECTED": ("SUBMITTED", "APPROVED"),
    "SENT": ("APPROVED",),
    "RESCHEDULED": ("SENT", "PARTIALLY_RECEIVED"),
    "RECEIVED": ("SENT", "PARTIALLY_RECEIVED", "RECEIVED"),
    "RECEIPT_REVERSED": ("SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED"),
    "CANCELLED": ("DRAFT", "SUBMITTED", "APPROVED", "SENT"),
    "CLOSED": ("PARTIALLY_RECEIVED", "RECEIVED"),
}
"""In which states each step can be taken. A receipt of nothing but rejected goods leaves an order SENT."""

STEPS_SAID: Mapping[str, str] = {
    "UPDATED": "changed",
    "SUBMITTED": "submitted",
    "APPROVED": "approved",
    "REJECTED": "rejected",
    "SENT": "sent",
    "RESCHEDULED": "rescheduled",
    "RECEIVED": "received",
    "RECEIPT_REVERSED": "un-received",
    "CANCELLED": "cancelled",
    "CLOSED": "closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What made one version of an order, and the state that it was in before."""

    version: int
    kind: str
    status_before: str
    at: datetime
    by: str
    reason: str | None = None
    details: Mapping[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of an order: ``quantity`` in the purchase unit, the rest in the stock unit of the variant."""

    id: UUID
    position: int
    variant_id: UUID
    item_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    unit_price: Decimal
    tax_percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    ordered: Decimal
    received: Decimal = ZERO
    rejected: Decimal = ZERO

    @property
    def outstanding(self) -> Decimal:
        """What is still to come."""
        return max(self.ordered - self.received, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A supplier as events tell of it; ``payment`` None where nobody said how it is paid, or where nothing is to be paid yet."""

    id: UUID
    code: str
    name: str
    email: str | None
    phone: str | None
    payment: SupplierPaymentRecord | None = None

    @classmethod
    def of(cls, supplier: SupplierRecord, payment: SupplierPaymentRecord | None = None) -> "Seller":
        """What events tell of the supplier."""
        return cls(
            id=supplier.id, code=supplier.code, name=supplier.name, email=supplier.email, phone=supplier.phone,
            payment=payment,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The warehouse that an order is for: the outlet it is of, if any, and its time zone."""

    outlet_id: UUID | None
    is_open: bool
    timezone: str


@dataclass(slots=True, kw_only=True)
class Order:
    """A purchase order as it stands in this transaction; ``steps`` are those it took in it."""

    head: PurchaseOrderRecord
    seller: Seller
    site: Site
    lines: list[Line] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def take(
        self,
        kind: str,
        *,
        at: datetime,
        by: str,
        reason: str | None = None,
        details: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> None:
        """Take the next version, with what changes in the head."""
        before, version = self.head.status, self.head.version + 1
        self.head = replace(self.head, version=version, **changes)
        self.steps.append(
            Step(version=version, kind=kind, status_before=before, at=at, by=by, reason=reason, details=details)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the tenant buys. ``approvers``: how many people approve an order, 1 or 2; with 2 neither is who submitted it. Up to
    ``limit`` of ``currency`` (the tenant's) the permission to change orders is enough; None: it never is.
    ``over_receipt_percent``: how much more than ordered may arrive. ``role_limits``: what the roles of who approves say."""

    approvers: int
    limit: Decimal | None
    over_receipt_percent: Decimal
    currency: str
    role_limits: Sequence[RoleLimit] = ()


def check_step(
    head: PurchaseOrderRecord,
    kind: str,
    *,
    expected_version: int | None = None,
    path: tuple[str, ...] = ("purchase_order_id",),
) -> None:
    """Raise ``OrderInAnotherState`` unless the step can be taken now, ``OrderChanged`` where the caller looked at another version."""
    if expected_version is not None and expected_version != head.version:
        raise OrderChanged(
            f"{head.number} is at version {head.version}, not {expected_version}: it changed since it was read. Read it again"
            " and decide anew.",
            path=("expected_version",),
        )
    if head.status not in ALLOWED[kind]:
        states = " or ".join(ALLOWED[kind])
        raise OrderInAnotherState(
            f"{head.number} is {head.status}; it can be {STEPS_SAID[kind]} while it is {states}.", path=path
        )


def submit(order: Order, *, at: datetime, by: str, reason: str | None = None) -> None:
    """A draft becomes what somebody has to approve."""
    if not order.lines:
        raise InvalidInput(f"{order.head.number} has no lines: there is nothing to buy.")
    order.take("SUBMITTED", at=at, by=by, reason=reason, status="SUBMITTED", submitted_by=by, approved_by=())


def approve(order: Order, actor: Actor, rules: Rules, *, at: datetime, reason: str | None = None) -> None:
    """One approval more; the last that is needed makes the order APPROVED. Raises ``ApprovalNotAllowed``."""
    head = order.head
    if not _is_within_a_role(head, actor, rules) and not actor.may(MANAGE):
        _check_limit(head, rules)
    if rules.approvers > 1 and actor.subject == head.submitted_by:
        raise ApprovalNotAllowed(f"{actor.subject} submitted {head.number}: two others have to approve it.")
    if actor.subject in head.approved_by:
        raise ApprovalNotAllowed(f"{actor.subject} has approved {head.number} already: it takes somebody else.")
    approved_by = (*head.approved_by, actor.subject)
    status = "APPROVED" if len(approved_by) >= rules.approvers else "SUBMITTED"
    order.take("APPROVED", at=at, by=actor.subject, reason=reason, status=status, approved_by=approved_by)


def _is_within_a_role(head: PurchaseOrderRecord, actor: Actor, rules: Rules) -> bool:
    """Whether a limit of the approver's roles covers the order; raises ``ApprovalNotAllowed`` where they have limits and none does.

    The widest counts; a role that permits to approve any order and has no limit leaves it to the rules of the tenant, as no limit at
    all does.
    """
    limited = [(each.limit, each.code) for each in rules.role_limits if each.limit is not None]
    if not limited or actor.is_platform_owner or any(each.manages and each.limit is None for each in rules.role_limits):
        return False
    limit, code = max(limited)
    said = f"{quantity_to_text(limit)} {rules.currency}"
    if head.currency != rules.currency:
        # Its worth here is known only when it arrives.
        raise ApprovalNotAllowed(
            f"{head.number} is in {head.currency}; the role {code} approves up to {said}, and nothing that is in another currency."
        )
    if head.total_amount > limit:
        raise ApprovalNotAllowed(
            f"{head.number} comes to {quantity_to_text(head.total_amount)} {head.currency}; the role {code} approves up to {said}."
            " It takes somebody whose role approves more."
        )
    return True


def _check_limit(head: PurchaseOrderRecord, rules: Rules) -> None:
    if rules.limit is None:
        raise ApprovalNotAllowed(f"Approving {head.number} needs the permission {MANAGE}.")
    if head.currency != rules.currency:
        # Its worth here is known only when it arrives.
        raise ApprovalNotAllowed(
            f"{head.number} is in {head.currency}; approving what is not in {rules.currency} needs the permission {MANAGE}."
        )
    if head.total_amount > rules.limit:
        raise ApprovalNotAllowed(
            f"{head.number} comes to {quantity_to_text(head.total_amount)} {head.currency}; approving more than"
            f" {quantity_to_text(rules.limit)} needs the permission {MANAGE}."
        )


def reject(order: Order, *, at: datetime, by: str, reason: str | None) -> None:
    """Back to its author: it is a draft again, and nobody has approved it."""
    order.take("REJECTED", at=at, by=by, reason=reason, status="DRAFT", approved_by=())


def send(order: Order, *, at: datetime, by: str, expected_at: datetime | None, reason: str | None = None) -> None:
    """The supplier has it. It is expected when the caller or the order says, else after the longest lead time of its lines."""
    head = order.head
    expected = expected_at or head.expected_at
    if expected is None and head.lead_time_days is not None:
        expected = at + timedelta(days=head.lead_time_days)
    order.take("SENT", at=at, by=by, reason=reason, status="SENT", sent_at=at, expected_at=expected)


def reschedule(order: Order, *, at: datetime, by: str, expected_at: datetime, reason: str | None = None) -> None:
    """What is still to come is expected at another time; the step keeps both times. The same time is no step."""
    before = order.head.expected_at
    if before == expected_at:
        return
    # Times are kept as they are read back from JSON: in UTC.
    times = {"to": expected_at} if before is None else {"from": before, "to": expected_at}
    details = {name: time.astimezone(UTC).isoformat() for name, time in times.items()}
    order.take("RESCHEDULED", at=at, by=by, reason=reason, details=details, expected_at=expected_at)


def cancel(order: Order, *, at: datetime, by: str, reason: str | None) -> None:
    """Nothing of it is wanted any more; nothing of it has come."""
    order.take("CANCELLED", at=at, by=by, reason=reason, status="CANCELLED", resolved_at=at)


def close(order: Order, *, at: datetime, by: str, reason: str | None) -> None:
    """Nothing more of it is expected, whether or not all has come."""
    order.take("CLOSED", at=at, by=by, reason=reason, status="CLOSED", resolved_at=at)


def status_by_lines(order: Order) -> str:
    """The state that follows from what has come; a closed order stays closed."""
    if order.head.status == "CLOSED":
        return "CLOSED"
    if all(not line.outstanding for line in order.lines):
        return "RECEIVED"
    return "PARTIALLY_RECEIVED" if any(line.received for line in order.lines) else "SENT"
