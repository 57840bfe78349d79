"""What suppliers ask for how much and until when: price breaks of supplier items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound
from inventory_graph.masterdata.named_variants import named_variants
from inventory_graph.masterdata.place_events import SupplierPricesSet
from inventory_graph.masterdata.supplier_items import SupplierItemRecord, lock_supplier_item
from inventory_graph.masterdata.suppliers import active_supplier
from inventory_graph.outbox import emit
from inventory_graph.quantities import quantity_to_text

Pair: TypeAlias = tuple[UUID, UUID]
"""(supplier_id, variant_id)"""

PRICES_MAX = 100
UNIT_PRICE_MAX = Decimal("1e12")
EARLIEST_YEAR = 1900

_OF_PAIRS = """
SELECT price.supplier_id, price.variant_id, price.minimum_quantity, price.valid_from, price.valid_to, price.unit_price
FROM unnest($2::uuid[], $3::uuid[]) AS wanted(supplier_id, variant_id)
JOIN supplier_prices AS price ON price.tenant_id = $1 AND price.supplier_id = wanted.supplier_id
  AND price.variant_id = wanted.variant_id
ORDER BY price.minimum_quantity, price.valid_from
"""
_REMOVE = "DELETE FROM supplier_prices WHERE tenant_id = $1 AND supplier_id = $2 AND variant_id = $3"
_WRITE = """
INSERT INTO supplier_prices (tenant_id, supplier_id, variant_id, minimum_quantity, valid_from, valid_to, unit_price)
SELECT $1, $2, $3, * FROM unnest($4::numeric[], $5::timestamptz[], $6::timestamptz[], $7::numeric[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierPriceRecord:
    """From ``minimum_quantity`` purchase units on, one costs ``unit_price``, from ``valid_from`` until just before ``valid_to``."""

    minimum_quantity: Decimal
    valid_from: datetime
    valid_to: datetime | None
    unit_price: Decimal

    def is_valid(self, at: datetime) -> bool:
        """Whether it is asked at that instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


def price_for(
    item: SupplierItemRecord, prices: Sequence[SupplierPriceRecord], *, quantity: Decimal, at: datetime
) -> Decimal | None:
    """What one purchase unit costs when so many are ordered then: the break of the largest minimum that is reached, else the price of
    the item, None where neither is known."""
    reached = [each for each in prices if each.minimum_quantity <= quantity and each.is_valid(at)]
    return max(reached, key=lambda each: each.minimum_quantity).unit_price if reached else item.unit_price


async def supplier_prices_by_pair(
    tx: Transaction, keys: Sequence[Pair]
) -> Mapping[Pair, Sequence[SupplierPriceRecord]]:
    """The price breaks of supplier items, by minimum quantity and then by time; in one statement."""
    rows = await tx.raw.fetch(_OF_PAIRS, tx.tenant_id, [key[0] for key in keys], [key[1] for key in keys])
    found: dict[Pair, list[SupplierPriceRecord]] = {key: [] for key in keys}
    for row in rows:
        record = SupplierPriceRecord(**{name: row[name] for name in SupplierPriceRecord.__slots__})
        found[row["supplier_id"], row["variant_id"]].append(record)
    return found


async def set_supplier_prices(
    tx: Transaction,
    *,
    supplier_code: str,
    sku: str | None = None,
    variant_id: UUID | None = None,
    currency: str | None,
    prices: Sequence[SupplierPriceRecord],
) -> SupplierItemRecord:
    """State all price breaks of what a supplier sells, in place of those there were; none leaves the price of the item alone.
    ``currency`` is that of the prices, None where there are none.

    Raises ``InvalidInput`` for another currency than the item's, for prices of one minimum whose times overlap and for what is out of
    range, ``NotFound``, ``SupplierInactive``, ``ItemInactive``, ``LimitExceeded``.
    """
    supplier = await active_supplier(tx, code=supplier_code, path=("supplier_code",))
    variants = await named_variants(
        tx, skus=[sku] if sku is not None else [], ids=[variant_id] if variant_id is not None else []
    )
    variant = variants.one(sku=sku, variant_id=variant_id, path=())
    _check(prices)
    item = await lock_supplier_item(tx, supplier_id=supplier.id, variant_id=variant.id)
    if item is None:
        raise NotFound(
            f"It is not known that {supplier.code} sells {variant.sku}: state it with setSupplierItem first.",
            path=("sku",),
        )
    if currency is not None and currency != item.currency:
        raise InvalidInput(
            f"{supplier.code} sells {variant.sku} in {item.currency}, and so are its prices; this is in {currency[:80]!r}.",
            path=("prices",),
        )
    pair = (supplier.id, variant.id)
    wanted = sorted(prices, key=lambda each: (each.minimum_quantity, each.valid_from))
    if (await supplier_prices_by_pair(tx, [pair]))[pair] == wanted:
        return item
    await tx.raw.execute(_REMOVE, tx.tenant_id, *pair)
    await tx.raw.execute(
        _WRITE, tx.tenant_id, *pair, [each.minimum_quantity for each in wanted], [each.valid_from for each in wanted],
        [each.valid_to for each in wanted], [each.unit_price for each in wanted],
    )  # fmt: skip
    await emit(tx, SupplierPricesSet(aggregate_id=supplier.id, item=item, prices=tuple(wanted)))
    return item


def _check(prices: Sequence[SupplierPriceRecord]) -> None:
    if len(prices) > PRICES_MAX:
        raise LimitExceeded(f"An item of a supplier has at most {PRICES_MAX} prices.", path=("prices",))
    for number, price in enumerate(prices):
        path = ("prices", str(number))
        if price.minimum_quantity < 0:
            raise InvalidInput("The least quantity is 0 or more.", path=(*path, "minimum_quantity"))
        if not 0 <= price.unit_price < UNIT_PRICE_MAX:
            raise InvalidInput("A price is 0 or more and below 10^12.", path=(*path, "unit_price"))
        if price.valid_from.year < EARLIEST_YEAR:
            raise InvalidInput(f"validFrom lies before {EARLIEST_YEAR}.", path=(*path, "valid_from"))
        if price.valid_to is not None and price.valid_to <= price.valid_from:
            raise InvalidInput("validTo does not lie after validFrom.", path=(*path, "valid_to"))
        for other in prices[:number]:
            if other.minimum_quantity == price.minimum_quantity and _overlap(other, price):
                raise InvalidInput(
                    f"Two prices from {quantity_to_text(price.minimum_quantity)} on are valid at once: end the one before the"
                    " other begins.",
                    path=(*path, "valid_from"),
                )


def _overlap(one: SupplierPriceRecord, other: SupplierPriceRecord) -> bool:
    return (other.valid_to is None or one.valid_from < other.valid_to) and (
        one.valid_to is None or other.valid_from < one.valid_to
    )
