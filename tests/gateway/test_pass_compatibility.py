"""Apollo's compatibility suite for subgraphs against the stack of the service: its schema class, its executor, its entities
and its endpoint, with the products that the suite asks for. The controls show what the suite sees and what it does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import pytest

from inventory_graph.app import create_app
from inventory_graph.db import Database
from resolvers import inline_traces
from resolvers.schema import build_schema
from tests.gateway import products
from tests.gateway.compatibility import Suite, running_suite
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes, serving, settings_for_tests
from tests.servers import free_port

TESTS = 23
ENTITIES = frozenset(
    {
        "@interfaceObject verifies @interfaceObject entity returns new fields",
        "@key composite resolves composite object @key on ProductResearch",
        "@key multiple resolves multiple field @key on DeprecatedProduct",
        "@key single resolves single field @key on User",
        "@requires",
        "repeatable @key resolves multiple @key directives on Product",
    }
)
"""The tests that need entities to be found."""
TRACES = "ftv1"
"""The test that needs an inline trace."""


SCHEMA = build_schema([products], federation_version="2.3")
"""The suite knows of no later version, and of none of the directives that came after it."""


@pytest.fixture(scope="module")
async def address(database: Database, callers: GivenCallers) -> AsyncIterator[str]:
    """Our products, served as the service is."""
    application = create_app(
        settings_for_tests(), database=database, authenticator=callers, ready=answer_yes, schema=SCHEMA
    )
    async with serving(application, callers) as served:
        yield f"{served.url}/graphql"


@pytest.fixture(scope="module")
async def suite(address: str) -> AsyncIterator[Suite]:
    """The suite beside them."""
    with ExitStack() as stack:
        running = running_suite(products_url=address, products_sdl=SCHEMA.sdl)
        yield await asyncio.to_thread(stack.enter_context, running)
        await asyncio.to_thread(stack.close)


async def test_all_of_it_passes(suite: Suite, address: str) -> None:
    """What Apollo's page of compatible libraries is made from."""
    verdict = await asyncio.to_thread(suite.verdict, address)
    assert verdict.failed == ()
    assert len(verdict.passed) == TESTS


async def test_nothing_passes_where_nothing_answers(suite: Suite) -> None:
    """A suite that passes without a subgraph proves nothing with one; what goes by the router alone still finds ours."""
    verdict = await asyncio.to_thread(suite.verdict, f"http://127.0.0.1:{free_port()}/graphql")
    assert len(verdict.passed) + len(verdict.failed) == TESTS
    assert all(name.startswith(("@interfaceObject", "@requires", "@shareable", "@override")) for name in verdict.passed)
    assert not any("@key" in name for name in verdict.passed)


@pytest.fixture
def _no_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reference is unknown."""

    async def find_none(_cls: type, _info: Any, representations: list[Any]) -> list[None]:
        return [None] * len(representations)

    for entity in (
        products.User,
        products.ProductResearch,
        products.Product,
        products.DeprecatedProduct,
        products.Inventory,
    ):
        monkeypatch.setattr(entity, "resolve_references", classmethod(find_none))


@pytest.mark.usefixtures("_no_entities")
async def test_it_sees_that_entities_are_not_found(suite: Suite, address: str) -> None:
    """Six of its tests resolve references; the other seventeen look at the schema, at root fields and at traces."""
    verdict = await asyncio.to_thread(suite.verdict, address)
    assert set(verdict.failed) == ENTITIES


async def test_it_sees_that_nothing_is_traced(suite: Suite, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its tests asks for a trace: everything else passes without."""
    monkeypatch.setattr(inline_traces, "ASKED", b"some other form")
    verdict = await asyncio.to_thread(suite.verdict, address)
    assert verdict.failed == (TRACES,)
