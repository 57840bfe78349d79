"""Going below zero, in memory: only where the policy allows it, and then it is visible."""

from decimal import Decimal

import pytest

from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.stock.commands import StockState
from inventory_graph.stock.refusals import InsufficientStock
from tests.stock.given_book import given_book

MOST = "999999999999.999999"


def test_what_is_missing_is_owed_at_no_place() -> None:
    """All that lies there is taken first; the rest is a quant below zero, at no location."""
    book = given_book(allow_negative=True)
    book.receive("2", at="A/1", days_ago=2)
    book.receive("1")
    assert book.taken(book.adjust("-5")) == [("A/1", "", Decimal(2)), ("", "", Decimal(1)), ("", "", Decimal(2))]
    assert book.heaps() == {("", "", "AVAILABLE"): Decimal(-2)}
    assert book.balance.on_hand == book.balance.available == -2


def test_a_total_may_be_set_below_zero() -> None:
    """As the difference to what there is."""
    book = given_book(allow_negative=True)
    book.receive("1")
    book.set("-4", change_from="1")
    assert book.heaps() == {("", "", "AVAILABLE"): Decimal(-4)}
    assert book.balance.on_hand == -4


def test_what_comes_without_a_place_pays_the_debt() -> None:
    """And dates from when it came, not from when the debt was made."""
    book = given_book(allow_negative=True)
    book.adjust("-2")
    book.receive("3", days_ago=1)
    assert book.heaps() == {("", "", "AVAILABLE"): Decimal(1)}
    book.receive("1", at="A/1", days_ago=2)
    assert book.taken(book.adjust("-1")) == [("A/1", "", Decimal(1))]


def test_what_comes_to_a_place_lies_there_beside_the_debt() -> None:
    """The book knows that something is wrong with the places, not which: the totals are right all the same."""
    book = given_book(allow_negative=True)
    book.adjust("-2")
    book.receive("5", at="A/1")
    assert book.heaps() == {("", "", "AVAILABLE"): Decimal(-2), ("A/1", "", "AVAILABLE"): Decimal(5)}
    assert book.balance.available == 3
    book.adjust("-4")
    assert book.balance.available == -1


@pytest.mark.parametrize("tracking", ["LOT", "SERIAL"])
def test_what_is_tracked_is_never_owed(tracking: str) -> None:
    """Nobody could say which lot or which piece is missing."""
    book = given_book(tracking=tracking, allow_negative=True)
    before = book.everything()
    with pytest.raises(InsufficientStock):
        book.adjust("-1")
    with pytest.raises(InsufficientStock):
        book.set("-1")
    assert book.everything() == before


def test_a_place_that_is_named_has_what_it_has() -> None:
    """More than lies at A/1 cannot have been taken from A/1."""
    book = given_book(allow_negative=True)
    book.receive("2", at="A/1")
    with pytest.raises(InsufficientStock):
        book.adjust("-3", at="A/1")
    assert book.balance.on_hand == 2


def test_nothing_moves_that_is_not_there() -> None:
    """The policy is about selling, not about damaging what nobody has."""
    book = given_book(allow_negative=True)
    book.receive("2", at="A/1")
    with pytest.raises(InsufficientStock):
        book.move("3", to_state=StockState.DAMAGED)
    assert book.heaps() == {("A/1", "", "AVAILABLE"): Decimal(2)}


def test_without_the_policy_zero_is_the_end() -> None:
    """Also for a total that is set."""
    book = given_book()
    book.receive("2")
    before = book.everything()
    with pytest.raises(InsufficientStock):
        book.adjust("-2.000001")
    with pytest.raises(InvalidInput):
        book.set("-0.000001")
    assert book.everything() == before
    book.adjust("-2")
    assert book.balance.on_hand == 0


def test_a_debt_outlives_the_policy_and_can_only_shrink() -> None:
    """Turned off below zero: what comes is taken, nothing more may leave."""
    book = given_book(allow_negative=True)
    book.adjust("-5")
    book.change_stockable(allow_negative=False)
    with pytest.raises(InsufficientStock):
        book.adjust("-0.000001")
    book.receive("2")
    book.adjust("1")
    assert book.balance.on_hand == -2
    book.set("3")
    assert book.balance.on_hand == 3


def test_a_debt_has_an_end() -> None:
    """The ledger has twelve digits before the point, below zero too; a difference from one end to the other has more."""
    book = given_book(allow_negative=True)
    book.adjust(f"-{MOST}")
    before = book.everything()
    with pytest.raises(LimitExceeded):
        book.adjust("-0.000001")
    with pytest.raises(LimitExceeded):
        book.set("1")
    assert book.everything() == before
