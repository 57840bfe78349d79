"""What the requests of a batch name, looked up together: variants, recipes in force, warehouses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.masterdata.recipe_explosion import Bill
from inventory_graph.masterdata.recipe_reading import MADE_TYPES, bills_in_force
from inventory_graph.masterdata.sale_stops import SaleStopRecord, stops_in_force
from inventory_graph.masterdata.warehouses import (
    WarehouseRecord,
    default_warehouse,
    warehouses_by_code,
    warehouses_by_id,
    warehouses_by_outlet,
)
from inventory_graph.reservations.requests import (
    AnyRequest,
    ConsumeLine,
    ConsumeStock,
    Reserve,
    ReserveLine,
    ReverseConsumption,
)
from inventory_graph.reservations.sites import NOT_ASKED, Sites, sites
from inventory_graph.stock.resolution import Article, articles_named
from inventory_graph.stock.service import Place

DEFAULT = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the requests of a batch name, looked up: variants, bills in force by instant, warehouses by place; where a request
    names no place, those to choose from; and what keeps off sale what is to be sold."""

    articles: Mapping[str, Article]
    bills: Mapping[datetime | None, Mapping[UUID, Bill]]
    warehouses: Mapping[Place, WarehouseRecord]
    sites: Sites
    stops: Sequence[SaleStopRecord] = ()


async def look_up(tx: Transaction, asked: Sequence[AnyRequest]) -> Names:
    """Everything the requests name, in a handful of statements however many there are."""
    skus, ids = _skus_and_ids(asked)
    articles = await articles_named(tx, skus=skus, ids=ids) if skus or ids else {}
    made: dict[datetime | None, set[UUID]] = {}
    for request in asked:
        at = request.occurred_at if isinstance(request, ConsumeStock) else None
        for name in _names(request):
            article = articles.get(name)
            if article is not None and article.item_type in MADE_TYPES:
                made.setdefault(at, set()).add(article.item_id)
    places = {
        request.place or DEFAULT
        for request in asked
        if isinstance(request, ConsumeStock) or (isinstance(request, Reserve) and request.place is not None)
    }
    sold = {
        articles[name].item_id
        for request in asked
        if isinstance(request, Reserve) and request.is_sale
        for name in map(name_of, request.lines)
        if name in articles
    }
    is_open = any(isinstance(request, Reserve) and request.place is None for request in asked)
    return Names(
        articles=articles,
        bills={at: await bills_in_force(tx, sorted(item_ids), at=at) for at, item_ids in made.items()},
        warehouses=await _warehouses(tx, places),
        sites=await sites(tx) if is_open else NOT_ASKED,
        stops=await stops_in_force(tx, sorted(sold)) if sold else (),
    )


def _names(request: AnyRequest) -> list[str]:
    """The SKUs, or the texts of the ids, of what a request wants to have or used."""
    if not isinstance(request, Reserve | ConsumeStock):
        return []
    lines: Iterable[ReserveLine | ConsumeLine] = request.lines
    return [name_of(line) for line in lines] + [each.sku for line in lines for each in line.modifiers]


def name_of(line: ReserveLine | ConsumeLine) -> str:
    if line.sku is not None:
        return line.sku
    return str(line.variant_id) if isinstance(line, ReserveLine) else ""


def _skus_and_ids(asked: Sequence[AnyRequest]) -> tuple[set[str], set[UUID]]:
    skus: set[str] = set()
    ids: set[UUID] = set()
    for request in asked:
        if isinstance(request, ReverseConsumption):
            skus |= {sku for sku, _ in request.lines}
        if isinstance(request, Reserve | ConsumeStock):
            for line in request.lines:
                if line.sku is not None:
                    skus.add(line.sku)
                elif isinstance(line, ReserveLine) and line.variant_id is not None:
                    ids.add(line.variant_id)
                skus |= {modifier.sku for modifier in line.modifiers}
    return skus, ids


async def _warehouses(tx: Transaction, places: set[Place]) -> dict[Place, WarehouseRecord]:
    """The warehouse of each place that names one by one key; several places may name the same."""
    ids = {place.id for place in places if place.id is not None}
    codes = {place.code for place in places if place.code is not None}
    outlet_ids = {place.outlet_id for place in places if place.outlet_id is not None}
    found: dict[Place, WarehouseRecord] = {}
    if ids:
        found |= {Place(id=key): each for key, each in (await warehouses_by_id(tx, list(ids))).items()}
    if codes:
        found |= {Place(code=key): each for key, each in (await warehouses_by_code(tx, list(codes))).items()}
    if outlet_ids:
        of_outlets = await warehouses_by_outlet(tx, list(outlet_ids))
        found |= {Place(outlet_id=key): each for key, each in of_outlets.items()}
    if DEFAULT in places and (default := await default_warehouse(tx)) is not None:
        found[DEFAULT] = default
    return found
