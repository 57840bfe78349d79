"""Which warehouse gives what, the long way: exact fractions, every warehouse asked in turn, shares that add up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from tests.properties.naive_values import MILLION

Amount: TypeAlias = int | Fraction
Stock: TypeAlias = dict[UUID, Amount]
"""What one warehouse has of each leaf, in millionths."""


@dataclass(slots=True)
class Giver:
    """A warehouse that may be asked."""

    warehouse: UUID
    priority: int
    distance: float | None
    stock: Stock


@dataclass(slots=True)
class Demand:
    """So many millionths are wanted, in steps; each takes its needs of the leaves."""

    quantity: int
    step: int
    needs: dict[UUID, Amount]


def allocate(
    givers: Sequence[Giver], demands: Sequence[Demand], strategy: str, *, may_split: bool
) -> list[dict[UUID, int]]:
    """How much each warehouse gives to each demand; the warehouses in the order in which they are asked."""
    asked = sorted(givers, key=lambda giver: _turn(giver, strategy))
    wanted = [demand.quantity for demand in demands]
    one = next((giver for giver in asked if _covers(giver, demands)), None)
    if one is not None and not (may_split and strategy in ("PRIORITY", "NEAREST")):
        return [{one.warehouse: quantity} for quantity in wanted]
    if may_split:
        return _by_turns(asked, demands)
    offers = [(giver, _offer(giver, demands, wanted)) for giver in asked]
    best = max(offers, key=lambda offer: _worth(offer[1], wanted))
    return [{best[0].warehouse: given} for given in best[1]]


def _turn(giver: Giver, strategy: str) -> tuple[object, ...]:
    """When the warehouse is asked; an unknown distance is the longest."""
    far = (giver.distance is None, giver.distance or 0)
    return {
        "COVERING": (giver.priority, far, giver.warehouse),
        "PRIORITY": (giver.priority, giver.warehouse),
        "NEAREST": (far, giver.priority, giver.warehouse),
    }[strategy]


def _covers(giver: Giver, demands: Sequence[Demand]) -> bool:
    left = dict(giver.stock)
    for demand in demands:
        for leaf, need in demand.needs.items():
            left[leaf] -= need * demand.quantity
    return all(quantity >= 0 for quantity in left.values())


def _offer(giver: Giver, demands: Sequence[Demand], wanted: Sequence[int]) -> list[int]:
    """What the warehouse gives when so much of each demand is wanted: to the first all it can, then to the next."""
    left = dict(giver.stock)
    given = []
    for demand, still in zip(demands, wanted, strict=True):
        most = min([still, *(left[leaf] // need for leaf, need in demand.needs.items())])
        if most < still:
            most -= most % demand.step
        for leaf, need in demand.needs.items():
            left[leaf] -= need * most
        given.append(most)
    return given


def _by_turns(asked: Sequence[Giver], demands: Sequence[Demand]) -> list[dict[UUID, int]]:
    given: list[dict[UUID, int]] = [{} for _ in demands]
    wanted = [demand.quantity for demand in demands]
    for giver in asked:
        for number, amount in enumerate(_offer(giver, demands, wanted)):
            given[number][giver.warehouse] = amount
            wanted[number] -= amount
    return given


def _worth(given: Sequence[int], wanted: Sequence[int]) -> tuple[int, int]:
    """How many demands are met in full, then how much of all of them, counted in millionths of each."""
    full = sum(amount == quantity for amount, quantity in zip(given, wanted, strict=True))
    return full, sum(amount * MILLION // quantity for amount, quantity in zip(given, wanted, strict=True))


def stock_of(leaves: set[UUID], promisable: Callable[[UUID], int]) -> Stock:
    """What a warehouse has of the leaves."""
    return {leaf: promisable(leaf) for leaf in leaves}


def shares(total: int, weights: Sequence[int], *, step: int) -> list[int]:
    """The total in parts proportional to the weights, each a number of steps; what rounding down leaves goes by steps to those
    that lost most by it, the first of equals."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    parts = [total * weight // (whole * step) for weight in weights]
    lost = [Fraction(total * weight, whole * step) - part for weight, part in zip(weights, parts, strict=True)]
    for _ in range(total // step - sum(parts)):
        luckiest = max(range(len(parts)), key=lambda number: lost[number])
        parts[luckiest] += 1
        lost[luckiest] -= 2
    return [part * step for part in parts]
