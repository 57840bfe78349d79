"""What a recipe or kit takes, down to the components that lie on a shelf.

Pure: bills in force go in, exact fractions come out. One unit of an item takes of each component
``quantity * (1 + waste %) / (output * yield %)``: waste is what is lost on top of what the dish takes, yield is the share of
the output that can be served. Nothing is rounded on the way; ``quantity_of`` rounds a sum once, half to even.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

from inventory_graph.errors import InvalidTransition

DEPTH_MAX = 10
"""How many bills of materials may stand above one another: a dish made of a sauce made of a stock is three."""

_MICRO = 10**6
_NOTHING = Fraction(0)


class BillOfMaterialsMissing(InvalidTransition):
    """The recipe or kit has no bill of materials in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line of a bill. ``quantity``: stock units of the variant for one stock unit of what is made, waste and yield
    included. ``is_made``: its item is a recipe or kit, so that it is never held itself."""

    variant_id: UUID
    item_id: UUID
    sku: str
    quantity: Fraction
    is_optional: bool = False
    is_made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The bill of materials of one item in force at some instant."""

    id: UUID
    item_id: UUID
    sku: str
    version: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """How much of one leaf is taken, in its stock unit: by lines that must be there, and by optional ones."""

    needed: Fraction = _NOTHING
    optional: Fraction = _NOTHING

    @property
    def quantity(self) -> Fraction:
        """All that is taken."""
        return self.needed + self.optional

    @property
    def is_optional(self) -> bool:
        """Whether nothing that must be there takes it."""
        return not self.needed


@dataclass(frozen=True, slots=True)
class Portions:
    """How many whole units can be made, None when nothing limits it, and the variants that allow no more."""

    count: int | None
    limiting: tuple[UUID, ...] = ()


def part_quantity(
    quantity: Decimal,
    *,
    factor: Fraction,
    waste_percent: Decimal,
    output_quantity: Decimal,
    output_factor: Fraction,
    yield_percent: Decimal,
) -> Fraction:
    """Stock units of a component for one stock unit of what is made; the factors turn the line's units into stock units."""
    taken = Fraction(quantity) * factor * (1 + Fraction(waste_percent) / 100)
    made = Fraction(output_quantity) * output_factor * Fraction(yield_percent) / 100
    return taken / made


def requirements(
    item_id: UUID, *, bills: Mapping[UUID, Bill], quantity: Decimal | Fraction | int = 1
) -> dict[UUID, Requirement]:
    """What ``quantity`` stock units of the item take of each leaf, by variant id; a leaf of several lines appears once.

    ``bills`` holds the bill in force of every recipe and kit below the item. What lies below an optional line is optional.
    Raises ``BillOfMaterialsMissing``, and ``ValueError`` for bills that contain themselves.
    """
    amounts: dict[UUID, Requirement] = {item_id: Requirement(needed=Fraction(quantity))}
    leaves: dict[UUID, Requirement] = {}
    for made_id in _makers_first(item_id, bills):
        amount = amounts[made_id]
        for part in bills[made_id].parts:
            taken = _taken(amount, part)
            if part.is_made:
                amounts[part.item_id] = _sum(amounts.get(part.item_id), taken)
            else:
                leaves[part.variant_id] = _sum(leaves.get(part.variant_id), taken)
    return leaves


def portions(needs: Mapping[UUID, Requirement], *, available: Mapping[UUID, Decimal]) -> Portions:
    """How many whole units can be made from what is available when one unit takes ``needs``.

    A leaf that ``available`` leaves out, or that is below zero, counts as none. Optional leaves limit nothing.
    """
    counts = {
        variant_id: max(0, floor(Fraction(available.get(variant_id, 0)) / need.needed))
        for variant_id, need in needs.items()
        if need.needed > 0
    }
    if not counts:
        return Portions(None)
    fewest = min(counts.values())
    return Portions(fewest, tuple(variant_id for variant_id, count in counts.items() if count == fewest))


def quantity_of(exact: Fraction) -> Decimal:
    """A sum of exact fractions as a quantity: rounded half to even to 6 fraction digits, as every conversion of units is."""
    return Decimal(round(exact * _MICRO)).scaleb(-6)


def levels_of(roots: Sequence[UUID], *, children: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, int]:
    """How many bills stand on the longest way down from each item that is made, itself included.

    ``children`` maps each item that has a bill to the items its lines name. Raises ``Circle`` naming a way that comes back.
    """
    levels: dict[UUID, int] = {}
    way: dict[UUID, None] = {}
    # Each entry is an item and the children it still has to look at; explicit, for a chain may be longer than the stack.
    waiting: list[tuple[UUID, list[UUID]]] = []
    for root in roots:
        if root not in levels and root in children:
            waiting.append((root, list(children[root])))
            way[root] = None
        while waiting:
            here, below = waiting[-1]
            if not below:
                levels[here] = 1 + max((levels.get(child, 0) for child in children[here]), default=0)
                waiting.pop()
                del way[here]
                continue
            child = below.pop()
            if child in way:
                steps = list(way)
                raise Circle((*steps[steps.index(child) :], child))
            if child in children and child not in levels:
                waiting.append((child, list(children[child])))
                way[child] = None
    return levels


class Circle(ValueError):
    """Items that contain one another: the way from one of them back to itself."""

    def __init__(self, way: tuple[UUID, ...]) -> None:
        super().__init__(" contains ".join(str(item_id) for item_id in way))
        self.way = way


def _makers_first(item_id: UUID, bills: Mapping[UUID, Bill]) -> list[UUID]:
    """The item and every recipe and kit below it, each before what it is made of."""
    children: dict[UUID, list[UUID]] = {}
    waiting = [item_id]
    while waiting:
        here = waiting.pop()
        if here in children:
            continue
        bill = bills.get(here)
        if bill is None:
            raise BillOfMaterialsMissing(
                f"{_name_of(here, bills)} has no bill of materials in force. Create one with createBillOfMaterials."
            )
        children[here] = [part.item_id for part in bill.parts if part.is_made]
        waiting.extend(children[here])
    levels = levels_of([item_id], children=children)
    return sorted(children, key=lambda each: levels[each], reverse=True)


def _name_of(item_id: UUID, bills: Mapping[UUID, Bill]) -> str:
    names = (part.sku for bill in bills.values() for part in bill.parts if part.item_id == item_id)
    return next(names, f"The item {item_id}")


def _taken(amount: Requirement, part: Part) -> Requirement:
    if part.is_optional:
        return Requirement(optional=amount.quantity * part.quantity)
    return Requirement(needed=amount.needed * part.quantity, optional=amount.optional * part.quantity)


def _sum(known: Requirement | None, more: Requirement) -> Requirement:
    if known is None:
        return more
    return Requirement(needed=known.needed + more.needed, optional=known.optional + more.optional)
