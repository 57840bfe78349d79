"""Files to import, and importing them."""

from pathlib import Path

from inventory_graph.db import Database, Transaction
from inventory_graph.imports.files import read_table
from inventory_graph.imports.items import REQUIRED as ITEM_COLUMNS
from inventory_graph.imports.items import import_items
from inventory_graph.imports.products import import_products
from inventory_graph.imports.reports import Report
from inventory_graph.imports.shopify import REQUIRED, products_of
from inventory_graph.imports.stock import REQUIRED as STOCK_COLUMNS
from inventory_graph.imports.stock import import_stock
from inventory_graph.masterdata.warehouses import warehouse_of
from tests.given.tenants import GivenTenant

FILES = Path(__file__).with_name("files")
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Gift Card,Status"
)


def shopify_file(directory: Path, *rows: str, header: str = HEADER) -> Path:
    """A product file of these rows."""
    path = directory / "products.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


async def products_imported(database: Database, tenant: GivenTenant, path: Path) -> Report:
    """Import a product file in one transaction, as the command does."""
    report = Report()
    drafts = products_of(read_table(path, required=REQUIRED).rows, report)

    async def run(tx: Transaction) -> None:
        await import_products(tx, products=drafts, warehouse=await warehouse_of(tx), report=report)

    await database.write(tenant.actor, run)
    return report


async def items_imported(database: Database, tenant: GivenTenant, path: Path) -> Report:
    """Import an item file in one transaction, as the command does."""
    report = Report()
    table = read_table(path, required=ITEM_COLUMNS)
    await database.write(tenant.actor, lambda tx: import_items(tx, rows=table.rows, report=report))
    return report


async def stock_imported(database: Database, tenant: GivenTenant, path: Path) -> Report:
    """Import a stock file in one transaction, as the command does."""
    report = Report()
    table = read_table(path, required=STOCK_COLUMNS)
    await database.write(tenant.actor, lambda tx: import_stock(tx, table=table, report=report))
    return report
