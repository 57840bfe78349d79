"""What the mutations of transfers are given."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry import enum_value

from inventory_graph.transfers.drafting import WantedLine
from inventory_graph.transfers.matching import MISSING
from inventory_graph.transfers.receiving import ArrivingLine
from inventory_graph.transfers.shipping import ShippedLine
from resolvers.inputs import KEY_DESCRIPTION, word_of
from resolvers.kit import identifier
from resolvers.scalars import DateTime, Quantity
from resolvers.stock_mutations import KEY, UNIT
from resolvers.transfer_lines import TransferDiscrepancy

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

TRANSFER_ID = "The transfer. Give this or its `number`."
LINE_ID = "The line of the transfer. Give this, or a `sku` that is on one line only."
LINE_SKU = "The variant's SKU, instead of `lineId`."
NUMBER = "What people call the transfer, such as TR-000042, instead of its id."
VERSION = "The version that you looked at: if it has changed since, the request is refused. Any if left out."
REASON = "Why, up to 1,000 characters."


@strawberry.enum(description="What becomes of what does not leave now.")
class TransferRemainder(Enum):
    KEEP = enum_value("KEEP", description="It will leave later.")
    DROP = enum_value("DROP", description="It will not leave.")


@strawberry.enum(description="How something was found on arrival.")
class ArrivalCondition(Enum):
    GOOD = enum_value("GOOD", description="It can be sold.")
    QUARANTINED = enum_value("QUARANTINED", description="It is set aside until somebody decides.")
    DAMAGED = enum_value("DAMAGED", description="It cannot be sold.")
    MISSING = enum_value("MISSING", description="It did not come, and will not.")


@strawberry.input(description="So much of one variant that is to go.")
class TransferLineInput:
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    sku: str | None = strawberry.field(
        default=None, description="The variant's SKU, or that of an item with one variant. Give this or `variantId`."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's id.")
    unit: str | None = strawberry.field(default=None, description=UNIT)
    lot_code: str | None = strawberry.field(
        default=None, description="The lot that is to go; whichever the item's strategy takes if left out."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The numbered pieces that are to go, as many as the quantity; whichever if left out."
    )

    def value(self, position: int) -> WantedLine:
        """The domain's line."""
        path = ("lines", str(position), "variant_id")
        return WantedLine(
            sku=self.sku,
            variant_id=identifier(self.variant_id, path=path) if self.variant_id is not None else None,
            quantity=self.quantity,
            unit=self.unit,
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
        )


