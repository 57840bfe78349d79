"""Shopify's product CSV as it is: rows become products with variants. Pure: rows in, drafts and notices out.

A product is all rows of one Handle, wherever they stand; its fields are those of its first row. A row with an Option1 Value
is a variant; a row without is an image and ignored.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from inventory_graph.errors import InvalidInput
from inventory_graph.imports.files import Row
from inventory_graph.imports.reports import ImportRefused, Problem, Report
from inventory_graph.masterdata.barcodes import checked_barcode
from inventory_graph.masterdata.texts import SKU_LENGTH_MAX, TAG_LENGTH_MAX, TAGS_MAX
from inventory_graph.quantities import QUANTITY_MAX, ZERO

REQUIRED = ("Handle", "Title", "Option1 Name", "Option1 Value")
PRICES_MAX = 100
ONLY_VARIANT = ("title", "default title")

_NOT_IN_A_SKU = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True, kw_only=True)
class VariantDraft:
    """A variant as a row says it. ``quantity`` is received once; ``prices`` are decimals as strings."""

    line: int
    sku: str
    attributes: list[tuple[str, str]]
    quantity: Decimal
    prices: dict[str, str]
    barcode: str | None


@dataclass(slots=True, kw_only=True)
class ProductDraft:
    """A product with its variants, in the order of the file."""

    line: int
    handle: str
    title: str
    description: str | None
    tags: list[str]
    metadata: dict[str, Any]
    is_published: bool
    is_gift_card: bool
    variants: list[VariantDraft] = field(default_factory=list)


def products_of(rows: Sequence[Row], report: Report) -> list[ProductDraft]:
    """The products of the rows; raises ``ImportRefused`` with every problem and its line."""
    problems: list[Problem] = []
    by_handle: dict[str, list[Row]] = {}
    for row in rows:
        if row["Handle"]:
            by_handle.setdefault(row["Handle"], []).append(row)
        else:
            problems.append(Problem(row.line, "The Handle is empty."))
    taken = {row["Variant SKU"].lstrip("'") for row in rows if row["Option1 Value"]} | set(by_handle)
    products = [_product(handle, group, taken, problems, report) for handle, group in by_handle.items()]
    _refuse_duplicates(products, problems)
    _leave_repeated_barcodes(products, report)
    if problems:
        raise ImportRefused(problems)
    return products


def _product(
    handle: str, rows: Sequence[Row], taken: set[str], problems: list[Problem], report: Report
) -> ProductDraft:
    head = next((row for row in rows if row["Title"]), rows[0])
    is_published = head["Published"].lower() not in {"false", "no", "0"} and head["Status"].lower() not in {
        "draft",
        "archived",
    }
    product = ProductDraft(
        line=rows[0].line,
        handle=handle,
        title=head["Title"],
        description=head["Body (HTML)"] or None,
        tags=_tags(head),
        metadata=_metadata(head, is_published=is_published),
        is_published=is_published,
        is_gift_card=head["Gift Card"].lower() == "true",
    )
    if not product.title:
        problems.append(Problem(product.line, f"The product {handle!r} has no Title."))
    if not is_published:
        report.notice(product.line, f"{handle} is not published; it was imported all the same.")
    variant_rows = [row for row in rows if row["Option1 Value"]]
    if not variant_rows:
        problems.append(
            Problem(product.line, f"The product {handle!r} has no row with an Option1 Value: it has no variant.")
        )
    is_alone = len(variant_rows) == 1
    for row in variant_rows:
        product.variants.append(_variant(product, head, row, is_alone, taken, problems, report))
    _add_prices(product)
    return product


def _tags(head: Row) -> list[str]:
    tags = dict.fromkeys(tag.strip()[:TAG_LENGTH_MAX] for tag in head["Tags"].split(",") if tag.strip())
    return list(tags)[:TAGS_MAX]


def _metadata(head: Row, *, is_published: bool) -> dict[str, Any]:
    values = {
        "vendor": head["Vendor"],
        "productType": head["Type"],
        "productCategory": head["Product Category"] or head["Google Shopping / Google Product Category"],
        "image": head["Image Src"],
        "seoTitle": head["SEO Title"],
        "seoDescription": head["SEO Description"][:1_000],
        "shopifyStatus": head["Status"],
    }
    return {"published": is_published} | {name: value for name, value in values.items() if value}


def _variant(
    product: ProductDraft,
    head: Row,
    row: Row,
    is_alone: bool,
    taken: set[str],
    problems: list[Problem],
    report: Report,
) -> VariantDraft:
    attributes = [
        (head[f"Option{n} Name"] or row[f"Option{n} Name"] or f"Option {n}", row[f"Option{n} Value"])
        for n in (1, 2, 3)
        if row[f"Option{n} Value"]
    ]
    if tuple(part.lower() for part in attributes[0]) == ONLY_VARIANT:
        attributes = attributes[1:]
    # A leading apostrophe is how spreadsheets are told that a number is text.
    sku = row["Variant SKU"].lstrip("'")
    if not sku:
        sku = product.handle if is_alone else _derived_sku(product.handle, [value for _, value in attributes], taken)
        taken.add(sku)
    return VariantDraft(
        line=row.line,
        sku=sku,
        attributes=attributes,
        quantity=_quantity(row, problems, report),
        prices=_prices(row, problems),
        barcode=_barcode(row, report),
    )


def _derived_sku(handle: str, values: Sequence[str], taken: set[str]) -> str:
    """The handle and the option values, in lower-case words: the same for the same file, whatever else it holds after it."""
    plain = unicodedata.normalize("NFKD", " ".join(values)).encode("ascii", "ignore").decode().lower()
    stem = f"{handle}-{_NOT_IN_A_SKU.sub('-', plain).strip('-') or 'variant'}"[: SKU_LENGTH_MAX - 4]
    sku, number = stem, 1
    while sku in taken:
        number += 1
        sku = f"{stem}-{number}"
    return sku


def _quantity(row: Row, problems: list[Problem], report: Report) -> Decimal:
    text = row["Variant Inventory Qty"]
    quantity = _decimal(text)
    if text and (quantity is None or abs(quantity) > QUANTITY_MAX or quantity != quantity.to_integral_value()):
        problems.append(Problem(row.line, f"Variant Inventory Qty is {text[:40]!r}, not a whole number."))
        return ZERO
    if quantity is not None and quantity < 0:
        report.notice(row.line, f"Variant Inventory Qty is {text}: less than nothing was not received.")
        return ZERO
    return quantity or ZERO


def _prices(row: Row, problems: list[Problem]) -> dict[str, str]:
    prices = {}
    for name, column in (
        ("price", "Variant Price"),
        ("compareAtPrice", "Variant Compare At Price"),
        ("cost", "Cost per item"),
    ):
        text = row[column]
        if not text:
            continue
        amount = _decimal(text)
        if amount is None or amount < 0:
            problems.append(Problem(row.line, f"{column} is {text[:40]!r}, not an amount such as 12.50."))
        else:
            prices[name] = text
    return prices


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text) if text and text.isascii() and "_" not in text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _barcode(row: Row, report: Report) -> str | None:
    text = row["Variant Barcode"].lstrip("'")
    if not text:
        return None
    try:
        return checked_barcode(text, path=())[0]
    except InvalidInput as refusal:
        report.notice(row.line, f"The barcode was left out: {refusal.message}")
        return None


def _add_prices(product: ProductDraft) -> None:
    """Prices belong to other services; they are kept in the item's metadata, by variant where there are several."""
    if product.variants:
        product.metadata |= product.variants[0].prices
    priced = {variant.sku: variant.prices for variant in product.variants if variant.prices}
    if 1 < len(priced) <= PRICES_MAX:
        product.metadata["prices"] = priced


