"""Receive, adjust, set and move stock."""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.stock import service
from inventory_graph.stock.alternatives import next_supplies
from inventory_graph.stock.answers import Answer
from inventory_graph.stock.availability import AvailabilityKey, availabilities
from inventory_graph.stock.commands import StockState as BookState
from inventory_graph.stock.refusals import InsufficientStock as InsufficientStockRefusal
from inventory_graph.stock.refusals import StaleQuantity as StaleQuantityRefusal
from inventory_graph.stock.service import Place, ReceiptLine
from resolvers.availability import UnavailableReason, substitutes_there
from resolvers.context import Info
from resolvers.federation import cost, usually
from resolvers.kit import ERROR_TYPES, Payload, UserError, field, mutation, present
from resolvers.money import MoneyInput
from resolvers.scalars import Date, DateTime, Quantity
from resolvers.stock import Movement, StockBalance, StockState, place_of

if TYPE_CHECKING:
    from resolvers.items import Variant
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

KEY = "Makes the request safe to send again: the same key with the same arguments answers the same. 1 to 255 characters, kept 30 days."
WHERE = "Where, by one of the warehouse's keys; the tenant's default if left out."
UNIT = "The unit of the quantity, by code or abbreviation; the item's stock unit if left out."


@strawberry.enum(description="Why stock was corrected or moved.")
class AdjustmentReason(Enum):
    OPENING_BALANCE = enum_value("OPENING_BALANCE", description="What was there when the book began.")
    RECOUNT = enum_value("RECOUNT", description="It was counted again.")
    CORRECTION = enum_value("CORRECTION", description="An earlier entry was wrong.")
    FOUND = enum_value("FOUND", description="It turned up.")
    SHRINKAGE = enum_value("SHRINKAGE", description="It is gone and nobody knows where.")
    DAMAGED = enum_value("DAMAGED", description="It broke.")
    EXPIRED = enum_value("EXPIRED", description="Its time was up.")
    WASTE = enum_value("WASTE", description="It was thrown away.")
    PROMOTION = enum_value("PROMOTION", description="It was given away.")
    KIT_BUILD = enum_value("KIT_BUILD", description="It went into a kit, or came out of one.")
    INSPECTION = enum_value("INSPECTION", description="It was inspected, or is to be.")
    RETURN = enum_value("RETURN", description="It came back.")
    OTHER = enum_value("OTHER", description="Something else; say it in the note.")


