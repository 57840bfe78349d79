"""The router's ``_entities`` and ``_service``: in batches, in order, one bad representation at a time."""

from typing import Any

import pytest

from tests.http import kiosk
from tests.http.conftest import ROUTER_SECRET, Served

ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on Thing { id sku } ... on Other { otherId: id } }
}
"""
ROUTER = {"x-router-secret": ROUTER_SECRET}


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    kiosk.calls.clear()


async def ask(served: Served, representations: list[Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await served.query(ENTITIES, {"representations": representations}, headers=ROUTER)).json()
    return answer


def thing(**keys: Any) -> dict[str, Any]:
    return {"__typename": "Thing", **keys}


async def test_each_type_is_loaded_once_and_the_order_kept(served: Served) -> None:
    """A router asks for the entities of a whole page at once, of any types, some of them several times."""
    answer = await ask(
        served, [thing(sku="A"), {"__typename": "Other", "id": "7"}, thing(sku="B"), thing(sku="A"), thing(id="1")]
    )
    assert answer == {
        "data": {
            "_entities": [
                {"__typename": "Thing", "id": "?", "sku": "A"},
                {"__typename": "Other", "otherId": "7"},
                {"__typename": "Thing", "id": "?", "sku": "B"},
                {"__typename": "Thing", "id": "?", "sku": "A"},
                {"__typename": "Thing", "id": "1", "sku": "?"},
            ]
        }
    }
    assert kiosk.calls == [[thing(sku="A"), thing(sku="B"), thing(id="1")]]


@pytest.mark.parametrize(
    "bad",
    [
        thing(),
        thing(sku=None),
        thing(sku=7),
        thing(sku=["A"]),
        thing(id={"a": 1}),
        thing(code="C"),
        thing(SKU="A"),
        {"__typename": "Nothing", "id": "1"},
        {"__typename": "Query", "id": "1"},
        {"__typename": "ThingKey", "id": "1"},
        {"__typename": "String", "id": "1"},
        {"__typename": "Elsewhere", "id": "1"},
        {"__typename": 7, "id": "1"},
        {"__typename": None},
        {"id": "1"},
        {},
        "Thing",
        7,
        [],
        [thing(sku="A")],
    ],
)
async def test_a_bad_representation_is_null_alone(served: Served, bad: Any) -> None:
    """A stock server answers null for the whole call, so that one stale reference empties a page."""
    answer = await ask(served, [thing(sku="A"), bad, thing(sku="B")])
    assert "errors" not in answer
    assert [each and each["sku"] for each in answer["data"]["_entities"]] == ["A", None, "B"]
    assert kiosk.calls == [[thing(sku="A"), thing(sku="B")]]


async def test_an_unknown_or_foreign_entity_is_null_alone(served: Served) -> None:
    """Whether it does not exist or belongs to another tenant cannot be told apart."""
    answer = await ask(served, [thing(sku="A"), thing(sku="FOREIGN-1")])
    assert answer == {"data": {"_entities": [{"__typename": "Thing", "id": "?", "sku": "A"}, None]}}


async def test_a_compound_key_must_be_complete(served: Served) -> None:
    """Half a key names nothing; all of it is handed on, with what the router adds for @requires."""
    answer = await ask(served, [thing(code="C"), thing(code="C", place="P", price="3.50")])
    assert [each is not None for each in answer["data"]["_entities"]] == [False, True]
    assert kiosk.calls == [[thing(code="C", place="P", price="3.50")]]


async def test_a_key_may_lie_within_an_object(served: Served) -> None:
    """What a maker calls it, by the maker's code: an object that lacks it, or is none, names nothing."""
    whole = thing(code="C", maker={"code": "M", "name": 7})
    makers: list[Any] = [None, "M", [], {}, {"code": None}, {"code": {}}, {"name": "M"}]
    bad = [thing(code="C", maker=maker) for maker in makers]
    answer = await ask(served, [*bad, whole, thing(maker={"code": "M"})])
    assert [each is not None for each in answer["data"]["_entities"]] == [*[False] * len(bad), True, False]
    assert kiosk.calls == [[whole]]


async def test_a_type_that_fails_leaves_the_others(served: Served) -> None:
    """Each place of the broken type has its masked error, the rest of the page stands."""
    answer = await ask(served, [thing(sku="BROKEN"), {"__typename": "Other", "id": "7"}, thing(sku="A")])
    assert answer["data"]["_entities"] == [None, {"__typename": "Other", "otherId": "7"}, None]
    assert [(error["path"], error["message"]) for error in answer["errors"]] == [
        (["_entities", 0], "Internal error"),
        (["_entities", 2], "Internal error"),
    ]


async def test_a_thousand_are_taken_and_one_more_refused(served: Served) -> None:
    """The limit is stated; nothing is loaded beyond it."""
    many = [thing(sku=f"S{number}") for number in range(1_000)]
    answer = await ask(served, many)
    assert [each["sku"] for each in answer["data"]["_entities"]] == [each["sku"] for each in many]
    assert len(kiosk.calls) == 1
    refused = await ask(served, [*many, thing(sku="A")])
    assert refused["data"] is None
    assert refused["errors"][0]["message"] == "_entities takes at most 1000 representations at once, not 1001."
    assert refused["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "argument": ["representations"]}
    assert len(kiosk.calls) == 1


@pytest.mark.parametrize("headers", [{}, {"x-router-secret": "wrong"}, {"x-router-secret": ROUTER_SECRET + "x"}])
@pytest.mark.parametrize("query", ["{ _service { sdl } }", "{ _entities(representations: []) { __typename } }"])
async def test_both_fields_are_closed_to_all_but_the_router(
    served: Served, query: str, headers: dict[str, str]
) -> None:
    """Representations bypass every argument check, and the SDL tells of fields that the graph hides."""
    response = await served.query(query, headers=headers)
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert response.json()["data"] is None


async def test_the_router_reads_the_sdl(served: Served) -> None:
    """The same text that the file schema.graphql has."""
    response = await served.query("{ _service { sdl } }", headers=ROUTER)
    sdl = response.json()["data"]["_service"]["sdl"]
    assert 'schema @link(url: "https://specs.apollo.dev/federation/v2.9"' in sdl
    assert 'type Thing @key(fields: "id") @key(fields: "sku") @key(fields: "code place")' in sdl
