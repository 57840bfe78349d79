"""NATS with JetStream, as a carrier of messages (``inventory_graph.live.publishing.Carrier``).

A server acknowledges what it has taken over, not what its disk has: that is its own setting ``sync_interval``, which no client
can ask for. It is said once in the log; docs/operations.md tells what to set and how to publish again what a server lost.
"""

import logging

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from inventory_graph.live.publishing import SUBJECTS, Away, Message, Refused

STREAM = "inventory"
CONNECT_SECONDS_MAX = 3
ACKNOWLEDGE_SECONDS_MAX = 3.0
PING_SECONDS = 10
"""Two pings that nobody answers, and the connection counts as broken."""
KEPT_SECONDS = 72 * 3_600
DUPLICATE_SECONDS = 120
"""How long the stream knows the id of a message."""
OVERHEAD_BYTES = len("NATS/1.0\r\n\r\n")

# JetStream answers in JSON; what nats-py makes of an answer that it does not know are a ValueError, a KeyError or a TypeError.
_TROUBLES = (NatsError, OSError, TimeoutError, ValueError, KeyError, TypeError)

logger = logging.getLogger(__name__)


class NatsCarrier:
    """The connection of one process; ``prepare`` makes a new one where it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._has_warned = False

    async def prepare(self) -> None:
        """Connect, and make the stream ``inventory`` unless some stream takes its subjects. Raises ``Away``."""
        if self._client is None or self._client.is_closed:
            self._client = await self._connected()
        self._stream = self._client.jetstream(timeout=ACKNOWLEDGE_SECONDS_MAX)
        try:
            await self._ensure_stream(self._stream)
        except _TROUBLES as error:
            raise Away(f"NATS has no stream for {SUBJECTS}: {_said(error)}.") from error
        if not self._has_warned:
            self._has_warned = True
            logger.info(
                "Events go to NATS. What it acknowledges is on its disk only with jetstream's sync_interval: always."
            )

    async def publish(self, message: Message) -> None:
        """Return when JetStream has stored the message. Raises ``Away`` and ``Refused``."""
        if self._client is None or self._stream is None or not self._client.is_connected:
            raise Away("NATS is away.")
        headers = {**message.headers, "Nats-Msg-Id": message.id}
        self._check_size(self._client, message, headers)
        try:
            await self._stream.publish(message.subject, message.body, timeout=ACKNOWLEDGE_SECONDS_MAX, headers=headers)
        except (MaxPayloadError, BadRequestError) as error:
            raise Refused(_said(error)) from error
        except _TROUBLES as error:
            raise Away(f"NATS acknowledges nothing: {_said(error)}.") from error

    async def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            await self._client.close()

    async def _connected(self) -> Client:
        try:
            return await nats.connect(
                self._url,
                name="inventory-graph",
                allow_reconnect=False,
                connect_timeout=CONNECT_SECONDS_MAX,
                ping_interval=PING_SECONDS,
                error_cb=_note,
            )
        except _TROUBLES as error:
            raise Away(f"NATS does not answer: {_said(error)}.") from error

    @staticmethod
    async def _ensure_stream(stream: JetStreamContext) -> None:
        try:
            await stream.find_stream_name_by_subject(SUBJECTS)
        except NotFoundError:
            await stream.add_stream(
                StreamConfig(
                    name=STREAM,
                    subjects=[SUBJECTS],
                    storage=StorageType.FILE,
                    retention=RetentionPolicy.LIMITS,
                    discard=DiscardPolicy.OLD,
                    max_age=KEPT_SECONDS,
                    duplicate_window=DUPLICATE_SECONDS,
                )
            )

    @staticmethod
    def _check_size(client: Client, message: Message, headers: dict[str, str]) -> None:
        # The server ends a connection that sends it too much, so it is counted here; headers count.
        size = len(message.body) + OVERHEAD_BYTES + sum(len(name) + len(value) + 4 for name, value in headers.items())
        if size > client.max_payload:
            raise Refused(f"The message has {size} bytes and the server's max_payload is {client.max_payload}.")


async def _note(error: Exception) -> None:
    logger.debug("NATS: %s", _said(error))


def _said(error: Exception) -> str:
    # Errors of a connection may hold its URL, and that a password.
    return str(error) if isinstance(error, NatsError) and "://" not in str(error) else type(error).__name__
