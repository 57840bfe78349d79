"""Amounts on documents: rounded half up to what can be paid in their currency. Pure."""

from decimal import Decimal

import pytest

from inventory_graph.errors import LimitExceeded
from inventory_graph.purchasing.money import net_of, rounded, tax_of


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1.005", "KES", "1.01"),
        ("1.004999", "KES", "1.00"),
        ("2.5", "UGX", "3"),
        ("1.0005", "KWD", "1.001"),
        ("999999999999999.995", "KES", "1000000000000000.00"),
    ],
)
def test_rounds_to_the_smallest_unit_of_the_currency(amount: str, currency: str, expected: str) -> None:
    """A shilling of Kenya has cents, one of Uganda has none, a dinar of Kuwait has thousandths."""
    assert str(rounded(Decimal(amount), currency)) == expected


def test_a_line_is_rounded_and_then_taxed() -> None:
    """As the supplier's invoice does it: 3 at 0.333 are 1.00, and 16 % of that are 0.16."""
    net = net_of(Decimal(3), Decimal("0.333"), "KES")
    assert (net, tax_of(net, Decimal(16), "KES")) == (Decimal("1.00"), Decimal("0.16"))


def test_an_amount_beyond_the_column_is_refused() -> None:
    """The largest quantity at the largest price is more than a ledger can tell."""
    with pytest.raises(LimitExceeded):
        net_of(Decimal(999999999999), Decimal(999999999999), "KES", path=("lines", "0", "quantity"))
