"""Order, receipt and invoice held against each other, line by line. Pure: values in, decision out.

From what an order comes to, each variance leads a step on to what was invoiced: what came beside what was ordered, what went back, what
was invoiced beside what was kept, at which price and with which tax. So the amounts of the variances add up to the difference of the
totals, to the cent.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from inventory_graph.purchasing.money import exact_amount, rounded, tax_of
from inventory_graph.quantities import STEP, ZERO
from inventory_graph.unlocked import dataclass

MATCHED, WITHIN_TOLERANCE, VARIANCES, NOT_INVOICED = "MATCHED", "WITHIN_TOLERANCE", "VARIANCES", "NOT_INVOICED"

QUANTITY_KINDS = frozenset(
    {"OVER_RECEIVED", "NOT_RECEIVED", "RETURNED", "QUANTITY_OVER_INVOICED", "QUANTITY_UNDER_INVOICED"}
)
PRICE_KINDS = frozenset({"PRICE_OVER", "PRICE_UNDER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """What a tenant lets pass: so much percent of what was ordered, of a price or so much in money, of tax and shipping so much in money;
    the amount counts for orders in the tenant's ``currency`` only."""

    quantity_percent: Decimal = ZERO
    price_percent: Decimal = ZERO
    amount: Decimal = ZERO
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedLine:
    """A line of an order with what came, went back and was invoiced of it. ``ordered``, ``received`` and ``returned`` are in the stock
    unit, the other quantities in the purchase unit. ``has_other_price``: some of it was invoiced at another price than ordered."""

    id: UUID
    position: int
    quantity: Decimal
    unit_price: Decimal
    tax_percent: Decimal
    net_amount: Decimal
    tax_amount: Decimal
    ordered: Decimal
    received: Decimal
    returned: Decimal = ZERO
    invoiced_quantity: Decimal = ZERO
    invoiced_net: Decimal = ZERO
    invoiced_tax: Decimal = ZERO
    has_other_price: bool = False

    def in_purchase_unit(self, stock_quantity: Decimal) -> Fraction:
        """A quantity in the stock unit, exactly."""
        return Fraction(stock_quantity) * Fraction(self.quantity) / Fraction(self.ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """One way in which an invoice is not what was ordered. ``quantity`` is in the purchase unit, None where it is not about one;
    ``tax_amount`` is the tax that follows. Negative is less than ordered, received or kept. ``position`` None is the whole order."""

    kind: str
    position: int | None
    quantity: Decimal | None
    net_amount: Decimal
    tax_amount: Decimal
    is_within_tolerance: bool

    @property
    def amount(self) -> Decimal:
        """By how much it makes the invoice differ from the order."""
        return self.net_amount + self.tax_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMatch:
    """An order held against what came and what was invoiced. Totals are with tax and shipping, in ``currency``."""

    order_id: UUID
    status: str
    currency: str
    ordered_total: Decimal
    invoiced_total: Decimal
    lines: Sequence[MatchedLine]
    variances: Sequence[Variance]

    @property
    def difference(self) -> Decimal:
        """What the variances add up to."""
        return self.invoiced_total - self.ordered_total


def match_order(
    *,
    order_id: UUID,
    currency: str,
    lines: Sequence[MatchedLine],
    shipping: Decimal,
    invoiced_shipping: Decimal,
    is_invoiced: bool,
    tolerances: Tolerances,
) -> OrderMatch:
    """Every variance of an order, in the order of its lines, that of shipping last."""
    variances = [variance for line in lines for variance in _of_line(line, currency, tolerances)]
    if invoiced_shipping != shipping:
        more = invoiced_shipping - shipping
        variances.append(
            Variance(
                kind="SHIPPING", position=None, quantity=None, net_amount=more, tax_amount=ZERO,
                is_within_tolerance=_is_small(more, currency, tolerances),
            )
        )  # fmt: skip
    if not is_invoiced:
        status = NOT_INVOICED
    elif not variances:
        status = MATCHED
    else:
        status = WITHIN_TOLERANCE if all(each.is_within_tolerance for each in variances) else VARIANCES
    return OrderMatch(
        order_id=order_id, status=status, currency=currency,
        ordered_total=sum((line.net_amount + line.tax_amount for line in lines), shipping),
        invoiced_total=sum((line.invoiced_net + line.invoiced_tax for line in lines), invoiced_shipping),
        lines=lines, variances=variances,
    )  # fmt: skip


def _of_line(line: MatchedLine, currency: str, tolerances: Tolerances) -> Iterator[Variance]:
    ordered, invoiced = Fraction(line.quantity), Fraction(line.invoiced_quantity)
    received = line.in_purchase_unit(line.received)
    kept = line.in_purchase_unit(line.received - line.returned)

    def net(quantity: Fraction) -> Decimal:
        # What was ordered comes to what the order says, however it was rounded.
        exact = quantity * Fraction(line.unit_price)
        return line.net_amount if quantity == ordered else rounded(exact_amount(exact), currency)

    def tax(amount: Decimal) -> Decimal:
        return line.tax_amount if amount == line.net_amount else tax_of(amount, line.tax_percent, currency)

    steps = (
        ("OVER_RECEIVED" if received > ordered else "NOT_RECEIVED", ordered, received),
        ("RETURNED", received, kept),
        ("QUANTITY_OVER_INVOICED" if invoiced > kept else "QUANTITY_UNDER_INVOICED", kept, invoiced),
    )
    for kind, before, after in steps:
        if before != after:
            more = net(after) - net(before)
            taxed = tax(net(after)) - tax(net(before))
            is_within = abs(after - before) * 100 <= ordered * Fraction(tolerances.quantity_percent)
            yield _variance(line, kind, more, taxed, is_within, quantity=_quantity(after - before))
    at_price = net(invoiced)
    more = line.invoiced_net - at_price
    if more:
        kind = ("PRICE_OVER" if more > 0 else "PRICE_UNDER") if line.has_other_price else "ROUNDING"
        is_within = (
            kind == "ROUNDING"
            or abs(more) * 100 <= at_price * tolerances.price_percent
            or _is_small(more, currency, tolerances)
        )
        yield _variance(line, kind, more, tax(line.invoiced_net) - tax(at_price), is_within)
    taxed = line.invoiced_tax - tax(line.invoiced_net)
    if taxed:
        yield _variance(line, "TAX", ZERO, taxed, _is_small(taxed, currency, tolerances))


def _variance(
    line: MatchedLine,
    kind: str,
    net_amount: Decimal,
    tax_amount: Decimal,
    is_within: bool,
    *,
    quantity: Decimal | None = None,
) -> Variance:
    return Variance(
        kind=kind, position=line.position, quantity=quantity, net_amount=net_amount, tax_amount=tax_amount,
        is_within_tolerance=is_within,
    )  # fmt: skip


def _quantity(value: Fraction) -> Decimal:
    return exact_amount(value).quantize(STEP)


def _is_small(amount: Decimal, currency: str, tolerances: Tolerances) -> bool:
    return currency == tolerances.currency and abs(amount) <= tolerances.amount
