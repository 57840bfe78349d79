"""Transfers: what goes from one warehouse to another, and what became of it on the way."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.pages import LinePageKey
from inventory_graph.transfers import queries as reading
from inventory_graph.transfers.delivering import deliveries_by_transfer
from inventory_graph.transfers.documents import transfers_by_id, transfers_by_number
from inventory_graph.transfers.records import TransferDeliveryRecord, TransferRecord, TransferStepRecord
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.kit import (
    After,
    Connection,
    First,
    check_first,
    field,
    identifier_in,
    identifier_or_none,
    present,
    presents,
)
from resolvers.listing import by_id_or_number, newest_first
from resolvers.positions import line_position
from resolvers.printing import Document, DocumentFormat, Format, document_of
from resolvers.scalars import JSON, DateTime
from resolvers.transfer_lines import TransferLine

if TYPE_CHECKING:
    from resolvers.warehouses import Warehouse

AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]

VIEW = "inventory.transfers.view"


@strawberry.enum(description="How far a transfer is.")
class TransferStatus(Enum):
    DRAFT = enum_value("DRAFT", description="It is being written.")
    SUBMITTED = enum_value("SUBMITTED", description="It waits to be approved.")
    APPROVED = enum_value("APPROVED", description="It may be shipped.")
    SHIPPED = enum_value("SHIPPED", description="Something is on its way; nothing has arrived.")
    PARTIALLY_RECEIVED = enum_value(
        "PARTIALLY_RECEIVED", description="Something has arrived or is lost, and more will come."
    )
    COMPLETED = enum_value("COMPLETED", description="Nothing more will come: all that left was received or is lost.")
    CANCELLED = enum_value("CANCELLED", description="Nothing more will come: what was on its way is back.")


@strawberry.enum(description="What made one version of a transfer.")
class TransferStepKind(Enum):
    CREATED = enum_value("CREATED", description="It was drafted.")
    UPDATED = enum_value("UPDATED", description="Its draft was changed.")
    SUBMITTED = enum_value("SUBMITTED", description="It was submitted.")
    APPROVED = enum_value("APPROVED", description="Somebody approved it.")
    REJECTED = enum_value("REJECTED", description="It went back to its author.")
    SHIPPED = enum_value("SHIPPED", description="Something of it left.")
    RECEIVED = enum_value("RECEIVED", description="Something of it arrived.")
    LOST = enum_value("LOST", description="Something of it was reported lost.")
    COMPLETED = enum_value("COMPLETED", description="Nothing more of it is to come.")
    CANCELLED = enum_value("CANCELLED", description="It was cancelled.")


@strawberry.type(description="One version of a transfer: who did what and when.")
class TransferStep:
    version: int = strawberry.field(description="The version it made, dense from 1.")
    kind: TransferStepKind = strawberry.field(description="What was done.")
    at: DateTime = strawberry.field(description="When.")
    by: str = strawberry.field(description="The subject who did it.")
    reason: str | None = strawberry.field(description="Why, if somebody said.")
    details: JSON | None = strawberry.field(description="Quantities by position of the line, where the step had any.")

    @classmethod
    def of(cls, record: TransferStepRecord) -> "TransferStep":
        """The step of a record."""
        return cls(
            version=record.version,
            kind=TransferStepKind(record.kind),
            at=DateTime(record.at),
            by=record.by,
            reason=record.reason,
            details=JSON(record.details) if record.details is not None else None,
        )


@strawberry.enum(description="How far logistics is with a transfer.")
class TransferDeliveryStatus(Enum):
    EN_ROUTE = enum_value("EN_ROUTE", description="Somebody is driving.")
    DELIVERED = enum_value("DELIVERED", description="It is there; whether it was received is the transfer's to say.")
    FAILED = enum_value("FAILED", description="It did not get there, and is still on its way.")
    CANCELLED = enum_value("CANCELLED", description="Nobody drives: the task was cancelled.")


@strawberry.type(description="How far logistics is with a transfer, as it told last.")
class TransferDelivery:
    task_id: str = strawberry.field(description="The task of logistics.")
    status: TransferDeliveryStatus = strawberry.field(description="How far it is.")
    occurred_at: DateTime = strawberry.field(description="Since when.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_code: str | None = strawberry.field(description="By which it is followed.")
    proof: str | None = strawberry.field(description="Where the proof of delivery is.")
    note: str | None = strawberry.field(description="For people.")
    failure_reason: str | None = strawberry.field(description="Why it failed.")
    recorded_at: DateTime = strawberry.field(description="When that was told.")

    @classmethod
    def of(cls, record: TransferDeliveryRecord) -> "TransferDelivery":
        """The delivery of a record."""
        return cls(
            task_id=record.task_id,
            status=TransferDeliveryStatus(record.status),
            occurred_at=DateTime(record.occurred_at),
            carrier=record.carrier,
            tracking_code=record.tracking_code,
            proof=record.proof,
            note=record.note,
            failure_reason=record.failure_reason,
            recorded_at=DateTime(record.recorded_at),
        )


@presents(TransferRecord)
@strawberry.federation.type(keys=["id"], description="What goes from one warehouse to another.")
class Transfer:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    number: str = strawberry.field(description="What people call it, such as TR-000042; unique in the tenant.")
    status: TransferStatus = strawberry.field(description="How far it is.")
    is_fully_shipped: bool = strawberry.field(description="Whether nothing more of it will leave.")
    expected_at: DateTime | None = strawberry.field(description="When it should be there; null while nobody knows.")
    reference: str | None = strawberry.field(description="Your own reference.")
    note: str | None = strawberry.field(description="For people.")
    submitted_by: str | None = strawberry.field(description="The subject who submitted what it says now.")
    approved_by: str | None = strawberry.field(description="The subject who approved what it says now.")
    shipped_at: DateTime | None = strawberry.field(description="When the first of it left.")
    received_at: DateTime | None = strawberry.field(description="When the last of it arrived so far.")
    resolved_at: DateTime | None = strawberry.field(description="When it was completed or cancelled.")
    version: int = strawberry.field(description="One for each step, dense from 1.")
    created_at: DateTime = strawberry.field(description="When it was drafted.")
    created_by: str = strawberry.field(description="The subject who drafted it.")
    record: strawberry.Private[TransferRecord]

    @classmethod
    def of(cls, record: TransferRecord) -> "Transfer":
        """The transfer of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=TransferStatus(record.status),
            is_fully_shipped=record.is_fully_shipped,
            expected_at=_instant(record.expected_at),
            reference=record.reference,
            note=record.note,
            submitted_by=record.submitted_by,
            approved_by=record.approved_by,
            shipped_at=_instant(record.shipped_at),
            received_at=_instant(record.received_at),
            resolved_at=_instant(record.resolved_at),
            version=record.version,
            created_at=DateTime(record.created_at),
            created_by=record.created_by,
            record=record,
        )

    @field(description="Where it leaves.")
    async def from_warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.from_warehouse_id))

    @field(description="Where it arrives.")
    async def to_warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.to_warehouse_id))

    @field(description="It as a file, to print or for a spreadsheet.")
    def document(self, info: Info, format: Format = DocumentFormat.PDF) -> Document:
        return document_of(info, self.record, format)

    @field(description="What goes, at most 500 lines in all.")
    async def lines(self, info: Info, first: First = 50, after: After = None) -> Connection[TransferLine]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            return await info.context.load(reading.transfer_line_counts, self.record.id)

        page = await info.context.load(reading.transfer_line_pages, key)
        return Connection.of(page, node=TransferLine.of, after=after, count=count)

    @field(description="How far logistics is with it; null while it has told nothing.")
    async def delivery(self, info: Info) -> TransferDelivery | None:
        found = await info.context.load(deliveries_by_transfer, self.record.id)
        return TransferDelivery.of(found) if found is not None else None

    @field(description="Who did what and when, the newest first; at most 500 steps.", directives=[usually(5)])
    async def history(self, info: Info) -> list[TransferStep]:
        steps = await info.context.load(reading.steps_by_transfer, self.record.id) or []
        return [TransferStep.of(each) for each in steps]

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["Transfer | None"]:
        """The transfers of federated references; None for one that is unknown here."""
        info.context.require(VIEW)
        ids = [identifier_or_none(each["id"]) for each in representations]
        found = await info.context.load_many(transfers_by_id, [each for each in ids if each is not None])
        by_id = {each.id: each for each in found if each is not None}
        return [present(by_id.get(each)) if each is not None else None for each in ids]


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None


