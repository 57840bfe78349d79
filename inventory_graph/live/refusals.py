"""Why a subscription is not begun, or ends before its reader wanted it to."""

from inventory_graph.errors import Refusal


class CursorInvalid(Refusal):
    """The cursor is none that this service gave, or it belongs to a snapshot of another selection."""

    code = "CURSOR_INVALID"


class CursorExpired(Refusal):
    """What came after the cursor is no longer kept. Subscribe again without ``after``: a subscription begins with how things stand
    now."""

    code = "CURSOR_EXPIRED"


class ReaderTooSlow(Refusal):
    """The reader fell too far behind. Nothing is lost: subscribe again with the last cursor, or with ``coalesce`` to get only the
    newest state."""

    code = "READER_TOO_SLOW"
