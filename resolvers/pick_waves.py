"""Waves of picking: what is taken from which shelf for whom, in the order of a walk."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.pages import LinePageKey
from inventory_graph.picking import queries as reading
from inventory_graph.picking.documents import waves_by_id, waves_by_number
from inventory_graph.picking.records import ProgressRecord, WaveRecord
from resolvers.context import Info
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
from resolvers.pick_tasks import PickHalt, PickTask
from resolvers.positions import line_position, numbered_position
from resolvers.scalars import DateTime

if TYPE_CHECKING:
    from resolvers.warehouses import Warehouse

AWarehouse = Annotated["Warehouse", strawberry.lazy("resolvers.warehouses")]

VIEW = "inventory.stock.view"


@strawberry.enum(description="How far a wave is.")
class PickWaveStatus(Enum):
    DRAFT = enum_value("DRAFT", description="It is put together; nobody walks yet.")
    RELEASED = enum_value("RELEASED", description="It may be walked.")
    PICKING = enum_value("PICKING", description="Something is picked, and more is to be.")
    PICKED = enum_value("PICKED", description="Nothing is left to pick.")
    PACKED = enum_value("PACKED", description="All that was picked is packed.")
    SHIPPED = enum_value("SHIPPED", description="What was picked has left.")
    CANCELLED = enum_value("CANCELLED", description="It was given up.")


@strawberry.type(description="How many tasks of a wave there are, and how far they are.")
class PickProgress:
    total: int = strawberry.field(description="All of them.")
    to_pick: int = strawberry.field(description="Those that are to be picked.")
    picked: int = strawberry.field(description="Those of which something was taken, in full or short.")
    short: int = strawberry.field(description="Those of which something was not there.")
    withdrawn: int = strawberry.field(description="Those whose reservation or transfer is gone.")


@presents(WaveRecord)
@strawberry.federation.type(
    keys=["id"], description="What is picked in one walk through a warehouse, or through a zone of it."
)
class PickWave:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    number: str = strawberry.field(description="What people call it, such as PW-000042; unique in the tenant.")
    status: PickWaveStatus = strawberry.field(description="How far it is.")
    zone: str | None = strawberry.field(description="The code of the zone that it keeps to; null: the whole warehouse.")
    picker_id: str | None = strawberry.field(description="The subject who picks; null: whoever comes.")
    scheduled_at: DateTime | None = strawberry.field(description="When it should be walked.")
    released_at: DateTime | None = strawberry.field(description="When it was released.")
    completed_at: DateTime | None = strawberry.field(description="When the last of it was picked.")
    packed_at: DateTime | None = strawberry.field(description="When the last of it was packed.")
    resolved_at: DateTime | None = strawberry.field(description="When it was shipped or cancelled.")
    version: int = strawberry.field(description="One for each step, dense from 1.")
    created_at: DateTime = strawberry.field(description="When it was put together.")
    created_by: str = strawberry.field(description="The subject who put it together.")
    record: strawberry.Private[WaveRecord]

    @classmethod
    def of(cls, record: WaveRecord) -> "PickWave":
        """The wave of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            number=record.number,
            status=PickWaveStatus(record.status),
            zone=record.zone,
            picker_id=record.picker_id,
            scheduled_at=_instant(record.scheduled_at),
            released_at=_instant(record.released_at),
            completed_at=_instant(record.completed_at),
            packed_at=_instant(record.packed_at),
            resolved_at=_instant(record.resolved_at),
            version=record.version,
            created_at=DateTime(record.created_at),
            created_by=record.created_by,
            record=record,
        )

    @field(description="Where it walks.")
    async def warehouse(self, info: Info) -> AWarehouse:
        return present(await info.context.load(warehouses_by_id, self.record.warehouse_id))

    @field(description="How far its tasks are.")
    async def progress(self, info: Info) -> PickProgress:
        found: ProgressRecord | None = await info.context.load(reading.progress_by_wave, self.record.id)
        if found is None:
            return PickProgress(total=0, to_pick=0, picked=0, short=0, withdrawn=0)
        return PickProgress(
            total=found.total, to_pick=found.to_pick, picked=found.picked, short=found.short, withdrawn=found.withdrawn
        )  # fmt: skip

    @field(
        description="What it takes, at most 1,000 tasks, by location path, lot and SKU: numbers in a path count as numbers, so that A-2 comes"
        " before A-10."
    )
    async def tasks(self, info: Info, first: First = 50, after: After = None) -> Connection[PickTask]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            found = await info.context.load(reading.task_counts, self.record.id)
            return found[0] if found is not None else 0

        page = await info.context.load(reading.task_pages, key)
        return Connection.of(page, node=PickTask.of, after=after, count=count)

    @field(description="The same as a picker walks: the tasks of one location, variant and lot together.")
    async def pick_list(self, info: Info, first: First = 50, after: After = None) -> Connection[PickHalt]:
        key = LinePageKey(self.record.id, check_first(first), line_position(after))

        async def count() -> int | None:
            found = await info.context.load(reading.task_counts, self.record.id)
            return found[1] if found is not None else 0

        page = await info.context.load(reading.halt_pages, key)
        return Connection.of(page, node=PickHalt.of, after=after, count=count)

    @classmethod
    async def resolve_references(
        cls, info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["PickWave | None"]:
        """The waves of federated references; None for one that is unknown here."""
        info.context.require(VIEW)
        ids = [identifier_or_none(each["id"]) for each in representations]
        found = await info.context.load_many(waves_by_id, [each for each in ids if each is not None])
        by_id = {each.id: each for each in found if each is not None}
        return [present(by_id.get(each)) if each is not None else None for each in ids]


def _instant(value: Any) -> DateTime | None:
    return DateTime(value) if value is not None else None


@strawberry.input(description="Which waves.")
class PickWaveFilter:
    status: list[PickWaveStatus] | None = strawberry.field(default=None, description="In one of these states.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="In this warehouse.")
    zone: str | None = strawberry.field(default=None, description="Keeping to the zone of this code.")
    picker_id: str | None = strawberry.field(default=None, description="Picked by this subject.")
    reservation_id: strawberry.ID | None = strawberry.field(default=None, description="Picking for this reservation.")
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description="Picking for this transfer.")
    created_since: DateTime | None = strawberry.field(default=None, description="Put together then or later.")
    created_before: DateTime | None = strawberry.field(default=None, description="Put together before.")

    def wanted(self) -> reading.WaveFilter:
        """The domain's filter."""
        reservation_id, transfer_id = identifier_in(self, "reservation_id"), identifier_in(self, "transfer_id")
        if reservation_id is not None and transfer_id is not None:
            raise InvalidInput("Name a reservation or a transfer, not both.", path=("filter", "transfer_id"))
        return reading.WaveFilter(
            statuses=[each.name for each in self.status] if self.status is not None else None,
            warehouse_id=identifier_in(self, "warehouse_id"),
            zone=self.zone,
            picker_id=self.picker_id,
            document_id=reservation_id or transfer_id,
            created_since=self.created_since,
            created_before=self.created_before,
        )


@field(description="A wave by its id or by its number; null for an unknown one.")
async def pick_wave(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="Its number, instead of its id.")] = None,
) -> PickWave | None:
    info.context.require(VIEW)
    found: PickWave | None = await by_id_or_number(
        info, "wave", id=id, number=number, by_id=waves_by_id, by_number=waves_by_number
    )
    return found


