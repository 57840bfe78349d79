"""The router proves that it is the router; whoever cannot gets no entities."""

import httpx
import pytest

from tests.gateway.gateways import GATEWAYS, Graph, running_gateway
from tests.gateway.test_query_graph import ORDERS

ENTITIES = '{ _entities(representations: [{__typename: "Item", sku: "RAW-MLK-001"}]) { ... on Item { sku } } }'


@pytest.mark.parametrize("query", [ENTITIES, "{ _service { sdl } }"])
@pytest.mark.parametrize("secret", [None, "another-secret-altogether"])
def test_the_service_refuses_whoever_goes_round_the_router(graph: Graph, query: str, secret: str | None) -> None:
    """With the best of tokens: references pass by every argument check, and the schema tells what the graph hides."""
    headers = {"authorization": f"Bearer {graph.service.token}", **({"x-router-secret": secret} if secret else {})}
    answer = httpx.post(graph.service.url, json={"query": query}, headers=headers, timeout=10).json()
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_router_with_another_secret_gets_root_fields_only(graph: Graph, name: str) -> None:
    """A router of somebody else's, or one whose secret was rotated away: nothing by reference, and it is said why."""
    with running_gateway(name, graph, secret="the-secret-of-last-year") as gateway:
        assert gateway('{ item(key: {sku: "RAW-MLK-001"}) { sku } }') == {"item": {"sku": "RAW-MLK-001"}}
        answer = gateway.response(ORDERS, {"skus": ["RAW-MLK-001"]})
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert [each["outlet"] for each in answer["data"]["orders"]] == [None]
    products = [line["product"] for line in answer["data"]["orders"][0]["lines"]]
    assert [product["name"] for product in products] == ["A litre of milk", "Latte", "Voucher"]
    assert {(product["availability"], product["variant"]) for product in products} == {(None, None)}
