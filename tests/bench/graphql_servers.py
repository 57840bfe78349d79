"""The servers of ``make bench NAME=graphql``: ``python -m tests.bench.graphql_servers PORT KIND``.

All answer ``{__typename}`` and a list of a hundred objects with twenty attributes each, from memory, so that what is measured is
the way to the answer and not the answer. KIND is one of ``KINDS``.
"""

import sys
from collections.abc import Callable
from typing import Any

import orjson
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL
from strawberry.extensions import (
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    SchemaExtension,
    ValidationCache,
)
from strawberry.extensions.tracing import OpenTelemetryExtension
from strawberry.tools import create_type

ROWS = 100
NAMES = [f"attribute{number}" for number in range(20)]
LIST = f"{{ rows {{ {' '.join(NAMES)} }} }}"

Row = strawberry.type(
    type("Row", (), {"__annotations__": dict.fromkeys(NAMES, str), "__doc__": "An object with twenty attributes."}),
    description="An object with twenty attributes.",
)


def rows() -> list[Row]:  # type: ignore[valid-type]
    return [Row(**dict.fromkeys(NAMES, f"value {number}")) for number in range(ROWS)]


queries = [strawberry.field(rows, description="A hundred objects.")]


def _strawberry(*extensions: type[SchemaExtension] | Callable[[], SchemaExtension]) -> ASGIApp:
    schema = strawberry.Schema(create_type("Query", queries), extensions=list(extensions))
    return Starlette(routes=[Route("/graphql", GraphQL[Any, Any](schema))])


def _raw() -> ASGIApp:
    """What is left without GraphQL: the body is read as JSON, and an answer of the same size is made and written."""

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        data: dict[str, Any] = {"__typename": "Query"}
        if "rows" in asked["query"]:
            data = {"rows": [dict.fromkeys(NAMES, f"value {number}") for number in range(ROWS)]}
        return Response(orjson.dumps({"data": data}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


KINDS: dict[str, Callable[[], ASGIApp]] = {
    "raw": _raw,
    "strawberry": _strawberry,
    "strawberry-caches": lambda: _strawberry(ParserCache, ValidationCache),
    "strawberry-limits": lambda: _strawberry(
        ParserCache,
        ValidationCache,
        lambda: MaxTokensLimiter(max_token_count=2_000),
        lambda: MaxAliasesLimiter(max_alias_count=30),
        lambda: QueryDepthLimiter(max_depth=15),
    ),
    "strawberry-traces": lambda: _strawberry(ParserCache, ValidationCache, OpenTelemetryExtension),
}


def main() -> None:
    port, kind = sys.argv[1:]
    uvicorn.run(
        KINDS[kind](), host="127.0.0.1", port=int(port), log_level="warning", access_log=False, loop="uvloop", ws="none"
    )


if __name__ == "__main__":
    main()
