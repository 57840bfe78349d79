"""Matching order, receipt and invoice, decided without a database: every variance its own, and together the whole difference."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_graph.purchasing.invoicing import shared_shipping
from inventory_graph.purchasing.matching import MatchedLine, OrderMatch, Tolerances, match_order
from inventory_graph.purchasing.money import net_of, tax_of

ORDER = UUID(int=1)
NONE = Tolerances(currency="KES")


def line(
    *,
    quantity: str = "10",
    price: str = "50",
    tax: str = "16",
    per_unit: str = "12",
    received: str | None = None,
    returned: str = "0",
    invoiced: str = "0",
    invoiced_at: str | None = None,
    invoiced_tax: str | None = None,
    position: int = 0,
) -> MatchedLine:
    """Ten boxes of twelve at 50 with 16 % tax: what is left out came as ordered; what is invoiced is at the order's price and tax."""
    ordered = Decimal(quantity) * Decimal(per_unit)
    net = net_of(Decimal(quantity), Decimal(price), "KES")
    billed = net_of(Decimal(invoiced), Decimal(invoiced_at or price), "KES")
    return MatchedLine(
        id=UUID(int=position + 2), position=position, quantity=Decimal(quantity), unit_price=Decimal(price), tax_percent=Decimal(tax),
        net_amount=net, tax_amount=tax_of(net, Decimal(tax), "KES"), ordered=ordered,
        received=Decimal(received) if received is not None else ordered, returned=Decimal(returned),
        invoiced_quantity=Decimal(invoiced), invoiced_net=billed, invoiced_tax=tax_of(billed, Decimal(invoiced_tax or tax), "KES"),
        has_other_price=invoiced_at is not None and Decimal(invoiced_at) != Decimal(price),
    )  # fmt: skip


def matched(
    *lines: MatchedLine,
    shipping: str = "0",
    invoiced_shipping: str = "0",
    tolerances: Tolerances = NONE,
    is_invoiced: bool = True,
    currency: str = "KES",
) -> OrderMatch:
    return match_order(
        order_id=ORDER, currency=currency, lines=lines, shipping=Decimal(shipping), invoiced_shipping=Decimal(invoiced_shipping),
        is_invoiced=is_invoiced, tolerances=tolerances,
    )  # fmt: skip


def told(match: OrderMatch) -> list[tuple[str, str | None, str]]:
    """The variances by kind, quantity and amount."""
    return [
        (
            each.kind,
            f"{each.quantity.normalize():f}" if each.quantity is not None else None,
            f"{each.amount.normalize():f}",
        )
        for each in match.variances
    ]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (line(invoiced="10"), []),
        (line(invoiced="8"), [("QUANTITY_UNDER_INVOICED", "-2", "-116")]),
        (line(invoiced="12"), [("QUANTITY_OVER_INVOICED", "2", "116")]),
        (line(received="96", invoiced="8"), [("NOT_RECEIVED", "-2", "-116")]),
        (line(received="144", invoiced="12"), [("OVER_RECEIVED", "2", "116")]),
        (line(received="96", invoiced="10"), [("NOT_RECEIVED", "-2", "-116"), ("QUANTITY_OVER_INVOICED", "2", "116")]),
        (line(returned="24", invoiced="10"), [("RETURNED", "-2", "-116"), ("QUANTITY_OVER_INVOICED", "2", "116")]),
        (line(returned="24", invoiced="8"), [("RETURNED", "-2", "-116")]),
        (line(invoiced="10", invoiced_at="55"), [("PRICE_OVER", None, "58")]),
        (line(invoiced="10", invoiced_at="45"), [("PRICE_UNDER", None, "-58")]),
        (line(invoiced="10", invoiced_tax="8"), [("TAX", None, "-40")]),
        (
            line(received="132", invoiced="12", invoiced_at="55", invoiced_tax="0"),
            [("OVER_RECEIVED", "1", "58"), ("QUANTITY_OVER_INVOICED", "1", "58"), ("PRICE_OVER", None, "69.6"), ("TAX", None, "-105.6")],
        ),
        (line(received="0", invoiced="0"), [("NOT_RECEIVED", "-10", "-580")]),
        (line(price="0", invoiced="9"), [("QUANTITY_UNDER_INVOICED", "-1", "0")]),
        # A part of a box came: the pieces are what counts.
        (line(received="6", invoiced="0.5"), [("NOT_RECEIVED", "-9.5", "-551")]),
    ],
)  # fmt: skip
def test_every_way_to_differ_is_told(found: MatchedLine, expected: list[tuple[str, str | None, str]]) -> None:
    """By how much, and what that comes to with its tax; what only looks the same in the total is told twice."""
    match = matched(found)
    assert told(match) == expected
    assert sum((each.amount for each in match.variances), Decimal(0)) == match.difference
    assert match.status == ("VARIANCES" if expected else "MATCHED")


