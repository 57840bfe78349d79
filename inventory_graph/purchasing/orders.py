"""The verbs of purchase orders, from the draft to its end. What arrives of them is in ``receiving``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack
from uuid import uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.identity.role_limits import role_limits
from inventory_graph.masterdata.suppliers import DAYS_MAX, active_supplier, checked_currency, suppliers_by_id
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import warehouse_of
from inventory_graph.numbering import next_number
from inventory_graph.purchasing import policy, statements
from inventory_graph.purchasing.documents import (
    Locked,
    insert_order,
    lock_order,
    replace_lines,
    update_order,
)
from inventory_graph.purchasing.drafting import OrderLine, checked_price, draft
from inventory_graph.purchasing.money import rounded
from inventory_graph.purchasing.policy import Order, Seller, Site
from inventory_graph.purchasing.records import OrderKey, PurchaseOrderRecord
from inventory_graph.quantities import ZERO
from inventory_graph.stock.book import EARLIEST
from inventory_graph.stock.service import Place

SERIES = "PO"
TEXT_LENGTH_MAX = 1_000
REFERENCE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount of money as a caller gives it."""

    amount: Decimal
    currency: str


class OrderTerms(TypedDict, total=False):
    """What an order says beside its lines; what is left out of a change stays."""

    shipping: Amount
    payment_terms_days: int | None
    expected_at: datetime | None
    is_inspected: bool
    reference: str | None
    note: str | None


async def create_purchase_order(
    tx: Transaction,
    *,
    supplier_code: str,
    place: Place,
    lines: Sequence[OrderLine],
    currency: str | None = None,
    **terms: Unpack[OrderTerms],
) -> PurchaseOrderRecord:
    """Draft an order of 1 to 1,000 lines, in the supplier's currency and on its payment terms unless others are named.

    Raises ``InvalidInput``, ``NotFound``, ``SupplierInactive``, ``WarehouseInactive``, ``ItemInactive``, ``UnitMismatch``,
    ``LimitExceeded`` and ``Forbidden``.
    """
    supplier = await active_supplier(tx, code=supplier_code, path=("supplier_code",))
    warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
    tx.actor.require_outlet(warehouse.outlet_id)
    currency = checked_currency(currency) if currency is not None else supplier.currency
    now: datetime = await tx.raw.fetchval(statements.NOW)
    drafted = await draft(tx, supplier=supplier, currency=currency, lines=lines, at=now)
    head = PurchaseOrderRecord(
        id=uuid4(), number=await next_number(tx, series=SERIES), supplier_id=supplier.id, warehouse_id=warehouse.id,
        status="DRAFT", currency=currency, net_amount=ZERO, tax_amount=ZERO, shipping_amount=ZERO,
        payment_terms_days=supplier.payment_terms_days, lead_time_days=drafted.lead_time_days, expected_at=None,
        is_inspected=False, reference=None, note=None, submitted_by=None, approved_by=(), sent_at=None, resolved_at=None,
        version=0, created_at=now, created_by=tx.actor.subject,
    )  # fmt: skip
    order = Order(
        head=replace(head, **_checked(terms, currency)),
        seller=Seller.of(supplier),
        site=Site(outlet_id=warehouse.outlet_id, is_open=warehouse.is_active, timezone=warehouse.timezone),
        lines=drafted.lines,
    )
    order.take("CREATED", at=now, by=tx.actor.subject, **_sums(order))
    await insert_order(tx, order)
    return order.head


async def update_purchase_order(
    tx: Transaction,
    *,
    key: OrderKey,
    expected_version: int | None = None,
    lines: Sequence[OrderLine] | None = None,
    **terms: Unpack[OrderTerms],
) -> PurchaseOrderRecord:
    """Change a draft; ``lines`` states all of them anew, None leaves them as they are. What changes nothing is no step.

    Raises what ``create_purchase_order`` does, ``PurchaseOrderUnknown``, ``OrderInAnotherState`` and ``OrderChanged``.
    """
    locked = await lock_order(tx, key=key, step="UPDATED", expected_version=expected_version)
    order, before = locked.order, locked.order.head
    order.head = replace(before, **_checked(terms, before.currency))
    if lines is not None:
        supplier = (await suppliers_by_id(tx, [before.supplier_id]))[before.supplier_id]
        drafted = await draft(tx, supplier=supplier, currency=before.currency, lines=lines, at=locked.now)
        order.lines = drafted.lines
        order.head = replace(order.head, lead_time_days=drafted.lead_time_days)
        await replace_lines(tx, order)
    elif order.head == before:
        return before
    order.take("UPDATED", at=locked.now, by=tx.actor.subject, **_sums(order))
    await update_order(tx, order)
    return order.head


class StepTaken(TypedDict, total=False):
    """What every step of an order can be given: the version that the caller looked at, and why."""

    expected_version: int | None
    reason: str | None


async def submit_purchase_order(tx: Transaction, *, key: OrderKey, **taken: Unpack[StepTaken]) -> PurchaseOrderRecord:
    """A draft becomes what somebody has to approve. Raises ``OrderInAnotherState``, ``OrderChanged``."""

    def act(locked: Locked, reason: str | None) -> None:
        policy.submit(locked.order, at=locked.now, by=tx.actor.subject, reason=reason)

    return await _step(tx, key, "SUBMITTED", act, taken)


