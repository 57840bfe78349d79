"""Lots as stock arrives with them. Pure."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import LotReference, lot_id
from inventory_graph.stock.refusals import LotNotEligible
from inventory_graph.stock.state import Lot, State, Stockable

_DATES = ("manufactured_on", "best_before", "expires_on")


def arriving_lot(
    state: State, stockable: Stockable, reference: LotReference | None, occurred_at: datetime
) -> Lot | None:
    """The lot that stock of this item arrives in: made when its code is new, completed when a date was missing.

    Raises ``InvalidInput`` when the item wants a lot and none is named, wants none and one is, or a date contradicts.
    """
    if stockable.tracking != "LOT":
        if reference is not None and stockable.tracking == "NONE":
            raise InvalidInput(f"{stockable.item_sku} is not tracked by lot: leave lotCode away.", path=("lot_code",))
        if reference is None:
            return None
    if reference is None:
        raise InvalidInput(f"{stockable.item_sku} is tracked by lot: name the lot it arrives in.", path=("lot_code",))
    known = state.lots.get(lot_id(stockable.item_id, reference.code))
    if known is None:
        return Lot(
            id=lot_id(stockable.item_id, reference.code),
            item_id=stockable.item_id,
            code=reference.code,
            manufactured_on=reference.manufactured_on,
            best_before=reference.best_before,
            expires_on=reference.expires_on if reference.expires_on is not None else reference.expires_on_if_new,
            received_at=occurred_at,
        )
    if known.status == "RECALLED":
        raise LotNotEligible(f"Lot {known.code} of {stockable.item_sku} is recalled.", path=("lot_code",))
    added: dict[str, date] = {}
    for name in _DATES:
        given, recorded = getattr(reference, name), getattr(known, name)
        if given is not None and recorded is not None and given != recorded:
            raise InvalidInput(
                f"Lot {known.code} of {stockable.item_sku} has {name.replace('_', ' ')} {recorded}, not {given}.",
                path=(name,),
            )
        if given is not None and recorded is None:
            added[name] = given
    return replace(known, **added) if added else known  # type: ignore[arg-type]


def named_lot(state: State, stockable: Stockable, reference: LotReference) -> UUID:
    """The id of a lot that stock is taken from; raises ``InvalidInput`` when the item has no such lot."""
    found = state.lots.get(lot_id(stockable.item_id, reference.code))
    if found is None:
        raise InvalidInput(f"{stockable.item_sku} has no lot {reference.code}.", path=("lot_code",))
    return found.id
