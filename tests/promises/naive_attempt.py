"""What is promised anew, or changed, as a plain program would do it: give back, divide, set aside, note down."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from inventory_graph.reservations.requests import Reserve
from tests.promises.naive_allocation import Demand, Giver, allocate, stock_of
from tests.promises.naive_asking import DeclinedLine, Want
from tests.promises.naive_holds import HeldPart, Wish
from tests.promises.naive_promises import Promise, PromisedLine, Promises
from tests.promises.shop import PRIORITIES
from tests.properties.naive_values import Declined

LINES_MAX = 100


def make_promise(
    promises: Promises, request: Reserve, wants: Sequence[Want], *, owner: str, label: UUID, now: datetime
) -> None:
    """Set aside what is wanted. The owner's line of the same reference is replaced, the others stay."""
    ends, places = promises.asking.end(request, now), promises.asking.warehouses(request)
    known = promises.live_of(owner)
    if known is not None and known.is_over(now):
        promises.expire(known, now)
        known = None
    if known is None and not any(want.quantity for want in wants):
        raise Declined("INVALID_INPUT")
    lines = known.lines if known is not None else {}
    if len({*lines, *(str(want.reference) for want in wants if want.quantity)}) > LINES_MAX:
        raise Declined("LIMIT_EXCEEDED")
    attempt = _Attempt(promises, request, known, wants, places, now, ends)
    keys = keys_of(promises, wants, places) | {part.key for part in (known.parts() if known is not None else [])}
    with promises.holds.command(keys):
        attempt.run()
    promise = known or Promise(label, owner, request.type, request.actor.subject)
    attempt.write(promise)
    promises.all[promise.label] = promises.live[owner] = promise
    promises.settle(promise, now)


