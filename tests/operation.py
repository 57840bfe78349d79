"""One request of a root field, with what a caller gets who sends that of another tenant's world."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tests.given.worlds import World
from tests.graph import GraphClient
from tests.selections import document

Arguments: TypeAlias = dict[str, Any]
Builder: TypeAlias = Callable[[World], Arguments | Awaitable[Arguments]]

OWN = "own"
NOTHING = "nothing"
NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request. ``foreign`` is what a caller gets who sends that of another tenant's world: ``OWN`` where it names
    nothing that is another's, ``NOTHING`` where unknown things read null or empty, else the code of the refusal."""

    field: str
    builder: Builder
    foreign: str
    label: str = ""

    @property
    def name(self) -> str:
        return f"{self.field} {self.label}".strip()

    async def arguments(self, world: World) -> Arguments:
        """The arguments by name; made anew at every call, so that what a request uses up is there."""
        built = self.builder(world)
        return await built if inspect.isawaitable(built) else built

    def document(self, arguments: Mapping[str, Any]) -> str:
        """The text of the operation, which selects everything."""
        return document(self.field, list(arguments))


def platform_graph(graph: GraphClient) -> GraphClient:
    """The tenant's administrator who is the platform's owner besides: nothing is forbidden."""
    owner = replace(graph.tenant.actor, is_platform_owner=True)
    return replace(graph, tenant=replace(graph.tenant, actor=owner))


def query(field: str, builder: Builder, foreign: str = NOTHING, label: str = "") -> Operation:
    return Operation(field=field, builder=builder, foreign=foreign, label=label)


def mutation(field: str, builder: Builder, foreign: str = NOT_FOUND) -> Operation:
    async def arguments(world: World) -> Arguments:
        built = builder(world)
        return {"input": await built if inspect.isawaitable(built) else built}

    return Operation(field=field, builder=arguments, foreign=foreign)
