"""The pure decisions about reservations and consumption are those of the naive shop, request by request: in the other shops."""

import pytest

from tests.promises.deciding import assert_decided_as_the_naive_shop_does
from tests.promises.settings import SECONDS_MAX
from tests.properties.telling import Tell


@pytest.mark.timeout(SECONDS_MAX)
def test_every_request_is_decided_as_the_naive_shop_does(tell: Tell) -> None:
    """In the second shop, the fourth, and so on."""
    assert_decided_as_the_naive_shop_does(tell, half=1)
