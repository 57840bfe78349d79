"""What an operation costs: known before it runs, counted while it runs, and told to whoever asks."""

import time
from typing import Any

import httpx
import pytest

from inventory_graph.db import Database
from resolvers.document_limits import DocumentLimits
from resolvers.documents import Documents, select_operation
from resolvers.operating import EndpointSettings
from resolvers.scales import CostError
from resolvers.schema import InventorySchema, build_schema
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers, GraphClient, endpoint_of
from tests.http import weighed
from tests.http.conftest import ROUTER_SECRET, Served
from tests.http.test_limit_documents import fan_out

SCHEMA = build_schema([weighed])
PAGE_OF_A_HUNDRED = """{ items(first: 100) { nodes { id sku name status unit { code } variants(first: 20) {
  nodes { id sku name balances { onHand available reserved version warehouse { code name } } } } } } }"""


@pytest.fixture
def documents() -> Documents:
    """An empty cache for the schema whose fields say what they cost."""
    return Documents(SCHEMA._schema, limits=DocumentLimits(), suggestions=True)


def points(documents: Documents, text: str, variables: dict[str, Any] | None = None) -> int:
    document = documents.read(text)
    assert document.errors == ()
    return documents.points_of(document, select_operation(document, None), variables, exactly=True)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ __typename }", 0),
        ("{ part { name } }", 3),
        ("{ part { name drawing } }", 3 + 7),
        ("{ part { parts { name } } }", 3 + 5 * 3),
        ("{ drawn { name } }", 20),
        ("{ drawn { parts { name drawing } } }", 20 + 5 * (3 + 7)),
        ("{ many { name } }", 30 * 3),
        ("{ parts(first: 10) { title nodes { name } } }", 1 + 10 * 3),
        ("{ parts(first: 10, last: 20) { nodes { name } } }", 1 + 20 * 3),
        ("{ parts { nodes { name } } }", 1 + 100 * 3),
        ("{ page { nodes { name } edges { node { name } } pageInfo { endCursor } } }", 1 + 20 * (3 + 1 + 3) + 1),
        ("{ page(first: 2) { ...P } } fragment P on PartConnection { nodes { ...Q ...Q } } fragment Q on Part { parts { name } }",
         1 + 2 * (3 + 2 * 5 * 3)),
        ("{ a: page(first: 2) { ...P } b: page(first: 50) { ...P } } fragment P on PartConnection { nodes { name } }",
         1 + 2 * 3 + 1 + 50 * 3),
        ('mutation { scrap(names: ["a"]) }', 10),
        ('mutation { a: scrap(names: ["a"]) b: scrap(names: ["b"]) }', 20),
        ("{ __schema { types { fields { name } } } }", 1 + 5 * (1 + 5)),
    ],
)  # fmt: skip
def test_an_object_costs_one_unless_the_schema_says_otherwise(documents: Documents, text: str, cost: int) -> None:
    """By the same rules as a router's that estimates before it asks."""
    assert points(documents, text) == cost


@pytest.mark.parametrize(
    ("variables", "cost"), [({"n": 7}, 1 + 7 * 3), ({}, 1 + 5 * 3), (None, 1 + 5 * 3), ({"n": 10_000}, 1 + 100 * 3)]
)
def test_variables_are_taken_as_sent(documents: Documents, variables: dict[str, Any] | None, cost: int) -> None:
    """The document is cached for all of them."""
    assert points(documents, "query($n: Int = 5) { page(first: $n) { nodes { name } } }", variables) == cost


def test_an_operation_over_the_limit_says_by_how_much(documents: Documents) -> None:
    """Five to the sixth parts of three points each are too many."""
    text = "{ part { parts { parts { parts { parts { parts { parts { name } } } } } } } }"
    with pytest.raises(
        CostError, match=r"The operation may cost 58593 points; 50000 are allowed\. Ask for smaller pages"
    ):
        points(documents, text)


