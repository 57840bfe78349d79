"""What every resolver module uses: refusals as data, connections, and the mutation wrapper."""

import base64
import dataclasses
import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar, cast, get_origin, get_type_hints
from uuid import UUID

import orjson
import strawberry
from strawberry import enum_value
from strawberry.federation.schema_directives import Shareable
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from inventory_graph.errors import InvalidInput, Refusal
from inventory_graph.pages import FIRST_MAX, Page
from resolvers.context import Info
from resolvers.federation import cost, page, usually

IDS_MAX = 1_000
OBJECTS_MAX = 1_000
"""The longest list of objects that any mutation takes."""
CURSOR_LENGTH_MAX = 4_096
"""Longer than any that this service gives: two texts of 255 characters, all of them escaped, and an id. A field of many objects reads its
cursor for each of them."""

First = Annotated[int, strawberry.argument(description="How many to return, 1 to 100.")]
After = Annotated[
    str | None, strawberry.argument(description="The cursor after which to go on, from pageInfo.endCursor.")
]


@strawberry.enum(
    description="Why a request was refused, for machines. Open ended: treat an unknown code like INVALID_INPUT."
)
class ErrorCode(Enum):
    INVALID_INPUT = enum_value(
        "INVALID_INPUT", description="An argument is not valid; `path` names it. Correct it and send again."
    )
    NOT_FOUND = enum_value("NOT_FOUND", description="What `path` names does not exist in this tenant.")
    ALREADY_EXISTS = enum_value(
        "ALREADY_EXISTS", description="There is one by this name already; use it or choose another name."
    )
    FORBIDDEN = enum_value("FORBIDDEN", description="The caller lacks a permission or is bound to another outlet.")
    INSUFFICIENT_STOCK = enum_value(
        "INSUFFICIENT_STOCK", description="Less is available than was asked; ask for less, elsewhere or later."
    )
    STALE_QUANTITY = enum_value(
        "STALE_QUANTITY", description="The quantity changed since it was read; read it again and decide anew."
    )
    IDEMPOTENCY_CONFLICT = enum_value(
        "IDEMPOTENCY_CONFLICT", description="The key was used with other arguments; use a new key for a new request."
    )
    INVALID_TRANSITION = enum_value(
        "INVALID_TRANSITION", description="The thing is not in a state from which this step leads on; read its status."
    )
    ALREADY_RESOLVED = enum_value(
        "ALREADY_RESOLVED", description="The hold was committed, released or expired before; nothing is left to do."
    )
    RESERVATION_EXPIRED = enum_value("RESERVATION_EXPIRED", description="The hold's time has passed; reserve again.")
    UNIT_MISMATCH = enum_value(
        "UNIT_MISMATCH",
        description="The unit has another dimension than the item's stock unit and the item has no bridge to it.",
    )
    ITEM_INACTIVE = enum_value("ITEM_INACTIVE", description="The item or variant is archived.")
    LOT_NOT_ELIGIBLE = enum_value(
        "LOT_NOT_ELIGIBLE", description="The lot is on hold, expired or has too little shelf life left."
    )
    SERIAL_NOT_AVAILABLE = enum_value(
        "SERIAL_NOT_AVAILABLE", description="The serial is not in stock at this place, or is there already."
    )
    PERIOD_CLOSED = enum_value(
        "PERIOD_CLOSED",
        description="It happened in a closed period; the message says which. Date it later, or reopen the period.",
    )
    LIMIT_EXCEEDED = enum_value("LIMIT_EXCEEDED", description="A stated limit was exceeded; send less at once.")
    RETRY = enum_value("RETRY", description="Others were in the way and nothing was done; send the same request again.")


@strawberry.interface(description="An expected refusal. `message` says what was wrong, where, and what to do.")
class UserError:
    code: ErrorCode = strawberry.field(description="For machines.")
    message: str = strawberry.field(description="For people.")
    path: list[str] = strawberry.field(
        description="The argument that was wrong, from `input` downwards; empty for none."
    )


