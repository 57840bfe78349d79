"""The states of a purchase order as a table: for every state which steps lead on, and where to. Pure."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.actor import Actor
from inventory_graph.purchasing import policy
from inventory_graph.purchasing.policy import ALLOWED, Line, Order, Rules, Seller, Site, check_step
from inventory_graph.purchasing.records import PurchaseOrderRecord
from inventory_graph.purchasing.refusals import ApprovalNotAllowed, OrderChanged, OrderInAnotherState

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
STATES = ("DRAFT", "SUBMITTED", "APPROVED", "SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED", "CANCELLED")
TABLE = {
    "UPDATED": "DRAFT",
    "SUBMITTED": "DRAFT",
    "APPROVED": "SUBMITTED",
    "REJECTED": "SUBMITTED APPROVED",
    "SENT": "APPROVED",
    "RESCHEDULED": "SENT PARTIALLY_RECEIVED",
    "RECEIVED": "SENT PARTIALLY_RECEIVED RECEIVED",
    "RECEIPT_REVERSED": "SENT PARTIALLY_RECEIVED RECEIVED CLOSED",
    "CANCELLED": "DRAFT SUBMITTED APPROVED SENT",
    "CLOSED": "PARTIALLY_RECEIVED RECEIVED",
}
"""For each step the states in which it can be taken; in every other it is refused."""


def line(ordered: int = 10, received: int = 0) -> Line:
    return Line(
        id=uuid4(), position=0, variant_id=uuid4(), item_id=uuid4(), sku="TEA", name="Tea", unit_code="PIECE",
        quantity=Decimal(ordered), unit_price=Decimal(5), tax_percent=Decimal(0), net_amount=Decimal(50),
        tax_amount=Decimal(0), ordered=Decimal(ordered), received=Decimal(received),
    )  # fmt: skip


def order(*lines: Line, **fields: Any) -> Order:
    values: dict[str, Any] = {
        "id": uuid4(), "number": "PO-000001", "supplier_id": uuid4(), "warehouse_id": uuid4(), "status": "SUBMITTED",
        "currency": "KES", "net_amount": Decimal(100), "tax_amount": Decimal(16), "shipping_amount": Decimal(4),
        "payment_terms_days": None, "lead_time_days": None, "expected_at": None, "is_inspected": False, "reference": None,
        "note": None, "submitted_by": "ann", "approved_by": (), "sent_at": None, "resolved_at": None, "version": 7,
        "created_at": NOW, "created_by": "ann", **fields,
    }  # fmt: skip
    return Order(
        head=PurchaseOrderRecord(**values),
        seller=Seller(id=values["supplier_id"], code="ACME", name="Acme", email=None, phone=None),
        site=Site(outlet_id=None, is_open=True, timezone="Africa/Nairobi"),
        lines=list(lines),
    )


def actor(subject: str, *permissions: str) -> Actor:
    return Actor(tenant_id=uuid4(), tenant_slug="t", subject=subject, permissions=frozenset(permissions))


def rules(approvers: int = 1, limit: int | None = None) -> Rules:
    return Rules(
        approvers=approvers, limit=Decimal(limit) if limit is not None else None, over_receipt_percent=Decimal(0),
        currency="KES",
    )  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", TABLE)
def test_every_pair_of_state_and_step_is_decided(state: str, step: str) -> None:
    """A refusal names the state and those from which the step leads on, and where the order is named."""
    head = order(status=state).head
    if state in TABLE[step].split():
        check_step(head, step)
        return
    with pytest.raises(OrderInAnotherState) as refused:
        check_step(head, step)
    assert refused.value.path == ("purchase_order_id",)
    assert f"PO-000001 is {state};" in refused.value.message
    assert all(allowed in refused.value.message for allowed in TABLE[step].split())


def test_the_table_is_the_whole_of_it() -> None:
    """No step hides behind the table of this test."""
    assert {step: set(states) for step, states in ALLOWED.items()} == {
        step: set(states.split()) for step, states in TABLE.items()
    }


def test_another_version_than_was_read_is_refused() -> None:
    """Whoever approves approves what he has seen."""
    check_step(order().head, "APPROVED", expected_version=7)
    with pytest.raises(OrderChanged, match="at version 7, not 6"):
        check_step(order().head, "APPROVED", expected_version=6)


# ---------------------------------------------------------------- approval
def test_who_may_manage_approves_any_amount() -> None:
    """And one is enough unless the tenant asks for two."""
    decided = order()
    policy.approve(decided, actor("bob", policy.MANAGE), rules(), at=NOW)
    assert (decided.head.status, decided.head.approved_by, decided.head.version) == ("APPROVED", ("bob",), 8)
    assert [(step.version, step.kind, step.by) for step in decided.steps] == [(8, "APPROVED", "bob")]


@pytest.mark.parametrize(
    ("limit", "fields", "refused"),
    [
        (120, {}, None),
        (119, {}, "comes to 120 KES; approving more than 119"),
        (None, {}, "needs the permission inventory.purchasing.manage"),
        (1_000_000, {"currency": "USD"}, "approving what is not in KES"),
    ],
)
def test_who_may_only_change_approves_up_to_the_limit(
    limit: int | None, fields: dict[str, Any], refused: str | None
) -> None:
    """The limit is of the total, in the tenant's currency; what another currency is worth is known only when it arrives."""
    decided = order(**fields)
    buyer = actor("bob", "inventory.purchasing.change")
    if refused is None:
        policy.approve(decided, buyer, rules(limit=limit), at=NOW)
        assert decided.head.status == "APPROVED"
        return
    with pytest.raises(ApprovalNotAllowed, match=refused):
        policy.approve(decided, buyer, rules(limit=limit), at=NOW)
    assert (decided.head.status, decided.head.version, decided.steps) == ("SUBMITTED", 7, [])