@pytest.mark.parametrize("aliased", [True, False])
def test_a_bomb_of_a_kilobyte_takes_less_than_ten_milliseconds(schema: InventorySchema, aliased: bool) -> None:
    """A fragment that spreads the next twice, fifteen times over: 65,000 fields if it were written out."""
    text = fan_out(15 if aliased else 16, aliased=aliased)
    assert 850 < len(text) <= 1_024
    seconds = []
    for _ in range(5):
        fresh = Documents(schema._schema, limits=DocumentLimits(), suggestions=True)
        began = time.process_time()
        refused = fresh.read(text).errors[0]
        seconds.append(time.process_time() - began)
    assert refused["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert min(seconds) < 0.010


def test_weighing_grows_with_the_document_and_not_with_what_it_stands_for(documents: Documents) -> None:
    """One long fragment in pages of a hundred different sizes is weighed once."""
    long = " ".join(f"p{number}: parts {{ name }}" for number in range(25))
    pages = " ".join(f"a{number}: page(first: {number}) {{ ...P }}" for number in range(1, 101))
    text = f"{{ {pages} }} fragment P on PartConnection {{ nodes {{ {long} }} }}"
    began = time.process_time()
    assert documents.read(text).errors[0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert time.process_time() - began < 0.1


async def test_whoever_asks_is_told_what_it_cost(served: Served) -> None:
    """By a header or among the extensions; who does not ask gets the answer alone."""
    query = "{ things(first: 3) { id copies(first: 2) { id } } }"
    cost = {"estimated": 9, "actual": 9, "limit": 50_000, "remaining": None}
    by_header = await served.query(query, headers={"x-graphql-cost": "1"})
    assert by_header.json()["extensions"] == {"cost": cost}
    by_extension = await served.client.post("/graphql", json={"query": query, "extensions": {"cost": True}})
    assert by_extension.json()["extensions"] == {"cost": cost}
    assert list((await served.query(query)).json()) == ["data"]


async def test_what_it_cost_is_what_there_was(served: Served) -> None:
    """A page may be shorter than it was allowed to be; the estimate is the most that it could have been. An error is a point."""
    query = 'query($n: Int!) { things(first: $n) { id } named(skus: ["A", "B"]) { id again { id } } }'
    answer = await served.query(query, {"n": 4}, headers={"x-graphql-cost": "1"})
    assert answer.json()["extensions"]["cost"] == {"estimated": 8, "actual": 8, "limit": 50_000, "remaining": None}
    refused = await served.query(
        '{ thing(key: {sku: "x"}) { id } refused(first: 101) }', headers={"x-graphql-cost": "1"}
    )
    assert refused.json()["extensions"]["cost"] == {"estimated": 1, "actual": 2, "limit": 50_000, "remaining": None}


async def actual(served: Served, query: str, variables: dict[str, Any] | None = None) -> int:
    """What the operation cost, which had no errors."""
    body = (await served.query(query, variables, headers={"x-graphql-cost": "1"})).json()
    assert "errors" not in body
    cost: int = body["extensions"]["cost"]["actual"]
    return cost


async def test_looking_for_what_is_not_there_is_a_point(served: Served) -> None:
    """Thirty names for a field without an object are thirty times the work, for an answer of nothing."""
    assert await actual(served, "{ things(first: 4) { id } }") == 4
    assert await actual(served, "{ things(first: 4) { id maker { code } } }") == 4 + 4
    names = " ".join(f"m{number}: maker {{ code }}" for number in range(29))
    assert await actual(served, f"{{ things(first: 4) {{ {names} }} }}") == 4 + 4 * 29
    assert await actual(served, "{ none { id } }") == 1
    assert await actual(served, "{ later: none { id } nothing { id } }") == 2


async def test_a_reference_to_nothing_is_a_point(served: Served) -> None:
    """As one to something is; a name that is sent twice is answered twice."""
    query = "query ($named: [_Any!]!) { _entities(representations: $named) { ... on Thing { id } } }"
    found = [{"__typename": "Thing", "id": str(number)} for number in range(3)]
    foreign = [{"__typename": "Thing", "sku": f"FOREIGN{number % 5}"} for number in range(10)]
    malformed = [{"__typename": "Thing"}, {}, {"__typename": "Nothing", "id": "1"}]
    sent = {"named": [*found, *foreign, *malformed]}
    answer = await served.query(query, sent, headers={"x-graphql-cost": "1", "x-router-secret": ROUTER_SECRET})
    assert answer.json()["data"]["_entities"] == [{"id": str(number)} for number in range(3)] + [None] * 13
    assert answer.json()["extensions"]["cost"]["actual"] == 16


async def test_a_list_of_values_is_a_point_for_every_twenty(served: Served) -> None:
    """Each value is converted and written, and a movement may have thousands of serials."""
    query = "query ($tags: Int!) { tagged(tags: $tags) { tags } }"
    assert [await actual(served, query, {"tags": tags}) for tags in (0, 19, 20, 200)] == [1, 1, 2, 11]
    beside = "query ($tags: Int!) { tagged(tags: $tags) { a: tags b: tags again { id } } }"
    assert await actual(served, beside, {"tags": 200}) == 2 + 2 * 10


async def test_texts_and_values_count_as_much_beside_objects(served: Served) -> None:
    """An object's are added up before they are counted, whatever else is selected of it."""
    short = " ".join(f"t{number}: tags" for number in range(29))
    alone = await actual(served, f"{{ tagged(tags: 15) {{ {short} }} }}")
    assert alone == 1 + 29 * 15 * 50 // 1_000
    assert await actual(served, f"{{ tagged(tags: 15) {{ {short} again {{ id }} }} }}") == alone + 1
    assert await actual(served, f"{{ tagged(tags: 15) {{ again {{ id }} later {{ {short} }} }} }}") == alone + 2


async def test_a_refused_operation_tells_its_cost_unasked(served: Served) -> None:
    """The reason, the estimate and the limit, for a client that wants to cut its request in two."""
    query = "{ things(first: 100) { copies(first: 100) { copies(first: 100) { id } } } }"
    error = (await served.query(query)).json()["errors"][0]
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "cost": {"estimated": 1_010_100, "limit": 50_000}}
    assert "data" not in (await served.query(query)).json()


@pytest.fixture
async def narrow(database: Database, callers: GivenCallers) -> Any:
    """The schema that says what it costs, where an operation may cost ninety points."""
    endpoint = endpoint_of(
        schema=SCHEMA,
        database=database,
        callers=callers,
        settings=EndpointSettings(limits=DocumentLimits(cost_max=90)),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://localhost") as client:
        yield client


async def test_a_list_that_turns_out_longer_is_stopped_on_the_way(narrow: httpx.AsyncClient) -> None:
    """The estimate takes a list for five; this one has twelve, of twelve each. Half of an answer would look like all of it."""
    answer = await narrow.post("/", json={"query": "{ part { parts { parts { name } } } }"})
    assert answer.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    passed = await narrow.post("/", json={"query": "{ part { parts { name } } }", "extensions": {"cost": True}})
    assert passed.json()["extensions"]["cost"] == {"estimated": 18, "actual": 39, "limit": 90, "remaining": None}
    query = "{ many { name } part { parts { parts { name } } } }"
    estimate = await narrow.post("/", json={"query": query})
    assert "may cost" in estimate.json()["errors"][0]["message"]
    late = await narrow.post(
        "/", json={"query": "{ part { parts { name } } a: part { parts { name } } b: part { parts { name } } }"}
    )
    assert late.json() == {
        "errors": [
            {
                "message": "The answer became larger than was estimated, and costs more than one operation may. Ask for less at once.",
                "extensions": {"code": "LIMIT_EXCEEDED", "cost": {"actual": 93, "limit": 90}},
            }
        ],
        "data": None,
    }


async def test_ordinary_work_is_far_from_the_limit(graph: GraphClient) -> None:
    """A page of a hundred items with their variants and balances, as a back office shows it."""
    response = await graph.response(PAGE_OF_A_HUNDRED, headers={"x-graphql-cost": "1"})
    cost = response.json()["extensions"]["cost"]
    assert "errors" not in response.json()
    assert cost["estimated"] < cost["limit"] // 2


async def test_long_texts_cost_by_their_length(graph: GraphClient, tenant: GivenTenant) -> None:
    """A description is kept once and answered as often as it is named: nobody gets megabytes for the price of an id."""
    await given_item(tenant, sku="LONG", description="x" * 100_000, metadata={"text": "x" * 16_000})
    await given_item(tenant, sku="SHORT", description="x" * 700, metadata={"text": "x" * 200})

    async def actual_of(sku: str, fields: str) -> int:
        query = f'{{ item(key: {{sku: "{sku}"}}) {{ {fields} }} }}'
        answer = (await graph.response(query, headers={"x-graphql-cost": "1"})).json()
        assert "errors" not in answer
        cost: int = answer["extensions"]["cost"]["actual"]
        return cost

    assert await actual_of("LONG", "sku") == 1
    assert await actual_of("LONG", "description") == 1 + 100
    assert await actual_of("LONG", " ".join(f"d{number}: description" for number in range(20))) == 1 + 2_000
    assert await actual_of("LONG", "metadata") == 1 + 16
    assert await actual_of("SHORT", "description metadata") == 1
    assert await actual_of("SHORT", "a: description b: description") == 1 + 1


async def test_an_answer_of_long_texts_is_stopped_on_the_way(graph: GraphClient, tenant: GivenTenant) -> None:
    """Before any of it is written: fifty thousand points are fifty megabytes."""
    for number in range(30):
        await given_item(tenant, sku=f"LONG{number}", description="x" * 100_000)
    names = " ".join(f"d{number}: description" for number in range(20))
    answer = await graph.response(f"{{ items(first: 100) {{ nodes {{ {names} }} }} }}")
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["cost"]["limit"] == 50_000
    assert answer.json()["data"] is None
    assert len(answer.content) < 1_000
