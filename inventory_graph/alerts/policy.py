"""Which alert a change is worth. Pure: quantities are those of one balance, in the item's stock unit."""

from decimal import Decimal

from inventory_graph.identity.alert_settings import AlertKind


def crossing(before: Decimal, after: Decimal, reorder_point: Decimal | None) -> AlertKind | None:
    """What it means that so much was available and so much is now; None for nothing new.

    Out and in pass zero. Low passes the reorder point downwards and stays above zero: what runs out at once is only out, and
    what comes back is only in, however little it is.
    """
    if after <= 0:
        return "STOCK_OUT" if before > 0 else None
    if before <= 0:
        return "STOCK_IN"
    return "STOCK_LOW" if reorder_point is not None and after <= reorder_point < before else None


def crossing_of_levels(available: Decimal, before: Decimal | None, after: Decimal | None) -> AlertKind | None:
    """What it means that the reorder point was one and is another now; None for nothing new."""
    was_low = before is not None and available <= before
    is_low = after is not None and available <= after
    return "STOCK_LOW" if is_low and not was_low and available > 0 else None
