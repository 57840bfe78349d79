"""One command on its way through the book: stock arrives, leaves, is taken and recorded, all in memory. Pure."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias
from uuid import UUID

from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.ids import id_after
from inventory_graph.quantities import QUANTITY_MAX, ZERO
from inventory_graph.stock import valuing
from inventory_graph.stock.commands import (
    Arrive,
    BalanceKey,
    Command,
    Line,
    ReverseReceipt,
    StockState,
    serial_id,
)
from inventory_graph.stock.refusals import InsufficientStock, LotNotEligible
from inventory_graph.stock.removal import Candidate, QuantKey, pick
from inventory_graph.stock.serials import PlaceOfPieces, arriving_serials, left, named, oldest
from inventory_graph.stock.state import Balance, CostAdjustment, Hold, Lot, Movement, Quant, Serial, State

VALUE_MAX = Decimal("1e17")
MOVEMENTS_MAX = 10_000

Eligible: TypeAlias = Callable[[Lot], bool]
"""Whether stock of a lot may be taken."""


class Taken(NamedTuple):
    """A part of a balance that a decision takes: from which quant, how much, which pieces."""

    key: QuantKey
    quantity: Decimal
    received_at: datetime
    serials: tuple[str, ...]


class Decision:
    """One command on its way through the book. Lines are decided in order, each seeing what the one before it did."""

    def __init__(self, state: State, command: Command, now: datetime) -> None:
        self.state = state
        self.command = command
        self.now = now
        self.occurred_at = command.occurred_at or now
        self.movements: list[Movement] = []
        self.adjustments: list[CostAdjustment] = []
        self.balances_before: dict[BalanceKey, Balance] = {}
        self.holds_before: dict[UUID, Hold | None] = {}
        self.lots_before: dict[UUID, Lot | None] = {}
        self.serials_before: dict[UUID, Serial | None] = {}
        self._ordinals: dict[BalanceKey, int] = {}

    def balance(self, line: Line | Hold) -> Balance:
        """The line's balance, to be changed; how it was before the command is kept."""
        key = line.variant_id, line.warehouse_id
        balance = self.state.balances[key]
        if key not in self.balances_before:
            self.balances_before[key] = balance.copy()
        return balance

    def write_hold(self, hold: Hold) -> None:
        self.holds_before.setdefault(hold.id, self.state.holds.get(hold.id))
        self.state.keep_hold(hold)

    def arrive(
        self,
        balance: Balance,
        line: Line,
        quantity: Decimal,
        *,
        location_id: UUID | None,
        lot: Lot | None,
        path: str,
        unit_cost: Decimal | None = None,
        serials: tuple[str, ...] = (),
        stock_state: StockState = StockState.AVAILABLE,
    ) -> None:
        """Stock comes in from outside."""
        priced = valuing.bring_in(self, balance, quantity, unit_cost)
        balance.change(stock_state, quantity)
        self._check_value(balance, path if unit_cost is None else "unit_cost")
        if lot is not None and self.state.lots.get(lot.id) != lot:
            self.lots_before.setdefault(lot.id, self.state.lots.get(lot.id))
            self.state.lots[lot.id] = lot
        key = (location_id, lot.id if lot else None, stock_state.value)
        self.put(balance, key, quantity, self.occurred_at)
        for serial in arriving_serials(
            self.state,
            balance,
            serials,
            location_id=location_id,
            lot_id=key[1],
            stock_state=stock_state.value,
            received_at=self.occurred_at,
            now=self.now,
            is_awaited=isinstance(line, Arrive),
        ):
            self.write_serial(serial)
        self.record(
            balance,
            line,
            quantity,
            from_key=None,
            to_key=key,
            serials=serials,
            unit_cost=priced.unit_cost,
            value_change=priced.value_change,
        )

    def leave(
        self,
        balance: Balance,
        line: Line,
        quantity: Decimal,
        *,
        location_id: UUID | None,
        lot_id: UUID | None,
        path: str,
        serials: tuple[str, ...] = (),
        serial_status: str = "SCRAPPED",
        is_eligible: Eligible | None = None,
    ) -> None:
        """Stock goes out from AVAILABLE, by the item's strategy."""
        taken = self.take(
            balance, quantity, StockState.AVAILABLE, location_id, lot_id, serials,
            path=path, may_go_negative=True, is_eligible=is_eligible,
        )  # fmt: skip
        for part in taken:
            self.issue(balance, line, part, StockState.AVAILABLE, serial_status=serial_status, path=path)

    def issue(
        self,
        balance: Balance,
        line: Line,
        part: Taken,
        stock_state: StockState,
        *,
        serial_status: str,
        path: str,
        unit_cost: Decimal | None = None,
    ) -> None:
        """What was taken from a state leaves for good, at what its balance's method says or at the cost it came with."""
        receipt_id = line.receipt_id if isinstance(line, ReverseReceipt) else None
        priced = valuing.take_out(self, balance, part.quantity, unit_cost=unit_cost, receipt_id=receipt_id)
        balance.change(stock_state, -part.quantity)
        self._check_value(balance, path)
        for serial in self.pieces(balance, part.serials):
            self.write_serial(left(serial, status=serial_status, now=self.now))
        self.record(
            balance,
            line,
            part.quantity,
            from_key=part.key,
            to_key=None,
            serials=part.serials,
            unit_cost=priced.unit_cost,
            value_change=priced.value_change,
        )

    def take(
        self,
        balance: Balance,
        quantity: Decimal,
        stock_state: StockState,
        location_id: UUID | None,
        lot_id: UUID | None,
        serials: tuple[str, ...],
        *,
        path: str,
        may_go_negative: bool = False,
        leaving_out: UUID | None = None,
        is_eligible: Eligible | None = None,
    ) -> list[Taken]:
        """Take a quantity out of the quants of one state. The balance itself is the caller's to change.

        ``is_eligible`` says of which lots; what belongs to none always is.
        """
        stockable = balance.stockable
        if stockable.tracking == "SERIAL":
            return self._take_serials(
                balance, quantity, stock_state, location_id, lot_id, serials, path, leaving_out, is_eligible
            )
        allowed = may_go_negative and stockable.allow_negative and stockable.tracking == "NONE" and location_id is None
        candidates = [
            self._candidate(key, quant)
            for key, quant in balance.quants.items()
            if key[2] == stock_state
            and quant.quantity > 0
            and (location_id is None or key[0] == location_id)
            and (lot_id is None or key[1] == lot_id)
            and (leaving_out is None or key[0] != leaving_out)
            and (is_eligible is None or key[1] is None or is_eligible(self.state.lots[key[1]]))
        ]
        picks, missing = pick(candidates, quantity, stockable.strategy)
        short = missing or (balance.in_state(stock_state) < quantity)
        if short and not allowed:
            found = min(quantity - missing, max(balance.in_state(stock_state), ZERO))
            where = f"{stock_state.value.lower()} there" if location_id or lot_id else stock_state.value.lower()
            raise InsufficientStock(
                sku=stockable.variant_sku,
                requested=quantity,
                available=found,
                where=where,
                path=(path,),
                warehouse_ids=_promised_from(balance, stock_state),
            )
        taken = [Taken(candidate.key, part, candidate.received_at, ()) for candidate, part in picks]
        for part in taken:
            self.put(balance, part.key, -part.quantity, part.received_at)
        if missing:
            key: QuantKey = (None, None, StockState.AVAILABLE.value)
            self.put(balance, key, -missing, self.occurred_at)
            taken.append(Taken(key, missing, self.occurred_at, ()))
        return taken

    def _take_serials(
        self,
        balance: Balance,
        quantity: Decimal,
        stock_state: StockState,
        location_id: UUID | None,
        lot_id: UUID | None,
        serials: tuple[str, ...],
        path: str,
        leaving_out: UUID | None,
        is_eligible: Eligible | None,
    ) -> list[Taken]:
        wanted = int(quantity)
        if quantity != wanted:
            raise InvalidInput(
                f"{balance.stockable.item_sku} is tracked by serial: it comes in whole pieces.", path=(path,)
            )
        place = PlaceOfPieces(stock_state.value, location_id, lot_id, leaving_out)
        if serials:
            pieces = named(self.state, balance, serials, place)
            for piece in pieces:
                if (
                    piece.lot_id is not None
                    and is_eligible is not None
                    and not is_eligible(self.state.lots[piece.lot_id])
                ):
                    raise LotNotEligible(
                        f"Serial {piece.serial} of {balance.stockable.variant_sku} is of a lot that may not be used for this.",
                        path=("serials",),
                    )
        else:
            pieces = oldest(self.state, balance, place)
            if is_eligible is not None:
                pieces = [each for each in pieces if each.lot_id is None or is_eligible(self.state.lots[each.lot_id])]
            pieces = pieces[:wanted]
        if len(pieces) < wanted:
            raise InsufficientStock(
                sku=balance.stockable.variant_sku,
                requested=quantity,
                available=Decimal(len(pieces)),
                where=stock_state.value.lower(),
                path=(path,),
                warehouse_ids=_promised_from(balance, stock_state),
            )
        parts: dict[QuantKey, list[Serial]] = {}
        for piece in pieces:
            parts.setdefault((piece.location_id, piece.lot_id, stock_state.value), []).append(piece)
        taken = []
        for key, group in parts.items():
            received_at = balance.quants[key].received_at
            self.put(balance, key, Decimal(-len(group)), received_at)
            taken.append(Taken(key, Decimal(len(group)), received_at, tuple(piece.serial for piece in group)))
        return taken

    @staticmethod
    def check_on_hand(balance: Balance, path: str) -> None:
        """Raises ``LimitExceeded`` when more is on hand than the ledger can tell."""
        if abs(balance.on_hand) > QUANTITY_MAX:
            raise LimitExceeded(f"{balance.stockable.variant_sku} would exceed {QUANTITY_MAX} on hand.", path=(path,))

    @staticmethod
    def _check_value(balance: Balance, path: str) -> None:
        """Raises ``LimitExceeded`` when the quantity or what it is worth is more than the ledger can tell."""
        Decision.check_on_hand(balance, path)
        if abs(balance.value) > VALUE_MAX:
            raise LimitExceeded(f"The value of {balance.stockable.variant_sku} would be too large.", path=(path,))

    def _candidate(self, key: QuantKey, quant: Quant) -> Candidate:
        location_id, lot_id, _ = key
        lot = self.state.lots[lot_id] if lot_id else None
        return Candidate(
            key=key,
            quantity=quant.quantity,
            received_at=quant.received_at,
            location_path=self.state.location_paths[location_id] if location_id else "",
            lot_code=lot.code if lot else "",
            expires_on=lot.expires_on if lot else None,
        )

    def pieces(self, balance: Balance, serials: tuple[str, ...]) -> list[Serial]:
        return [self.state.serials[serial_id(balance.stockable.item_id, number)] for number in serials]

    def next_movement_id(self) -> UUID:
        """The id of the movement that is recorded next."""
        return id_after(self.command.id, 1 + len(self.movements))

    def next_place(self, balance: Balance) -> tuple[int, int]:
        """The version and the ordinal of the movement of a balance that is recorded next."""
        ordinal = self._ordinals.get(balance.key, 0)
        return balance.version + (ordinal == 0), ordinal

    def write_serial(self, serial: Serial) -> None:
        self.serials_before.setdefault(serial.id, self.state.serials.get(serial.id))
        self.state.serials[serial.id] = serial

    @staticmethod
    def put(balance: Balance, key: QuantKey, quantity: Decimal, received_at: datetime) -> None:
        known = balance.quants.get(key)
        if known is None:
            balance.quants[key] = Quant(quantity, received_at)
        else:
            # What joins a quant that had run empty, or below, begins it anew.
            since = min(known.received_at, received_at) if known.quantity > 0 else received_at
            total = known.quantity + quantity
            if abs(total) > QUANTITY_MAX:
                raise LimitExceeded(f"{balance.stockable.variant_sku} would exceed {QUANTITY_MAX} in one place.")
            balance.quants[key] = Quant(total, since)

    def record(
        self,
        balance: Balance,
        line: Line,
        quantity: Decimal,
        *,
        from_key: QuantKey | None,
        to_key: QuantKey | None,
        serials: tuple[str, ...],
        unit_cost: Decimal | None,
        value_change: Decimal,
    ) -> None:
        """Write the movement; the first one of this command on this balance takes the next version."""
        ordinal = self._ordinals.get(balance.key, 0)
        if ordinal == 0:
            balance.version += 1
            balance.updated_at = self.now
        self._ordinals[balance.key] = ordinal + 1
        if len(self.movements) >= MOVEMENTS_MAX:
            raise LimitExceeded(f"One command makes at most {MOVEMENTS_MAX} movements; send it in parts.")
        command = self.command
        lot_id = to_key[1] if to_key else from_key[1] if from_key else None
        self.movements.append(
            Movement(
                id=self.next_movement_id(),
                recorded_at=self.now, balance_id=balance.id, balance_version=balance.version, ordinal=ordinal,
                variant_id=line.variant_id, warehouse_id=line.warehouse_id, kind=line.kind, quantity=quantity,
                from_state=from_key[2] if from_key else None, to_state=to_key[2] if to_key else None,
                from_location_id=from_key[0] if from_key else None, to_location_id=to_key[0] if to_key else None,
                lot_id=lot_id, serials=serials, unit_cost=unit_cost, value_change=value_change,
                on_hand_after=balance.on_hand, reserved_after=balance.reserved, quarantined_after=balance.quarantined,
                damaged_after=balance.damaged, reason=command.reason, note=command.note,
                reference_type=command.document.type if command.document else command.reference_type,
                reference_id=command.document.id if command.document else command.reference_id,
                reference=command.reference, command_id=command.id, occurred_at=self.occurred_at,
                recorded_by=command.recorded_by,
            )
        )  # fmt: skip


def _promised_from(balance: Balance, stock_state: StockState) -> tuple[UUID, ...]:
    """Where there is too little to promise; nowhere when it was not AVAILABLE that ran short."""
    return (balance.key[1],) if stock_state is StockState.AVAILABLE else ()
