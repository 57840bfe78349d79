"""A schema that says who may call what: one gateway refuses it, which is why it says nothing unless it is asked to."""

from pathlib import Path

import pytest

from resolvers.schema import build_schema, print_schema
from tests.gateway.gateways import Graph, running_gateway

QUERY = '{ item(key: {sku: "RAW-MLK-001"}) { sku } availability(skus: ["RAW-MLK-001"]) { level } }'


@pytest.fixture(scope="module")
def guarded(graph: Graph) -> Path:
    """The schema with all that it can say."""
    path = graph.directory / "guarded.graphql"
    path.write_text(print_schema(build_schema(authorization="scopes")), encoding="utf-8")
    return path


def test_apollos_gateway_does_not_start_with_it(graph: Graph, guarded: Path) -> None:
    """It knows no such feature, and one for security must not be passed over."""
    with (
        pytest.raises(AssertionError, match="UNSUPPORTED_LINKED_FEATURE"),
        running_gateway("apollo", graph, inventory=guarded),
    ):
        pass


@pytest.mark.parametrize("name", ["hive", "hive-rust"])
def test_hive_takes_it_and_the_service_refuses(graph: Graph, guarded: Path, name: str) -> None:
    """Without a plugin that reads tokens it checks nothing itself: the refusal is the service's, and shoppers are served."""
    with running_gateway(name, graph, inventory=guarded) as gateway:
        assert gateway(QUERY)["item"] == {"sku": "RAW-MLK-001"}
        answer = gateway.response(QUERY, token=None, headers={"x-tenant-slug": "urban-loft"})
    assert answer["data"] == {"item": None, "availability": [{"level": "IN_STOCK"}]}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
