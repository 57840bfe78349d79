"""Values that some arguments take and others refuse, wherever stock, master data and settings are asked for or changed."""

import pytest

from tests.bad_input.doubtful import assert_taken_or_refused
from tests.given.worlds import World
from tests.operations import OPERATIONS, PAPERWORK, Operation


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each not in PAPERWORK], ids=lambda operation: operation.name
)
async def test_what_some_take_is_taken_or_refused_with_its_place(world: World, operation: Operation) -> None:
    """Nothing is half done, and nothing changes where something is refused."""
    await assert_taken_or_refused(world, operation)
