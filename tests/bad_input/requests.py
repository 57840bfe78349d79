"""The requests that bad input is put into: those of ``tests/operations.py``, each accepted as it is."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.bad_input.answers import answer, refusals
from tests.given.worlds import World
from tests.hostile import Arguments, body
from tests.operations import OPERATIONS, Operation
from tests.selections import document, is_mutation

operations = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def text_of(operation: Operation, arguments: Arguments) -> str:
    """The request, selecting what tells whether it was refused."""
    select = "errors { message code path }" if is_mutation(operation.field) else None
    return document(operation.field, list(arguments), select)


async def send(world: World, operation: Operation, arguments: Arguments) -> list[dict[str, Any]]:
    """What is refused of the request."""
    return refusals(await answer(world.graph, body(text_of(operation, arguments), arguments)))


def some_of(values: Sequence[Any], number: int) -> Sequence[Any]:
    """A third of the values, another one for each number. What refuses them is mostly their type, wherever it stands: the places of the
    requests see them all together, many times over."""
    return values[number % 3 :: 3]
