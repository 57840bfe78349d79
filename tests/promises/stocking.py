"""Random receipts, corrections and moves that change what there is to promise."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from inventory_graph.stock.commands import Adjust, Command, Line, LotReference, Move, Receive, StockState
from tests.promises.choosing import Chooser
from tests.properties.changes import Change, PolicyChange, Recall
from tests.properties.naive_values import MILLION
from tests.properties.world import Place

EXPIRES_IN_DAYS = {"L0": -2, "L1": 0, "L2": 1, "L3": 2, "L4": 6, "L5": 40, "L6": None}
"""When the lots expire, from the day of the opening."""

RECALLED_PER_ITEM_MAX = 2


class Stocking:
    """Makes commands of the stock book with the means of the chooser."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.random = choose.random
        self.places = [place for place in choose.shop.places if place.good.status == "ACTIVE"]
        self.expires_in_days: Mapping[str, int | None] = EXPIRES_IN_DAYS
        self._serials = 0

    def command(self) -> Command:
        """Something comes, is lost, found, or laid aside."""
        place = self.random.choice(self.places)
        choose = self.choose
        available = choose.naive.holds.book.quantity(place.key, "AVAILABLE")
        kind = self.random.randrange(100)
        if kind < 62 or available <= 0:
            line: Line = self.receive(place)
        elif kind < 80:
            line = Adjust(
                variant_id=place.variant_id, warehouse_id=place.warehouse_id, delta=-self._part(place, available)
            )
        else:
            line = self._move(place)
        return self.of(line)

    def change(self) -> Change:
        """What happens between requests: a lot is recalled, or a good may go below zero from now on, or no more."""
        batches = self.choose.naive.holds.book.batches
        recalled = [item_id for (item_id, _), batch in batches.items() if batch.is_recalled]
        lots = [
            (item_id, code)
            for (item_id, code), batch in batches.items()
            if not batch.is_recalled and recalled.count(item_id) < RECALLED_PER_ITEM_MAX
        ]
        if lots and self.choose.chance(30):
            return Recall(*self.random.choice(lots))
        item_id = self.choose.shop.variants[self.random.choice(("SODA", "SYRUP", "CUP", "MILK"))].item_id
        return PolicyChange(item_id, is_allowed=self.choose.chance(50))

    def of(self, *lines: Line) -> Command:
        """A command of these lines, now and then of an earlier time."""
        choose = self.choose
        return Command(
            id=choose.id(),
            lines=lines,
            recorded_by="web",
            occurred_at=choose.now - choose.minutes(1, 600) if choose.chance(30) else None,
        )

    def receive(self, place: Place) -> Receive:
        """Something comes."""
        choose = self.choose
        if place.good.tracking == "SERIAL":
            quantity = Decimal(self.random.randrange(1, 5))
        elif place.good.unit == "PIECE":
            quantity = Decimal(self.random.randrange(1, 14))
        else:
            quantity = choose.decimal(self.random.randrange(1, 6 * MILLION))
        return Receive(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=quantity,
            unit_cost=Decimal(self.random.randrange(1, 10**6)).scaleb(-4) if choose.chance(70) else None,
            location_id=self._location(place),
            lot=self._lot(place),
            serials=self._new_serials(place, int(quantity)) if place.good.tracking == "SERIAL" else (),
        )

    def _move(self, place: Place) -> Move:
        book = self.choose.naive.holds.book
        heaps = [
            (heap, quantity)
            for heap, quantity in book.contents(place.key).items()
            if heap[0] != "RESERVED" and quantity > 0
        ]
        (state, location, lot), quantity = self.random.choice(heaps)
        others = [each for each in ("AVAILABLE", "QUARANTINED", "DAMAGED") if each != state]
        return Move(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=self._part(place, quantity),
            from_state=StockState(state),
            to_state=StockState(self.random.choice(others)),
            from_location_id=location,
            lot=LotReference(code=lot) if lot is not None else None,
        )

    def _part(self, place: Place, millionths: int) -> Decimal:
        step = MILLION if place.good.unit == "PIECE" else 1
        if self.choose.chance(12) or millionths < step:
            return self.choose.decimal(millionths)
        return self.choose.decimal(max(self.random.randrange(0, millionths + 1) // 2 // step, 1) * step)

    def _location(self, place: Place) -> UUID | None:
        if self.choose.chance(50):
            return None
        return self.random.choice(list(self.choose.shop.locations[place.warehouse_id]))

    def _lot(self, place: Place) -> LotReference | None:
        if not place.good.takes_lots or (place.good.tracking == "SERIAL" and self.choose.chance(30)):
            return None
        batches = self.choose.naive.holds.book.batches
        codes = [
            code
            for code in self.expires_in_days
            if (place.item_id, code) not in batches or not batches[place.item_id, code].is_recalled
        ]
        return self.lot(self.random.choice(codes))

    def lot(self, code: str) -> LotReference:
        """The lot with its date, or without."""
        days = self.expires_in_days[code]
        expires_on: date | None = None
        if days is not None:
            expires_on = self.choose.shop.opening.date() + timedelta(days=days)
        return LotReference(code=code, expires_on=expires_on)

    def _new_serials(self, place: Place, count: int) -> tuple[str, ...]:
        """New numbers, and now and then that of a piece that left."""
        pieces = self.choose.naive.holds.book.pieces
        gone = [number for (item, number), piece in pieces.items() if item == place.item_id and not piece.state]
        numbers = self.random.sample(gone, min(len(gone), count)) if self.choose.chance(10) else []
        while len(numbers) < count:
            self._serials += 1
            # The order of the numbers as text is neither that of their making nor the same in every language.
            prefix = self.random.choice(("a", "B", "c-", "_", "Ä"))
            numbers.append(f"{prefix}{self._serials}")
        return tuple(numbers)