@strawberry.input(description="A transfer to be drafted.")
class CreateTransferInput:
    from_warehouse: Warehouse = strawberry.field(description="Where it leaves, by one of the warehouse's keys.")
    to_warehouse: Warehouse = strawberry.field(description="Where it arrives, by one of the warehouse's keys.")
    lines: list[TransferLineInput] = strawberry.field(description="What is to go: 1 to 500 lines.")
    expected_at: DateTime | None = strawberry.field(default=strawberry.UNSET, description="When it should be there.")
    reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="Your own reference, up to 200 characters."
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="For people, up to 1,000 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a draft; what is left out stays.")
class UpdateTransferInput:
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    lines: list[TransferLineInput] | None = strawberry.field(
        default=None, description="What is to go, stated in full: 1 to 500 lines in place of all there were."
    )
    expected_at: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="When it should be there; null while nobody knows."
    )
    reference: str | None = strawberry.field(default=strawberry.UNSET, description="Your own reference; null for none.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description="For people; null for none.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A step of a transfer that moves no stock.")
class TransferStepInput:
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    reason: str | None = strawberry.field(default=None, description=REASON)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Ask for a draft to be approved.")
class SubmitTransferInput(TransferStepInput):
    pass


@strawberry.input(description="Let a transfer be shipped.")
class ApproveTransferInput(TransferStepInput):
    pass


@strawberry.input(description="Give a transfer back to its author.")
class RejectTransferInput(TransferStepInput):
    pass


@strawberry.input(description="So much of a line that leaves.")
class ShipTransferLineInput:
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    line_id: strawberry.ID | None = strawberry.field(default=None, description=LINE_ID)
    sku: str | None = strawberry.field(default=None, description=LINE_SKU)
    lot_code: str | None = strawberry.field(
        default=None, description="The lot that leaves; if left out that of the line, else by the item's strategy."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The numbered pieces that leave, as many as the quantity."
    )

    def value(self, position: int) -> ShippedLine:
        """The domain's line."""
        return ShippedLine(
            line_id=_line_id(self.line_id, position),
            sku=self.sku,
            quantity=self.quantity,
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
        )


@strawberry.input(description="Take what leaves out of the source.")
class ShipTransferInput:
    idempotency_key: str = strawberry.field(description=KEY)
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    lines: list[ShipTransferLineInput] | None = strawberry.field(
        default=None, description="What leaves; all that is left to ship if left out."
    )
    remainder: TransferRemainder = strawberry.field(
        default=TransferRemainder.DROP, description="What becomes of what does not leave now."
    )
    expected_at: DateTime | None = strawberry.field(
        default=None, description="When it should be there, if that is known now."
    )
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="So much of a line as it was found on arrival; a line may be named several times.")
class ReceiveTransferLineInput:
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    line_id: strawberry.ID | None = strawberry.field(default=None, description=LINE_ID)
    sku: str | None = strawberry.field(default=None, description=LINE_SKU)
    condition: ArrivalCondition = strawberry.field(default=ArrivalCondition.GOOD, description="How it was found.")
    lot_code: str | None = strawberry.field(
        default=None, description="The lot; needed where several are on their way and not all of them come."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The numbered pieces; needed where not all that are on their way come."
    )
    location_code: str | None = strawberry.field(default=None, description="Where it is put in the destination.")
    reason: TransferDiscrepancy | None = strawberry.field(
        default=None,
        description="Why it is not what left; needed for DAMAGED, for MISSING and for more than is on its way.",
    )
    note: str | None = strawberry.field(default=None, description="For people, up to 1,000 characters.")

    def value(self, position: int) -> ArrivingLine:
        """The domain's line."""
        return ArrivingLine(
            line_id=_line_id(self.line_id, position),
            sku=self.sku,
            quantity=self.quantity,
            condition=word_of(self.condition),
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
            location_code=self.location_code,
            reason=word_of(self.reason) if self.reason is not None else None,
            note=self.note,
        )


@strawberry.input(description="Put what arrives into the destination.")
class ReceiveTransferInput:
    idempotency_key: str = strawberry.field(description=KEY)
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    lines: list[ReceiveTransferLineInput] | None = strawberry.field(
        default=None, description="What arrives; all that is on its way, and good, if left out."
    )
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="So much of a line that is lost.")
class TransferLossLineInput:
    quantity: Quantity = strawberry.field(description="How much, in the item's stock unit.")
    line_id: strawberry.ID | None = strawberry.field(default=None, description=LINE_ID)
    sku: str | None = strawberry.field(default=None, description=LINE_SKU)
    lot_code: str | None = strawberry.field(default=None, description="The lot; needed where several are on their way.")
    serials: list[str] | None = strawberry.field(
        default=None, description="The numbered pieces; needed where not all that are on their way are lost."
    )

    def value(self, position: int, cause: str) -> ArrivingLine:
        """The domain's line."""
        return ArrivingLine(
            line_id=_line_id(self.line_id, position),
            sku=self.sku,
            quantity=self.quantity,
            condition=MISSING,
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
            reason=cause,
        )


@strawberry.input(description="Say that what is on its way will not arrive.")
class ReportTransferLossInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: TransferDiscrepancy = strawberry.field(description="Why.")
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    lines: list[TransferLossLineInput] | None = strawberry.field(
        default=None, description="What is lost; all that is on its way if left out."
    )
    note: str | None = strawberry.field(default=None, description="For people, up to 1,000 characters.")


@strawberry.input(description="Cancel a transfer; what is on its way is back at its source.")
class CancelTransferInput:
    idempotency_key: str = strawberry.field(description=KEY)
    transfer_id: strawberry.ID | None = strawberry.field(default=None, description=TRANSFER_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    reason: str | None = strawberry.field(default=None, description=REASON)


def _line_id(given: strawberry.ID | None, position: int) -> UUID | None:
    if given is None:
        return None
    return identifier(given, path=("lines", str(position), "line_id"))
