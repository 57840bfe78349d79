"""Commands that are wrong in one way each, so that every refusal is seen often."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from inventory_graph.stock.commands import (
    Adjust,
    Arrive,
    Command,
    Lose,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    Ship,
    StockState,
)
from tests.properties.naive_values import MILLION
from tests.properties.world import Place

if TYPE_CHECKING:
    from tests.properties.generator import Generator

FAR_OFF = datetime(2190, 1, 1, tzinfo=UTC)


class Wrong:
    """Makes wrong commands with the means of the generator."""

    def __init__(self, generator: "Generator") -> None:
        self.g = generator
        # Each line here is one refusal; several ways to be INVALID_INPUT share its part.
        self.ways = (
            (self.insufficient, 4),
            (self.stale, 3),
            (self.serial_in_stock, 2),
            (self.serial_elsewhere, 2),
            (self.recalled, 4),
            (self.posted_before, 3),
            (self.archived, 3),
            (self.unknown, 3),
            (self.too_much, 3),
            (self.invalid, 4),
        )

    def command(self) -> Command:
        """A command that is probably refused."""
        ways, weights = zip(*self.ways, strict=True)
        made: Command = self.g.random.choices(ways, weights)[0]()
        # What arrives does so for a transfer, which would know that it is not on its way even if the line before it let it go.
        if made.lines and not isinstance(made.lines[0], Arrive) and self.g.chance(30):
            # A good line before it must leave nothing behind.
            made = replace(made, lines=(self.g.line(self.g.random.choice(self.g.stocked)), *made.lines))
        return made

    def place(self, *, tracking: str | None = None, takes_lots: bool | None = None) -> Place:
        """A place of a good like this."""
        return self.g.random.choice(
            [
                place
                for place in self.g.stocked
                if tracking in (None, place.good.tracking) and takes_lots in (None, place.good.takes_lots)
            ]
        )

    def insufficient(self) -> Command:
        place = self.g.random.choice(
            [place for place in self.g.stocked if not self.g.naive.shelves[place.key].may_be_negative]
        )
        found = max(self.g.naive.quantity(place.key, "AVAILABLE"), 0)
        step = MILLION if place.good.tracking == "SERIAL" else 1
        wanted = self.g.decimal(min(found + step * self.g.random.randrange(1, 10), 10**18 - 1) // step * step)
        if self.g.chance(40):
            return self.g.of(
                Adjust(variant_id=place.variant_id, warehouse_id=place.warehouse_id, delta=-wanted),
            )
        if self.g.chance(40):
            return self.g.of(Ship(variant_id=place.variant_id, warehouse_id=place.warehouse_id, quantity=wanted))
        return self.g.of(
            Move(
                variant_id=place.variant_id,
                warehouse_id=place.warehouse_id,
                quantity=wanted,
                to_state=StockState.DAMAGED,
            )
        )

    def stale(self) -> Command:
        place = self.place()
        found = self.g.decimal(self.g.naive.quantity(place.key))
        off = self.g.decimal(self.g.random.choice((-MILLION, -1, 1, MILLION)))
        return self.g.of(
            SetOnHand(
                variant_id=place.variant_id,
                warehouse_id=place.warehouse_id,
                quantity=Decimal(self.g.random.randrange(10)),
                change_from=found + off,
            )
        )

    def serial_in_stock(self) -> Command:
        """A piece arrives that is there already, here, elsewhere, or as another variant; or that is on its way."""
        place = self.place(tracking="SERIAL")
        here = [
            number
            for (item, number), piece in self.g.naive.pieces.items()
            if item == place.item_id and (piece.state is not None or (item, number) in self.g.naive.riding)
        ]
        line = replace(self.g.receive(place), quantity=Decimal(1))
        return self.g.of(replace(line, serials=(self.g.random.choice(here) if here else "new",)))

    def serial_elsewhere(self) -> Command:
        """A piece is moved that is not here, or not in this state; or comes off its way where it is in stock."""
        place = self.place(tracking="SERIAL")
        numbers = [number for item, number in self.g.naive.pieces if item == place.item_id]
        here = [each.number for each in self.g.naive.here(place.key)]
        if here and self.g.chance(30):
            return self.g.of(
                Arrive(
                    variant_id=place.variant_id,
                    warehouse_id=place.warehouse_id,
                    quantity=Decimal(1),
                    serials=(self.g.random.choice(here),),
                )
            )
        return self.g.of(
            Move(
                variant_id=place.variant_id,
                warehouse_id=place.warehouse_id,
                quantity=Decimal(1),
                from_state=StockState(self.g.random.choice(("AVAILABLE", "DAMAGED"))),
                to_state=StockState.QUARANTINED,
                serials=(self.g.random.choice([*numbers, "nobody's"]),),
            )
        )

    def recalled(self) -> Command:
        choices = [
            (place, code)
            for place in self.g.stocked
            for (item, code), batch in self.g.naive.batches.items()
            if item == place.item_id and batch.is_recalled
        ]
        if not choices:
            return self.invalid()
        place, code = self.g.random.choice(choices)
        if self.g.chance(30):
            return self.g.of(
                Ship(
                    variant_id=place.variant_id,
                    warehouse_id=place.warehouse_id,
                    quantity=Decimal(1),
                    lot=LotReference(code=code),
                )
            )
        return self.g.of(replace(self.g.receive(place), lot=self.g.lot(code)))

    def posted_before(self) -> Command:
        """The same document line again, perhaps for another balance."""
        line = self.g.line(self.place())
        documents = self.g.documents[-20:]
        return self.g.of(line, document=self.g.random.choice(documents) if documents else None)

    def archived(self) -> Command:
        fossils = [place for place in self.g.world.places if place.good.status == "ARCHIVED"]
        return self.g.of(self.g.line(self.g.random.choice(fossils)))

    def unknown(self) -> Command:
        line = self.g.line(self.place())
        if self.g.chance(50):
            return self.g.of(replace(line, variant_id=self.g.id()))
        return self.g.of(replace(line, warehouse_id=self.g.id()))

    def too_much(self) -> Command:
        place = self.place(tracking="NONE")
        receive = partial(Receive, variant_id=place.variant_id, warehouse_id=place.warehouse_id)
        adjust = partial(Adjust, variant_id=place.variant_id, warehouse_id=place.warehouse_id)
        most = Decimal("999999999999.999999")
        quantity = self.g.random.randrange(5)
        if quantity == 0:
            return self.g.of(receive(quantity=most + 1))
        if quantity == 1:
            return self.g.of(receive(quantity=Decimal(1), unit_cost=Decimal("1e20")))
        if quantity == 2:
            return self.g.of(receive(quantity=Decimal(10**7), unit_cost=Decimal("1e12")))
        if quantity == 3:
            return self.g.of(adjust(delta=-most), adjust(delta=-most))
        return self.g.of(receive(quantity=most), receive(quantity=most))

    def invalid(self) -> Command:
        """One of the many ways in which a line makes no sense."""
        place = self.place()
        line = self.g.receive(place)
        adjust = partial(Adjust, variant_id=place.variant_id, warehouse_id=place.warehouse_id)
        spa = next(each for each in self.g.world.places if each.good.type == "SERVICE")
        lots, pieces = self.place(takes_lots=True), self.place(tracking="SERIAL")
        wrong_lot = LotReference(code="L1", manufactured_on=date(1999, 12, 31))
        move = Move(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=Decimal(1),
            to_state=StockState.DAMAGED,
        )
        choices = (
            lambda: self.g.of(self.g.receive(spa)),
            lambda: self.g.of(replace(line, quantity=Decimal(self.g.random.randrange(-3, 1)))),
            lambda: self.g.of(replace(line, quantity=line.quantity + Decimal("0.0000001"))),
            lambda: self.g.of(replace(line, unit_cost=Decimal("-0.01"))),
            lambda: self.g.of(replace(self.g.receive(lots), lot=wrong_lot)),
            lambda: self.g.of(replace(self.g.receive(self.place(tracking="LOT")), lot=None)),
            lambda: self.g.of(replace(self.g.receive(self.place(tracking="NONE")), lot=LotReference(code="L1"))),
            lambda: self.g.of(replace(self.g.receive(self.place(tracking="NONE")), serials=("a1",))),
            lambda: self.g.of(replace(self.g.receive(pieces), quantity=Decimal(1), serials=())),
            lambda: self.g.of(replace(self.g.receive(pieces), quantity=Decimal(2), serials=("twice", "twice"))),
            lambda: self.g.of(replace(self.g.receive(pieces), quantity=Decimal("0.5"))),
            lambda: self.g.of(adjust(delta=Decimal(0))),
            lambda: self.g.of(Adjust(variant_id=pieces.variant_id, warehouse_id=pieces.warehouse_id, delta=Decimal(1))),
            lambda: self.g.of(
                Adjust(variant_id=pieces.variant_id, warehouse_id=pieces.warehouse_id, delta=Decimal("-0.5"))
            ),
            lambda: self.g.of(Ship(variant_id=place.variant_id, warehouse_id=place.warehouse_id, quantity=Decimal(0))),
            lambda: self.g.of(
                Lose(variant_id=place.variant_id, warehouse_id=place.warehouse_id, quantity=Decimal("0.0000001"))
            ),
            lambda: self.g.of(replace(move, lot=LotReference(code="nobody's"))),
            lambda: self.g.of(replace(move, to_state=StockState.RESERVED)),
            lambda: self.g.of(replace(move, from_state=StockState.RESERVED)),
            lambda: self.g.of(replace(move, to_state=StockState.AVAILABLE)),
            lambda: self.g.of(
                SetOnHand(
                    variant_id=pieces.variant_id, warehouse_id=pieces.warehouse_id, quantity=Decimal(-(10**12) + 1)
                )
            ),
            lambda: replace(self.g.of(line), occurred_at=FAR_OFF + timedelta(days=self.g.random.randrange(9))),
            lambda: replace(self.g.of(line), lines=()),
        )
        return self.g.random.choice(choices)()
