"""Where a subscriber is in its tenant's events, as a text that survives reconnects.

A cursor holds the position up to which everything was delivered and, during a snapshot, the last thing of it that was. It gives no
rights: whoever sends one reads only its own tenant's events.
"""

import binascii
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from inventory_graph.live.refusals import CursorInvalid

SELECTION_BYTES = 8
_LIVE = struct.Struct(">BQ")
_SNAPSHOT = struct.Struct(f">BQ16s{SELECTION_BYTES}s")
_LIVE_FORM, _SNAPSHOT_FORM = 1, 2
LENGTH_MAX = 64


@dataclass(frozen=True, slots=True)
class Cursor:
    """``tenant_seq``: everything up to it was delivered. ``shown_to``: of a snapshot of that position everything up to this id;
    None when no snapshot is open. ``selection`` tells snapshots of different selections apart."""

    tenant_seq: int
    shown_to: UUID | None = None
    selection: bytes = b""

    def text(self) -> str:
        """The cursor as it is sent."""
        if self.shown_to is None:
            packed = _LIVE.pack(_LIVE_FORM, self.tenant_seq)
        else:
            packed = _SNAPSHOT.pack(_SNAPSHOT_FORM, self.tenant_seq, self.shown_to.bytes, self.selection)
        return urlsafe_b64encode(packed).rstrip(b"=").decode()


def cursor_of(text: str, *, selection: bytes = b"") -> Cursor:
    """The cursor of a text. Raises ``CursorInvalid``, also for that of a snapshot of another selection."""
    try:
        packed = urlsafe_b64decode(text[:LENGTH_MAX].encode("ascii") + b"=" * (-len(text[:LENGTH_MAX]) % 4))
        form = packed[0]
        if form == _LIVE_FORM:
            cursor = Cursor(_LIVE.unpack(packed)[1])
        elif form == _SNAPSHOT_FORM:
            _, tenant_seq, shown_to, of = _SNAPSHOT.unpack(packed)
            cursor = Cursor(tenant_seq, UUID(bytes=shown_to), of)
        else:
            raise CursorInvalid(path=("after",))
    except (UnicodeEncodeError, binascii.Error, struct.error, IndexError):
        raise CursorInvalid(path=("after",)) from None
    if cursor.text() != text or cursor.tenant_seq >= 1 << 63:
        raise CursorInvalid(path=("after",))
    if cursor.shown_to is not None and cursor.selection != selection:
        raise CursorInvalid(
            "The cursor is of a snapshot of another selection: send it with the arguments that it was given for.",
            path=("after",),
        )
    return cursor


def selection_of(*parts: object) -> bytes:
    """What tells selections apart."""
    return blake2b(repr(parts).encode(), digest_size=SELECTION_BYTES).digest()
