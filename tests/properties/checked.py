"""The pure book, with every answer and every effect checked against the naive book and against the invariants."""

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from inventory_graph.errors import Refusal
from inventory_graph.stock.book import Posted, decide
from inventory_graph.stock.commands import Adjust, BalanceKey, Command, Move, Receive, Ship, lot_id, serial_id
from inventory_graph.stock.state import Balance, State
from tests.properties.changes import Change, change_naive, change_state
from tests.properties.ledger import COST, Ledger, OnTheWay
from tests.properties.naive import NaiveBook
from tests.properties.naive_values import Batch, Refused, whole
from tests.properties.world import World


class Unlocked(AssertionError):
    """The book looked at a balance that the command did not lock."""


class LockedBalances(dict[BalanceKey, Balance]):
    """Balances of which only those of the current command may be touched: no decision is made on unlocked rows."""

    locked: frozenset[BalanceKey] = frozenset()

    def __getitem__(self, key: BalanceKey) -> Balance:
        if key not in self.locked:
            raise Unlocked(key)
        return super().__getitem__(key)

    def __setitem__(self, key: BalanceKey, balance: Balance) -> None:
        if key not in self.locked:
            raise Unlocked(key)
        super().__setitem__(key, balance)


class Facts(NamedTuple):
    """Everything a balance holds, by value."""

    quantities: tuple[Any, ...]
    quants: dict[Any, Any]


def facts_of(balance: Balance) -> Facts:
    return Facts(
        (
            balance.id, balance.on_hand, balance.reserved, balance.quarantined, balance.damaged, balance.available,
            balance.average_cost, balance.version, balance.updated_at, balance.reorder_point, balance.safety_stock,
            balance.stockable,
        ),
        {key: quant for key, quant in balance.quants.items() if quant.quantity},
    )  # fmt: skip


