"""What is promised of what lies on the shelves, written to be obvious: parts of piles and pieces, set aside for somebody.

It stands on the naive stock book, whose piles and pieces it changes, and counts as that does: quantities in millionths, costs
in ten-thousand-millionths. Whatever it cannot do it declines, and takes back what it had begun.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from inventory_graph.stock.commands import BalanceKey
from tests.promises.shop import HOURS_AHEAD, Shop
from tests.properties.naive import NaiveBook, Shelf
from tests.properties.naive_values import MILLION, QUANTITY_MAX, Declined, Piece, Pile

Fits = Callable[[str, UUID | None, str | None], bool]
"""Whether stock in this state, at this location and of this lot will do."""


@dataclass(slots=True, eq=False)
class HeldPart:
    """What is set aside of one pile. ``label`` is the id that the book gave it."""

    key: BalanceKey
    location: UUID | None
    lot: str | None
    serials: tuple[str, ...]
    quantity: int
    since: datetime
    ends: datetime | None
    label: UUID | None = None


@dataclass(slots=True, eq=False)
class Gone:
    """What left of one pile, at which cost; ``back`` of it came back."""

    key: BalanceKey
    location: UUID | None
    lot: str | None
    serials: tuple[str, ...]
    quantity: int
    cost: int | None
    back: int = 0


class _Slice(NamedTuple):
    """What is taken of one pile, or of pieces that lie together."""

    location: UUID | None
    lot: str | None
    quantity: int
    since: datetime
    serials: tuple[str, ...] = ()


@dataclass(slots=True)
class Wish:
    """How something is to be taken: for a use at that time and so many days longer, of a lot, or these pieces.

    ``takes_all``: also what may not be sold any more.
    """

    when: datetime
    days: int = 0
    lot: str | None = None
    serials: tuple[str, ...] = ()
    takes_all: bool = False


@dataclass(slots=True)
class _Kept:
    """How some shelves were."""

    shelves: dict[BalanceKey, Shelf]
    parts: dict[BalanceKey, list[HeldPart]]
    copies: list[tuple[HeldPart, int, tuple[str, ...], datetime | None]] = field(default_factory=list)


class NaiveHolds:
    """Shelves, and what of them is set aside."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.book = NaiveBook(shop)
        self.parts: dict[BalanceKey, list[HeldPart]] = {key: [] for key in self.book.shelves}
        self.existing: set[BalanceKey] = set()
        self._ahead = {shop.warehouses[code]: timedelta(hours=hours) for code, hours in HOURS_AHEAD.items()}

    @contextmanager
    def command(self, keys: Iterable[BalanceKey]) -> Iterator[None]:
        """All of what is done inside or none: declined, it was never begun. Each shelf it touches takes one version."""
        kept = _Kept(
            {key: replace(self.book.shelves[key], piles=list(self.book.shelves[key].piles)) for key in keys},
            {key: list(self.parts[key]) for key in keys},
        )
        kept.copies = [(part, part.quantity, part.serials, part.ends) for key in keys for part in self.parts[key]]
        is_numbered = any(shelf.place.good.tracking == "SERIAL" for shelf in kept.shelves.values())
        pieces = dict(self.book.pieces) if is_numbered else self.book.pieces
        self.book.touched = set()
        try:
            yield
        except Declined:
            self.book.shelves |= kept.shelves
            self.book.pieces = pieces
            self.parts |= kept.parts
            for part, quantity, serials, ends in kept.copies:
                part.quantity, part.serials, part.ends = quantity, serials, ends
            raise
        for key in self.book.touched:
            self.book.shelves[key].version += 1

    def wake(self, keys: Iterable[BalanceKey], now: datetime) -> None:
        """What is set aside for longer than it was to be is free again, before anybody looks."""
        for key in keys:
            self.existing.add(key)
            due = [part for part in self.parts[key] if part.ends is not None and part.ends <= now]
            if due:
                with self.command([key]):
                    for part in sorted(due, key=lambda part: (part.ends, part.label)):
                        self.free(part)

    # What there is.

    def promisable(self, key: BalanceKey, wish: Wish) -> int:
        """How much may be set aside or issued; where there may be less than nothing, the most that is kept."""
        shelf = self.book.shelves[key]
        if shelf.may_be_negative and shelf.place.good.tracking == "NONE" and wish.lot is None:
            return QUANTITY_MAX
        available = self.book.quantity(key, "AVAILABLE")
        fits = self._fits(shelf, wish)
        if shelf.place.good.tracking == "SERIAL":
            found = MILLION * sum(
                fits("AVAILABLE", each.location, each.lot) for each in self.book.here(key, "AVAILABLE")
            )
        else:
            found = sum(pile.quantity for pile in shelf.piles if pile.quantity > 0 and fits(*pile[:3]))
        return max(min(found, available), 0)

    def has_pieces(self, key: BalanceKey, serials: Sequence[str]) -> bool:
        """Whether these pieces are available there."""
        return set(serials) <= {piece.number for piece in self.book.here(key, "AVAILABLE")}

    def is_usable(self, key: BalanceKey, lot: str | None, wish: Wish) -> bool:
        """Whether stock of the lot may be used then, by the calendar of its place."""
        if lot is None or wish.takes_all:
            return True
        batch = self.book.batches[self.book.shelves[key].place.item_id, lot]
        if batch.is_recalled:
            return False
        day = (wish.when + self._ahead[key[1]]).date() + timedelta(days=wish.days)
        return batch.expires is None or batch.expires >= day

    def _fits(self, shelf: Shelf, wish: Wish, state: str = "AVAILABLE") -> Fits:
        def fits(in_state: str, _: UUID | None, lot: str | None) -> bool:
            return in_state == state and wish.lot in (None, lot) and self.is_usable(shelf.place.key, lot, wish)

        return fits

    # What is done with it.

    def take(
        self, key: BalanceKey, quantity: int, wish: Wish, *, now: datetime, ends: datetime | None
    ) -> list[HeldPart]:
        """Set so much aside."""
        shelf = self.book.shelves[key]
        parts = []
        for each in self._taken(shelf, quantity, wish, happened=now):
            self._lay(shelf, each, "RESERVED")
            parts.append(HeldPart(key, each.location, each.lot, each.serials, each.quantity, each.since, ends))
        self.parts[key] += parts
        return parts

    def free(self, part: HeldPart) -> None:
        """What is left of it is available again, where it lies."""
        shelf, rest = self._leaving_reserve(part, part.quantity)
        self._lay(shelf, rest, "AVAILABLE")

    def spend(self, part: HeldPart, quantity: int, serials: tuple[str, ...] = ()) -> Gone:
        """So much of it leaves the house, which are these pieces if some are named."""
        part.serials = (*serials, *(number for number in part.serials if number not in serials))
        shelf, gone = self._leaving_reserve(part, quantity)
        self._drop(shelf, gone)
        return Gone(part.key, gone.location, gone.lot, gone.serials, quantity, shelf.average)

    def spend_free(self, key: BalanceKey, quantity: int, wish: Wish, *, happened: datetime) -> list[Gone]:
        """So much leaves the house that was set aside for nobody."""
        shelf = self.book.shelves[key]
        gone = []
        for each in self._taken(shelf, quantity, wish, happened=happened):
            self._drop(shelf, each)
            gone.append(Gone(key, each.location, each.lot, each.serials, each.quantity, shelf.average))
        return gone

    def put_back(self, gone: Gone, quantity: int, *, now: datetime) -> None:
        """So much of what had left is available again, where it was, at the cost it had. The caller counts it."""
        first = gone.back // MILLION
        serials = gone.serials[first : first + quantity // MILLION] if gone.serials else ()
        shelf = self.book.shelves[gone.key]
        self.book.arrive(shelf, quantity, gone.location, gone.lot, now, gone.cost, serials)

    def _taken(self, shelf: Shelf, quantity: int, wish: Wish, *, happened: datetime) -> list[_Slice]:
        """Take so much from what is available, in the good's order; or decline."""
        good, key = shelf.place.good, shelf.place.key
        if good.status == "ARCHIVED":
            raise Declined("ITEM_INACTIVE")
        self.book.count(shelf, wish.serials, quantity, must_be_named=False)
        if wish.lot is not None:
            if good.tracking == "NONE" or (shelf.place.item_id, wish.lot) not in self.book.batches:
                raise Declined("INVALID_INPUT")
            if not self.is_usable(key, wish.lot, wish):
                raise Declined("LOT_NOT_ELIGIBLE")
        self.book.touched.add(key)
        fits = self._fits(shelf, wish)
        if good.tracking == "SERIAL":
            return self._pieces(shelf, quantity, wish, fits)
        if not (shelf.may_be_negative and good.tracking == "NONE"):
            piles = self.book.piles_taken(shelf, quantity, fits, "AVAILABLE")
            return [_Slice(pile.location, pile.lot, pile.quantity, pile.since) for pile in piles]
        found = sum(pile.quantity for pile in shelf.piles if pile.quantity > 0 and fits(*pile[:3]))
        piles = self.book.piles_taken(shelf, min(quantity, found), fits)
        slices = [_Slice(pile.location, pile.lot, pile.quantity, pile.since) for pile in piles]
        if quantity > found:
            self.book.pile_up(shelf, Pile("AVAILABLE", None, None, found - quantity, happened))
            slices.append(_Slice(None, None, quantity - found, happened))
        return slices

    def _pieces(self, shelf: Shelf, quantity: int, wish: Wish, fits: Fits) -> list[_Slice]:
        if wish.serials:
            of_lot = Wish(wish.when, lot=wish.lot, takes_all=True)
            pieces = self.book.pieces_taken(shelf, quantity, wish.serials, self._fits(shelf, of_lot))
            if not all(self.is_usable(shelf.place.key, piece.lot, wish) for piece in pieces):
                raise Declined("LOT_NOT_ELIGIBLE")
        else:
            pieces = self.book.pieces_taken(shelf, quantity, (), fits)
        together: dict[tuple[UUID | None, str | None], list[Piece]] = {}
        for piece in pieces:
            together.setdefault((piece.location, piece.lot), []).append(piece)
        return [
            _Slice(*where, MILLION * len(group), group[0].since, tuple(piece.number for piece in group))
            for where, group in together.items()
        ]

    def _leaving_reserve(self, part: HeldPart, quantity: int) -> tuple[Shelf, _Slice]:
        shelf = self.book.shelves[part.key]
        pieces = quantity // MILLION if part.serials else 0
        gone = _Slice(part.location, part.lot, quantity, part.since, part.serials[:pieces])
        if not part.serials:
            self.book.pile_up(shelf, Pile("RESERVED", part.location, part.lot, -quantity, part.since))
        part.serials = part.serials[pieces:]
        part.quantity -= quantity
        if not part.quantity:
            self.parts[part.key].remove(part)
        self.book.touched.add(part.key)
        return shelf, gone

    def _lay(self, shelf: Shelf, each: _Slice, state: str) -> None:
        if each.serials:
            for number in each.serials:
                piece = self.book.pieces[shelf.place.item_id, number]
                self.book.keep(shelf, piece._replace(state=state))
        else:
            self.book.pile_up(shelf, Pile(state, each.location, each.lot, each.quantity, each.since))

    def _drop(self, shelf: Shelf, each: _Slice) -> None:
        for number in each.serials:
            piece = self.book.pieces[shelf.place.item_id, number]
            self.book.keep(shelf, piece._replace(warehouse=None, location=None, state=None))