def keys_of(promises: Promises, wants: Sequence[Want], places: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """The shelves that may give what is wanted; of several warehouses those that ever had some."""
    keys = {(leaf, place) for want in wants for leaf in want.needs for place in places}
    return keys if len(places) == 1 else keys & promises.holds.existing


class _Attempt:
    """One reservation on its way."""

    def __init__(
        self, promises: Promises, request: Reserve, known: Promise | None, wants: Sequence[Want], places: list[UUID],
        now: datetime, ends: datetime | None,
    ) -> None:  # fmt: skip
        self.promises, self.holds, self.shop = promises, promises.holds, promises.shop
        self.request, self.known, self.wants, self.places = request, known, wants, places
        self.now, self.ends = now, ends
        self.wish = Wish(request.pickup_at or now, request.minimum_shelf_life_days or 0)
        self.fresh: list[Want] = []
        self.held: dict[str, int] = {}
        self.missing: dict[str, int] = {}
        self.parts: dict[str, list[HeldPart]] = {}

    def run(self) -> None:
        """Give back what is replaced, then set aside what is new, all of it or what the request allows."""
        for want in self.wants:
            if self._is_replaced(want):
                self.fresh.append(want)
        wanted = [want for want in self.fresh if want.quantity]
        for want in wanted:
            self.held[str(want.reference)], self.missing[str(want.reference)] = want.quantity, 0
            self.parts[str(want.reference)] = []
        for want in wanted:
            if want.is_picky:
                self._take_named(want)
        self._take_any([want for want in wanted if want.needs and not want.is_picky])
        is_kept = len(self.fresh) < len(self.wants)
        if self.request.on_shortage == "PARTIAL" and not is_kept and wanted and not any(self.held.values()):
            raise DeclinedLine("INSUFFICIENT_STOCK", self.wants.index(wanted[0]))
        for part in self.known.parts() if self.known is not None else []:
            part.ends = self.ends

    def _is_replaced(self, want: Want) -> bool:
        """Whether the line is new or differs; what was set aside for one that differs is given back."""
        old = self.known.lines.get(str(want.reference)) if self.known is not None else None
        if old is None:
            return True
        if old.issued and want.quantity and old.want.variant != want.variant:
            raise DeclinedLine("INVALID_TRANSITION", self.wants.index(want))
        if self._is_same(old, want):
            return False
        for part in old.parts:
            if part.quantity:
                self.holds.free(part)
        return True

    def _is_same(self, old: PromisedLine, want: Want) -> bool:
        """Whether what is wanted is held already, in the way in which it is wanted."""
        assert self.known is not None
        return (
            (old.want.variant, old.want.needs, old.want.lot) == (want.variant, want.needs, want.lot)
            and (old.held, old.waiting) == (want.quantity, 0)
            and not want.serials
            and self.known.pickup_at == self.request.pickup_at
            and self.known.days == self.request.minimum_shelf_life_days
            and all(part.key[1] in self.places for part in old.parts if part.quantity)
        )

    def _take_named(self, want: Want) -> None:
        """A lot, or pieces: from the first warehouse that has all of it, else from the one that has most."""
        number = self.wants.index(want)
        wish = Wish(self.wish.when, self.wish.days, want.lot, want.serials)
        places = sorted(self.places, key=lambda place: (PRIORITIES[self.shop.code_of(place)], place))
        there = {place: self._there(want.variant, place, wish) for place in places}
        place = max(places, key=lambda each: min(there[each], want.quantity))
        if want.serials:
            place = next((each for each in places if self.holds.has_pieces((want.variant, each), want.serials)), place)
        quantity = min(want.quantity, there[place])
        if want.serials or self.request.on_shortage == "ALL_OR_NOTHING":
            quantity = want.quantity
        self.held[str(want.reference)] = quantity
        self.missing[str(want.reference)] = want.quantity - quantity
        self._check_named(want, number, place)
        if quantity:
            self._take(want, number, (want.variant, place), quantity, wish)

    def _check_named(self, want: Want, number: int, place: UUID) -> None:
        """A lot that the good does not have is a mistake, whatever is to be done about a shortage."""
        shelf = self.holds.book.shelves[want.variant, place]
        if want.lot is None:
            return
        if shelf.place.good.tracking == "NONE" or (shelf.place.item_id, want.lot) not in self.holds.book.batches:
            raise DeclinedLine("INVALID_INPUT", number)

    def _take_any(self, wants: list[Want]) -> None:
        """Everything else: all lines are divided over the warehouses together, before any of them takes something."""
        demands = [
            Demand(
                want.quantity, want.step,
                {leaf: need for leaf, (need, is_optional) in want.needs.items() if not is_optional},
            )
            for want in wants
        ]  # fmt: skip
        leaves = {leaf for demand in demands for leaf in demand.needs}
        givers = [
            Giver(
                place, PRIORITIES[self.shop.code_of(place)],
                self.promises.asking.distance(self.request, self.shop.code_of(place)),
                stock_of(leaves, partial(self._there, place=place, wish=self.wish)),
            )
            for place in self.places
        ]  # fmt: skip
        amounts = allocate(givers, demands, self.shop.strategy, may_split=self.shop.may_split) if wants else []
        for want, given in zip(wants, amounts, strict=True):
            self.held[str(want.reference)] = sum(given.values())
            self.missing[str(want.reference)] = want.quantity - sum(given.values())
        if self.request.on_shortage == "ALL_OR_NOTHING":
            for want in wants:
                if self.missing[str(want.reference)]:
                    raise DeclinedLine("INSUFFICIENT_STOCK", self.wants.index(want))
        shares = [
            (want, place, amount) for want, of in zip(wants, amounts, strict=True) for place, amount in of.items()
        ]
        for leaves_left_out in (False, True):
            for want, place, amount in shares:
                self._take_leaves(want, place, amount, are_optional=leaves_left_out)

    def _take_leaves(self, want: Want, place: UUID, amount: int, *, are_optional: bool) -> None:
        """Of each leaf what the share takes; of one that may be left out only where there is enough of it."""
        for leaf, (need, is_optional) in want.needs.items():
            quantity = round(need * amount)
            if is_optional != are_optional or not quantity:
                continue
            there = self._there(leaf, place, self.wish)
            if is_optional and there < quantity:
                continue
            # Each share is rounded for itself: together they may want some millionths more than there are.
            if quantity - there <= len(self.wants):
                quantity = min(quantity, there)
            if quantity:
                self._take(want, self.wants.index(want), (leaf, place), quantity, self.wish)

    def _there(self, variant: UUID, place: UUID, wish: Wish) -> int:
        key = (variant, place)
        may_look = len(self.places) == 1 or key in self.holds.existing
        return self.holds.promisable(key, wish) if may_look else 0

    def _take(self, want: Want, number: int, key: tuple[UUID, UUID], quantity: int, wish: Wish) -> None:
        try:
            self.parts[str(want.reference)] += self.holds.take(key, quantity, wish, now=self.now, ends=self.ends)
        except Declined as declined:
            raise DeclinedLine(declined.code, number) from None

    def write(self, promise: Promise) -> None:
        """Note down what became of it."""
        request = self.request
        promise.kind, promise.ends, promise.pickup_at = request.type, self.ends, request.pickup_at
        promise.days = request.minimum_shelf_life_days
        promise.priority, promise.fills_partially = request.priority, request.fills_partially
        for want in self.fresh:
            reference = str(want.reference)
            line = promise.lines.get(reference)
            if not want.quantity:
                if line is not None:
                    line.given_back += line.held
                    line.held = line.waiting = 0
                continue
            if line is None:
                line = promise.lines[reference] = PromisedLine(reference, want, want.quantity)
            line.want, line.parts = want, self.parts[reference]
            line.asked, line.given_back = line.issued + want.quantity, 0
            line.held = self.held[reference]
            line.waiting = self.missing[reference] if request.on_shortage == "BACKORDER" else 0
        places = {part.key[1] for part in promise.parts()}
        if not places and (request.place is not None or len(self.places) == 1):
            places = set(self.places)
        promise.warehouse = places.pop() if len(places) == 1 else None
