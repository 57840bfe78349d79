"""A little schema with a field for every way a field can end; it exports what a resolver module exports."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from inventory_graph.errors import InvalidInput, OutcomeUnknown, Unavailable
from inventory_graph.idempotency import claim
from resolvers.context import Info
from resolvers.kit import First, Payload, check_first, field, mutation
from resolvers.scalars import JSON, Quantity

SECRET = "postgresql://inventory:hunter2@database/inventory"
calls: list[list[Mapping[str, Any]]] = []
"""What each call of ``Thing.resolve_references`` was given."""


@strawberry.enum(description="Sizes.")
class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@strawberry.type(description="Who made a thing.")
class Maker:
    code: str = strawberry.field(description="The maker's code.")
    name: str = strawberry.field(default="", description="The maker's name, no part of a key.")


@strawberry.federation.type(keys=["id", "sku", "code place", "code maker { code }"], description="A thing.")
class Thing:
    id: strawberry.ID = strawberry.field(description="Its id.")
    sku: str = strawberry.field(description="Its SKU.")
    code: str = strawberry.field(default="C", description="Its code.")
    place: str = strawberry.field(default="P", description="Its place.")
    maker: Maker | None = strawberry.field(default=None, description="Its maker.")
    size: Size | None = strawberry.field(default=None, description="Its size.")
    count: int | None = strawberry.field(default=None, description="Its count.")
    weight: float | None = strawberry.field(default=None, description="Its weight.")
    tags: list[str] = strawberry.field(default_factory=list, description="Its tags.")
    note: str = strawberry.field(default="", description="Its note, never null.")
    quantity: Quantity | None = strawberry.field(default=None, description="Its quantity.")

    @field(description="The same thing again.")
    def again(self) -> "Thing":
        return self

    @field(description="The same thing, later.")
    async def later(self) -> "Thing":
        await asyncio.sleep(0)
        return self

    @field(description="Ten of the same thing.")
    def copies(self, first: First = 10) -> list["Thing"]:
        return [self] * check_first(first)

    @classmethod
    async def resolve_references(
        cls, _info: Info, representations: Sequence[Mapping[str, Any]]
    ) -> list["Thing | None"]:
        calls.append(list(representations))
        await asyncio.sleep(0)
        if any(each.get("sku") == "BROKEN" for each in representations):
            raise RuntimeError(SECRET)
        return [
            None if each.get("sku", "").startswith("FOREIGN") else cls(id=each.get("id", "?"), sku=each.get("sku", "?"))
            for each in representations
        ]


@strawberry.federation.type(directives=[Key(fields=FieldSet("id"), resolvable=False)], description="Owned elsewhere.")
class Elsewhere:
    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.federation.type(keys=["id"], description="Another thing.")
class Other:
    id: strawberry.ID = strawberry.field(description="Its id.")

    @classmethod
    async def resolve_references(cls, _info: Info, representations: Sequence[Mapping[str, Any]]) -> list["Other"]:
        return [cls(id=each["id"]) for each in representations]


@strawberry.input(one_of=True, description="By one of them.")
class ThingKey:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By id.")
    sku: str | None = strawberry.field(default=strawberry.UNSET, description="By SKU.")


def thing(key: ThingKey) -> Thing | None:
    return Thing(id=strawberry.ID("1"), sku=key.sku or "by id")


def things(first: First = 20) -> list[Thing]:
    return [Thing(id=strawberry.ID(str(number)), sku=f"S{number}") for number in range(check_first(first))]


def named(skus: list[str]) -> list[Thing]:
    return [Thing(id=strawberry.ID("1"), sku=sku) for sku in skus]


def odd(
    count: JSON | None = None,
    note: JSON | None = strawberry.UNSET,
    weight: JSON | None = None,
    size: JSON | None = None,
    tags: JSON | None = strawberry.UNSET,
) -> Thing:
    # The values are whatever the caller sends: this resolver answers what its type does not allow.
    odd_values: dict[str, Any] = {"count": count, "weight": weight, "size": size}
    odd_values |= {name: given for name, given in (("note", note), ("tags", tags)) if given is not strawberry.UNSET}
    return Thing(id=strawberry.ID("1"), sku="ODD", **odd_values)


def tagged(tags: int) -> Thing:
    return Thing(id=strawberry.ID("1"), sku="TAGGED", tags=[f"tag {number}" for number in range(tags)])


async def none() -> Thing | None:
    return None


def nothing() -> list[Thing]:
    return []


def echo(text: str) -> str:
    return text


def json(value: JSON | None = None) -> JSON | None:
    return value


def quantity(value: Quantity) -> Quantity:
    return value


async def boom() -> str | None:
    raise RuntimeError(SECRET)


def refused(first: int = 0) -> str | None:
    raise InvalidInput(f"first is {first}; it must be 1 to 100.", path=("page_size", "first"))


async def busy() -> str | None:
    raise Unavailable


async def unknown_outcome() -> str | None:
    raise OutcomeUnknown


async def me(info: Info) -> str | None:
    return info.context.actor.subject


async def sleep(seconds: float) -> str | None:
    await asyncio.sleep(seconds)
    return "awake"


async def sleep_in_database(info: Info, seconds: float) -> str | None:
    await info.context.read(lambda tx: tx.raw.execute(f"SELECT pg_sleep({seconds:.0f})"))
    return "awake"


async def tenant(info: Info, outlet_id: strawberry.ID | None = None) -> str | None:
    await info.context.name_tenant_by_outlet(UUID(outlet_id) if outlet_id is not None else None)
    return info.context.visitor.tenant_slug


def unprintable() -> JSON | None:
    return JSON({1, 2})


async def claimed(info: Info, keys: list[str]) -> list[str]:
    found = await info.context.read(
        lambda tx: tx.raw.fetch(
            "SELECT key FROM idempotency_keys WHERE tenant_id = $1 AND key = ANY($2) ORDER BY key", tx.tenant_id, keys
        )
    )
    return [row["key"] for row in found]


@strawberry.type(description="What claiming answers.")
class ClaimPayload(Payload):
    key: str | None = strawberry.field(default=None, description="The key that was claimed.")


@strawberry.input(description="What to claim.")
class ClaimKeyInput:
    key: str = strawberry.field(description="The key.")
    then_fail: bool = strawberry.field(default=False, description="Whether to fail after it.")


@mutation
async def claim_key(info: Info, input: ClaimKeyInput) -> ClaimPayload:  # noqa: A002 - the argument's name in the schema
    """Claim a key and commit, or fail afterwards."""

    async def run(tx: Any) -> ClaimPayload:
        await claim(tx, operation="claimKey", key=input.key, arguments={})
        if input.then_fail:
            raise RuntimeError(SECRET)
        return ClaimPayload(key=input.key)

    return await info.context.write(run)


queries = [
    strawberry.field(function, description=f"Answers {function.__name__}.")
    for function in (
        thing, things, named, odd, tagged, none, nothing, echo, json, quantity, boom, refused, busy, unknown_outcome, me, sleep, tenant,
        sleep_in_database,
        unprintable, claimed,
    )
]  # fmt: skip
mutations = [claim_key]
types: list[type] = [Elsewhere, Other]
