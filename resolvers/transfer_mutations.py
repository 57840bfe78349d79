"""Draft transfers and move them on: submit, approve or reject, ship, receive, report what is lost, cancel."""

from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.transfers import planning, receiving, shipping
from inventory_graph.transfers.documents import transfers_by_id
from inventory_graph.transfers.drafting import WantedLine
from inventory_graph.transfers.planning import TransferTerms
from inventory_graph.transfers.records import TransferKey, TransferRecord
from resolvers.context import Info
from resolvers.inputs import changes_of, word_of, write_once
from resolvers.kit import Payload, identifier, mutation
from resolvers.stock_mutations import named_place
from resolvers.transfer_inputs import (
    ApproveTransferInput,
    CancelTransferInput,
    CreateTransferInput,
    ReceiveTransferInput,
    RejectTransferInput,
    ReportTransferLossInput,
    ShipTransferInput,
    SubmitTransferInput,
    TransferLineInput,
    TransferRemainder,
    UpdateTransferInput,
)
from resolvers.transfers import Transfer

ADD = "inventory.transfers.add"
CHANGE = "inventory.transfers.change"
MANAGE = "inventory.transfers.manage"
TERMS = ("expected_at", "reference", "note")


@strawberry.type(description="What became of a transfer.")
class TransferPayload(Payload):
    transfer: Transfer | None = strawberry.field(
        default=None, description="The transfer as it is now; null when refused."
    )


def _terms(input: Any) -> TransferTerms:
    return cast("TransferTerms", changes_of(input, names=TERMS, may_be_null=TERMS))


def _lines(given: list[TransferLineInput]) -> list[WantedLine]:
    return [line.value(position) for position, line in enumerate(given)]


@mutation
async def create_transfer(info: Info, input: CreateTransferInput) -> TransferPayload:
    """Drafts a transfer between two warehouses: nothing leaves until it is approved and shipped. Needs
    inventory.transfers.add."""
    info.context.require(ADD)
    lines, terms = _lines(input.lines), _terms(input)
    source = named_place(input.from_warehouse, "from_warehouse")
    destination = named_place(input.to_warehouse, "to_warehouse")

    async def verb(tx: Transaction) -> TransferRecord:
        return await planning.create_transfer(tx, source=source, destination=destination, lines=lines, **terms)

    return await _written(info, input, "createTransfer", verb)


@mutation
async def update_transfer(info: Info, input: UpdateTransferInput) -> TransferPayload:
    """Changes a draft. Needs inventory.transfers.change."""
    info.context.require(CHANGE)
    named, terms = _named(input), _terms(input)
    lines = _lines(input.lines) if input.lines is not None else None

    async def verb(tx: Transaction) -> TransferRecord:
        return await planning.update_transfer_draft(tx, lines=lines, **named, **terms)

    return await _written(info, input, "updateTransfer", verb)


@mutation
async def submit_transfer(info: Info, input: SubmitTransferInput) -> TransferPayload:
    """Asks for a draft to be approved. Needs inventory.transfers.change."""
    info.context.require(CHANGE)
    return await _step(info, input, "submitTransfer", planning.submit_transfer)


@mutation
async def approve_transfer(info: Info, input: ApproveTransferInput) -> TransferPayload:
    """Lets a transfer be shipped; whoever may do so need not submit it first. Needs inventory.transfers.manage, at the source."""
    info.context.require(MANAGE)
    return await _step(info, input, "approveTransfer", planning.approve_transfer)


@mutation
async def reject_transfer(info: Info, input: RejectTransferInput) -> TransferPayload:
    """Gives a transfer back to its author, as a draft, before anything leaves. Needs inventory.transfers.manage, at the source."""
    info.context.require(MANAGE)
    return await _step(info, input, "rejectTransfer", planning.reject_transfer)


@mutation
async def ship_transfer(info: Info, input: ShipTransferInput) -> TransferPayload:
    """Takes what leaves out of the source, holds of others respected; it is on its way until it is received. Needs
    inventory.transfers.change, at the source."""
    info.context.require(CHANGE)
    named = _named(input)
    lines = None
    if input.lines is not None:
        lines = [line.value(position) for position, line in enumerate(input.lines)]

    async def verb(tx: Transaction) -> TransferRecord:
        return await shipping.ship_transfer(
            tx,
            lines=lines,
            drops_rest=input.remainder is TransferRemainder.DROP,
            expected_at=input.expected_at,
            reason=input.reason,
            **named,
        )

    return await _written(info, input, "shipTransfer", verb)


@mutation
async def receive_transfer(info: Info, input: ReceiveTransferInput) -> TransferPayload:
    """Puts what arrives into the destination, at the cost it left with, in parts as often as it takes. Needs
    inventory.transfers.change, at the destination."""
    info.context.require(CHANGE)
    named = _named(input)
    lines = [line.value(position) for position, line in enumerate(input.lines)] if input.lines is not None else None

    async def verb(tx: Transaction) -> TransferRecord:
        return await receiving.receive_transfer(tx, lines=lines, reason=input.reason, **named)

    return await _written(info, input, "receiveTransfer", verb)


@mutation
async def report_transfer_loss(info: Info, input: ReportTransferLossInput) -> TransferPayload:
    """Says that what is on its way will not arrive. Needs inventory.transfers.change, at the destination."""
    info.context.require(CHANGE)
    named, cause = _named(input), word_of(input.reason)
    lines = None
    if input.lines is not None:
        lines = [line.value(position, cause) for position, line in enumerate(input.lines)]

    async def verb(tx: Transaction) -> TransferRecord:
        return await receiving.report_transfer_loss(tx, cause=cause, lines=lines, reason=input.note, **named)

    return await _written(info, input, "reportTransferLoss", verb)


@mutation
async def cancel_transfer(info: Info, input: CancelTransferInput) -> TransferPayload:
    """Cancels a transfer: what has not arrived is back where it left. Needs inventory.transfers.change, at the source once something
    has left."""
    info.context.require(CHANGE)
    return await _step(info, input, "cancelTransfer", shipping.cancel_transfer)


def _named(input: Any) -> dict[str, Any]:
    """The transfer that a step is of, and the version that the caller looked at."""
    transfer_id = input.transfer_id
    key = TransferKey(
        id=identifier(transfer_id, path=("transfer_id",)) if transfer_id is not None else None, number=input.number
    )
    return {"key": key, "expected_version": input.expected_version}


async def _step(info: Info, input: Any, operation: str, verb: Any) -> TransferPayload:
    named = _named(input)

    async def act(tx: Transaction) -> TransferRecord:
        record: TransferRecord = await verb(tx, reason=input.reason, **named)
        return record

    return await _written(info, input, operation, act)


async def _written(info: Info, input: Any, operation: str, verb: Any) -> TransferPayload:
    record, replayed = await write_once(info, input, operation=operation, verb=verb, load=transfers_by_id)
    return TransferPayload(transfer=Transfer.of(record), replayed=replayed)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [
    create_transfer,
    update_transfer,
    submit_transfer,
    approve_transfer,
    reject_transfer,
    ship_transfer,
    receive_transfer,
    report_transfer_loss,
    cancel_transfer,
]
types: list[type] = []