@strawberry.input(description="Which transfers.")
class TransferFilter:
    status: list[TransferStatus] | None = strawberry.field(default=None, description="In one of these states.")
    from_warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="Leaving this warehouse.")
    to_warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="Arriving at this warehouse.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="With a line of this variant.")
    number: str | None = strawberry.field(default=None, description="With this number, exactly.")
    reference: str | None = strawberry.field(default=None, description="With this reference, exactly.")
    expected_before: DateTime | None = strawberry.field(
        default=None, description="Expected before this instant: with status SHIPPED and now, those that are late."
    )
    created_since: DateTime | None = strawberry.field(default=None, description="Drafted then or later.")
    created_before: DateTime | None = strawberry.field(default=None, description="Drafted before.")

    def wanted(self) -> reading.TransferFilter:
        """The domain's filter."""
        return reading.TransferFilter(
            statuses=[each.name for each in self.status] if self.status is not None else None,
            from_warehouse_id=identifier_in(self, "from_warehouse_id"),
            to_warehouse_id=identifier_in(self, "to_warehouse_id"),
            variant_id=identifier_in(self, "variant_id"),
            number=self.number,
            reference=self.reference,
            expected_before=self.expected_before,
            created_since=self.created_since,
            created_before=self.created_before,
        )


@field(description="A transfer by its id or by its number; null for an unknown one.")
async def transfer(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> Transfer | None:
    info.context.require(VIEW)
    found: Transfer | None = await by_id_or_number(
        info, "transfer", id=id, number=number, by_id=transfers_by_id, by_number=transfers_by_number
    )
    return found


@field(description="Transfers in pages, the newest first.")
async def transfers(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[TransferFilter | None, strawberry.argument(description="Which; all if left out.")] = None,
) -> Connection[Transfer]:
    info.context.require(VIEW)
    wanted = filter.wanted() if filter is not None else reading.TransferFilter()
    return await newest_first(
        info,
        Transfer,
        first=first,
        after=after,
        filter=wanted,
        page=reading.transfers_page,
        count=reading.transfers_count,
    )


queries: list[StrawberryField] = [transfer, transfers]
mutations: list[StrawberryField] = []
types: list[type] = [Transfer]
