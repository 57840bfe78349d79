"""The schema as a document: printed and kept, described throughout, the same from every process."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from strawberry.federation.schema_directives import ListSize
from strawberry.types.field import StrawberryField

from resolvers.costs import MUTATION_POINTS, CostTable
from resolvers.entities import keys_by_type
from resolvers.schema import build_schema, print_schema
from tests.gateway import products

ROOT = Path(__file__).parents[1]
SCHEMA = build_schema()
TYPES = SCHEMA._schema.type_map
REFRESH = "Run `inventory-graph schema --output schema.graphql` and look at what changed."

FEDERATION = frozenset({"_Any", "_Entity", "_Service", "_FieldSet", "link__Import", "link__Purpose"})
"""What federation brings along; its own documentation describes it."""
FEDERATION_FIELDS = frozenset({"Query._entities", "Query._entities(representations:)"})


def described() -> Iterator[tuple[str, str | None]]:
    """Every coordinate of the schema with its description."""
    for name, graphql_type in TYPES.items():
        if is_introspection_type(graphql_type) or is_specified_scalar_type(graphql_type) or name in FEDERATION:
            continue
        yield name, graphql_type.description
        yield from _described_members(graphql_type)


def _described_members(graphql_type: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    name = graphql_type.name
    if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
        for field_name, field in graphql_type.fields.items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{name}.{field_name}({argument_name}:)", argument.description
    elif isinstance(graphql_type, GraphQLInputObjectType):
        for field_name, input_field in graphql_type.fields.items():
            yield f"{name}.{field_name}", input_field.description
    elif isinstance(graphql_type, GraphQLEnumType):
        for value_name, value in graphql_type.values.items():
            yield f"{name}.{value_name}", value.description


def test_the_file_is_the_schema() -> None:
    """Routers and clients are built from the file, and a change of the API is seen in review."""
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == print_schema(SCHEMA), REFRESH


def test_printing_is_the_same_in_every_process() -> None:
    """Nothing depends on the order of a set, which differs from process to process."""
    program = "from resolvers.schema import build_schema, print_schema; print(print_schema(build_schema()), end='')"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout.decode()
        for seed in ("1", "2")
    }
    assert printed == {print_schema(SCHEMA)}


def test_everything_is_described() -> None:
    """GraphiQL shows the description of what one points at; without one the reader has to guess."""
    missing = [coordinate for coordinate, text in described() if not text and coordinate not in FEDERATION_FIELDS]
    assert missing == []


def test_descriptions_say_more_than_the_name() -> None:
    """A description that only spells the name out is none."""
    empty = [
        coordinate
        for coordinate, text in described()
        if text and text.strip(" .").lower() == coordinate.rpartition(".")[2].strip("(:)").lower()
    ]
    assert empty == []


def test_every_list_of_objects_that_can_be_long_is_a_page() -> None:
    """``first`` has a limit in every signature: 1 to 100, described as such."""
    for name, graphql_type in TYPES.items():
        if not isinstance(graphql_type, GraphQLObjectType) or is_introspection_type(graphql_type):
            continue
        for field_name, field in graphql_type.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                assert set(field.args) >= {"first", "after"}, f"{name}.{field_name}"
                assert "1 to 100" in (field.args["first"].description or ""), f"{name}.{field_name}"


@pytest.mark.parametrize("name", sorted(keys_by_type(TYPES)))
def test_every_entity_is_loaded_in_batches(name: str) -> None:
    """The router asks for a page of them at once; one query for each would be a hundred."""
    origin = TYPES[name].extensions["strawberry-definition"].origin
    assert callable(getattr(origin, "resolve_references", None)), (
        f"{name} needs resolve_references(info, representations)"
    )


@pytest.mark.parametrize("shared", ["type Money @shareable", "type PageInfo @shareable", "type Outlet @key"])
def test_what_other_subgraphs_define_too_is_shareable(shared: str) -> None:
    """Otherwise the composition of the graph fails as soon as a second subgraph has a price or a page."""
    assert shared in SCHEMA.sdl


def test_only_code_and_name_of_an_outlet_are_shareable() -> None:
    """The auth service owns the outlet and resolves these two as well; the stock side of it is ours alone."""
    outlet = SCHEMA.sdl.partition("\ntype Outlet ")[2].partition("\n}")[0]
    shareable = [line.strip().partition(":")[0] for line in outlet.splitlines() if line.endswith("@shareable")]
    assert sorted(shareable) == ["code", "name"]


def lists_of_objects() -> Iterator[tuple[str, GraphQLField]]:
    """Every field that answers a list of objects or a page of them, but what federation and pages are made of."""
    for name, graphql_type in TYPES.items():
        if isinstance(graphql_type, GraphQLObjectType) and not is_introspection_type(graphql_type):
            for field_name, field in graphql_type.fields.items():
                is_page = get_named_type(field.type).name.endswith("Connection")
                is_list = is_list_type(get_nullable_type(field.type)) and is_composite_type(get_named_type(field.type))
                if (is_page or is_list) and not name.endswith("Connection") and field_name != "_entities":
                    yield f"{name}.{field_name}", field


def sizes_of(field: GraphQLField) -> list[ListSize]:
    """What the field says of its size."""
    directives = field.extensions["strawberry-definition"].directives
    return [directive for directive in directives if isinstance(directive, ListSize)]


def test_every_list_tells_routers_how_long_it_is() -> None:
    """A router that limits demand takes a list without a size for empty, or for endless."""
    sizes = {name: sizes_of(field) for name, field in lists_of_objects()}
    assert {name for name, found in sizes.items() if len(found) != 1} == set(), (
        "give the field directives=[usually(…)] of resolvers/federation.py"
    )
    assert len(sizes) > 40


def test_pages_are_as_long_as_first_says() -> None:
    """Its default counts as much as a number that is given, and both ways to the nodes count alike."""
    for name, field in lists_of_objects():
        (size,) = sizes_of(field)
        if "first" in field.args:
            assert (size.slicing_arguments, size.sized_fields) == (["first"], ["edges", "nodes"]), name
            assert size.require_one_slicing_argument is False, name
        else:
            assert 1 <= (size.assumed_size or 0) <= 100, name


def fields_of_objects() -> Iterator[tuple[GraphQLObjectType, str, GraphQLField]]:
    """Every field that answers something, but those of introspection."""
    for graphql_type in TYPES.values():
        if isinstance(graphql_type, GraphQLObjectType) and not is_introspection_type(graphql_type):
            for name, field in graphql_type.fields.items():
                yield graphql_type, name, field


def is_basic(field: GraphQLField) -> bool:
    """Whether the field is an attribute of its object, for which nothing is called."""
    definition = field.extensions["strawberry-definition"]
    assert isinstance(definition, StrawberryField)
    return definition.is_basic_field


def test_every_field_has_a_cost() -> None:
    """Objects cost at least a point, so that no list of them is free, values that are worked out, too, and a change ten."""
    costs = CostTable(SCHEMA._schema)
    for parent, name, field in fields_of_objects():
        cost = costs.of(parent, name)
        assert cost is not None, f"{parent}.{name}"
        is_change = parent is SCHEMA._schema.mutation_type
        is_attribute = not is_composite_type(get_named_type(field.type)) and is_basic(field)
        least = MUTATION_POINTS if is_change else 0 if is_attribute else 1
        assert cost.points >= least, f"{parent}.{name} costs {cost.points}"
        assert cost.size_assumed <= 100, f"{parent}.{name}"


def test_every_list_counts_as_many_as_it_may_have() -> None:
    """A list of objects is weighed by an argument, by what is said of its size, or as five: never as one."""
    costs = CostTable(SCHEMA._schema)
    for parent, name, field in fields_of_objects():
        is_list = is_list_type(get_nullable_type(field.type)) and is_composite_type(get_named_type(field.type))
        cost = costs.of(parent, name)
        assert cost is not None
        if is_list and not parent.name.endswith("Connection"):
            assert cost.slicing or cost.size_assumed > 1 or sizes_of(field), f"{parent}.{name}"


@pytest.mark.parametrize("name", ["Product"])
def test_what_is_said_of_anothers_entity_may_be_missing(name: str) -> None:
    """A null that may not be would take away the name and the price that the other subgraph has."""
    entity = TYPES[name]
    assert isinstance(entity, GraphQLObjectType)
    never_null = {field_name for field_name, field in entity.fields.items() if is_non_null_type(field.type)}
    assert never_null == {part for key in keys_by_type(TYPES)[name] for part in key}


def test_beginning_a_tenant_is_no_part_of_the_graph() -> None:
    """The auth service begins tenants; here it is for those who run this service by itself."""
    hidden = [line for line in SCHEMA.sdl.splitlines() if "@inaccessible" in line and "@link" not in line]
    assert hidden == ['  ): TenantPayload! @inaccessible @tag(name: "administration")']


def deprecated(types: Mapping[str, GraphQLNamedType]) -> Iterator[tuple[str, str]]:
    """The coordinate and the reason of every field, argument and value that is on its way out."""
    for name, graphql_type in types.items():
        if isinstance(graphql_type, GraphQLEnumType):
            members: Mapping[str, Any] = graphql_type.values
        else:
            members = getattr(graphql_type, "fields", {})
        for member_name, member in members.items():
            parts = {f"{name}.{member_name}": member} | {
                f"{name}.{member_name}({argument_name}:)": argument
                for argument_name, argument in getattr(member, "args", {}).items()
            }
            yield from (
                (coordinate, part.deprecation_reason)
                for coordinate, part in parts.items()
                if part.deprecation_reason is not None and not is_introspection_type(graphql_type)
            )


def without_replacement(types: Mapping[str, GraphQLNamedType]) -> list[str]:
    """What is deprecated without naming, in code type, a name of the schema that takes its place."""
    known = {*types, *(member for each in types.values() for member in getattr(each, "fields", {}))}
    return [
        f"{coordinate}: {reason}"
        for coordinate, reason in deprecated(types)
        if not known & set(re.findall(r"`(?:\w+\.)?(\w+)`", reason))
    ]


def test_what_is_deprecated_names_its_replacement() -> None:
    """A client that reads only that something will go away has to ask somebody."""
    assert without_replacement(TYPES) == []


def test_finds_a_deprecation_without_replacement() -> None:
    """The products of another's suite have one, in its own words."""
    types = build_schema([products], federation_version="2.3")._schema.type_map
    assert without_replacement(types) == ["Query.deprecatedProduct: Use product query instead"]
