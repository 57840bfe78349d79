"""The service over GraphQL, in process: the whole web application, without a socket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from inventory_graph.actor import Actor
from inventory_graph.auth import Authenticator
from inventory_graph.batching import Batcher
from inventory_graph.db import Database
from inventory_graph.telemetry import Metrics
from resolvers.callbacks import Callbacks
from resolvers.http import GraphQLEndpoint
from resolvers.operating import EndpointSettings, Operations
from resolvers.schema import InventorySchema
from resolvers.streams import Streams
from tests.given.tenants import GivenTenant

BASE_URL = "http://127.0.0.1:4102"
NOBODY = object()
"""In place of an actor: a caller without credentials."""


@dataclass(slots=True)
class GivenCallers:
    """Callers that a test made up, known by a credential each; every other request is the real authenticator's to judge."""

    authenticator: Authenticator
    _actors: dict[str, Actor] = field(default_factory=dict)
    _credentials: dict[int, str] = field(default_factory=dict)

    def credential_of(self, actor: Actor) -> str:
        """What the actor sends as its Authorization."""
        known = self._credentials.get(id(actor))
        if known is None or self._actors[known] is not actor:
            known = self._credentials[id(actor)] = f"Bearer given-{uuid4().hex}"
            self._actors[known] = actor
        return known

    async def authenticate(self, headers: Mapping[str, str]) -> Actor | None:
        given = self._actors.get(headers.get("authorization", ""))
        return given if given is not None else await self.authenticator.authenticate(headers)

    async def visitor(self, tenant_slug: str | None = None, outlet_id: UUID | None = None) -> Actor | None:
        return await self.authenticator.visitor(tenant_slug, outlet_id)


def endpoint_of(
    *,
    schema: InventorySchema,
    database: Database,
    callers: GivenCallers,
    settings: EndpointSettings,
    batcher: Batcher[Any, Any] | None = None,
) -> GraphQLEndpoint:
    """An endpoint of a schema of the test's own."""

    async def ready() -> bool:
        return True

    metrics = Metrics()
    operations = Operations(
        schema=schema, database=database, callers=callers, metrics=metrics, settings=settings, batcher=batcher
    )
    return GraphQLEndpoint(
        operations,
        streams=Streams(metrics),
        callbacks=Callbacks(hosts=(), metrics=metrics),
        is_ready=ready,
        metrics=metrics,
        settings=settings,
    )


@dataclass(slots=True)
class GraphClient:
    """Runs operations as the tenant's administrator, or as another ``actor``; ``NOBODY`` sends no credential."""

    client: httpx.AsyncClient
    callers: GivenCallers
    tenant: GivenTenant

    async def response(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor | object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The bare answer of the HTTP endpoint."""
        sent = dict(headers or {})
        if actor is not NOBODY:
            caller = actor if isinstance(actor, Actor) else self.tenant.actor
            sent["authorization"] = self.callers.credential_of(caller)
        body = {"query": query, "variables": dict(variables or {})}
        return await self.client.post("/graphql", json=body, headers=sent)

    async def __call__(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor | object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The data of an operation that has no errors."""
        answer = (await self.response(query, variables, actor=actor, headers=headers)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def errors(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor | object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """The errors of an operation that must have some."""
        answer = (await self.response(query, variables, actor=actor, headers=headers)).json()
        assert answer.get("errors"), f"no errors but {answer.get('data')}"
        errors: list[dict[str, Any]] = answer["errors"]
        return errors

    async def payload(
        self,
        mutation: str,
        input: Mapping[str, Any],  # noqa: A002 - the argument's name in the schema
        select: str = "",
        *,
        actor: Actor | object | None = None,
        input_type: str | None = None,
    ) -> dict[str, Any]:
        """The payload of a mutation with one argument ``input``: what ``select`` names, ``errors`` and ``replayed``."""
        named = input_type or f"{mutation[0].upper()}{mutation[1:]}Input"
        data = await self(
            f"mutation($input: {named}!) {{ {mutation}(input: $input)"
            f" {{ {select} replayed errors {{ __typename code message path }} }} }}",
            {"input": dict(input)},
            actor=actor,
        )
        payload: dict[str, Any] = data[mutation]
        return payload

    async def accepted(
        self,
        mutation: str,
        input: Mapping[str, Any],  # noqa: A002 - the argument's name in the schema
        select: str = "",
        *,
        actor: Actor | object | None = None,
        input_type: str | None = None,
    ) -> dict[str, Any]:
        """``payload`` of a mutation that is not refused."""
        payload = await self.payload(mutation, input, select, actor=actor, input_type=input_type)
        assert payload["errors"] == [], payload["errors"]
        return payload

    async def refusal(
        self,
        mutation: str,
        input: Mapping[str, Any],  # noqa: A002 - the argument's name in the schema
        *,
        actor: Actor | object | None = None,
        input_type: str | None = None,
    ) -> dict[str, Any]:
        """The one error of a mutation that is refused: ``__typename``, ``code``, ``message``, ``path``."""
        payload = await self.payload(mutation, input, actor=actor, input_type=input_type)
        assert len(payload["errors"]) == 1, payload["errors"]
        error: dict[str, Any] = payload["errors"][0]
        return error
