"""What the schema tells routers of who may call what: nothing unless it is asked to, and then what is so."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import ObjectTypeDefinitionNode, parse, value_from_ast_untyped

from inventory_graph.app import create_app
from inventory_graph.identity.permissions import PERMISSIONS as EVERY_PERMISSION
from resolvers import authorization as rules
from resolvers.authorization import Authorization
from resolvers.schema import build_schema
from tests.given.tenants import given_tenant
from tests.given.worlds import World, given_world
from tests.graph import BASE_URL, NOBODY, GivenCallers, GraphClient
from tests.http.conftest import answer_yes, settings_for_tests
from tests.operations import OPERATIONS, Operation, platform_graph
from tests.rows import unchanged
from tests.selections import document, is_mutation, root_fields, schema
from tests.statements import CountingDatabase

SAID = ("authenticated", "requiresScopes")
GUARDED = [operation for operation in OPERATIONS if operation.field not in rules.OPEN]
guarded = pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.name)


@pytest.fixture(scope="module")
async def world(database: CountingDatabase, http_client: httpx.AsyncClient, callers: GivenCallers) -> World:
    """One tenant for all requests."""
    graph = GraphClient(http_client, callers, await given_tenant(database))
    return await given_world(platform_graph(graph))


async def refused(world: World, operation: Operation, actor: object) -> list[str]:
    """The codes with which the field itself is refused, which changes nothing."""
    arguments = await operation.arguments(world)
    text = document(operation.field, list(arguments), "errors { code }" if is_mutation(operation.field) else None)
    async with unchanged(world.graph.tenant):
        answer = (await world.graph.response(text, arguments, actor=actor)).json()
    payload = (answer.get("data") or {}).get(operation.field)
    inner = payload.get("errors") or () if isinstance(payload, dict) else ()
    own = [error for error in answer.get("errors", ()) if error["path"] == [operation.field]]
    return [*(error["extensions"]["code"] for error in own), *(error["code"] for error in inner)]


def every_root_field() -> set[str]:
    """What can be asked for, those included that go on answering."""
    subscription = schema().subscription_type
    assert subscription is not None
    return {*root_fields(), *subscription.fields}


def declared(authorization: Authorization) -> dict[str, dict[str, Any]]:
    """What the printed schema says of the callers of each root field: its directives with their arguments."""
    return {
        field.name.value: {
            each.name.value: {
                argument.name.value: value_from_ast_untyped(argument.value) for argument in each.arguments or ()
            }
            for each in field.directives or ()
            if each.name.value in SAID
        }
        for definition in parse(build_schema(authorization=authorization).sdl).definitions
        if isinstance(definition, ObjectTypeDefinitionNode)
        and definition.name.value in {"Query", "Mutation", "Subscription"}
        for field in definition.fields or ()
    }


def test_every_root_field_has_one_rule() -> None:
    """A field without one would stop a schema that is to tell its rules."""
    named = sorted((*rules.OPEN, *rules.ANY_CALLER, *rules.PERMISSIONS))
    assert named == sorted(every_root_field()), "say in resolvers/authorization.py who may call it"
    assert {each for name in rules.PERMISSIONS for each in rules.permissions_for(name)} <= EVERY_PERMISSION


@guarded
async def test_who_is_not_known_is_refused(world: World, operation: Operation) -> None:
    """What is declared `@authenticated` is closed here too."""
    assert await refused(world, operation, NOBODY) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    "operation",
    [operation for operation in GUARDED if operation.field in rules.PERMISSIONS],
    ids=lambda operation: operation.name,
)
async def test_nobody_comes_in_without_the_permission_that_is_declared(world: World, operation: Operation) -> None:
    """All the others together do not stand in for it: a router that asks for it turns away nobody who might enter here."""
    others = EVERY_PERMISSION - set(rules.permissions_for(operation.field))
    caller = replace(world.graph.tenant.actor, is_platform_owner=False, roles=frozenset(), permissions=others)
    assert await refused(world, operation, caller) == ["FORBIDDEN"]


def test_says_nothing_unless_asked() -> None:
    """One gateway does not start with a schema that says it."""
    assert declared("none") == {name: {} for name in every_root_field()}
    assert not any(f"@{name}" in build_schema().sdl for name in SAID)


def test_says_what_takes_a_caller() -> None:
    """A router then refuses a stranger before it asks; what shoppers may ask it lets through."""
    assert declared("authenticated") == {
        name: {} if name in rules.OPEN else {"authenticated": {}} for name in every_root_field()
    }


def test_says_which_permission() -> None:
    """For a router whose claims have the permissions of this service as scopes: it reads any one of the lists."""
    assert declared("scopes") == {
        **{name: {} for name in rules.OPEN},
        **{name: {"authenticated": {}} for name in rules.ANY_CALLER},
        **{
            name: {
                "authenticated": {},
                "requiresScopes": {"scopes": [[permission] for permission in rules.permissions_for(name)]},
            }
            for name in rules.PERMISSIONS
        },
    }


def test_saying_it_changes_no_other_schema() -> None:
    """Fields belong to modules, and modules to every schema of the process."""
    before = build_schema().sdl
    build_schema(authorization="scopes")
    assert build_schema().sdl == before


async def test_the_service_says_what_its_setting_asks_for(database: CountingDatabase, callers: GivenCallers) -> None:
    """The router reads the schema from the service, and the service has the setting."""
    settings = settings_for_tests(federation_authorization="authenticated")
    application = create_app(settings, database=database, authenticator=callers, ready=answer_yes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        answer = (await client.post("/graphql", json={"query": "{ _service { sdl } }"})).json()
    assert answer["data"]["_service"]["sdl"] == build_schema(authorization="authenticated").sdl
