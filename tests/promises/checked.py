"""The pure decisions about reservations, every answer and every effect checked against the naive shop and the invariants."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID, uuid4

from inventory_graph.errors import Refusal
from inventory_graph.reservations.prepared import (
    Prepared,
    PreparedConsume,
    PreparedReserve,
    PreparedReverse,
    PreparedStep,
    keys_of,
)
from inventory_graph.reservations.preparing import prepare
from inventory_graph.reservations.requests import (
    AnyRequest,
    Assign,
    ConsumeStock,
    Reserve,
    ReverseConsumption,
)
from inventory_graph.reservations.state import Consumption, Reservation, World
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import BalanceKey, Command, ExpireHold, Line
from inventory_graph.stock.state import Balance, Hold, State
from tests.promises.compared import Comparison
from tests.promises.core import REAL, Core
from tests.promises.naive_shop import NaiveShop
from tests.promises.shop import Catalogue, Shop
from tests.properties.changes import Change, change_naive, change_state
from tests.properties.ledger import Ledger
from tests.properties.naive_values import Refused

Asked: TypeAlias = AnyRequest | Command
Done: TypeAlias = Reservation | Posted


class CheckedShop:
    """Runs requests through the decisions and the naive shop alike, each as a transaction of its own that sees only what it
    would lock."""

    def __init__(self, shop: Shop, core: Core = REAL) -> None:
        self.shop = shop
        self.catalogue = Catalogue(shop)
        self.naive = NaiveShop(shop)
        self.ledger = Ledger()
        self.balances: dict[BalanceKey, Balance] = shop.balances()
        self.existing: set[BalanceKey] = set()
        self.state = State(location_paths=shop.paths())
        self.open_holds: dict[BalanceKey, dict[UUID, Hold]] = {key: {} for key in self.balances}
        self.reservations: dict[UUID, Reservation] = {}
        self.live: dict[str, Reservation] = {}
        self.consumptions: dict[str, list[Consumption]] = {}
        self.compare = Comparison(self)
        self.core = core
        self._posted: list[Posted] = []
        self._now = shop.opening
        self._filled = False
        self._available: dict[BalanceKey, Decimal] = {}

    def run(self, asked: Asked, now: datetime) -> Done | Refusal:
        """Decide in both shops; they must agree, and the invariants hold."""
        self._now, self._posted, self._filled = now, [], False
        if isinstance(asked, Command):
            return self._run_command(asked)
        at = asked.occurred_at if isinstance(asked, ConsumeStock) else None
        try:
            prepared = prepare(asked, self.catalogue.names(at), now=now)
        except Refusal as refusal:
            self.compare.outcome(answer_of(asked, refusal), self.naive.ask(asked, now, uuid4()), asked, refusal)
            return refusal
        world = self._opened(prepared)
        try:
            outcome: Done | Refusal = self.core.decide(world, prepared, asked.actor)
        except Refusal as refusal:
            outcome = refusal
        self._close(world)
        self.compare.outcome(answer_of(asked, outcome), self.naive.ask(asked, now, label_of(prepared)), asked, outcome)
        touched = set(self.state.balances) | self._fill_waiting()
        self.compare.shelves(touched)
        for reservation in world.reservations.values():
            self.compare.reservation(reservation)
        for scope in {*world.consumptions, *(each.scope for each in world.changed_consumptions.values())}:
            self.compare.consumptions(scope)
        return outcome

    def change(self, change: Change) -> None:
        """Make a change that is no request: a policy, or a recall."""
        self.state.balances = self.balances
        change_state(self.state, change)
        change_naive(self.naive.holds.book, change)

    def features(self) -> Counter[str]:
        """What is worth knowing about what the last request did."""
        movements = [movement for posted in self._posted for movement in posted.movements]
        found = {
            "lots": any(movement.lot_id for movement in movements),
            "pieces": any(movement.serials for movement in movements),
            "of several movements": len(movements) > 1,
            "something overdue ended first": any(movement.kind == ExpireHold.kind for movement in movements),
            "below zero after": any(balance.available < 0 for posted in self._posted for balance in posted.after),
            "a line that waited is filled": self._filled,
        }
        return Counter(name for name, is_so in found.items() if is_so)

    def check_everything(self) -> None:
        """Both shops hold the same, on every shelf, for everybody."""
        self.compare.shelves(self.balances)
        for reservation in self.reservations.values():
            self.compare.reservation(reservation)
        for scope in self.consumptions:
            self.compare.consumptions(scope)
        self.compare.everything()

    def _run_command(self, command: Command) -> Done | Refusal:
        self._lock(command.balance_keys() & self.balances.keys())
        try:
            outcome: Done | Refusal = self._post(command)
        except Refusal as refusal:
            outcome = refusal
        self._write_back()
        self.compare.outcome(answer_of(command, outcome), self.naive.post(command, self._now), command, outcome)
        self.compare.shelves(set(self.state.balances) | self._fill_waiting())
        return outcome

    # What the database does: documents are locked, then balances; what is overdue there ends first.

    def _opened(self, prepared: Prepared) -> World:
        reservations, consumptions = self._documents(prepared)
        keys: set[BalanceKey] = set()
        if isinstance(prepared, PreparedReserve | PreparedConsume):
            keys = keys_of(prepared)
            if isinstance(prepared, PreparedReserve) and len(prepared.sites) > 1:
                keys &= self.existing
        elif isinstance(prepared, PreparedReverse):
            rows = consumptions.get(prepared.scope, [])
            keys = {(each.variant_id, each.warehouse_id) for row in rows for each in row.components}
        held = {
            (hold.variant_id, hold.warehouse_id)
            for reservation in reservations.values()
            for line in reservation.lines
            for hold in self.state.holds_of_line(line.id)
        }
        self._lock(keys | held)
        return World(
            state=self.state, now=self._now, post=self._post, reservations=reservations, consumptions=consumptions
        )

    def _documents(self, prepared: Prepared) -> tuple[dict[UUID, Reservation], dict[str, list[Consumption]]]:
        owners, ids, scopes = [], [], []
        match prepared:
            case PreparedReserve():
                owners = [prepared.owner]
            case PreparedConsume():
                owners = scopes = [prepared.scope]
            case PreparedReverse():
                scopes = [prepared.scope]
            case PreparedStep(request=request):
                ids = [request.reservation_id]
                owners = [f"order:{request.order_id}"] if isinstance(request, Assign) else []
        found = [self.live.get(owner) for owner in owners] + [self.reservations.get(each) for each in ids]
        return (
            {each.id: each for each in found if each is not None},
            {scope: list(self.consumptions[scope]) for scope in scopes if scope in self.consumptions},
        )

    def _fill_waiting(self) -> set[BalanceKey]:
        """What has become available goes to those who wait for it, the most important first, then the oldest; answers the
        balances that were looked at."""
        raised = {
            key
            for key, balance in self.state.balances.items()
            if balance.available > self._available[key] and balance.available > 0
        }
        waiting = (
            [each for each in self.live.values() if self._waits_for(each, raised)] if raised and self._posted else []
        )
        joined: set[BalanceKey] = set()
        for reservation in sorted(waiting, key=lambda each: (-each.priority, each.created_at, each.id)):
            places = sorted({key[1] for key in raised})
            if reservation.warehouse_id is not None:
                places = [reservation.warehouse_id]
            needs = {need.variant_id for line in reservation.lines if line.backordered for need in line.needs}
            keys = {(need, place) for need in needs for place in places} & self.existing
            self._lock(keys | joined | raised)
            joined |= keys
            self.naive.holds.wake(sorted(keys), self._now)
            world = World(state=self.state, now=self._now, post=self._post, reservations={reservation.id: reservation})
            self.core.backorders.fill(world, reservation, places, command_id=uuid4())
            self._filled = self._filled or bool(world.changed)
            self._close(world)
            if not reservation.is_overdue(self._now):
                self.naive.promises.fill(self.naive.promises.all[reservation.id], places, self._now)
            self.compare.reservation(reservation)
        return joined

    @staticmethod
    def _waits_for(reservation: Reservation, raised: set[BalanceKey]) -> bool:
        """Whether a line waits for a leaf that there is more of, where it may come from."""
        return any(
            need.variant_id == variant_id and not need.is_optional and reservation.warehouse_id in (None, warehouse_id)
            for line in reservation.lines
            if line.backordered
            for need in line.needs
            for variant_id, warehouse_id in raised
        )

    def _lock(self, keys: Iterable[BalanceKey]) -> None:
        locked = sorted(keys)
        self._available = {key: self.balances[key].available for key in locked}
        self.existing.update(locked)
        self.state.balances = {key: self.balances[key] for key in locked}
        for key in locked:
            balance = self.balances[key]
            if balance.holds_expire_at is None or balance.holds_expire_at > self._now:
                continue
            ends = [(hold.expires_at, hold.id) for hold in self.open_holds[key].values() if hold.expires_at is not None]
            overdue = [self.state.holds[each] for end, each in sorted(ends) if end <= self._now]
            balance.holds_expire_at = min((end for end, _ in ends if end > self._now), default=None)
            lines: tuple[Line, ...] = tuple(
                ExpireHold(variant_id=key[0], warehouse_id=key[1], hold_id=hold.id, quantity=hold.quantity)
                for hold in overdue
            )
            if lines:
                self._post(Command(id=uuid4(), lines=lines, recorded_by="system", reason="EXPIRED"))

    def _post(self, command: Command) -> Posted:
        posted: Posted = self.core.book.decide(self.state, command, self._now)
        self._posted.append(posted)
        self.ledger.record(posted)
        for hold in posted.holds:
            known = self.open_holds[hold.variant_id, hold.warehouse_id]
            if hold.quantity:
                known[hold.id] = hold
            else:
                known.pop(hold.id, None)
        return posted

    def _write_back(self) -> None:
        # A refused decision puts copies into the state.
        self.balances.update(self.state.balances)

    def _close(self, world: World) -> None:
        self._write_back()
        for reservation in world.changed.values():
            self.compare.steps(reservation)
            reservation.steps = []
            self.reservations[reservation.id] = reservation
            for owner in [owner for owner, each in self.live.items() if each is reservation]:
                del self.live[owner]
            if reservation.is_live:
                self.live[reservation.owner] = reservation
        for consumption in world.changed_consumptions.values():
            known = self.consumptions.setdefault(consumption.scope, [])
            if all(each is not consumption for each in known):
                known.append(consumption)


def label_of(prepared: Prepared) -> UUID:
    """The id that what the request makes would have."""
    return prepared.reservation_id if isinstance(prepared, PreparedReserve) else prepared.command_id


def answer_of(asked: Asked, outcome: Done | Refusal) -> Refused | None:
    """The outcome as the naive shop tells it."""
    if not isinstance(outcome, Refusal):
        return None
    has_lines = isinstance(asked, Command | Reserve | ConsumeStock | ReverseConsumption)
    line = int(outcome.path[1]) if has_lines and outcome.path[:1] == ("lines",) and len(outcome.path) > 1 else None
    return Refused(outcome.code, line)
