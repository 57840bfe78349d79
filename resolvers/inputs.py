"""From an input object to what a domain takes: what was given, and the same request known again by its key."""

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, TypeVar
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.idempotency import answer, claim
from resolvers.context import Info


class HasId(Protocol):
    """A record with an id."""

    @property
    def id(self) -> UUID: ...


RecordWithId = TypeVar("RecordWithId", bound=HasId)

KEY_DESCRIPTION = (
    "Makes the request safe to send again: the same key with the same arguments answers the same and changes nothing."
    " 1 to 255 characters, kept at least 7 days."
)


def word_of(value: Enum) -> Any:
    """The word of an enum's member, as domains know it. Where descriptions are attached, its type is not that of the word."""
    return value.value


def changes_of(given: object, *, names: Collection[str], may_be_null: Collection[str] = ()) -> dict[str, Any]:
    """The fields of an input object that were given, enums as their values; raises ``InvalidInput`` for a null that cannot
    be."""
    changes: dict[str, Any] = {}
    for name in names:
        value = getattr(given, name)
        if value is strawberry.UNSET:
            continue
        if value is None and name not in may_be_null:
            raise InvalidInput("This cannot be null; leave it out to keep what it is.", path=(name,))
        changes[name] = word_of(value) if isinstance(value, Enum) else value
    return changes


def arguments_of(given: Any) -> Any:
    """An input object as JSON-ready arguments by their GraphQL names, without its key, to be compared with those of an earlier request."""
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        values = {each.name: getattr(given, each.name) for each in dataclasses.fields(given)}
        return {
            to_camel_case(name): arguments_of(value)
            for name, value in values.items()
            if name != "idempotency_key" and value is not strawberry.UNSET
        }
    if isinstance(given, list):
        return [arguments_of(each) for each in given]
    return word_of(given) if isinstance(given, Enum) else given


async def write_once(
    info: Info,
    given: Any,
    *,
    operation: str,
    verb: Callable[[Transaction], Awaitable[RecordWithId]],
    load: Callable[[Transaction, Sequence[UUID]], Awaitable[Mapping[UUID, RecordWithId]]],
) -> tuple[RecordWithId, bool]:
    """Run the verb in a transaction under the input's ``idempotency_key``; whether it is a replay comes with the record.

    A replay reads the record that the first request made, as it is now.
    """

    async def write(tx: Transaction) -> tuple[RecordWithId, bool]:
        recorded = await claim(tx, operation=operation, key=given.idempotency_key, arguments=arguments_of(given))
        if recorded is not None:
            record_id = UUID(recorded["id"])
            return (await load(tx, [record_id]))[record_id], True
        record = await verb(tx)
        await answer(tx, operation=operation, key=given.idempotency_key, value={"id": str(record.id)})
        return record, False

    return await info.context.write(write)
