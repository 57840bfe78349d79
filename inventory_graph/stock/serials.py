"""Serials as they arrive, move and leave. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import serial_id
from inventory_graph.stock.refusals import SerialNotAvailable
from inventory_graph.stock.state import Balance, Serial, State, Stockable

IN_STOCK = ("IN_STOCK", "RESERVED")


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
    now: datetime,
) -> list[Serial]:
    """The pieces as they are after arriving; raises ``SerialNotAvailable`` for one that is in stock already."""
    stockable = balance.stockable
    arrived = []
    for number in serials:
        known = state.serials.get(serial_id(stockable.item_id, number))
        if known is not None and known.status in IN_STOCK:
            raise SerialNotAvailable(f"Serial {number} of {stockable.item_sku} is in stock already.", path=("serials",))
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
                state="AVAILABLE",
                received_at=now,
                updated_at=now,
            )
        )
    return arrived


def oldest(state: State, balance: Balance, stock_state: str, location_id: UUID | None) -> list[Serial]:
    """The pieces of a balance in one state, at one location where one is given, oldest first."""
    stockable = balance.stockable
    found = [
        serial
        for serial in state.serials.values()
        if serial.variant_id == stockable.variant_id
        and serial.warehouse_id == stockable.warehouse_id
        and serial.state == stock_state
        and (location_id is None or serial.location_id == location_id)
    ]
    return sorted(found, key=lambda serial: (serial.received_at, serial.serial))


def named(
    state: State, balance: Balance, serials: Sequence[str], stock_state: str, location_id: UUID | None
) -> list[Serial]:
    """The named pieces; raises ``SerialNotAvailable`` for one that is not there in that state."""
    stockable = balance.stockable
    found = []
    for number in serials:
        serial = state.serials.get(serial_id(stockable.item_id, number))
        if (
            serial is None
            or serial.variant_id != stockable.variant_id
            or serial.warehouse_id != stockable.warehouse_id
            or serial.state != stock_state
            or (location_id is not None and serial.location_id != location_id)
        ):
            raise SerialNotAvailable(
                f"Serial {number} of {stockable.variant_sku} is not here in state {stock_state}.", path=("serials",)
            )
        found.append(serial)
    return found


def moved(serial: Serial, *, stock_state: str, location_id: UUID | None, now: datetime) -> Serial:
    """The piece in its new state and location."""
    return replace(serial, state=stock_state, location_id=location_id, updated_at=now)


def left(serial: Serial, *, status: str, now: datetime) -> Serial:
    """The piece after it left."""
    return replace(serial, status=status, warehouse_id=None, location_id=None, state=None, updated_at=now)
