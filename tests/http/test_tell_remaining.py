"""Who is refused for the cost of an operation is told what is left, where rates are limited."""

from typing import Any

import pytest

from inventory_graph.app import create_app
from inventory_graph.db import Database
from resolvers.schema import build_schema
from tests.graph import GivenCallers
from tests.http import weighed
from tests.http.conftest import answer_yes, serving, settings_for_tests

TOO_LARGE = "{ many { name } part { parts { parts { name } } } }"
LARGER_THAN_ESTIMATED = "{ part { parts { name } } a: part { parts { name } } b: part { parts { name } } }"
RATES = {"rate_client_points": 1, "rate_burst_seconds": 1}


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        (TOO_LARGE, {"estimated": 183, "limit": 100, "remaining": 90}),
        (LARGER_THAN_ESTIMATED, {"actual": 102, "limit": 100, "remaining": 46}),
    ],
)
async def test_a_refusal_for_cost_tells_what_is_left(
    database: Database, callers: GivenCallers, query: str, cost: dict[str, Any]
) -> None:
    """Of a hundred points: ten were drawn for the document that is refused, and the estimate for the one that was begun."""
    application = create_app(
        settings_for_tests(cost_max=100, **RATES),
        database=database,
        authenticator=callers,
        ready=answer_yes,
        schema=build_schema([weighed]),
    )
    async with serving(application, callers) as served:
        refused = (await served.query(query)).json()["errors"][0]
    assert refused["extensions"] == {"code": "LIMIT_EXCEEDED", "cost": cost}
