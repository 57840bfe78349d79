"""The short way through plain attributes answers what graphql-core answers, to the letter."""

from typing import Any

import pytest
from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, get_introspection_query, parse
from graphql.execution import Executor

from resolvers.document_limits import DocumentLimits
from resolvers.documents import Documents, select_operation
from resolvers.execution import InventoryExecutor, prepare
from resolvers.leaves import LeafTable
from resolvers.plans import Fragments, OperationPlan
from resolvers.schema import InventorySchema

PLAIN = "id sku code place size count weight tags note quantity"

SHAPES = {
    "leaves of a list": (f"{{ things(first: 3) {{ {PLAIN} __typename }} }}", None),
    "leaves beside objects": (f"{{ things(first: 2) {{ sku again {{ {PLAIN} }} later {{ id }} note }} }}", None),
    "aliases": ("{ things(first: 1) { a: sku b: sku sku t: __typename } }", None),
    "the same field twice": ("{ things(first: 1) { sku sku again { id } again { sku } } }", None),
    "fragments": (
        "{ things(first: 2) { ...F ... on Thing { code } ... { place } } } fragment F on Thing { id sku }",
        None,
    ),
    "skip and include": (
        "query ($no: Boolean!) { things(first: 1) { sku @skip(if: $no) id @include(if: $no) code } }",
        {"no": False},
    ),
    "nothing selected in the end": ("{ things(first: 1) { sku @skip(if: true) } }", None),
    "lists of objects in lists": ("{ things(first: 2) { copies(first: 2) { sku copies(first: 2) { id } } } }", None),
    "an enum": ('{ odd(size: "large") { size } }', None),
    "an enum of no such value": ('{ odd(size: "huge") { size sku } }', None),
    "an integer": ("{ odd(count: 7) { count } }", None),
    "an integer too large": ("{ odd(count: 4294967296) { count sku } }", None),
    "an integer that is a float": ("{ odd(count: 7.0) { count } }", None),
    "an integer that is text": ('{ odd(count: "7") { count } }', None),
    "a float": ("{ odd(weight: 1.5) { weight } }", None),
    "a float that is a boolean": ("{ odd(weight: true) { weight } }", None),
    "null where it is allowed": ("{ odd(size: null) { size count weight quantity } }", None),
    "null where it is not": ("{ odd(note: null) { sku note } }", None),
    "null where it is not, in a list": (
        "{ things(first: 1) { id } odd(note: null) { copies(first: 2) { note } } }",
        None,
    ),
    "an object for a string": ("{ odd(note: {a: 1}) { note sku } }", None),
    "a number for a string": ("{ odd(note: 7) { note } }", None),
    "a list of values": ('{ odd(tags: ["a", "b"]) { tags more: tags } }', None),
    "a list of values beside an object": ('{ odd(tags: ["a", "b"]) { tags again { id } } }', None),
    "a list of none": ("{ odd(tags: []) { tags } }", None),
    "a list with null in it": ('{ odd(tags: ["a", null]) { tags sku } }', None),
    "a list with an object in it": ('{ odd(tags: ["a", {a: 1}]) { tags sku } }', None),
    "null for a list": ("{ odd(tags: null) { tags sku } }", None),
    "text for a list": ('{ odd(tags: "ab") { tags sku } }', None),
    "an object for a list": ("{ odd(tags: {a: 1}) { tags sku } }", None),
    "introspection": (get_introspection_query(input_value_deprecation=True, specified_by_url=True), None),
    "several wrong at once": ('{ odd(count: "x", size: "y", weight: "z") { count size weight sku } }', None),
    "roots": ('{ __typename echo(text: "x") a: echo(text: "y") refused }', None),
    "an argument by a variable": ("query ($text: String!) { echo(text: $text) }", {"text": "x"}),
}


def plan_of(document: DocumentNode, *, is_constant: bool = True) -> OperationPlan:
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return OperationPlan(operation, Fragments(document), leaves=LeafTable(), points={}, is_constant=is_constant)


async def run(executor: Any) -> ExecutionResult:
    assert not isinstance(executor, list), executor
    result = executor.execute_operation()
    return result if isinstance(result, ExecutionResult) else await result


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_answer_is_graphql_cores(schema: InventorySchema, shape: str) -> None:
    """Data with the order of its keys, and errors with message, place and path."""
    query, variables = SHAPES[shape]
    document = parse(query)
    expected = await run(Executor.build(schema._schema, document, raw_variable_values=variables))
    plan = plan_of(document, is_constant="@" not in query)
    # Twice, because the second execution uses what the first found out about the operation.
    for _ in range(2):
        found = await run(
            prepare(schema._schema, plan, context=None, variables=variables, suggestions=True, points_max=10_000)
        )
        assert repr(found.data) == repr(expected.data)
        assert [error.formatted for error in found.errors or ()] == [error.formatted for error in expected.errors or ()]


async def test_leaves_never_reach_graphql_core(schema: InventorySchema, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the whole point: a page of fifty has five hundred of them."""

    def fail(*_arguments: Any) -> None:
        raise AssertionError("graphql-core completes a leaf")

    plan = plan_of(parse(f"{{ things(first: 3) {{ {PLAIN} }} }}"))
    executor = prepare(schema._schema, plan, context=None, variables=None, suggestions=True, points_max=10_000)
    monkeypatch.setattr(InventoryExecutor, "complete_leaf_value", fail)
    result = await run(executor)
    assert result.errors is None
    assert result.data is not None
    assert [each["sku"] for each in result.data["things"]] == ["S0", "S1", "S2"]


@pytest.mark.parametrize("directive", ["@include(if: $yes)", "@skip(if: $no)", "@skip(if: $no) @include(if: $yes)"])
async def test_directives_are_heeded_anew_by_each_execution(schema: InventorySchema, directive: str) -> None:
    """What an execution found out about a selection must not hold for other variables."""
    text = f"""query ($yes: Boolean = true, $no: Boolean = false) {{
      things(first: 1) {{ id sku {directive} }} me @include(if: $yes) @skip(if: $no)
    }}"""
    document = Documents(schema._schema, limits=DocumentLimits(), suggestions=True).read(text)
    plan = select_operation(document, None).plan
    for variables, fields in (
        ({"yes": True, "no": False}, ["id", "sku"]),
        ({"yes": False, "no": True}, ["id"]),
        ({"yes": True, "no": False}, ["id", "sku"]),
    ):
        found = await run(
            prepare(schema._schema, plan, context=None, variables=variables, suggestions=True, points_max=10_000)
        )
        assert found.data is not None
        assert list(found.data["things"][0]) == fields
        assert ("me" in found.data) is ("sku" in fields)
