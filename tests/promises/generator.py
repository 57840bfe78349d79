"""Random requests that meet each other: most of them sensible for what is promised and what lies where now, the others wrong
in one way each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from inventory_graph.reservations.requests import (
    Assign,
    Commit,
    Expire,
    Extend,
    MarkNoShow,
    MarkReady,
    Release,
    Reserve,
    ReserveLine,
)
from inventory_graph.stock.service import Place
from tests.promises.checked import Asked
from tests.promises.choosing import ORDERS, Chooser
from tests.promises.mistaken import Mistaken
from tests.promises.naive_promises import Promise, PromisedLine
from tests.promises.naive_shop import NaiveShop
from tests.promises.shop import Shop
from tests.promises.stocking import Stocking
from tests.promises.using import Using

SHORTAGES = ("ALL_OR_NOTHING", "PARTIAL", "BACKORDER")
REFERENCES = ("a", "b", "c", "2")
WRONG_PERCENT = 13


class Generator:
    """Makes requests for a shop from a seed, looking at the naive shop for what would be sensible.

    The caller has the naive shop answer each request before it asks for the next.
    """

    def __init__(self, random: Random, shop: Shop, naive: NaiveShop, *, orders: int = ORDERS) -> None:
        self.choose = Chooser(random, shop, naive, orders=orders)
        self.random = random
        self.stocking = Stocking(self.choose)
        self.using = Using(self.choose)
        self.mistaken = Mistaken(self.choose, self)
        self._ways: tuple[tuple[Callable[[], Asked], int], ...] = (
            (self.stocking.command, 17),
            (self.reserve, 27),
            (self.commit, 11),
            (self.release, 4),
            (self.extend, 4),
            (self.make_ready, 3),
            (self.no_show, 2),
            (self.assign, 3),
            (self.expire, 4),
            (self.using.consume, 16),
            (self.using.reverse, 9),
        )

    def request(self, now: datetime) -> Asked:
        """The next request, to be asked at that time."""
        self.choose.now = now
        if self.choose.chance(4):
            self.choose.renew()
        if self.choose.chance(WRONG_PERCENT):
            return self.mistaken.request()
        return self.sensible()

    def receipt(self, now: datetime) -> Asked:
        """Something comes, is lost, found or laid aside."""
        self.choose.now = now
        return self.stocking.command()

    def sensible(self) -> Asked:
        """A request that is probably accepted."""
        ways, weights = zip(*self._ways, strict=True)
        made: Asked = self.random.choices(ways, weights)[0]()
        return made

    # What is reserved.

    def reserve(self) -> Reserve:
        """Something is wanted, by somebody new or by somebody who has something already."""
        choose = self.choose
        order_id, reference = choose.owner()
        place = choose.place()
        known = choose.naive.promises.live_of(f"order:{order_id}" if order_id else f"reference:{reference}")
        is_collected = choose.chance(18)
        pickup_at = choose.now + timedelta(minutes=self.random.randrange(-4, 600)) if is_collected else None
        if known is not None and choose.chance(60):
            pickup_at = known.pickup_at if known.pickup_at is None or known.pickup_at > choose.now else pickup_at
        pickup_until = pickup_at + choose.minutes(10, 180) if pickup_at and choose.chance(50) else None
        return Reserve(
            actor=choose.caller(),
            lines=self.reserve_lines(place, known),
            type="CLICK_AND_COLLECT" if is_collected else self.random.choice(("ORDER", "POS", "PRODUCTION")),
            order_id=order_id,
            reference=reference,
            place=place,
            expires_in=self.random.choice(
                (None, choose.minutes(1, 90), choose.minutes(1, 90), choose.minutes(60, 3000))
            ),
            is_hard=choose.chance(4),
            pickup_at=pickup_at,
            pickup_until=pickup_until,
            on_shortage=self.random.choices(SHORTAGES, (50, 28, 22))[0],
            minimum_shelf_life_days=self.random.choice(choose.shelf_lives),
            priority=self.random.choice((0, 0, 5)),
            fills_partially=choose.chance(70),
            deliver_to=(0.0, self.random.choice((1.2, 6.1))) if choose.chance(50) else None,
        )

    def reserve_lines(self, place: Place | None, known: Promise | None) -> tuple[ReserveLine, ...]:
        """One line or some, of which those that are known already may be as they are."""
        count = self.random.choices((1, 2, 3, 5), (62, 22, 11, 5))[0]
        lines: list[ReserveLine] = []
        for number in range(1, count + 1):
            if known is not None and known.lines and self.choose.chance(45):
                line = self.again(self.random.choice(list(known.lines.values())))
            else:
                line = self.reserve_line(place, self.random.choice(REFERENCES) if self.choose.chance(40) else None)
            if (line.line_reference or str(number)) not in {each.line_reference for each in lines}:
                lines.append(line)
        # A line without a reference has its position, which must not be the name of another.
        named = {line.line_reference for line in lines}
        kept = tuple(
            line for number, line in enumerate(lines, 1) if line.line_reference is not None or str(number) not in named
        )
        return kept or (self.reserve_line(place, None),)

    def again(self, line: PromisedLine) -> ReserveLine:
        """A known line: the same again, more or less of it, or none any more."""
        same = self.choose.decimal(line.held)
        other = self.choose.amount(self.choose.variant_of(line.want.variant))
        quantity = self.random.choice((same, same, Decimal(0), other))
        return ReserveLine(line_reference=line.reference, sku=line.want.sku, quantity=quantity, lot_code=line.want.lot)

    def reserve_line(self, place: Place | None, reference: str | None) -> ReserveLine:
        """So much of something, of which now and then a lot or pieces are named."""
        choose = self.choose
        variant, warehouse = choose.variant(), choose.warehouse(place)
        quantity = choose.wanted(variant, warehouse)
        lot = choose.lot(variant) if variant.tracking == "LOT" and choose.chance(20) else None
        serials = choose.pieces(variant, warehouse) if variant.tracking == "SERIAL" and choose.chance(30) else ()
        if serials:
            quantity = Decimal(len(serials))
        in_grams = variant.unit == "KG" and choose.chance(10)
        by_id = choose.chance(15)
        return ReserveLine(
            line_reference=reference,
            sku=None if by_id else variant.sku,
            variant_id=variant.variant_id if by_id else None,
            quantity=quantity * 1000 if in_grams else quantity,
            unit="GRAM" if in_grams else None,
            lot_code=lot,
            serials=serials,
            modifiers=choose.modifiers(variant),
        )

    # Steps of what is reserved.

    def commit(self) -> Asked:
        """It is sold, all of it or so much of some lines; the rest is kept or given back."""
        choose = self.choose
        promise = choose.promise()
        if promise is None:
            return self.reserve()
        lines = []
        if choose.chance(50):
            for line in promise.lines.values():
                if line.held and line.label is not None and choose.chance(70):
                    steps = line.held // line.want.step
                    part = line.held if choose.chance(30) else line.want.step * self.random.randrange(1, steps + 1)
                    lines.append((line.label, choose.decimal(part)))
        return Commit(
            actor=choose.changer(promise),
            reservation_id=promise.label,
            lines=tuple(lines),
            keeps_remainder=choose.chance(60),
            occurred_at=choose.now - choose.minutes(1, 3000) if choose.chance(15) else None,
        )

    def release(self) -> Asked:
        promise = self.choose.promise()
        if promise is None:
            return self.reserve()
        return Release(actor=self.choose.changer(promise), reservation_id=promise.label, reason="not wanted")

    def extend(self) -> Asked:
        promise = self.choose.promise()
        if promise is None:
            return self.reserve()
        left = promise.ends - self.choose.now if promise.ends is not None else timedelta()
        longer = max(left, timedelta()) + self.choose.minutes(1, 60)
        return Extend(
            actor=self.choose.changer(promise),
            reservation_id=promise.label,
            expires_in=longer if self.choose.chance(92) else self.choose.minutes(1, 20),
        )

    def make_ready(self) -> Asked:
        promise = self.choose.promise("CLICK_AND_COLLECT")
        if promise is None:
            return self.reserve()
        return MarkReady(actor=self.choose.changer(promise), reservation_id=promise.label)

    def no_show(self) -> Asked:
        promise = self.choose.promise("CLICK_AND_COLLECT")
        if promise is None:
            return self.reserve()
        return MarkNoShow(actor=self.choose.changer(promise), reservation_id=promise.label)

    def assign(self) -> Asked:
        """It becomes an order's: a new one's, or one that may have something of its own."""
        promise = self.choose.promise()
        if promise is None:
            return self.reserve()
        order_id = self.random.choice(self.choose.orders) if self.choose.chance(35) else self.choose.id()
        if self.choose.chance(70):
            self.choose.orders[self.random.randrange(len(self.choose.orders))] = order_id
        return Assign(actor=self.choose.changer(promise), reservation_id=promise.label, order_id=order_id)

    def expire(self) -> Asked:
        """The sweeper comes by: for one whose time is over, most often."""
        over = [each for each in self.choose.naive.promises.live.values() if each.is_over(self.choose.now)]
        promise = self.random.choice(over) if over else self.choose.promise()
        if promise is None:
            return self.reserve()
        return Expire(actor=self.choose.shop.callers["web"], reservation_id=promise.label)
