"""What to bring over and to buy for a warehouse now."""

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import UnitMismatch
from inventory_graph.masterdata.supplier_prices import price_for
from inventory_graph.masterdata.units import stock_unit_factor, unit_named
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.pages import Page
from inventory_graph.quantities import ZERO
from inventory_graph.replenishment.explaining import sentence
from inventory_graph.replenishment.loading import Candidate, Numbers, load_candidates, load_numbers
from inventory_graph.replenishment.policy import Decided, LeadTime, Levels, Sizes, decide, levels_of, spare_of
from inventory_graph.replenishment.records import PurchaseSuggestion, SuggestionRecord, TransferSuggestion
from inventory_graph.stock.resolution import Article

EXAMINED_AT_ONCE = 1_000

Pay: TypeAlias = Callable[[int], None]
"""Told how many rules were looked at, before they are decided; may raise, which ends it."""


def nobody_pays(_: int) -> None:
    """For whoever may look at any number of rules."""


class Source(NamedTuple):
    """A warehouse that can give, and how much."""

    warehouse_id: UUID
    warehouse_code: str
    spare: Decimal


async def suggestions_page(
    tx: Transaction,
    *,
    warehouse: WarehouseRecord,
    first: int,
    after: tuple[str, str] | None = None,
    supplier_code: str | None = None,
    pay: Pay = nobody_pays,
) -> Page[SuggestionRecord]:
    """Suggestions for a warehouse, supplier by supplier (those of nobody first) and by SKU; the keyset position is (supplier's code or
    '', sku). Every rule costs a look, which ``pay`` is told of, and a thousand of them a constant number of statements."""
    found: list[SuggestionRecord] = []
    async for suggestion in suggestions(tx, warehouse=warehouse, after=after, supplier_code=supplier_code, pay=pay):
        found.append(suggestion)
        if len(found) > first:
            break
    shown = found[:first]
    positions = [(each.supplier_code or "", each.sku) for each in shown]
    return Page(shown, positions, has_next=len(found) > first)


async def suggestions_count(
    tx: Transaction, *, warehouse: WarehouseRecord, supplier_code: str | None = None, pay: Pay = nobody_pays
) -> int:
    """How many suggestions there are for a warehouse, which has at most 10,000 rules."""
    return len([each async for each in suggestions(tx, warehouse=warehouse, supplier_code=supplier_code, pay=pay)])


async def suggestions(
    tx: Transaction,
    *,
    warehouse: WarehouseRecord,
    supplier_code: str | None = None,
    variant_ids: Sequence[UUID] | None = None,
    after: tuple[str, str] | None = None,
    pay: Pay = nobody_pays,
) -> AsyncIterator[SuggestionRecord]:
    """All suggestions for a warehouse behind a position, as they stand now."""
    while True:
        candidates = await load_candidates(
            tx,
            warehouse_id=warehouse.id,
            supplier_code=supplier_code,
            variant_ids=variant_ids,
            after=after,
            limit=EXAMINED_AT_ONCE,
        )
        if not candidates:
            return
        pay(len(candidates))
        numbers = await load_numbers(tx, warehouse=warehouse, candidates=candidates)
        for candidate in candidates:
            suggestion = _suggestion(numbers, warehouse, candidate)
            if suggestion is not None:
                yield suggestion
        if len(candidates) < EXAMINED_AT_ONCE:
            return
        after = (candidates[-1].supplier_code, candidates[-1].sku)


