"""A second stock book, written to be obvious and slow: lists of piles and pieces, whole numbers, no sharing with the first.

It answers only what a caller could see: taken or refused (with which code, by which line), and what lies where afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from inventory_graph.stock.commands import (
    Adjust,
    Arrive,
    BalanceKey,
    Command,
    Line,
    Lose,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    Ship,
)
from tests.properties import naive_transit
from tests.properties.naive_values import (
    COST_MAX,
    MILLION,
    QUANTITY_MAX,
    VALUE_MAX,
    Batch,
    Declined,
    Piece,
    Pile,
    Refused,
    half_even,
    size,
    whole,
    worth,
)
from tests.properties.world import Place, Shelving

EARLY = timedelta(minutes=5)
NEVER = date.max


@dataclass(slots=True)
class Shelf:
    """What the model knows of one balance."""

    place: Place
    may_be_negative: bool
    piles: list[Pile] = field(default_factory=list)
    average: int | None = None
    version: int = 0


class NaiveBook:
    """What lies where, as the plainest program would keep it."""

    def __init__(self, world: Shelving) -> None:
        self.paths: dict[UUID, str] = world.paths()
        self.shelves = {
            place.key: Shelf(place=place, may_be_negative=place.good.allow_negative) for place in world.places
        }
        self.batches: dict[tuple[UUID, str], Batch] = {}
        self.pieces: dict[tuple[UUID, str], Piece] = {}
        self.on_the_way: dict[naive_transit.Load, int] = {}
        self.riding: dict[tuple[UUID, str], naive_transit.Load] = {}
        self.documents: set[tuple[str, UUID, str, str]] = set()
        self.touched: set[BalanceKey] = set()

    # What can be asked of it.

    def quantity(self, key: BalanceKey, state: str | None = None) -> int:
        """How much there is, in one state or in all."""
        shelf = self.shelves[key]
        if shelf.place.good.tracking == "SERIAL":
            return MILLION * len(self.here(key, state))
        return sum(pile.quantity for pile in shelf.piles if state in (None, pile.state))

    def here(self, key: BalanceKey, state: str | None = None) -> list[Piece]:
        """The pieces of a balance, in one state or in all."""
        item = self.shelves[key].place.item_id
        return [
            piece
            for (owner, _), piece in self.pieces.items()
            if owner == item
            and (piece.variant, piece.warehouse) == key
            and piece.state is not None
            and state in (None, piece.state)
        ]

    def contents(self, key: BalanceKey) -> dict[tuple[str, UUID | None, str | None], int]:
        """The quantity of each pile that is not empty, by state, location and lot."""
        found: dict[tuple[str, UUID | None, str | None], int] = {}
        if self.shelves[key].place.good.tracking == "SERIAL":
            for piece in self.here(key):
                assert piece.state is not None
                of = (piece.state, piece.location, piece.lot)
                found[of] = found.get(of, 0) + MILLION
        else:
            found = {(pile.state, pile.location, pile.lot): pile.quantity for pile in self.shelves[key].piles}
        return found

    # What can be done with it.

    def apply(self, command: Command, now: datetime) -> Refused | None:
        """Do what the command says, or nothing and say why."""
        for number, line in enumerate(command.lines):
            if (line.variant_id, line.warehouse_id) not in self.shelves:
                return Refused("NOT_FOUND", number)
        document = command.document
        named = (document.type, document.id, document.line, document.kind) if document else None
        if named in self.documents:
            return Refused("ALREADY_EXISTS")
        happened = command.occurred_at or now
        if not command.lines or happened > now + EARLY:
            return Refused("INVALID_INPUT")
        shelves = {
            key: replace(self.shelves[key], piles=list(self.shelves[key].piles)) for key in command.balance_keys()
        }
        kept = dict(self.batches), dict(self.pieces), dict(self.on_the_way), dict(self.riding)
        self.touched = set()
        for number, line in enumerate(command.lines):
            try:
                self._do(line, happened)
            except Declined as declined:
                self.shelves |= shelves
                self.batches, self.pieces, self.on_the_way, self.riding = kept
                return Refused(declined.code, number)
        for key in self.touched:
            self.shelves[key].version += 1
        if named is not None:
            self.documents.add(named)
        return None

    def _do(self, line: Line, happened: datetime) -> None:
        shelf = self.shelves[line.variant_id, line.warehouse_id]
        if shelf.place.good.type == "SERVICE":
            raise Declined("INVALID_INPUT")
        if shelf.place.good.status == "ARCHIVED" and not isinstance(line, Arrive | Lose):
            raise Declined("ITEM_INACTIVE")
        match line:
            case Receive():
                self._receive(shelf, line, happened)
            case Adjust():
                self._adjust(shelf, line, happened)
            case SetOnHand():
                self._set(shelf, line, happened)
            case Move():
                self._move(shelf, line)
            case Ship():
                naive_transit.ship(self, shelf, line, happened)
            case Arrive() | Lose():
                naive_transit.unload(self, shelf, line, happened)

    def _receive(self, shelf: Shelf, line: Receive, happened: datetime) -> None:
        quantity = size(line.quantity)
        if quantity <= 0:
            raise Declined("INVALID_INPUT")
        cost = None
        if line.unit_cost is not None:
            if line.unit_cost < 0:
                raise Declined("INVALID_INPUT")
            cost = half_even(*(line.unit_cost * 10**10).as_integer_ratio())
            if cost > COST_MAX:
                raise Declined("LIMIT_EXCEEDED")
        self.count(shelf, line.serials, quantity, must_be_named=True)
        lot = self._arriving_lot(shelf, line.lot)
        self.arrive(shelf, quantity, line.location_id, lot, happened, cost, line.serials)

    def _adjust(self, shelf: Shelf, line: Adjust, happened: datetime) -> None:
        change = size(line.delta)
        if change == 0 or (change > 0 and shelf.place.good.tracking == "SERIAL"):
            raise Declined("INVALID_INPUT")
        if change > 0:
            lot = self._arriving_lot(shelf, line.lot)
            self.arrive(shelf, change, line.location_id, lot, happened)
        else:
            if line.lot is not None:
                self._known_lot(shelf, line.lot)
            self._leave(shelf, -change, line.location_id, line.lot.code if line.lot else None, happened)

    def _set(self, shelf: Shelf, line: SetOnHand, happened: datetime) -> None:
        wanted = size(line.quantity)
        if wanted < 0 and not shelf.may_be_negative:
            raise Declined("INVALID_INPUT")
        found = self.quantity(shelf.place.key)
        if line.change_from is not None and whole(line.change_from) != found:
            raise Declined("STALE_QUANTITY")
        if abs(wanted - found) > QUANTITY_MAX:
            raise Declined("LIMIT_EXCEEDED")
        if wanted > found and shelf.place.good.tracking != "NONE":
            raise Declined("INVALID_INPUT")
        if wanted > found:
            self.arrive(shelf, wanted - found, None, None, happened)
        elif wanted < found:
            self._leave(shelf, found - wanted, None, None, happened)

    def _move(self, shelf: Shelf, line: Move) -> None:
        quantity = size(line.quantity)
        if quantity <= 0:
            raise Declined("INVALID_INPUT")
        self.count(shelf, line.serials, quantity, must_be_named=False)
        stays = line.from_state == line.to_state
        if "RESERVED" in (line.from_state, line.to_state):
            raise Declined("INVALID_INPUT")
        if stays and line.to_location_id in (None, line.from_location_id):
            raise Declined("INVALID_INPUT")
        if line.lot is not None:
            self._known_lot(shelf, line.lot)

        def may_be_taken(state: str, location: UUID | None, lot: str | None) -> bool:
            return (
                state == line.from_state.value
                and line.from_location_id in (None, location)
                and (line.lot is None or line.lot.code == lot)
                and not (stays and location == line.to_location_id)
            )

        if shelf.place.good.tracking == "SERIAL":
            for piece in self.pieces_taken(shelf, quantity, line.serials, may_be_taken):
                location = line.to_location_id or piece.location
                self.keep(shelf, piece._replace(location=location, state=line.to_state.value))
        else:
            for part in self.piles_taken(shelf, quantity, may_be_taken, line.from_state.value):
                location = line.to_location_id or part.location
                self.pile_up(shelf, part._replace(location=location, state=line.to_state.value))
        self.touched.add(shelf.place.key)

    # Coming and going.

    def arrive(
        self,
        shelf: Shelf,
        quantity: int,
        location: UUID | None,
        lot: str | None,
        happened: datetime,
        cost: int | None = None,
        serials: Sequence[str] = (),
        state: str = "AVAILABLE",
        *,
        is_awaited: bool = False,
    ) -> None:
        item, there = shelf.place.item_id, self.quantity(shelf.place.key)
        if there + quantity > QUANTITY_MAX:
            raise Declined("LIMIT_EXCEEDED")
        if cost is not None:
            if shelf.average is None or there <= 0:
                shelf.average = cost
            else:
                shelf.average = half_even(there * shelf.average + quantity * cost, there + quantity)
        if abs(worth(there + quantity, shelf.average)) > VALUE_MAX:
            raise Declined("LIMIT_EXCEEDED")
        if shelf.place.good.tracking == "SERIAL":
            for number in serials:
                known, is_riding = self.pieces.get((item, number)), (item, number) in self.riding
                if (known is not None and known.state is not None) or (is_riding and not is_awaited):
                    raise Declined("SERIAL_NOT_AVAILABLE")
            for number in serials:
                variant, warehouse = shelf.place.key
                self.keep(shelf, Piece(number, variant, warehouse, location, lot, state, happened))
        else:
            self.pile_up(shelf, Pile(state, location, lot, quantity, happened))
        self.touched.add(shelf.place.key)

    def _leave(self, shelf: Shelf, quantity: int, location: UUID | None, lot: str | None, happened: datetime) -> None:
        good = shelf.place.good

        def may_be_taken(state: str, lies_at: UUID | None, is_of: str | None) -> bool:
            return state == "AVAILABLE" and location in (None, lies_at) and lot in (None, is_of)

        if good.tracking == "SERIAL":
            for piece in self.pieces_taken(shelf, quantity, (), may_be_taken):
                self.keep(shelf, piece._replace(warehouse=None, location=None, state=None))
            self.touched.add(shelf.place.key)
            return
        after = self.quantity(shelf.place.key) - quantity
        if shelf.may_be_negative and good.tracking == "NONE" and location is None:
            found = sum(pile.quantity for pile in shelf.piles if may_be_taken(*pile[:3]) and pile.quantity > 0)
            self.piles_taken(shelf, min(quantity, found), may_be_taken)
            if quantity > found:
                self.pile_up(shelf, Pile("AVAILABLE", None, None, found - quantity, happened))
        else:
            self.piles_taken(shelf, quantity, may_be_taken, "AVAILABLE")
        if after < -QUANTITY_MAX or abs(worth(after, shelf.average)) > VALUE_MAX:
            raise Declined("LIMIT_EXCEEDED")
        self.touched.add(shelf.place.key)

    def piles_taken(
        self,
        shelf: Shelf,
        quantity: int,
        may_be_taken: Callable[[str, UUID | None, str | None], bool],
        checked_state: str | None = None,
    ) -> list[Pile]:
        """Take from the piles in the good's order. With a state to check, no more than it has in all."""
        candidates = [pile for pile in shelf.piles if may_be_taken(*pile[:3]) and pile.quantity > 0]
        found = sum(pile.quantity for pile in candidates)
        if checked_state is not None and quantity > min(found, self.quantity(shelf.place.key, checked_state)):
            raise Declined("INSUFFICIENT_STOCK")
        parts = []
        for pile in sorted(candidates, key=lambda pile: self._turn(shelf, pile)):
            taken = min(pile.quantity, quantity)
            quantity -= taken
            if taken:
                shelf.piles.remove(pile)
                if pile.quantity > taken:
                    shelf.piles.append(pile._replace(quantity=pile.quantity - taken))
                parts.append(pile._replace(quantity=taken))
        return parts

    def _turn(self, shelf: Shelf, pile: Pile) -> tuple[object, ...]:
        """When it is the pile's turn."""
        good = shelf.place.good
        batch = self.batches.get((shelf.place.item_id, pile.lot)) if pile.lot else None
        expires = batch.expires if batch and batch.expires else NEVER
        path = self.paths[pile.location] if pile.location else ""
        lot = pile.lot or ""
        match good.strategy or {"NONE": "FIFO", "LOT": "FEFO"}[good.tracking]:
            case "FEFO":
                return expires, pile.since, lot, path
            case "FIFO":
                return pile.since, lot, path
            case "LIFO":
                return datetime.max.replace(tzinfo=pile.since.tzinfo) - pile.since, lot, path
            case _:
                return path, expires, pile.since, lot

    @staticmethod
    def pile_up(shelf: Shelf, added: Pile) -> None:
        for number, pile in enumerate(shelf.piles):
            if pile[:3] == added[:3]:
                since = min(pile.since, added.since) if pile.quantity > 0 else added.since
                total = pile.quantity + added.quantity
                if abs(total) > QUANTITY_MAX:
                    raise Declined("LIMIT_EXCEEDED")
                if total:
                    shelf.piles[number] = pile._replace(quantity=total, since=since)
                else:
                    del shelf.piles[number]
                return
        shelf.piles.append(added)

    # Pieces and lots.

    def pieces_taken(
        self,
        shelf: Shelf,
        quantity: int,
        serials: Sequence[str],
        may_be_taken: Callable[[str, UUID | None, str | None], bool],
    ) -> list[Piece]:
        if quantity % MILLION:
            raise Declined("INVALID_INPUT")
        here = self.here(shelf.place.key)
        fitting = {piece.number: piece for piece in here if may_be_taken(piece.state or "", piece.location, piece.lot)}
        if serials:
            if not set(serials) <= set(fitting):
                raise Declined("SERIAL_NOT_AVAILABLE")
            return [fitting[number] for number in serials]
        oldest = sorted(fitting.values(), key=lambda piece: (piece.since, piece.number))
        if len(oldest) * MILLION < quantity:
            raise Declined("INSUFFICIENT_STOCK")
        return oldest[: quantity // MILLION]

    def keep(self, shelf: Shelf, piece: Piece) -> None:
        self.pieces[shelf.place.item_id, piece.number] = piece

    @staticmethod
    def count(shelf: Shelf, serials: Sequence[str], quantity: int, *, must_be_named: bool) -> None:
        if shelf.place.good.tracking != "SERIAL":
            if serials:
                raise Declined("INVALID_INPUT")
        elif quantity % MILLION or (
            (serials or must_be_named) and not len(set(serials)) * MILLION == len(serials) * MILLION == quantity
        ):
            raise Declined("INVALID_INPUT")

    def _known_lot(self, shelf: Shelf, reference: LotReference) -> None:
        if (shelf.place.item_id, reference.code) not in self.batches:
            raise Declined("INVALID_INPUT")

    def _arriving_lot(self, shelf: Shelf, reference: LotReference | None) -> str | None:
        tracking = shelf.place.good.tracking
        if (reference is None and tracking == "LOT") or (reference is not None and tracking == "NONE"):
            raise Declined("INVALID_INPUT")
        if reference is None:
            return None
        given = (reference.manufactured_on, reference.best_before, reference.expires_on)
        known = self.batches.get((shelf.place.item_id, reference.code), Batch(*given))
        if known.is_recalled:
            raise Declined("LOT_NOT_ELIGIBLE")
        if any(old and new and old != new for old, new in zip(known[:3], given, strict=True)):
            raise Declined("INVALID_INPUT")
        made, best_before, expires = (old or new for old, new in zip(known[:3], given, strict=True))
        self.batches[shelf.place.item_id, reference.code] = Batch(made, best_before, expires)
        return reference.code
