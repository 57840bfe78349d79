"""Suggestions become drafts: purchase orders, and transfers from warehouses that can spare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import LimitExceeded, NotFound
from inventory_graph.identity.tenants import tenant_by_id
from inventory_graph.masterdata.item_reading import items_by_id, variants_by_id
from inventory_graph.masterdata.suppliers import active_supplier
from inventory_graph.masterdata.warehouses import WarehouseRecord, warehouse_of
from inventory_graph.outbox import emit
from inventory_graph.purchasing import drafting as purchasing
from inventory_graph.purchasing.drafting import OrderLine
from inventory_graph.purchasing.orders import create_purchase_order
from inventory_graph.purchasing.records import PurchaseOrderRecord
from inventory_graph.replenishment import statements
from inventory_graph.replenishment.events import AutoOrderedItem, PurchaseOrderAutoCreated
from inventory_graph.replenishment.records import PurchaseSuggestion, SuggestionRecord, TransferSuggestion
from inventory_graph.replenishment.suggesting import suggestions
from inventory_graph.stock.resolution import articles_named, unknown_sku
from inventory_graph.stock.service import Place
from inventory_graph.transfers import drafting as transferring
from inventory_graph.transfers.drafting import WantedLine
from inventory_graph.transfers.planning import create_transfer
from inventory_graph.transfers.records import TransferRecord

DOCUMENTS_MAX = 100
SKUS_MAX = 1_000
NOTE = "Drafted from suggestions of replenishment."

Each = TypeVar("Each")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedOrders:
    """The drafts, and what was suggested and not drafted: nobody is known to sell it, or not at what price."""

    orders: Sequence[PurchaseOrderRecord]
    left_out: Sequence[SuggestionRecord]


async def order_suggestions(
    tx: Transaction, *, place: Place, supplier_code: str | None = None, skus: Sequence[str] | None = None
) -> DraftedOrders:
    """Draft what is suggested to be bought for a warehouse now, one order for each supplier and currency, in the transaction. What
    is brought over instead is not ordered.

    Raises ``InvalidInput``, ``NotFound``, ``SupplierInactive``, ``WarehouseInactive``, ``LimitExceeded`` and ``Forbidden``.
    """
    if supplier_code is not None:
        await active_supplier(tx, code=supplier_code, path=("supplier_code",))
    warehouse, found = await _locked_suggestions(tx, place, supplier_code, skus)
    groups: dict[tuple[str, str], list[tuple[SuggestionRecord, PurchaseSuggestion]]] = {}
    left_out: list[SuggestionRecord] = []
    for each in found:
        if each.purchase is not None and each.purchase.unit_price is not None:
            key = (each.purchase.supplier_code, each.purchase.item.currency)
            groups.setdefault(key, []).append((each, each.purchase))
        elif each.transfer is None:
            left_out.append(each)
    orders: list[PurchaseOrderRecord] = []
    for (code, currency), wanted in groups.items():
        for part in _parts(wanted, purchasing.LINES_MAX):
            if len(orders) == DOCUMENTS_MAX:
                raise LimitExceeded(f"That would be more than {DOCUMENTS_MAX} orders: name a supplier, or SKUs.")
            lines = [
                OrderLine(variant_id=each.variant_id, quantity=purchase.quantity, unit=purchase.item.unit_code)
                for each, purchase in part
            ]
            order = await create_purchase_order(
                tx, supplier_code=code, place=Place(id=warehouse.id), lines=lines, currency=currency, note=NOTE
            )
            await _tell(tx, order, part)
            orders.append(order)
    return DraftedOrders(orders=orders, left_out=left_out)


async def transfer_suggestions(
    tx: Transaction, *, place: Place, skus: Sequence[str] | None = None
) -> Sequence[TransferRecord]:
    """Draft what is suggested to be brought over to a warehouse now, one transfer from each warehouse that gives.

    Raises ``InvalidInput``, ``NotFound``, ``WarehouseInactive``, ``LimitExceeded`` and ``Forbidden``.
    """
    warehouse, found = await _locked_suggestions(tx, place, None, skus)
    groups: dict[UUID, list[tuple[SuggestionRecord, TransferSuggestion]]] = {}
    for each in found:
        if each.transfer is not None:
            groups.setdefault(each.transfer.from_warehouse_id, []).append((each, each.transfer))
    transfers: list[TransferRecord] = []
    for source_id, wanted in groups.items():
        for part in _parts(wanted, transferring.LINES_MAX):
            if len(transfers) == DOCUMENTS_MAX:
                raise LimitExceeded(f"That would be more than {DOCUMENTS_MAX} transfers: name SKUs.")
            lines = [WantedLine(variant_id=each.variant_id, quantity=transfer.quantity) for each, transfer in part]
            transfers.append(
                await create_transfer(
                    tx, source=Place(id=source_id), destination=Place(id=warehouse.id), lines=lines, note=NOTE
                )
            )
    return transfers


async def _locked_suggestions(
    tx: Transaction, place: Place, supplier_code: str | None, skus: Sequence[str] | None
) -> tuple[WarehouseRecord, list[SuggestionRecord]]:
    """The suggestions under the lock of their rules: whoever asks at the same time waits, and then finds the drafts."""
    warehouse = await warehouse_of(tx, id=place.id, code=place.code, outlet_id=place.outlet_id)
    tx.actor.require_outlet(warehouse.outlet_id)
    if skus is not None and len(skus) > SKUS_MAX:
        raise LimitExceeded(f"Name at most {SKUS_MAX} SKUs.", path=("skus",))
    named = await _variant_ids(tx, skus) if skus is not None else None
    await tx.raw.fetch(statements.LOCK_RULES, tx.tenant_id, warehouse.id)
    wanted = suggestions(tx, warehouse=warehouse, supplier_code=supplier_code, variant_ids=named)
    return warehouse, [each async for each in wanted]


async def _variant_ids(tx: Transaction, skus: Sequence[str]) -> list[UUID]:
    known = await articles_named(tx, skus=skus)
    for number, sku in enumerate(skus):
        if sku not in known:
            raise unknown_sku(sku, path=("skus", str(number)))
    return [article.variant_id for article in known.values()]


async def _tell(
    tx: Transaction, order: PurchaseOrderRecord, part: Sequence[tuple[SuggestionRecord, PurchaseSuggestion]]
) -> None:
    tenant = await tenant_by_id(tx, id=tx.tenant_id)
    if tenant is None:
        raise NotFound(f"There is no tenant with the id {tx.tenant_id}.")
    variants = await variants_by_id(tx, [each.variant_id for each, _ in part])
    items = await items_by_id(tx, [variant.item_id for variant in variants.values()])
    lines = tuple(
        AutoOrderedItem(
            sku=each.sku, item_name=items[variants[each.variant_id].item_id].name, quantity=purchase.bought,
            available=each.position.available, reorder_level=each.levels.reorder_point,
        )
        for each, purchase in part
    )  # fmt: skip
    await emit(
        tx,
        PurchaseOrderAutoCreated(
            aggregate_id=order.id, tenant_id=tx.tenant_id, number=order.number, supplier_id=order.supplier_id,
            warehouse_id=order.warehouse_id, lines=lines, alert_target=tenant.alert_target, alert_email=tenant.alert_email,
        ),
    )  # fmt: skip


def _parts(rows: Sequence[Each], size: int) -> Iterator[Sequence[Each]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