def _suggestion(numbers: Numbers, warehouse: WarehouseRecord, candidate: Candidate) -> SuggestionRecord | None:
    pair = (candidate.variant_id, warehouse.id)
    record, shelf = numbers.rules[pair], numbers.shelves[candidate.variant_id][warehouse.id]
    article = numbers.articles[str(candidate.variant_id)]
    lead_time = numbers.lead_time(candidate.supplier_id, candidate.variant_id)
    levels = _levels(numbers, warehouse.id, candidate.variant_id, lead_time, article)
    source = _source(numbers, warehouse.id, candidate, article, lead_time)
    decided = decide(
        record.rule,
        levels,
        shelf.position,
        spare=source.spare if source is not None else ZERO,
        sizes=_sizes(numbers, candidate, article),
        step=article.step,
    )
    if decided.shortfall <= 0:
        return None
    transfer = None
    if source is not None and decided.transfer > 0:
        transfer = TransferSuggestion(
            from_warehouse_id=source.warehouse_id, from_warehouse_code=source.warehouse_code, quantity=decided.transfer,
            spare=source.spare,
        )  # fmt: skip
    purchase = _purchase(numbers, candidate, decided)
    return SuggestionRecord(
        variant_id=candidate.variant_id, warehouse_id=warehouse.id, sku=candidate.sku, unit_code=article.stock_unit.code,
        supplier_code=candidate.supplier_code or None, rule=record.rule, levels=levels, position=shelf.position,
        demand=numbers.demands[pair], lead_time=lead_time, shortfall=decided.shortfall, transfer=transfer, purchase=purchase,
        reason=sentence(
            rule=record.rule, levels=levels, position=shelf.position, decided=decided, unit_code=article.stock_unit.code,
            transfer=transfer, purchase=purchase,
        ),
    )  # fmt: skip


def _levels(numbers: Numbers, warehouse_id: UUID, variant_id: UUID, lead_time: LeadTime, article: Article) -> Levels:
    record = numbers.rules[variant_id, warehouse_id]
    return levels_of(
        record.rule,
        level=record.reorder_point,
        demand=numbers.demands[variant_id, warehouse_id],
        lead_time=lead_time,
        step=article.step,
    )


def _source(
    numbers: Numbers, warehouse_id: UUID, candidate: Candidate, article: Article, lead_time: LeadTime
) -> Source | None:
    """The warehouse that the rule names, else the one that can spare most of those whose own need is known; None for none."""
    variant_id = candidate.variant_id
    named = numbers.rules[variant_id, warehouse_id].from_warehouse_id
    sources = []
    for giver_id, shelf in numbers.shelves[variant_id].items():
        if giver_id == warehouse_id or named not in (None, giver_id):
            continue
        rule = numbers.rules.get((variant_id, giver_id))
        if rule is None and shelf.reorder_point is None and named is None:
            continue
        kept = max(shelf.reorder_point or ZERO, shelf.safety_stock)
        if rule is not None:
            levels = _levels(numbers, giver_id, variant_id, lead_time, article)
            kept = max(kept, levels.target or ZERO, levels.reorder_point or ZERO)
        sources.append(Source(giver_id, shelf.warehouse_code, spare_of(shelf.position, kept=kept)))
    sources.sort(key=lambda each: (-each.spare, each.warehouse_code))
    return sources[0] if sources and sources[0].spare > 0 else None


def _sizes(numbers: Numbers, candidate: Candidate, article: Article) -> Sizes | None:
    """What the supplier sells it in; None where nobody does, or in a unit that does not convert any more."""
    if candidate.supplier_id is None:
        return None
    item = numbers.items[candidate.supplier_id, candidate.variant_id]
    unit = unit_named(item.unit_code, article.units)
    if unit is None:
        return None
    try:
        factor = stock_unit_factor(unit, stock_unit=article.stock_unit, bridges=article.bridges)
    except UnitMismatch:
        return None
    return Sizes(factor=factor, minimum=item.order_minimum, multiple=item.order_multiple, is_whole=unit.is_whole)


def _purchase(numbers: Numbers, candidate: Candidate, decided: Decided) -> PurchaseSuggestion | None:
    if candidate.supplier_id is None or decided.purchase <= 0:
        return None
    pair = (candidate.supplier_id, candidate.variant_id)
    item = numbers.items[pair]
    price = price_for(item, numbers.prices[pair], quantity=decided.purchase, at=numbers.now)
    return PurchaseSuggestion(
        item=item,
        supplier_code=candidate.supplier_code,
        quantity=decided.purchase,
        bought=decided.bought,
        unit_price=price,
    )