def _refuse_duplicates(products: Sequence[ProductDraft], problems: list[Problem]) -> None:
    lines_by_sku: dict[str, int] = {}
    handles = {product.handle for product in products}
    for product in products:
        lines_by_options: dict[tuple[tuple[str, str], ...], int] = {}
        for variant in product.variants:
            options = tuple((name.lower(), value.lower()) for name, value in variant.attributes)
            first = lines_by_options.setdefault(options, variant.line)
            if first != variant.line:
                problems.append(Problem(variant.line, f"{product.handle} has these options in line {first} already."))
                continue
            first = lines_by_sku.setdefault(variant.sku, variant.line)
            if first != variant.line:
                problems.append(Problem(variant.line, f"The SKU {variant.sku!r} stands in line {first} already."))
            elif variant.sku != product.handle and variant.sku in handles:
                problems.append(Problem(variant.line, f"The SKU {variant.sku!r} is the Handle of another product."))


def _leave_repeated_barcodes(products: Sequence[ProductDraft], report: Report) -> None:
    lines: dict[str, int] = {}
    for variant in (each for product in products for each in product.variants):
        if variant.barcode is not None and lines.setdefault(variant.barcode, variant.line) != variant.line:
            report.notice(
                variant.line, f"The barcode {variant.barcode} was left out: it stands in line {lines[variant.barcode]}."
            )
            variant.barcode = None
