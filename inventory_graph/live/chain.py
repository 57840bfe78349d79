"""The chain of a tenant's events: each carries a hash over itself and the hash before it, so that no event can be changed, left
out or put in later without all that follow telling of it."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

BEGINNING = b""
"""What stands before a tenant's first event."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def link(
    previous: bytes,
    *,
    tenant_id: UUID,
    tenant_seq: int,
    event_id: UUID,
    type: str,  # noqa: A002 - the column's name
    aggregate_type: str,
    aggregate_id: UUID,
    aggregate_version: int | None,
    payload: str,
    occurred_at: datetime,
) -> bytes:
    """The hash of an event: SHA-256 over the previous hash and the event's columns in this order, each with its length before
    it. Whole numbers are written in decimal, the time as microseconds since 1970, and a version that there is not is empty."""
    digest = hashlib.sha256()
    for part in (
        previous,
        tenant_id.bytes,
        b"%d" % tenant_seq,
        event_id.bytes,
        type.encode(),
        aggregate_type.encode(),
        aggregate_id.bytes,
        b"" if aggregate_version is None else b"%d" % aggregate_version,
        payload.encode(),
        b"%d" % ((occurred_at - _EPOCH) // _MICROSECOND),
    ):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()
