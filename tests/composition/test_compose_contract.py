"""What is left of the graph where a contract keeps or leaves out what a tag names."""

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from tests.composition.node import COMPOSITION

HERE = Path(__file__).parent
INVENTORY = HERE.parents[1] / "schema.graphql"


def contract(*tags: str, **subgraphs: Path) -> GraphQLSchema:
    """The API of a graph with the contract."""
    found: dict[str, Any] = COMPOSITION.run(
        "contract.mjs", *tags, *(f"{name}={path}" for name, path in subgraphs.items())
    )
    assert found["errors"] == []
    return build_schema(found["api"])


def coordinates(api: GraphQLSchema) -> set[str]:
    """Every field of an object, and every type without fields that is of this graph."""
    found = set()
    for name, graphql_type in api.type_map.items():
        if is_introspection_type(graphql_type) or is_specified_scalar_type(graphql_type):
            continue
        fields = graphql_type.fields if isinstance(graphql_type, GraphQLObjectType) else None
        found |= {name} if fields is None else {f"{name}.{field}" for field in fields}
    return found


def test_storefront_is_what_shoppers_may_see() -> None:
    """A graph for a web shop: levels, and not a word of how much, why, or where it lies."""
    assert coordinates(contract("+storefront", inventory=INVENTORY)) == {
        "Query.availability",
        "Availability.sku",
        "Availability.isAvailable",
        "Availability.level",
        "StockLevel",
    }


def test_storefront_reaches_the_products_and_outlets_of_others(tmp_path: Path) -> None:
    """The shop's own fields bear the same tag in the subgraph that has them."""
    shop = tmp_path / "shop.graphql"
    shop.write_text(
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])\n'
        'type Query { products: [Product!]! @tag(name: "storefront") outlet: Outlet @tag(name: "storefront") }\n'
        'type Product @key(fields: "sku") { sku: String! @tag(name: "storefront") name: String! @tag(name: "storefront") }\n'
        'type Outlet @key(fields: "id") { id: ID! @tag(name: "storefront") }',
        encoding="utf-8",
    )
    found = coordinates(contract("+storefront", inventory=INVENTORY, shop=shop))
    assert {each for each in found if each.startswith(("Product.", "Outlet."))} == {
        "Product.sku",
        "Product.name",
        "Product.availability",
        "Outlet.id",
        "Outlet.availability",
    }


@pytest.mark.parametrize(
    ("kept", "left_out"),
    [
        ("Query.item", "Query.apiKeys"),
        ("Mutation.adjustStock", "Mutation.grantRole"),
        ("Query.stockBalance", "Query.stockAudit"),
    ],
)
def test_administration_can_be_left_out(kept: str, left_out: str) -> None:
    """A graph for the till has no use for keys and rights."""
    everything = coordinates(contract(inventory=INVENTORY))
    assert {kept, left_out} <= everything
    found = coordinates(contract("-administration", inventory=INVENTORY))
    assert kept in found
    assert left_out not in found


def test_no_graph_begins_tenants() -> None:
    """Whatever its contract: the auth service does."""
    found = coordinates(contract(inventory=INVENTORY))
    assert "Mutation.createTenant" not in found
    assert "Mutation.updateTenant" in found
