"""Lines of an order as callers name them, made into what is ordered: variants, units, prices and taxes found and checked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, ItemInactive, LimitExceeded, NotFound
from inventory_graph.masterdata.records import STOCKED_TYPES
from inventory_graph.masterdata.supplier_items import SupplierItemRecord, supplier_items_by_pair
from inventory_graph.masterdata.supplier_prices import SupplierPriceRecord, price_for, supplier_prices_by_pair
from inventory_graph.masterdata.suppliers import SupplierRecord
from inventory_graph.masterdata.units import unit_named, unknown_unit
from inventory_graph.purchasing.money import net_of, tax_of
from inventory_graph.purchasing.policy import Line
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.resolution import Article, articles_named, unknown_sku
from inventory_graph.stock.service import UNIT_COST_MAX
from inventory_graph.unlocked import dataclass

LINES_MAX = 1_000
PERCENT_MAX = Decimal(100)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """What a caller wants of one variant. ``unit`` None is the supplier's purchase unit, else the stock unit; ``unit_price`` None is
    what the supplier is known to ask for that quantity; ``currency`` is that of the price."""

    sku: str | None = None
    variant_id: UUID | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    tax_percent: Decimal = ZERO


class Drafted(NamedTuple):
    """The lines of an order, and the longest time that the supplier takes for any of them, None where none is known."""

    lines: list[Line]
    lead_time_days: int | None


class Offer(NamedTuple):
    """What a supplier sells a variant as, and its price breaks."""

    item: SupplierItemRecord
    prices: Sequence[SupplierPriceRecord]


async def draft(
    tx: Transaction,
    *,
    supplier: SupplierRecord,
    currency: str,
    lines: Sequence[OrderLine],
    at: datetime,
    is_offered: bool = True,
) -> Drafted:
    """The lines as they are ordered of the supplier at that time, in four statements however many there are. ``is_offered``: only in
    sizes that the supplier sells; what has come has come.

    Raises ``InvalidInput``, ``NotFound``, ``ItemInactive``, ``UnitMismatch`` and ``LimitExceeded``, whose path begins with
    ``lines.N``.
    """
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(f"An order has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",))
    articles = await _articles(tx, lines)
    pairs = list({(supplier.id, article.variant_id) for article in articles})
    items = await supplier_items_by_pair(tx, pairs)
    prices = await supplier_prices_by_pair(tx, list(items)) if items else {}
    offers = {pair: Offer(item, prices[pair]) for pair, item in items.items()}
    drafted = [
        _line(number, line, article, offers.get((supplier.id, article.variant_id)), supplier, currency, at, is_offered)
        for number, (line, article) in enumerate(zip(lines, articles, strict=True))
    ]
    days = [item.lead_time_days for item in items.values() if item.lead_time_days is not None]
    return Drafted(drafted, max(days, default=None))


async def _articles(tx: Transaction, lines: Sequence[OrderLine]) -> list[Article]:
    found = await articles_named(
        tx,
        skus=[line.sku for line in lines if line.sku is not None],
        ids=[line.variant_id for line in lines if line.variant_id is not None],
    )
    return [_article(line, found, ("lines", str(number))) for number, line in enumerate(lines)]


def _article(line: OrderLine, found: Mapping[str, Article], path: Path) -> Article:
    if (line.sku is None) == (line.variant_id is None):
        raise InvalidInput("Name the variant by sku or by variantId, and by one of them only.", path=(*path, "sku"))
    if line.sku is not None:
        article = found.get(line.sku)
        if article is None:
            raise unknown_sku(line.sku, path=(*path, "sku"))
        place = (*path, "sku")
    else:
        place = (*path, "variant_id")
        article = found.get(str(line.variant_id))
        if article is None:
            raise NotFound(f"There is no variant with the id {line.variant_id}.", path=place)
    if article.item_type not in STOCKED_TYPES:
        raise InvalidInput(
            f"{article.sku} holds no stock of its own: order what it is made of, or what it stands for.", path=place
        )
    if not article.is_active:
        raise ItemInactive(f"{article.sku} is archived; reactivate it first.", path=place)
    return article


def _line(
    number: int,
    line: OrderLine,
    article: Article,
    offer: Offer | None,
    supplier: SupplierRecord,
    currency: str,
    at: datetime,
    is_offered: bool,
) -> Line:
    path = ("lines", str(number))
    unit_code = _unit_code(line, article, offer.item if offer is not None else None, path)
    if line.quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(*path, "quantity"))
    ordered = article.quantity(line.quantity, unit_code, path=(*path, "quantity"))
    if ordered <= 0:
        raise InvalidInput(
            f"{quantity_to_text(line.quantity)} {unit_code} is nothing in {article.stock_unit.code}.",
            path=(*path, "quantity"),
        )
    if is_offered and offer is not None and offer.item.unit_code == unit_code:
        _check_sizes(line, article, offer.item, supplier, path)
    if not 0 <= line.tax_percent <= PERCENT_MAX:
        raise InvalidInput(
            f"The tax is {quantity_to_text(line.tax_percent)} %; it must be 0 to 100.", path=(*path, "tax_percent")
        )
    unit_price = _price(line, article, offer, supplier, currency, unit_code, at, path)
    net = net_of(line.quantity, unit_price, currency, path=(*path, "quantity"))
    return Line(
        id=uuid4(), position=number, variant_id=article.variant_id, item_id=article.item_id, sku=article.sku, name=article.sku,
        unit_code=unit_code, quantity=line.quantity, unit_price=unit_price, tax_percent=line.tax_percent, net_amount=net,
        tax_amount=tax_of(net, line.tax_percent, currency), ordered=ordered,
    )  # fmt: skip


def _unit_code(line: OrderLine, article: Article, offer: SupplierItemRecord | None, path: Path) -> str:
    if line.unit is None:
        return offer.unit_code if offer is not None else article.stock_unit.code
    unit = unit_named(line.unit, article.units)
    if unit is None:
        raise unknown_unit(line.unit, article.units, path=(*path, "unit"))
    return unit.code


def _check_sizes(
    line: OrderLine, article: Article, offer: SupplierItemRecord, supplier: SupplierRecord, path: Path
) -> None:
    """What the supplier does not sell cannot be ordered."""
    least, multiple = offer.order_minimum, offer.order_multiple
    if least is not None and line.quantity < least:
        raise InvalidInput(
            f"{supplier.code} sells at least {quantity_to_text(least)} {offer.unit_code} of {article.sku}.",
            path=(*path, "quantity"),
        )
    if multiple is not None and line.quantity % multiple:
        raise InvalidInput(
            f"{supplier.code} sells {article.sku} in multiples of {quantity_to_text(multiple)} {offer.unit_code}.",
            path=(*path, "quantity"),
        )


def _price(
    line: OrderLine,
    article: Article,
    offer: Offer | None,
    supplier: SupplierRecord,
    currency: str,
    unit_code: str,
    at: datetime,
    path: Path,
) -> Decimal:
    price = line.unit_price
    if price is None:
        if offer is not None and offer.item.currency == currency and offer.item.unit_code == unit_code:
            price = price_for(offer.item, offer.prices, quantity=line.quantity, at=at)
        if price is None:
            raise InvalidInput(
                f"What {supplier.code} asks for one {unit_code} of {article.sku} in {currency} is not known: give the"
                " unitPrice, or state it with setSupplierItem.",
                path=(*path, "unit_price"),
            )
        return price
    if line.currency != currency:
        raise InvalidInput(
            f"Prices are in {currency} here; this is in {(line.currency or '')[:80]!r}.",
            path=(*path, "unit_price", "currency"),
        )
    return checked_price(price, path=(*path, "unit_price", "amount"))


def checked_price(price: Decimal, *, path: Path) -> Decimal:
    """A price or another amount of money; raises ``InvalidInput`` below 0, ``LimitExceeded`` from 10^12 on."""
    if price < 0:
        raise InvalidInput("An amount of money is 0 or more here.", path=path)
    if price >= UNIT_COST_MAX:
        raise LimitExceeded("An amount of money is below 10^12 here.", path=path)
    return price
