"""The moving average, computed by hand to ten decimals: half to even, frozen on each movement."""

from decimal import Decimal

import pytest

from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import StockState
from tests.stock.given_book import GivenBook, given_book

Step = tuple[str, str | None]
"""(quantity, unit cost) of a receipt"""


def given_received(*receipts: Step, allow_negative: bool = False) -> GivenBook:
    """A balance with these receipts."""
    book = given_book(allow_negative=allow_negative)
    for quantity, cost in receipts:
        book.receive(quantity, cost=cost)
    return book


def costs(posted: Posted) -> list[tuple[str, str]]:
    """Unit cost and value change of each movement, with all their decimals."""
    return [(str(m.unit_cost), str(m.value_change)) for m in posted.movements]


def adjusted(posted: Posted) -> list[tuple[str, Decimal, Decimal]]:
    """What a command changed of the value without a movement: kind, of what is there, of what has left."""
    return [(each.kind, each.value_change, each.issued_value) for each in posted.adjustments]


@pytest.mark.parametrize(
    ("receipts", "average"),
    [
        # 3 for 3.30 and 7 for 8.89 are 10 for 12.19.
        ([("3", "1.10"), ("7", "1.27")], "1.2190000000"),
        # 1 at 1 and 2 at 2 are 3 for 5.
        ([("1", "1"), ("2", "2")], "1.6666666667"),
        # 0.3 for 3 and 0.7 for 8.05 are 1 for 11.05.
        ([("0.3", "10"), ("0.7", "11.5")], "11.0500000000"),
        # Half of 0.0000000003 is 0.00000000015: to the even neighbour, which is 2.
        ([("1", "0.0000000001"), ("1", "0.0000000002")], "2E-10"),
        # Half of 0.0000000005 is 0.00000000025: to the even neighbour, which is 2 again.
        ([("1", "0.0000000002"), ("1", "0.0000000003")], "2E-10"),
        # A cost is frozen to ten decimals before it is averaged.
        ([("1", "0.33333333334999")], "0.3333333333"),
        # Stock that was free halves the average: a cost of 0 is a cost.
        ([("1", "5"), ("1", "0")], "2.5000000000"),
        # As large as a balance may be: 999999999999.999999 x 0.0000001 and one millionth more at 7.
        ([("999999999999.999998", "0.0000001"), ("0.000001", "7")], "1.000E-7"),
    ],
)
def test_the_average_after_receipts(receipts: list[Step], average: str) -> None:
    """What each unit has cost, weighted by quantity."""
    book = given_received(*receipts)
    assert book.balance.average_cost == Decimal(average)
    assert book.balance.average_cost is not None
    assert book.balance.average_cost.as_tuple().exponent == -10


def test_a_receipt_keeps_its_own_cost_and_changes_the_value_by_what_it_adds() -> None:
    """3 at 1.6666666667 are worth 5.0000000001, and 1 was worth 1: the rounding shows in the value change."""
    book = given_book()
    assert costs(book.receive("1", cost="1")) == [("1.0000000000", "1.0000000000")]
    assert costs(book.receive("2", cost="2")) == [("2.0000000000", "4.0000000001")]


def test_what_leaves_is_worth_the_average() -> None:
    """3 of 1.6666666667: one leaves 3.3333333334; the sum of all changes is what is left."""
    book = given_received(("1", "1"), ("2", "2"))
    assert costs(book.adjust("-1")) == [("1.6666666667", "-1.6666666667")]
    assert costs(book.set("0.5")) == [("1.6666666667", "-2.5000000000")]
    # 0.5 x 1.6666666667 = 0.83333333335, a tie: to the even neighbour.
    assert costs(book.adjust("-0.5")) == [("1.6666666667", "-0.8333333334")]
    assert book.balance.average_cost == Decimal("1.6666666667")


