"""Take things off sale by hand, put them back, and see what is off sale and why."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.identity.tenants import outlets_by_id
from inventory_graph.masterdata import sale_stops as verbs
from inventory_graph.masterdata.item_reading import item_by_key, items_by_id, variant_by_key, variants_by_id
from inventory_graph.masterdata.sale_stops import (
    SaleStopRecord,
    checked_channel,
    sale_stop_count,
    sale_stop_page,
    sale_stops_by_id,
)
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, write_once
from resolvers.item_keys import ItemKey, item_key
from resolvers.kit import (
    After,
    Connection,
    First,
    Payload,
    check_first,
    field,
    identifier,
    mutation,
    present,
    presents,
)
from resolvers.positions import instant_position
from resolvers.scalars import DateTime
from resolvers.stock import VIEW

if TYPE_CHECKING:
    from resolvers.items import Item, Variant
    from resolvers.warehouses import Outlet

CHANGE = "inventory.stock.change"
CHANNEL = "Up to 63 letters, digits, '_', '.' and '-', in whatever case: web, pos, or the name of a delivery platform. They are your words."


@presents(SaleStopRecord)
@strawberry.type(
    description="An item, or one variant of it, taken off sale by hand. It stays off whatever the stock says, until somebody resumes"
    " the sale or the time is up; a receipt does not lift it."
)
class SaleStop:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    channel: str | None = strawberry.field(description="On this channel, in lower case; null for all.")
    reason: str = strawberry.field(description="Why, for people.")
    until: DateTime | None = strawberry.field(description="When it ends by itself; null for not at all.")
    created_by: str = strawberry.field(description="Who took it off sale.")
    created_at: DateTime = strawberry.field(description="When it was taken off sale.")
    lifted_by: str | None = strawberry.field(description="Who put it back; null while nobody has.")
    lifted_at: DateTime | None = strawberry.field(description="When somebody put it back; null while nobody has.")
    is_active: bool = strawberry.field(description="Whether it holds now: neither lifted nor past its end.")
    record: strawberry.Private[SaleStopRecord]

    @classmethod
    def of(cls, record: SaleStopRecord) -> "SaleStop":
        """The stop of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            channel=record.channel,
            reason=record.reason,
            until=DateTime(record.until) if record.until is not None else None,
            created_by=record.created_by,
            created_at=DateTime(record.created_at),
            lifted_by=record.lifted_by,
            lifted_at=DateTime(record.lifted_at) if record.lifted_at is not None else None,
            is_active=record.is_active,
            record=record,
        )

    @field(description="What is off sale.")
    async def item(self, info: Info) -> Annotated["Item", strawberry.lazy("resolvers.items")]:
        item: Item = present(await info.context.load(items_by_id, self.record.item_id))
        return item

    @field(description="Only this variant of the item; null for all of them.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")] | None:
        if self.record.variant_id is None:
            return None
        variant: Variant | None = present(await info.context.load(variants_by_id, self.record.variant_id))
        return variant

    @field(description="Only at this outlet; null for all of them.")
    async def outlet(self, info: Info) -> Annotated["Outlet", strawberry.lazy("resolvers.warehouses")] | None:
        if self.record.outlet_id is None:
            return None
        outlet: Outlet | None = present(await info.context.load(outlets_by_id, self.record.outlet_id))
        return outlet


@strawberry.type(description="What became of a stop.")
class SaleStopPayload(Payload):
    sale_stop: SaleStop | None = strawberry.field(default=None, description="The stop; null when refused.")


@strawberry.input(description="What is to be taken off sale: an item or one variant of it, somewhere or everywhere.")
class StopSaleInput:
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION)
    item: ItemKey | None = strawberry.field(
        default=None, description="An item with all its variants. Give this or `variant`."
    )
    variant: ItemKey | None = strawberry.field(default=None, description="One variant alone. Give this or `item`.")
    outlet_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only at this outlet; at all of them if left out."
    )
    channel: str | None = strawberry.field(
        default=None, description=f"Only on this channel; on all of them if left out. {CHANNEL}"
    )
    reason: str = strawberry.field(description="Why, for people: up to 255 characters in one line.")
    until: DateTime | None = strawberry.field(
        default=None, description="When it shall end by itself, later than now; not at all if left out."
    )


