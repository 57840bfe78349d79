"""Promises as a plain program would keep them: who was promised what, of which piles, until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.reservations.requests import Assign, Commit, Extend, MarkNoShow, MarkReady, Release
from inventory_graph.stock.commands import BalanceKey
from tests.promises.naive_asking import MONTH, Asking, Want, check_backdated
from tests.promises.naive_deductions import Deduction, Deductions
from tests.promises.naive_holds import Gone, HeldPart, NaiveHolds, Wish
from tests.promises.shop import Shop
from tests.properties.naive_values import MILLION, Declined, whole

ADD = "inventory.reservations.add"
CHANGE = "inventory.reservations.change"
CHANGE_OWN = "inventory.reservations.change_own"
MANAGE = "inventory.reservations.manage"


@dataclass(slots=True, eq=False)
class PromisedLine:
    """A line of a promise, in millionths. ``label`` is the id that the service gave it."""

    reference: str
    want: Want
    asked: int
    held: int = 0
    issued: int = 0
    given_back: int = 0
    waiting: int = 0
    parts: list[HeldPart] = field(default_factory=list)
    label: UUID | None = None


@dataclass(slots=True, eq=False)
class Promise:
    """What somebody was promised. ``label`` is the id that the service gave it."""

    label: UUID
    owner: str
    kind: str
    by: str
    status: str = "HELD"
    ends: datetime | None = None
    pickup_at: datetime | None = None
    days: int | None = None
    warehouse: UUID | None = None
    resolved: datetime | None = None
    ready: datetime | None = None
    collected: datetime | None = None
    no_show: datetime | None = None
    priority: int = 0
    fills_partially: bool = True
    version: int = 0
    lines: dict[str, PromisedLine] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.status in ("HELD", "PARTIALLY_COMMITTED")

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.ends is not None and self.ends <= now

    def parts(self) -> list[HeldPart]:
        """Everything that is still set aside for it."""
        return [part for line in self.lines.values() for part in line.parts if part.quantity]

    @property
    def scope(self) -> str:
        """The order whose deductions these are; its own where there is none."""
        return f"reservation:{self.label}" if self.owner.startswith("call:") else self.owner


class Promises:
    """Makes promises, keeps them, and lets them end."""

    def __init__(self, shop: Shop, holds: NaiveHolds, asking: Asking, deductions: Deductions) -> None:
        self.shop = shop
        self.holds = holds
        self.asking = asking
        self.deductions = deductions
        self.all: dict[UUID, Promise] = {}
        self.live: dict[str, Promise] = {}

    def live_of(self, owner: str) -> Promise | None:
        """The owner's promise that may still hold something, whether or not its time has passed."""
        return self.live.get(owner)

    # Steps of a promise that exists.

    def find(self, label: UUID, actor: Actor, now: datetime) -> Promise:
        """The promise, which the caller may change and which still holds; declined otherwise."""
        promise = self.all.get(label)
        if promise is None:
            raise Declined("NOT_FOUND")
        is_own = promise.by == actor.subject and (actor.may(ADD) or actor.may(CHANGE_OWN))
        if not is_own and not actor.may(CHANGE):
            raise Declined("FORBIDDEN")
        self.check_reach(actor, {part.key for part in promise.parts()})
        if not promise.is_live:
            is_timed_out = promise.ends is not None and promise.resolved == promise.ends
            raise Declined("RESERVATION_EXPIRED" if is_timed_out else "ALREADY_RESOLVED")
        if promise.is_over(now):
            raise Declined("RESERVATION_EXPIRED")
        return promise

    def check_reach(self, actor: Actor, keys: Iterable[BalanceKey]) -> None:
        """Declined where the caller may not act on all of these shelves."""
        outlets = {self.shop.outlets[self.shop.code_of(warehouse)] for _, warehouse in keys}
        if actor.outlet_ids is not None and not outlets <= actor.outlet_ids:
            raise Declined("FORBIDDEN")

    def extend(self, request: Extend, now: datetime) -> Promise:
        """Held so long from now."""
        promise = self.find(request.reservation_id, request.actor, now)
        if promise.by != request.actor.subject and not request.actor.may(MANAGE):
            raise Declined("FORBIDDEN")
        if not timedelta() < request.expires_in <= MONTH:
            raise Declined("INVALID_INPUT")
        if promise.ends is None or now + request.expires_in < promise.ends:
            raise Declined("INVALID_INPUT")
        promise.ends = now + request.expires_in
        for part in promise.parts():
            part.ends = promise.ends
        promise.version += 1
        return promise

    def commit(self, request: Commit, now: datetime) -> Promise:
        """Issue what is named of each line, of all lines everything when none is; the rest is kept or given back."""
        check_backdated(request.occurred_at, request.actor, now)
        promise = self.find(request.reservation_id, request.actor, now)
        named = self._named(promise, request)
        if not named:
            raise Declined("INVALID_TRANSITION")
        if request.occurred_at is not None and request.occurred_at > now + timedelta(minutes=5):
            raise Declined("INVALID_INPUT")
        with self.holds.command({part.key for part in promise.parts()}):
            gone = [self.issue(line, quantity) for line, quantity in named]
            if not request.keeps_remainder:
                self._give_back(promise)
        for (line, quantity), pieces in zip(named, gone, strict=True):
            self.deductions.add(
                promise.scope, Deduction("RESERVATION", line.want.variant, line.want.step, quantity, gone=pieces)
            )
        if promise.kind == "CLICK_AND_COLLECT" and promise.collected is None:
            promise.collected = now
        self.settle(promise, now)
        return promise

    @staticmethod
    def _named(promise: Promise, request: Commit) -> list[tuple[PromisedLine, int]]:
        if not request.lines:
            return [(line, line.held) for line in promise.lines.values() if line.held]
        lines = {line.label: line for line in promise.lines.values()}
        named = []
        for label, given in request.lines:
            line, quantity = lines.get(label), whole(given)
            if line is None or not 0 < quantity <= line.held or quantity % line.want.step:
                raise Declined("INVALID_INPUT")
            named.append((line, quantity))
        if len({label for label, _ in request.lines}) < len(named):
            raise Declined("INVALID_INPUT")
        return named

    def issue(self, line: PromisedLine, quantity: int) -> list[Gone]:
        """So much of a line leaves the house: of each leaf the same share of what is held of it, all for all."""
        gone: list[Gone] = []
        for leaf in line.want.needs:
            parts = [part for part in line.parts if part.quantity and part.key[0] == leaf]
            due = sum(part.quantity for part in parts)
            if quantity < line.held:
                due = round(Fraction(due * quantity, line.held))
                if parts and parts[0].serials:
                    due = MILLION * round(Fraction(due, MILLION))
            for part in parts:
                amount = min(due, part.quantity)
                if amount:
                    gone.append(self.holds.spend(part, amount))
                    due -= amount
        line.held -= quantity
        line.issued += quantity
        return gone

    def release(self, request: Release | MarkNoShow, now: datetime) -> Promise:
        """Everything is given back."""
        promise = self.find(request.reservation_id, request.actor, now)
        if isinstance(request, MarkNoShow):
            if promise.kind != "CLICK_AND_COLLECT":
                raise Declined("INVALID_TRANSITION")
            promise.no_show = now
        with self.holds.command({part.key for part in promise.parts()}):
            self._give_back(promise)
        self.settle(promise, now)
        return promise

    def _give_back(self, promise: Promise) -> None:
        for line in promise.lines.values():
            self._empty(line)

    def _empty(self, line: PromisedLine) -> None:
        for part in line.parts:
            if part.quantity:
                self.holds.free(part)
        line.given_back += line.held
        line.held = line.waiting = 0

    def expire(self, promise: Promise, now: datetime) -> None:
        """A promise whose time has passed ends as of that time; another stays."""
        if not promise.is_live or not promise.is_over(now):
            return
        with self.holds.command({part.key for part in promise.parts()}):
            self._give_back(promise)
        if promise.kind == "CLICK_AND_COLLECT" and promise.collected is None:
            promise.no_show = now
        self.settle(promise, now)
        if promise.status == "RELEASED":
            promise.status = "EXPIRED"
        promise.resolved = promise.ends

    def make_ready(self, request: MarkReady, now: datetime) -> Promise:
        """It lies ready."""
        promise = self.find(request.reservation_id, request.actor, now)
        if promise.kind != "CLICK_AND_COLLECT" or any(line.waiting for line in promise.lines.values()):
            raise Declined("INVALID_TRANSITION")
        if promise.ready is None:
            promise.ready = now
            promise.version += 1
        return promise

    def assign(self, request: Assign, now: datetime) -> Promise:
        """It becomes another order's, for which nothing is promised and of which nothing was issued."""
        promise = self.find(request.reservation_id, request.actor, now)
        owner = f"order:{request.order_id}"
        if promise.owner == owner:
            return promise
        other = self.live_of(owner)
        if other is not None and not other.is_over(now):
            raise Declined("INVALID_TRANSITION")
        if any(line.issued for line in promise.lines.values()):
            raise Declined("INVALID_TRANSITION")
        if other is not None:
            self.expire(other, now)
        del self.live[promise.owner]
        promise.owner = owner
        self.live[owner] = promise
        promise.version += 1
        return promise

    def settle(self, promise: Promise, now: datetime) -> None:
        """The next version, in the status that follows from the lines."""
        lines = promise.lines.values()
        is_issued = any(line.issued for line in lines)
        if any(line.held or line.waiting for line in lines):
            promise.status = "PARTIALLY_COMMITTED" if is_issued else "HELD"
        else:
            promise.status = "COMMITTED" if is_issued else "RELEASED"
            promise.resolved = now
            self.live.pop(promise.owner, None)
        promise.version += 1

    def fill(self, promise: Promise, places: Sequence[UUID], now: datetime) -> None:
        """Give to what waits what is there now: line by line, warehouse by warehouse, all or also a part of a line."""
        given: list[tuple[PromisedLine, int]] = []
        keys = {(leaf, place) for line in promise.lines.values() for leaf in line.want.needs for place in places}
        with self.holds.command(keys):
            for line in promise.lines.values():
                left = line.waiting
                for place in places:
                    amount = self._coverable(promise, line, place, left, now)
                    if amount and (amount == left or promise.fills_partially):
                        self._fill_line(promise, line, place, amount, now)
                        given.append((line, amount))
                        left -= amount
        for line, amount in given:
            line.waiting -= amount
            line.held += amount
        if given:
            self.settle(promise, now)

    def _coverable(self, promise: Promise, line: PromisedLine, place: UUID, left: int, now: datetime) -> int:
        steps = left // line.want.step
        for leaf, (need, is_optional) in line.want.needs.items():
            if not is_optional:
                there = self._there(promise, line, (leaf, place), now)
                steps = min(steps, there // (need * line.want.step))
        return steps * line.want.step

    def _fill_line(self, promise: Promise, line: PromisedLine, place: UUID, amount: int, now: datetime) -> None:
        for leaf, (need, is_optional) in line.want.needs.items():
            quantity, there = round(need * amount), self._there(promise, line, (leaf, place), now)
            if is_optional and there < quantity:
                continue
            if quantity - there <= 1:
                quantity = min(quantity, there)
            if quantity:
                wish = Wish(promise.pickup_at or now, promise.days or 0, line.want.lot)
                line.parts += self.holds.take((leaf, place), quantity, wish, now=now, ends=promise.ends)

    def _there(self, promise: Promise, line: PromisedLine, key: tuple[UUID, UUID], now: datetime) -> int:
        if key not in self.holds.existing:
            return 0
        return self.holds.promisable(key, Wish(promise.pickup_at or now, promise.days or 0, line.want.lot))