async def approve_purchase_order(tx: Transaction, *, key: OrderKey, **taken: Unpack[StepTaken]) -> PurchaseOrderRecord:
    """One approval more, by the rules of the tenant and of the approver's roles. Raises ``ApprovalNotAllowed``, ``OrderInAnotherState``, ``OrderChanged``."""

    limits = await role_limits(tx, role_codes=tx.actor.roles)

    def act(locked: Locked, reason: str | None) -> None:
        rules = replace(locked.rules, role_limits=limits)
        policy.approve(locked.order, tx.actor, rules, at=locked.now, reason=reason)

    return await _step(tx, key, "APPROVED", act, taken)


async def reject_purchase_order(tx: Transaction, *, key: OrderKey, **taken: Unpack[StepTaken]) -> PurchaseOrderRecord:
    """Back to its author as a draft. Raises ``OrderInAnotherState``, ``OrderChanged``."""

    def act(locked: Locked, reason: str | None) -> None:
        policy.reject(locked.order, at=locked.now, by=tx.actor.subject, reason=reason)

    return await _step(tx, key, "REJECTED", act, taken)


async def send_purchase_order(
    tx: Transaction,
    *,
    key: OrderKey,
    expected_at: datetime | None = None,
    **taken: Unpack[StepTaken],
) -> PurchaseOrderRecord:
    """The supplier has it. Raises ``OrderInAnotherState``, ``OrderChanged``, ``InvalidInput``."""
    check_instant(expected_at)

    def act(locked: Locked, reason: str | None) -> None:
        policy.send(locked.order, at=locked.now, by=tx.actor.subject, expected_at=expected_at, reason=reason)

    return await _step(tx, key, "SENT", act, taken)


async def reschedule_purchase_order(
    tx: Transaction, *, key: OrderKey, expected_at: datetime, **taken: Unpack[StepTaken]
) -> PurchaseOrderRecord:
    """What the supplier still owes is expected at another time. Raises ``OrderInAnotherState`` unless something is still to come,
    ``OrderChanged``, ``InvalidInput``."""
    check_instant(expected_at)

    def act(locked: Locked, reason: str | None) -> None:
        policy.reschedule(locked.order, at=locked.now, by=tx.actor.subject, expected_at=expected_at, reason=reason)

    return await _step(tx, key, "RESCHEDULED", act, taken)


async def cancel_purchase_order(tx: Transaction, *, key: OrderKey, **taken: Unpack[StepTaken]) -> PurchaseOrderRecord:
    """Nothing of it is wanted any more. Raises ``OrderInAnotherState`` once something has come, ``OrderChanged``."""

    def act(locked: Locked, reason: str | None) -> None:
        policy.cancel(locked.order, at=locked.now, by=tx.actor.subject, reason=reason)

    return await _step(tx, key, "CANCELLED", act, taken)


async def close_purchase_order(tx: Transaction, *, key: OrderKey, **taken: Unpack[StepTaken]) -> PurchaseOrderRecord:
    """Nothing more of it is expected. Raises ``OrderInAnotherState`` before something has come, ``OrderChanged``."""

    def act(locked: Locked, reason: str | None) -> None:
        policy.close(locked.order, at=locked.now, by=tx.actor.subject, reason=reason)

    return await _step(tx, key, "CLOSED", act, taken)


async def _step(
    tx: Transaction, key: OrderKey, kind: str, act: Callable[[Locked, str | None], None], taken: StepTaken
) -> PurchaseOrderRecord:
    reason = _text(taken.get("reason"), "reason")
    locked = await lock_order(tx, key=key, step=kind, expected_version=taken.get("expected_version"))
    act(locked, reason)
    if locked.order.steps:
        await update_order(tx, locked.order)
    return locked.order.head


def _sums(order: Order) -> dict[str, Any]:
    return {
        "net_amount": sum((line.net_amount for line in order.lines), ZERO),
        "tax_amount": sum((line.tax_amount for line in order.lines), ZERO),
    }


def _checked(terms: OrderTerms, currency: str) -> dict[str, Any]:
    """The terms as they are kept in the head; raises ``InvalidInput``."""
    checked: dict[str, Any] = {}
    if "shipping" in terms:
        checked["shipping_amount"] = _shipping(terms["shipping"], currency)
    if "payment_terms_days" in terms:
        checked["payment_terms_days"] = days = terms["payment_terms_days"]
        if days is not None and not 0 <= days <= DAYS_MAX:
            raise InvalidInput(
                f"The payment terms are {days} days; they must be 0 to {DAYS_MAX}.", path=("payment_terms_days",)
            )
    if "expected_at" in terms:
        check_instant(terms["expected_at"])
        checked["expected_at"] = terms["expected_at"]
    if "is_inspected" in terms:
        checked["is_inspected"] = terms["is_inspected"]
    if "reference" in terms:
        checked["reference"] = _text(terms["reference"], "reference", length_max=REFERENCE_LENGTH_MAX)
    if "note" in terms:
        checked["note"] = _text(terms["note"], "note")
    return checked


def _shipping(given: Amount, currency: str) -> Decimal:
    if given.currency != currency:
        raise InvalidInput(
            f"The order is in {currency}, and so is what it costs to ship; this is in {given.currency[:80]!r}.",
            path=("shipping", "currency"),
        )
    return rounded(checked_price(given.amount, path=("shipping", "amount")), currency)


def check_instant(instant: datetime | None) -> None:
    """Raise ``InvalidInput`` for a time at which nothing can be expected."""
    if instant is not None and instant < EARLIEST:
        raise InvalidInput(f"expectedAt lies before {EARLIEST:%Y}: nothing is expected then.", path=("expected_at",))


def _text(value: str | None, name: str, *, length_max: int = TEXT_LENGTH_MAX) -> str | None:
    if value is None or not value.strip():
        return None
    return checked_text(value, path=(name,), length_max=length_max, is_multiline=True)
