"""Chance, and what is known of the naive shop: what random requests are made of."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.reservations.requests import Modifier
from inventory_graph.stock.service import Place
from tests.promises.naive_holds import Wish
from tests.promises.naive_promises import Promise
from tests.promises.naive_shop import NaiveShop
from tests.promises.shop import HOURS_AHEAD, Shop, Variant
from tests.properties.naive_values import MILLION

ORDERS = 24
"""How many orders are open at any time, unless told otherwise."""
COLD_PERCENT = 35
"""How often something is chosen that is hardly ever asked for, where there is such."""
STOCKED = ("FLOUR", "MILK", "SUGAR", "CUP", "SODA", "SYRUP", "YOGHURT", "CHEESE", "PHONE", "RADIO")
MADE = ("LATTE", "PANCAKE", "MOCHA", "PARFAIT", "HAMPER")
MODIFIERS = (
    Modifier(sku="MILK", quantity=Decimal("-0.1")),
    Modifier(sku="MILK", quantity=Decimal(-9)),
    Modifier(sku="PANCAKE", quantity=Decimal("0.5")),
    Modifier(sku="SODA", quantity=Decimal(1)),
    Modifier(sku="SUGAR", quantity=Decimal("0.02")),
    Modifier(sku="SYRUP", quantity=Decimal("0.015")),
)
"""What is added to a unit, or taken away; more than there is of it, too."""


class Chooser:
    """Makes choices from a seed. ``now`` is when the request that is being made will be asked, ``minute`` how long a minute
    takes: where no clock can be moved it is short, and ``grain`` what times are odd halves of, where clocks differ a little."""

    def __init__(self, random: Random, shop: Shop, naive: NaiveShop, *, orders: int = ORDERS) -> None:
        self.random = random
        self.shop = shop
        self.naive = naive
        self.now = shop.opening
        self.minute = timedelta(minutes=1)
        self.grain: timedelta | None = None
        self.shelf_lives: tuple[int | None, ...] = (None, None, None, 0, 1, 4)
        self.orders = [self.id() for _ in range(orders)]
        self._by_id = {each.variant_id: each for each in shop.variants.values()}

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def minutes(self, least: int, most: int) -> timedelta:
        """So long, to the microsecond, so that nothing ends at the same instant by chance."""
        if self.grain is not None:
            return self.grain * (self.random.randrange(least, most) * timedelta(minutes=1) // self.grain + 0.5)
        return self.minute * (self.random.randrange(least * 60_000_000, most * 60_000_000) / 60_000_000)

    @staticmethod
    def decimal(millionths: int) -> Decimal:
        return Decimal(millionths).scaleb(-6)

    # Who and where.

    def caller(self) -> Actor:
        """Somebody who may do nearly everything."""
        return self.shop.callers[self.random.choices(("web", "till", "bound", "clerk"), (50, 36, 6, 8))[0]]

    def changer(self, promise: Promise | None) -> Actor:
        """Somebody who may change a promise: whoever made it, most often."""
        if promise is not None and self.chance(55):
            return self.shop.callers[promise.by]
        return self.shop.callers[self.random.choices(("web", "till", "shelver"), (60, 38, 2))[0]]

    def owner(self) -> tuple[UUID | None, str | None]:
        """An order, a reference, or nobody in particular."""
        kind = self.random.randrange(100)
        if kind < 25 and self.naive.promises.live:
            return owner_named(self.random.choice(list(self.naive.promises.live)))
        if kind < 72:
            return self.random.choice(self.orders), None
        return None, f"table {self.random.randrange(len(self.orders) // 2)}" if kind < 90 else None

    def place(self) -> Place | None:
        """A warehouse by one of its names, or none."""
        if self.chance(35):
            return None
        code = self.random.choice(list(HOURS_AHEAD))
        outlet_id = self.shop.outlets[code]
        kind = self.random.randrange(3)
        if kind == 0 and outlet_id is not None:
            return Place(outlet_id=outlet_id)
        return Place(code=code) if kind == 1 else Place(id=self.shop.warehouses[code])

    def warehouse(self, place: Place | None) -> UUID:
        """The warehouse that the place names, any where it names none."""
        if place is None:
            return self.shop.warehouses[self.random.choice(list(HOURS_AHEAD))]
        return self.naive.asking.warehouse(place, self.shop.callers["web"])

    # Goods and how much of them.

    def variant_of(self, variant_id: UUID) -> Variant:
        return self._by_id[variant_id]

    def variant(self) -> Variant:
        """Something to be sold."""
        if self.shop.cold_goods and self.chance(COLD_PERCENT):
            return self.shop.variants[self.random.choice(self.shop.cold_goods).sku]
        kind = self.random.randrange(100)
        if kind < 72:
            return self.shop.variants[self.random.choice(STOCKED)]
        return self.shop.variants[self.random.choice(MADE) if kind < 97 else "MASSAGE"]

    def amount(self, variant: Variant) -> Decimal:
        """A little of it."""
        if variant.is_whole:
            return Decimal(self.random.choices((1, 2, 3, 7), (55, 25, 14, 6))[0])
        if self.chance(40):
            return Decimal(self.random.randrange(1, 30)).scaleb(-1)
        return self.decimal(self.random.randrange(1, 3 * MILLION))

    def wanted(self, variant: Variant, warehouse: UUID) -> Decimal:
        """A little of it, or what is there, or a little more than that."""
        if variant.type != "GOODS" or self.chance(76):
            return self.amount(variant)
        there = self.naive.holds.promisable((variant.variant_id, warehouse), Wish(self.now))
        if not 0 < there < 100 * MILLION:
            return self.amount(variant)
        extra = self.random.choice((0, 0, MILLION if variant.is_whole else 1))
        return self.decimal(there + extra)

    def modifiers(self, variant: Variant) -> tuple[Modifier, ...]:
        """What is special about it; in one order, for another would be another line."""
        if variant.type not in ("RECIPE", "KIT") or self.chance(70):
            return ()
        chosen = self.random.sample(range(len(MODIFIERS)), self.random.choice((1, 1, 2)))
        return tuple(MODIFIERS[number] for number in sorted(chosen))

    def lot(self, variant: Variant) -> str | None:
        """A lot that the variant has."""
        codes = [code for item_id, code in self.naive.holds.book.batches if item_id == variant.item_id]
        return self.random.choice(codes) if codes else None

    def pieces(self, variant: Variant, warehouse: UUID) -> tuple[str, ...]:
        """Some pieces that are available there."""
        here = self.naive.holds.book.here((variant.variant_id, warehouse), "AVAILABLE")
        count = min(len(here), self.random.choice((1, 1, 2)))
        return tuple(piece.number for piece in self.random.sample(here, count))

    def renew(self) -> None:
        """An order is forgotten, and another begins."""
        self.orders[self.random.randrange(len(self.orders))] = self.id()

    # What is promised.

    def promise(self, kind: str | None = None) -> Promise | None:
        """One that still holds something, most often; now and then one whose time is over, or that was resolved."""
        promises = self.naive.promises
        if self.chance(6) and promises.all:
            # The last ones, for what was resolved long ago says the same.
            return self.random.choice(list(promises.all.values())[-30:])
        live = [each for each in promises.live.values() if kind in (None, each.kind)]
        fresh = [each for each in live if not each.is_over(self.now)]
        chosen: Sequence[Promise] = fresh if fresh and self.chance(93) else live
        return self.random.choice(chosen) if chosen else None


def owner_named(owner: str) -> tuple[UUID | None, str | None]:
    """The order or the reference of an owner; neither of one who is nobody in particular."""
    kind, _, name = owner.partition(":")
    return (UUID(name) if kind == "order" else None, name if kind == "reference" else None)
