"""How a tenant has its purchases approved, how much more than it ordered it takes, and which variances of invoices it lets pass."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inventory_graph.errors import InvalidInput
from inventory_graph.identity.records import TenantRecord

APPROVERS_MAX = 2
APPROVAL_LIMIT_MAX = Decimal("1e12")
OVER_RECEIPT_PERCENT_MAX = Decimal(100)
MATCH_PERCENT_MAX = Decimal(100)
MATCH_AMOUNT_MAX = Decimal("1e12")


def changed_purchase_settings(
    before: TenantRecord,
    *,
    approvers: int | None = None,
    approval_limit: Decimal | None = None,
    limit_currency: str | None = None,
    over_receipt_percent: Decimal | None = None,
) -> dict[str, Any]:
    """The tenant's settings of purchasing after a change; None leaves one as it is, a limit of 0 takes it away.

    Raises ``InvalidInput``.
    """
    if approvers is not None and not 1 <= approvers <= APPROVERS_MAX:
        raise InvalidInput(
            f"purchase_approvers is {approvers}; it must be 1 or {APPROVERS_MAX}.", path=("purchase_approvers",)
        )
    if approval_limit is not None and not 0 <= approval_limit < APPROVAL_LIMIT_MAX:
        raise InvalidInput(
            "The limit up to which orders are approved is 0 or more, below 10^12.",
            path=("purchase_approval_limit", "amount"),
        )
    if approval_limit is not None and limit_currency != before.currency:
        raise InvalidInput(
            f"The tenant's currency is {before.currency}, and so is this limit's; this is in {(limit_currency or '')[:80]!r}.",
            path=("purchase_approval_limit", "currency"),
        )
    if over_receipt_percent is not None and not 0 <= over_receipt_percent <= OVER_RECEIPT_PERCENT_MAX:
        raise InvalidInput(
            f"over_receipt_percent is {over_receipt_percent:f}; it must be 0 to 100.", path=("over_receipt_percent",)
        )
    limit = before.purchase_approval_limit if approval_limit is None else approval_limit or None
    return {
        "purchase_approvers": before.purchase_approvers if approvers is None else approvers,
        "purchase_approval_limit": limit,
        "over_receipt_percent": before.over_receipt_percent if over_receipt_percent is None else over_receipt_percent,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSettings:
    """Which variances of invoices a tenant wants to let pass; None leaves one as it is. ``currency`` is that of the amount."""

    quantity_percent: Decimal | None = None
    price_percent: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None


def changed_match_settings(before: TenantRecord, wanted: MatchSettings) -> dict[str, Any]:
    """The tenant's settings of matching after a change. Raises ``InvalidInput``."""
    quantity_percent, price_percent, amount = wanted.quantity_percent, wanted.price_percent, wanted.amount
    for name, percent in (("match_quantity_percent", quantity_percent), ("match_price_percent", price_percent)):
        if percent is not None and not 0 <= percent <= MATCH_PERCENT_MAX:
            raise InvalidInput(f"{name} is {percent:f}; it must be 0 to 100.", path=(name,))
    if amount is not None and not 0 <= amount < MATCH_AMOUNT_MAX:
        raise InvalidInput("The amount that is let pass is 0 or more, below 10^12.", path=("match_amount", "amount"))
    if amount is not None and wanted.currency != before.currency:
        raise InvalidInput(
            f"The tenant's currency is {before.currency}, and so is this amount's; this is in {(wanted.currency or '')[:80]!r}.",
            path=("match_amount", "currency"),
        )
    return {
        "match_quantity_percent": before.match_quantity_percent if quantity_percent is None else quantity_percent,
        "match_price_percent": before.match_price_percent if price_percent is None else price_percent,
        "match_amount": before.match_amount if amount is None else amount,
    }
