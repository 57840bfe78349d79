"""A whole shop as a plain program would run it: answers every request with what was refused, or does it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from inventory_graph.reservations.requests import (
    AnyRequest,
    Assign,
    Commit,
    ConsumeStock,
    Expire,
    Extend,
    MarkNoShow,
    MarkReady,
    OfReservation,
    Release,
    Reserve,
    ReverseConsumption,
)
from inventory_graph.stock.commands import BalanceKey, Command
from tests.promises.naive_asking import Asking, DeclinedLine, in_stock_unit, known
from tests.promises.naive_attempt import keys_of, make_promise
from tests.promises.naive_deductions import Deductions
from tests.promises.naive_holds import NaiveHolds
from tests.promises.naive_promises import Promise, Promises
from tests.promises.naive_use import Use
from tests.promises.shop import Shop
from tests.properties.naive_values import Declined, Refused


class NaiveShop:
    """Shelves, promises and deductions under one roof."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.holds = NaiveHolds(shop)
        self.asking = Asking(shop)
        self.deductions = Deductions()
        self.promises = Promises(shop, self.holds, self.asking, self.deductions)

    def post(self, command: Command, now: datetime) -> Refused | None:
        """Do what a command of the stock book says, or nothing and say why."""
        keys = command.balance_keys() & self.holds.book.shelves.keys()
        self.holds.wake(sorted(keys), now)
        return self.holds.book.apply(command, now)

    def ask(self, request: AnyRequest, now: datetime, label: UUID) -> Refused | None:
        """Do what is asked, or nothing and say why. A new promise is known by the label."""
        try:
            match request:
                case Reserve():
                    self._reserve(request, now, label)
                case ConsumeStock():
                    Use(self.promises, request, now, owner_of(request.order_id, request.reference, label)).run()
                case ReverseConsumption():
                    self._reverse(request, now)
                case _:
                    self._step(request, now)
        except DeclinedLine as declined:
            return Refused(declined.code, declined.line)
        except Declined as declined:
            return Refused(declined.code)
        return None

    def _reserve(self, request: Reserve, now: datetime, label: UUID) -> None:
        self.asking.check_count(request.lines)
        self.asking.end(request, now)
        days = request.minimum_shelf_life_days
        if abs(request.priority) > 1_000_000 or (days is not None and not 0 <= days <= 36_500):
            raise Declined("INVALID_INPUT")
        owner = owner_of(request.order_id, request.reference, label)
        wants = self.asking.wants(request.lines, None)
        places = self.asking.warehouses(request)
        if not places:
            raise Declined("NOT_FOUND")
        known_promise = self.promises.live_of(owner)
        keys = keys_of(self.promises, wants, places)
        self.holds.wake(sorted(keys | held_keys([known_promise])), now)
        self.promises.check_reach(request.actor, held_keys([known_promise]))
        make_promise(self.promises, request, wants, owner=owner, label=label, now=now)

    def _step(self, request: OfReservation, now: datetime) -> None:
        promise = self.promises.all.get(request.reservation_id)
        other = self.promises.live_of(f"order:{request.order_id}") if isinstance(request, Assign) else None
        self.holds.wake(sorted(held_keys([promise, other])), now)
        match request:
            case Extend():
                self.promises.extend(request, now)
            case Commit():
                self.promises.commit(request, now)
            case Release() | MarkNoShow():
                self.promises.release(request, now)
            case MarkReady():
                self.promises.make_ready(request, now)
            case Assign():
                self.promises.assign(request, now)
            case Expire():
                if promise is None:
                    raise Declined("NOT_FOUND")
                self.promises.expire(promise, now)

    def _reverse(self, request: ReverseConsumption, now: datetime) -> None:
        if request.order_id is None and request.reference is None:
            raise Declined("INVALID_INPUT")
        wanted: list[tuple[UUID, int]] = []
        for number, (sku, quantity) in enumerate(request.lines):
            try:
                variant = known(self.shop.variants.get(sku))
                if quantity <= 0:
                    raise Declined("INVALID_INPUT")
                wanted.append((variant.variant_id, in_stock_unit(variant, quantity, None)))
            except Declined as declined:
                raise DeclinedLine(declined.code, number) from None
        scope = owner_of(request.order_id, request.reference, self.shop.tenant_id)
        keys = {gone.key for row in self.deductions.of.get(scope, ()) for gone in row.gone}
        self.holds.wake(sorted(keys), now)
        rows = self.deductions.of.get(scope, ())
        named = {variant for variant, _ in wanted} if wanted else {row.variant for row in rows}
        reached = {gone.key for row in rows if row.variant in named for gone in row.gone}
        self.promises.check_reach(request.actor, reached)
        returned = self.deductions.returns(scope, wanted or None)
        with self.holds.command(keys):
            for _, _, parts in returned:
                for gone, amount in parts:
                    self.holds.put_back(gone, amount, now=now)
        for row, part, parts in returned:
            row.back += part
            for gone, amount in parts:
                gone.back += amount


def owner_of(order_id: UUID | None, reference: str | None, call: UUID) -> str:
    """Whose it is: the order's, else the reference's, else this call's."""
    if order_id is not None:
        return f"order:{order_id}"
    if reference is not None and not 1 <= len(reference) <= 200:
        raise Declined("INVALID_INPUT")
    return f"call:{call}" if reference is None else f"reference:{reference}"


def held_keys(promises: Iterable[Promise | None]) -> set[BalanceKey]:
    """The shelves on which something is set aside for the promises."""
    return {part.key for promise in promises if promise is not None for part in promise.parts()}
