"""What logistics tells of the deliveries of transfers."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.transfers import delivering
from inventory_graph.transfers.documents import transfers_by_id
from inventory_graph.transfers.records import TransferKey, TransferRecord
from resolvers.context import Info
from resolvers.inputs import word_of, write_once
from resolvers.kit import identifier, mutation
from resolvers.scalars import DateTime
from resolvers.stock_mutations import KEY
from resolvers.transfer_inputs import NUMBER, TRANSFER_ID
from resolvers.transfer_mutations import CHANGE, TransferPayload
from resolvers.transfers import Transfer, TransferDeliveryStatus

TOLD = ("carrier", "tracking_code", "proof", "note", "failure_reason")


@strawberry.input(description="What logistics tells of the delivery of a transfer.")
class RecordTransferDeliveryInput:
    idempotency_key: str = strawberry.field(description=KEY)
    task_id: str = strawberry.field(description="The task of logistics, up to 200 characters.")
    status: TransferDeliveryStatus = strawberry.field(description="How far it is.")
    occurred_at: DateTime = strawberry.field(
        description="When it was so: what is older than what is known changes nothing."
    )
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    external_reference: str | None = strawberry.field(
        default=None, description="`transfer:` and the transfer's id, as logistics names it, instead of either."
    )
    receive: bool = strawberry.field(
        default=False,
        description="With DELIVERED: whether all that is on its way is received, as good. Else the storekeeper receives it.",
    )
    carrier: str | None = strawberry.field(default=None, description="Who carries it, up to 200 characters.")
    tracking_code: str | None = strawberry.field(
        default=None, description="By which it is followed, up to 200 characters."
    )
    proof: str | None = strawberry.field(
        default=None, description="Where the proof of delivery is, such as a link, up to 2,000 characters."
    )
    note: str | None = strawberry.field(default=None, description="For people, up to 1,000 characters.")
    failure_reason: str | None = strawberry.field(default=None, description="Why it failed, up to 1,000 characters.")


def _key(input: RecordTransferDeliveryInput) -> TransferKey:
    if input.external_reference is None:
        transfer_id = input.transfer_id
        found = identifier(transfer_id, path=("transfer_id",)) if transfer_id is not None else None
        return TransferKey(id=found, number=input.number)
    if input.transfer_id is not None or input.number is not None:
        raise InvalidInput(
            "Name the transfer by transferId, number or externalReference, and by one of them only.",
            path=("transfer_id",),
        )
    return delivering.key_of_reference(input.external_reference)


@mutation
async def record_transfer_delivery(info: Info, input: RecordTransferDeliveryInput) -> TransferPayload:
    """Keeps how far logistics is with a transfer, in the order in which it happened: a late answer changes nothing. DELIVERED may receive
    it at once; what failed stays on its way. Needs inventory.transfers.change, at the destination to receive."""
    info.context.require(CHANGE)
    key = _key(input)
    told: dict[str, Any] = {name: getattr(input, name) for name in TOLD}

    async def verb(tx: Transaction) -> TransferRecord:
        return await delivering.record_transfer_delivery(
            tx, key=key, task_id=input.task_id, status=word_of(input.status), occurred_at=input.occurred_at,
            receives=input.receive, **told,
        )  # fmt: skip

    record, replayed = await write_once(
        info, input, operation="recordTransferDelivery", verb=verb, load=transfers_by_id
    )
    return TransferPayload(transfer=Transfer.of(record), replayed=replayed)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [record_transfer_delivery]
types: list[type] = []
