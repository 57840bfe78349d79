"""What the decisions left behind, compared with the naive shop and with the rules that hold whatever is asked."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from inventory_graph.reservations.requests import Request
from inventory_graph.reservations.state import Component, Consumption, Line, Reservation
from inventory_graph.stock.commands import BalanceKey, lot_id, serial_id
from inventory_graph.stock.state import Balance, Hold
from tests.promises.naive_deductions import Deduction
from tests.promises.naive_holds import Gone, HeldPart
from tests.promises.naive_promises import Promise, PromisedLine
from tests.properties.ledger import COST
from tests.properties.naive_values import Refused, whole

if TYPE_CHECKING:
    from tests.promises.checked import Asked, CheckedShop, Done


def millionths(quantity: Decimal) -> int:
    """The quantity in millionths, of which it has a whole number."""
    return whole(quantity)


class Comparison:
    """Looks into both shops; fails where they differ."""

    def __init__(self, checked: "CheckedShop") -> None:
        self.checked = checked
        self.naive = checked.naive
        self.versions: dict[UUID, int] = {}
        self.codes: dict[UUID, str] = {}

    def outcome(
        self, told: Refused | None, expected: Refused | None, asked: "Asked", outcome: "Done | Exception"
    ) -> None:
        """Both answered the same."""
        shown = f"{asked.operation} {asked.arguments()}" if isinstance(asked, Request) else asked
        assert told == expected, f"{told} where {expected} is right: {outcome!r}: {shown}"

    def steps(self, reservation: Reservation) -> None:
        """Every version is one step, and none is left out."""
        before = self.versions.get(reservation.id, 0)
        versions = [step.version for step in reservation.steps]
        assert versions == list(range(before + 1, reservation.version + 1)), "versions of a reservation are not dense"
        self.versions[reservation.id] = reservation.version

    # Shelves.

    def shelves(self, keys: Iterable[BalanceKey]) -> None:
        """On these shelves lies what the naive shop has there, and what is set aside of it are the same parts."""
        for key in keys:
            balance = self.checked.balances[key]
            self._shelf(key, balance)
            self._holds(key, balance)

    def _shelf(self, key: BalanceKey, balance: Balance) -> None:
        shelf = self.naive.holds.book.shelves[key]
        sku = shelf.place.variant_sku
        found = {}
        for (location_id, lot, state), quant in balance.quants.items():
            if quant.quantity:
                found[str(state), location_id, self._code(lot)] = quant
        quantities = {heap: millionths(quant.quantity) for heap, quant in found.items()}
        assert quantities == self.naive.holds.book.contents(key), f"{sku} lies elsewhere"
        if shelf.place.good.tracking != "SERIAL":
            times = {heap: quant.received_at for heap, quant in found.items() if quant.quantity > 0}
            assert times == {pile[:3]: pile.since for pile in shelf.piles if pile.quantity > 0}, (
                f"{sku} is of other ages"
            )
        average = whole(balance.average_cost, of=COST) if balance.average_cost is not None else None
        assert (average, balance.version) == (shelf.average, shelf.version), f"{sku} has another cost or version"

    def _holds(self, key: BalanceKey, balance: Balance) -> None:
        """What is reserved is what is held, quant by quant, and the holds are those of the naive shop."""
        sums: dict[Any, Decimal] = {}
        holds = self.checked.open_holds[key].values()
        for hold in holds:
            where = (hold.location_id, hold.lot_id)
            sums[where] = sums.get(where, Decimal(0)) + hold.quantity
        reserved = {(of[0], of[1]): quant.quantity for of, quant in balance.quants.items() if of[2] == "RESERVED"}
        assert sums == {where: quantity for where, quantity in reserved.items() if quantity}, (
            "holds are not what is reserved"
        )
        assert sum(sums.values()) == balance.reserved
        ends = [hold.expires_at for hold in holds if hold.expires_at is not None]
        assert not ends or (balance.holds_expire_at is not None and balance.holds_expire_at <= min(ends)), (
            "a hold ends unseen"
        )
        assert len(self.naive.holds.parts[key]) == len(holds)

    def _code(self, lot: UUID | None) -> str | None:
        if lot is None:
            return None
        if lot not in self.codes:
            self.codes[lot] = self.checked.state.lots[lot].code
        return self.codes[lot]

    # Reservations.

    def reservation(self, reservation: Reservation) -> None:
        """It is what the naive shop promised."""
        promise = self.naive.promises.all[reservation.id]
        assert head_of(reservation) == promised_head_of(promise), f"{head_of(reservation)}: {promised_head_of(promise)}"
        assert [line.line_reference for line in reservation.lines] == list(promise.lines)
        for line, promised in zip(reservation.lines, promise.lines.values(), strict=True):
            assert line_of(line) == promised_line_of(promised), f"{line}: {promised}"
            parts = line.reserved + line.committed + line.released + line.backordered
            assert min(line.reserved, line.committed, line.released, line.backordered) >= 0
            assert parts <= line.requested, "a line has more parts than were asked for"
            promised.label = line.id
            self._line_holds(line, promised)

    def _line_holds(self, line: Line, promised: PromisedLine) -> None:
        holds = by_leaf(self.checked.state.holds_of_line(line.id))
        parts = by_leaf([part for part in promised.parts if part.quantity])
        assert holds.keys() == parts.keys(), f"{line.sku} is held as something else"
        for leaf, of_leaf in holds.items():
            for hold, part in zip(of_leaf, parts[leaf], strict=True):
                found = self.hold_of(hold)
                assert found == part_of(part), f"{found} where {part_of(part)} is right"
                part.label = hold.id

    def hold_of(self, hold: Hold) -> tuple[Any, ...]:
        resolved = int(hold.committed + hold.released)
        return (
            (hold.variant_id, hold.warehouse_id), hold.location_id, self._code(hold.lot_id), hold.serials[resolved:],
            millionths(hold.quantity), hold.expires_at,
        )  # fmt: skip

    # Consumption.

    def consumptions(self, scope: str) -> None:
        """The order has had what the naive shop deducted, and no more of it came back."""
        rows, deductions = self.checked.consumptions.get(scope, []), self.naive.deductions.of.get(scope, [])
        assert [consumption_of(row) for row in rows] == [deduction_of(each) for each in deductions], (
            f"{scope} had others"
        )
        for row, deduction in zip(rows, deductions, strict=True):
            assert 0 <= row.shortfall <= row.quantity
            assert 0 <= row.reversed <= row.deducted, "more came back than was deducted"
            assert 0 <= row.claimed <= row.quantity
            components, gone = by_leaf(row.components), by_leaf(deduction.gone)
            assert components.keys() == gone.keys()
            for leaf, of_leaf in components.items():
                found = [self.component_of(each) for each in of_leaf]
                assert found == [gone_of(each) for each in gone[leaf]], f"other components: {row}"
                assert all(0 <= each.reversed <= each.quantity for each in of_leaf)

    def component_of(self, each: Component) -> tuple[Any, ...]:
        cost = whole(each.unit_cost, of=COST) if each.unit_cost is not None else None
        return (
            (each.variant_id, each.warehouse_id), each.location_id, self._code(each.lot_id), each.serials,
            millionths(each.quantity), cost, millionths(each.reversed),
        )  # fmt: skip

    # Everything.

    def everything(self) -> None:
        """Nothing is in one shop only."""
        book = self.naive.holds.book
        assert self.checked.reservations.keys() == self.naive.promises.all.keys()
        assert {scope for scope, rows in self.checked.consumptions.items() if rows} == self.naive.deductions.of.keys()
        live = {owner: each.id for owner, each in self.checked.live.items()}
        assert live == {owner: each.label for owner, each in self.naive.promises.live.items()}
        state = self.checked.state
        assert {(lot.item_id, lot.code) for lot in state.lots.values()} == book.batches.keys()
        for (item_id, code), batch in book.batches.items():
            lot = state.lots[lot_id(item_id, code)]
            assert (lot.manufactured_on, lot.best_before, lot.expires_on, lot.status == "RECALLED") == batch
        assert {(each.item_id, each.serial) for each in state.serials.values()} == book.pieces.keys()
        for (item_id, number), piece in book.pieces.items():
            serial = state.serials[serial_id(item_id, number)]
            found = (serial.serial, serial.variant_id, serial.warehouse_id, serial.location_id)
            assert (*found, self._code(serial.lot_id), serial.state, serial.received_at) == piece
            statuses = {None: ("SOLD", "SCRAPPED"), "RESERVED": ("RESERVED",)}.get(piece.state, ("IN_STOCK",))
            assert serial.status in statuses


def by_leaf(each: Iterable[Any]) -> dict[UUID, list[Any]]:
    """In their order, apart by what they are of."""
    found: dict[UUID, list[Any]] = {}
    for one in each:
        found.setdefault(one.key[0] if isinstance(one, HeldPart | Gone) else one.variant_id, []).append(one)
    return found


def head_of(reservation: Reservation) -> tuple[Any, ...]:
    return (
        reservation.owner, reservation.type, reservation.status, reservation.version, reservation.expires_at,
        reservation.pickup_at, reservation.ready_at, reservation.collected_at, reservation.no_show_at,
        reservation.resolved_at, reservation.created_by, reservation.warehouse_id, reservation.priority,
    )  # fmt: skip


def promised_head_of(promise: Promise) -> tuple[Any, ...]:
    return (
        promise.owner, promise.kind, promise.status, promise.version, promise.ends, promise.pickup_at, promise.ready,
        promise.collected, promise.no_show, promise.resolved, promise.by, promise.warehouse, promise.priority,
    )  # fmt: skip


def line_of(line: Line) -> tuple[Any, ...]:
    return (
        line.variant_id, line.lot_code, *map(millionths, (
            line.requested, line.reserved, line.committed, line.released, line.backordered,
        )),
    )  # fmt: skip


def promised_line_of(line: PromisedLine) -> tuple[Any, ...]:
    return (line.want.variant, line.want.lot, line.asked, line.held, line.issued, line.given_back, line.waiting)


def part_of(part: HeldPart) -> tuple[Any, ...]:
    return (part.key, part.location, part.lot, part.serials, part.quantity, part.ends)


def gone_of(gone: Gone) -> tuple[Any, ...]:
    return (gone.key, gone.location, gone.lot, gone.serials, gone.quantity, gone.cost, gone.back)


def consumption_of(row: Consumption) -> tuple[Any, ...]:
    return (
        row.source, row.variant_id, row.line_reference,
        *map(millionths, (row.step, row.quantity, row.shortfall, row.claimed, row.reversed)),
    )  # fmt: skip


def deduction_of(each: Deduction) -> tuple[Any, ...]:
    return (
        each.source, each.variant, each.reference, each.step, each.quantity, each.lacking, each.spoken_for, each.back,
    )  # fmt: skip
