"""Which warehouse a given lot, or given pieces, are taken from. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.reservations.prepared import Site, Wanted
from inventory_graph.stock.commands import LotReference, lot_id, serial_id
from inventory_graph.stock.holding import promisable
from inventory_graph.stock.lots import named_lot
from inventory_graph.stock.refusals import SerialNotAvailable
from inventory_graph.stock.state import Balance, State


class Offer(NamedTuple):
    """How much one warehouse can give."""

    warehouse_id: UUID
    quantity: Decimal


def offer(state: State, wanted: Wanted, sites: Iterable[Site], *, used_at: datetime, shelf_life_days: int) -> Offer:
    """The first warehouse by priority that has all that is wanted, where pieces are named the one that has them; else the one
    that has most.

    Raises ``InvalidInput`` for a lot that the item does not have, whatever is to be done about a shortage, and
    ``SerialNotAvailable`` where pieces are named and nothing of the variant is anywhere.
    """
    asked = sorted(sites, key=lambda site: (site.priority, site.warehouse_id))
    known = [(site, state.balances.get((wanted.variant_id, site.warehouse_id))) for site in asked]
    balances = [(site, balance) for site, balance in known if balance is not None]
    if not balances and wanted.lot_code is None:
        raise SerialNotAvailable(f"Nothing of {wanted.sku} is anywhere.", path=("serials",))
    if not balances:
        raise InvalidInput(f"{wanted.sku} has no lot {wanted.lot_code}.", path=("lot_code",))
    if wanted.serials and (at := next((s for s, balance in balances if _has(state, balance, wanted.serials)), None)):
        return Offer(at.warehouse_id, wanted.quantity)
    offers = [
        Offer(site.warehouse_id, _there(state, balance, wanted.lot_code, used_at=used_at, days=shelf_life_days))
        for site, balance in balances
    ]
    return max(offers, key=lambda each: min(each.quantity, wanted.quantity))


def _has(state: State, balance: Balance, serials: Iterable[str]) -> bool:
    pieces = (state.serials.get(serial_id(balance.stockable.item_id, number)) for number in serials)
    return all(
        piece is not None and piece.state == "AVAILABLE" and (piece.variant_id, piece.warehouse_id) == balance.key
        for piece in pieces
    )


def _there(state: State, balance: Balance, lot_code: str | None, *, used_at: datetime, days: int) -> Decimal:
    if lot_code is None:
        return promisable(state, balance, used_at=used_at, shelf_life_days=days)
    stockable = balance.stockable
    if stockable.tracking == "NONE":
        raise InvalidInput(f"{stockable.item_sku} is not tracked by lot: leave lotCode away.", path=("lot_code",))
    named_lot(state, stockable, LotReference(code=lot_code))
    lot = lot_id(stockable.item_id, lot_code)
    return promisable(state, balance, used_at=used_at, shelf_life_days=days, lot_id=lot)
