"""What each supplier sells our variants as: its SKU, purchase unit, price, lead time and order sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import InvalidInput, InvalidTransition, LimitExceeded
from inventory_graph.identity.texts import line_of
from inventory_graph.masterdata.item_reading import unit_bridges_by_item
from inventory_graph.masterdata.models import Variant
from inventory_graph.masterdata.named_variants import NamedVariant, named_variants
from inventory_graph.masterdata.place_events import SupplierItemSet
from inventory_graph.masterdata.places import SupplierItem
from inventory_graph.masterdata.suppliers import DAYS_MAX, active_supplier, checked_currency
from inventory_graph.masterdata.units import UnitRecord, all_units, stock_unit_factor, unit_named, unknown_unit
from inventory_graph.outbox import emit
from inventory_graph.pages import TOTAL_COUNT_MAX, Page, page_of
from inventory_graph.quantities import quantity_to_text

SupplierItemPageKey: TypeAlias = tuple[UUID, int, str | None]
"""(supplier_id, first, the variant SKU after which the page begins)"""

SUPPLIER_SKU_LENGTH_MAX = 64
SUPPLIERS_OF_VARIANT_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemRecord:
    """What a supplier sells a variant as. ``unit_price`` is for one ``unit_code``, the purchase unit, in ``currency``; the
    order sizes are in the purchase unit."""

    supplier_id: UUID
    variant_id: UUID
    supplier_sku: str | None
    unit_code: str
    unit_price: Decimal | None
    currency: str
    lead_time_days: int | None
    order_minimum: Decimal | None
    order_multiple: Decimal | None
    is_preferred: bool


_COLUMNS = tuple(getattr(SupplierItem, field.name) for field in fields(SupplierItemRecord))
_KEY = ("tenant_id", "supplier_id", "variant_id")

_PAGE = """
SELECT wanted.position, sold.*
FROM unnest($2::uuid[], $3::int[], $4::text[]) WITH ORDINALITY AS wanted(supplier_id, many, after, position)
CROSS JOIN LATERAL (
  SELECT offer.supplier_id, offer.variant_id, offer.supplier_sku, offer.unit_code, offer.unit_price, offer.currency,
    offer.lead_time_days, offer.order_minimum, offer.order_multiple, offer.is_preferred, variant.sku
  FROM supplier_items AS offer
  JOIN variants AS variant ON variant.tenant_id = $1 AND variant.id = offer.variant_id
  WHERE offer.tenant_id = $1 AND offer.supplier_id = wanted.supplier_id AND variant.sku > wanted.after
  ORDER BY variant.sku LIMIT wanted.many
) AS sold
ORDER BY wanted.position, sold.sku
"""

_COUNT = """
SELECT wanted.supplier_id, (
  SELECT count(*) FROM (
    SELECT 1 FROM supplier_items WHERE tenant_id = $1 AND supplier_id = wanted.supplier_id LIMIT $3
  ) AS bounded
) AS count
FROM unnest($2::uuid[]) AS wanted(supplier_id)
"""

_HAS_PRICES = """
SELECT EXISTS (SELECT FROM supplier_prices WHERE tenant_id = $1 AND supplier_id = $2 AND variant_id = $3)
"""


def _supplier_item(record: Record) -> SupplierItemRecord:
    return SupplierItemRecord(**{name: record[name] for name in SupplierItemRecord.__slots__})


async def supplier_items_by_variant(
    tx: Transaction, keys: Sequence[UUID]
) -> Mapping[UUID, Sequence[SupplierItemRecord]]:
    """Who sells each variant (at most 100), the preferred supplier first."""
    found: dict[UUID, list[SupplierItemRecord]] = {key: [] for key in keys}
    for record in await tx.rows(_of_variants(tx).where(any_of(SupplierItem.variant_id, keys))):
        found[record["variant_id"]].append(_supplier_item(record))
    return found


async def supplier_items_by_item(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[SupplierItemRecord]]:
    """Who sells the variants of each item: variant by variant, the preferred supplier first."""
    found: dict[UUID, list[SupplierItemRecord]] = {key: [] for key in keys}
    for record in await tx.rows(_of_variants(tx).where(any_of(Variant.item_id, keys))):
        found[record["item_id"]].append(_supplier_item(record))
    return found


async def supplier_item_pages(
    tx: Transaction, keys: Sequence[SupplierItemPageKey]
) -> Mapping[SupplierItemPageKey, Page[SupplierItemRecord]]:
    """For each key a page of what the supplier sells, by variant SKU; the keyset position is (sku,)."""
    found = await tx.raw.fetch(
        _PAGE,
        tx.tenant_id,
        [supplier_id for supplier_id, _, _ in keys],
        [first + 1 for _, first, _ in keys],
        [after or "" for _, _, after in keys],
    )
    rows: dict[SupplierItemPageKey, list[Record]] = {key: [] for key in keys}
    for record in found:
        rows[keys[record["position"] - 1]].append(record)
    return {
        key: page_of(records, first=key[1], row=_supplier_item, position=lambda record: (record["sku"],))
        for key, records in rows.items()
    }


async def supplier_item_counts(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many variants each supplier sells, exact up to 10,000; a supplier of more is left out."""
    found = await tx.raw.fetch(_COUNT, tx.tenant_id, list(keys), TOTAL_COUNT_MAX + 1)
    return {record["supplier_id"]: record["count"] for record in found if record["count"] <= TOTAL_COUNT_MAX}


