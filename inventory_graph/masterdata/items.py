"""Items: made, changed, archived. Nothing is deleted, and nothing with stock is archived."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias, Unpack
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, InvalidTransition, ItemInactive, NotFound
from inventory_graph.masterdata.announcements import announce_item, announce_variants
from inventory_graph.masterdata.categories import category_by_slug
from inventory_graph.masterdata.item_creation import check_serial_unit, create_items
from inventory_graph.masterdata.item_reading import ITEM_COLUMNS, item_of
from inventory_graph.masterdata.item_search import rewrite_words
from inventory_graph.masterdata.item_values import ItemChanges, ItemFields, NewItem, checked_values
from inventory_graph.masterdata.models import Item, Variant
from inventory_graph.masterdata.records import STOCKED_TYPES, ItemRecord
from inventory_graph.masterdata.skus import reference_taken, refusing_taken, sku_taken, take_skus
from inventory_graph.masterdata.units import unit_by_name, units_by_code

HasMovements: TypeAlias = Callable[[Transaction, UUID], Awaitable[bool]]
"""Whether any variant of the item was ever posted to. Stock stands to the right of this domain, so its answer is handed in."""


class HasStock(Protocol):
    """Whether anything of the item, or of the variant, lies or is held anywhere."""

    async def __call__(
        self, tx: Transaction, *, item_id: UUID | None = None, variant_id: UUID | None = None
    ) -> bool: ...


class ItemHasMovements(InvalidTransition):
    """The item has movements, so this is fixed."""


class ItemHasStock(InvalidTransition):
    """There is stock of it, or stock is held."""


async def create_item(tx: Transaction, **fields: Unpack[ItemFields]) -> ItemRecord:
    """Make an item with its first variant, which bears the same SKU, and emit ``inventory.item.created``.

    The keywords are the fields of ``NewItem``. Raises ``InvalidInput``, ``NotFound`` (unit, category), ``AlreadyExists``
    (SKU, barcode, external reference), each at the field's name, and ``LimitExceeded``.
    """
    (created,) = await create_items(tx, items=[NewItem(**fields)], paths=[()])
    return created.item


async def update_item(
    tx: Transaction, *, item_id: UUID, has_movements: HasMovements, **changes: Unpack[ItemChanges]
) -> ItemRecord:
    """Change an item; what is left out stays. Emits ``inventory.item.updated`` when anything differs.

    A new SKU or name goes to the variants that bore the old one. Unit, tracking and whether the type is one that is stocked
    are fixed once there are movements. Raises ``InvalidInput``, ``NotFound``, ``AlreadyExists``, ``ItemInactive`` for an
    archived item and ``ItemHasMovements``.
    """
    given: dict[str, Any] = dict(changes)
    unit, category_slug = given.pop("unit", None), given.pop("category_slug", None)
    values = checked_values(given)
    if values.get("status") == "ARCHIVED":
        raise InvalidInput("An item is archived by archiveItem, which looks for stock first.", path=("status",))
    before = await lock_item(tx, item_id)
    refuse_archived(before)
    if "unit" in changes:
        if unit is None:
            raise InvalidInput("The unit cannot be empty; leave it out to keep it.", path=("unit",))
        values["unit_code"] = (await unit_by_name(tx, unit)).code
    if "category_slug" in changes:
        values["category_id"] = (
            (await category_by_slug(tx, category_slug, path=("category_slug",))).id
            if category_slug is not None
            else None
        )
    values = {name: value for name, value in values.items() if value != getattr(before, name)}
    if not values:
        return before
    await _refuse_fixed(tx, before, values, has_movements)
    if "sku" in values:
        await take_skus(tx, {values["sku"]: (item_id, ("sku",))})
    after = await _write(tx, before, values)
    renamed = await _rename_variants(tx, before, after)
    if after.unit_code != before.unit_code:
        await tx.raw.execute(_MOVE_BARCODES, tx.tenant_id, item_id, before.unit_code, after.unit_code)
    if values.keys() & {"sku", "name", "tags"}:
        await rewrite_words(tx, item_id)
    await announce_item(tx, after)
    await announce_variants(tx, renamed)
    return after


async def archive_item(tx: Transaction, *, item_id: UUID, has_stock: HasStock) -> ItemRecord:
    """Take an item and its variants out of use; emits ``inventory.item.updated``. An archived item stays as it is.

    Raises ``NotFound`` and ``ItemHasStock``.
    """
    before = await lock_item(tx, item_id)
    if before.status == "ARCHIVED":
        return before
    await lock_variants(tx, item_id)
    if await has_stock(tx, item_id=item_id):
        raise ItemHasStock(
            f"There is stock of {before.sku}, or stock is held; issue, move or release it before archiving the item.",
            path=("item",),
        )
    after = await _write(tx, before, {"status": "ARCHIVED"})
    await announce_item(tx, after)
    return after


async def reactivate_item(tx: Transaction, *, item_id: UUID) -> ItemRecord:
    """Bring an archived or discontinued item back into use; emits ``inventory.item.updated``.

    Its variants are as they were before: one that was archived by itself stays so. Raises ``NotFound``.
    """
    before = await lock_item(tx, item_id)
    if before.status == "ACTIVE":
        return before
    after = await _write(tx, before, {"status": "ACTIVE"})
    await announce_item(tx, after)
    return after


_LOCK = (
    select(*ITEM_COLUMNS)
    .where(Item.tenant_id == bindparam("tenant"), Item.id == bindparam("item"))
    .with_for_update(key_share=True)
)
_LOCK_VARIANTS = (
    select(Variant.id)
    .where(Variant.tenant_id == bindparam("tenant"), Variant.item_id == bindparam("item"))
    .order_by(Variant.id)
    .with_for_update()
)


async def lock_item(tx: Transaction, item_id: UUID) -> ItemRecord:
    """The item, which no other transaction changes until this one ends; raises ``NotFound``."""
    row = await tx.row(_LOCK, tenant=tx.tenant_id, item=item_id)
    if row is None:
        raise NotFound(f"There is no item with the id {item_id}.", path=("item", "id"))
    return item_of(row)


async def lock_variants(tx: Transaction, item_id: UUID) -> None:
    """Lock the variants of an item against a balance's first row: who adds one holds a key share of its variant."""
    await tx.rows(_LOCK_VARIANTS, tenant=tx.tenant_id, item=item_id)


