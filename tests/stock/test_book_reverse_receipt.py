"""Taking a receipt back in the pure book: out of the state it was put in, at the cost it came with."""

from decimal import Decimal
from typing import Any

import pytest

from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import LotReference, Receive, ReverseReceipt, StockState
from inventory_graph.stock.refusals import InsufficientStock, SerialNotAvailable
from tests.stock.given_book import VARIANT, WAREHOUSE, GivenBook, given_book


def arriving(quantity: str, state: StockState = StockState.AVAILABLE, **details: Any) -> Receive:
    return Receive(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(quantity), state=state, **details)


def reversal(quantity: str, cost: str | None = None, **details: Any) -> ReverseReceipt:
    return ReverseReceipt(
        variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(quantity),
        unit_cost=Decimal(cost) if cost is not None else None, **details,
    )  # fmt: skip


def held(book: GivenBook) -> tuple[str, str, str, str]:
    balance = book.balance
    return (str(balance.on_hand), str(balance.available), str(balance.quarantined), str(balance.damaged))


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (StockState.AVAILABLE, ("5", "5", "0", "0")),
        (StockState.QUARANTINED, ("5", "0", "5", "0")),
        (StockState.DAMAGED, ("5", "0", "0", "5")),
    ],
)
def test_stock_arrives_in_a_state_and_leaves_it(state: StockState, after: tuple[str, ...]) -> None:
    """What is set aside at the door is on hand and not available."""
    book = given_book()
    posted = book.run(arriving("5", state))
    assert held(book) == after
    assert [(m.kind, m.from_state, m.to_state) for m in posted.movements] == [("RECEIPT", None, state)]
    posted = book.run(reversal("5", state=state))
    assert held(book) == ("0", "0", "0", "0")
    assert [(m.kind, m.from_state, m.to_state) for m in posted.movements] == [("RECEIPT_REVERSAL", state, None)]


def test_nothing_arrives_reserved() -> None:
    """A hold is made of what is available."""
    book = given_book()
    with pytest.raises(InvalidInput) as refused:
        book.run(arriving("5", StockState.RESERVED))
    assert refused.value.path == ("lines", "0", "state")
    assert book.balance.version == 0


def test_the_average_is_what_it_was_before() -> None:
    """10 at 4 and 10 at 6 are 20 at 5; without the second they are 10 at 4 again, and the value falls by its 60."""
    book = given_book()
    book.receive("10", cost="4")
    book.receive("10", cost="6")
    posted = book.run(reversal("10", "6"))
    assert book.balance.average_cost == Decimal(4)
    assert [(m.unit_cost, m.value_change) for m in posted.movements] == [(Decimal(6), Decimal(-60))]


def test_the_average_stays_where_its_price_is_gone() -> None:
    """10 at 1 and 10 at 100 average 50.5; 15 are sold at that. What is left, 252.5, does not cover 4 at 100: it stays at 50.5."""
    book = given_book()
    book.receive("10", cost="1")
    book.receive("10", cost="100")
    book.adjust("-15")
    book.run(reversal("4", "100"))
    assert (book.balance.on_hand, book.balance.average_cost) == (Decimal(1), Decimal("50.5"))


def test_what_was_sold_meanwhile_cannot_be_taken_back() -> None:
    """Not even where stock may fall below zero: a receipt that was used was none by mistake."""
    book = given_book(allow_negative=True)
    book.receive("10")
    book.adjust("-1")
    with pytest.raises(InsufficientStock) as refused:
        book.run(reversal("10"))
    assert (refused.value.available, book.balance.on_hand) == (Decimal(9), Decimal(9))


def test_it_takes_the_lot_and_the_pieces_that_came() -> None:
    """Wherever in the warehouse they lie by now."""
    lots = given_book(tracking="LOT")
    lots.receive("5", lot="A", at="A/1")
    lots.receive("5", lot="B", at="A/1")
    lots.run(reversal("5", lot=LotReference(code="B")))
    assert lots.heaps() == {("A/1", "A", "AVAILABLE"): Decimal(5)}
    pieces = given_book(tracking="SERIAL")
    pieces.receive("2", serials=("S-1", "S-2"))
    posted = pieces.run(reversal("1", serials=("S-2",)))
    assert [(serial.serial, serial.status, serial.warehouse_id) for serial in posted.serials] == [
        ("S-2", "RETURNED", None)
    ]
    with pytest.raises(SerialNotAvailable):
        pieces.run(reversal("1", serials=("S-2",)))
