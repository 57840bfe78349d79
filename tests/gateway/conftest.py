"""One graph for all: the service with a router secret, two small subgraphs, and each gateway in turn."""

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.gateways import (
    GATEWAYS,
    ROOT,
    SECRET,
    Gateway,
    Graph,
    Subgraph,
    running_gateway,
    small_subgraphs,
)
from tests.servers import Service, running_service, temporary_directory, token_of


@pytest.fixture(scope="session")
def graph() -> Iterator[Graph]:
    """The subgraphs. Shared: leave the stock as it was."""
    settings = {"INVENTORY_ROUTER_SECRETS": SECRET}
    with temporary_directory() as directory, running_service(settings) as service:
        inventory = Subgraph("inventory", service.url, ROOT / "schema.graphql")
        with small_subgraphs(directory, outlet_id=_outlet_of(service)) as others:
            yield Graph(
                (inventory, *others),
                service,
                stranger=token_of("demo-two", data_directory=service.data_directory),
                directory=directory,
            )


def _outlet_of(service: Service) -> str:
    body = {"query": '{ warehouse(key: {code: "MAIN"}) { outlet { id } } }'}
    answer = httpx.post(service.url, json=body, headers={"authorization": f"Bearer {service.token}"}, timeout=10)
    outlet_id: str = answer.json()["data"]["warehouse"]["outlet"]["id"]
    return outlet_id


@pytest.fixture(scope="session", params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, graph: Graph) -> Iterator[Gateway]:
    """Each gateway, started once."""
    with running_gateway(request.param, graph) as running:
        yield running
