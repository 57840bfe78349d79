"""The invariants of the book, checked on what it says it wrote: independent of how it decided."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Arrive, ComeBack, Lose, Ship
from inventory_graph.stock.state import Balance, Movement
from tests.properties.naive_values import MILLION, whole, worth

COST = 10**10
STATES = ("AVAILABLE", "RESERVED", "QUARANTINED", "DAMAGED")

OnTheWay = tuple[UUID, UUID | None, int | None]
"""(variant_id, lot_id, cost of a unit)"""
Heap = tuple[str, UUID | None, UUID | None]
"""(state, location_id, lot_id)"""


@dataclass(slots=True)
class Account:
    """What the movements of one balance add up to, in millionths and ten-thousand-millionths."""

    heaps: dict[Heap, int] = field(default_factory=dict)
    value: int = 0
    version: int = 0
    after: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("ON_HAND", *STATES[1:]), 0))

    def take(self, movement: Movement) -> None:
        """Add the movement; the balance it names as the one right after it must be the one that follows."""
        quantity = whole(movement.quantity)
        assert quantity > 0
        assert movement.from_state or movement.to_state
        for state, location_id, sign in (
            (movement.from_state, movement.from_location_id, -1),
            (movement.to_state, movement.to_location_id, 1),
        ):
            if state is None:
                continue
            heap = (str(state), location_id, movement.lot_id)
            total = self.heaps.get(heap, 0) + sign * quantity
            if total:
                self.heaps[heap] = total
            else:
                self.heaps.pop(heap, None)
            self.after["ON_HAND"] += sign * quantity
            if str(state) in self.after:
                self.after[str(state)] += sign * quantity
        told = (
            movement.on_hand_after,
            movement.reserved_after,
            movement.quarantined_after,
            movement.damaged_after,
        )
        assert [whole(quantity) for quantity in told] == list(self.after.values()), "after(v) is not before(v + 1)"
        self.value += whole(movement.value_change, of=COST)


class Ledger:
    """Every movement of a run, added up by balance."""

    def __init__(self) -> None:
        self.accounts: dict[UUID, Account] = {}
        self.documents: set[tuple[str, UUID, str, str]] = set()
        self.on_the_way: Counter[OnTheWay] = Counter()
        self.movements = 0

    def record(self, posted: Posted) -> None:
        """Add what a command did, and check it: invariants 1, 2 and 4."""
        document = posted.command.document
        if document is not None:
            line = (document.type, document.id, document.line, document.kind)
            assert line not in self.documents, f"{line} posted twice"
            self.documents.add(line)
        ordinals: dict[UUID, int] = {}
        arriving = iter([line for line in posted.command.lines if isinstance(line, Arrive)])
        for movement in posted.movements:
            account = self.accounts.setdefault(movement.balance_id, Account())
            ordinal = ordinals.get(movement.balance_id, 0)
            if ordinal == 0:
                account.version += 1
            assert (movement.balance_version, movement.ordinal) == (account.version, ordinal), "versions are not dense"
            assert movement.command_id == posted.command.id
            ordinals[movement.balance_id] = ordinal + 1
            account.take(movement)
            # Each line of what arrives is one movement.
            is_arrival = movement.kind in (Arrive.kind, ComeBack.kind)
            self._carry(movement, is_cost_known=not is_arrival or next(arriving).unit_cost is not None)
        for adjustment in posted.adjustments:
            self.accounts[adjustment.balance_id].value += whole(adjustment.value_change, of=COST)
        for before, after in zip(posted.before, posted.after, strict=True):
            assert after.version - before.version == (after.id in ordinals), "not one version step for one command"
            self.check(after, was_available=before.available)
        assert ordinals.keys() <= {after.id for after in posted.after}
        self.movements += len(posted.movements)

    def _carry(self, movement: Movement, *, is_cost_known: bool) -> None:
        """What a transfer moves is worth the same before and after, wherever it is; goods of no known cost take the one in force."""
        if movement.kind not in (Ship.kind, Arrive.kind, ComeBack.kind, Lose.kind):
            return
        quantity = whole(movement.quantity)
        cost = whole(movement.unit_cost, of=COST) if is_cost_known and movement.unit_cost is not None else None
        is_leaving = movement.to_state is None
        if is_cost_known:
            value = worth(quantity, cost)
            # An average of ten decimals is wrong by half a step at most, for each unit on hand; a value by half a step of its own.
            rounding = 2 + (0 if is_leaving else abs(whole(movement.on_hand_after)) // MILLION)
            change = whole(movement.value_change, of=COST)
            assert abs(change - (-value if is_leaving else value)) <= rounding, (
                "a transfer changed what goods are worth"
            )
        if movement.kind == Ship.kind:
            self.on_the_way[movement.variant_id, movement.lot_id, cost] += quantity
        elif not is_leaving:
            # What is lost comes before it goes: on the way it is no more.
            self.on_the_way[movement.variant_id, movement.lot_id, cost] -= quantity

    def check(self, balance: Balance, *, was_available: Decimal | None = None) -> None:
        """The balance is what its movements and what its quants add up to, and not below zero where it may not be."""
        account = self.accounts.get(balance.id, Account())
        quants = {(str(key[2]), *key[:2]): whole(quant.quantity) for key, quant in balance.quants.items()}
        assert {heap: quantity for heap, quantity in quants.items() if quantity} == account.heaps, (
            "quants are not the ledger"
        )
        told = (balance.available, balance.reserved, balance.quarantined, balance.damaged)
        sums = [sum(quantity for heap, quantity in account.heaps.items() if heap[0] == state) for state in STATES]
        assert [whole(quantity) for quantity in told] == sums, "the balance is not the sum of its quants"
        assert whole(balance.on_hand) == sum(sums)
        assert balance.version == account.version
        assert min(sums[1:]) >= 0, "a state is below zero"
        may_be_negative = balance.stockable.allow_negative or (
            was_available is not None and was_available <= balance.available
        )
        assert sums[0] >= 0 or may_be_negative, "available is below zero against the policy"
        for (state, location_id, lot_id), quantity in account.heaps.items():
            assert quantity > 0 or (state, location_id, lot_id) == ("AVAILABLE", None, None), "a quant is below zero"
        self._check_value(balance, account)

    @staticmethod
    def _check_value(balance: Balance, account: Account) -> None:
        worth = 0
        if balance.average_cost is not None:
            product = whole(balance.on_hand) * whole(balance.average_cost, of=COST)
            worth, rest = divmod(product, 10**6)
            worth += rest * 2 > 10**6 or (rest * 2 == 10**6 and worth % 2)
        assert account.value == worth, "the value changes do not add up to what the stock is worth"
