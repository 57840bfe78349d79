"""Importing products: drafts become items, variants and stock, in the caller's one transaction."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import Refusal
from inventory_graph.imports.reports import ImportRefused, Problem, Report
from inventory_graph.imports.shopify import ProductDraft, VariantDraft
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_reading import items_by_sku, variants_by_sku
from inventory_graph.masterdata.item_values import NewItem, NewVariant
from inventory_graph.masterdata.variants import create_variant
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Command, Document, Receive
from inventory_graph.stock.posting import post

BATCH = 500
UNIT = "PIECE"
DOCUMENT = "PRODUCT_IMPORT"

Progress = Callable[[int], None]
"""Told how many more products are done."""


async def import_products(
    tx: Transaction,
    *,
    products: Sequence[ProductDraft],
    warehouse: WarehouseRecord,
    report: Report,
    progress: Progress = lambda _: None,
) -> None:
    """Make what is missing and receive what was never received, into the warehouse; what is there stays as it is.

    Raises ``ImportRefused``, with the lines, for what the catalogue refuses; the caller's transaction is then rolled back.
    """
    tx.actor.require_outlet(warehouse.outlet_id)
    for start in range(0, len(products), BATCH):
        batch = products[start : start + BATCH]
        known = await items_by_sku(tx, [product.handle for product in batch])
        await _create(tx, [product for product in batch if product.handle not in known], report)
        for product in batch:
            if product.handle in known:
                await _complete(tx, known[product.handle].id, product, report)
        await _receive(tx, batch, warehouse, report)
        progress(len(batch))


async def _create(tx: Transaction, products: Sequence[ProductDraft], report: Report) -> None:
    try:
        await create_items(tx, items=[_new_item(product) for product in products])
    except Refusal as refusal:
        raise ImportRefused([Problem(_line_of(products, refusal.path), refusal.message)]) from refusal
    report.count("items created", len(products))
    report.count("variants created", sum(len(product.variants) for product in products))


def _line_of(products: Sequence[ProductDraft], path: tuple[str, ...]) -> int:
    """The line of what a refusal's path, ``items.N.variants.M.…``, names."""
    numbers = [int(step) for step in path if step.isdecimal()]
    product = products[numbers[0]] if numbers else products[0]
    return product.variants[numbers[1]].line if len(numbers) > 1 and "variants" in path else product.line


def _new_item(product: ProductDraft) -> NewItem:
    return NewItem(
        sku=product.handle,
        name=product.title,
        unit=UNIT,
        description=product.description,
        type="VOUCHER" if product.is_gift_card else "GOODS",
        tags=product.tags,
        metadata=product.metadata,
        variants=[_new_variant(variant) for variant in product.variants],
    )


def _new_variant(variant: VariantDraft) -> NewVariant:
    return NewVariant(
        sku=variant.sku,
        attributes=variant.attributes,
        barcodes=[variant.barcode] if variant.barcode else [],
        metadata=dict(variant.prices),
    )


async def _complete(tx: Transaction, item_id: UUID, product: ProductDraft, report: Report) -> None:
    """Add the variants that an item which is there lacks."""
    known = await variants_by_sku(tx, [variant.sku for variant in product.variants])
    report.count("items known")
    for variant in product.variants:
        found = known.get(variant.sku)
        if found is not None and found.item_id == item_id:
            continue
        try:
            await create_variant(tx, item_id=item_id, variant=_new_variant(variant))
        except Refusal as refusal:
            raise ImportRefused([Problem(variant.line, refusal.message)]) from refusal
        report.count("variants created")


async def _receive(
    tx: Transaction, products: Sequence[ProductDraft], warehouse: WarehouseRecord, report: Report
) -> None:
    """Receive each variant's quantity, once for ever: the variant is the document."""
    stocked = [
        variant
        for product in products
        if not product.is_gift_card
        for variant in product.variants
        if variant.quantity > 0
    ]
    ids = await variants_by_sku(tx, [variant.sku for variant in stocked])
    commands = [
        Command(
            id=uuid4(),
            lines=(Receive(variant_id=ids[variant.sku].id, warehouse_id=warehouse.id, quantity=variant.quantity),),
            recorded_by=tx.actor.subject,
            reason="OPENING_BALANCE",
            reference="Product import",
            document=Document(type=DOCUMENT, id=ids[variant.sku].id, line="1", kind="RECEIPT"),
        )
        for variant in stocked
    ]
    await post_once(tx, commands=commands, lines=[variant.line for variant in stocked], report=report)


async def post_once(tx: Transaction, *, commands: Sequence[Command], lines: Sequence[int], report: Report) -> None:
    """Post commands that name documents; those that posted before are left. Raises ``ImportRefused`` with the lines."""
    problems: list[Problem] = []
    for start in range(0, len(commands), BATCH):
        outcomes = await post(tx, commands[start : start + BATCH])
        for line, outcome in zip(lines[start : start + BATCH], outcomes, strict=True):
            if isinstance(outcome, Posted):
                report.count("quantities received")
            elif outcome.code == "ALREADY_EXISTS":
                report.count("quantities received before")
            else:
                problems.append(Problem(line, outcome.message))
    if problems:
        raise ImportRefused(problems)