def test_shipping_and_other_lines_stand_for_themselves() -> None:
    """Each line has its own; shipping comes last and is of no line."""
    match = matched(
        line(invoiced="10", invoiced_at="55"),
        line(position=1, invoiced="10", invoiced_at="45"),
        shipping="100",
        invoiced_shipping="80",
    )
    assert [(each.kind, each.position) for each in match.variances] == [
        ("PRICE_OVER", 0),
        ("PRICE_UNDER", 1),
        ("SHIPPING", None),
    ]
    assert match.difference == Decimal(-20)


def test_parts_that_were_rounded_are_let_pass() -> None:
    """Three thirds of a line at a price that does not divide: a cent, and nobody's fault."""
    third = net_of(Decimal(1), Decimal("33.335"), "KES")
    whole = line(quantity="3", price="33.335", tax="0", invoiced="3")
    parts = MatchedLine(
        **{name: getattr(whole, name) for name in MatchedLine.__slots__}
        | {"invoiced_net": third * 3, "invoiced_tax": Decimal(0)}
    )
    match = matched(parts)
    assert told(match) == [("ROUNDING", None, "0.01")]
    assert match.status == "WITHIN_TOLERANCE"


@pytest.mark.parametrize(
    ("found", "tolerances", "status"),
    [
        (line(invoiced="9"), Tolerances(quantity_percent=Decimal(10), currency="KES"), "WITHIN_TOLERANCE"),
        (line(invoiced="9"), Tolerances(quantity_percent=Decimal("9.99"), currency="KES"), "VARIANCES"),
        (line(invoiced="10", invoiced_at="52"), Tolerances(price_percent=Decimal(4), currency="KES"), "WITHIN_TOLERANCE"),
        (line(invoiced="10", invoiced_at="52"), Tolerances(price_percent=Decimal("3.99"), currency="KES"), "VARIANCES"),
        (line(invoiced="10", invoiced_at="52"), Tolerances(amount=Decimal(20), currency="KES"), "WITHIN_TOLERANCE"),
        (line(invoiced="10", invoiced_at="52"), Tolerances(amount=Decimal("19.99"), currency="KES"), "VARIANCES"),
        # What the amount is worth in another currency nobody said.
        (line(invoiced="10", invoiced_at="52"), Tolerances(amount=Decimal(20), currency="USD"), "VARIANCES"),
        (line(invoiced="10", invoiced_tax="15"), Tolerances(amount=Decimal(5), currency="KES"), "WITHIN_TOLERANCE"),
        (line(invoiced="10", invoiced_tax="15"), Tolerances(price_percent=Decimal(100), currency="KES"), "VARIANCES"),
        (line(invoiced="9", invoiced_at="52"), Tolerances(price_percent=Decimal(100), currency="KES"), "VARIANCES"),
    ],
)  # fmt: skip
def test_a_tenant_lets_pass_what_it_says(found: MatchedLine, tolerances: Tolerances, status: str) -> None:
    """Quantities in percent; prices in percent or money; tax and shipping in money. All of them, or somebody looks."""
    assert matched(found, tolerances=tolerances).status == status


def test_without_an_invoice_nothing_is_matched() -> None:
    """Though it says what came."""
    match = matched(line(received="96"), is_invoiced=False)
    assert match.status == "NOT_INVOICED"
    assert told(match) == [("NOT_RECEIVED", "-2", "-116"), ("QUANTITY_UNDER_INVOICED", "-8", "-464")]


quantities = st.decimals(min_value="0.01", max_value="9999", places=2).map(str)
some = st.decimals(min_value=0, max_value=9999, places=3).map(str)
prices = st.decimals(min_value=0, max_value=9999, places=4).map(str)
percents = st.decimals(min_value=0, max_value=100, places=2).map(str)
lines = st.builds(
    line, quantity=quantities, price=prices, tax=percents, per_unit=st.sampled_from(["1", "7", "12", "0.3"]), received=some,
    returned=some, invoiced=some, invoiced_at=st.none() | prices, invoiced_tax=st.none() | percents,
)  # fmt: skip


@given(found=st.lists(lines, min_size=1, max_size=5), shipping=prices, invoiced_shipping=prices)
def test_variances_explain_the_difference_of_the_totals(
    found: list[MatchedLine], shipping: str, invoiced_shipping: str
) -> None:
    """To the cent, whatever was ordered, came, went back and was invoiced."""
    match = matched(*found, shipping=shipping, invoiced_shipping=invoiced_shipping)
    assert sum((each.amount for each in match.variances), Decimal(0)) == match.invoiced_total - match.ordered_total
    assert (match.status == "MATCHED") == (not match.variances)


@given(
    shipping=st.decimals(min_value=0, max_value=99999, places=2),
    nets=st.lists(st.decimals(0, 99999, places=2), min_size=1, max_size=9),
)
def test_shares_of_shipping_add_up(shipping: Decimal, nets: list[Decimal]) -> None:
    """Each order bears its part and none less than nothing."""
    shares = shared_shipping(shipping, {UUID(int=number + 1): net for number, net in enumerate(nets)}, "KES")
    assert sum(shares.values()) == shipping
    assert min(shares.values()) >= 0
