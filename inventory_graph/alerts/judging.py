"""Alerts about stock, decided in the transaction that changes it, on balances that it has locked.

That is what makes a crossing be told once: of two transactions that change a balance, the second begins with what the first left.
A request that is repeated changes nothing and crosses nothing.
"""

from inventory_graph.alerts.events import StockAlert, StockIn, StockLow, StockOut
from inventory_graph.alerts.policy import crossing, crossing_of_levels
from inventory_graph.alerts.subjects import balance_subjects
from inventory_graph.db import Transaction
from inventory_graph.identity.alert_settings import AlertKind
from inventory_graph.outbox import emit
from inventory_graph.stock.levels import LevelsChange
from inventory_graph.stock.posting import OpenBook
from inventory_graph.stock.state import Balance

_EVENTS: dict[AlertKind, type[StockAlert]] = {"STOCK_LOW": StockLow, "STOCK_OUT": StockOut, "STOCK_IN": StockIn}


async def judge_posting(tx: Transaction, book: OpenBook) -> None:
    """Announce what the whole of a posting crosses; takes a statement only where its tenant wants to hear of it."""
    crossed: list[tuple[Balance, AlertKind]] = []
    for balance, before in book.changed():
        stockable = balance.stockable
        if stockable.alerts and stockable.is_active and stockable.holds_stock:
            kind = crossing(before, balance.available, balance.reorder_point)
            if kind is not None and kind in stockable.alerts:
                crossed.append((balance, kind))
    if not crossed:
        return
    subjects = await balance_subjects(tx, balance_ids=[balance.id for balance, _ in crossed])
    book.announce(
        _EVENTS[kind](
            aggregate_id=balance.id,
            aggregate_version=balance.version,
            subject=subjects[balance.id],
            available=balance.available,
            reorder_point=balance.reorder_point,
            safety_stock=balance.safety_stock,
        )
        for balance, kind in crossed
    )


async def judge_levels(tx: Transaction, change: LevelsChange) -> None:
    """Emit ``inventory.stock.low`` where a new reorder point is what makes stock low."""
    balance = change.balance
    kind = crossing_of_levels(balance.available, change.reorder_point_before, balance.reorder_point)
    if kind is None:
        return
    subject = (await balance_subjects(tx, balance_ids=[balance.id]))[balance.id]
    if kind in subject.alerts:
        await emit(
            tx,
            _EVENTS[kind](
                aggregate_id=balance.id,
                subject=subject,
                available=balance.available,
                reorder_point=balance.reorder_point,
                safety_stock=balance.safety_stock,
            ),
        )
