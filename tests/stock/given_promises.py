"""Shelves and stops as a property draws them, and the model of what a stop covers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from inventory_graph.masterdata.sale_stops import SaleStopRecord
from inventory_graph.stock.promises import Shelf, Subject

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VARIANTS = tuple(UUID(int=number) for number in (1, 2, 3))
OUTLETS = (UUID(int=10), UUID(int=11), None)
"""The outlet of each warehouse; the last belongs to none."""
WAREHOUSES = tuple(UUID(int=number) for number in (20, 21, 22))
LEAVES = tuple(UUID(int=number) for number in (30, 31))


def stop(number: int, variant_id: UUID | None, outlet_id: UUID | None, days: int | None) -> SaleStopRecord:
    return SaleStopRecord(
        id=UUID(int=100 + number), item_id=UUID(int=5), variant_id=variant_id, outlet_id=outlet_id, channel=None,
        reason="Broken", until=NOW + timedelta(days=days) if days is not None else None, created_by="somebody",
        created_at=NOW, lifted_at=None, lifted_by=None, is_active=True,
    )  # fmt: skip


@st.composite
def stops(draw: st.DrawFn) -> tuple[SaleStopRecord, ...]:
    scopes = st.tuples(
        st.sampled_from((None, *VARIANTS)), st.sampled_from(OUTLETS), st.one_of(st.none(), st.integers(1, 5))
    )
    return tuple(stop(number, *scope) for number, scope in enumerate(draw(st.lists(scopes, max_size=5))))


def shelves_of(variant_ids: tuple[UUID, ...]) -> st.SearchStrategy[list[Shelf]]:
    places = [(variant_id, place) for variant_id in variant_ids for place in range(3)]
    quantities = st.integers(0, 3)
    return st.lists(st.tuples(st.sampled_from(places), quantities), unique_by=lambda each: each[0]).map(
        lambda chosen: [
            Shelf(
                variant_id=variant_id, warehouse_id=WAREHOUSES[place], outlet_id=OUTLETS[place],
                available=Decimal(quantity), on_hand=Decimal(quantity),
            )
            for (variant_id, place), quantity in chosen
        ]
    )  # fmt: skip


def subject(given_stops: tuple[SaleStopRecord, ...], item_type: str = "GOODS") -> Subject:
    return Subject(
        sku="SKU", item_id=UUID(int=5), item_type=item_type, is_active=True, variant_ids=VARIANTS, stops=given_stops
    )


def is_off(given_stops: tuple[SaleStopRecord, ...], variant_id: UUID, outlet_id: UUID | None) -> bool:
    """The model: a stop covers the variants and outlets that it names, and all where it names none."""
    return any(each.variant_id in (None, variant_id) and each.outlet_id in (None, outlet_id) for each in given_stops)


def later(given_stops: tuple[SaleStopRecord, ...], instant: datetime) -> tuple[SaleStopRecord, ...]:
    """The stops that are not over by then."""
    return tuple(each for each in given_stops if each.until is None or each.until > instant)
