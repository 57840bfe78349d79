"""What a request asks for, word by word: which goods, how much of which leaf, from where, until when; or what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.reservations.requests import ConsumeLine, Modifier, Reserve, ReserveLine
from inventory_graph.stock.service import Place
from tests.promises.naive_allocation import Amount
from tests.promises.shop import CLOSED, DISHES, HOURS_AHEAD, Shop, Variant
from tests.properties.naive_values import MILLION, QUANTITY_MAX, Declined, whole

MONTH = timedelta(days=30)
GRAMS = {"GRAM": Fraction(1, 1_000), "KG": Fraction(1)}
PIECES = {"PIECE": 1, "DOZEN": 12}

Leaves: TypeAlias = dict[str, tuple[Amount, Amount]]
"""By SKU how much is taken for certain, and how much only where it is there."""


class DeclinedLine(Declined):
    """The request is refused because of one of its lines."""

    def __init__(self, code: str, line: int) -> None:
        super().__init__(code)
        self.line = line


@dataclass(slots=True)
class Want:
    """So many millionths of a variant, in steps. ``needs``: what one takes of each leaf, and whether it may be left out."""

    reference: str | None
    sku: str
    variant: UUID
    quantity: int
    step: int
    needs: dict[UUID, tuple[Amount, bool]]
    lot: str | None
    serials: tuple[str, ...]

    @property
    def is_picky(self) -> bool:
        """Whether a lot or pieces are named."""
        return self.lot is not None or bool(self.serials)


class Asking:
    """Reads requests by what is known of the shop."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._by_id = {each.variant_id: each for each in shop.variants.values()}
        self._leaves = {
            (dish.sku, version): leaves_of(dish.sku, Fraction(1), version) for dish in DISHES for version in (0, -1)
        }

    @staticmethod
    def check_count(lines: Sequence[ReserveLine | ConsumeLine]) -> None:
        """There are some lines, and not too many."""
        if not 1 <= len(lines) <= 100:
            raise Declined("INVALID_INPUT")

    def wants(self, lines: Sequence[ReserveLine | ConsumeLine], at: datetime | None) -> list[Want]:
        """The lines; declined for the first that cannot be understood."""
        found: list[Want] = []
        for number, line in enumerate(lines):
            try:
                found.append(self._want(line, number, at))
            except Declined as declined:
                raise DeclinedLine(declined.code, number) from None
            told = [want.reference for want in found if want.reference is not None]
            if len(set(told)) < len(told):
                raise DeclinedLine("INVALID_INPUT", number)
        return found

    def _want(self, line: ReserveLine | ConsumeLine, number: int, at: datetime | None) -> Want:
        variant = self._variant(line)
        is_promise = isinstance(line, ReserveLine)
        if line.quantity < 0 or (line.quantity == 0 and not is_promise):
            raise Declined("INVALID_INPUT")
        reference = line.line_reference
        if reference is not None and not 1 <= len(reference) <= 100:
            raise Declined("INVALID_INPUT")
        if is_promise and line.quantity and variant.is_archived:
            raise Declined("ITEM_INACTIVE")
        needs = self._needs(variant, line.modifiers, at)
        if (line.lot_code is not None or line.serials) and list(needs) != [variant.variant_id]:
            raise Declined("INVALID_INPUT")
        return Want(
            reference=reference if reference is not None or not is_promise else str(number + 1),
            sku=variant.sku,
            variant=variant.variant_id,
            quantity=in_stock_unit(variant, line.quantity, line.unit),
            step=MILLION if variant.is_whole else 1,
            needs=needs,
            lot=line.lot_code,
            serials=line.serials,
        )

    def _variant(self, line: ReserveLine | ConsumeLine) -> Variant:
        if isinstance(line, ReserveLine):
            if (line.sku is None) == (line.variant_id is None):
                raise Declined("INVALID_INPUT")
            if line.variant_id is not None:
                return known(self._by_id.get(line.variant_id))
        return known(self.shop.variants.get(line.sku or ""))

    def _needs(
        self, variant: Variant, modifiers: Sequence[Modifier], at: datetime | None
    ) -> dict[UUID, tuple[Amount, bool]]:
        """What one takes of each leaf, more or less what the modifiers say; never less than nothing."""
        if len(modifiers) > 50:
            raise Declined("INVALID_INPUT")
        total: Leaves = {}
        added: list[tuple[Variant, Amount]] = [(variant, 1)]
        added += [(known(self.shop.variants.get(each.sku)), Fraction(each.quantity)) for each in modifiers]
        for each, times in added:
            for sku, (certain, perhaps) in self._taken(each, at).items():
                before = total.get(sku, (0, 0))
                total[sku] = (before[0] + certain * times, before[1] + perhaps * times)
        return {
            self.shop.variants[sku].variant_id: (max(certain, 0) + perhaps, certain <= 0)
            for sku, (certain, perhaps) in total.items()
            if certain > 0 or perhaps > 0
        }

    def _taken(self, variant: Variant, at: datetime | None) -> Leaves:
        if variant.type == "SERVICE":
            return {}
        if variant.type == "GOODS":
            return {variant.sku: (1, 0)}
        return self._leaves[variant.sku, -1 if at is None or at >= self.shop.new_recipes else 0]

    # Where and until when.

    def warehouses(self, request: Reserve) -> list[UUID]:
        """The warehouses that may give."""
        if request.place is not None:
            return [self.warehouse(request.place, request.actor)]
        return [
            self.shop.warehouses[code] for code in HOURS_AHEAD if self._may_use(request.actor, self.shop.outlets[code])
        ]

    def warehouse(self, place: Place | None, actor: Actor) -> UUID:
        """The warehouse that is named, else the default."""
        keys = [key for key in (place.id, place.code, place.outlet_id) if key is not None] if place is not None else []
        if len(keys) > 1:
            raise Declined("INVALID_INPUT")
        names = {code: (code, self.shop.warehouses[code], self.shop.outlets[code]) for code in self.shop.warehouses}
        code = next((code for code, of in names.items() if keys[0] in of), None) if keys else "NORTH"
        if code is None:
            raise Declined("NOT_FOUND")
        if code == CLOSED:
            raise Declined("INVALID_TRANSITION")
        if not self._may_use(actor, self.shop.outlets[code]):
            raise Declined("FORBIDDEN")
        return self.shop.warehouses[code]

    def distance(self, request: Reserve, code: str) -> float | None:
        """How far a warehouse is from where the goods go, in degrees along the equator; None where either is not known."""
        longitude = self.shop.longitudes[code]
        if longitude is None or request.deliver_to is None or request.place is not None:
            return None
        return abs(request.deliver_to[1] - longitude)

    @staticmethod
    def _may_use(actor: Actor, outlet_id: UUID | None) -> bool:
        return actor.outlet_ids is None or outlet_id in actor.outlet_ids

    @staticmethod
    def end(request: Reserve, now: datetime) -> datetime | None:
        """Until when something is to be held; None for ever."""
        begins, ends = request.pickup_at, request.pickup_until
        if begins is None and ends is not None:
            raise Declined("INVALID_INPUT")
        if begins is not None and not now - timedelta(minutes=5) <= begins <= now + MONTH:
            raise Declined("INVALID_INPUT")
        if begins is not None and ends is not None and ends <= begins:
            raise Declined("INVALID_INPUT")
        if request.is_hard:
            if not request.actor.may("inventory.reservations.manage"):
                raise Declined("FORBIDDEN")
            return None
        if request.expires_in is not None:
            if not timedelta() < request.expires_in <= MONTH:
                raise Declined("INVALID_INPUT")
            return now + request.expires_in
        if begins is None:
            return now + timedelta(minutes=15)
        ends = ends or begins + timedelta(hours=2)
        if not now < ends <= now + MONTH + timedelta(hours=2):
            raise Declined("INVALID_INPUT")
        return ends


