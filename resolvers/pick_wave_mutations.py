"""Put waves together and walk them: assign, release, pick, pack, ship, cancel."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.picking import gathering, shipping, stepping, taking
from inventory_graph.picking.documents import waves_by_id
from inventory_graph.picking.policy import Pick
from inventory_graph.picking.records import WaveKey, WaveRecord
from inventory_graph.picking.refusals import WrongScan as WrongScanRefusal
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, word_of, write_once
from resolvers.kit import ERROR_TYPES, Payload, UserError, identifier, mutation
from resolvers.pick_tasks import ShortPickReason
from resolvers.pick_waves import PickWave
from resolvers.reservation_mutations import Remainder
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_mutations import KEY, WHERE, named_place

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

CHANGE = "inventory.stock.change"
MANAGE = "inventory.stock.manage"
WAVE_ID = "The wave. Give this or its `number`."
NUMBER = "What people call the wave, such as PW-000042, instead of its id."
VERSION = "The version that you looked at: if it has changed since, the request is refused. Any if left out."
REASON = "Why, up to 1,000 characters."


@strawberry.type(description="What was scanned is not what is to be taken.")
class WrongScan(UserError):
    scanned: str = strawberry.field(description="What was scanned.")
    expected_codes: list[str] = strawberry.field(
        description="What is to be taken: the lot, the SKU, or any of these pieces."
    )


def _wrong_scan(refusal: Any, common: dict[str, Any]) -> UserError:
    return WrongScan(**common, scanned=refusal.scanned, expected_codes=list(refusal.expected))


ERROR_TYPES[WrongScanRefusal] = _wrong_scan


@strawberry.type(description="What became of a wave.")
class PickWavePayload(Payload):
    pick_wave: PickWave | None = strawberry.field(default=None, description="The wave as it is now; null when refused.")


@strawberry.input(description="A wave to be put together: of what is named, or of all that is due where nothing is.")
class CreatePickWaveInput:
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    zone: str | None = strawberry.field(
        default=None, description="The code of an outermost location: only what lies within it."
    )
    reservation_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Reservations to pick for, at most 200."
    )
    order_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Orders whose reservations to pick for, at most 200."
    )
    transfer_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Transfers to pick for, approved ones, at most 200."
    )
    maximum_tasks: int = strawberry.field(
        default=100,
        description="How many tasks it may have, 1 to 1,000: whole reservations and transfers, as many as fit.",
    )
    picker_id: str | None = strawberry.field(
        default=None, description="The subject who is to pick; whoever comes if left out."
    )
    scheduled_at: DateTime | None = strawberry.field(default=None, description="When it should be walked.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def wanted(self) -> gathering.Wanted:
        """What the wave is to be of."""
        return gathering.Wanted(
            reservation_ids=_ids(self.reservation_ids, "reservation_ids"),
            order_ids=_ids(self.order_ids, "order_ids"),
            transfer_ids=_ids(self.transfer_ids, "transfer_ids"),
        )


@strawberry.input(description="A step of a wave that moves no stock.")
class PickWaveStepInput:
    wave_id: strawberry.ID | None = strawberry.field(default=None, description=WAVE_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Give a wave to a picker.")
class AssignPickWaveInput(PickWaveStepInput):
    picker_id: str | None = strawberry.field(
        default=None, description="The subject who is to pick; whoever comes if left out."
    )


@strawberry.input(description="Let a wave be walked.")
class ReleasePickWaveInput(PickWaveStepInput):
    pass


@strawberry.input(description="Say what is packed.")
class PackPickWaveInput(PickWaveStepInput):
    document_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The reservations and transfers that are packed, at most 200; all if left out."
    )


@strawberry.input(description="Give a wave up.")
class CancelPickWaveInput(PickWaveStepInput):
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="A task as it was taken.")
class PickInput:
    task_id: strawberry.ID = strawberry.field(description="A task of the wave.")
    quantity: Quantity | None = strawberry.field(
        default=None, description="How much was taken, in the item's stock unit; all that is to be taken if left out."
    )
    scanned_lot_code: str | None = strawberry.field(
        default=None, description="The lot as it was scanned; needed where the task is of a lot."
    )
    scanned_barcode: str | None = strawberry.field(
        default=None, description="The barcode as it was scanned: it must be one of the variant."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The numbered pieces as they were scanned, as many as were taken."
    )
    short_reason: ShortPickReason | None = strawberry.field(
        default=None, description="Why less was taken; needed where less was."
    )
    remainder: Remainder = strawberry.field(
        default=Remainder.RELEASE,
        description="What becomes of what is held and was not there: given back at once, or still held until the wave leaves.",
    )

    def value(self, position: int) -> Pick:
        """The domain's pick."""
        return Pick(
            task_id=identifier(self.task_id, path=("picks", str(position), "task_id")),
            quantity=self.quantity,
            scanned_lot_code=self.scanned_lot_code,
            scanned_barcode=self.scanned_barcode,
            serials=tuple(self.serials or ()),
            short_reason=word_of(self.short_reason) if self.short_reason is not None else None,
            keeps_short=self.remainder is Remainder.KEEP,
        )


