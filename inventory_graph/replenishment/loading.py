"""The numbers that suggestions are decided from, read set by set: as many statements for a thousand variants as for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from inventory_graph.db import Record, Transaction
from inventory_graph.masterdata.supplier_items import SupplierItemRecord, supplier_items_by_pair
from inventory_graph.masterdata.supplier_prices import SupplierPriceRecord, supplier_prices_by_pair
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouses_by_id
from inventory_graph.purchasing.performance import LeadTimeRecord, PerformanceKey, performance_by_key
from inventory_graph.quantities import ZERO
from inventory_graph.replenishment import statements
from inventory_graph.replenishment.policy import Demand, LeadTime, Position
from inventory_graph.replenishment.records import RuleRecord
from inventory_graph.replenishment.rules import rule_of
from inventory_graph.stock.commands import balance_id
from inventory_graph.stock.resolution import Article, articles_named

LEAD_TIME_PERIOD = timedelta(days=365)
LEAD_TIMES_MIN = 3
"""Of how many orders at least the lead time of a supplier is taken from what was received."""

Pair = tuple[UUID, UUID]
"""(variant_id, warehouse_id)"""


class Candidate(NamedTuple):
    """A rule that may suggest something: its variant, and who would sell it."""

    variant_id: UUID
    sku: str
    supplier_id: UUID | None
    supplier_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A balance that might be replenished or might give."""

    warehouse_code: str
    reorder_point: Decimal | None
    safety_stock: Decimal
    position: Position


@dataclass(slots=True, kw_only=True)
class Numbers:
    """All that is known of some variants in all warehouses of the tenant."""

    now: datetime
    articles: Mapping[str, Article] = field(default_factory=dict)
    rules: dict[Pair, RuleRecord] = field(default_factory=dict)
    shelves: dict[UUID, dict[UUID, Shelf]] = field(default_factory=dict)
    """By variant and then by warehouse."""
    demands: dict[Pair, Demand] = field(default_factory=dict)
    items: Mapping[Pair, SupplierItemRecord] = field(default_factory=dict)
    """By (supplier_id, variant_id), as the prices."""
    prices: Mapping[Pair, Sequence[SupplierPriceRecord]] = field(default_factory=dict)
    lead_times: Mapping[UUID, LeadTimeRecord] = field(default_factory=dict)

    def lead_time(self, supplier_id: UUID | None, variant_id: UUID) -> LeadTime:
        """How long it takes to come from the supplier: by what was received where that is known of orders enough, else as it was
        stated; 0 where nobody knows."""
        if supplier_id is None:
            return LeadTime()
        seen = self.lead_times.get(supplier_id)
        if seen is not None and seen.count >= LEAD_TIMES_MIN and seen.average is not None:
            return LeadTime(days=seen.average, deviation=seen.deviation or ZERO)
        item = self.items.get((supplier_id, variant_id))
        return LeadTime(days=Decimal((item.lead_time_days if item is not None else None) or 0))


async def load_candidates(
    tx: Transaction,
    *,
    warehouse_id: UUID,
    supplier_code: str | None,
    variant_ids: Sequence[UUID] | None,
    after: tuple[str, str] | None,
    limit: int,
) -> list[Candidate]:
    """The rules in force of a warehouse, by the supplier's code and the SKU, behind a position."""
    code, sku = after if after is not None else (None, None)
    rows = await tx.raw.fetch(
        statements.CANDIDATES, tx.tenant_id, warehouse_id, supplier_code, list(variant_ids) if variant_ids is not None else None, code, sku, limit,
    )  # fmt: skip
    return [Candidate(row["variant_id"], row["sku"], row["supplier_id"], row["supplier_code"]) for row in rows]


