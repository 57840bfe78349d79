"""What left one warehouse for another and is in neither, written to be obvious: a dictionary of what is on the way.

It stands on the naive stock book. What leaves keeps its lot, its numbers and its cost; it arrives, comes back or is lost with them. Of
two warehouses the one is where the other's goods go.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from inventory_graph.stock.commands import Arrive, ComeBack, Line, Lose, Ship, lot_id
from tests.properties.naive_values import QUANTITY_MAX, Batch, Declined, size, whole

if TYPE_CHECKING:
    from tests.properties.naive import NaiveBook, Shelf

COST = 10**10


class Load(NamedTuple):
    """What nothing tells apart of what is on the way: of which variant, from where, of which lot, at which cost a unit."""

    variant: UUID
    source: UUID
    lot: str | None
    cost: int | None


def ship(book: "NaiveBook", shelf: "Shelf", line: Ship, happened: datetime) -> None:
    """Off the shelf and onto the way. Nobody is sent what is past its date, unless he asked for just that."""
    quantity = size(line.quantity)
    if quantity <= 0:
        raise Declined("INVALID_INPUT")
    book.count(shelf, line.serials, quantity, must_be_named=False)
    day = None if line.lot is not None or line.serials else happened.date()
    item = shelf.place.item_id
    if line.lot is not None:
        _check_lot(book, shelf, line.lot.code)

    def is_there(state: str, lies_at: UUID | None, is_of: str | None) -> bool:
        return (
            state == "AVAILABLE"
            and line.location_id in (None, lies_at)
            and (line.lot is None or line.lot.code == is_of)
        )

    def may_be_taken(state: str, lies_at: UUID | None, is_of: str | None) -> bool:
        return is_there(state, lies_at, is_of) and (is_of is None or _may_leave(book.batches[item, is_of], day))

    if shelf.place.good.tracking == "SERIAL":
        for piece in book.pieces_taken(shelf, quantity, line.serials, is_there if line.serials else may_be_taken):
            if piece.lot is not None and not _may_leave(book.batches[item, piece.lot], day):
                raise Declined("LOT_NOT_ELIGIBLE")
            load = _load(shelf, piece.lot)
            book.keep(shelf, piece._replace(warehouse=None, location=None, state=None))
            book.riding[item, piece.number] = load
            _put(book, load, 10**6)
    else:
        for pile in book.piles_taken(shelf, quantity, may_be_taken, "AVAILABLE"):
            _put(book, _load(shelf, pile.lot), pile.quantity)
    book.touched.add(shelf.place.key)


def _check_lot(book: "NaiveBook", shelf: "Shelf", code: str) -> None:
    """Who names a lot may have it past its date, but not when it is recalled."""
    batch = book.batches.get((shelf.place.item_id, code))
    if shelf.place.good.tracking == "NONE" or batch is None:
        raise Declined("INVALID_INPUT")
    if not _may_leave(batch, None):
        raise Declined("LOT_NOT_ELIGIBLE")


def unload(book: "NaiveBook", shelf: "Shelf", line: Arrive | Lose, happened: datetime) -> None:
    """Off the way: onto the shelf, at the cost it left with; or, when it is lost, nowhere."""
    quantity = size(line.quantity)
    if quantity <= 0:
        raise Declined("INVALID_INPUT")
    book.count(shelf, line.serials, quantity, must_be_named=True)
    load = load_of(book, line)
    if isinstance(line, Arrive):
        book.arrive(
            shelf, quantity, line.location_id, load.lot, happened, load.cost, line.serials, line.state.value, is_awaited=True
        )  # fmt: skip
    elif book.quantity(shelf.place.key) + quantity > QUANTITY_MAX:
        # It comes before it goes, and there must be room for it.
        raise Declined("LIMIT_EXCEEDED")
    for number in line.serials:
        assert book.riding.pop((shelf.place.item_id, number)) == load
    _put(book, load, -quantity)
    book.touched.add(shelf.place.key)


def load_of(book: "NaiveBook", line: Line) -> Load:
    """What the line takes off the way."""
    assert isinstance(line, Arrive | Lose)
    shelf = book.shelves[line.variant_id, line.warehouse_id]
    (other,) = {warehouse for _, warehouse in book.shelves} - {line.warehouse_id}
    codes = {lot_id(item, code): code for item, code in book.batches if item == shelf.place.item_id}
    return Load(
        variant=line.variant_id,
        source=line.warehouse_id if isinstance(line, ComeBack) else other,
        lot=codes[line.lot_id] if line.lot_id is not None else None,
        cost=whole(line.unit_cost, of=COST) if line.unit_cost is not None else None,
    )


def _load(shelf: "Shelf", lot: str | None) -> Load:
    variant, warehouse = shelf.place.key
    return Load(variant, warehouse, lot, shelf.average)


def _put(book: "NaiveBook", load: Load, quantity: int) -> None:
    total = book.on_the_way.pop(load, 0) + quantity
    assert total >= 0, "more arrives than was sent: the book is not asked, the transfer says how much is left"
    if total:
        book.on_the_way[load] = total


def _may_leave(batch: Batch, day: date | None) -> bool:
    """Whether a lot may be sent, on a day where it must not be past its date."""
    return not batch.is_recalled and (day is None or batch.expires is None or batch.expires >= day)
