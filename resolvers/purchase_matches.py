"""Order, receipt and invoice held against each other: what of each line came, went back and was invoiced, and every variance."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import enum_value
from strawberry.types.field import StrawberryField

from inventory_graph.errors import InvalidInput
from inventory_graph.pages import Page
from inventory_graph.purchasing.documents import purchase_orders_by_number
from inventory_graph.purchasing.match_queries import matches_by_order
from inventory_graph.purchasing.matching import MatchedLine, OrderMatch
from inventory_graph.purchasing.matching import Variance as VarianceFound
from inventory_graph.purchasing.queries import order_lines_by_id
from resolvers.authorization import RECEIVING
from resolvers.context import Info
from resolvers.federation import usually
from resolvers.kit import After, Connection, First, check_first, field, identifier_or_none, present
from resolvers.money import Money
from resolvers.positions import line_position
from resolvers.scalars import Quantity

if TYPE_CHECKING:
    from resolvers.purchase_orders import PurchaseOrderLine

ALine = Annotated["PurchaseOrderLine", strawberry.lazy("resolvers.purchase_orders")]


@strawberry.enum(description="How an order stands against what came and what was invoiced.")
class PurchaseMatchStatus(Enum):
    NOT_INVOICED = enum_value("NOT_INVOICED", description="No invoice of it stands.")
    MATCHED = enum_value(
        "MATCHED", description="What was ordered came and was invoiced, at the price and tax of the order."
    )
    WITHIN_TOLERANCE = enum_value("WITHIN_TOLERANCE", description="Every variance is one that the tenant lets pass.")
    VARIANCES = enum_value("VARIANCES", description="There is a variance that somebody has to look at.")


@strawberry.enum(description="In which way an invoice is not what was ordered.")
class VarianceKind(Enum):
    OVER_RECEIVED = enum_value("OVER_RECEIVED", description="More came than was ordered.")
    NOT_RECEIVED = enum_value("NOT_RECEIVED", description="Less came than was ordered.")
    RETURNED = enum_value("RETURNED", description="Some of what came went back.")
    QUANTITY_OVER_INVOICED = enum_value(
        "QUANTITY_OVER_INVOICED", description="More was invoiced than came and was kept."
    )
    QUANTITY_UNDER_INVOICED = enum_value(
        "QUANTITY_UNDER_INVOICED", description="Less was invoiced than came and was kept: more is to be expected."
    )
    PRICE_OVER = enum_value("PRICE_OVER", description="It was invoiced at a higher price.")
    PRICE_UNDER = enum_value("PRICE_UNDER", description="It was invoiced at a lower price.")
    TAX = enum_value("TAX", description="It was invoiced with another tax.")
    SHIPPING = enum_value("SHIPPING", description="Another amount was invoiced for bringing it.")
    ROUNDING = enum_value("ROUNDING", description="Parts were rounded one by one; it is always let pass.")


@strawberry.type(
    description="One way in which an invoice is not what was ordered. Negative is less than ordered, received or kept."
)
class Variance:
    kind: VarianceKind = strawberry.field(description="Which way.")
    position: int | None = strawberry.field(
        description="The line's place in the order, from 0; null for the whole order."
    )
    quantity: Quantity | None = strawberry.field(
        description="By how much, in the purchase unit; null where it is not about a quantity."
    )
    net_amount: Money = strawberry.field(description="What it makes of the net amount.")
    tax_amount: Money = strawberry.field(description="What it makes of the tax.")
    amount: Money = strawberry.field(
        description="By how much it makes the invoice differ from the order: both together."
    )
    within_tolerance: bool = strawberry.field(description="Whether the tenant lets it pass.")

    @classmethod
    def of(cls, found: VarianceFound, currency: str) -> "Variance":
        """The variance as found, of an order in this currency."""
        return cls(
            kind=VarianceKind(found.kind),
            position=found.position,
            quantity=Quantity(found.quantity) if found.quantity is not None else None,
            net_amount=Money.given(found.net_amount, currency),
            tax_amount=Money.given(found.tax_amount, currency),
            amount=Money.given(found.amount, currency),
            within_tolerance=found.is_within_tolerance,
        )


@strawberry.type(description="A line of an order with what came, went back and was invoiced of it.")
class PurchaseMatchLine:
    position: int = strawberry.field(description="Where it stands in the order, from 0.")
    ordered: Quantity = strawberry.field(description="How much is ordered, in the item's stock unit.")
    received: Quantity = strawberry.field(description="How much was let in, in the item's stock unit.")
    returned: Quantity = strawberry.field(description="How much of that went back, in the item's stock unit.")
    ordered_quantity: Quantity = strawberry.field(description="How much is ordered, in the purchase unit.")
    invoiced_quantity: Quantity = strawberry.field(description="How much is invoiced, in the purchase unit.")
    ordered_net: Money = strawberry.field(description="What was ordered comes to, without tax.")
    invoiced_net: Money = strawberry.field(description="What is invoiced, without tax.")
    ordered_tax: Money = strawberry.field(description="The tax of what was ordered.")
    invoiced_tax: Money = strawberry.field(description="The tax that is invoiced.")
    variances: list[Variance] = strawberry.field(
        description="In which ways it is not what was ordered; at most five.", directives=[usually(1)]
    )
    line: strawberry.Private[MatchedLine]

    @classmethod
    def of(cls, line: MatchedLine, match: OrderMatch) -> "PurchaseMatchLine":
        """A line of a match."""
        return cls(
            position=line.position,
            ordered=Quantity(line.ordered),
            received=Quantity(line.received),
            returned=Quantity(line.returned),
            ordered_quantity=Quantity(line.quantity),
            invoiced_quantity=Quantity(line.invoiced_quantity),
            ordered_net=Money.given(line.net_amount, match.currency),
            invoiced_net=Money.given(line.invoiced_net, match.currency),
            ordered_tax=Money.given(line.tax_amount, match.currency),
            invoiced_tax=Money.given(line.invoiced_tax, match.currency),
            variances=[Variance.of(each, match.currency) for each in match.variances if each.position == line.position],
            line=line,
        )

    @field(description="The line of the order.")
    async def order_line(self, info: Info) -> ALine:
        return present(await info.context.load(order_lines_by_id, self.line.id))


@strawberry.type(
    description="An order held against what came and what was invoiced. Totals are with tax and shipping; the amounts of all variances add"
    " up to `difference`."
)
class PurchaseMatch:
    status: PurchaseMatchStatus = strawberry.field(description="How it stands.")
    ordered_total: Money = strawberry.field(description="What the order comes to.")
    invoiced_total: Money = strawberry.field(description="What is invoiced, over all invoices that stand.")
    difference: Money = strawberry.field(description="How much more is invoiced than ordered.")
    match: strawberry.Private[OrderMatch]

    @classmethod
    def of(cls, match: OrderMatch) -> "PurchaseMatch":
        """The match as found."""
        return cls(
            status=PurchaseMatchStatus(match.status),
            ordered_total=Money.given(match.ordered_total, match.currency),
            invoiced_total=Money.given(match.invoiced_total, match.currency),
            difference=Money.given(match.difference, match.currency),
            match=match,
        )

    @field(description="Line by line, at most 1,000 in all.")
    async def lines(self, first: First = 50, after: After = None) -> Connection[PurchaseMatchLine]:
        return _slice(self.match.lines, first, after, lambda line: PurchaseMatchLine.of(line, self.match))

    @field(description="All variances, in the order of the lines, that of shipping last.")
    async def variances(self, first: First = 50, after: After = None) -> Connection[Variance]:
        return _slice(self.match.variances, first, after, lambda found: Variance.of(found, self.match.currency))


def _slice(found: Sequence[Any], first: int, after: str | None, node: Callable[[Any], Any]) -> Connection[Any]:
    """A page of what is in hand already; the position is the place among all."""
    check_first(first)
    position = line_position(after)
    begin = position + 1 if position is not None else 0
    some = found[begin : begin + first]
    page: Page[Any] = Page(
        some, [(begin + number,) for number in range(len(some))], has_next=begin + first < len(found)
    )

    async def count() -> int | None:
        return len(found)

    return Connection.of(page, node=node, after=after, count=count)


@field(
    description="An order held against what came and what was invoiced, by the order's id or number; null for an unknown one."
)
async def purchase_match(
    info: Info,
    purchase_order_id: Annotated[strawberry.ID | None, strawberry.argument(description="The order's id.")] = None,
    number: Annotated[str | None, strawberry.argument(description="The order's number, instead of its id.")] = None,
) -> PurchaseMatch | None:
    info.context.require_any(RECEIVING)
    if (purchase_order_id is None) == (number is None):
        raise InvalidInput(
            "Name the purchase order by its id or by its number, and by one of them only.", path=("purchase_order_id",)
        )
    if number is not None:
        order = await info.context.load(purchase_orders_by_number, number)
        order_id = order.id if order is not None else None
    else:
        order_id = identifier_or_none(purchase_order_id)
    found = await info.context.load(matches_by_order, order_id) if order_id is not None else None
    return PurchaseMatch.of(found) if found is not None else None


queries: list[StrawberryField] = [purchase_match]
mutations: list[StrawberryField] = []
types: list[type] = []