def refuse_archived(item: ItemRecord) -> None:
    """Raise ``ItemInactive`` for an archived item."""
    if item.status == "ARCHIVED":
        raise ItemInactive(f"The item {item.sku} is archived; bring it back with reactivateItem first.", path=("item",))


async def _refuse_fixed(
    tx: Transaction, before: ItemRecord, values: Mapping[str, Any], has_movements: HasMovements
) -> None:
    if values.keys() & {"unit_code", "tracking"}:
        unit_code = values.get("unit_code", before.unit_code)
        check_serial_unit(
            values.get("tracking", before.tracking),
            (await units_by_code(tx, [unit_code]))[unit_code],
            path=("tracking",) if "tracking" in values else ("unit",),
        )
    fixed = [name for name in ("unit_code", "tracking") if name in values]
    if (values.get("type", before.type) in STOCKED_TYPES) != before.is_stocked:
        fixed.append("type")
    if not fixed:
        return
    await lock_variants(tx, before.id)
    if await has_movements(tx, before.id):
        name = fixed[0].removesuffix("_code")
        raise ItemHasMovements(
            f"The {name} of {before.sku} is fixed, for it has movements; make a new item and move the stock over.",
            path=(name,),
        )


async def touch_item(tx: Transaction, item: ItemRecord) -> ItemRecord:
    """The item, changed now: what belongs to it did, and readers of ``updatedSince`` shall see it."""
    return await _write(tx, item, {})


_RENAME_VARIANTS = """
UPDATE variants SET sku = CASE WHEN sku = $3 THEN $4 ELSE sku END, name = CASE WHEN name = $5 THEN $6 ELSE name END,
  updated_at = clock_timestamp()
WHERE tenant_id = $1 AND item_id = $2 AND ((sku = $3 AND $3 <> $4) OR (name = $5 AND $5 <> $6))
RETURNING id
"""
_MOVE_BARCODES = """
UPDATE barcodes b SET unit_code = $4
FROM variants v
WHERE b.tenant_id = $1 AND b.unit_code = $3 AND v.tenant_id = $1 AND v.id = b.variant_id AND v.item_id = $2
"""


async def _rename_variants(tx: Transaction, before: ItemRecord, after: ItemRecord) -> list[UUID]:
    """Give the item's new SKU and name to the variants that bore the old; answers the variants that changed."""
    if (before.sku, before.name) == (after.sku, after.name):
        return []
    with refusing_taken({"uq_variants_tenant_id_sku": sku_taken(after.sku, by="a variant", path=("sku",))}):
        rows = await tx.raw.fetch(
            _RENAME_VARIANTS, tx.tenant_id, before.id, before.sku, after.sku, before.name, after.name
        )
    return [row["id"] for row in rows]


async def _write(tx: Transaction, before: ItemRecord, values: Mapping[str, Any]) -> ItemRecord:
    columns = {"metadata_" if name == "metadata" else name: value for name, value in values.items()}
    statement = (
        update(Item)
        .where(Item.tenant_id == tx.tenant_id, Item.id == before.id)
        .values(**columns, updated_at=func.clock_timestamp())
        .returning(*ITEM_COLUMNS)
    )
    reference = values.get("external_reference")
    taken = {
        "uq_items_tenant_id_sku": sku_taken(str(values.get("sku")), by="an item", path=("sku",)),
        "uq_items_tenant_id_external_reference": reference_taken(
            str(reference), by="an item", path=("external_reference",)
        ),
    }
    with refusing_taken(taken):
        (row,) = await tx.rows(statement)
    return item_of(row)
