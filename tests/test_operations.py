"""The requests that tests of the whole schema start from: every root field has one, and each is accepted."""

from tests.given.worlds import given_world
from tests.graph import GraphClient
from tests.operations import OPERATIONS, platform_graph
from tests.selections import root_fields

BY_ENTITY = "_entities"
"""Asked with representations, which are made from the entities that the schema has."""


def test_every_root_field_has_a_request() -> None:
    """A field that nobody thought of is a field that nobody tried; add it to ``tests/operations.py``."""
    covered = {operation.field for operation in OPERATIONS} | {BY_ENTITY}
    assert covered == set(root_fields())


async def test_every_request_is_accepted(graph: GraphClient) -> None:
    """Twice in a row: what a request uses up is made anew. A refused one would prove nothing where it is changed."""
    world = await given_world(platform_graph(graph))
    for operation in (*OPERATIONS, *OPERATIONS):
        arguments = await operation.arguments(world)
        data = await world.graph(operation.document(arguments), arguments)
        found = data[operation.field]
        assert found is not None, operation.name
        if isinstance(found, dict) and "errors" in found:
            assert found["errors"] == [], operation.name
