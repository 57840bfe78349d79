"""Where a page begins: the keyset positions that cursors carry, each checked for what its connection can begin after."""

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.texts import is_storable
from resolvers.kit import decode_cursor, identifier_or_none

BIGINT_MAX = 2**63 - 1
SMALLINT_MAX = 2**15 - 1


def text_position(after: str | None) -> str | None:
    """The text in a cursor, such as a code; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=1)
    if position is None:
        return None
    if not isinstance(position[0], str) or not is_storable(position[0]):
        _refuse()
    return position[0]


def id_position(after: str | None) -> UUID | None:
    """The id in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=1)
    if position is None:
        return None
    found = identifier_or_none(position[0])
    if found is None:
        _refuse()
    return found


def version_position(after: str | None) -> tuple[int, int] | None:
    """The version and the ordinal in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=2)
    if position is None:
        return None
    version, ordinal = position
    if not (_is_number(version, BIGINT_MAX) and _is_number(ordinal, SMALLINT_MAX)):
        _refuse()
    return version, ordinal


def instant_position(after: str | None) -> tuple[datetime, UUID] | None:
    """The instant and the id in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=2)
    if position is None:
        return None
    try:
        instant = datetime.fromisoformat(str(position[0]))
    except ValueError:
        _refuse()
    found = identifier_or_none(position[1])
    if found is None or instant.tzinfo is None:
        _refuse()
    return instant, found


def _is_number(value: Any, maximum: int) -> bool:
    return type(value) is int and 0 <= value <= maximum


def _refuse() -> NoReturn:
    raise InvalidInput("This is not a cursor of this connection.", path=("after",))
