"""What holds for every command, in memory: all lines or none, one version step a balance, a document line once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from inventory_graph.errors import InvalidInput, ItemInactive, LimitExceeded, NotFound
from inventory_graph.stock.commands import Document, StockState
from inventory_graph.stock.refusals import AlreadyPosted, InsufficientStock
from tests.stock.given_book import NOW, adjusted, given_book, moved, received

RECEIPT = Document(type="RECEIPT", id=UUID(int=7), line="1", kind="RECEIPT")


def test_a_command_takes_one_version_however_many_movements_it_makes() -> None:
    """The movements of a version are counted from 0, and each says what the balance was right after it."""
    book = given_book()
    book.receive("1", at="A/1", days_ago=2)
    posted = book.run(received("5", at="B/1"), adjusted("-2"), moved("1", to_state=StockState.DAMAGED))
    assert [(m.balance_version, m.ordinal) for m in posted.movements] == [(2, 0), (2, 1), (2, 2), (2, 3)]
    assert [m.on_hand_after for m in posted.movements] == [6, 5, 4, 4]
    assert [m.damaged_after for m in posted.movements] == [0, 0, 0, 1]
    assert [b.version for b in (*posted.before, *posted.after)] == [1, 2]
    assert [b.on_hand for b in (*posted.before, *posted.after)] == [1, 4]


def test_each_line_sees_what_the_lines_before_it_did() -> None:
    """A receipt and its issue may come in one command, not the other way round."""
    book = given_book()
    book.run(received("2"), adjusted("-2"))
    with pytest.raises(InsufficientStock) as refused:
        book.run(adjusted("-2"), received("2"))
    assert refused.value.path == ("lines", "0", "delta")
    assert book.balance.version == 1


def test_the_last_line_takes_the_others_back() -> None:
    """Lots, quants, costs and versions are as if the command had never come."""
    book = given_book(tracking="LOT")
    book.receive("2", lot="L1", cost="3", at="A/1")
    before = book.everything()
    with pytest.raises(InsufficientStock):
        book.run(
            received("2", lot="L2", cost="9"),
            moved("1", lot="L1", to="B/1"),
            adjusted("-3", lot="L2"),
        )
    assert book.everything() == before


def test_an_answer_is_not_changed_by_what_comes_after_it() -> None:
    """It is told later, when the balance has moved on."""
    book = given_book()
    first = book.receive("2")
    book.receive("5")
    assert [balance.version for balance in first.after] == [1]
    assert [balance.on_hand for balance in first.after] == [2]
    assert [quant.quantity for quant in first.after[0].quants.values()] == [2]


def test_a_document_line_posts_once() -> None:
    """Another line, another kind, or another document is something else."""
    book = given_book()
    book.run(received("1"), document=RECEIPT)
    before = book.everything()
    with pytest.raises(AlreadyPosted):
        book.run(received("1"), document=RECEIPT)
    assert book.everything() == before
    for other in (replace(RECEIPT, line="2"), replace(RECEIPT, kind="RETURN"), replace(RECEIPT, id=UUID(int=8))):
        book.run(received("1"), document=other)
    assert book.balance.on_hand == 4


def test_a_refused_document_line_may_post_later() -> None:
    """Refused is not posted."""
    book = given_book()
    with pytest.raises(InsufficientStock):
        book.run(adjusted("-1"), document=RECEIPT)
    book.receive("1")
    assert book.run(adjusted("-1"), document=RECEIPT).movements[0].reference_id == RECEIPT.id


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"holds_stock": False}, InvalidInput), ({"is_active": False}, ItemInactive)],
)
def test_what_holds_no_stock_or_is_archived_is_refused(changes: dict[str, bool], kind: type[Exception]) -> None:
    """Also taking out what is there."""
    book = given_book()
    book.receive("2")
    book.change_stockable(**changes)
    before = book.everything()
    for line in (received("1"), adjusted("-1"), moved("1", to="A/1")):
        with pytest.raises(kind):
            book.run(line)
    assert book.everything() == before


def test_a_variant_that_is_not_known_is_refused() -> None:
    """The path says which line it is."""
    book = given_book()
    before = book.everything()
    with pytest.raises(NotFound) as refused:
        book.run(received("1"), replace(received("1"), variant_id=UUID(int=99)))
    assert refused.value.path == ("lines", "1")
    assert book.everything() == before


def test_a_command_without_lines_is_refused() -> None:
    """It would post its document and do nothing."""
    book = given_book()
    with pytest.raises(InvalidInput):
        book.run(document=RECEIPT)
    assert book.state.posted == set()


@pytest.mark.parametrize(("minutes", "is_allowed"), [(4, True), (6, False)])
def test_the_future_is_refused(minutes: int, is_allowed: bool) -> None:
    """But clocks differ a little."""
    book = given_book()
    days_ago = -timedelta(hours=1, minutes=minutes) / timedelta(days=1)
    if is_allowed:
        assert book.receive("1", days_ago=days_ago).movements[0].occurred_at > NOW + timedelta(hours=1)
    else:
        with pytest.raises(InvalidInput) as refused:
            book.receive("1", days_ago=days_ago)
        assert refused.value.path == ("occurred_at",)
        assert book.balance.version == 0


def test_what_happened_earlier_is_recorded_now() -> None:
    """Effective time and recorded time are two."""
    book = given_book()
    (movement,) = book.receive("1", days_ago=3).movements
    assert movement.occurred_at == NOW - timedelta(days=3)
    assert movement.recorded_at == book.balance.updated_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0000001", "1000000000000", "NaN", "Infinity"])
def test_what_the_ledger_cannot_keep_is_refused(quantity: str) -> None:
    """Not more than 0, more than 6 decimals, more than 12 digits before the point, or no number."""
    book = given_book()
    before = book.everything()
    for line in (received(quantity), moved(quantity, to="A/1")):
        with pytest.raises((InvalidInput, LimitExceeded)) as refused:
            book.run(line)
        assert refused.value.path == ("lines", "0", "quantity")
    assert book.everything() == before


def test_on_hand_has_an_end() -> None:
    """Twelve digits before the point and six behind it."""
    book = given_book()
    book.receive("999999999999.999998")
    before = book.everything()
    with pytest.raises(LimitExceeded) as refused:
        book.adjust("0.000002")
    assert refused.value.path == ("lines", "0", "delta")
    assert book.everything() == before
    book.adjust("0.000001")
    assert book.balance.on_hand == Decimal("999999999999.999999")