@strawberry.type(description="Less is there than was asked.")
class InsufficientStock(UserError):
    sku: str = strawberry.field(description="Of which variant.")
    requested: Quantity = strawberry.field(description="How much was asked, in the item's stock unit.")
    available: Quantity = strawberry.field(description="How much there is, in the item's stock unit.")
    key: strawberry.Private[AvailabilityKey | None]
    component_id: strawberry.Private[UUID | None]

    @field(
        description="The component of which there is too little, where what was asked is made; null for what is held itself."
    )
    async def component(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")] | None:
        return present(await info.context.load(variants_by_id, self.component_id)) if self.component_id else None

    @field(
        description="What blocks it there now, for machines; empty where it was no question of what can be promised.",
        directives=[cost(1), usually(1)],
    )
    async def reasons(self, info: Info) -> list[UnavailableReason]:
        found = await info.context.load(availabilities, self.key) if self.key is not None else None
        return [UnavailableReason(reason) for reason in found.reasons] if found is not None else []

    @field(
        description="When there will be more there: by supply on its way that is not overdue, or by the end of a stop. Null when"
        " nothing is known of, and where it was no question of what can be promised.",
        directives=[cost(1)],
    )
    async def next_available_at(self, info: Info) -> DateTime | None:
        coming = await info.context.load(next_supplies, self.key) if self.key is not None else None
        return DateTime(coming.at) if coming is not None else None

    @field(
        description="What could stand in and is available there now: by priority, at most 10.", directives=[usually(2)]
    )
    async def substitutes(self, info: Info) -> list[Annotated["Variant", strawberry.lazy("resolvers.items")]]:
        return await substitutes_there(info, self.key) if self.key is not None else []


@strawberry.type(description="The quantity is not what the caller believed: it changed since it was read.")
class StaleQuantity(UserError):
    sku: str = strawberry.field(description="Of which variant.")
    expected: Quantity = strawberry.field(description="What the caller believed, in the item's stock unit.")
    actual: Quantity = strawberry.field(description="What is on hand, in the item's stock unit.")


def _asked(sku: str, warehouse_ids: Sequence[UUID]) -> AvailabilityKey | None:
    """The question to which the refusal was an answer: at the one warehouse, or anywhere where several were looked into."""
    if not warehouse_ids:
        return None
    return AvailabilityKey(sku=sku, warehouse_id=warehouse_ids[0] if len(warehouse_ids) == 1 else None)


def _insufficient(refusal: Any, common: dict[str, Any]) -> UserError:
    return InsufficientStock(
        **common,
        sku=refusal.sku,
        requested=refusal.requested,
        available=refusal.available,
        key=_asked(refusal.sku, refusal.warehouse_ids),
        component_id=refusal.component_id,
    )


def _stale(refusal: Any, common: dict[str, Any]) -> UserError:
    return StaleQuantity(**common, sku=refusal.sku, expected=refusal.expected, actual=refusal.actual)


ERROR_TYPES[InsufficientStockRefusal] = _insufficient
ERROR_TYPES[StaleQuantityRefusal] = _stale


@strawberry.type(description="What a change of stock did.")
class StockPayload(Payload):
    balances: list[StockBalance] = strawberry.field(
        default_factory=list,
        description="Every balance it touched, as it was right after; empty when refused.",
        directives=[usually(5)],
    )
    movements: list[Movement] = strawberry.field(
        default_factory=list, description="What it wrote into the ledger, in order.", directives=[usually(10)]
    )

    @classmethod
    def of(cls, answer: Answer) -> "StockPayload":
        """The payload of a verb's answer."""
        return cls(
            balances=[StockBalance.of(record) for record in answer.balances],
            movements=[Movement.of(record) for record in answer.movements],
            replayed=answer.replayed,
        )


@strawberry.input(description="What arrives of one SKU.")
class ReceiveLineInput:
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    unit: str | None = strawberry.field(default=None, description=UNIT)
    unit_cost: MoneyInput | None = strawberry.field(
        default=None, description="The cost of one `unit`, in the tenant's currency."
    )
    location_code: str | None = strawberry.field(default=None, description="Where in the warehouse it is put.")
    lot_code: str | None = strawberry.field(default=None, description="The lot it belongs to; made when it is new.")
    expires_on: Date | None = strawberry.field(
        default=None, description="The last day the lot may be used; from the item's shelf life if left out."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The number of each piece, for an item tracked by serial."
    )


@strawberry.input(description="A receipt without a purchase order.")
class ReceiveStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    lines: list[ReceiveLineInput] = strawberry.field(description="What arrives: 1 to 500 lines, all or none.")
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    reference: str | None = strawberry.field(
        default=None, description="Your own reference, such as a delivery note's number."
    )
    occurred_at: DateTime | None = strawberry.field(default=None, description="When it came; now if left out.")


@strawberry.input(description="A correction by a difference.")
class AdjustStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    delta: Quantity = strawberry.field(description="How much more, or less with a minus, in `unit`.")
    reason: AdjustmentReason = strawberry.field(description="Why.")
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    location_code: str | None = strawberry.field(default=None, description="Only at this location of the warehouse.")
    lot_code: str | None = strawberry.field(
        default=None, description="Only of this lot; a decrease without one takes lots by the item's removal strategy."
    )
    unit: str | None = strawberry.field(default=None, description=UNIT)
    note: str | None = strawberry.field(default=None, description="What a person should know, up to 1,000 characters.")
    occurred_at: DateTime | None = strawberry.field(default=None, description="When it happened; now if left out.")


@strawberry.input(description="A correction to an absolute quantity.")
class SetStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    quantity: Quantity = strawberry.field(description="What shall be on hand, in the item's stock unit.")
    reason: AdjustmentReason = strawberry.field(description="Why.")
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    change_from_quantity: Quantity | None = strawberry.field(
        default=strawberry.UNSET,
        description="What you believe is on hand: another quantity is refused with STALE_QUANTITY. Explicit null opts out; leaving it"
        " out is an error.",
    )


@strawberry.input(description="A move between states or locations of one warehouse.")
class MoveStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    sku: str = strawberry.field(description="The variant's SKU, or that of an item with one variant.")
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    reason: AdjustmentReason = strawberry.field(description="Why.")
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    unit: str | None = strawberry.field(default=None, description=UNIT)
    lot_code: str | None = strawberry.field(default=None, description="Only of this lot.")
    serials: list[str] | None = strawberry.field(
        default=None, description="Which pieces, for an item tracked by serial."
    )
    from_state: StockState = strawberry.field(default=StockState.AVAILABLE, description="The state it leaves.")
    to_state: StockState = strawberry.field(default=StockState.AVAILABLE, description="The state it enters.")
    from_location_code: str | None = strawberry.field(
        default=None, description="The location it leaves; any if left out."
    )
    to_location_code: str | None = strawberry.field(
        default=None, description="The location it enters; it stays where it is if left out."
    )
    note: str | None = strawberry.field(default=None, description="What a person should know, up to 1,000 characters.")


def named_place(key: Any, argument: str = "warehouse") -> Place:
    """The place of an input's WarehouseKey; raises ``NotFound`` for an id that can be nobody's."""
    place = place_of(key)
    if place is None:
        name = "id" if key.id is not strawberry.UNSET else "outlet_id"
        raise NotFound("There is no warehouse of this id: it is not a UUID.", path=(argument, name))
    return place


def _receipt_line(line: ReceiveLineInput, position: int) -> ReceiptLine:
    return ReceiptLine(
        sku=line.sku,
        quantity=line.quantity,
        unit=line.unit,
        unit_cost=line.unit_cost.value("lines", str(position), "unit_cost") if line.unit_cost else None,
        currency=line.unit_cost.currency if line.unit_cost else None,
        location_code=line.location_code,
        lot_code=line.lot_code,
        expires_on=line.expires_on,
        serials=tuple(line.serials or ()),
    )


@mutation
async def receive_stock(info: Info, input: ReceiveStockInput) -> StockPayload:
    """Stock that arrives without a purchase order: opening stock, found goods, a direct receipt."""
    info.context.require("inventory.stock.add")
    lines = [_receipt_line(line, position) for position, line in enumerate(input.lines)]
    place = named_place(input.warehouse)
    return StockPayload.of(
        await info.context.write(
            lambda tx: service.receive_stock(
                tx,
                idempotency_key=input.idempotency_key,
                lines=lines,
                place=place,
                reference=input.reference,
                occurred_at=input.occurred_at,
            )
        )
    )


@mutation
async def adjust_stock(info: Info, input: AdjustStockInput) -> StockPayload:
    """A change by a difference, with a reason."""
    info.context.require("inventory.stock.change")
    place = named_place(input.warehouse)
    return StockPayload.of(
        await info.context.write(
            lambda tx: service.adjust_stock(
                tx,
                idempotency_key=input.idempotency_key,
                sku=input.sku,
                place=place,
                delta=input.delta,
                reason=input.reason.name,
                unit=input.unit,
                location_code=input.location_code,
                lot_code=input.lot_code,
                note=input.note,
                occurred_at=input.occurred_at,
            )
        )
    )


@mutation
async def set_stock(info: Info, input: SetStockInput) -> StockPayload:
    """A change of on hand to an absolute quantity, guarded by `changeFromQuantity`: a number is compared, explicit null opts
    out, missing is an error. STALE_QUANTITY on mismatch."""
    info.context.require("inventory.stock.change")
    if input.change_from_quantity is strawberry.UNSET:
        raise InvalidInput(
            "Say what you believe is on hand, so that nobody's change is overwritten unseen; explicit null opts out.",
            path=("change_from_quantity",),
        )
    place = named_place(input.warehouse)
    return StockPayload.of(
        await info.context.write(
            lambda tx: service.set_stock(
                tx,
                idempotency_key=input.idempotency_key,
                sku=input.sku,
                place=place,
                quantity=input.quantity,
                change_from=input.change_from_quantity,
                reason=input.reason.name,
            )
        )
    )


@mutation
async def move_stock(info: Info, input: MoveStockInput) -> StockPayload:
    """Between states of one balance (AVAILABLE, QUARANTINED, DAMAGED), or between locations of one warehouse."""
    info.context.require("inventory.stock.change")
    place = named_place(input.warehouse)
    return StockPayload.of(
        await info.context.write(
            lambda tx: service.move_stock(
                tx,
                idempotency_key=input.idempotency_key,
                sku=input.sku,
                place=place,
                quantity=input.quantity,
                reason=input.reason.name,
                unit=input.unit,
                lot_code=input.lot_code,
                serials=tuple(input.serials or ()),
                from_state=BookState(input.from_state.name),
                to_state=BookState(input.to_state.name),
                from_location_code=input.from_location_code,
                to_location_code=input.to_location_code,
                note=input.note,
            )
        )
    )


queries: list[StrawberryField] = []
mutations = [receive_stock, adjust_stock, set_stock, move_stock]
types: list[type] = [InsufficientStock, StaleQuantity]
