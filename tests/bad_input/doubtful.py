"""Values that some arguments take and others refuse: whichever it is, it is done or refused whole."""

from collections.abc import Sequence
from typing import Any

from tests.bad_input.requests import send, some_of
from tests.given.worlds import World
from tests.hostile import Arguments, Place, is_told, places, put
from tests.operations import Operation
from tests.rows import checksums
from tests.selections import is_mutation


async def assert_taken_or_refused(world: World, operation: Operation) -> None:
    """Empty texts, ten thousand characters, emoji, marks of other directions, unknown ids, the edges of numbers and of the
    calendar: each argument decides for itself, and either does what it is told or says why it does not."""
    arguments = await operation.arguments(world)
    before = await checksums(world.graph.tenant)
    for number, place in enumerate(list(places(operation.field, arguments))):
        values = some_of(place.doubtful(), number)
        taken, arguments = await _tried(world, operation, place, values, arguments)
        if taken and is_mutation(operation.field):
            # What is refused, once more by itself: only now can be seen that it changes nothing.
            before = await checksums(world.graph.tenant)
            refused = [value for position, value in enumerate(values) if position not in taken]
            again, arguments = await _tried(world, operation, place, refused, arguments)
            assert not again, f"{place}: refused at first and then taken"
        assert await checksums(world.graph.tenant) == before, f"{place}: a refusal changed rows"


async def _tried(
    world: World, operation: Operation, place: Place, values: Sequence[Any], arguments: Arguments
) -> tuple[set[int], Arguments]:
    """The positions of the values that are taken at the place, and the arguments to go on with; each other value is
    refused with an argument that is wrong."""
    taken = set()
    for position, value in enumerate(values):
        errors = await send(world, operation, put(operation.field, arguments, place, value))
        if not errors:
            taken.add(position)
            arguments = await operation.arguments(world) if is_mutation(operation.field) else arguments
        # A name may come to name something else, which the rest of the request does not fit: then that is told.
        assert all(len(error.get("path") or ()) > 1 or is_told(error, place.names) for error in errors), errors
    return taken, arguments
