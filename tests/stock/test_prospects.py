"""When there will be more, decided without a database: against a walk over every instant at which anything happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_graph.masterdata.recipe_explosion import Requirement
from inventory_graph.masterdata.sale_stops import SaleStopRecord
from inventory_graph.stock.promises import Shelf
from inventory_graph.stock.prospects import NextSupply, next_supply
from inventory_graph.stock.supply import Arrival, ExpectedSupply
from tests.stock.given_promises import (
    LEAVES,
    NOW,
    OUTLETS,
    VARIANTS,
    WAREHOUSES,
    is_off,
    later,
    shelves_of,
    stops,
    subject,
)


def arrivals_of(variant_ids: tuple[UUID, ...]) -> st.SearchStrategy[list[Arrival]]:
    """Up to eight arrivals within six days, the soonest first."""
    drawn = st.tuples(st.sampled_from(variant_ids), st.integers(0, 2), st.integers(1, 6), st.integers(1, 3))
    return st.lists(drawn, max_size=8).map(
        lambda rows: [
            Arrival(
                supply=ExpectedSupply(
                    variant_id=variant_id, warehouse_id=WAREHOUSES[place], at=NOW + timedelta(days=days),
                    quantity=Decimal(quantity),
                ),
                outlet_id=OUTLETS[place],
            )
            for variant_id, place, days, quantity in sorted(rows, key=lambda row: row[2])
        ]
    )  # fmt: skip


def there(shelves: Sequence[Shelf], arrivals: Sequence[Arrival], variant_id: UUID, place: int, at: datetime) -> Decimal:
    """The model: what lies of a variant in a warehouse at an instant when nothing leaves it."""
    lying = [
        each.available for each in shelves if (each.variant_id, each.warehouse_id) == (variant_id, WAREHOUSES[place])
    ]
    come = [
        each.supply.quantity
        for each in arrivals
        if (each.supply.variant_id, each.supply.warehouse_id) == (variant_id, WAREHOUSES[place])
        and each.supply.at <= at
    ]
    return max(sum(lying, Decimal(0)) + sum(come, Decimal(0)), Decimal(0))


def walked(amounts: Sequence[tuple[datetime, Decimal]]) -> NextSupply | None:
    """The first instant at which there is more than at the first."""
    _, now = amounts[0]
    return next((NextSupply(at=instant, quantity=amount - now) for instant, amount in amounts if amount > now), None)


def instants(given_stops: Sequence[SaleStopRecord], arrivals: Sequence[Arrival]) -> list[datetime]:
    ends = {each.until for each in given_stops if each.until is not None}
    return [NOW, *sorted(ends | {each.supply.at for each in arrivals})]


@settings(max_examples=300, deadline=None)
@given(given_stops=stops(), shelves=shelves_of(VARIANTS), arrivals=arrivals_of(VARIANTS))
def test_of_what_is_kept_is_the_first_instant_at_which_more_is_on_sale(
    given_stops: tuple[SaleStopRecord, ...], shelves: list[Shelf], arrivals: list[Arrival]
) -> None:
    """Whether by a van or by the end of a stop, over three variants in three warehouses."""

    def on_sale(instant: datetime) -> Decimal:
        left = later(given_stops, instant)
        return sum(
            (
                there(shelves, arrivals, variant_id, place, instant)
                for variant_id in VARIANTS
                for place, outlet_id in enumerate(OUTLETS)
                if not is_off(left, variant_id, outlet_id)
            ),
            Decimal(0),
        )

    expected = walked([(instant, on_sale(instant)) for instant in instants(given_stops, arrivals)])
    assert next_supply(subject(given_stops), None, shelves, arrivals) == expected


@settings(max_examples=300, deadline=None)
@given(given_stops=stops(), shelves=shelves_of(LEAVES), arrivals=arrivals_of(LEAVES))
def test_of_what_is_made_is_the_first_instant_at_which_more_can_be(
    given_stops: tuple[SaleStopRecord, ...], shelves: list[Shelf], arrivals: list[Arrival]
) -> None:
    """Each kitchen by itself, from one of the one component and half of the other."""
    needs = {LEAVES[0]: Requirement(needed=Fraction(1)), LEAVES[1]: Requirement(needed=Fraction(1, 2))}

    def makeable(instant: datetime) -> Decimal:
        left = later(given_stops, instant)
        count = 0
        for place, outlet_id in enumerate(OUTLETS):
            if not all(is_off(left, variant_id, outlet_id) for variant_id in VARIANTS):
                one, half = (there(shelves, arrivals, leaf, place, instant) for leaf in LEAVES)
                count += min(int(one), int(half * 2))
        return Decimal(count)

    expected = walked([(instant, makeable(instant)) for instant in instants(given_stops, arrivals)])
    assert next_supply(subject(given_stops, "RECIPE"), needs, shelves, arrivals) == expected
