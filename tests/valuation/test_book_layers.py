"""FIFO in memory: the oldest leaves first at what it cost, computed by hand; and against a book of fractions that never rounds."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import (
    Consume,
    Document,
    Receive,
    ReturnConsumed,
    ReverseReceipt,
    Ship,
    StockState,
)
from inventory_graph.stock.refusals import InsufficientStock
from tests.stock.given_book import ITEM, VARIANT, WAREHOUSE, GivenBook, given_book

Entry = tuple[str, str]
"""(quantity, value)"""


def fifo(**stockable: Any) -> GivenBook:
    """A balance that is kept by FIFO."""
    return given_book(costing_method="FIFO", **stockable)


def layers(book: GivenBook) -> list[Entry]:
    """What is left of each layer and what that is worth, the oldest first."""
    found = sorted((book.balance.layers or {}).values(), key=lambda each: (each.version, each.ordinal))
    return [(f"{each.quantity:g}", f"{each.value.normalize():f}") for each in found]


def changes(posted: Posted) -> list[Entry]:
    """Unit cost and change of value of each movement."""
    return [
        (f"{m.unit_cost:.2f}" if m.unit_cost is not None else "", f"{m.value_change:.2f}") for m in posted.movements
    ]


def adjusted(posted: Posted) -> list[tuple[str, str, str]]:
    return [(each.kind, f"{each.value_change:.2f}", f"{each.issued_value:.2f}") for each in posted.adjustments]


def test_the_oldest_leaves_first() -> None:
    """10 at 4 and 10 at 5: of twelve that leave ten cost 4 and two 5, which is 50 in all and 4.17 each."""
    book = fifo()
    assert changes(book.receive("10", cost="4")) == [("4.00", "40.00")]
    assert changes(book.receive("10", cost="5")) == [("5.00", "50.00")]
    assert changes(book.adjust("-12")) == [("4.17", "-50.00")]
    assert layers(book) == [("8", "40")]
    book.receive("6", cost="6")
    assert changes(book.adjust("-9")) == [("5.11", "-46.00")]
    assert layers(book) == [("5", "30")]
    assert book.balance.value == 30
    assert book.balance.average_cost == 6


def test_an_average_would_have_said_something_else() -> None:
    """The same month at a moving average: 12 at 4.5, and 9 at (8 x 4.5 + 6 x 6) / 14."""
    book = given_book()
    book.receive("10", cost="4")
    book.receive("10", cost="5")
    assert changes(book.adjust("-12")) == [("4.50", "-54.00")]
    book.receive("6", cost="6")
    assert changes(book.adjust("-9")) == [("5.14", "-46.29")]


def test_what_is_owed_is_trued_up() -> None:
    """5 at 6 are there and seven leave: two are owed at 6. Ten come at 7, so the two cost 1 more each than was said.

    30 - 42 + 70 - 2 = 56, which is 8 at 7.
    """
    book = fifo(allow_negative=True)
    book.receive("5", cost="6")
    assert [change for _, change in changes(book.adjust("-7"))] == ["-30.00", "-12.00"]
    assert book.balance.value == -12
    assert layers(book) == []
    paid = book.receive("10", cost="7")
    assert (changes(paid), adjusted(paid)) == ([("7.00", "70.00")], [("TRUE_UP", "-2.00", "2.00")])
    assert book.balance.value == 56
    assert layers(book) == [("8", "56")]


def test_what_does_not_pay_all_trues_up_all_that_is_owed() -> None:
    """Five owed at 6; three come at 8: all five are taken to cost 8, and when two come at 9 those two cost 9."""
    book = fifo(allow_negative=True)
    book.receive("1", cost="6")
    book.adjust("-6")
    assert adjusted(book.receive("3", cost="8")) == [("TRUE_UP", "-10.00", "10.00")]
    assert (f"{book.balance.on_hand:.0f}", f"{book.balance.value:.0f}") == ("-2", "-16")
    assert adjusted(book.receive("2", cost="9")) == [("TRUE_UP", "-2.00", "2.00")]
    assert not book.balance.on_hand
    assert not book.balance.value
    assert layers(book) == []


def test_the_first_cost_holds_for_layers_without_one() -> None:
    """Four came at no known cost; with the fifth at 2.5 they cost 2.5 as well."""
    book = fifo()
    assert changes(book.receive("4")) == [("", "0.00")]
    known = book.receive("1", cost="2.5")
    assert (changes(known), adjusted(known)) == ([("2.50", "2.50")], [("TRUE_UP", "10.00", "0.00")])
    assert layers(book) == [("4", "10"), ("1", "2.5")]


def test_what_comes_back_is_a_layer_at_what_it_left_with() -> None:
    """Two of what was sold at 4 come back: they are the last to leave."""
    book = fifo()
    book.receive("5", cost="4")
    book.receive("5", cost="6")
    book.run(Consume(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(5)))
    book.run(ReturnConsumed(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(2), unit_cost=Decimal(4)))
    assert layers(book) == [("5", "30"), ("2", "8")]


def test_a_receipt_is_reversed_out_of_its_own_layer() -> None:
    """Not out of the oldest: what was wrong about it leaves with it. What of it has left is taken from the oldest."""
    book = fifo()
    wrong = Document(type="goods_receipt", id=ITEM, line="*", kind="RECEIPT")
    reversal = Document(type="goods_receipt", id=ITEM, line="*", kind="RECEIPT_REVERSAL")
    book.receive("5", cost="4")
    book.run(
        Receive(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(3), unit_cost=Decimal(9)), document=wrong
    )
    book.receive("5", cost="6")
    book.adjust("-6")
    assert layers(book) == [("2", "18"), ("5", "30")]
    line = ReverseReceipt(
        variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(3), receipt_id=ITEM, unit_cost=Decimal(9)
    )
    assert changes(book.run(line, document=reversal)) == [("8.00", "-24.00")]
    assert layers(book) == [("4", "24")]


def test_what_is_shipped_is_told_apart_by_its_cost() -> None:
    """7 of 5 at 4 and 5 at 6: two movements, so that each part arrives at what it cost."""
    book = fifo()
    book.receive("5", cost="4")
    book.receive("5", cost="6")
    shipped = book.run(Ship(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(7)))
    assert [f"{m.quantity:g}" for m in shipped.movements] == ["5", "2"]
    assert changes(shipped) == [("4.00", "-20.00"), ("6.00", "-12.00")]


def test_moving_within_a_warehouse_leaves_the_layers_alone() -> None:
    """Damaged stock is still there at what it cost."""
    book = fifo()
    book.receive("5", cost="4")
    book.receive("5", cost="6")
    assert changes(book.move("3", to_state=StockState.DAMAGED)) == [("5.00", "0.00")]
    assert layers(book) == [("5", "20"), ("5", "30")]


def test_the_last_of_a_layer_takes_what_rounding_left() -> None:
    """1 for ten decimals of 1/7: seven times a seventh is all of it, and nothing is left of the value."""
    book = fifo()
    book.receive("7", cost="0.0000000001")
    for _ in range(7):
        book.adjust("-1")
    assert not book.balance.on_hand
    assert not book.balance.value
    assert layers(book) == []


def test_another_method_begins_with_one_layer_at_what_there_is() -> None:
    """4 at 4 and 4 at 6 are 8 at 5 on average. From FIFO's first movement on these are one layer; told, not silent."""
    book = given_book()
    book.receive("4", cost="4")
    book.receive("4", cost="6")
    book.change_stockable(costing_method="FIFO")
    came = book.receive("2", cost="8")
    assert adjusted(came) == [("METHOD", "0.00", "0.00")]
    assert layers(book) == [("8", "40"), ("2", "16")]
    assert book.balance.costing_method == "FIFO"


