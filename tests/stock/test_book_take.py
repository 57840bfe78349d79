"""Taking stock out: which quants are emptied, in which order, by each removal strategy."""

from datetime import date
from decimal import Decimal

import pytest

from inventory_graph.stock.refusals import InsufficientStock
from tests.stock.given_book import GivenBook, given_book, received

SOON, LATER = date(2026, 7, 1), date(2026, 9, 1)


def given_three_lots(strategy: str) -> GivenBook:
    """5 each of OLD (came 30 days ago, expires later), FRESH (20 days ago, expires soon) and PLAIN (10 days, never)."""
    book = given_book(tracking="LOT", strategy=strategy)
    book.receive("5", lot="OLD", at="B/1", expires=LATER, days_ago=30)
    book.receive("5", lot="FRESH", at="C/1", expires=SOON, days_ago=20)
    book.receive("5", lot="PLAIN", at="A/1", days_ago=10)
    return book


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("FEFO", ["FRESH", "OLD", "PLAIN"]),
        ("FIFO", ["OLD", "FRESH", "PLAIN"]),
        ("LIFO", ["PLAIN", "FRESH", "OLD"]),
        ("NEAREST", ["PLAIN", "OLD", "FRESH"]),
    ],
)
def test_each_strategy_has_its_order(strategy: str, order: list[str]) -> None:
    """Two lots are emptied and the third is broken; every part is a movement of its own."""
    book = given_three_lots(strategy)
    places = {"OLD": "B/1", "FRESH": "C/1", "PLAIN": "A/1"}
    posted = book.adjust("-12.5")
    parts = zip(order, (Decimal(5), Decimal(5), Decimal("2.5")), strict=True)
    assert book.taken(posted) == [(places[lot], lot, quantity) for lot, quantity in parts]
    assert book.heaps() == {(places[order[2]], order[2], "AVAILABLE"): Decimal("2.5")}


def test_lots_are_taken_first_expired_first_unless_the_item_says_otherwise() -> None:
    """The default of an item tracked by lot is FEFO."""
    book = given_book(tracking="LOT")
    book.receive("1", lot="LATER", expires=LATER, days_ago=30)
    book.receive("1", lot="SOON", expires=SOON)
    assert book.taken(book.adjust("-1")) == [("", "SOON", Decimal(1))]


def test_lots_that_expire_together_are_taken_oldest_first() -> None:
    """Equal dates fall back to what came first, and equal times to the code: the order is total."""
    book = given_book(tracking="LOT")
    book.run(received("1", lot="Z", expires=SOON), received("1", lot="B", expires=SOON), days_ago=2)
    book.receive("1", lot="A", expires=SOON, days_ago=3)
    assert [lot for _, lot, _ in book.taken(book.adjust("-3"))] == ["A", "B", "Z"]


def test_last_in_first_out_tells_a_microsecond_apart() -> None:
    """Times are compared as they are, not as floating-point seconds since long ago."""
    book = given_book(strategy="LIFO")
    microsecond = 1 / 86_400 / 10**6
    book.receive("1", at="B/1", days_ago=1 - microsecond)
    book.receive("1", at="A/1", days_ago=1)
    assert book.taken(book.adjust("-1")) == [("B/1", "", Decimal(1))]


def test_a_place_that_is_filled_up_keeps_the_time_of_its_oldest_stock() -> None:
    """A quant has one time: first in, first out goes by the oldest of it."""
    book = given_book()
    book.receive("1", at="B/1", days_ago=9)
    book.receive("1", at="A/1", days_ago=5)
    book.receive("4", at="B/1", days_ago=1)
    assert book.taken(book.adjust("-2")) == [("B/1", "", Decimal(2))]


def test_a_place_that_ran_empty_begins_anew() -> None:
    """What was there before is gone, and its time with it."""
    book = given_book()
    book.receive("1", at="B/1", days_ago=9)
    book.adjust("-1", at="B/1")
    book.receive("1", at="A/1", days_ago=5)
    book.receive("1", at="B/1", days_ago=1)
    assert book.taken(book.adjust("-1")) == [("A/1", "", Decimal(1))]


def test_a_location_or_a_lot_can_be_asked_for() -> None:
    """The strategy orders only what the caller left open."""
    book = given_three_lots("FEFO")
    assert book.taken(book.adjust("-1", at="A/1")) == [("A/1", "PLAIN", Decimal(1))]
    assert book.taken(book.adjust("-1", lot="OLD")) == [("B/1", "OLD", Decimal(1))]


@pytest.mark.parametrize(
    ("asked", "at", "lot", "found"),
    [("15.000001", None, None, "15"), ("6", "A/1", None, "5"), ("6", None, "OLD", "5"), ("1", "A/1", "OLD", "0")],
)
def test_more_than_there_is_is_refused(asked: str, at: str | None, lot: str | None, found: str) -> None:
    """The refusal says how much there is, of what was asked for; nothing is taken."""
    book = given_three_lots("FEFO")
    before = book.everything()
    with pytest.raises(InsufficientStock) as refused:
        book.adjust(f"-{asked}", at=at, lot=lot)
    assert (refused.value.requested, refused.value.available) == (Decimal(asked), Decimal(found))
    assert refused.value.path == ("lines", "0", "delta")
    assert book.everything() == before
