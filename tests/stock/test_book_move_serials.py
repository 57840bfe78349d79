"""Numbered pieces, in memory: each in one place at a time, taken by number or oldest first."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from inventory_graph.errors import InvalidInput, Refusal
from inventory_graph.stock.commands import Line, StockState, serial_id
from inventory_graph.stock.refusals import InsufficientStock, SerialNotAvailable
from inventory_graph.stock.state import Serial
from tests.stock.given_book import ITEM, LOCATIONS, GivenBook, adjusted, given_book, moved, received


def given_pieces() -> GivenBook:
    """a1 and a2 at A/1 of lot L1 for 3 days, b1 at B/1 for 2, c1 nowhere in particular for 1."""
    book = given_book(tracking="SERIAL")
    book.receive("2", serials=("a1", "a2"), at="A/1", lot="L1", days_ago=3)
    book.receive("1", serials=("b1",), at="B/1", days_ago=2)
    book.receive("1", serials=("c1",), days_ago=1)
    return book


def piece(book: GivenBook, number: str) -> Serial:
    """The piece as the book knows it."""
    return book.state.serials[serial_id(ITEM, number)]


def test_pieces_are_where_they_were_put() -> None:
    """A quant of numbered stock is the count of its pieces."""
    book = given_pieces()
    assert book.heaps() == {
        ("A/1", "L1", "AVAILABLE"): Decimal(2),
        ("B/1", "", "AVAILABLE"): Decimal(1),
        ("", "", "AVAILABLE"): Decimal(1),
    }
    assert (piece(book, "a2").location_id, piece(book, "a2").status) == (LOCATIONS["A/1"], "IN_STOCK")


def test_unnamed_pieces_leave_oldest_first() -> None:
    """By the time at which they came, not at which that was recorded; each movement names its pieces."""
    book = given_pieces()
    book.receive("1", serials=("found",), days_ago=9)
    posted = book.adjust("-3")
    assert [m.serials for m in posted.movements] == [("found",), ("a1", "a2")]
    gone = piece(book, "a1")
    assert (gone.status, gone.warehouse_id, gone.location_id, gone.state) == ("SCRAPPED", None, None, None)


def test_pieces_that_came_together_leave_by_number() -> None:
    """In the order of the characters' codes, which no language changes."""
    book = given_book(tracking="SERIAL")
    book.receive("3", serials=("a", "B", "Ä"))
    assert book.adjust("-2").movements[0].serials == ("B", "a")


def test_named_pieces_move() -> None:
    """Pieces of several places make a movement for each place."""
    book = given_pieces()
    posted = book.move("2", serials=("c1", "a2"), to_state=StockState.DAMAGED, to="C/1")
    assert [m.serials for m in posted.movements] == [("c1",), ("a2",)]
    assert {number: piece(book, number).state for number in ("a1", "a2", "c1")} == {
        "a1": "AVAILABLE",
        "a2": "DAMAGED",
        "c1": "DAMAGED",
    }
    assert book.heaps()[("C/1", "L1", "DAMAGED")] == 1


def test_only_pieces_of_the_lot_are_taken() -> None:
    """A lot that is named holds for numbered pieces too, named or not."""
    book = given_pieces()
    book.receive("1", serials=("z1",), lot="L2", days_ago=9)
    assert book.move("2", lot="L1", to_state=StockState.QUARANTINED).movements[0].serials == ("a1", "a2")
    with pytest.raises(InsufficientStock):
        book.adjust("-1", lot="L1")
    with pytest.raises(SerialNotAvailable):
        book.move("1", lot="L1", serials=("b1",), to="C/1")
    assert piece(book, "b1").location_id == LOCATIONS["B/1"]


def test_pieces_that_lie_there_already_do_not_move_there() -> None:
    """To B/1 goes the oldest piece that is not there; one that is and is named is refused."""
    book = given_pieces()
    book.adjust("-2", at="A/1")
    assert book.move("1", to="B/1").movements[0].serials == ("c1",)
    before = book.everything()
    with pytest.raises(InsufficientStock):
        book.move("1", to="B/1")
    with pytest.raises(SerialNotAvailable):
        book.move("1", serials=("b1",), to="B/1")
    assert book.everything() == before


def test_a_piece_that_left_may_come_back() -> None:
    """As the same piece: its number is unique for ever."""
    book = given_pieces()
    book.adjust("-1", at="B/1")
    book.receive("1", serials=("b1",), at="C/1")
    assert (piece(book, "b1").status, piece(book, "b1").location_id) == ("IN_STOCK", LOCATIONS["C/1"])


Case = tuple[Callable[[], Line], type[Refusal], str]
REFUSED: dict[str, Case] = {
    "in stock already": (lambda: received("2", serials=("new", "b1")), SerialNotAvailable, "serials"),
    "fewer numbers than pieces": (lambda: received("2", serials=("new",)), InvalidInput, "serials"),
    "no numbers": (lambda: received("2"), InvalidInput, "serials"),
    "one number twice": (lambda: received("2", serials=("new", "new")), InvalidInput, "serials"),
    "half a piece": (lambda: received("0.5", serials=("new",)), InvalidInput, "quantity"),
    "half a piece less": (lambda: adjusted("-0.5"), InvalidInput, "delta"),
    "found without a number": (lambda: adjusted("1"), InvalidInput, "delta"),
    "more than there are": (lambda: adjusted("-6"), InsufficientStock, "delta"),
    "in another state": (
        lambda: moved("1", serials=("a1",), from_state=StockState.DAMAGED),
        SerialNotAvailable,
        "serials",
    ),
    "at another location": (lambda: moved("1", serials=("a1",), at="B/1", to="C/1"), SerialNotAvailable, "serials"),
    "unknown": (lambda: moved("1", serials=("nobody",), to="C/1"), SerialNotAvailable, "serials"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_the_pieces_is_refused(name: str) -> None:
    """Nothing changes, also not by the good line before it."""
    line, kind, path = REFUSED[name]
    book = given_pieces()
    before = book.everything()
    with pytest.raises(kind) as refused:
        book.run(received("1", serials=("first",)), line())
    assert refused.value.path == ("lines", "1", path)
    assert book.everything() == before


def test_stock_without_numbers_takes_none() -> None:
    """A serial of an item that is not tracked so would be lost."""
    book = given_book()
    with pytest.raises(InvalidInput) as refused:
        book.receive("1", serials=("a1",))
    assert refused.value.path == ("lines", "0", "serials")
    assert book.everything() == given_book().everything()