def test_stock_without_a_cost_comes_at_the_average() -> None:
    """A receipt without a cost, a surplus that was counted: the average stays."""
    book = given_received(("4", "2.5"))
    assert costs(book.receive("2")) == [("2.5000000000", "5.0000000000")]
    assert costs(book.adjust("1")) == [("2.5000000000", "2.5000000000")]
    assert costs(book.set("10")) == [("2.5000000000", "7.5000000000")]
    assert book.balance.average_cost == Decimal("2.5")


def test_the_first_cost_holds_for_what_came_without_one() -> None:
    """Four at no known cost are worth nothing; with the fifth at 2.5 all five are worth 12.5: 10 of it is no doing of the fifth."""
    book = given_book()
    first = book.receive("4").movements[0]
    assert first.unit_cost is None
    assert first.value_change == 0
    known = book.receive("1", cost="2.5")
    assert costs(known) == [("2.5000000000", "2.5000000000")]
    assert adjusted(known) == [("TRUE_UP", Decimal(10), Decimal(0))]
    assert book.balance.value == Decimal("12.5")


def test_what_was_sold_below_zero_takes_the_next_receipts_cost() -> None:
    """Two sold at 3 that were not there; five come at 4 and bring 20. The two cost 4 as well: 2 more than was said when they left.

    1 x 3 - 3 - 6 + 20 - 2 = 12, which is what the three that are left are worth.
    """
    book = given_received(("1", "3"), allow_negative=True)
    assert costs(book.adjust("-3")) == [("3.0000000000", "-3.0000000000"), ("3.0000000000", "-6.0000000000")]
    paid = book.receive("5", cost="4")
    assert costs(paid) == [("4.0000000000", "20.0000000000")]
    assert adjusted(paid) == [("TRUE_UP", Decimal(-2), Decimal(2))]
    assert paid.adjustments[0].movement_id == paid.movements[0].id
    assert book.balance.average_cost == 4
    assert book.balance.value == 12


def test_an_empty_balance_keeps_its_average_until_something_comes() -> None:
    """Nothing is worth nothing; the next receipt's cost is the average, whatever it was."""
    book = given_received(("2", "3"))
    book.adjust("-2")
    assert book.balance.average_cost == 3
    assert costs(book.adjust("1")) == [("3.0000000000", "3.0000000000")]
    book.adjust("-1")
    assert costs(book.receive("1", cost="9")) == [("9.0000000000", "9.0000000000")]
    assert book.balance.average_cost == 9


def test_moving_changes_no_value() -> None:
    """Damaged stock is still there: writing it off is another command."""
    book = given_received(("4", "2.5"))
    assert costs(book.move("3", to_state=StockState.DAMAGED, to="A/1")) == [("2.5000000000", "0")]
    assert book.balance.average_cost == Decimal("2.5")


@pytest.mark.parametrize(
    ("quantity", "cost", "kind"),
    [
        ("1", "-0.0000000001", InvalidInput),
        ("1", "Infinity", InvalidInput),
        ("1", "1000000000000000.1", LimitExceeded),
        ("1000", "1000000000000000", LimitExceeded),
    ],
)
def test_a_cost_the_ledger_cannot_keep_is_refused(quantity: str, cost: str, kind: type[Exception]) -> None:
    """Below zero, not a number, or with a value beyond eighteen digits."""
    book = given_received(("4", "2.5"))
    before = book.everything()
    with pytest.raises(kind) as refused:
        book.receive(quantity, cost=cost)
    assert refused.value.path == ("lines", "0", "unit_cost")  # type: ignore[attr-defined]
    assert book.everything() == before


def test_many_receipts_cannot_add_up_to_more_value_than_the_ledger_keeps() -> None:
    """Each for itself is small enough."""
    book = given_received(*[("10", "1000000000000000")] * 10)
    with pytest.raises(LimitExceeded):
        book.receive("1", cost="1000000000000000")
    with pytest.raises(LimitExceeded) as refused:
        book.adjust("1")
    assert refused.value.path == ("lines", "0", "delta")
    assert book.balance.on_hand == 100