@strawberry.type(description="A refusal that carries nothing beyond its code, message and path.")
class RefusedError(UserError):
    pass


ERROR_TYPES: dict[type[Refusal], Callable[[Refusal, dict[str, Any]], UserError]] = {}
"""How a domain's refusal with more to say becomes its own GraphQL type; resolver modules add theirs here."""


def user_error(refusal: Refusal) -> UserError:
    """A domain's refusal as data."""
    common: dict[str, Any] = {
        "code": ErrorCode[refusal.code],
        "message": refusal.message,
        "path": ["input", *(to_camel_case(str(step)) for step in refusal.path)] if refusal.path else [],
    }
    for kind in type(refusal).__mro__:
        if kind in ERROR_TYPES:
            return ERROR_TYPES[kind](refusal, common)
    return RefusedError(**common)


@strawberry.type
class Payload:
    """Fields that every payload has."""

    errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="Why the request was refused; empty on success.",
        directives=[usually(1)],
    )
    replayed: bool = strawberry.field(
        default=False, description="Whether this is the recorded answer of an earlier request with the same key."
    )


def mutation(function: Callable[..., Awaitable[Any]]) -> StrawberryField:
    """A mutation: a function of (info, input) whose refusals become ``errors`` of the payload it is annotated with."""
    payload_type = get_type_hints(function)["return"]

    @functools.wraps(function)
    async def resolve(*arguments: Any, **keywords: Any) -> Any:
        try:
            _check_lists(keywords["info"], keywords["input"])
            return await function(*arguments, **keywords)
        except Refusal as refusal:
            return payload_type(errors=[user_error(refusal)])

    return strawberry.mutation(resolve, description=inspect.getdoc(function))


def _check_lists(info: Info, given: object) -> None:
    """Raise ``InvalidInput`` for a list of objects that is longer than any of a mutation may be, before anything is made of it, and
    ``Unauthenticated`` to nobody. How long its own list may be each verb says itself."""
    for name, value in vars(given).items():
        if type(value) is list and len(value) > OBJECTS_MAX and dataclasses.is_dataclass(value[0]):
            info.context.actor  # noqa: B018 - raises where there is nobody
            raise InvalidInput(
                f"{to_camel_case(name)} takes at most {OBJECTS_MAX:,} at once, these are {len(value):,}.", path=(name,)
            )


