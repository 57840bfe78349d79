"""What may stand in for a variant: stated by hand, in one direction, never across an allergen or a controlled class.

The rule is checked when a pair is stated and again at every read, for items and recipes change afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, ItemInactive, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.ingredients import Ingredients, ingredients_by_item
from inventory_graph.masterdata.models import Variant
from inventory_graph.masterdata.named_variants import NamedVariant, named_variants
from inventory_graph.masterdata.selling import Substitute
from inventory_graph.masterdata.selling_events import SubstituteRemoved, SubstituteSet
from inventory_graph.outbox import emit
from inventory_graph.quantities import quantity_to_text

SUBSTITUTES_MAX = 100
"""How many substitutes a variant may have."""
PRIORITY_DEFAULT = 100
PRIORITY_MAX = 1_000_000

_COLUMNS = (
    Substitute.variant_id,
    Substitute.substitute_variant_id,
    Substitute.factor,
    Substitute.priority,
    Substitute.valid_from,
    Substitute.valid_until,
    Substitute.approved_by,
    Substitute.created_at,
)


class SubstituteNotAllowed(Refusal):
    """The substitute brings an allergen that the original lacks, or is of another controlled class."""

    code = "INVALID_INPUT"

    def __init__(
        self,
        message: str,
        *,
        allergens: tuple[str, ...] = (),
        controlled_class: str | None = None,
        path: tuple[str, ...] = (),
    ) -> None:
        self.allergens = allergens
        self.controlled_class = controlled_class
        super().__init__(message, path=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteRecord:
    """That one variant may stand in for another. ``factor``: stock units of the substitute for one of ``variant_id``; the
    lower the priority, the earlier it is offered; both days are included, None stands for no end."""

    variant_id: UUID
    substitute_variant_id: UUID
    factor: Decimal
    priority: int
    valid_from: date | None
    valid_until: date | None
    approved_by: str
    created_at: datetime


_STATED = """
WITH today AS (SELECT (statement_timestamp() AT TIME ZONE timezone)::date AS day FROM tenants WHERE id = $1)
SELECT pair.variant_id, pair.substitute_variant_id, pair.factor, pair.priority, pair.valid_from, pair.valid_until,
  pair.approved_by, pair.created_at, original.item_id AS original_item_id, other.item_id AS other_item_id,
  coalesce(pair.valid_from <= today.day, true) AS has_begun
FROM today, substitutes AS pair
JOIN variants AS original ON original.tenant_id = $1 AND original.id = pair.variant_id
JOIN variants AS other ON other.tenant_id = $1 AND other.id = pair.substitute_variant_id
JOIN items AS item ON item.tenant_id = $1 AND item.id = other.item_id
WHERE pair.tenant_id = $1 AND pair.variant_id = ANY ($2::uuid[])
  AND other.status <> 'ARCHIVED' AND item.status <> 'ARCHIVED' AND coalesce(pair.valid_until >= today.day, true)
ORDER BY pair.variant_id, pair.priority, other.sku
"""


async def substitutes_by_variant(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[SubstituteRecord]]:
    """What may stand in for each variant, by priority, then SKU; what is over, archived or no longer allowed is left out,
    what begins later is not. Two statements."""
    found: dict[UUID, list[SubstituteRecord]] = {key: [] for key in keys}
    for row in await _allowed(tx, keys):
        found[row["variant_id"]].append(_substitute(row))
    return found


async def substitutes_today(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[SubstituteRecord]]:
    """``substitutes_by_variant`` without what begins after today, by the tenant's calendar."""
    found: dict[UUID, list[SubstituteRecord]] = {key: [] for key in keys}
    for row in await _allowed(tx, keys):
        if row["has_begun"]:
            found[row["variant_id"]].append(_substitute(row))
    return found


async def _allowed(tx: Transaction, keys: Sequence[UUID]) -> list[Record]:
    rows = await tx.raw.fetch(_STATED, tx.tenant_id, list(keys))
    item_ids = {row[name] for row in rows for name in ("original_item_id", "other_item_id")}
    known = await ingredients_by_item(tx, sorted(item_ids)) if rows else {}
    return [row for row in rows if known[row["other_item_id"]].may_replace(known[row["original_item_id"]])]


def _substitute(row: Record) -> SubstituteRecord:
    return SubstituteRecord(**{name: row[name] for name in SubstituteRecord.__slots__})