async def supplier_items_by_pair(
    tx: Transaction, keys: Sequence[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], SupplierItemRecord]:
    """What is sold, by (supplier_id, variant_id)."""
    statement = select(*_COLUMNS).where(
        SupplierItem.tenant_id == tx.tenant_id,
        any_of(SupplierItem.supplier_id, [supplier_id for supplier_id, _ in keys]),
        any_of(SupplierItem.variant_id, [variant_id for _, variant_id in keys]),
    )
    wanted = set(keys)
    found = [_supplier_item(record) for record in await tx.rows(statement)]
    return {pair: each for each in found if (pair := (each.supplier_id, each.variant_id)) in wanted}


async def set_supplier_item(
    tx: Transaction,
    *,
    supplier_code: str,
    sku: str | None = None,
    variant_id: UUID | None = None,
    supplier_sku: str | None = None,
    unit: str | None = None,
    unit_price: Decimal | None = None,
    currency: str | None = None,
    lead_time_days: int | None = None,
    order_minimum: Decimal | None = None,
    order_multiple: Decimal | None = None,
    is_preferred: bool = False,
) -> SupplierItemRecord:
    """State in full what a supplier sells a variant as; what was stated before is replaced.

    ``unit`` is the purchase unit by code, abbreviation or name, the stock unit without one. A variant has at most one
    preferred supplier: naming another demotes the old one. Raises ``InvalidInput``, ``NotFound``, ``UnitMismatch``,
    ``ItemInactive``, ``SupplierInactive``, ``LimitExceeded``, and ``InvalidTransition`` for another unit or currency than that of
    its price breaks.
    """
    supplier = await active_supplier(tx, code=supplier_code, path=("supplier_code",))
    variants = await named_variants(
        tx, skus=[sku] if sku is not None else [], ids=[variant_id] if variant_id is not None else []
    )
    variant = variants.one(sku=sku, variant_id=variant_id, path=())
    item = SupplierItemRecord(
        supplier_id=supplier.id,
        variant_id=variant.id,
        supplier_sku=(
            line_of(supplier_sku, name="supplier_sku", length_max=SUPPLIER_SKU_LENGTH_MAX) if supplier_sku else None
        ),
        unit_code=(await _purchase_unit(tx, variant, unit)).code,
        unit_price=_checked_price(unit_price),
        currency=checked_currency(currency, path=("unit_price", "currency")) if currency else supplier.currency,
        lead_time_days=_checked_days(lead_time_days),
        order_minimum=_checked_size(order_minimum, name="order_minimum"),
        order_multiple=_checked_size(order_multiple, name="order_multiple"),
        is_preferred=is_preferred,
    )
    await _lock_variant(tx, variant.id)
    before = (await supplier_items_by_pair(tx, [(supplier.id, variant.id)])).get((supplier.id, variant.id))
    if before == item:
        return before
    if before is None:
        await _refuse_too_many(tx, variant)
    elif (before.unit_code, before.currency) != (item.unit_code, item.currency):
        await _refuse_prices(tx, before, variant)
    await _write(tx, item)
    await emit(tx, SupplierItemSet(aggregate_id=supplier.id, item=item))
    return item


