"""What a list can be asked for: one input of each kind of list, and the domain's conditions in it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import strawberry

from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.masterdata.item_search import searched_words
from inventory_graph.printing.listings import ListKind
from resolvers.context import Info
from resolvers.goods_receipts import GoodsReceiptStatus
from resolvers.inputs import word_of
from resolvers.item_queries import ItemFilter
from resolvers.kit import identifier
from resolvers.purchase_orders import PurchaseOrderFilter
from resolvers.scalars import DateTime
from resolvers.transfers import TransferFilter
from resolvers.warehouses import WarehouseKey, warehouse_id_of

KINDS_MAX = 50
"""So many kinds of movements can be named; there are fewer."""


@strawberry.input(description="Which goods receipts.")
class GoodsReceiptFilter:
    status: list[GoodsReceiptStatus] | None = strawberry.field(default=None, description="In one of these states.")
    supplier_code: str | None = strawberry.field(default=None, description="From this supplier.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="In this warehouse.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="With a line of this variant.")
    delivery_note: str | None = strawberry.field(default=None, description="With this delivery note, exactly.")
    recorded_since: DateTime | None = strawberry.field(default=None, description="Recorded then or later.")
    recorded_before: DateTime | None = strawberry.field(default=None, description="Recorded before.")


@strawberry.input(description="Which stock balances.")
class StockBalanceFilter:
    warehouse: WarehouseKey | None = strawberry.field(
        default=None, description="Of this warehouse; of all if left out."
    )
    low_stock: bool = strawberry.field(default=False, description="Only those at or below their reorder point.")
    in_stock: bool = strawberry.field(default=False, description="Only those with something on hand.")


@strawberry.input(description="Which of what suppliers sell.")
class SupplierItemFilter:
    supplier_code: str | None = strawberry.field(default=None, description="Of this supplier; of all if left out.")


@strawberry.input(description="Which movements.")
class MovementFilter:
    recorded_since: DateTime = strawberry.field(description="Recorded then or later.")
    recorded_before: DateTime | None = strawberry.field(
        default=None, description="Recorded before; until now if left out."
    )
    warehouse: WarehouseKey | None = strawberry.field(
        default=None, description="In this warehouse; in all if left out."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="Of this variant.")
    kind: list[str] | None = strawberry.field(
        default=None, description="Of one of these kinds, such as RECEIPT: at most 50."
    )


@strawberry.input(one_of=True, description="Names a list and what it shall have in it; {} for all.")
class ExportInput:
    purchase_orders: PurchaseOrderFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Purchase orders, the newest first."
    )
    goods_receipts: GoodsReceiptFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Goods receipts, the newest first."
    )
    transfers: TransferFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Transfers, the newest first."
    )
    items: ItemFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Items, a row for each variant, by SKU."
    )
    supplier_items: SupplierItemFilter | None = strawberry.field(
        default=strawberry.UNSET, description="What suppliers sell, supplier by supplier."
    )
    stock_balances: StockBalanceFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Stock with what it is worth, warehouse by warehouse."
    )
    movements: MovementFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The ledger of a span of time, in the order in which it was recorded."
    )


Conditions = dict[str, Any]


class Exported(NamedTuple):
    """A kind of list. ``shown_by`` is the root field that shows the same: whoever may call it gets the list."""

    kind: ListKind
    shown_by: str
    conditions: Callable[[Info, Any], Awaitable[Conditions]]


async def _wanted(_: Info, given: PurchaseOrderFilter | TransferFilter) -> Conditions:
    wanted = given.wanted()
    return {each.name: getattr(wanted, each.name) for each in fields(wanted)}


async def _of_receipts(_: Info, given: GoodsReceiptFilter) -> Conditions:
    return {
        "statuses": _words(given.status),
        "supplier_code": given.supplier_code,
        "warehouse_id": _id(given.warehouse_id, "warehouse_id"),
        "variant_id": _id(given.variant_id, "variant_id"),
        "delivery_note": given.delivery_note,
        "recorded_since": given.recorded_since,
        "recorded_before": given.recorded_before,
    }


async def _of_items(info: Info, given: ItemFilter) -> Conditions:
    given.check(info)
    warehouse_id = await _warehouse_id(info, given.warehouse)
    is_low = bool(given.low_stock)
    return {
        "words": searched_words(given.text, path=("filter", "text")) or None if given.text is not None else None,
        "types": _words(given.type),
        "statuses": _words(given.status),
        "category_slug": given.category_slug,
        "tag": given.tag,
        "updated_since": given.updated_since,
        "low_stock": is_low and warehouse_id is None,
        "low_in": warehouse_id if is_low else None,
        "stocked_in": None if is_low else warehouse_id,
    }


async def _of_supplier_items(_: Info, given: SupplierItemFilter) -> Conditions:
    return {"supplier_code": given.supplier_code}


async def _of_balances(info: Info, given: StockBalanceFilter) -> Conditions:
    return {
        "warehouse_id": await _warehouse_id(info, given.warehouse),
        "is_low": given.low_stock,
        "has_stock": given.in_stock,
    }


async def _of_movements(info: Info, given: MovementFilter) -> Conditions:
    # The end is fixed here: the same link has the same movements, for what is recorded stays.
    before = given.recorded_before or datetime.now(UTC)
    if before <= given.recorded_since:
        raise InvalidInput("The span ends before it begins: recordedBefore is not after recordedSince.")
    if given.kind is not None and len(given.kind) > KINDS_MAX:
        raise InvalidInput(f"{len(given.kind)} kinds are named; at most {KINDS_MAX} can be.", path=("filter", "kind"))
    return {
        "recorded_since": given.recorded_since,
        "recorded_before": before,
        "warehouse_id": await _warehouse_id(info, given.warehouse),
        "variant_id": _id(given.variant_id, "variant_id"),
        "kinds": given.kind,
    }


EXPORTED: Mapping[str, Exported] = {
    "purchase_orders": Exported("purchase-orders", "purchaseOrders", _wanted),
    "goods_receipts": Exported("goods-receipts", "goodsReceipt", _of_receipts),
    "transfers": Exported("transfers", "transfers", _wanted),
    "items": Exported("items", "items", _of_items),
    "supplier_items": Exported("supplier-items", "suppliers", _of_supplier_items),
    "stock_balances": Exported("stock-balances", "stockBalance", _of_balances),
    "movements": Exported("movements", "stockBalance", _of_movements),
}
"""The lists, by their fields of the input."""


def _words(given: Any) -> list[str] | None:
    return list(dict.fromkeys(word_of(each) for each in given)) if given is not None else None


def _id(given: str | None, name: str) -> UUID | None:
    return identifier(given, path=("filter", name)) if given is not None else None


async def _warehouse_id(info: Info, key: WarehouseKey | None) -> UUID | None:
    """The id of the warehouse that is named, None where none is. Raises ``NotFound``: an empty list would look like the truth."""
    if key is None:
        return None
    found = await warehouse_id_of(info, key)
    if found is None:
        raise NotFound("There is no such warehouse.", path=("filter", "warehouse"))
    return found
