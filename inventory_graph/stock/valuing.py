"""What a movement does to the value of its balance, by the method that the balance is kept by. Pure."""

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from inventory_graph.ids import id_after
from inventory_graph.quantities import ZERO
from inventory_graph.stock import costing, layers
from inventory_graph.stock.layers import Priced, layers_of
from inventory_graph.stock.state import OPENING, Balance, CostAdjustment, Layer, Layers

if TYPE_CHECKING:
    from inventory_graph.stock.decision import Decision

TRUE_UP = "TRUE_UP"
METHOD = "METHOD"
_FIRST_ADJUSTMENT = 1 << 20
"""The adjustments of a command are numbered behind its movements."""


def bring_in(decision: "Decision", balance: Balance, quantity: Decimal, unit_cost: Decimal | None) -> Priced:
    """So much comes in at a cost, None for the one in force; on hand is the caller's to change, after this.

    What a known cost says about what was owed, or had come without a cost, is an adjustment of its own.
    """
    _adopt_method(decision, balance)
    on_hand = balance.on_hand
    if balance.costing_method == costing.FIFO:
        priced = layers.arrive(balance, _layer(decision, balance, quantity, unit_cost))
    else:
        priced = _average_arrival(balance, quantity, unit_cost)
    if priced.true_up:
        # Of what is owed the cost was that of goods that have left; what came without a cost is still there.
        adjust(decision, balance, TRUE_UP, priced.true_up, issued_value=-priced.true_up if on_hand < 0 else ZERO)
    return priced


def take_out(
    decision: "Decision", balance: Balance, quantity: Decimal, *, unit_cost: Decimal | None, receipt_id: UUID | None
) -> Priced:
    """So much leaves for good, at the cost it came with where one is given; on hand is the caller's to change, after this.

    Under FIFO what ``receipt_id`` brought goes first, at what that is worth.
    """
    _adopt_method(decision, balance)
    if balance.costing_method == costing.FIFO:
        return layers.leave(balance, quantity, document_id=receipt_id)
    worth = balance.value
    if unit_cost is not None:
        balance.average_cost = costing.average_without(
            on_hand=balance.on_hand, average=balance.average_cost, quantity=quantity, unit_cost=unit_cost
        )
    rest = costing.value(balance.on_hand - quantity, balance.average_cost)
    return Priced(unit_cost if unit_cost is not None else balance.average_cost, rest - worth)


def parts_by_cost(decision: "Decision", balance: Balance, quantity: Decimal) -> list[Decimal]:
    """So much that is there, in parts that each cost the same a unit: what takes its cost along is told apart by it."""
    _adopt_method(decision, balance)
    return layers.parts_of(balance, quantity) if balance.costing_method == costing.FIFO else [quantity]


def adjust(
    decision: "Decision", balance: Balance, kind: str, value_change: Decimal, *, issued_value: Decimal = ZERO
) -> None:
    """Write down a change of value that no movement makes; it is about the movement that comes next, if it is a true-up."""
    command, document = decision.command, decision.command.document
    decision.adjustments.append(
        CostAdjustment(
            id=id_after(command.id, _FIRST_ADJUSTMENT + len(decision.adjustments)),
            balance_id=balance.id,
            movement_id=decision.next_movement_id() if kind == TRUE_UP else None,
            kind=kind,
            value_change=value_change,
            issued_value=issued_value,
            reference_type=document.type if document else command.reference_type,
            reference_id=document.id if document else command.reference_id,
            reference=command.reference,
            command_id=command.id,
            occurred_at=decision.occurred_at,
            recorded_at=decision.now,
            recorded_by=command.recorded_by,
        )
    )


def _average_arrival(balance: Balance, quantity: Decimal, unit_cost: Decimal | None) -> Priced:
    before, on_hand, known = balance.value, balance.on_hand, balance.average_cost
    balance.average_cost = costing.moving_average(
        on_hand=on_hand, average=known, quantity=quantity, unit_cost=unit_cost
    )
    change = costing.value(on_hand + quantity, balance.average_cost) - before
    if unit_cost is None:
        return Priced(balance.average_cost, change)
    if on_hand < 0 or (on_hand and known is None):
        own = costing.value(quantity, unit_cost)
        return Priced(unit_cost, own, change - own)
    return Priced(unit_cost, change)


def _layer(decision: "Decision", balance: Balance, quantity: Decimal, unit_cost: Decimal | None) -> Layer:
    document = decision.command.document
    version, ordinal = decision.next_place(balance)
    return Layer(
        id=decision.next_movement_id(), version=version, ordinal=ordinal, received=quantity, quantity=quantity, value=ZERO,
        unit_cost=unit_cost, document_id=document.id if document else None, received_at=decision.occurred_at,
    )  # fmt: skip


def _adopt_method(decision: "Decision", balance: Balance) -> None:
    """Keep the balance by the method in force from here on: what is there stays worth what it is, as one layer or at one average."""
    method = balance.stockable.costing_method
    if method == balance.costing_method:
        return
    before, on_hand = balance.value, balance.on_hand
    if method == costing.FIFO:
        balance.layers, balance.layers_value = Layers(), before
        if on_hand > 0:
            opening = Layer(
                id=id_after(decision.command.id, _FIRST_ADJUSTMENT + len(decision.adjustments)), version=balance.version,
                ordinal=OPENING, received=on_hand, quantity=on_hand, value=before, unit_cost=balance.average_cost,
                document_id=None, received_at=decision.occurred_at,
            )  # fmt: skip
            balance.layers[opening.id] = opening
    else:
        # None of them is left: so they are written.
        layers_of(balance).clear()
        balance.layers_value = None
    balance.costing_method = method
    if on_hand:
        rounding = balance.value - before
        adjust(decision, balance, METHOD, rounding, issued_value=-rounding)
