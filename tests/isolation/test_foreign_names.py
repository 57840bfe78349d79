"""Naming what is another tenant's: it is not there, whoever names it and however."""

from dataclasses import replace
from secrets import token_hex
from typing import Any

import pytest

from tests.given.items import given_item
from tests.given.tenants import given_tenant
from tests.given.worlds import World, as_it_is, given_world
from tests.graph import NOBODY, GraphClient
from tests.isolation.test_neighbours_change_nothing import entity_queries, sent_entities
from tests.operations import NOT_FOUND, NOTHING, OPERATIONS, OWN, Operation, platform_graph
from tests.rows import unchanged

CANARY = f"canary{token_hex(12)}"


def sung(value: str) -> str:
    return f"{value} {CANARY}"


def coded(value: str) -> str:
    """A key that no other tenant has."""
    return f"{value}9z" if value.islower() else f"{value}9Z"


@pytest.fixture
async def theirs(graph: GraphClient) -> World:
    """Another tenant's world, in which everything has a name of its own."""
    other = await given_tenant(graph.tenant.database, public_levels=True)
    return await given_world(platform_graph(replace(graph, tenant=other)), text=sung, code=coded)


def is_empty(found: Any) -> bool:
    """Whether an answer tells of nothing: null, or a list or a page without anything in it."""
    if isinstance(found, dict) and "edges" in found:
        return (found["edges"], found["nodes"], found["totalCount"]) == ([], [], 0)
    return found is None or bool(found == [])


async def test_every_request_of_theirs_finds_nothing_here(graph: GraphClient, theirs: World) -> None:
    """Their ids, SKUs, codes, lots, serials and barcodes, sent by us: reads null, or NOT_FOUND; and nothing of theirs
    changes. What names nothing of theirs is ours to do."""
    owner = platform_graph(graph)
    for operation in OPERATIONS:
        # In their world, so that what the request needs is there, but in our words: the canary is theirs alone.
        arguments = await operation.arguments(replace(theirs, text=as_it_is))
        async with unchanged(theirs.graph.tenant):
            response = await owner.response(operation.document(arguments), arguments)
        assert CANARY not in response.text, operation.name
        assert_foreign(operation, response.json())


def assert_foreign(operation: Operation, answer: dict[str, Any]) -> None:
    found = (answer.get("data") or {}).get(operation.field)
    match operation.foreign:
        case "own":
            assert "errors" not in answer, f"{operation.name}: {answer['errors']}"
        case "nothing":
            assert is_empty(found), f"{operation.name}: {found or answer}"
        case code:
            codes = [error["code"] for error in (found or {}).get("errors", ())]
            assert codes == [code], f"{operation.name}: {found}"


def test_each_kind_of_answer_is_expected_of_some() -> None:
    """Else one of them would never be looked at."""
    assert {operation.foreign for operation in OPERATIONS} == {OWN, NOTHING, NOT_FOUND}


async def test_their_entities_read_null(graph: GraphClient, theirs: World) -> None:
    """By every key, in their place among the representations."""
    for name, query in entity_queries():
        response = await sent_entities(replace(theirs, graph=graph), name, query)
        found = response.json()["data"]["_entities"]
        if name == "Order":
            # Orders are known elsewhere, so that any id is one: what is held for it here is nothing.
            assert [each["reservations"] for each in found] == [[]]
        else:
            assert set(map(str, found)) == {"None"}, name
        assert CANARY not in response.text


async def test_their_keys_and_tokens_open_nothing_here(graph: GraphClient, theirs: World) -> None:
    """A caller of theirs who names our tenant by any header stays in theirs; so does their API key."""
    await given_item(graph.tenant, sku="OURS")
    given = {"name": "Key", "scopes": ["inventory_admin"]}
    secret = (await theirs.graph.accepted("createApiKey", given, "secret"))["secret"]
    us = {"x-tenant-slug": graph.tenant.slug, "x-tenant-id": str(graph.tenant.id)}
    query = '{ me { tenantSlug } item(key: {sku: "OURS"}) { sku } }'
    member = replace(theirs.graph.tenant.actor, is_platform_owner=False)
    as_member = await theirs.graph(query, actor=member, headers=us)
    with_key = await graph(query, actor=NOBODY, headers={**us, "authorization": f"Bearer {secret}"})
    for found in (as_member, with_key):
        assert found == {"me": {"tenantSlug": theirs.graph.tenant.slug}, "item": None}


async def test_their_outlet_stays_theirs_though_we_claim_its_id(graph: GraphClient, theirs: World) -> None:
    """An outlet's id is public. Whoever makes an outlet of their id must not come between them and their shoppers."""
    outlet_id = theirs.ids["outlet"]
    await graph.accepted("createOutlet", {"id": outlet_id, "code": "claimed", "name": "Claimed"})
    await graph.accepted("updateTenant", {"publicLevels": True})
    query = "query($skus: [String!]!, $id: ID!) { availability(skus: $skus, outletId: $id) { level } }"
    variables = {"skus": [theirs.code("BREAD")], "id": outlet_id}
    data = await graph(query, variables, actor=NOBODY)
    assert data["availability"] == [{"level": "IN_STOCK"}]


async def test_rows_of_theirs_are_out_of_reach_of_sql(graph: GraphClient, theirs: World) -> None:
    """Should a statement ever forget its tenant, the database does not: it shows and changes nothing, and takes nothing
    in another tenant's name."""
    ours, other = graph.tenant, theirs.graph.tenant
    async with ours.database.transaction(ours.actor) as tx:
        tables = [
            row["relname"]
            for row in await tx.raw.fetch(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
                " AND relname NOT IN ('permissions', 'alembic_version', 'log_positions')"
            )
        ]
        for table in tables:
            if not await tx.raw.fetchval("SELECT has_table_privilege($1, 'SELECT')", table):
                continue
            key = "id" if table == "tenants" else "tenant_id"
            count = await tx.raw.fetchval(f"SELECT count(*) FROM {table} WHERE {key} = $1", other.id)
            assert count == 0, table
        changed = await tx.raw.execute("UPDATE balances SET on_hand = on_hand + 1 WHERE tenant_id = $1", other.id)
        assert changed == "UPDATE 0"
