"""The pure decisions about reservations and consumption are those of the naive shop, request by request: in every other shop."""

import pytest

from tests.promises.deciding import assert_decided_as_the_naive_shop_does
from tests.promises.settings import SECONDS_MAX
from tests.properties.telling import Tell


@pytest.mark.timeout(SECONDS_MAX)
def test_every_request_is_decided_as_the_naive_shop_does(tell: Tell) -> None:
    """In the first shop, the third, and so on."""
    assert_decided_as_the_naive_shop_does(tell, half=0)
