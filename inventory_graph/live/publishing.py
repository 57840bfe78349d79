"""What of the log is published, and in which form: BengoBox's envelope, subject and headers.

The subject of an event is its type, ``inventory.stock.low``. The envelope names its first part ``aggregate_type`` and the rest
``event_type``, as every service of BengoBox does; ``aggregate_id`` is what the event is about, and its events come in order.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import orjson

from inventory_graph.live.log import Entry

VERSION = "1.0"
TRACEPARENT = "traceparent"
"""W3C's name of the header that tells which operation something belongs to."""
SUBJECTS = "inventory.>"
"""Every subject that is published."""

AggregateKey = tuple[UUID, UUID]
"""The tenant and the aggregate whose events come in order."""


@dataclass(frozen=True, slots=True)
class Bus:
    """What the log is published to: its name in ``log_positions`` and ``dead_letters``, and the session lock of the
    process that publishes there."""

    name: str
    lock: int


NATS = Bus("nats", lock=7305102)
KAFKA = Bus("kafka", lock=7305103)


class Away(Exception):
    """Nothing can be published at the moment, or it is unknown whether it was; to be tried again. Its text says why."""


class Refused(Exception):
    """The server does not take this message, though it takes others. Its text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it goes out; ``id`` tells the server, for a while, that it has it already, ``key`` what its order is about."""

    id: str
    key: str
    subject: str
    headers: dict[str, str]
    body: bytes


class Carrier(Protocol):
    """What carries messages (``inventory_graph.transport.nats`` and ``kafka``)."""

    async def prepare(self) -> None:
        """See to it that messages can be published, within some seconds. Raises ``Away``."""

    async def publish(self, message: Message) -> None:
        """Return when the message is stored. Raises ``Away`` and ``Refused``."""

    async def close(self) -> None:
        """End the connection."""


def key_of(entry: Entry) -> AggregateKey:
    """Whose turn the event has to wait for."""
    return entry.tenant_id, entry.aggregate_id


def message_of(entry: Entry, *, tenant_slug: str, is_replay: bool = False) -> Message:
    """The message of an event. ``is_replay`` marks what was refused before and is published again, under the same id."""
    aggregate_type, _, event_type = entry.type.partition(".")
    metadata: dict[str, object] = {"sequence": str(entry.tenant_seq)}
    if is_replay:
        metadata["replay"] = True
    envelope = {
        "id": entry.event_id,
        "event_type": event_type,
        "aggregate_type": aggregate_type,
        "aggregate_id": entry.aggregate_id,
        "tenant_id": entry.tenant_id,
        "tenant_slug": tenant_slug,
        "payload": orjson.Fragment(entry.payload),
        "metadata": metadata,
        "timestamp": _timestamp(entry.occurred_at),
        "version": VERSION,
    }
    headers = {
        "event-id": str(entry.event_id),
        "event-type": event_type,
        "aggregate-type": aggregate_type,
        "aggregate-id": str(entry.aggregate_id),
        "tenant-id": str(entry.tenant_id),
        "event-version": VERSION,
        "log-sequence": str(entry.seq),
    }
    if entry.traceparent is not None:
        headers[TRACEPARENT] = entry.traceparent
    return Message(
        id=str(entry.event_id),
        key=str(entry.aggregate_id),
        subject=entry.type,
        headers=headers,
        body=orjson.dumps(envelope, default=str),
    )


def _timestamp(instant: datetime) -> str:
    """RFC 3339, in UTC."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
