"""What leaves of a transfer, and what comes back when it is cancelled."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.warehouses import WarehouseInactive, WarehouseRecord
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.commands import ComeBack, LotReference, Ship
from inventory_graph.stock.state import Movement
from inventory_graph.transfers import policy
from inventory_graph.transfers.documents import (
    insert_parcels,
    lock_transfer,
    update_lines,
    update_transfer,
    write_outcomes,
)
from inventory_graph.transfers.drafting import check_codes
from inventory_graph.transfers.planning import checked_instant, text
from inventory_graph.transfers.policy import Line, Outcome, Parcel, Transfer
from inventory_graph.transfers.posting import Entry, post_entries
from inventory_graph.transfers.records import TransferKey, TransferRecord
from inventory_graph.unlocked import dataclass

ENTRIES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedLine:
    """So much of a line that leaves, in the stock unit, of a lot, from a location or by its pieces where that matters; None: as the
    line says, from anywhere."""

    line_id: UUID | None = None
    sku: str | None = None
    quantity: Decimal
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    location_id: UUID | None = None


async def ship_transfer(
    tx: Transaction,
    *,
    key: TransferKey,
    lines: Sequence[ShippedLine] | None = None,
    drops_rest: bool = True,
    expected_at: datetime | None = None,
    expected_version: int | None = None,
    reason: str | None = None,
) -> TransferRecord:
    """Take what leaves out of the source; it is on its way from now on. None: all that is left of every line.

    ``drops_rest``: what does not leave now will not leave at all. Raises ``InsufficientStock``, ``LotNotEligible``,
    ``SerialNotAvailable``, ``InvalidInput``, ``WarehouseInactive``, ``TransferInAnotherState``, ``TransferChanged``, ``Forbidden``.
    """
    reason = text(reason, "reason")
    checked_instant(expected_at)
    transfer, now = await lock_transfer(tx, key=key, step="SHIPPED", expected_version=expected_version)
    tx.actor.require_outlet(transfer.source.outlet_id)
    check_open(transfer.destination)
    leaving = _leaving(transfer, lines)
    entries = [Entry(line=_command_line(transfer, line, given), path=path) for line, given, path in leaving]
    (posted,) = await post_entries(tx, transfer=transfer, entries=entries, kind="SHIPMENT", note=reason)
    parcels = _parcels(transfer, [(line, given.quantity) for line, given, _ in leaving], posted.movements, now)
    await insert_parcels(tx, transfer=transfer, parcels=parcels)
    said = {"expected_at": expected_at} if expected_at is not None else {}
    policy.ship(
        transfer, parcels, drops_rest=drops_rest, at=now, by=tx.actor.subject, reason=reason,
        details=_details([(line, given.quantity) for line, given, _ in leaving]), **said,
    )  # fmt: skip
    await update_lines(tx, transfer)
    await update_transfer(tx, transfer)
    return transfer.head


def check_open(warehouse: WarehouseRecord) -> None:
    """Raise ``WarehouseInactive`` for a warehouse that is archived."""
    if not warehouse.is_active:
        raise WarehouseInactive(
            f"The warehouse {warehouse.code} is archived. Open it again with updateWarehouse.", path=("transfer_id",)
        )


def _leaving(
    transfer: Transfer, lines: Sequence[ShippedLine] | None
) -> list[tuple[Line, ShippedLine, tuple[str, ...]]]:
    """Which lines leave with how much, each with its place in the request; raises ``InvalidInput``."""
    if lines is None:
        return [
            (line, ShippedLine(line_id=line.id, quantity=line.unshipped), ("transfer_id",))
            for line in transfer.lines
            if line.unshipped
        ]
    if not 1 <= len(lines) <= ENTRIES_MAX:
        raise InvalidInput(f"1 to {ENTRIES_MAX} lines leave at once, this has {len(lines)}.", path=("lines",))
    found: list[tuple[Line, ShippedLine, tuple[str, ...]]] = []
    left = {line.id: line.unshipped for line in transfer.lines}
    for number, given in enumerate(lines):
        path = ("lines", str(number))
        line = transfer.line(line_id=given.line_id, sku=given.sku, path=path)
        check_codes(given.lot_code, given.serials, path=path)
        if not ZERO < given.quantity <= left[line.id]:
            raise InvalidInput(
                f"{quantity_to_text(given.quantity)} of {line.sku} cannot leave: {quantity_to_text(left[line.id])} of the line"
                " are left to ship.",
                path=(*path, "quantity"),
            )
        left[line.id] -= given.quantity
        found.append((line, given, path))
    return found


def _command_line(transfer: Transfer, line: Line, given: ShippedLine) -> Ship:
    lot_code = given.lot_code if given.lot_code is not None else line.lot_code
    return Ship(
        variant_id=line.variant_id,
        warehouse_id=transfer.source.id,
        quantity=given.quantity,
        location_id=given.location_id,
        lot=LotReference(code=lot_code) if lot_code is not None else None,
        serials=given.serials or _pieces_left(transfer, line)[: int(given.quantity)],
    )


def _pieces_left(transfer: Transfer, line: Line) -> tuple[str, ...]:
    """The pieces that the line names and that have not left yet."""
    gone = {piece for parcel in transfer.parcels if parcel.line_id == line.id for piece in parcel.serials}
    return tuple(piece for piece in line.serials if piece not in gone)


def _parcels(
    transfer: Transfer, leaving: Sequence[tuple[Line, Decimal]], movements: Sequence[Movement], now: datetime
) -> list[Parcel]:
    """A parcel for each movement: the book makes them in the order of the lines, and they add up to each line's quantity."""
    parcels: list[Parcel] = []
    remaining = iter(movements)
    for line, quantity in leaving:
        missing = quantity
        while missing > 0:
            movement = next(remaining)
            missing -= movement.quantity
            parcels.append(
                Parcel(
                    id=uuid4(), line_id=line.id, position=len(transfer.parcels) + len(parcels), lot_id=movement.lot_id,
                    serials=movement.serials, serials_left=movement.serials, quantity=movement.quantity,
                    in_transit=movement.quantity, unit_cost=movement.unit_cost, from_location_id=movement.from_location_id,
                    shipped_at=now,
                )
            )  # fmt: skip
    return parcels


