"""The lines of a request as so much of a variant, down to the leaves that lie on a shelf. Pure."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from inventory_graph.errors import InvalidInput, ItemInactive, NotFound, Refusal
from inventory_graph.ids import new_id
from inventory_graph.masterdata.recipe_explosion import requirements
from inventory_graph.masterdata.recipe_reading import MADE_TYPES
from inventory_graph.quantities import ZERO
from inventory_graph.reservations import requests
from inventory_graph.reservations.naming import Names, name_of
from inventory_graph.reservations.prepared import (
    Wanted,
)
from inventory_graph.reservations.requests import (
    ConsumeLine,
    Modifier,
    ReserveLine,
)
from inventory_graph.reservations.state import ITSELF, Need
from inventory_graph.stock.resolution import Article, unknown_sku
from inventory_graph.stock.service import CODE_LENGTH_MAX

HOLDS_NOTHING = ("SERVICE", "VOUCHER")
REFERENCE_LENGTH_MAX = 100


def wanted_lines(
    lines: Sequence[ReserveLine | ConsumeLine], names: Names, *, at: datetime | None
) -> tuple[Wanted, ...]:
    found: list[Wanted] = []
    told: set[str] = set()
    for position, line in enumerate(lines):
        try:
            wanted = _wanted_line(line, names, at, str(position + 1))
        except Refusal as refusal:
            raise refusal.at("lines", str(position)) from None
        if wanted.line_reference is not None:
            if wanted.line_reference in told:
                raise InvalidInput(
                    f"Two lines have the reference {wanted.line_reference!r}; a line without one has its position.",
                    path=("lines", str(position), "line_reference"),
                )
            told.add(wanted.line_reference)
        found.append(wanted)
    return tuple(found)


def _wanted_line(line: ReserveLine | ConsumeLine, names: Names, at: datetime | None, position: str) -> Wanted:
    is_reserved = isinstance(line, ReserveLine)
    if isinstance(line, ReserveLine) and (line.sku is None) == (line.variant_id is None):
        raise InvalidInput("Name what is wanted by its sku or by its variantId, one of the two.", path=("sku",))
    article = names.articles.get(name_of(line))
    if article is None:
        if line.sku is not None:
            raise unknown_sku(line.sku, path=("sku",))
        raise NotFound("There is no variant with this id.", path=("variant_id",))
    if line.quantity < 0 or (not is_reserved and not line.quantity):
        raise InvalidInput("The quantity must be more than 0.", path=("quantity",))
    # What was used was used; but nothing may be promised, or waited for, that will not come again.
    if is_reserved and line.quantity and not article.is_active:
        raise ItemInactive(f"{article.sku} is archived; reactivate it first.", path=("sku",))
    reference = line.line_reference
    if reference is not None and (not 1 <= len(reference) <= REFERENCE_LENGTH_MAX or not reference.isprintable()):
        raise InvalidInput(
            f"A line reference has 1 to {REFERENCE_LENGTH_MAX} characters, all printable.", path=("line_reference",)
        )
    if line.lot_code is not None and not 1 <= len(line.lot_code) <= CODE_LENGTH_MAX:
        raise InvalidInput(f"A lot code has 1 to {CODE_LENGTH_MAX} characters.", path=("lot_code",))
    needs = _needs(article, line.modifiers, names, at)
    is_own = [need.variant_id for need in needs] == [article.variant_id]
    if (line.lot_code is not None or line.serials) and not is_own:
        raise InvalidInput(
            f"{article.sku} is not held as itself: lots and serials are chosen for its components.",
            path=("lot_code",) if line.lot_code is not None else ("serials",),
        )
    return Wanted(
        id=new_id(),
        line_reference=reference if reference is not None else position if is_reserved else None,
        item_id=article.item_id,
        variant_id=article.variant_id,
        sku=article.sku,
        quantity=article.quantity(line.quantity, line.unit, path=("quantity",)) if line.quantity else ZERO,
        step=article.step,
        needs=needs,
        lot_code=line.lot_code,
        serials=line.serials,
    )


def _needs(article: Article, modifiers: Sequence[Modifier], names: Names, at: datetime | None) -> tuple[Need, ...]:
    """What one unit takes of each leaf: the recipe in force, more or less what the modifiers say. Never less than nothing."""
    if not modifiers and not _stands_for_others(article):
        return (Need(article.variant_id, ITSELF),)
    needed: dict[UUID, tuple[Fraction, Fraction]] = {}
    _add(needed, article, Fraction(1), names, at)
    if len(modifiers) > requests.MODIFIERS_MAX:
        raise InvalidInput(f"At most {requests.MODIFIERS_MAX} modifiers a line.", path=("modifiers",))
    for position, modifier in enumerate(modifiers):
        other = names.articles.get(modifier.sku)
        if other is None:
            raise unknown_sku(modifier.sku, path=("modifiers", str(position), "sku"))
        _add(needed, other, Fraction(modifier.quantity), names, at)
    return tuple(
        Need(variant_id, max(quantity, Fraction(0)) + optional, is_optional=quantity <= 0)
        for variant_id, (quantity, optional) in needed.items()
        if quantity > 0 or optional > 0
    )


def _add(
    needed: dict[UUID, tuple[Fraction, Fraction]],
    article: Article,
    quantity: Fraction,
    names: Names,
    at: datetime | None,
) -> None:
    if article.item_type in HOLDS_NOTHING:
        return
    if not _stands_for_others(article):
        known = needed.get(article.variant_id, (Fraction(0), Fraction(0)))
        needed[article.variant_id] = (known[0] + quantity, known[1])
        return
    for variant_id, need in requirements(article.item_id, bills=names.bills.get(at, {}), quantity=quantity).items():
        known = needed.get(variant_id, (Fraction(0), Fraction(0)))
        needed[variant_id] = (known[0] + need.needed, known[1] + need.optional)


def _stands_for_others(article: Article) -> bool:
    """Whether it is held as something else, or not at all."""
    return article.item_type in HOLDS_NOTHING or article.item_type in MADE_TYPES
