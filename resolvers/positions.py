"""Where a page begins: the keyset positions that cursors carry, each checked for what its connection can begin after."""

from datetime import UTC, datetime
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


def line_position(after: str | None) -> int | None:
    """The place of a line in its document in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=1)
    if position is None:
        return None
    if not _is_number(position[0], SMALLINT_MAX):
        _refuse()
    found: int = position[0]
    return found


def letter_position(after: str | None) -> tuple[int, str] | None:
    """The position among a tenant's events and the reader in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=2)
    if position is None:
        return None
    sequence, reader = position
    if not _is_number(sequence, BIGINT_MAX) or not isinstance(reader, str) or not is_storable(reader):
        _refuse()
    return sequence, reader


def numbered_position(after: str | None) -> tuple[str, int] | None:
    """The number of a document and the place of a line in it in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=2)
    if position is None:
        return None
    number, place = position
    if not isinstance(number, str) or not is_storable(number) or not _is_number(place, SMALLINT_MAX):
        _refuse()
    return number, place


def instant_position(after: str | None) -> tuple[datetime, UUID] | None:
    """The instant and the id in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=2)
    if position is None:
        return None
    found = identifier_or_none(position[1])
    try:
        instant = datetime.fromisoformat(str(position[0]))
        if found is None or instant.tzinfo is None:
            _refuse()
        # At the ends of the calendar an offset leads out of it, where the database's driver does not follow.
        return instant.astimezone(UTC), found
    except (ValueError, OverflowError):
        _refuse()


def text_pair_position(after: str | None) -> tuple[str, str] | None:
    """Two texts in a cursor, such as a code and an SKU; raises ``InvalidInput`` for any other cursor."""
    position = decode_cursor(after, width=2)
    if position is None:
        return None
    first, second = position
    if not (isinstance(first, str) and isinstance(second, str) and is_storable(first) and is_storable(second)):
        _refuse()
    return first, second


def sku_position(after: str | None) -> tuple[str, UUID] | None:
    """An SKU and the id of a warehouse in a cursor; raises ``InvalidInput`` for any other cursor."""
    position = text_pair_position(after)
    if position is None:
        return None
    found = identifier_or_none(position[1])
    if found is None:
        _refuse()
    return position[0], found


def _is_number(value: Any, maximum: int) -> bool:
    return type(value) is int and 0 <= value <= maximum


def _refuse() -> NoReturn:
    raise InvalidInput("This is not a cursor of this connection.", path=("after",))