@field(description="Waves in pages, the newest first.")
async def pick_waves(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[PickWaveFilter | None, strawberry.argument(description="Which; all if left out.")] = None,
) -> Connection[PickWave]:
    info.context.require(VIEW)
    wanted = filter.wanted() if filter is not None else reading.WaveFilter()
    return await newest_first(
        info, PickWave, first=first, after=after, filter=wanted, page=reading.waves_page, count=reading.waves_count
    )


@field(
    description="What a picker is to take: the open tasks of the released waves that are assigned to it, each in the order of its walk."
)
async def tasks_to_pick(
    info: Info,
    first: First = 50,
    after: After = None,
    picker_id: Annotated[
        str | None, strawberry.argument(description="The subject who picks; the caller if left out.")
    ] = None,
) -> Connection[PickTask]:
    info.context.require(VIEW)
    check_first(first)
    picker, position = picker_id if picker_id is not None else info.context.actor.subject, numbered_position(after)
    page = await info.context.read(
        lambda tx: reading.tasks_to_pick_page(tx, picker_id=picker, first=first, after=position)
    )

    async def count() -> int | None:
        return await info.context.read(lambda tx: reading.tasks_to_pick_count(tx, picker_id=picker))

    return Connection.of(page, node=PickTask.of, after=after, count=count)


queries: list[StrawberryField] = [pick_wave, pick_waves, tasks_to_pick]
mutations: list[StrawberryField] = []
types: list[type] = [PickWave]
