"""The identity operations, executed as the service executes them but without a server around."""

from functools import cache
from typing import Any

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from resolvers import identity
from resolvers.context import RequestContext
from resolvers.schema import InventorySchema, build_schema


@cache
def schema() -> InventorySchema:
    """The schema of this domain alone."""
    return build_schema((identity,))


async def execute(database: Database, query: str, *, actor: Actor | None, **variables: Any) -> tuple[Any, list[str]]:
    """The data and the messages of the errors."""
    context = RequestContext(database=database, actor=actor, request_id="test")
    result = await schema().execute(query, variable_values=variables, context_value=context)
    return result.data, [error.message for error in result.errors or []]


async def data(database: Database, query: str, *, actor: Actor | None, **variables: Any) -> Any:
    """The data of an operation that has no errors."""
    found, errors = await execute(database, query, actor=actor, **variables)
    assert errors == []
    return found
