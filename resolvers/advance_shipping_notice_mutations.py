"""Announce what a delivery of a supplier will bring, and call it off."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.purchasing import announcing as verbs
from inventory_graph.purchasing.announcing import AnnouncedLine, Announcing
from inventory_graph.purchasing.notice_queries import notices_by_id
from inventory_graph.purchasing.notice_records import AdvanceShippingNoticeRecord, NoticeKey
from resolvers.advance_shipping_notices import AdvanceShippingNotice
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, write_once
from resolvers.kit import Payload, identifier, mutation, present
from resolvers.scalars import Date, DateTime, Quantity

CHANGE = "inventory.purchasing.change"


@strawberry.type(description="What became of an advance shipping notice.")
class AdvanceShippingNoticePayload(Payload):
    advance_shipping_notice: AdvanceShippingNotice | None = strawberry.field(
        default=None, description="The notice as it is now; null when refused."
    )


@strawberry.input(description="So much of a line of an order that is in the delivery, of one lot.")
class AdvanceShippingNoticeLineInput:
    purchase_order_line_id: strawberry.ID = strawberry.field(
        description="The line of the order; several may be of the same one."
    )
    quantity: Quantity = strawberry.field(description="How much, in the order's purchase unit; more than 0.")
    lot_code: str | None = strawberry.field(default=None, description="The lot it is of, for an item tracked by lot.")
    expires_on: Date | None = strawberry.field(default=None, description="The last day the lot may be used.")
    serials: list[str] | None = strawberry.field(
        default=None, description="The number of each piece, for an item tracked by serial; of all of them or of none."
    )

    def value(self, position: int) -> AnnouncedLine:
        """The domain's line."""
        path = ("lines", str(position), "purchase_order_line_id")
        return AnnouncedLine(
            line_id=identifier(self.purchase_order_line_id, path=path),
            quantity=self.quantity,
            lot_code=self.lot_code,
            expires_on=self.expires_on,
            serials=tuple(self.serials or ()),
        )


@strawberry.input(description="What a supplier says is in a delivery.")
class CreateAdvanceShippingNoticeInput:
    supplier_code: str = strawberry.field(description="Who sends it.")
    lines: list[AdvanceShippingNoticeLineInput] = strawberry.field(
        description="What is in it: 1 to 1,000 lines of at most 100 orders of the supplier, for one warehouse and in one currency."
    )
    carrier: str | None = strawberry.field(default=None, description="Who brings it, up to 200 characters.")
    tracking_number: str | None = strawberry.field(
        default=None, description="By which number the carrier knows it, up to 200 characters."
    )
    delivery_note: str | None = strawberry.field(
        default=None,
        description="The number of the supplier's delivery note, up to 200 characters; its receipt takes it over.",
    )
    note: str | None = strawberry.field(default=None, description="For people, up to 1,000 characters.")
    expected_at: DateTime | None = strawberry.field(
        default=None, description="When it should be there; when its orders are expected if left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def value(self) -> Announcing:
        """What the domain takes."""
        return Announcing(
            supplier_code=self.supplier_code,
            lines=[line.value(number) for number, line in enumerate(self.lines)],
            carrier=self.carrier,
            tracking_number=self.tracking_number,
            delivery_note=self.delivery_note,
            note=self.note,
            expected_at=self.expected_at,
        )


@strawberry.input(description="A delivery that does not come.")
class CancelAdvanceShippingNoticeInput:
    reason: str = strawberry.field(description="Why, 1 to 1,000 characters.")
    advance_shipping_notice_id: strawberry.ID | None = strawberry.field(
        default=None, description="The notice. Give this or its `number`."
    )
    number: str | None = strawberry.field(
        default=None, description="What people call the notice, such as ASN-000042, instead of its id."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)

    def key(self) -> NoticeKey:
        """The notice as it is named."""
        given = self.advance_shipping_notice_id
        return NoticeKey(
            id=identifier(given, path=("advance_shipping_notice_id",)) if given is not None else None,
            number=self.number,
        )


@mutation
async def create_advance_shipping_notice(
    info: Info, input: CreateAdvanceShippingNoticeInput
) -> AdvanceShippingNoticePayload:
    """Keeps what a supplier says is in a delivery before it comes: more is expected when the notice says, and a receipt that names it
    needs no lines. Changes no stock. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    announcing = input.value()

    async def verb(tx: Transaction) -> AdvanceShippingNoticeRecord:
        return await verbs.create_advance_shipping_notice(tx, announcing=announcing)

    return await _written(info, input, "createAdvanceShippingNotice", verb)


@mutation
async def cancel_advance_shipping_notice(
    info: Info, input: CancelAdvanceShippingNoticeInput
) -> AdvanceShippingNoticePayload:
    """Says that a delivery does not come; its orders wait for the goods as before. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    key = input.key()

    async def verb(tx: Transaction) -> AdvanceShippingNoticeRecord:
        return await verbs.cancel_advance_shipping_notice(tx, key=key, reason=input.reason)

    return await _written(info, input, "cancelAdvanceShippingNotice", verb)


async def _written(info: Info, input: Any, operation: str, verb: Any) -> AdvanceShippingNoticePayload:
    record, replayed = await write_once(info, input, operation=operation, verb=verb, load=notices_by_id)
    return AdvanceShippingNoticePayload(advance_shipping_notice=present(record), replayed=replayed)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [create_advance_shipping_notice, cancel_advance_shipping_notice]
types: list[type] = []