async def _write(tx: Transaction, item: SupplierItemRecord) -> None:
    """Write the row, after it has taken the preference from another."""
    if item.is_preferred:
        await tx.run(
            update(SupplierItem)
            .where(
                SupplierItem.tenant_id == tx.tenant_id,
                SupplierItem.variant_id == item.variant_id,
                SupplierItem.supplier_id != item.supplier_id,
                SupplierItem.is_preferred,
            )
            .values(is_preferred=False)
        )
    values = {"tenant_id": tx.tenant_id, **asdict(item)}
    statement = insert(SupplierItem).values(**values)
    await tx.run(
        statement.on_conflict_do_update(
            index_elements=list(_KEY), set_={name: statement.excluded[name] for name in values if name not in _KEY}
        )
    )


def _of_variants(tx: Transaction) -> Select[Any]:
    return (
        select(*_COLUMNS, Variant.item_id)
        .join(Variant, (Variant.tenant_id == tx.tenant_id) & (Variant.id == SupplierItem.variant_id))
        .where(SupplierItem.tenant_id == tx.tenant_id)
        .order_by(Variant.position, Variant.id, SupplierItem.is_preferred.desc(), SupplierItem.supplier_id)
    )


async def _lock_variant(tx: Transaction, variant_id: UUID) -> None:
    """Let one transaction at a time say who the preferred supplier of the variant is."""
    await tx.run(
        select(Variant.id)
        .where(Variant.tenant_id == tx.tenant_id, Variant.id == variant_id)
        .with_for_update(key_share=True)
    )


async def lock_supplier_item(tx: Transaction, *, supplier_id: UUID, variant_id: UUID) -> SupplierItemRecord | None:
    """What the supplier sells the variant as, None if it does not; nobody else changes it until the transaction ends."""
    await _lock_variant(tx, variant_id)
    return (await supplier_items_by_pair(tx, [(supplier_id, variant_id)])).get((supplier_id, variant_id))


async def _refuse_prices(tx: Transaction, item: SupplierItemRecord, variant: NamedVariant) -> None:
    """Its price breaks are per its unit, in its currency."""
    if await tx.raw.fetchval(_HAS_PRICES, tx.tenant_id, item.supplier_id, item.variant_id):
        raise InvalidTransition(
            f"There are prices of {variant.sku} in {item.currency} per {item.unit_code}: take them away with setSupplierPrices"
            " first, and state them anew afterwards.",
            path=("unit",),
        )


async def _purchase_unit(tx: Transaction, variant: NamedVariant, name: str | None) -> UnitRecord:
    units = await all_units(tx)
    stock_unit = next(unit for unit in units if unit.code == variant.unit_code)
    if name is None:
        return stock_unit
    unit = unit_named(name, units)
    if unit is None:
        raise unknown_unit(name, units, path=("unit",))
    bridges = (await unit_bridges_by_item(tx, [variant.item_id])).get(variant.item_id, {})
    stock_unit_factor(unit, stock_unit=stock_unit, bridges=bridges)
    return unit


async def _refuse_too_many(tx: Transaction, variant: NamedVariant) -> None:
    count: int = await tx.value(
        select(func.count())
        .select_from(SupplierItem)
        .where(SupplierItem.tenant_id == tx.tenant_id, SupplierItem.variant_id == variant.id)
    )
    if count >= SUPPLIERS_OF_VARIANT_MAX:
        raise LimitExceeded(
            f"A variant has at most {SUPPLIERS_OF_VARIANT_MAX} suppliers, and {variant.sku} has {count}."
        )


def _checked_price(price: Decimal | None) -> Decimal | None:
    if price is not None and price < 0:
        raise InvalidInput(
            f"The price is {quantity_to_text(price)}; it cannot be below zero.", path=("unit_price", "amount")
        )
    return price


def _checked_days(days: int | None) -> int | None:
    if days is not None and not 0 <= days <= DAYS_MAX:
        raise InvalidInput(f"The lead time is {days} days; it must be 0 to {DAYS_MAX}.", path=("lead_time_days",))
    return days


def _checked_size(size: Decimal | None, *, name: str) -> Decimal | None:
    if size is not None and size <= 0:
        raise InvalidInput(f"{quantity_to_text(size)} is not more than zero; leave it out for none.", path=(name,))
    return size
