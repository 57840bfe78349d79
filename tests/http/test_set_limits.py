"""What a document may ask for is said by settings: each is the number that the refusal tells."""

from dataclasses import asdict
from typing import Any

import httpx
import pytest

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from resolvers.document_limits import DocumentLimits
from tests.given.tenants import GivenTenant
from tests.graph import BASE_URL, GivenCallers, GraphClient
from tests.statements import CountingDatabase

DEEP = "{ items { nodes { category { parent { parent { slug } } } } } }"
REFUSED = {
    "document_characters_max": (1_000, "{ __typename " + " " * 1_000 + "}", "1000 are allowed"),
    "document_tokens_max": (
        100,
        "{" + " ".join(f"a{n}: __typename" for n in range(30)) + " __typename" * 10 + "}",
        "more than 100 tokens",
    ),
    "document_comments_max": (0, "{ __typename } # one", "more than 0 comments"),
    "document_operations_max": (1, "query A { __typename } query B { __typename }", "2 operations; 1 are allowed"),
    "document_depth_max": (3, DEEP, "6 levels of fields; 3 are allowed"),
    "document_fields_max": (
        10,
        "{ items { nodes { id sku name type tracking createdAt updatedAt description version tags } } }",
        "10 are allowed",
    ),
    "document_aliases_max": (0, "{ one: __typename }", "1 aliases"),
    "document_directives_max": (0, "{ __typename @skip(if: false) }", "more than 0 directives"),
    "document_repeats_max": (0, "{ __typename __typename }", "again more than 0 times"),
    "value_depth_max": (
        5,
        "{ _entities(representations: [[[[[[1]]]]]]) { __typename } }",
        "Values may be nested 5 levels deep, not more.",
    ),
    "document_fragments_max": (1, "{ ... { __typename } ... { __typename } }", "more than 1 fragments"),
    "document_fragment_definitions_max": (
        1,
        "{ ...A ...B } fragment A on Query { __typename } fragment B on Query { __typename }",
        "2 fragments; 1 are allowed",
    ),
    "document_alias_length_max": (10, "{ abcdefghijk: __typename }", "may have 10 characters"),
    "document_operation_nodes_max": (
        1_000,
        " ".join(f"query Q{n} {{ __typename ... {{ __typename }} }}" for n in range(20)),
        "too long for 20 operations",
    ),
    "answer_fields_max": (
        1_000,
        "{ items(first: 100) { nodes { variants(first: 20) { nodes { sku } } } } }",
        "1000 are allowed",
    ),
    "cost_max": (100, "{ items(first: 100) { nodes { variants(first: 20) { nodes { sku } } } } }", "100 are allowed"),
}


async def ready() -> bool:
    return True


def test_each_has_the_default_that_is_tested_everywhere_else() -> None:
    """And none is left out."""
    settings = Settings.load(dotenv=None)
    names = {
        name if name == "cost_max" else name.removeprefix("document_").replace("answer_fields", "answers"): name
        for name in REFUSED
    }
    assert {short: getattr(settings, name) for short, name in names.items()} == asdict(DocumentLimits())


@pytest.mark.parametrize("name", REFUSED)
async def test_a_document_beyond_the_setting_is_refused(
    database: CountingDatabase, callers: GivenCallers, tenant: GivenTenant, graph: GraphClient, name: str
) -> None:
    """By its own number, where the default lets it through."""
    limit, query, words = REFUSED[name]
    application = create_app(
        Settings.load(dotenv=None, **{name: limit}), database=database, authenticator=callers, ready=ready
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        limited = GraphClient(client, callers, tenant)
        assert words in (await limited.errors(query))[0]["message"]
    assert words not in (await graph.response(query)).text


async def test_variables_are_held_to_the_depth_of_values(
    database: CountingDatabase, callers: GivenCallers, tenant: GivenTenant
) -> None:
    """So deep and no deeper."""
    settings = Settings.load(dotenv=None, value_depth_max=5)
    application = create_app(settings, database=database, authenticator=callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        limited = GraphClient(client, callers, tenant)
        deep: list[Any] = [[[[[]]]]]
        answer = (await limited.response("{ __typename }", {"nothing": deep})).json()
        assert answer == {"data": {"__typename": "Query"}}
        answer = (await limited.response("{ __typename }", {"nothing": [deep]})).json()
    message = "Variables may be nested 5 levels deep; The variable $nothing.0.0.0.0 is deeper."
    assert answer["errors"] == [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]
