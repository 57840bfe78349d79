"""The worked example of the how-to page is what the strategies answer."""

import re
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from inventory_graph.reservations.allocation import STRATEGIES, Demand, Site
from tests.pages import Page

CROISSANTS, MILK = UUID(int=1), UUID(int=2)

_SITE = re.compile(r"^\| ([A-Z]+) \| (\d+) \| (\d+) km \| (\d+) \| (\d+) \|$", re.MULTILINE)
_ANSWER = re.compile(r"^\| `([A-Z]+)` \| (yes|no) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_ORDERS = re.compile(r"(\d+) croissants and (\d+) milk \|")


def test_the_page_shows_what_strategies_answer() -> None:
    """Whoever chooses a strategy by the table gets what the table says, for every strategy, split or not."""
    text = Page.read("docs/how-to/allocate.md").text
    names = {UUID(int=100 + place): row for place, row in enumerate(_SITE.findall(text))}
    sites = [
        Site(
            warehouse_id=warehouse_id,
            priority=int(priority),
            distance_km=Decimal(distance),
            available={CROISSANTS: Decimal(croissants), MILK: Decimal(milk)},
        )
        for warehouse_id, (_, priority, distance, croissants, milk) in names.items()
    ]
    orders = [
        [
            Demand(quantity=Decimal(quantity), needs={leaf: Fraction(1)}, step=Decimal(1))
            for leaf, quantity in zip((CROISSANTS, MILK), order, strict=True)
        ]
        for order in _ORDERS.findall(text)
    ]
    rows = _ANSWER.findall(text)
    assert (len(sites), len(orders), {(word, split) for word, split, *_ in rows}) == (
        4,
        2,
        {(word, split) for word in STRATEGIES for split in ("yes", "no")},
    )
    for word, split, *shown in rows:
        answers = []
        for demands in orders:
            given: dict[str, list[Decimal]] = {}
            for share in STRATEGIES[word](sites, demands, split == "yes").shares:
                given.setdefault(names[share.warehouse_id][0], [Decimal(0), Decimal(0)])[share.demand] = share.quantity
            answers.append(", ".join(f"{name} {one:.0f} + {two:.0f}" for name, (one, two) in given.items()))
        assert answers == shown, (word, split)