@strawberry.input(description="What is to be put back on sale.")
class ResumeSaleInput:
    idempotency_key: str = strawberry.field(description=KEY_DESCRIPTION)
    id: strawberry.ID = strawberry.field(description="The stop that is to be lifted; `Availability.stop` shows it.")


@strawberry.input(description="Which stops.")
class SaleStopFilter:
    outlet_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those that hold at this outlet, those of all outlets among them."
    )
    channel: str | None = strawberry.field(
        default=None, description="Only those that hold on this channel, those of all channels among them."
    )
    sku: str | None = strawberry.field(
        default=None,
        description="Only those of this SKU: for a variant's those that take it off sale, alone or with its item; for an item's all"
        " of its variants.",
    )
    active: bool | None = strawberry.field(
        default=None, description="Only those that hold now (true), or only those that are over (false)."
    )


def channel_of(text: str | None) -> str | None:
    """The channel of an argument in its one form; raises ``InvalidInput``."""
    return checked_channel(text) if text is not None else None


def _filter_of(given: SaleStopFilter | None) -> verbs.SaleStopFilter:
    if given is None:
        return verbs.SaleStopFilter()
    try:
        return verbs.SaleStopFilter(
            sku=given.sku,
            outlet_id=identifier(given.outlet_id, path=("outlet_id",)) if given.outlet_id is not None else None,
            channel=channel_of(given.channel),
            is_active=given.active,
        )
    except InvalidInput as refusal:
        raise refusal.at("filter") from None


@field(description="A page of what was taken off sale by hand, the newest first. Needs inventory.stock.view.")
async def sale_stops(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[SaleStopFilter | None, strawberry.argument(description="Which stops; all if left out.")] = None,
) -> Connection[SaleStop]:
    info.context.require(VIEW)
    size, position, given = check_first(first), instant_position(after), _filter_of(filter)
    page = await info.context.read(lambda tx: sale_stop_page(tx, first=size, after=position, given=given))

    async def count() -> int | None:
        return await info.context.read(lambda tx: sale_stop_count(tx, given=given))

    return Connection.of(page, node=SaleStop.of, after=after, count=count)


async def _named(tx: Transaction, given: StopSaleInput) -> tuple[UUID, UUID | None]:
    """The item, and the variant if only one is meant."""
    if given.variant is not None and given.item is None:
        variant = await variant_by_key(tx, item_key(given.variant, path=("variant",)))
        return variant.item_id, variant.id
    if given.item is None or given.variant is not None:
        raise InvalidInput("Name the item, or one variant of it: give `item` or `variant`.", path=("item",))
    return (await item_by_key(tx, item_key(given.item, path=("item",)))).id, None


@mutation
async def stop_sale(info: Info, input: StopSaleInput) -> SaleStopPayload:
    """Takes an item or a variant off sale, whatever the stock says. What is in force for the same variant, outlet and channel
    gives way to it. Emits inventory.sale.stopped. Needs inventory.stock.change."""
    info.context.require(CHANGE)
    outlet_id = identifier(input.outlet_id, path=("outlet_id",)) if input.outlet_id is not None else None

    async def verb(tx: Transaction) -> SaleStopRecord:
        item_id, variant_id = await _named(tx, input)
        return await verbs.stop_sale(
            tx,
            item_id=item_id,
            variant_id=variant_id,
            outlet_id=outlet_id,
            channel=input.channel,
            reason=input.reason,
            until=input.until,
        )

    record, replayed = await write_once(info, input, operation="stopSale", verb=verb, load=sale_stops_by_id)
    return SaleStopPayload(sale_stop=SaleStop.of(record), replayed=replayed)


@mutation
async def resume_sale(info: Info, input: ResumeSaleInput) -> SaleStopPayload:
    """Lifts a stop; other stops of the same item stay in force. One that is over stays as it is. Emits inventory.sale.resumed.
    Needs inventory.stock.change."""
    info.context.require(CHANGE)
    stop_id = identifier(input.id)

    async def verb(tx: Transaction) -> SaleStopRecord:
        return await verbs.resume_sale(tx, id=stop_id)

    record, replayed = await write_once(info, input, operation="resumeSale", verb=verb, load=sale_stops_by_id)
    return SaleStopPayload(sale_stop=SaleStop.of(record), replayed=replayed)


queries = [sale_stops]
mutations: list[StrawberryField] = [stop_sale, resume_sale]
types: list[type] = []
