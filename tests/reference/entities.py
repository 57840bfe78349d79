"""docs/erd.md."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Column, Computed, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql

from inventory_graph.db import Base
from tests.reference import markdown
from tests.tables import tables

INTRODUCTION = """
The tables, drawn from the SQLAlchemy models. The migrations create the same tables; `tests/test_migrations.py` holds the two
together.

Every table but `permissions` and `log_positions` belongs to tenants: `tenant_id` leads its keys, and row-level security binds it
([decision 0005](decisions/0005-row-level-security.md)). So `PK`, `FK` and `UK` mean "together with `tenant_id`", and the lines
to `tenants` are left out. `null` marks a column that may be null.

`quantity` is a domain over `numeric(18,6)`, `cost` one over `numeric(28,10)`. Both refuse NaN
([decision 0006](decisions/0006-exact-quantities.md)).
"""

AREAS: dict[str, tuple[str, ...]] = {
    "Tenants and rights": (
        "tenants", "outlets", "roles", "permissions", "role_permissions", "role_assignments", "api_keys",
    ),
    "What is stocked": (
        "units", "categories", "items", "variants", "barcodes", "item_words", "unit_bridges", "bills_of_materials",
        "bill_of_materials_components",
    ),
    "What may be sold": ("substitutes", "sale_stops"),
    "Where it lies, and who sells it": ("warehouses", "locations", "suppliers", "supplier_items"),
    "What suppliers ask, whom to talk to there, and how they are paid": (
        "supplier_prices", "supplier_contacts", "supplier_payments",
    ),
    "The stock book": ("balances", "quants", "lots", "serials", "movements", "movement_serials", "postings", "holds"),
    "What is closed": ("periods", "period_balances", "period_steps"),
    "What is promised, and what an order has had": (
        "reservations", "reservation_lines", "reservation_steps", "backorders", "consumptions", "consumption_components",
    ),
    "What is ordered from suppliers, and what came of it": (
        "document_numbers", "purchase_orders", "purchase_order_lines", "purchase_order_steps", "advance_shipping_notices",
        "advance_shipping_notice_lines", "goods_receipts",
        "goods_receipt_lines", "supplier_returns", "supplier_return_lines", "supplier_invoices", "supplier_invoice_lines", "supplier_invoice_orders",
    ),
    "What goes from one warehouse to another": (
        "transfers", "transfer_lines", "transfer_parcels", "transfer_outcomes", "transfer_steps", "transfer_deliveries",
    ),
    "What stock costs and is worth": ("cost_layers", "cost_adjustments", "landed_costs"),
    "When and how stock is replenished": ("replenishment_rules", "daily_demand", "demand_heads"),
    "What is picked in one walk": ("pick_waves", "pick_tasks"),
    "What somebody was told": ("lot_expiry_alerts", "overdue_alerts"),
    "Events and keys": ("outbox", "event_log", "tenant_heads", "log_positions", "dead_letters", "idempotency_keys"),
}  # fmt: skip
"""Which tables stand in one drawing; a table of another area that one refers to appears there as a box without columns."""


class UnplacedTableError(Exception):
    """A table is in no area, or an area names a table that does not exist."""


def page() -> str:
    """A drawing for each area, and what each table is for."""
    known = {table.name: table for table in tables()}
    placed = [name for names in AREAS.values() for name in names]
    if astray := set(known) ^ set(placed):
        raise UnplacedTableError(f"Put into AREAS of {__name__}, or take out: {', '.join(sorted(astray))}.")
    meanings = {str(mapper.local_table): mapper.class_.__doc__ for mapper in Base.registry.mappers}
    parts = [INTRODUCTION]
    for title, names in AREAS.items():
        said = (f"- `{name}`: {' '.join(markdown.prose(meanings[name]).split())}" for name in names)
        parts += [f"## {title}", _drawing(known[name] for name in names), "\n".join(said)]
    return markdown.page("Tables", *parts)


def _drawing(tables_shown: Iterable[Table]) -> str:
    area = list(tables_shown)
    lines = ["```mermaid", "erDiagram"]
    for table in area:
        lines += [f"    {table.name} {{", *(f"        {line}" for line in _columns(table)), "    }"]
    for table in area:
        lines += [f"    {line}" for line in _references(table)]
    return "\n".join((*lines, "```"))


def _columns(table: Table) -> Iterator[str]:
    foreign = {column for key in table.foreign_key_constraints for column in key.columns}
    unique = {
        column
        for key in table.constraints
        if isinstance(key, UniqueConstraint)
        for column in key.columns
        if len(_own(key)) == 1 and column.name != "tenant_id"
    }
    for column in table.columns:
        marks = ["PK"] if column.primary_key else []
        marks += ["FK"] if column in foreign and column.name != "tenant_id" else []
        marks += ["UK"] if column in unique else []
        remarks = ["null"] if column.nullable else []
        remarks += ["computed"] if isinstance(column.computed, Computed) else []
        shown = f"{_type(column)} {column.name}"
        if marks:
            shown += f" {', '.join(marks)}"
        yield f'{shown} "{", ".join(remarks)}"' if remarks else shown


def _own(key: UniqueConstraint) -> list[str]:
    return [column.name for column in key.columns if column.name != "tenant_id"]


def _type(column: Column[object]) -> str:
    name = column.type.compile(dialect=postgresql.dialect()).lower()  # type: ignore[no-untyped-call]
    return (
        name.replace("timestamp with time zone", "timestamptz")
        .partition(" collate")[0]
        .replace(", ", ",")
        .replace(" ", "_")
    )


def _references(table: Table) -> Iterator[str]:
    for key in sorted(table.foreign_key_constraints, key=lambda key: [column.name for column in key.columns]):
        columns = [column for column in key.columns if column.name != "tenant_id"]
        if not columns:
            continue
        one = "|o" if any(column.nullable for column in columns) else "||"
        many = "o|" if _is_unique(table, key) else "o{"
        yield f'{key.referred_table.name} {one}--{many} {table.name} : "{columns[-1].name}"'


def _is_unique(table: Table, key: ForeignKeyConstraint) -> bool:
    columns = {column.name for column in key.columns}
    keys = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return any({column.name for column in each.columns} == columns for each in (*keys, table.primary_key))
