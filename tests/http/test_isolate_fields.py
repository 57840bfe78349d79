"""A field that fails takes down what is null because of it, and nothing else."""

from typing import Any

import httpx

from inventory_graph.db import Database
from resolvers.operating import EndpointSettings
from resolvers.schema import build_schema
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers, endpoint_of
from tests.http import shelf


async def test_others_get_the_row_that_the_failed_one_had_waited_for(
    database: Database, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """The box that cannot be opened is null, and waits for its label no longer; the other has the same label, and is answered."""
    endpoint = endpoint_of(
        schema=build_schema([shelf]), database=database, callers=callers, settings=EndpointSettings(deadline_seconds=5)
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://localhost") as client:
        headers = {"authorization": callers.credential_of(tenant.actor)}
        response = await client.post("/", json={"query": "{ boxes { label content } }"}, headers=headers)
    answer: dict[str, Any] = response.json()
    assert answer["data"] == {"boxes": [None, {"label": "label A", "content": "tea"}]}
    assert [error["path"] for error in answer["errors"]] == [["boxes", 0, "content"]]
