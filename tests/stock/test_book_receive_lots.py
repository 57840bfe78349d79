"""Receiving into lots, in memory: a lot is made once, completed when a date was missing, and never contradicted."""

from datetime import date

import pytest

from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import Line, lot_id
from inventory_graph.stock.refusals import LotNotEligible
from inventory_graph.stock.state import Lot
from tests.stock.given_book import ITEM, NOW, GivenBook, adjusted, given_book, received

MADE, BEST_BEFORE, EXPIRES = date(2026, 5, 1), date(2026, 8, 1), date(2026, 9, 1)
OTHER = date(2026, 5, 2)


def lot_of(book: GivenBook, code: str) -> Lot:
    """The lot as the book knows it."""
    return book.state.lots[lot_id(ITEM, code)]


def test_a_new_code_makes_a_lot() -> None:
    """With the dates it came with, and since when it is there."""
    book = given_book(tracking="LOT")
    posted = book.receive("3", lot="L1", made=MADE, best_before=BEST_BEFORE, expires=EXPIRES)
    lot = lot_of(book, "L1")
    assert posted.lots == [lot]
    assert (lot.code, lot.status) == ("L1", "ACTIVE")
    assert (lot.manufactured_on, lot.best_before, lot.expires_on) == (MADE, BEST_BEFORE, EXPIRES)
    assert lot.received_at > NOW


def test_a_missing_date_is_completed() -> None:
    """The second delivery knows when it expires; the first one's place in the order follows."""
    book = given_book(tracking="LOT")
    book.receive("3", lot="L1", made=MADE, days_ago=2)
    first = lot_of(book, "L1")
    posted = book.receive("3", lot="L1", expires=EXPIRES)
    lot = lot_of(book, "L1")
    assert posted.lots == [lot]
    assert (lot.manufactured_on, lot.expires_on, lot.received_at) == (MADE, EXPIRES, first.received_at)


def test_what_adds_no_date_writes_no_lot() -> None:
    """Neither the same dates again nor none."""
    book = given_book(tracking="LOT")
    book.receive("3", lot="L1", expires=EXPIRES)
    assert book.receive("3", lot="L1", expires=EXPIRES).lots == []
    assert book.receive("3", lot="L1").lots == []
    assert book.run(adjusted("1", lot="L1")).lots == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("manufactured_on", received("3", lot="L1", made=OTHER)),
        ("best_before", received("3", lot="L1", best_before=OTHER)),
        ("expires_on", received("3", lot="L1", expires=OTHER)),
    ],
)
def test_a_date_that_contradicts_is_refused(name: str, line: Line) -> None:
    """Two deliveries of one lot cannot expire on two days: one of them is another lot, or a slip."""
    book = given_book(tracking="LOT")
    book.receive("3", lot="L1", made=MADE, best_before=BEST_BEFORE, expires=EXPIRES)
    before = book.everything()
    with pytest.raises(InvalidInput, match=r"Lot L1 of FLOUR has .*, not 2026-05-02") as refused:
        book.run(line)
    assert refused.value.path == ("lines", "0", name)
    assert book.everything() == before


def test_a_recalled_lot_takes_no_more() -> None:
    """What comes back in must not mix with what was called back."""
    book = given_book(tracking="LOT")
    book.receive("3", lot="L1")
    book.recall("L1")
    before = book.everything()
    with pytest.raises(LotNotEligible) as refused:
        book.receive("1", lot="L1")
    assert refused.value.path == ("lines", "0", "lot_code")
    assert book.everything() == before
    book.adjust("-1", lot="L1")


@pytest.mark.parametrize(
    ("tracking", "lot"),
    [("LOT", None), ("NONE", "L1")],
)
def test_tracking_decides_whether_a_lot_is_named(tracking: str, lot: str | None) -> None:
    """Stock of unknown lot, or a lot of what has none, would never be found again."""
    book = given_book(tracking=tracking)
    before = book.everything()
    for line in (received("1", lot=lot), adjusted("1", lot=lot)):
        with pytest.raises(InvalidInput) as refused:
            book.run(line)
        assert refused.value.path == ("lines", "0", "lot_code")
    assert book.everything() == before


def test_taking_from_an_unknown_lot_is_refused() -> None:
    """A wrong code is a slip, not an empty lot."""
    book = given_book(tracking="LOT")
    book.receive("1", lot="L1")
    before = book.everything()
    with pytest.raises(InvalidInput, match="FLOUR has no lot L2"):
        book.adjust("-1", lot="L2")
    with pytest.raises(InvalidInput, match="FLOUR has no lot L2"):
        book.move("1", lot="L2", to="A/1")
    assert book.everything() == before


def test_a_lot_made_by_a_refused_command_is_not_there() -> None:
    """Nor is the date that it completed."""
    book = given_book(tracking="LOT")
    book.receive("1", lot="L1")
    before = book.everything()
    with pytest.raises(InvalidInput):
        book.run(received("1", lot="L1", expires=EXPIRES), received("1", lot="L2"), received("0", lot="L2"))
    assert book.everything() == before