@strawberry.input(description="Say what was taken.")
class PickTasksInput:
    idempotency_key: str = strawberry.field(description=KEY)
    picks: list[PickInput] = strawberry.field(description="What was taken, 1 to 1,000 tasks of the wave: all or none.")
    wave_id: strawberry.ID | None = strawberry.field(default=None, description=WAVE_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="Let what was picked leave.")
class ShipPickWaveInput:
    idempotency_key: str = strawberry.field(description=KEY)
    wave_id: strawberry.ID | None = strawberry.field(default=None, description=WAVE_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    remainder: Remainder = strawberry.field(
        default=Remainder.KEEP,
        description="What becomes of what was not picked of these holds; a transfer whose rest is given back will not send it later.",
    )


def _ids(given: list[strawberry.ID] | None, name: str) -> tuple[UUID, ...]:
    return tuple(identifier(each, path=(name, str(position))) for position, each in enumerate(given or ()))


def _named(input: Any) -> dict[str, Any]:
    """The wave that a step is of, and the version that the caller looked at."""
    wave_id = input.wave_id
    key = WaveKey(id=identifier(wave_id, path=("wave_id",)) if wave_id is not None else None, number=input.number)
    return {"key": key, "expected_version": input.expected_version}


async def _written(info: Info, input: Any, operation: str, verb: Any) -> PickWavePayload:
    record, replayed = await write_once(info, input, operation=operation, verb=verb, load=waves_by_id)
    return PickWavePayload(pick_wave=PickWave.of(record), replayed=replayed)


async def _step(info: Info, input: Any, operation: str, step: Any, **said: Any) -> PickWavePayload:
    named = _named(input)

    async def verb(tx: Transaction) -> WaveRecord:
        record: WaveRecord = await step(tx, **named, **said)
        return record

    return await _written(info, input, operation, verb)


@mutation
async def create_pick_wave(info: Info, input: CreatePickWaveInput) -> PickWavePayload:
    """Puts a wave together of holds and transfers, each in one open wave at most: what is named, or what is due first. Needs
    inventory.stock.manage."""
    info.context.require(MANAGE)
    place, wanted = named_place(input.warehouse), input.wanted()

    async def verb(tx: Transaction) -> WaveRecord:
        return await gathering.create_pick_wave(
            tx, place=place, wanted=wanted, zone=input.zone, maximum_tasks=input.maximum_tasks, picker_id=input.picker_id,
            scheduled_at=input.scheduled_at,
        )  # fmt: skip

    return await _written(info, input, "createPickWave", verb)


@mutation
async def assign_pick_wave(info: Info, input: AssignPickWaveInput) -> PickWavePayload:
    """Gives a wave to a picker, or takes it from one. Needs inventory.stock.manage."""
    info.context.require(MANAGE)
    return await _step(info, input, "assignPickWave", stepping.assign_pick_wave, picker_id=input.picker_id)


@mutation
async def release_pick_wave(info: Info, input: ReleasePickWaveInput) -> PickWavePayload:
    """Lets a wave be walked. Needs inventory.stock.manage."""
    info.context.require(MANAGE)
    return await _step(info, input, "releasePickWave", stepping.release_pick_wave)


@mutation
async def pick_tasks(info: Info, input: PickTasksInput) -> PickWavePayload:
    """Says what was taken of a released wave: lots and pieces as they were scanned, and why something was not there. Its picker may,
    or who has inventory.stock.manage. Needs inventory.stock.change."""
    info.context.require(CHANGE)
    picks = [each.value(position) for position, each in enumerate(input.picks)]
    return await _step(info, input, "pickTasks", taking.pick_tasks, picks=picks)


@mutation
async def pack_pick_wave(info: Info, input: PackPickWaveInput) -> PickWavePayload:
    """Says that what was picked is packed, for some of its reservations and transfers or for all. Needs inventory.stock.change."""
    info.context.require(CHANGE)
    ids = _ids(input.document_ids, "document_ids") if input.document_ids is not None else None
    return await _step(info, input, "packPickWave", stepping.pack_pick_wave, document_ids=ids)


@mutation
async def ship_pick_wave(info: Info, input: ShipPickWaveInput) -> PickWavePayload:
    """Lets what was picked leave: holds are issued of exactly the lots and pieces that were taken, transfers are shipped. What was picked
    for a hold that is gone meanwhile stays. Needs inventory.stock.change, and inventory.reservations.change and
    inventory.transfers.change for what it is of."""
    info.context.require(CHANGE)
    keeps = input.remainder is Remainder.KEEP
    return await _step(info, input, "shipPickWave", shipping.ship_pick_wave, keeps_remainder=keeps)


@mutation
async def cancel_pick_wave(info: Info, input: CancelPickWaveInput) -> PickWavePayload:
    """Gives a wave up: what it was for is held as before and may be in another wave. Needs inventory.stock.manage."""
    info.context.require(MANAGE)
    return await _step(info, input, "cancelPickWave", stepping.cancel_pick_wave, reason=input.reason)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [
    create_pick_wave,
    assign_pick_wave,
    release_pick_wave,
    pick_tasks,
    pack_pick_wave,
    ship_pick_wave,
    cancel_pick_wave,
]
types: list[type] = [WrongScan]
