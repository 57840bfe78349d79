"""Resolvers are called with what Strawberry would call them with, found out once instead of at every call."""

from enum import Enum
from types import ModuleType
from typing import Annotated, Any

import pytest
import strawberry
import strawberry.federation
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from resolvers.context import Info
from resolvers.document_limits import DocumentLimits
from resolvers.documents import Documents, select_operation
from resolvers.execution import prepare
from resolvers.kit import field
from resolvers.scalars import JSON, SCALARS, Quantity
from resolvers.schema import build_schema


@strawberry.enum(description="Colours.")
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.input(description="A leaf of the tree.")
class LeafInput:
    name: str = strawberry.field(description="Its name.")
    colour: Colour = strawberry.field(default=Colour.GREEN, description="Its colour.")
    weight_in_grams: Quantity | None = strawberry.field(default=None, description="Its weight.")


@strawberry.input(description="A tree, of trees.")
class TreeInput:
    label: str | None = strawberry.field(description="Its label.")
    leaves: list[LeafInput] = strawberry.field(default_factory=list, description="Its leaves.")
    branches: list["TreeInput"] | None = strawberry.field(default=None, description="Its branches.")
    notes: JSON | None = strawberry.field(default=strawberry.UNSET, description="Notes, of which missing is not null.")
    colours: list[Colour | None] | None = strawberry.field(default=None, description="Its colours.")


@strawberry.input(one_of=True, description="By one of them.")
class TreeKey:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By id.")
    label: str | None = strawberry.field(default=strawberry.UNSET, description="By label.")


@strawberry.type(description="A branch.")
class Branch:
    name: str = strawberry.field(description="Its name.")

    @field(description="Called as a method.")
    def described(self, prefix: str = "a ", repeat_count: int = 1) -> str:
        return repr((self.name, prefix, repeat_count))


def show(
    tree: TreeInput | None = None,
    key: TreeKey | None = None,
    colour: Colour | None = None,
    amounts: list[Quantity] | None = None,
    given_as: Annotated[str | None, strawberry.argument(name="as", description="Under another name.")] = "default",
) -> str:
    return repr((tree, key, colour, amounts, given_as))


def rooted(root: Any, info: Info, text: str) -> str:
    return repr((root, info.field_name, info.context, text))


async def later(info: Info, trees: list[TreeInput]) -> str:
    return repr((info.path.key, trees))


def branch(name: str) -> Branch:
    return Branch(name=name)


FUNCTIONS = (show, rooted, later, branch)

OPERATIONS = {
    "nothing given": ("{ show }", None),
    "nulls": ("{ show(tree: null, key: null, colour: null, amounts: null, as: null) }", None),
    "defaults within": ('{ show(tree: {label: "a", leaves: [{name: "x"}]}) }', None),
    "a missing nullable": ("{ show(tree: {}) }", None),
    "null is not missing": ("{ show(tree: {notes: null, label: null, branches: null}) }", None),
    "trees of trees": (
        '{ show(tree: {branches: [{label: "b", branches: [{leaves: [{name: "x", colour: RED, weightInGrams: "2.50"}]}]}]}) }',
        None,
    ),
    "enums in lists": ("{ show(tree: {colours: [RED, null, GREEN]}, colour: RED) }", None),
    "a list of one": ('{ show(amounts: "2.5", tree: {leaves: {name: "x"}}) }', None),
    "one of several": ('{ show(key: {label: "x"}) }', None),
    "one of several, by a variable": ("query ($key: TreeKey!) { show(key: $key) }", {"key": {"id": "7"}}),
    "variables all the way": (
        "query ($tree: TreeInput, $amounts: [Quantity!], $as: String) { show(tree: $tree, amounts: $amounts, as: $as) }",
        {
            "tree": {"label": "v", "notes": {"a": [1, None]}, "leaves": [{"name": "y", "colour": "RED"}]},
            "amounts": ["1.50"],
        },
    ),
    "a variable left out": ("query ($as: String) { show(as: $as) }", {}),
    "root and info": ('{ rooted(text: "x") }', None),
    "a coroutine": ('{ again: later(trees: [{label: "a"}, {label: null}]) }', None),
    "a method": ('{ branch(name: "oak") { described other: described(prefix: "the ", repeatCount: 3) } }', None),
}


def module() -> ModuleType:
    made = ModuleType("functions")
    vars(made)["queries"] = [strawberry.field(each, description=f"Shows {each.__name__}.") for each in FUNCTIONS]
    return made


@pytest.mark.parametrize("name", OPERATIONS)
async def test_arguments_arrive_as_strawberry_hands_them_over(name: str) -> None:
    """Each resolver answers with what it was given, classes and missing values included."""
    query, variables = OPERATIONS[name]
    stock = strawberry.federation.Schema(
        query=create_type("Query", module().queries), config=StrawberryConfig(scalar_map=SCALARS)
    )
    expected = await stock.execute(query, variable_values=variables, context_value="the context")
    schema = build_schema([module()])
    document = Documents(schema._schema, limits=DocumentLimits(), suggestions=True).read(query)
    assert document.errors == ()
    executor = prepare(
        schema._schema,
        select_operation(document, None).plan,
        context="the context",
        variables=variables,
        suggestions=True,
        points_max=10_000,
    )
    assert not isinstance(executor, list), executor
    result: Any = executor.execute_operation()
    found = result if hasattr(result, "data") else await result
    assert (found.data, found.errors) == (expected.data, expected.errors)
    assert expected.errors is None


async def test_a_default_list_is_not_shared_between_calls() -> None:
    """graphql-core hands the same default to every request; a resolver that appends to it must not leave it longer."""

    def collect(words: list[str] = ["first"]) -> int:  # noqa: B006 - the default is the point
        words.append("another")
        return len(words)

    made = ModuleType("functions")
    vars(made)["queries"] = [strawberry.field(collect, description="Counts.")]
    schema = build_schema([made])
    resolve = schema._schema.query_type.fields["collect"].resolve  # type: ignore[union-attr]
    default = schema._schema.query_type.fields["collect"].args["words"].default_value  # type: ignore[union-attr]
    assert resolve is not None
    assert [resolve(None, None, words=default) for _ in range(3)] == [2, 2, 2]
