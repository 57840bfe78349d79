"""The comparison server: Strawberry as it comes, with its parser and validation caches, answering ``{__typename}``."""

import sys

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache


@strawberry.type
class Query:
    """One field, for a schema needs one."""

    hello: str = "world"


schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
application = Starlette(routes=[Route("/graphql", GraphQL(schema))])

if __name__ == "__main__":
    uvicorn.run(
        application, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, loop="uvloop"
    )
