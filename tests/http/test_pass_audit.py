"""The audit of GraphQL over HTTP that the reference implementation brings: all of it, without a warning."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from inventory_graph.app import create_app
from inventory_graph.db import Database
from tests.composition.node import COMPOSITION
from tests.graph import GivenCallers
from tests.http.conftest import answer_yes, serving, settings_for_tests


@pytest.fixture
async def address(database: Database, callers: GivenCallers) -> AsyncIterator[str]:
    """The service itself, with its own schema."""
    application = create_app(settings_for_tests(), database=database, authenticator=callers, ready=answer_yes)
    async with serving(application, callers) as served:
        yield f"{served.url}/graphql"


async def test_the_audit_finds_nothing(address: str) -> None:
    """61 checks of status codes, media types and parameters; a warning is a SHOULD that is not kept."""
    await asyncio.to_thread(COMPOSITION.installed)
    results: list[dict[str, Any]] = await asyncio.to_thread(COMPOSITION.run, "audit.mjs", address)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) >= 60