def test_the_average_begins_at_what_the_layers_are_worth() -> None:
    """8 worth 40 and 2 worth 16 are 10 at 5.6."""
    book = fifo()
    book.receive("8", cost="5")
    book.receive("2", cost="8")
    book.change_stockable(costing_method="AVERAGE")
    left = book.adjust("-1")
    assert (adjusted(left), changes(left)) == ([("METHOD", "0.00", "0.00")], [("5.60", "-5.60")])
    assert (book.balance.layers_value, layers(book)) == (None, [])


def test_an_empty_balance_takes_another_method_without_a_word() -> None:
    """There is nothing whose cost could change."""
    book = given_book()
    book.receive("1", cost="4")
    book.adjust("-1")
    book.change_stockable(costing_method="FIFO")
    assert adjusted(book.receive("2", cost="8")) == []
    assert book.balance.costing_method == "FIFO"


def test_a_refused_command_leaves_the_layers_as_they_were() -> None:
    """Also where it had begun another method."""
    book = given_book()
    book.receive("4", cost="4")
    before = (book.balance.value, book.balance.costing_method, layers(book))
    book.change_stockable(costing_method="FIFO")
    take = Consume(variant_id=VARIANT, warehouse_id=WAREHOUSE, quantity=Decimal(3))
    with pytest.raises(InsufficientStock):
        book.run(take, take)
    assert (book.balance.value, book.balance.costing_method, layers(book)) == before


