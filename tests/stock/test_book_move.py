"""Moving stock between states and locations, in memory: on hand stays what it is."""

from decimal import Decimal

import pytest

from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import StockState
from inventory_graph.stock.refusals import InsufficientStock
from tests.stock.given_book import GivenBook, given_book

AVAILABLE, DAMAGED, QUARANTINED, RESERVED = (
    StockState.AVAILABLE,
    StockState.DAMAGED,
    StockState.QUARANTINED,
    StockState.RESERVED,
)


def given_two_places() -> GivenBook:
    """4 at A/1 for 3 days, 4 at B/1 for 2."""
    book = given_book()
    book.receive("4", at="A/1", days_ago=3)
    book.receive("4", at="B/1", days_ago=2)
    return book


def test_a_state_changes_where_the_stock_lies() -> None:
    """Taken by the strategy, each part stays at its location."""
    book = given_two_places()
    posted = book.move("5", to_state=DAMAGED)
    assert book.taken(posted) == [("A/1", "", Decimal(4)), ("B/1", "", Decimal(1))]
    assert book.heaps() == {
        ("A/1", "", "DAMAGED"): Decimal(4),
        ("B/1", "", "DAMAGED"): Decimal(1),
        ("B/1", "", "AVAILABLE"): Decimal(3),
    }
    assert (book.balance.on_hand, book.balance.damaged, book.balance.available) == tuple(map(Decimal, (8, 5, 3)))


def test_a_location_changes_and_the_state_stays() -> None:
    """What lies at the target already is not taken to get there."""
    book = given_two_places()
    assert book.taken(book.move("3", to="A/1")) == [("B/1", "", Decimal(3))]
    assert book.heaps() == {("A/1", "", "AVAILABLE"): Decimal(7), ("B/1", "", "AVAILABLE"): Decimal(1)}


def test_state_and_location_change_together() -> None:
    """Out of quarantine into its bin, in one movement."""
    book = given_two_places()
    book.move("2", to_state=QUARANTINED, at="B/1", to="C/1")
    posted = book.move("2", from_state=QUARANTINED, to_state=AVAILABLE, to="A/1")
    assert len(posted.movements) == 1
    assert book.heaps() == {("A/1", "", "AVAILABLE"): Decimal(6), ("B/1", "", "AVAILABLE"): Decimal(2)}


def test_moved_stock_keeps_its_age() -> None:
    """A new shelf makes nothing fresh: first in, first out still knows when it came."""
    book = given_two_places()
    book.move("4", at="A/1", to="C/1")
    assert book.taken(book.adjust("-1")) == [("C/1", "", Decimal(1))]


def test_lots_stay_apart_when_they_meet() -> None:
    """One location may hold several lots, each a quant of its own."""
    book = given_book(tracking="LOT")
    book.receive("2", lot="L1", at="A/1", days_ago=2)
    book.receive("2", lot="L2", at="B/1", days_ago=1)
    book.move("3", to="C/1")
    assert book.heaps() == {
        ("C/1", "L1", "AVAILABLE"): Decimal(2),
        ("C/1", "L2", "AVAILABLE"): Decimal(1),
        ("B/1", "L2", "AVAILABLE"): Decimal(1),
    }


@pytest.mark.parametrize(
    ("from_state", "to_state", "at", "to"),
    [
        (AVAILABLE, AVAILABLE, None, None),
        (AVAILABLE, AVAILABLE, "A/1", None),
        (AVAILABLE, AVAILABLE, "A/1", "A/1"),
        (DAMAGED, DAMAGED, None, None),
        (AVAILABLE, RESERVED, None, None),
        (RESERVED, AVAILABLE, None, None),
    ],
)
def test_what_moves_nothing_or_reserves_is_refused(
    from_state: StockState, to_state: StockState, at: str | None, to: str | None
) -> None:
    """From a place to itself is a slip; reserved stock has an owner, whom a move would not ask."""
    book = given_two_places()
    before = book.everything()
    with pytest.raises(InvalidInput) as refused:
        book.move("1", from_state=from_state, to_state=to_state, at=at, to=to)
    assert refused.value.path == ("lines", "0", "to_state")
    assert book.everything() == before


@pytest.mark.parametrize(
    ("quantity", "from_state", "at", "to", "found"),
    [("9", AVAILABLE, None, None, "8"), ("5", AVAILABLE, "A/1", None, "4"), ("5", AVAILABLE, None, "A/1", "4"),
     ("1", DAMAGED, None, None, "0")],
)  # fmt: skip
def test_more_than_lies_there_is_refused(
    quantity: str, from_state: StockState, at: str | None, to: str | None, found: str
) -> None:
    """Counting only what could move."""
    book = given_two_places()
    before = book.everything()
    to_state = QUARANTINED if to is None else from_state
    with pytest.raises(InsufficientStock) as refused:
        book.move(quantity, from_state=from_state, to_state=to_state, at=at, to=to)
    assert refused.value.available == Decimal(found)
    assert book.everything() == before