class CheckedBook:
    """Runs commands through the book and the naive book alike."""

    def __init__(self, world: World, naive: NaiveBook | None = None) -> None:
        self.world = world
        self.naive = naive or NaiveBook(world)
        self.state: State = world.state()
        self.balances = LockedBalances(self.state.balances)
        self.state.balances = self.balances
        self.ledger = Ledger()

    def change(self, change: Change) -> None:
        """Make the change in both books."""
        change_state(self.state, change)
        change_naive(self.naive, change)

    def run(self, command: Command, now: datetime) -> Posted | Refusal:
        """Decide the command in both books; they must agree, and the invariants hold."""
        expected = self.naive.apply(command, now)
        self.balances.locked = frozenset(command.balance_keys())
        touched = {key: balance for key, balance in self.balances.items() if key in self.balances.locked}
        before = {key: facts_of(balance) for key, balance in touched.items()}
        sizes = (len(self.state.lots), len(self.state.serials), len(self.state.posted))
        try:
            outcome: Posted | Refusal = decide(self.state, command, now)
        except Refusal as refusal:
            outcome = refusal
        after = {key: facts_of(self.balances[key]) for key in touched}
        assert answer_of(outcome) == expected, f"{answer_of(outcome)} where {expected} is right: {outcome!r}: {command}"
        if isinstance(outcome, Refusal):
            assert after == before, f"a refused command changed its balances: {command}"
            assert (len(self.state.lots), len(self.state.serials), len(self.state.posted)) == sizes
        else:
            self.ledger.record(outcome)
            assert [facts_of(balance) for balance in outcome.after] == [after[key] for key in sorted(touched)]
            assert [facts_of(balance) for balance in outcome.before] == [before[key] for key in sorted(touched)]
        self.balances.locked = frozenset()
        for key in touched:
            self._compare(key)
        self._compare_named(command)
        return outcome

    def check_everything(self) -> None:
        """Both books hold the same, in every balance, lot, piece and document."""
        for key, balance in self.balances.items():
            self._compare(key)
            self.ledger.check(balance, was_available=balance.available)
        lots = {(lot.item_id, lot.code): lot for lot in self.state.lots.values()}
        assert lots.keys() == self.naive.batches.keys()
        for (item_id, code), batch in self.naive.batches.items():
            self._compare_lot(item_id, code, batch)
        numbers = {(serial.item_id, serial.serial) for serial in self.state.serials.values()}
        assert numbers == self.naive.pieces.keys()
        for item_id, number in numbers:
            self._compare_serial(item_id, number)
        assert self.state.posted == self.naive.documents == self.ledger.documents
        self._compare_transit()

    def _compare(self, key: BalanceKey) -> None:
        """The balance is what the naive book has on the shelf."""
        shelf = self.naive.shelves[key]
        balance = dict.__getitem__(self.balances, key)
        codes = {lot.id: lot.code for lot in self.state.lots.values()}
        found = {
            (str(state), location_id, codes[lot] if lot else None): quant
            for (location_id, lot, state), quant in balance.quants.items()
            if quant.quantity
        }
        quantities = {heap: whole(quant.quantity) for heap, quant in found.items()}
        assert quantities == self.naive.contents(key), f"{shelf.place.variant_sku} lies elsewhere"
        if shelf.place.good.tracking != "SERIAL":
            times = {heap: quant.received_at for heap, quant in found.items() if quant.quantity > 0}
            assert times == {pile[:3]: pile.since for pile in shelf.piles if pile.quantity > 0}
        average = whole(balance.average_cost, of=COST) if balance.average_cost is not None else None
        assert (average, balance.version) == (shelf.average, shelf.version)

    def _compare_transit(self) -> None:
        """What the ledger says has left and not arrived is what the naive book has on the way, at the same cost."""
        items = {place.variant_id: place.item_id for place in self.world.places}
        carried: Counter[OnTheWay] = Counter()
        for load, quantity in self.naive.on_the_way.items():
            lot = lot_id(items[load.variant], load.lot) if load.lot is not None else None
            carried[load.variant, lot, load.cost] += quantity
        assert carried == self.ledger.on_the_way, "what is on the way is not what left and has not arrived"

    def _compare_named(self, command: Command) -> None:
        """The lots and pieces that the command named are in both books what they are in the other."""
        for line in command.lines:
            shelf = self.naive.shelves.get((line.variant_id, line.warehouse_id))
            if shelf is None or not isinstance(line, Receive | Adjust | Move | Ship):
                continue
            item_id = shelf.place.item_id
            if line.lot is not None:
                self._compare_lot(item_id, line.lot.code, self.naive.batches.get((item_id, line.lot.code)))
            for number in getattr(line, "serials", ()):
                self._compare_serial(item_id, number)

    def _compare_lot(self, item_id: UUID, code: str, batch: Batch | None) -> None:
        lot = self.state.lots.get(lot_id(item_id, code))
        if batch is None or lot is None:
            assert (batch is None) == (lot is None), f"lot {code} is in one book only"
            return
        dates = (lot.manufactured_on, lot.best_before, lot.expires_on)
        assert (*dates, lot.status == "RECALLED") == batch

    def _compare_serial(self, item_id: UUID, number: str) -> None:
        piece = self.naive.pieces.get((item_id, number))
        serial = self.state.serials.get(serial_id(item_id, number))
        if piece is None or serial is None:
            assert (piece is None) == (serial is None), f"serial {number} is in one book only"
            return
        codes = {lot.id: lot.code for lot in self.state.lots.values()}
        assert (serial.serial, serial.variant_id, serial.warehouse_id, serial.location_id) == piece[:4]
        assert (codes[serial.lot_id] if serial.lot_id else None, serial.state, serial.received_at) == piece[4:]
        elsewhere = "IN_TRANSIT" if (item_id, number) in self.naive.riding else "SCRAPPED"
        assert serial.status == ("IN_STOCK" if piece.state else elsewhere)


def answer_of(outcome: Posted | Refusal) -> Refused | None:
    """The outcome as the naive book tells it."""
    if isinstance(outcome, Posted):
        return None
    line = int(outcome.path[1]) if outcome.path[:1] == ("lines",) and len(outcome.path) > 1 else None
    return Refused(outcome.code, line)