def _details(leaving: Sequence[tuple[Line, Decimal]]) -> dict[str, str]:
    sums: dict[int, Decimal] = {}
    for line, quantity in leaving:
        sums[line.position] = sums.get(line.position, ZERO) + quantity
    return {str(position): quantity_to_text(quantity) for position, quantity in sums.items()}


async def cancel_transfer(
    tx: Transaction,
    *,
    key: TransferKey,
    expected_version: int | None = None,
    reason: str | None = None,
) -> TransferRecord:
    """Nothing more of it will leave or arrive: what is still on its way is back where it left, for the source to say.

    Raises ``TransferInAnotherState``, ``TransferChanged``, ``Forbidden``.
    """
    reason = text(reason, "reason")
    transfer, now = await lock_transfer(tx, key=key, step="CANCELLED", expected_version=expected_version)
    lines = {line.id: line for line in transfer.lines}
    back = [
        Outcome(
            line=lines[parcel.line_id], parcel=parcel, kind="RETURNED", quantity=parcel.in_transit, state="AVAILABLE",
            serials=parcel.serials_left, location_id=parcel.from_location_id, unit_cost=parcel.unit_cost,
            path=("transfer_id",),
        )
        for parcel in transfer.parcels
        if parcel.in_transit
    ]  # fmt: skip
    if back:
        tx.actor.require_outlet(transfer.source.outlet_id)
        check_open(transfer.source)
        entries = [Entry(line=_back(transfer, each), path=each.path) for each in back]
        await post_entries(tx, transfer=transfer, entries=entries, kind="RETURN", note=reason)
        for each in back:
            policy.resolve(each)
        await write_outcomes(tx, transfer=transfer, outcomes=back, at=now)
    policy.cancel(transfer, at=now, by=tx.actor.subject, reason=reason)
    await update_transfer(tx, transfer)
    return transfer.head


def _back(transfer: Transfer, outcome: Outcome) -> ComeBack:
    return ComeBack(
        variant_id=outcome.line.variant_id,
        warehouse_id=transfer.source.id,
        quantity=outcome.quantity,
        unit_cost=outcome.unit_cost,
        location_id=outcome.location_id,
        lot_id=outcome.lot_id,
        serials=outcome.serials,
    )
