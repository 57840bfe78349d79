"""What core.graphql promises is served, by the same names and types; the service may offer more."""

from pathlib import Path

import pytest
from graphql import parse

from resolvers.schema import build_schema
from tests.contract.coordinates import coordinates

CONTRACT = coordinates(parse(Path(__file__).with_name("core.graphql").read_text(encoding="utf-8")))
SERVED = coordinates(parse(build_schema().sdl))

LATER_TYPES = frozenset(
    {
        # subscriptions
        "Subscription", "StockChange", "ChangeKind", "ReservationChange", "InventoryEvent",
    }
)  # fmt: skip
LATER_FIELDS: frozenset[str] = frozenset()


def type_of(coordinate: str) -> str:
    return coordinate.partition(" ")[0].partition(".")[0]


def field_of(coordinate: str) -> str:
    return coordinate.partition("(")[0]


PROMISED = {
    coordinate: meaning
    for coordinate, meaning in CONTRACT.items()
    if type_of(coordinate) not in LATER_TYPES and field_of(coordinate) not in LATER_FIELDS
}


@pytest.mark.parametrize("coordinate", PROMISED)
def test_what_is_promised_is_served(coordinate: str) -> None:
    """Types exactly, and defaults too: a client that leaves an argument out relies on what it then is."""
    assert SERVED.get(coordinate) == PROMISED[coordinate]


@pytest.mark.parametrize("later", sorted(LATER_TYPES | LATER_FIELDS))
def test_what_comes_later_is_promised_and_not_half_there(later: str) -> None:
    """Once it is served, it leaves this list and is held to the contract."""
    assert later in CONTRACT
    assert later not in SERVED