def test_two_people_are_two_and_neither_submitted_it() -> None:
    """The first leaves it SUBMITTED; nobody counts twice."""
    decided = order()
    with pytest.raises(ApprovalNotAllowed, match="ann submitted PO-000001"):
        policy.approve(decided, actor("ann", policy.MANAGE), rules(2), at=NOW)
    policy.approve(decided, actor("bob", policy.MANAGE), rules(2), at=NOW)
    assert (decided.head.status, decided.head.approved_by) == ("SUBMITTED", ("bob",))
    with pytest.raises(ApprovalNotAllowed, match="bob has approved PO-000001 already"):
        policy.approve(decided, actor("bob", policy.MANAGE), rules(2), at=NOW)
    policy.approve(decided, actor("cat", policy.MANAGE), rules(2), at=NOW)
    assert (decided.head.status, decided.head.approved_by) == ("APPROVED", ("bob", "cat"))


def test_what_is_rejected_is_a_draft_that_nobody_has_approved() -> None:
    """Approvals are of what it said, not of what it will say."""
    decided = order(status="APPROVED", approved_by=("bob",))
    policy.reject(decided, at=NOW, by="cat", reason="Too much tea")
    assert (decided.head.status, decided.head.approved_by) == ("DRAFT", ())
    assert decided.steps[0].reason == "Too much tea"


# ---------------------------------------------------------------- sending, receiving
@pytest.mark.parametrize(
    ("told", "said", "days", "expected"),
    [
        (NOW + timedelta(days=9), NOW + timedelta(days=5), 2, NOW + timedelta(days=9)),
        (None, NOW + timedelta(days=5), 2, NOW + timedelta(days=5)),
        (None, None, 2, NOW + timedelta(days=2)),
        (None, None, None, None),
    ],
)
def test_what_is_sent_is_expected_by_whoever_knows_best(
    told: datetime | None, said: datetime | None, days: int | None, expected: datetime | None
) -> None:
    """The supplier's word, else the order's, else the lead time, counted from when it is sent."""
    decided = order(status="APPROVED", expected_at=said, lead_time_days=days)
    policy.send(decided, at=NOW, by="ann", expected_at=told)
    assert (decided.head.status, decided.head.sent_at, decided.head.expected_at) == ("SENT", NOW, expected)


@pytest.mark.parametrize(
    ("before", "received", "after"),
    [
        ("SENT", (0, 0), "SENT"),
        ("SENT", (3, 0), "PARTIALLY_RECEIVED"),
        ("SENT", (10, 0), "PARTIALLY_RECEIVED"),
        ("PARTIALLY_RECEIVED", (10, 10), "RECEIVED"),
        ("PARTIALLY_RECEIVED", (12, 10), "RECEIVED"),
        ("RECEIVED", (0, 0), "SENT"),
        ("RECEIVED", (10, 4), "PARTIALLY_RECEIVED"),
        ("CLOSED", (0, 0), "CLOSED"),
    ],
)
def test_the_state_follows_from_what_has_come(before: str, received: tuple[int, int], after: str) -> None:
    """Forwards when something comes, backwards when a receipt is reversed; what is closed stays closed."""
    decided = order(*(line(received=each) for each in received), status=before)
    assert policy.status_by_lines(decided) == after