async def load_numbers(tx: Transaction, *, warehouse: WarehouseRecord, candidates: Sequence[Candidate]) -> Numbers:
    """What is known of the variants of these candidates."""
    ids = [each.variant_id for each in candidates]
    now: datetime = await tx.raw.fetchval(statements.NOW)
    numbers = Numbers(now=now, articles=await articles_named(tx, skus=(), ids=ids))
    for row in await tx.raw.fetch(statements.RULES_OF_VARIANTS, tx.tenant_id, ids):
        numbers.rules[row["variant_id"], row["warehouse_id"]] = rule_of(row)
    await _load_shelves(tx, numbers, warehouse, ids)
    await _load_demands(tx, numbers)
    suppliers = {each.supplier_id for each in candidates if each.supplier_id is not None}
    # What other warehouses keep by demand depends on their suppliers; they are taken to buy where this one does.
    pairs = [(each.supplier_id, each.variant_id) for each in candidates if each.supplier_id is not None]
    numbers.items = await supplier_items_by_pair(tx, pairs)
    numbers.prices = await supplier_prices_by_pair(tx, list(numbers.items))
    keys = [PerformanceKey(supplier_id, now - LEAD_TIME_PERIOD, now) for supplier_id in suppliers]
    done = await performance_by_key(tx, keys)
    numbers.lead_times = {key.supplier_id: record.lead_time for key, record in done.items()}
    return numbers


async def _load_shelves(
    tx: Transaction, numbers: Numbers, warehouse: WarehouseRecord, variant_ids: Sequence[UUID]
) -> None:
    amounts: dict[Pair, dict[str, Decimal]] = {}

    def add(row: Record, where: str, **more: Decimal) -> None:
        known = amounts.setdefault((row["variant_id"], row[where]), {})
        for name, amount in more.items():
            known[name] = known.get(name, ZERO) + amount

    for row in await tx.raw.fetch(statements.ORDERS, tx.tenant_id, variant_ids):
        add(row, "warehouse_id", on_order=row["on_order"], in_draft_orders=row["in_draft_orders"])
    for row in await tx.raw.fetch(statements.TRANSFERS, tx.tenant_id, variant_ids):
        add(row, "to_warehouse_id", in_transit=row["in_transit"], to_be_shipped_here=row["to_be_shipped"])
        add(row, "from_warehouse_id", to_be_shipped_away=row["to_be_shipped"])
    for row in await tx.raw.fetch(statements.BACKORDERS, tx.tenant_id, variant_ids):
        add(row, "warehouse_id", backordered=row["backordered"])
    for variant_id in variant_ids:
        pair = (variant_id, warehouse.id)
        numbers.shelves[variant_id] = {warehouse.id: _shelf(warehouse.code, None, ZERO, amounts.get(pair, {}))}
    for row in await tx.raw.fetch(statements.BALANCES, tx.tenant_id, variant_ids, numbers.now):
        pair = (row["variant_id"], row["warehouse_id"])
        there = {name: row[name] for name in ("on_hand", "reserved", "available", "unusable")}
        numbers.shelves[row["variant_id"]][row["warehouse_id"]] = _shelf(
            row["warehouse_code"], row["reorder_point"], row["safety_stock"], {**amounts.get(pair, {}), **there}
        )


def _shelf(code: str, reorder_point: Decimal | None, safety_stock: Decimal, amounts: Mapping[str, Decimal]) -> Shelf:
    return Shelf(
        warehouse_code=code, reorder_point=reorder_point, safety_stock=safety_stock, position=Position(**amounts)
    )


async def _load_demands(tx: Transaction, numbers: Numbers) -> None:
    """Of each rule the days before today, by the calendar of its warehouse."""
    places = await warehouses_by_id(tx, list({warehouse_id for _, warehouse_id in numbers.rules}))
    wanted: list[tuple[Any, date, date]] = []
    for (variant_id, warehouse_id), rule in numbers.rules.items():
        today = numbers.now.astimezone(ZoneInfo(places[warehouse_id].timezone)).date()
        since = today - timedelta(days=rule.demand_days)
        wanted.append((balance_id(variant_id, warehouse_id), since, today))
    rows = await tx.raw.fetch(
        statements.DEMAND, tx.tenant_id, [each[0] for each in wanted], [each[1] for each in wanted],
        [each[2] for each in wanted],
    )  # fmt: skip
    found = {row["balance_id"]: (row["total"], row["squares"]) for row in rows}
    for (variant_id, warehouse_id), rule in numbers.rules.items():
        total, squares = found.get(balance_id(variant_id, warehouse_id), (ZERO, ZERO))
        numbers.demands[variant_id, warehouse_id] = Demand(days=rule.demand_days, total=total, squares=squares)
