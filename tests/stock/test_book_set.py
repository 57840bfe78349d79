"""Setting what is on hand, in memory: compare, then swap."""

from decimal import Decimal

import pytest

from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.stock.commands import StockState
from inventory_graph.stock.refusals import InsufficientStock, StaleQuantity
from tests.stock.given_book import given_book


@pytest.mark.parametrize("change_from", [None, "4", "4.000000"])
def test_a_right_guess_or_none_changes_the_total(change_from: str | None) -> None:
    """Up comes to no particular location, down goes by the strategy."""
    book = given_book()
    book.receive("4", at="A/1", days_ago=1)
    book.set("6.5", change_from=change_from)
    assert book.heaps() == {("A/1", "", "AVAILABLE"): Decimal(4), ("", "", "AVAILABLE"): Decimal("2.5")}
    assert book.taken(book.set("3", change_from="6.5")) == [("A/1", "", Decimal("3.5"))]


@pytest.mark.parametrize("change_from", ["3.999999", "0", "-4"])
def test_a_wrong_guess_is_refused(change_from: str) -> None:
    """Somebody changed it meanwhile: the refusal says what is there now."""
    book = given_book()
    book.receive("4")
    before = book.everything()
    with pytest.raises(StaleQuantity) as refused:
        book.set("9", change_from=change_from)
    assert (refused.value.expected, refused.value.actual) == (Decimal(change_from), Decimal(4))
    assert refused.value.path == ("lines", "0", "change_from_quantity")
    assert book.everything() == before


def test_the_total_that_is_there_already_makes_no_movement() -> None:
    """Nothing changed, so no version and nothing to tell; a wrong guess is refused all the same."""
    book = given_book()
    book.receive("4")
    posted = book.set("4", change_from="4")
    assert posted.movements == []
    assert [balance.version for balance in posted.after] == [1]
    with pytest.raises(StaleQuantity):
        book.set("4", change_from="5")


def test_what_is_set_aside_stays_set_aside() -> None:
    """The total counts damaged stock; only available stock can go to reach it."""
    book = given_book()
    book.receive("10")
    book.move("4", to_state=StockState.DAMAGED)
    book.set("5")
    assert book.heaps() == {("", "", "AVAILABLE"): Decimal(1), ("", "", "DAMAGED"): Decimal(4)}
    before = book.everything()
    with pytest.raises(InsufficientStock) as refused:
        book.set("3")
    assert (refused.value.requested, refused.value.available) == (Decimal(2), Decimal(1))
    assert book.everything() == before


@pytest.mark.parametrize(("tracking", "serials"), [("LOT", ()), ("SERIAL", ("a1", "a2"))])
def test_what_is_tracked_can_only_be_set_lower(tracking: str, serials: tuple[str, ...]) -> None:
    """More of it must say which lot or which pieces came; less goes by the strategy."""
    book = given_book(tracking=tracking)
    book.receive("2", lot="L1", serials=serials)
    before = book.everything()
    with pytest.raises(InvalidInput) as refused:
        book.set("3")
    assert refused.value.path == ("lines", "0", "quantity")
    assert book.everything() == before
    assert [m.quantity for m in book.set("1").movements] == [1]


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [("1000000000000", LimitExceeded), ("0.0000001", InvalidInput), ("-1", InvalidInput), ("NaN", LimitExceeded)],
)
def test_what_is_no_quantity_is_refused(quantity: str, kind: type[Exception]) -> None:
    """Too large, too fine, below zero, or not a number at all."""
    book = given_book()
    before = book.everything()
    with pytest.raises(kind):
        book.set(quantity)
    assert book.everything() == before
