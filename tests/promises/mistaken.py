"""Requests that are wrong in one way each, so that every refusal is seen often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from inventory_graph.reservations.requests import (
    Assign,
    Commit,
    ConsumeLine,
    ConsumeStock,
    Extend,
    MarkReady,
    Modifier,
    Release,
    Reserve,
    ReserveLine,
    ReverseConsumption,
)
from inventory_graph.stock.service import Place
from tests.promises.choosing import Chooser, owner_named
from tests.promises.shop import CLOSED

if TYPE_CHECKING:
    from tests.promises.checked import Asked
    from tests.promises.generator import Generator


class Mistaken:
    """Makes wrong requests with the means of the generator."""

    def __init__(self, choose: Chooser, generator: "Generator") -> None:
        self.choose = choose
        self.random = choose.random
        self.generator = generator
        # Each line is one refusal; several ways to be INVALID_INPUT share its part.
        self._ways: tuple[tuple[Callable[[], Asked], int], ...] = (
            (self.already_resolved, 12),
            (self.archived, 8),
            (self.expired, 10),
            (self.forbidden, 12),
            (self.insufficient, 8),
            (self.invalid, 26),
            (self.lot_not_eligible, 9),
            (self.not_held, 9),
            (self.serial_elsewhere, 9),
            (self.unit, 7),
            (self.unknown, 9),
            (self.too_many_lines, 3),
        )

    def request(self) -> "Asked":
        """A request that is probably refused."""
        ways, weights = zip(*self._ways, strict=True)
        made: Asked = self.random.choices(ways, weights)[0]()
        return made

    def plain(self, *lines: ReserveLine, **more: object) -> Reserve:
        """A request for these lines for somebody new, at one place."""
        asked = Reserve(
            actor=self.choose.shop.callers["web"], lines=lines or (self.line(),), order_id=self.choose.id(),
            place=Place(code=self.random.choice(("NORTH", "SOUTH", "STORE"))),
        )  # fmt: skip
        return replace(asked, **more)  # type: ignore[arg-type]

    def line(self, sku: str = "CUP", quantity: str = "1") -> ReserveLine:
        return ReserveLine(sku=sku, quantity=Decimal(quantity))

    def use(self, *lines: ConsumeLine, **more: object) -> ConsumeStock:
        """A report of these lines for a new order, at one place."""
        asked = ConsumeStock(
            actor=self.choose.shop.callers["web"], lines=lines, order_id=self.choose.id(),
            place=Place(code=self.random.choice(("NORTH", "SOUTH", "STORE"))),
        )  # fmt: skip
        return replace(asked, **more)  # type: ignore[arg-type]

    def either(self, line: ReserveLine) -> "Asked":
        """The line is wanted, or was used."""
        if self.choose.chance(60):
            return self.plain(line)
        used = ConsumeLine(
            sku=line.sku or "", quantity=line.quantity, unit=line.unit, lot_code=line.lot_code, serials=line.serials,
            modifiers=line.modifiers,
        )  # fmt: skip
        return self.use(used)

    def already_resolved(self) -> "Asked":
        done = [each for each in list(self.choose.naive.promises.all.values())[-40:] if not each.is_live]
        if not done:
            return self.unknown()
        promise = self.random.choice(done)
        actor = self.choose.shop.callers["web"]
        return self.random.choice(
            (
                Commit(actor=actor, reservation_id=promise.label),
                Release(actor=actor, reservation_id=promise.label),
                Extend(actor=actor, reservation_id=promise.label, expires_in=timedelta(hours=1)),
            )
        )

    def expired(self) -> "Asked":
        over = [each for each in self.choose.naive.promises.live.values() if each.is_over(self.choose.now)]
        if not over:
            return self.already_resolved()
        promise = self.random.choice(over)
        actor = self.choose.shop.callers["web"]
        return self.random.choice(
            (
                Commit(actor=actor, reservation_id=promise.label),
                Extend(actor=actor, reservation_id=promise.label, expires_in=timedelta(days=9)),
                MarkReady(actor=actor, reservation_id=promise.label),
            )
        )

    def archived(self) -> "Asked":
        return self.either(replace(self.line("FOSSIL"), quantity=Decimal(self.random.randrange(1, 3))))

    def forbidden(self) -> "Asked":
        shop, promise = self.choose.shop, self.choose.promise()
        ways: list[Asked] = [
            self.plain(actor=shop.callers["clerk"], is_hard=True),
            self.plain(actor=shop.callers["bound"], place=Place(code="SOUTH")),
            self.use(
                ConsumeLine(sku="CUP", quantity=Decimal(1)), actor=shop.callers["clerk"],
                occurred_at=self.choose.now - timedelta(hours=49),
            ),
        ]  # fmt: skip
        if promise is not None:
            stranger = shop.callers[self.random.choice(("clerk", "shelver", "bound"))]
            ways += [
                Release(actor=shop.callers["clerk"], reservation_id=promise.label),
                Extend(actor=stranger, reservation_id=promise.label, expires_in=timedelta(days=8)),
            ]
        return self.random.choice(ways)

    def insufficient(self) -> "Asked":
        variant = self.choose.shop.variants[self.random.choice(("FLOUR", "CUP", "YOGHURT", "PHONE", "LATTE", "HAMPER"))]
        return self.either(ReserveLine(sku=variant.sku, quantity=Decimal(self.random.randrange(200, 900))))

    def lot_not_eligible(self) -> "Asked":
        """A lot is named that may not be used any more, or pieces of one."""
        book = self.choose.naive.holds.book
        sku, code = self.random.choice((("YOGHURT", "L0"), ("CHEESE", "L0"), ("CHEESE", "L1"), ("RADIO", "L0")))
        variant = self.choose.shop.variants[sku]
        if sku == "RADIO":
            pieces = [
                (number, piece)
                for (item, number), piece in book.pieces.items()
                if item == variant.item_id and piece.state == "AVAILABLE" and piece.lot == code
            ]
            if pieces:
                number, piece = self.random.choice(pieces)
                line = ReserveLine(sku=sku, quantity=Decimal(1), serials=(number,))
                return replace(self.plain(line), place=Place(id=piece.warehouse))
        return self.either(ReserveLine(sku=sku, quantity=Decimal(1), lot_code=code))

    def not_held(self) -> "Asked":
        """A step that does not lead on from where the reservation is."""
        shop, promises = self.choose.shop, self.choose.naive.promises
        now = self.choose.now
        fresh = [each for each in promises.live.values() if not each.is_over(now)]
        ways: list[Asked] = [self.plain(place=Place(code=CLOSED))]
        waiting = [each for each in fresh if not any(line.held for line in each.lines.values())]
        ways += [Commit(actor=shop.callers["web"], reservation_id=each.label) for each in waiting[:1]]
        other = [each for each in fresh if each.kind != "CLICK_AND_COLLECT"]
        ways += [MarkReady(actor=shop.callers["web"], reservation_id=each.label) for each in other[:1]]
        of_orders = [each for each in fresh if each.owner.startswith("order:")]
        if len(of_orders) > 1:
            one, two = self.random.sample(of_orders, 2)
            order_id, _ = owner_named(two.owner)
            assert order_id is not None
            ways.append(Assign(actor=shop.callers["web"], reservation_id=one.label, order_id=order_id))
        return self.random.choice(ways)

    def serial_elsewhere(self) -> "Asked":
        """A piece is named that is not there to be had."""
        pieces = self.choose.naive.holds.book.pieces
        item_id = self.choose.shop.variants["PHONE"].item_id
        numbers = [number for (item, number), piece in pieces.items() if item == item_id and piece.state != "AVAILABLE"]
        number = self.random.choice([*numbers[-20:], "nobody's"])
        return self.either(ReserveLine(sku="PHONE", quantity=Decimal(1), serials=(number,)))

    def unit(self) -> "Asked":
        sku, unit = self.random.choice((("FLOUR", "PIECE"), ("CUP", "GRAM"), ("LATTE", "KG")))
        return self.either(ReserveLine(sku=sku, quantity=Decimal(3), unit=unit))

    def unknown(self) -> "Asked":
        choose, line = self.choose, self.line()
        return self.random.choice(
            (
                self.either(self.line("NOTHING")),
                self.plain(ReserveLine(variant_id=choose.id(), quantity=Decimal(1))),
                self.plain(place=Place(code="NOWHERE")),
                self.plain(place=Place(id=choose.id())),
                Release(actor=choose.shop.callers["web"], reservation_id=choose.id()),
                ReverseConsumption(actor=choose.shop.callers["web"], order_id=choose.id()),
                self.plain(replace(line, modifiers=(Modifier(sku="NOTHING", quantity=Decimal(1)),))),
                self.plain(replace(line, unit="FURLONG")),
            )
        )

    def too_many_lines(self) -> "Asked":
        """One line more for somebody who has as many as may be."""
        full = [each for each in self.choose.naive.promises.live.values() if len(each.lines) > 90 and each.by == "web"]
        full = [each for each in full if not each.is_over(self.choose.now)]
        lines = tuple(
            ReserveLine(line_reference=f"{self.random.randrange(10**9)}", sku="MASSAGE", quantity=Decimal(1))
            for _ in range(98 if not full else 12)
        )
        if full and full[0].owner.startswith("order:"):
            return self.plain(*lines, order_id=owner_named(full[0].owner)[0])
        return self.plain(*lines, expires_in=timedelta(hours=8))

    def invalid(self) -> "Asked":
        """One of the many ways in which a request makes no sense."""
        return self.random.choice((self._invalid_lines, self._invalid_times, self._invalid_steps))()

    def _invalid_lines(self) -> "Asked":
        line, cup = self.line(), ConsumeLine(sku="CUP", quantity=Decimal(1))
        ways: tuple[Callable[[], Asked], ...] = (
            lambda: replace(self.plain(), lines=()),
            lambda: self.either(self.line(quantity="-1")),
            lambda: self.either(self.line(quantity="0.5")),
            lambda: self.plain(self.line(quantity="0")),
            lambda: self.plain(ReserveLine(quantity=Decimal(1))),
            lambda: self.plain(replace(line, line_reference="")),
            lambda: self.plain(replace(line, line_reference="x" * 101)),
            lambda: self.plain(replace(line, line_reference="2"), line),
            lambda: self.either(replace(self.line("LATTE"), lot_code="L1")),
            lambda: self.either(replace(line, lot_code="L1")),
            lambda: self.plain(replace(self.line("YOGHURT"), lot_code="nobody's"), on_shortage="BACKORDER"),
            lambda: self.either(replace(self.line("PHONE", "2"), serials=("one",))),
            lambda: self.either(replace(line, serials=("one",))),
            lambda: self.plain(replace(self.line("PHONE", "2"), serials=("twice", "twice"))),
            lambda: self.use(replace(cup, quantity=Decimal(0))),
            lambda: self.use(cup, occurred_at=self.choose.now + timedelta(minutes=6)),
            lambda: self.plain(replace(line, modifiers=(Modifier(sku="MILK", quantity=Decimal(1)),) * 51)),
        )
        return self.random.choice(ways)()

    def _invalid_times(self) -> "Asked":
        now = self.choose.now
        ways: tuple[Callable[[], Asked], ...] = (
            lambda: self.plain(expires_in=timedelta(0)),
            lambda: self.plain(expires_in=timedelta(days=31)),
            lambda: self.plain(pickup_until=now + timedelta(hours=1)),
            lambda: self.plain(pickup_at=now - timedelta(minutes=6)),
            lambda: self.plain(pickup_at=now + timedelta(hours=2), pickup_until=now + timedelta(hours=1)),
            lambda: self.plain(pickup_at=now - timedelta(minutes=4), pickup_until=now - timedelta(minutes=1)),
            lambda: self.plain(pickup_at=now + timedelta(days=29), pickup_until=now + timedelta(days=31)),
            lambda: self.plain(minimum_shelf_life_days=-1),
            lambda: self.plain(priority=1_000_001),
            lambda: self.plain(order_id=None, reference=""),
            lambda: self.plain(place=Place(code="NORTH", id=self.choose.shop.warehouses["NORTH"])),
        )
        return self.random.choice(ways)()

    def _invalid_steps(self) -> "Asked":
        """Something that cannot be done with a reservation, or taken back of an order."""
        actor = self.choose.shop.callers["web"]
        promise = self.choose.promise()
        ways: list[Asked] = [
            ReverseConsumption(actor=actor),
            ReverseConsumption(actor=actor, order_id=self.choose.id(), lines=(("CUP", Decimal(0)),)),
            ReverseConsumption(actor=actor, order_id=self.choose.id(), lines=(("CUP", Decimal("0.5")),)),
        ]
        if promise is not None:
            ways += [
                Extend(actor=actor, reservation_id=promise.label, expires_in=timedelta(0)),
                Extend(actor=actor, reservation_id=promise.label, expires_in=timedelta(days=31)),
                Extend(actor=actor, reservation_id=promise.label, expires_in=timedelta(seconds=1)),
                Commit(actor=actor, reservation_id=promise.label, lines=((self.choose.id(), Decimal(1)),)),
            ]
            line = next((line for line in promise.lines.values() if line.held and line.label is not None), None)
            if line is not None and line.label is not None:
                held = self.choose.decimal(line.held)
                ways += [
                    Commit(actor=actor, reservation_id=promise.label, lines=((line.label, held + 1),)),
                    Commit(actor=actor, reservation_id=promise.label, lines=((line.label, Decimal(0)),)),
                    Commit(actor=actor, reservation_id=promise.label, lines=((line.label, held), (line.label, held))),
                ]
        return self.random.choice(ways)
