"""Quantities: exact decimals with up to 12 integer and 6 fraction digits. No floats anywhere."""

import re
from decimal import Decimal

QUANTITY_MAX = Decimal("999999999999.999999")
STEP = Decimal("0.000001")
ZERO = Decimal(0)

_FORM = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)


def quantity_from_text(text: str) -> Decimal:
    """Read a quantity; ValueError says what is wrong with it."""
    if _FORM.fullmatch(text) is None:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ValueError(
            f'{shown!r} is not a decimal with up to 12 integer and 6 fraction digits, such as "2", "-0.25" or "12.5".'
        )
    value = Decimal(text)
    return value or ZERO


def quantity_to_text(value: Decimal) -> str:
    """Print a quantity: no trailing zeros, no exponent, never -0."""
    if not value:
        return "0"
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def optional_quantity_to_text(value: Decimal | None) -> str | None:
    """``quantity_to_text``, None for None."""
    return quantity_to_text(value) if value is not None else None
