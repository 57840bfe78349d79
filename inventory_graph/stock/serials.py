"""Serials as they arrive, move and leave. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import serial_id
from inventory_graph.stock.refusals import SerialNotAvailable
from inventory_graph.stock.state import Balance, Serial, State, Stockable

IN_STOCK = ("IN_STOCK", "RESERVED")
IN_TRANSIT = "IN_TRANSIT"


def check_count(stockable: Stockable, serials: Sequence[str], quantity: Decimal, *, required: bool) -> None:
    """Each serial once, and as many as pieces; none for an item that is not tracked by serial."""
    if stockable.tracking != "SERIAL":
        if serials:
            raise InvalidInput(f"{stockable.item_sku} is not tracked by serial: leave serials away.", path=("serials",))
        return
    if quantity != quantity.to_integral_value():
        raise InvalidInput(f"{stockable.item_sku} is tracked by serial: it comes in whole pieces.", path=("quantity",))
    if not serials and not required:
        return
    if len(serials) != quantity:
        raise InvalidInput(
            f"{stockable.item_sku} is tracked by serial: {quantity.to_integral_value()} pieces take as many serials,"
            f" {len(serials)} were given.",
            path=("serials",),
        )
    if len(set(serials)) != len(serials):
        raise InvalidInput("A serial is named twice.", path=("serials",))


def arriving_serials(
    state: State,
    balance: Balance,
    serials: Sequence[str],
    *,
    location_id: UUID | None,
    lot_id: UUID | None,
    stock_state: str,
    received_at: datetime,
    now: datetime,
    is_awaited: bool = False,
) -> list[Serial]:
    """The pieces as they are after arriving; raises ``SerialNotAvailable`` for one that is in stock already, or that is on its
    way by a transfer and does not arrive by it (``is_awaited``)."""
    stockable = balance.stockable
    arrived = []
    for number in serials:
        known = state.serials.get(serial_id(stockable.item_id, number))
        if known is not None and known.status in IN_STOCK:
            raise SerialNotAvailable(f"Serial {number} of {stockable.item_sku} is in stock already.", path=("serials",))
        if known is not None and known.status == IN_TRANSIT and not is_awaited:
            raise SerialNotAvailable(
                f"Serial {number} of {stockable.item_sku} is on its way by a transfer: receive that.", path=("serials",)
            )
        arrived.append(
            Serial(
                id=serial_id(stockable.item_id, number),
                item_id=stockable.item_id,
                variant_id=stockable.variant_id,
                serial=number,
                status="IN_STOCK",
                warehouse_id=stockable.warehouse_id,
                location_id=location_id,
                lot_id=lot_id,
                state=stock_state,
                received_at=received_at,
                updated_at=now,
            )
        )
    return arrived


class PlaceOfPieces(NamedTuple):
    """Where pieces of a balance are taken from: their state, and where it is given their location, their lot, and the
    location that they must not lie at."""

    state: str
    location_id: UUID | None = None
    lot_id: UUID | None = None
    leaving_out: UUID | None = None

    def holds(self, serial: Serial, stockable: Stockable) -> bool:
        """Whether the piece is there."""
        return (
            serial.variant_id == stockable.variant_id
            and serial.warehouse_id == stockable.warehouse_id
            and serial.state == self.state
            and (self.location_id is None or serial.location_id == self.location_id)
            and (self.lot_id is None or serial.lot_id == self.lot_id)
            and (self.leaving_out is None or serial.location_id != self.leaving_out)
        )


def oldest(state: State, balance: Balance, place: PlaceOfPieces) -> list[Serial]:
    """The pieces of a balance at the place, oldest first."""
    found = [serial for serial in state.serials.values() if place.holds(serial, balance.stockable)]
    return sorted(found, key=lambda serial: (serial.received_at, serial.serial))


def named(state: State, balance: Balance, serials: Sequence[str], place: PlaceOfPieces) -> list[Serial]:
    """The named pieces; raises ``SerialNotAvailable`` for one that is not at the place."""
    found = []
    for number in serials:
        serial = state.serials.get(serial_id(balance.stockable.item_id, number))
        if serial is None or not place.holds(serial, balance.stockable):
            elsewhere = " at the place it is to be taken from" if any(place[1:]) else ""
            raise SerialNotAvailable(
                f"Serial {number} of {balance.stockable.variant_sku} is not here in state {place.state}{elsewhere}.",
                path=("serials",),
            )
        found.append(serial)
    return found


def moved(serial: Serial, *, stock_state: str, location_id: UUID | None, now: datetime) -> Serial:
    """The piece in its new state and location."""
    return replace(serial, state=stock_state, location_id=location_id, updated_at=now)


def left(serial: Serial, *, status: str, now: datetime) -> Serial:
    """The piece after it left."""
    return replace(serial, status=status, warehouse_id=None, location_id=None, state=None, updated_at=now)
