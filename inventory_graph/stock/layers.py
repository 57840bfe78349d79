"""FIFO: what arrives is a layer, what leaves takes the oldest. Pure.

While something is on hand, the layers' quantities add up to it and their values to ``layers_value``; while something is owed there
are none, and what is owed is worth the last known cost. Values are kept and not computed, so that nothing is lost in rounding: the
last unit of a layer takes whatever the others have left. Unit costs are kept besides: of what little is left they could not be computed
from a value of ten decimals.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.quantities import ZERO
from inventory_graph.stock import costing
from inventory_graph.stock.state import Balance, Layer, Layers


class Priced(NamedTuple):
    """What a movement does to the value of a balance, and what a unit of it cost; ``true_up`` is what it says about the cost of others."""

    unit_cost: Decimal | None
    value_change: Decimal
    true_up: Decimal = ZERO


def layers_of(balance: Balance) -> Layers:
    """The layers of a balance under FIFO."""
    if balance.layers is None:
        raise AssertionError(
            "the layers were not loaded: open the book with `moves_value` where something arrives or leaves"
        )
    return balance.layers


def arrive(balance: Balance, layer: Layer) -> Priced:
    """The layer comes in. What is owed is paid from it, and costs what it does; the first cost that becomes known holds for what came
    without one. On hand is the caller's to change."""
    layers = layers_of(balance)
    before, on_hand, known = balance.value, balance.on_hand, balance.average_cost
    cost = layer.unit_cost if layer.unit_cost is not None else known
    own = costing.value(layer.quantity, cost)
    rest = on_hand + layer.quantity
    if on_hand < 0:
        after = costing.value(rest, cost)
        if rest > 0:
            layers[layer.id] = layer._replace(received=rest, quantity=rest, value=after, unit_cost=cost)
    else:
        if known is None and cost is not None:
            for each in tuple(layers.values()):
                if each.unit_cost is None:
                    layers[each.id] = each._replace(unit_cost=cost, value=costing.value(each.quantity, cost))
        layers[layer.id] = layer._replace(value=own, unit_cost=cost)
        after = layers.value
    balance.layers_value = after
    balance.average_cost = layers.unit_cost if layers else cost
    return Priced(cost, own, after - before - own)


def leave(balance: Balance, quantity: Decimal, *, document_id: UUID | None = None) -> Priced:
    """So much leaves, the oldest first, after what ``document_id`` brought; what is not there is owed at the last known cost. On hand is
    the caller's to change."""
    layers = layers_of(balance)
    before, last = balance.value, balance.average_cost
    parts: list[tuple[Decimal, Decimal | None]] = []
    for layer, part in _oldest(layers, quantity, document_id):
        worth = costing.share(layer.value, part, layer.quantity)
        last = layer.unit_cost if layer.unit_cost is not None else last
        parts.append((part, layer.unit_cost))
        if part == layer.quantity:
            del layers[layer.id]
        else:
            layers[layer.id] = layer._replace(quantity=layer.quantity - part, value=layer.value - worth)
    owed = quantity - sum((part for part, _ in parts), ZERO)
    if owed:
        parts.append((owed, last))
    if layers:
        after, last = layers.value, layers.unit_cost
    else:
        after = costing.value(balance.on_hand - quantity, last)
    balance.layers_value, balance.average_cost = after, last
    return Priced(costing.blended(parts), after - before)


def parts_of(balance: Balance, quantity: Decimal) -> list[Decimal]:
    """So much in the parts of which each is of one layer, as it would leave."""
    return [part for _, part in _oldest(layers_of(balance), quantity, None)]


def _oldest(layers: Layers, quantity: Decimal, document_id: UUID | None) -> Iterator[tuple[Layer, Decimal]]:
    """The layers that give so much, with how much each gives: less in all where there is less."""
    # They are in the order in which they came. Whoever asks takes them away meanwhile.
    ordered = list(layers.values())
    if document_id is not None:
        ordered.sort(key=lambda each: each.document_id != document_id)
    for layer in ordered:
        if not quantity:
            return
        part = min(layer.quantity, quantity)
        quantity -= part
        yield layer, part
