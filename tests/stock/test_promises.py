"""What can be promised, decided without a database: stops against a model that knows nothing but what each one covers."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory_graph.masterdata.recipe_explosion import Requirement
from inventory_graph.masterdata.sale_stops import SaleStopRecord
from inventory_graph.stock.promises import Shelf, promise
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


@settings(max_examples=300, deadline=None)
@given(given_stops=stops(), shelves=shelves_of(VARIANTS))
def test_of_what_is_kept_is_what_no_stop_covers(given_stops: tuple[SaleStopRecord, ...], shelves: list[Shelf]) -> None:
    """Exactly the sum of the shelves that are not covered; without stops as if nobody had ever stopped anything."""
    record = promise(subject(given_stops), None, shelves)
    sold = [each for each in shelves if not is_off(given_stops, each.variant_id, each.outlet_id)]
    assert record.available == sum(each.available for each in sold)
    assert record.is_available == (record.available > 0) == (not record.reasons)
    without = promise(subject(()), None, sold or shelves)
    is_stopped = len(sold) < len(shelves) or all(is_off(given_stops, each, None) for each in VARIANTS)
    assert (record.stop is not None) == (is_stopped and not record.is_available)
    assert record.reasons == (("MANUALLY_DISABLED",) if record.stop else ()) + without.reasons
    assert record.level == (without.level if record.is_available else "OUT")


@settings(max_examples=300, deadline=None)
@given(given_stops=stops(), shelves=shelves_of(LEAVES))
def test_of_what_is_made_is_what_no_stop_covers(given_stops: tuple[SaleStopRecord, ...], shelves: list[Shelf]) -> None:
    """A kitchen makes it while one of the dish's variants is sold there; what its components are sold as is no matter."""
    needs = {LEAVES[0]: Requirement(needed=Fraction(1)), LEAVES[1]: Requirement(needed=Fraction(1, 2))}
    record = promise(subject(given_stops, "RECIPE"), needs, shelves)
    count = 0
    for warehouse_id, outlet_id in zip(WAREHOUSES, OUTLETS, strict=True):
        at_hand = {each.variant_id: each.available for each in shelves if each.warehouse_id == warehouse_id}
        if not all(is_off(given_stops, variant_id, outlet_id) for variant_id in VARIANTS):
            count += min(int(at_hand.get(LEAVES[0], 0)), int(at_hand.get(LEAVES[1], 0) * 2))
    assert record.available == count
    assert record.is_available == (count > 0)


@settings(max_examples=300, deadline=None)
@given(given_stops=stops(), shelves=shelves_of(VARIANTS))
def test_names_the_stop_by_whose_end_some_of_it_is_back(
    given_stops: tuple[SaleStopRecord, ...], shelves: list[Shelf]
) -> None:
    """When the stop that is named is over, something is on sale that was not; a moment before, nothing more was."""
    record = promise(subject(given_stops), None, shelves)
    if record.stop is None or record.stop.until is None:
        return

    def covered(instant: datetime) -> set[tuple[UUID | None, UUID | None]]:
        left = later(given_stops, instant)
        places = {(each.variant_id, each.outlet_id) for each in shelves}
        off = {place for place in places if is_off(left, *place)}
        return off | ({(None, None)} if all(is_off(left, each, None) for each in VARIANTS) else set())

    assert covered(record.stop.until) < covered(NOW)
    assert covered(record.stop.until - timedelta(seconds=1)) == covered(NOW)


@settings(max_examples=300, deadline=None)
@given(given_stops=stops(), kept=st.booleans())
def test_of_what_needs_no_stock_is_there_while_some_of_it_is_sold(
    given_stops: tuple[SaleStopRecord, ...], kept: bool
) -> None:
    """A service has no shelf that could be empty; only a stop takes it away. Archived, nothing brings it back."""
    asked = subject(given_stops, "SERVICE")
    record = promise(replace(asked, is_active=kept), None, [])
    off = all(is_off(given_stops, variant_id, None) for variant_id in VARIANTS)
    assert record.is_available == (kept and not off)
    assert record.reasons == (("ITEM_INACTIVE",) if not kept else ("MANUALLY_DISABLED",) if off else ())