def check_backdated(happened: datetime | None, actor: Actor, now: datetime) -> None:
    """What happened long ago takes a permission."""
    if happened is not None and now - happened > timedelta(hours=48) and not actor.may("inventory.stock.manage"):
        raise Declined("FORBIDDEN")


def known(variant: Variant | None) -> Variant:
    """The variant, if there is one."""
    if variant is None:
        raise Declined("NOT_FOUND")
    return variant


def in_stock_unit(variant: Variant, quantity: Decimal, unit: str | None) -> int:
    """The quantity in millionths of the stock unit."""
    factors: Mapping[str, Amount] = PIECES if variant.is_whole else GRAMS
    if unit is not None and unit not in {*PIECES, *GRAMS}:
        raise Declined("NOT_FOUND")
    if unit is not None and unit not in factors:
        raise Declined("UNIT_MISMATCH")
    millionths = round(whole(quantity) * (factors[unit] if unit is not None else 1))
    if variant.is_whole and millionths % MILLION:
        raise Declined("INVALID_INPUT")
    if (quantity and not millionths) or abs(millionths) > QUANTITY_MAX:
        raise Declined("INVALID_INPUT")
    return millionths


def leaves_of(sku: str, times: Fraction, version: int) -> Leaves:
    """What so many of a dish take of each leaf, as it was made in that version; 0 the oldest, -1 the newest."""
    dish = next((dish for dish in DISHES if dish.sku == sku), None)
    if dish is None:
        return {sku: (times, 0)}
    made = Fraction(dish.output) * Fraction(dish.yield_percent) / 100
    total: Leaves = {}
    for line in dish.versions[version]:
        amount = times * Fraction(line.quantity) * (100 + Fraction(line.waste_percent)) / 100 / made
        for leaf, (certain, perhaps) in leaves_of(line.sku, amount, version).items():
            before = total.get(leaf, (0, 0))
            if line.is_optional:
                total[leaf] = (before[0], before[1] + certain + perhaps)
            else:
                total[leaf] = (before[0] + certain, before[1] + perhaps)
    return total
