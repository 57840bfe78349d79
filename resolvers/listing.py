"""How documents are read: one by its id or number, many in pages, the newest first."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.pages import Page
from resolvers.context import Info
from resolvers.kit import Connection, check_first, identifier_or_none, present
from resolvers.positions import instant_position

Filter_contra = TypeVar("Filter_contra", contravariant=True)
Key_contra = TypeVar("Key_contra", contravariant=True)
Found: TypeAlias = Awaitable[Mapping[Any, Any]]


class ReadPage(Protocol[Filter_contra]):
    """A domain's page of what the filter lets through; the keyset position is (created_at, id)."""

    def __call__(
        self,
        tx: Transaction,
        *,
        first: int,
        after: tuple[datetime, UUID] | None,
        filter: Filter_contra,
    ) -> Awaitable[Page[Any]]: ...


class Count(Protocol[Filter_contra]):
    """How many the filter lets through; None for more than are counted."""

    def __call__(
        self,
        tx: Transaction,
        *,
        filter: Filter_contra,
    ) -> Awaitable[int | None]: ...


class ByKeys(Protocol[Key_contra]):
    """A batch function of a domain."""

    def __call__(self, tx: Transaction, keys: Sequence[Key_contra], /) -> Found: ...


async def newest_first(
    info: Info,
    node: Any,
    *,
    first: int,
    after: str | None,
    filter: Filter_contra,
    page: ReadPage[Filter_contra],
    count: Count[Filter_contra],
) -> Connection[Any]:
    """A page of documents, each presented by the ``of`` of its type ``node``; counted when somebody asks how many there are."""
    check_first(first)
    position = instant_position(after)
    found = await info.context.read(lambda tx: page(tx, first=first, after=position, filter=filter))

    async def counted() -> int | None:
        return await info.context.read(lambda tx: count(tx, filter=filter))

    return Connection.of(found, node=node.of, after=after, count=counted)


async def by_id_or_number(
    info: Info, what: str, *, id: str | None, number: str | None, by_id: ByKeys[UUID], by_number: ByKeys[str]
) -> Any:
    """The document that is named one way or the other, such as ``what`` "transfer"; None for an unknown one. Raises ``InvalidInput``."""
    if (id is None) == (number is None):
        raise InvalidInput(f"Name the {what} by its id or by its number, and by one of them only.", path=("id",))
    if number is not None:
        return present(await info.context.load(by_number, number))
    found = identifier_or_none(id)
    return present(await info.context.load(by_id, found)) if found is not None else None
