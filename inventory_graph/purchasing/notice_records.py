"""What the reads of advance shipping notices answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeKey:
    """A notice as a caller names it: by its id or by its number."""

    id: UUID | None = None
    number: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Where the caller named it."""
        return ("number",) if self.number is not None else ("advance_shipping_notice_id",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceShippingNoticeRecord:
    """The head of a notice."""

    id: UUID
    number: str
    supplier_id: UUID
    warehouse_id: UUID
    status: str
    carrier: str | None
    tracking_number: str | None
    delivery_note: str | None
    note: str | None
    expected_at: datetime | None
    version: int
    created_at: datetime
    created_by: str
    goods_receipt_id: UUID | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    cancellation_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceShippingNoticeLineRecord:
    """A line of a notice, with the names that events tell. ``quantity`` is in the purchase unit ``unit_code``, ``announced`` is the same in
    the stock unit; ``warehouse_id`` is the notice's."""

    id: UUID
    advance_shipping_notice_id: UUID
    position: int
    purchase_order_line_id: UUID
    purchase_order_id: UUID
    order_number: str
    warehouse_id: UUID
    variant_id: UUID
    item_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    announced: Decimal
    lot_code: str | None
    expires_on: date | None
    serials: Sequence[str]