def field(*, description: str, directives: Sequence[object] = ()) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Makes a method of a type one of its fields: ``strawberry.field(description=…)``, but typed as a decorator.

    A connection tells routers by itself that ``first`` is its size.
    """

    def decorate(method: Callable[..., Any]) -> StrawberryField:
        sizes = [page()] if _is_connection(method.__annotations__.get("return")) else []
        return strawberry.field(method, description=description, directives=[*sizes, *directives])

    return decorate


def _is_connection(annotation: Any) -> bool:
    return getattr(get_origin(annotation), "__name__", "") == "Connection"


_PRESENTERS: dict[type, Callable[[Any], Any]] = {}
TypeClass = TypeVar("TypeClass", bound=type)
Shown = TypeVar("Shown")


def presents(record_type: type) -> Callable[[TypeClass], TypeClass]:
    """Declare a GraphQL type, by its ``of``, as the face of a domain's record.

    Types refer to each other in circles (a balance has a variant, a variant balances); modules must not. A module names a
    type of another by ``strawberry.lazy`` and makes one with ``present``.
    """

    def declare(graphql_type: TypeClass) -> TypeClass:
        _PRESENTERS[record_type] = graphql_type.of  # type: ignore[attr-defined]
        return graphql_type

    return declare


def present(record: Any) -> Shown:  # type: ignore[type-var]
    """The GraphQL object of a record, None for None. Its type is the one that the caller states."""
    return cast("Shown", _PRESENTERS[type(record)](record) if record is not None else None)


def identifier(value: str, *, path: tuple[str, ...] = ("id",)) -> UUID:
    """An ID as a UUID; raises ``InvalidInput``."""
    found = identifier_or_none(value)
    if found is None:
        raise InvalidInput(f"{value[:80]!r} is not a UUID.", path=path)
    return found


def identifier_in(filter: object, name: str) -> UUID | None:
    """The id that a filter has under the name, None where it has none; raises ``InvalidInput``."""
    value = getattr(filter, name)
    return identifier(value, path=("filter", name)) if value is not None else None


def identifier_or_none(value: object) -> UUID | None:
    """An ID as a UUID, None for anything that is not one (which then reads as unknown)."""
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def identifiers_of(values: Sequence[str], *, path: tuple[str, ...]) -> frozenset[UUID | None]:
    """The IDs of a list that narrows another, None among them for what is not one; raises ``InvalidInput`` for more than 1,000."""
    if len(values) > IDS_MAX:
        raise InvalidInput(f"{len(values)} IDs are named; at most {IDS_MAX:,} can be.", path=path)
    return _identifiers(tuple(values))


@functools.lru_cache(maxsize=16)
def _identifiers(values: tuple[str, ...]) -> frozenset[UUID | None]:
    # A page asks the same of each of its objects, one after the other.
    return frozenset(map(identifier_or_none, values))


@strawberry.type(description="Where a page stands among its siblings.", directives=[Shareable()])
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page began after a cursor.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge: `after` of the next page.")


def encode_cursor(*position: Any) -> str:
    """A keyset position as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(position, default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *, width: int) -> list[Any] | None:
    """The position in a cursor of ``width`` values, None for no cursor; raises ``InvalidInput`` for any other text."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)) if len(cursor) <= CURSOR_LENGTH_MAX else b""
        position = orjson.loads(text)
    except ValueError:
        position = None
    if (
        not isinstance(position, list)
        or len(position) != width
        or not all(part is None or isinstance(part, str | int) for part in position)
    ):
        raise InvalidInput("This is not a cursor of this connection.", path=("after",))
    return position


def check_first(first: int) -> int:
    """``first`` if it is 1 to 100; anything else is an error that says so, never a silent cap."""
    if not 1 <= first <= FIRST_MAX:
        raise InvalidInput(f"first is {first}; it must be 1 to {FIRST_MAX}.", path=("first",))
    return first


Node = TypeVar("Node")
CountFunction = Callable[[], Awaitable[int | None]]


@strawberry.type(description="One node of a page.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="Where this node stands: give it as `after` to go on behind it.")
    node: Node = strawberry.field(description="The node itself.")


@strawberry.type(
    description="A page of a list, by Relay's rules. Cursors are keyset positions: pages neither skip nor repeat."
)
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The nodes with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    count: strawberry.Private[CountFunction | None] = None

    @field(description="The nodes without their cursors.")
    def nodes(self) -> list[Node]:
        return [edge.node for edge in self.edges]

    @field(
        description="How many there are in all: exact up to 10,000, null beyond; counted only when selected.",
        directives=[cost(10)],
    )
    async def total_count(self) -> int | None:
        return await self.count() if self.count is not None else None

    @classmethod
    def of(
        cls,
        page: Page[Any] | None,
        *,
        node: Callable[[Any], Any],
        after: str | None,
        count: CountFunction | None = None,
    ) -> "Connection[Any]":
        """The connection of a domain's page, empty for none; ``node`` makes each record a node."""
        page = page if page is not None else Page((), (), has_next=False)
        edges: list[Edge[Any]] = [
            Edge(cursor=encode_cursor(*position), node=node(record))
            for record, position in zip(page.records, page.positions, strict=True)
        ]
        return cls(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            count=count,
        )


__all__ = [
    "ERROR_TYPES", "After", "Connection", "Edge", "ErrorCode", "First", "Info", "Page", "PageInfo", "Payload",
    "RefusedError", "UserError", "check_first", "decode_cursor", "encode_cursor", "field", "identifier",
    "identifier_or_none", "mutation", "present", "presents", "user_error",
]  # fmt: skip
