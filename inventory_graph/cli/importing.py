"""`inventory-graph import`: products, items and stock from CSV files; all of a file or nothing."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as ProgressBar

from inventory_graph.cli.databases import CommandError, DataDir, TenantSlug, console, operator_of, run_with_database
from inventory_graph.db import Database, Transaction
from inventory_graph.imports import items, stock
from inventory_graph.imports.files import read_table
from inventory_graph.imports.products import Progress, import_products
from inventory_graph.imports.reports import Report
from inventory_graph.imports.shopify import REQUIRED, products_of
from inventory_graph.masterdata.warehouses import warehouse_of

imports = typer.Typer(help="Bring in CSV files; all of a file or nothing, and safe to repeat.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The CSV file, in UTF-8.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, say what it did, and take it back.")]

Run = Callable[[Transaction, Report, Progress], Awaitable[None]]
PROGRESS_FROM = 500
"""Imports of fewer rows are done before a bar could be read."""


class _TakeBack(Exception):
    """Ends the transaction of a dry run."""


def _import(run: Run, *, rows: int, report: Report, tenant: str, dry_run: bool, data_dir: Path | None) -> None:
    async def work(database: Database) -> None:
        operator = await operator_of(database, tenant)
        with _progress(rows) as bar:
            task = bar.add_task("Importing", total=rows)

            async def once(tx: Transaction) -> None:
                report.counts.clear()
                bar.reset(task)
                await run(tx, report, lambda many: bar.advance(task, many))
                if dry_run:
                    raise _TakeBack

            try:
                await database.write(operator, once)
            except _TakeBack:
                return

    run_with_database(work, data_dir=data_dir)
    for notice in report.notices:
        console.print(f"  {notice}", markup=False)
    verb = "Would import" if dry_run else "Imported"
    console.print(f"{verb}: {report.summary()}.")


def _progress(rows: int) -> AbstractContextManager[ProgressBar]:
    return ProgressBar(console=Console(stderr=True), transient=True, disable=rows < PROGRESS_FROM)


@imports.command("products")
def products(
    file: File,
    tenant: TenantSlug,
    warehouse: Annotated[
        str | None,
        typer.Option(
            "--warehouse", help="The code of the warehouse that receives the quantities; the default one if left out."
        ),
    ] = None,
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Import Shopify's product CSV as it is: handles become items, options variants, quantities are received once."""
    report = Report()
    drafts = products_of(read_table(file, required=REQUIRED).rows, report)

    async def run(tx: Transaction, report: Report, progress: Progress) -> None:
        place = await warehouse_of(tx, code=warehouse)
        await import_products(tx, products=drafts, warehouse=place, report=report, progress=progress)

    _import(run, rows=len(drafts), report=report, tenant=tenant, dry_run=dry_run, data_dir=data_dir)


@imports.command("items")
def import_items(file: File, tenant: TenantSlug, dry_run: DryRun = False, data_dir: DataDir = None) -> None:
    """Import items from a CSV with the columns of docs/how-to/import.md; sku and name are required."""
    report = Report()
    table = read_table(file, required=items.REQUIRED)
    _refuse_unknown(table.columns, items.COLUMNS)

    async def run(tx: Transaction, report: Report, progress: Progress) -> None:
        await items.import_items(tx, rows=table.rows, report=report, progress=progress)

    _import(run, rows=len(table.rows), report=report, tenant=tenant, dry_run=dry_run, data_dir=data_dir)


@imports.command("stock")
def import_stock(file: File, tenant: TenantSlug, dry_run: DryRun = False, data_dir: DataDir = None) -> None:
    """Receive stock from a CSV with the columns of docs/how-to/import.md; sku and quantity are required."""
    report = Report()
    table = read_table(file, required=stock.REQUIRED)
    _refuse_unknown(table.columns, stock.COLUMNS)

    async def run(tx: Transaction, report: Report, progress: Progress) -> None:
        await stock.import_stock(tx, table=table, report=report, progress=progress)

    _import(run, rows=len(table.rows), report=report, tenant=tenant, dry_run=dry_run, data_dir=data_dir)


def _refuse_unknown(columns: list[str], known: tuple[str, ...]) -> None:
    unknown = sorted(set(columns) - set(known))
    if unknown:
        raise CommandError(
            f"The file has columns that mean nothing here: {', '.join(unknown)}. There are: {', '.join(known)}."
        )


def register(application: typer.Typer) -> None:
    """Add these commands."""
    application.add_typer(imports, name="import")
