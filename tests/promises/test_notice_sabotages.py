"""A comparison that never fails proves nothing: with one line of the decisions wrong it has to."""

import pytest

from tests.promises.core import Core, changed_core
from tests.promises.running import run_shop
from tests.promises.sabotages import SABOTAGES, Sabotage
from tests.promises.settings import REQUESTS_PER_SHOP

SHOPS_MAX = 6
"""After so many shops a wrong line counts as not noticed."""


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_a_wrong_line_is_noticed(sabotage: Sabotage) -> None:
    """Within some thousand requests the naive shop disagrees."""
    core = changed_core(sabotage.module, sabotage.before, sabotage.after)
    with pytest.raises(AssertionError, match=r"shop \d+, seed \d+, request \d+: "):
        _run(core)


def _run(core: Core) -> None:
    for number in range(SHOPS_MAX):
        run_shop(number, REQUESTS_PER_SHOP, core)
