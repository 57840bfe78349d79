"""What suppliers ask, whom to talk to there, how they are paid, and how well they do: the types."""

from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import enum_value

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.supplier_details import SupplierContactRecord, SupplierPaymentRecord
from inventory_graph.masterdata.supplier_prices import SupplierPriceRecord
from inventory_graph.purchasing.performance import PerformanceKey, PerformanceRecord, Share
from resolvers.money import Money
from resolvers.scalars import DateTime, Quantity


@strawberry.enum(description="How a supplier is paid.")
class SupplierPaymentMethod(Enum):
    CASH = enum_value("CASH", description="In cash.")
    CHEQUE = enum_value("CHEQUE", description="By cheque.")
    BANK_TRANSFER = enum_value("BANK_TRANSFER", description="Into a bank account.")
    MPESA = enum_value("MPESA", description="To an M-Pesa phone.")
    PAYSTACK = enum_value("PAYSTACK", description="To a recipient at Paystack.")


@strawberry.type(description="Someone to talk to at a supplier.")
class SupplierContact:
    name: str = strawberry.field(description="Who.")
    role: str | None = strawberry.field(description="What for, such as deliveries.")
    email: str | None = strawberry.field(description="Where mail goes.")
    phone: str | None = strawberry.field(description="Where calls go.")

    @classmethod
    def of(cls, record: SupplierContactRecord) -> "SupplierContact":
        """The contact of a record."""
        return cls(name=record.name, role=record.role, email=record.email, phone=record.phone)


@strawberry.type(description="How a supplier is paid, for whoever pays its bills.")
class SupplierPayment:
    method: SupplierPaymentMethod = strawberry.field(description="By which means.")
    tax_pin: str | None = strawberry.field(description="Its number with the tax authority.")
    mpesa_phone: str | None = strawberry.field(description="The M-Pesa phone.")
    mpesa_business_name: str | None = strawberry.field(description="The name that M-Pesa shows.")
    bank_name: str | None = strawberry.field(description="The bank.")
    bank_account_number: str | None = strawberry.field(description="The account there.")
    paystack_recipient_code: str | None = strawberry.field(description="The recipient at Paystack.")
    requires_invoice: bool = strawberry.field(description="Whether it is paid only once its invoice is there.")
    is_automatic: bool = strawberry.field(description="Whether it is paid without anybody being asked.")

    @classmethod
    def of(cls, record: SupplierPaymentRecord) -> "SupplierPayment":
        """The payment of a record."""
        values = {name: getattr(record, name) for name in SupplierPaymentRecord.__slots__}
        return cls(**{**values, "method": SupplierPaymentMethod(record.method)})


@strawberry.type(description="What a supplier asks from so many purchase units on, while it is valid.")
class SupplierPrice:
    minimum_quantity: Quantity = strawberry.field(description="From so many purchase units on.")
    unit_price: Money = strawberry.field(description="The price of one purchase unit.")
    valid_from: DateTime = strawberry.field(description="From this instant on.")
    valid_to: DateTime | None = strawberry.field(
        description="Until just before this instant; null until further notice."
    )

    @classmethod
    def of(cls, record: SupplierPriceRecord, currency: str) -> "SupplierPrice":
        """The price of a record."""
        return cls(
            minimum_quantity=Quantity(record.minimum_quantity),
            unit_price=Money.given(record.unit_price, currency),
            valid_from=DateTime(record.valid_from),
            valid_to=DateTime(record.valid_to) if record.valid_to is not None else None,
        )


@strawberry.type(description="A part of a whole.")
class SupplierShare:
    percent: Quantity | None = strawberry.field(description="How much, to 4 fraction digits; null of nothing.")
    count: int = strawberry.field(description="Of how many lines.")

    @classmethod
    def of(cls, share: Share) -> "SupplierShare":
        """The share of a record."""
        return cls(percent=Quantity(share.percent) if share.percent is not None else None, count=share.count)


@strawberry.type(description="How long a supplier takes.")
class SupplierLeadTime:
    average: Quantity | None = strawberry.field(description="Days from sending an order to the first that came of it.")
    deviation: Quantity | None = strawberry.field(
        description="The standard deviation of the sample, in days; null of fewer than two orders."
    )
    count: int = strawberry.field(description="Of how many orders.")


@strawberry.type(
    description="How well a supplier did by the orders sent to it in a period, cancelled ones and reversed receipts left out."
)
class SupplierPerformance:
    orders: int = strawberry.field(description="How many orders were sent.")
    lines: int = strawberry.field(description="How many lines they have.")
    on_time: SupplierShare = strawberry.field(
        description="Of the lines promised for a day that are due or complete, those of which all had come by then."
    )
    in_full: SupplierShare = strawberry.field(description="Of the lines of finished orders, those of which all came.")
    accepted: SupplierShare = strawberry.field(description="Of what arrived, by value, what was taken in.")
    rejected: SupplierShare = strawberry.field(description="Of what arrived, by value, what was damaged or refused.")
    price_drift: SupplierShare = strawberry.field(
        description="By how much more was paid than at the prices of the first order of the period; less than 0 for less."
    )
    lead_time_days: SupplierLeadTime = strawberry.field(description="How long it took.")

    @classmethod
    def of(cls, record: PerformanceRecord) -> "SupplierPerformance":
        """The performance of a record."""
        lead_time = record.lead_time
        return cls(
            orders=record.orders,
            lines=record.lines,
            on_time=SupplierShare.of(record.on_time),
            in_full=SupplierShare.of(record.in_full),
            accepted=SupplierShare.of(record.accepted),
            rejected=SupplierShare.of(record.rejected),
            price_drift=SupplierShare.of(record.price_drift),
            lead_time_days=SupplierLeadTime(
                average=Quantity(lead_time.average) if lead_time.average is not None else None,
                deviation=Quantity(lead_time.deviation) if lead_time.deviation is not None else None,
                count=lead_time.count,
            ),
        )


Since = Annotated[DateTime, strawberry.argument(name="from", description="Orders sent then or later.")]
Until = Annotated[
    DateTime | None, strawberry.argument(name="to", description="Orders sent before; until now if left out.")
]


def performance_key(supplier_id: UUID, since: datetime, until: datetime) -> PerformanceKey:
    """The period of a supplier; raises ``InvalidInput`` for one that ends before it begins."""
    if until < since:
        raise InvalidInput(
            "The period ends before it begins: `from` lies after `to`, which is now if left out.", path=("from",)
        )
    return PerformanceKey(supplier_id, since, until)
