"""Amounts of money on documents, rounded as they are paid. Pure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from inventory_graph.errors import LimitExceeded

AMOUNT_MAX = Decimal("1e15")
DIGITS_DEFAULT = 2
DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip
"""How many fraction digits an amount of a currency has where it is not two: ISO 4217, minor units."""

# Digits enough for the product of any quantity, price and percentage, whatever the program's own context is.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


def exact_amount(value: Fraction) -> Decimal:
    """A fraction as a decimal of 100 digits, to be rounded to what is paid."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount to the smallest unit of its currency, half up."""
    step = Decimal(1).scaleb(-DIGITS.get(currency, DIGITS_DEFAULT))
    return _EXACT.quantize(amount, step)


def net_of(quantity: Decimal, unit_price: Decimal, currency: str, *, path: tuple[str, ...] = ()) -> Decimal:
    """What so many units cost, without tax; raises ``LimitExceeded`` for more than 10^15."""
    net = _EXACT.multiply(quantity, unit_price)
    if net > AMOUNT_MAX:
        raise LimitExceeded("The amount of this line would be more than 10^15.", path=path)
    return rounded(net, currency)


def tax_of(net: Decimal, percent: Decimal, currency: str) -> Decimal:
    """The tax on a net amount."""
    return rounded(_EXACT.multiply(net, _EXACT.divide(percent, Decimal(100))), currency)
