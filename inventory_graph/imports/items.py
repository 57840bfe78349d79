"""Importing items from a plain CSV: one row, one item with one variant. docs/how-to/import.md documents the columns."""

from collections.abc import Sequence
from typing import get_args

from inventory_graph.db import Transaction
from inventory_graph.errors import Refusal
from inventory_graph.imports.files import Row
from inventory_graph.imports.products import Progress
from inventory_graph.imports.reports import ImportRefused, Problem, Report
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_reading import items_by_sku
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.masterdata.records import ItemType, Tracking

REQUIRED = ("sku", "name")
COLUMNS = (
    *REQUIRED, "unit", "type", "tracking", "category", "description", "barcodes", "tags", "shelf_life_days", "external_reference",
)  # fmt: skip
BATCH = 1_000
UNIT_DEFAULT = "PIECE"


async def import_items(
    tx: Transaction, *, rows: Sequence[Row], report: Report, progress: Progress = lambda _: None
) -> None:
    """Make the items that are missing; an item whose SKU is known stays as it is. Raises ``ImportRefused``."""
    items = _new_items(rows)
    for start in range(0, len(rows), BATCH):
        batch = list(zip(rows, items, strict=True))[start : start + BATCH]
        known = await items_by_sku(tx, [item.sku for _, item in batch])
        missing = [(row, item) for row, item in batch if item.sku not in known]
        try:
            await create_items(tx, items=[item for _, item in missing])
        except Refusal as refusal:
            position = next((int(step) for step in refusal.path if step.isdecimal()), 0)
            raise ImportRefused([Problem(missing[position][0].line, refusal.message)]) from refusal
        report.count("items created", len(missing))
        report.count("items known", len(batch) - len(missing))
        progress(len(batch))


def _new_items(rows: Sequence[Row]) -> list[NewItem]:
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    items = []
    for row in rows:
        first = lines.setdefault(row["sku"], row.line)
        if first != row.line:
            problems.append(Problem(row.line, f"The SKU {row['sku']!r} stands in line {first} already."))
        items.append(_new_item(row, problems))
    if problems:
        raise ImportRefused(problems)
    return items


def _new_item(row: Row, problems: list[Problem]) -> NewItem:
    kind, tracking = row["type"].upper() or "GOODS", row["tracking"].upper() or "NONE"
    for column, value, known in (("type", kind, get_args(ItemType)), ("tracking", tracking, get_args(Tracking))):
        if value not in known:
            problems.append(Problem(row.line, f"{column} is {value[:40]!r}; it is one of {', '.join(known)}."))
    days = row["shelf_life_days"]
    if days and not (days.isascii() and days.isdecimal()):
        problems.append(Problem(row.line, f"shelf_life_days is {days[:40]!r}, not a whole number of days."))
        days = ""
    return NewItem(
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"] or UNIT_DEFAULT,
        type=kind,  # type: ignore[arg-type]
        tracking=tracking,  # type: ignore[arg-type]
        category_slug=row["category"] or None,
        description=row["description"] or None,
        barcodes=_listed(row["barcodes"]),
        tags=_listed(row["tags"]),
        shelf_life_days=int(days) if days else None,
        external_reference=row["external_reference"] or None,
    )


def _listed(cell: str) -> list[str]:
    """The entries of a cell that holds several, separated by semicolons."""
    return [entry.strip() for entry in cell.split(";") if entry.strip()]
