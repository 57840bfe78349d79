"""The service under fire, and what the fire was made of at the end of the run."""

from collections.abc import Iterator

import pytest

from tests.fuzz.target import Target, running_target
from tests.properties.telling import pytest_terminal_summary, tell

__all__ = ["pytest_terminal_summary", "tell"]


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    """A service of our own with little memory. Whatever is sent may change its demo data."""
    with running_target() as running:
        yield running
