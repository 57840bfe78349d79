"""Random commands that meet each other: most of them sensible for what lies where now, the others wrong in one way each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID

from inventory_graph.stock.commands import (
    Adjust,
    Command,
    Document,
    Line,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    StockState,
)
from tests.properties.leaving import Leaving
from tests.properties.naive import NaiveBook
from tests.properties.naive_values import MILLION
from tests.properties.world import BEGINNING, Place, World, lot_dates
from tests.properties.wrong import Wrong

Choice = TypeVar("Choice")

LOT_CODES = tuple(f"L{number}" for number in range(7))
MOVABLE = ("AVAILABLE", "QUARANTINED", "DAMAGED")
WRONG_PERCENT = 26


class Generator:
    """Makes commands for a world from a seed, looking at the naive book for what would be sensible.

    The caller applies each command to the naive book before asking for the next.
    """

    def __init__(self, random: Random, world: World, naive: NaiveBook) -> None:
        self.random = random
        self.world = world
        self.naive = naive
        self.documents: list[Document] = []
        self.serials = 0
        self.leaving = Leaving(self)
        self.stocked = [
            place for place in world.places if place.good.type != "SERVICE" and place.good.status == "ACTIVE"
        ]
        self.wrong = Wrong(self)

    def command(self) -> Command:
        """The next command."""
        self.leaving.begin()
        if self.random.randrange(100) < WRONG_PERCENT:
            return self.wrong.command()
        count = self.random.choices((1, 2, 3, 5, 8), (72, 16, 7, 4, 1))[0]
        places = [self.random.choice(self.stocked) for _ in range(count)]
        if count > 1 and self.chance(50):
            places[-1] = places[0]
        return self.of(*(self.line(place) for place in places))

    def of(self, *lines: Line, document: Document | None = None) -> Command:
        """A command of these lines, now and then of a document or of an earlier time."""
        if document is None and self.chance(15):
            document = self.new_document()
        return Command(
            id=self.id(),
            lines=lines,
            recorded_by="user-random",
            reason=self.random.choice((None, "counted", "spoiled")),
            document=document,
            occurred_at=self.earlier() if self.chance(30) else None,
        )

    def line(self, place: Place) -> Line:
        """A line that is likely to be accepted."""
        make: Callable[[Place], Line] = self.random.choices(
            (self.receive, self.adjust_up, self.adjust_down, self.set, self.move, self.leaving.line),
            (28, 7, 18, 9, 20, 32),
        )[0]
        return make(place)

    def receive(self, place: Place) -> Receive:
        """Something arrives."""
        quantity = self.amount(place)
        is_numbered = place.good.tracking == "SERIAL"
        return Receive(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=quantity,
            unit_cost=self.cost(place) if self.chance(60) else None,
            location_id=self.location(place),
            lot=self.arriving_lot(place),
            serials=self.arriving_serials(place, int(quantity)) if is_numbered else (),
        )

    def adjust_up(self, place: Place) -> Line:
        """More is found; of what is numbered it is received instead."""
        if place.good.tracking == "SERIAL":
            return self.receive(place)
        return Adjust(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            delta=self.amount(place),
            location_id=self.location(place),
            lot=self.arriving_lot(place),
        )

    def adjust_down(self, place: Place) -> Line:
        """Something is lost: from anywhere, from one location, or of one lot."""
        heaps = {heap: q for heap, q in self.naive.contents(place.key).items() if heap[0] == "AVAILABLE" and q > 0}
        if not heaps and not (place.good.tracking == "NONE" and self.naive.shelves[place.key].may_be_negative):
            return self.receive(place)
        location: UUID | None = None
        lot: str | None = None
        quantity = max(self.naive.quantity(place.key, "AVAILABLE"), 0)
        if heaps and self.chance(40):
            (_, location, lot), quantity = self.random.choice(list(heaps.items()))
            if self.chance(30):
                location = None
        return Adjust(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            delta=-self.part(place, quantity),
            location_id=location,
            lot=LotReference(code=lot) if lot is not None else None,
        )

    def set(self, place: Place) -> SetOnHand:
        """A new total, most often with a right guess of the old one."""
        found = self.naive.quantity(place.key)
        guard = self.random.choices((self.decimal(found), None), (60, 40))[0]
        if place.good.tracking == "NONE" and self.chance(50):
            wanted = self.amount(place)
        elif self.chance(15):
            wanted = self.decimal(found)
        else:
            taken = self.part(place, max(self.naive.quantity(place.key, "AVAILABLE"), 0))
            wanted = max(self.decimal(found) - taken, Decimal(0))
        return SetOnHand(
            variant_id=place.variant_id, warehouse_id=place.warehouse_id, quantity=wanted, change_from=guard
        )

    def move(self, place: Place) -> Line:
        """From one state to another, from one location to another, or both."""
        heaps = {heap: q for heap, q in self.naive.contents(place.key).items() if q > 0}
        if not heaps:
            return self.receive(place)
        (state, location, lot), quantity = self.random.choice(list(heaps.items()))
        to_state = self.random.choice(MOVABLE)
        to_location = self.random.choice(list(self.world.locations[place.warehouse_id]))
        quantity_moved = self.part(place, quantity)
        serials: tuple[str, ...] = ()
        if place.good.tracking == "SERIAL" and self.chance(50):
            pieces = [
                piece.number
                for piece in self.naive.here(place.key, state)
                if (piece.location, piece.lot) == (location, lot)
            ]
            serials = tuple(self.random.sample(pieces, min(int(quantity_moved), len(pieces))))
        return Move(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=quantity_moved,
            from_state=StockState(state),
            to_state=StockState(to_state),
            from_location_id=location if self.chance(70) else None,
            to_location_id=to_location if state == to_state or self.chance(40) else None,
            lot=LotReference(code=lot) if lot is not None and self.chance(50) else None,
            serials=serials,
        )

    # What lines are made of.

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def earlier(self) -> datetime:
        return BEGINNING - timedelta(seconds=self.random.randrange(1, 2_000))

    def new_document(self) -> Document:
        document = Document(type="COUNT", id=self.id(), line=str(self.random.randrange(3)), kind="ADJUSTMENT")
        self.documents.append(document)
        return document

    @staticmethod
    def decimal(millionths: int) -> Decimal:
        return Decimal(millionths).scaleb(-6)

    def amount(self, place: Place) -> Decimal:
        """How much may come: whole pieces of what is numbered, a lot of bulk, else a little, often not whole."""
        if place.good.tracking == "SERIAL":
            return Decimal(self.random.choices((1, 2, 3), (70, 20, 10))[0])
        if place.good.is_bulk:
            return self.decimal(self.random.randrange(1, 400_000_000_000 * MILLION))
        if self.chance(50):
            return Decimal(self.random.randrange(1, 20))
        return self.decimal(self.random.randrange(1, 20 * MILLION))

    def part(self, place: Place, millionths: int) -> Decimal:
        """Some of what is there, now and then more than that where it may be."""
        step = MILLION if place.good.tracking == "SERIAL" else 1
        if millionths < step or (self.naive.shelves[place.key].may_be_negative and self.chance(25)):
            return self.amount(place)
        if self.chance(25):
            return self.decimal(millionths)
        return self.decimal(self.random.randrange(step, millionths + 1) // step * step)

    def cost(self, place: Place) -> Decimal:
        if place.good.is_bulk:
            return Decimal(self.random.randrange(1, 10_000)).scaleb(-2)
        return Decimal(self.random.randrange(0, 10**6)).scaleb(self.random.choice((0, -2, -6, -10)))

    def location(self, place: Place) -> UUID | None:
        if self.chance(45):
            return None
        return self.random.choice(list(self.world.locations[place.warehouse_id]))

    def arriving_lot(self, place: Place) -> LotReference | None:
        if not place.good.takes_lots or (place.good.tracking == "SERIAL" and self.chance(30)):
            return None
        codes = [code for code in LOT_CODES if not self.is_recalled(place, code)]
        return self.lot(self.random.choice(codes))

    def lot(self, code: str) -> LotReference:
        """The lot with some of its dates, or all, or none."""
        manufactured_on, expires_on = lot_dates(code)
        return LotReference(
            code=code,
            manufactured_on=manufactured_on if self.chance(50) else None,
            expires_on=expires_on if self.chance(60) else None,
        )

    def is_recalled(self, place: Place, code: str) -> bool:
        batch = self.naive.batches.get((place.item_id, code))
        return batch is not None and batch.is_recalled

    def arriving_serials(self, place: Place, count: int) -> tuple[str, ...]:
        """New numbers, and now and then the number of a piece that left."""
        gone = [
            number
            for (item, number), piece in self.naive.pieces.items()
            if item == place.item_id and not piece.state and (item, number) not in self.naive.riding
        ]
        numbers = self.random.sample(gone, min(len(gone), count)) if self.chance(30) else []
        while len(numbers) < count:
            self.serials += 1
            # The order of the numbers as text is neither that of their making nor the same in every language.
            prefix = self.random.choice(("a", "B", "c-", "_", "Ä"))
            numbers.append(f"{prefix}{self.serials}")
        return tuple(numbers)
