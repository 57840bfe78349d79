"""The verbs of rules: how a variant in a warehouse is replenished."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.masterdata.records import STOCKED_TYPES
from inventory_graph.masterdata.supplier_items import supplier_items_by_pair
from inventory_graph.masterdata.suppliers import active_supplier
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.outbox import emit
from inventory_graph.pages import TOTAL_COUNT_MAX, Page, page_of
from inventory_graph.quantities import ZERO
from inventory_graph.replenishment import statements
from inventory_graph.replenishment.events import ReplenishmentRuleRemoved, ReplenishmentRuleSet
from inventory_graph.replenishment.policy import Rule
from inventory_graph.replenishment.records import RuleRecord
from inventory_graph.replenishment.refusals import RuleUnknown
from inventory_graph.stock import resolution
from inventory_graph.stock.commands import balance_id
from inventory_graph.stock.levels import set_stock_levels
from inventory_graph.stock.resolution import Article
from inventory_graph.stock.service import Place

RULES_MAX = 10_000
"""How many rules a warehouse has at most."""
DEMAND_DAYS = range(7, 181)
REVIEW_DAYS_MAX = 180
SERVICE_LEVEL_MIN = Decimal(50)
SERVICE_LEVEL_MAX = Decimal("99.99")

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "MIN_MAX": ("reorder_point", "maximum"),
    "REORDER_POINT": ("reorder_point", "order_quantity"),
    "DEMAND": ("service_level",),
}
_NAMES = {
    "reorder_point": "reorderPoint",
    "maximum": "maximum",
    "order_quantity": "orderQuantity",
    "service_level": "serviceLevel",
}

Pair = tuple[UUID, UUID]
"""(variant_id, warehouse_id)"""


async def rules_by_pair(tx: Transaction, keys: Sequence[Pair]) -> Mapping[Pair, RuleRecord]:
    """The rules of (variant, warehouse) pairs; a pair without one is left out."""
    rows = await tx.raw.fetch(
        statements.RULES_OF_PAIRS, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys]
    )
    return {(row["variant_id"], row["warehouse_id"]): rule_of(row) for row in rows}


def rule_of(row: Record) -> RuleRecord:
    """The rule in a row, which may have more columns."""
    return RuleRecord(**{name: row[name] for name in RuleRecord.__slots__})


async def rules_page(
    tx: Transaction, *, first: int, after: tuple[str, UUID] | None, warehouse_id: UUID | None
) -> Page[RuleRecord]:
    """Rules by SKU, of one warehouse or of all; the keyset position is (sku, warehouse_id)."""
    sku, last = after if after is not None else (None, None)
    rows = await tx.raw.fetch(statements.RULES_PAGE, tx.tenant_id, warehouse_id, sku, last, first + 1)
    return page_of(rows, first=first, row=rule_of, position=lambda row: (row["sku"], row["warehouse_id"]))


async def rules_count(tx: Transaction, *, warehouse_id: UUID | None) -> int | None:
    """How many rules there are; None beyond 10,000."""
    count: int = await tx.raw.fetchval(statements.RULES_COUNT, tx.tenant_id, warehouse_id, TOTAL_COUNT_MAX + 1)
    return count if count <= TOTAL_COUNT_MAX else None


async def set_replenishment_rule(
    tx: Transaction,
    *,
    sku: str,
    place: Place,
    rule: Rule,
    reorder_point: Decimal | None = None,
    supplier_code: str | None = None,
    source: Place | None = None,
    is_active: bool = True,
) -> RuleRecord:
    """State in full how a variant in a warehouse is replenished. The reorder point, where one is given, becomes that of the balance.

    Raises ``InvalidInput``, ``NotFound``, ``WarehouseInactive``, ``SupplierInactive``, ``LimitExceeded`` and ``Forbidden``.
    """
    warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
    tx.actor.require_outlet(warehouse.outlet_id)
    article = await resolution.article(tx, sku)
    if article.item_type not in STOCKED_TYPES:
        raise InvalidInput(f"{article.sku} holds no stock of its own: replenish what it is made of.", path=("sku",))
    _check(rule, article, reorder_point)
    supplier_id = await _supplier_id(tx, article, supplier_code)
    from_warehouse_id = await _source_id(tx, warehouse, source)
    pair = (article.variant_id, warehouse.id)
    before = (await rules_by_pair(tx, [pair])).get(pair)
    if before is None:
        count = await rules_count(tx, warehouse_id=warehouse.id)
        if count is None or count >= RULES_MAX:
            raise LimitExceeded(f"A warehouse has at most {RULES_MAX} rules.")
    await tx.raw.execute(
        statements.WRITE_RULE, tx.tenant_id, *pair, rule.method, rule.maximum, rule.order_quantity, rule.service_level,
        rule.demand_days, rule.review_days, supplier_id, from_warehouse_id, is_active, tx.actor.subject,
    )  # fmt: skip
    if reorder_point is not None:
        levels = await tx.raw.fetchrow(statements.LOCK_LEVELS, tx.tenant_id, *pair)
        await set_stock_levels(
            tx,
            variant_id=article.variant_id,
            warehouse_id=warehouse.id,
            reorder_point=reorder_point,
            safety_stock=levels["safety_stock"] if levels is not None else ZERO,
        )
    record = (await rules_by_pair(tx, [pair]))[pair]
    await emit(
        tx, ReplenishmentRuleSet(aggregate_id=balance_id(*pair), tenant_id=tx.tenant_id, sku=article.sku, rule=record)
    )
    return record


async def remove_replenishment_rule(tx: Transaction, *, sku: str, place: Place) -> RuleRecord:
    """Take a rule away; the levels of the balance stay. Answers the rule as it was.

    Raises ``RuleUnknown``, ``NotFound`` and ``Forbidden``.
    """
    warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id, also_archived=True)
    tx.actor.require_outlet(warehouse.outlet_id)
    article = await resolution.article(tx, sku)
    pair = (article.variant_id, warehouse.id)
    record = (await rules_by_pair(tx, [pair])).get(pair)
    if record is None or not await tx.raw.fetchval(statements.REMOVE_RULE, tx.tenant_id, *pair):
        raise RuleUnknown(f"There is no rule for {article.sku} in {warehouse.code}.", path=("sku",))
    event = ReplenishmentRuleRemoved(
        aggregate_id=balance_id(*pair), tenant_id=tx.tenant_id, sku=article.sku, rule=record
    )
    await emit(tx, event)
    return record


def _check(rule: Rule, article: Article, reorder_point: Decimal | None) -> None:
    """Each method has its numbers, and no others."""
    given = {
        "reorder_point": reorder_point, "maximum": rule.maximum, "order_quantity": rule.order_quantity,
        "service_level": rule.service_level,
    }  # fmt: skip
    for name, value in given.items():
        if value is None and name in _NEEDS[rule.method]:
            raise InvalidInput(f"A rule {rule.method} needs {_NAMES[name]}.", path=(name,))
        if value is not None and name not in (*_NEEDS[rule.method], "reorder_point"):
            raise InvalidInput(f"A rule {rule.method} has no {_NAMES[name]}.", path=(name,))
        if value is not None and name != "service_level":
            if value < 0 or (name == "order_quantity" and value == 0):
                raise InvalidInput("It is 0 or more, and an order is more than 0.", path=(name,))
            article.quantity(value, None, path=(name,))
    if rule.maximum is not None and reorder_point is not None and rule.maximum < reorder_point:
        raise InvalidInput("The maximum is less than the reorder point.", path=("maximum",))
    if rule.service_level is not None and not SERVICE_LEVEL_MIN <= rule.service_level <= SERVICE_LEVEL_MAX:
        raise InvalidInput(
            f"The service level is {SERVICE_LEVEL_MIN} to {SERVICE_LEVEL_MAX} percent.", path=("service_level",)
        )
    if rule.demand_days not in DEMAND_DAYS:
        raise InvalidInput(
            f"Demand is looked at over {DEMAND_DAYS.start} to {DEMAND_DAYS.stop - 1} days.", path=("demand_days",)
        )
    if not 0 <= rule.review_days <= REVIEW_DAYS_MAX:
        raise InvalidInput(f"The review period is 0 to {REVIEW_DAYS_MAX} days.", path=("review_days",))


async def _supplier_id(tx: Transaction, article: Article, code: str | None) -> UUID | None:
    if code is None:
        return None
    supplier = await active_supplier(tx, code=code, path=("supplier_code",))
    if not await supplier_items_by_pair(tx, [(supplier.id, article.variant_id)]):
        raise InvalidInput(
            f"It is not known that {supplier.code} sells {article.sku}: state it with setSupplierItem first.",
            path=("supplier_code",),
        )
    return supplier.id


async def _source_id(tx: Transaction, warehouse: WarehouseRecord, source: Place | None) -> UUID | None:
    if source is None:
        return None
    found = await warehouse_of(tx, id=source.id, code=source.code, outlet_id=source.outlet_id, path=("from_warehouse",))
    if found.id == warehouse.id:
        raise InvalidInput("A warehouse is not replenished from itself.", path=("from_warehouse",))
    return found.id