async def set_substitute(
    tx: Transaction,
    *,
    variant_id: UUID,
    substitute_variant_id: UUID,
    factor: Decimal = Decimal(1),
    priority: int = PRIORITY_DEFAULT,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> SubstituteRecord:
    """State in full that one variant may stand in for another, approved by the caller; what was stated of the two before is
    replaced. Emits ``inventory.variant.substitute_set`` when anything differs.

    Raises ``InvalidInput``, ``NotFound``, ``ItemInactive``, ``SubstituteNotAllowed`` and ``LimitExceeded``.
    """
    _check(variant_id, substitute_variant_id, factor, priority, valid_from, valid_until)
    original, substitute = await _variants(tx, variant_id, substitute_variant_id)
    known = await ingredients_by_item(tx, [original.item_id, substitute.item_id])
    _refuse_what_it_brings(original, substitute, ingredients=known[original.item_id], brought=known[substitute.item_id])
    await tx.run(_LOCK, tenant=tx.tenant_id, variant=variant_id)
    before = await _find(tx, variant_id, substitute_variant_id)
    stated = {"factor": factor, "priority": priority, "valid_from": valid_from, "valid_until": valid_until}
    if before is not None and stated == {name: getattr(before, name) for name in stated}:
        return before
    if before is None:
        await _refuse_too_many(tx, original)
    after = await _write(
        tx,
        {"variant_id": variant_id, "substitute_variant_id": substitute_variant_id},
        {**stated, "approved_by": tx.actor.subject},
    )
    await emit(tx, SubstituteSet(aggregate_id=variant_id, substitute=after))
    return after


async def remove_substitute(tx: Transaction, *, variant_id: UUID, substitute_variant_id: UUID) -> None:
    """Let a variant stand in for another no more; emits ``inventory.variant.substitute_removed``. Raises ``NotFound``."""
    await tx.run(_LOCK, tenant=tx.tenant_id, variant=variant_id)
    removed = await tx.value(
        delete(Substitute)
        .where(
            Substitute.tenant_id == tx.tenant_id,
            Substitute.variant_id == variant_id,
            Substitute.substitute_variant_id == substitute_variant_id,
        )
        .returning(Substitute.variant_id)
    )
    if removed is None:
        raise NotFound("Nobody stated that the one may stand in for the other.", path=("substitute",))
    await emit(tx, SubstituteRemoved(aggregate_id=variant_id, substitute_variant_id=substitute_variant_id))


_LOCK = (
    select(Variant.id)
    .where(Variant.tenant_id == bindparam("tenant"), Variant.id == bindparam("variant"))
    .with_for_update(key_share=True)
)


async def _variants(
    tx: Transaction, variant_id: UUID, substitute_variant_id: UUID
) -> tuple[NamedVariant, NamedVariant]:
    """Both variants, whose items do not change until the transaction ends."""
    found = (await named_variants(tx, ids=[variant_id, substitute_variant_id])).by_id
    for each, path in ((variant_id, "variant"), (substitute_variant_id, "substitute")):
        if each not in found:
            raise NotFound(f"There is no variant with the id {each}.", path=(path, "id"))
        if found[each].is_archived:
            raise ItemInactive(
                f"{found[each].sku} is archived. Name another, or make it active again first.", path=(path,)
            )
    return found[variant_id], found[substitute_variant_id]


def _refuse_what_it_brings(
    original: NamedVariant, substitute: NamedVariant, *, ingredients: Ingredients, brought: Ingredients
) -> None:
    allergens = brought.brings_beyond(ingredients)
    if allergens:
        raise SubstituteNotAllowed(
            f"{substitute.sku} contains {', '.join(allergens)}, which is not always in {original.sku}: who orders that may not"
            " be able to eat this. Choose another substitute.",
            allergens=allergens,
            path=("substitute",),
        )
    if brought.controlled_class != ingredients.controlled_class:
        raise SubstituteNotAllowed(
            f"{substitute.sku} is {_class(brought)} and {original.sku} is {_class(ingredients)}: a substitute is of the same"
            " controlled class. Choose another.",
            controlled_class=brought.controlled_class,
            path=("substitute",),
        )


def _class(ingredients: Ingredients) -> str:
    named = ingredients.controlled_class
    return f"of the controlled class {named!r}" if named is not None else "not controlled"


def _check(
    variant_id: UUID,
    substitute_variant_id: UUID,
    factor: Decimal,
    priority: int,
    valid_from: date | None,
    valid_until: date | None,
) -> None:
    if variant_id == substitute_variant_id:
        raise InvalidInput("A variant does not stand in for itself; name another.", path=("substitute",))
    if factor <= 0:
        raise InvalidInput(f"The factor is {quantity_to_text(factor)}; it must be more than 0.", path=("factor",))
    if not 0 <= priority <= PRIORITY_MAX:
        raise InvalidInput(f"The priority is {priority}; it must be 0 to {PRIORITY_MAX}.", path=("priority",))
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise InvalidInput(
            f"It would end on {valid_until}, before it begins on {valid_from}; correct one of the days.",
            path=("valid_until",),
        )


async def _find(tx: Transaction, variant_id: UUID, substitute_variant_id: UUID) -> SubstituteRecord | None:
    row = await tx.row(
        select(*_COLUMNS).where(
            Substitute.tenant_id == tx.tenant_id,
            Substitute.variant_id == variant_id,
            Substitute.substitute_variant_id == substitute_variant_id,
        )
    )
    return _substitute(row) if row is not None else None


async def _write(tx: Transaction, pair: Mapping[str, UUID], values: Mapping[str, Any]) -> SubstituteRecord:
    statement = insert(Substitute).values(tenant_id=tx.tenant_id, **pair, **values)
    (row,) = await tx.rows(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", *pair], set_={name: statement.excluded[name] for name in values}
        ).returning(*_COLUMNS)
    )
    return _substitute(row)


async def _refuse_too_many(tx: Transaction, variant: NamedVariant) -> None:
    count: int = await tx.value(
        select(func.count())
        .select_from(Substitute)
        .where(Substitute.tenant_id == tx.tenant_id, Substitute.variant_id == variant.id)
    )
    if count >= SUBSTITUTES_MAX:
        raise LimitExceeded(
            f"{variant.sku} has {count} substitutes already; a variant has at most {SUBSTITUTES_MAX}.",
            path=("variant",),
        )
