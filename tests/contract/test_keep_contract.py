"""What core.graphql promises is served, by the same names and types; the service may offer more."""

from pathlib import Path

import pytest
from graphql import parse

from resolvers.schema import build_schema
from tests.contract.coordinates import coordinates

CONTRACT = coordinates(parse(Path(__file__).with_name("core.graphql").read_text(encoding="utf-8")))
SERVED = coordinates(parse(build_schema().sdl))


@pytest.mark.parametrize("coordinate", CONTRACT)
def test_what_is_promised_is_served(coordinate: str) -> None:
    """Types exactly, and defaults too: a client that leaves an argument out relies on what it then is."""
    assert SERVED.get(coordinate) == CONTRACT[coordinate]