class Naive:
    """Layers in fractions, without rounding. A moving average is one layer: all that is there is one whenever something happens."""

    def __init__(self) -> None:
        self.layers: list[tuple[Fraction, Fraction | None]] = []
        self.owed = Fraction(0)
        self.last: Fraction | None = None
        self.merges = False

    @property
    def quantity(self) -> Fraction:
        return sum((quantity for quantity, _ in self.layers), Fraction(0)) - self.owed

    @property
    def value(self) -> Fraction:
        there = sum((quantity * (cost or 0) for quantity, cost in self.layers), Fraction(0))
        return there - self.owed * (self.last or 0)

    def merge(self) -> None:
        if self.merges and self.layers:
            cost = self.value / self.quantity if self.known else None
            self.layers = [(self.quantity, cost)]

    @property
    def known(self) -> bool:
        return any(cost is not None for _, cost in self.layers) if self.layers else self.last is not None

    def receive(self, quantity: Fraction, cost: Fraction | None) -> None:
        self.merge()
        if cost is None:
            cost = (self.value / self.quantity if self.known else None) if self.layers else self.last
        if cost is not None:
            self.layers = [(each, known if known is not None else cost) for each, known in self.layers]
        paid = min(self.owed, quantity)
        self.owed -= paid
        if quantity > paid:
            self.layers.append((quantity - paid, cost))
        self.last = cost if not self.layers or paid else self.last
        self.merge()

    def issue(self, quantity: Fraction) -> None:
        self.merge()
        while quantity and self.layers:
            there, cost = self.layers.pop(0)
            part = min(there, quantity)
            quantity -= part
            self.last = cost if cost is not None else self.last
            if there > part:
                self.layers.insert(0, (there - part, cost))
        self.owed += quantity


quantities = st.decimals(min_value="0.000001", max_value="50", places=6)
costs = st.none() | st.decimals(min_value="0", max_value="100", places=10)
steps = st.lists(
    st.tuples(st.just("receive"), quantities, costs)
    | st.tuples(st.just("issue"), quantities, st.none())
    | st.tuples(st.sampled_from(["FIFO", "AVERAGE"]), st.just(Decimal(0)), st.none()),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@example(
    [("receive", Decimal(3), Decimal("0.3333333333")), ("issue", Decimal(4), None), ("receive", Decimal(2), Decimal(7))]
)
@given(steps)
def test_nothing_is_lost_in_any_order(taken: list[tuple[str, Decimal, Decimal | None]]) -> None:
    """What movements and adjustments say adds up to what the layers, or the average, are worth: to the last digit at every step, through
    changes of the method and below zero; and a book that never rounds says the same to six digits."""
    book, naive, told = fifo(allow_negative=True), Naive(), Decimal(0)
    for step, quantity, cost in taken:
        if step == "receive":
            posted = book.receive(str(quantity), cost=str(cost) if cost is not None else None)
            naive.receive(Fraction(quantity), Fraction(cost) if cost is not None else None)
        elif step == "issue":
            posted = book.adjust(f"-{quantity}")
            naive.issue(Fraction(quantity))
        else:
            book.change_stockable(costing_method=step)
            naive.merges = step == "AVERAGE"
            continue
        told += sum(m.value_change for m in posted.movements) + sum(each.value_change for each in posted.adjustments)
        balance = book.balance
        assert told == balance.value
        assert Fraction(balance.on_hand) == naive.quantity
        assert abs(Fraction(balance.value) - naive.value) < Fraction(1, 10**6)
        if balance.layers is not None and balance.layers_value is not None:
            assert sum(each.quantity for each in balance.layers.values()) == max(balance.on_hand, Decimal(0))
            if balance.on_hand > 0:
                assert sum(each.value for each in balance.layers.values()) == balance.layers_value
            assert all(each.value >= 0 for each in balance.layers.values())
