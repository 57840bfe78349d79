"""Which change is worth an alert, decided without a database."""

from decimal import Decimal

import pytest

from inventory_graph.alerts.policy import crossing, crossing_of_levels


def number(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


@pytest.mark.parametrize(
    ("before", "after", "reorder_point", "expected"),
    [
        ("6", "5", "5", "STOCK_LOW"),
        ("6", "0.000001", "5", "STOCK_LOW"),
        ("6", "5.000001", "5", None),
        ("5", "4", "5", None),
        ("4", "6", "5", None),
        ("6", "1", None, None),
        ("1", "0", None, "STOCK_OUT"),
        ("6", "0", "5", "STOCK_OUT"),
        ("6", "-2", "5", "STOCK_OUT"),
        ("3", "0", "5", "STOCK_OUT"),
        ("0", "-1", "5", None),
        ("-3", "0", "5", None),
        ("0", "9", "5", "STOCK_IN"),
        ("0", "2", "5", "STOCK_IN"),
        ("-1", "2", "5", "STOCK_IN"),
        ("1", "0", "0", "STOCK_OUT"),
        ("2", "1", "0", None),
    ],
)
def test_a_crossing_is_told_by_where_it_came_from(
    before: str, after: str, reorder_point: str | None, expected: str | None
) -> None:
    """One change is one alert at most: what ran out is not low as well, and what came back is not low either."""
    assert crossing(Decimal(before), Decimal(after), number(reorder_point)) == expected


@pytest.mark.parametrize(
    ("available", "before", "after", "expected"),
    [
        ("4", None, "5", "STOCK_LOW"),
        ("5", "4", "5", "STOCK_LOW"),
        ("4", "4", "5", None),
        ("4", "5", None, None),
        ("4", "5", "3", None),
        ("6", None, "5", None),
        ("0", None, "5", None),
        ("-1", None, "0", None),
    ],
)
def test_a_reorder_point_crosses_too(
    available: str, before: str | None, after: str | None, expected: str | None
) -> None:
    """Whoever raises the point above what is there hears at once that it is time to order; what is out is known to be."""
    assert crossing_of_levels(Decimal(available), number(before), number(after)) == expected
