"""Importing stock from a plain CSV: one row is received once. docs/how-to/import.md documents the columns.

A row's document is the file: the same file twice receives nothing the second time, a changed file is another one.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, Refusal
from inventory_graph.imports.files import Row, Table
from inventory_graph.imports.products import Progress, post_once
from inventory_graph.imports.reports import ImportRefused, Problem, Report
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.quantities import quantity_from_text
from inventory_graph.stock import resolution
from inventory_graph.stock.commands import Command, Document, LotReference, Receive
from inventory_graph.stock.costing import COST_STEP
from inventory_graph.stock.resolution import Article

REQUIRED = ("sku", "quantity")
COLUMNS = (*REQUIRED, "unit", "warehouse", "location", "unit_cost", "lot", "expires_on", "serials")
BATCH = 500
DOCUMENT = "STOCK_IMPORT"


async def import_stock(tx: Transaction, *, table: Table, report: Report, progress: Progress = lambda _: None) -> None:
    """Receive every row of the file that was not received before. Raises ``ImportRefused`` with the lines."""
    document_id = UUID(bytes=table.digest[:16])
    warehouses = await _warehouses(tx, table.rows)
    for start in range(0, len(table.rows), BATCH):
        rows = table.rows[start : start + BATCH]
        articles = await _articles(tx, rows)
        problems: list[Problem] = []
        commands = []
        for row, article in zip(rows, articles, strict=True):
            warehouse = warehouses[row["warehouse"]]
            try:
                line = _receive(row, article, warehouse, await _location(tx, warehouse, row))
            except (Refusal, ValueError) as error:
                problems.append(Problem(row.line, str(error)))
                continue
            commands.append(_command(tx, line, document_id, row))
        if problems:
            raise ImportRefused(problems)
        await post_once(tx, commands=commands, lines=[row.line for row in rows], report=report)
        progress(len(rows))


def _command(tx: Transaction, line: Receive, document_id: UUID, row: Row) -> Command:
    return Command(
        id=uuid4(),
        lines=(line,),
        recorded_by=tx.actor.subject,
        reason="OPENING_BALANCE",
        reference="Stock import",
        document=Document(type=DOCUMENT, id=document_id, line=str(row.line), kind="RECEIPT"),
    )


async def _warehouses(tx: Transaction, rows: Sequence[Row]) -> dict[str, WarehouseRecord]:
    """The warehouses by code; the tenant's default where a row names none."""
    found: dict[str, WarehouseRecord] = {}
    for row in rows:
        if row["warehouse"] not in found:
            try:
                found[row["warehouse"]] = await warehouse_of(tx, code=row["warehouse"] or None)
                tx.actor.require_outlet(found[row["warehouse"]].outlet_id)
            except Refusal as refusal:
                raise ImportRefused([Problem(row.line, refusal.message)]) from refusal
    return found


async def _articles(tx: Transaction, rows: Sequence[Row]) -> list[Article]:
    try:
        return await resolution.articles(tx, [row["sku"] for row in rows])
    except Refusal as refusal:
        raise ImportRefused([Problem(rows[int(refusal.path[1])].line, refusal.message)]) from refusal


async def _location(tx: Transaction, warehouse: WarehouseRecord, row: Row) -> UUID | None:
    if not row["location"]:
        return None
    return (await resolution.locations(tx, warehouse_id=warehouse.id, codes={("location",): row["location"]}))[
        row["location"]
    ]


def _receive(row: Row, article: Article, warehouse: WarehouseRecord, location_id: UUID | None) -> Receive:
    given = quantity_from_text(row["quantity"])
    quantity = article.quantity(given, row["unit"] or None, path=("quantity",))
    if quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.")
    if row["expires_on"] and not row["lot"]:
        raise InvalidInput("An expiry date belongs to a lot: fill the column lot too.")
    lot = LotReference(code=row["lot"], expires_on=_day(row["expires_on"])) if row["lot"] else None
    return Receive(
        variant_id=article.variant_id,
        warehouse_id=warehouse.id,
        quantity=quantity,
        unit_cost=_unit_cost(row, given=given, quantity=quantity),
        location_id=location_id,
        lot=lot,
        serials=tuple(serial.strip() for serial in row["serials"].split(";") if serial.strip()),
    )


def _unit_cost(row: Row, *, given: Decimal, quantity: Decimal) -> Decimal | None:
    """The cost of one stock unit, from that of one unit of the row."""
    if not row["unit_cost"]:
        return None
    cost = quantity_from_text(row["unit_cost"])
    if cost < 0:
        raise InvalidInput("A unit cost is 0 or more.")
    return (cost * given / quantity).quantize(COST_STEP, ROUND_HALF_EVEN)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"expires_on is {text[:40]!r}, not a day such as 2026-11-22.") from None
