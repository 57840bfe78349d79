"""Which alerts a tenant wants, and whom they are for."""

import re
from collections.abc import Collection
from typing import Any, Literal, TypeAlias, get_args

from inventory_graph.errors import InvalidInput
from inventory_graph.identity.records import TenantRecord
from inventory_graph.identity.texts import line_of

AlertKind: TypeAlias = Literal[
    "STOCK_LOW", "STOCK_OUT", "STOCK_IN", "LOT_EXPIRING", "PURCHASE_ORDER_OVERDUE", "TRANSFER_OVERDUE"
]

ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
EMAIL_LENGTH_MAX = 254
EXPIRY_DAYS_MAX = 365
_EMAIL_FORM = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def alert_settings(
    before: TenantRecord,
    *,
    alerts: Collection[AlertKind] | None = None,
    target: str | None = None,
    email: str | None = None,
    expiry_days: int | None = None,
) -> dict[str, Any]:
    """The tenant's alert settings after a change; None leaves one as it is, an empty target or email clears it.

    ``alerts`` states all that are on; ``expiry_days`` is 1 to 365. Raises ``InvalidInput``.
    """
    if expiry_days is not None and not 1 <= expiry_days <= EXPIRY_DAYS_MAX:
        raise InvalidInput(
            f"lot_expiry_alert_days is {expiry_days}; it must be 1 to {EXPIRY_DAYS_MAX}.",
            path=("lot_expiry_alert_days",),
        )
    return {
        "alerts": before.alerts if alerts is None else tuple(kind for kind in ALERT_KINDS if kind in alerts),
        "alert_target": before.alert_target if target is None else _target(target),
        "alert_email": before.alert_email if email is None else _email(email),
        "lot_expiry_alert_days": before.lot_expiry_alert_days if expiry_days is None else expiry_days,
    }


def _target(text: str) -> str | None:
    return line_of(text, name="alert_target") if text.strip() else None


def _email(text: str) -> str | None:
    if not text.strip():
        return None
    email = line_of(text, name="alert_email", length_max=EMAIL_LENGTH_MAX)
    if _EMAIL_FORM.fullmatch(email) is None:
        raise InvalidInput(f"{email!r} is not an address such as stock@example.com.", path=("alert_email",))
    return email
