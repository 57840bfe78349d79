"""What arrives of a transfer, in what condition, and what is lost on the way."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.stock.commands import Arrive, Line, Lose, LotReference, Receive, StockState
from inventory_graph.stock.resolution import locations
from inventory_graph.transfers import policy
from inventory_graph.transfers.documents import lock_transfer, update_transfer, write_outcomes
from inventory_graph.transfers.drafting import check_codes
from inventory_graph.transfers.matching import MISSING, Arrival, outcomes_of
from inventory_graph.transfers.planning import text
from inventory_graph.transfers.policy import Outcome, Transfer
from inventory_graph.transfers.posting import Entry, post_entries
from inventory_graph.transfers.records import TransferKey, TransferRecord
from inventory_graph.transfers.shipping import ENTRIES_MAX, check_open
from inventory_graph.unlocked import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingLine:
    """So much of a line as it was found on arrival, in the stock unit; see ``matching.Arrival``."""

    line_id: UUID | None = None
    sku: str | None = None
    quantity: Decimal
    condition: str = "GOOD"
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    location_code: str | None = None
    reason: str | None = None
    note: str | None = None


async def receive_transfer(
    tx: Transaction,
    *,
    key: TransferKey,
    lines: Sequence[ArrivingLine] | None = None,
    expected_version: int | None = None,
    reason: str | None = None,
) -> TransferRecord:
    """Put what arrives into the destination, at the cost it left with. None: all that is on its way came, and is good.

    Raises ``InvalidInput``, ``NotFound`` (location), ``SerialNotAvailable``, ``WarehouseInactive``, ``TransferInAnotherState``,
    ``TransferChanged``, ``Forbidden``.
    """
    reason = text(reason, "reason")
    transfer, now = await lock_transfer(tx, key=key, step="RECEIVED", expected_version=expected_version)
    check_open(transfer.destination)
    arrivals = _all_good(transfer) if lines is None else await _arrivals(tx, transfer, lines)
    return await _arrive(tx, transfer, arrivals, kind="RECEIVED", now=now, reason=reason)


async def report_transfer_loss(
    tx: Transaction,
    *,
    key: TransferKey,
    cause: str,
    lines: Sequence[ArrivingLine] | None = None,
    expected_version: int | None = None,
    reason: str | None = None,
) -> TransferRecord:
    """What is on its way will not arrive, for the reason ``cause``. None: nothing of it will.

    Raises what ``receive_transfer`` does.
    """
    reason = text(reason, "note")
    transfer, now = await lock_transfer(tx, key=key, step="LOST", expected_version=expected_version)
    if lines is None:
        arrivals = [
            Arrival(line=each.line, quantity=each.quantity, condition=MISSING, reason=cause, path=each.path)
            for each in _all_good(transfer)
        ]
    else:
        arrivals = await _arrivals(tx, transfer, lines)
    return await _arrive(tx, transfer, arrivals, kind="LOST", now=now, reason=reason)


async def _arrive(
    tx: Transaction, transfer: Transfer, arrivals: Sequence[Arrival], *, kind: str, now: datetime, reason: str | None
) -> TransferRecord:
    tx.actor.require_outlet(transfer.destination.outlet_id)
    if not arrivals:
        raise InvalidInput(f"Nothing of {transfer.head.number} is on its way.", path=("transfer_id",))
    outcomes = outcomes_of(transfer, arrivals)
    entries = [Entry(line=_command_line(transfer, each), path=each.path, reason=each.reason) for each in outcomes]
    await post_entries(tx, transfer=transfer, entries=entries, kind=kind, note=reason)
    await write_outcomes(tx, transfer=transfer, outcomes=outcomes, at=now)
    policy.settle(transfer, kind, at=now, by=tx.actor.subject, reason=reason)
    await update_transfer(tx, transfer)
    return transfer.head


def _all_good(transfer: Transfer) -> list[Arrival]:
    return [
        Arrival(
            line=line, quantity=sum((parcel.in_transit for parcel in parcels), Decimal(0)), path=("transfer_id",)
        )
        for line in transfer.lines
        if (parcels := transfer.on_the_way(line))
    ]  # fmt: skip


async def _arrivals(tx: Transaction, transfer: Transfer, lines: Sequence[ArrivingLine]) -> list[Arrival]:
    if not 1 <= len(lines) <= ENTRIES_MAX:
        raise InvalidInput(f"1 to {ENTRIES_MAX} lines arrive at once, this has {len(lines)}.", path=("lines",))
    places = await locations(
        tx,
        warehouse_id=transfer.destination.id,
        codes={("lines", str(n), "location_code"): line.location_code for n, line in enumerate(lines)},
    )
    found = []
    for number, given in enumerate(lines):
        path = ("lines", str(number))
        check_codes(given.lot_code, given.serials, path=path)
        found.append(
            Arrival(
                line=transfer.line(line_id=given.line_id, sku=given.sku, path=path), quantity=given.quantity, condition=given.condition,
                lot_code=given.lot_code, serials=given.serials,
                location_id=places[given.location_code] if given.location_code is not None else None,
                reason=given.reason, note=text(given.note, *path, "note"), path=path,
            )
        )  # fmt: skip
    return found


def _command_line(transfer: Transfer, outcome: Outcome) -> Line:
    variant_id, warehouse_id = outcome.line.variant_id, transfer.destination.id
    if outcome.kind == "LOST":
        return Lose(
            variant_id=variant_id, warehouse_id=warehouse_id, quantity=outcome.quantity, unit_cost=outcome.unit_cost,
            lot_id=outcome.lot_id, serials=outcome.serials,
        )  # fmt: skip
    state = StockState(outcome.state or StockState.AVAILABLE)
    if outcome.kind == "OVER":
        return Receive(
            variant_id=variant_id, warehouse_id=warehouse_id, quantity=outcome.quantity, unit_cost=outcome.unit_cost,
            location_id=outcome.location_id, serials=outcome.serials, state=state,
            lot=LotReference(code=outcome.lot_code) if outcome.lot_code is not None else None,
        )  # fmt: skip
    return Arrive(
        variant_id=variant_id, warehouse_id=warehouse_id, quantity=outcome.quantity, unit_cost=outcome.unit_cost,
        location_id=outcome.location_id, lot_id=outcome.lot_id, serials=outcome.serials, state=state,
    )  # fmt: skip
