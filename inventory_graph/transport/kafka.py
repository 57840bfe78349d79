"""Kafka, as a carrier of messages (``inventory_graph.live.publishing.Carrier``). It needs the extra ``kafka``.

All events go to one topic; the key of a message is what it is about, so that its events come in order. Each message is on as many
brokers as the topic's ``min.insync.replicas`` asks for before it counts as published.
"""

import asyncio
import logging
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from inventory_graph.live.publishing import Away, Message, Refused

PREPARE_SECONDS_MAX = 5.0
REQUEST_SECONDS_MAX = 2.0
ACKNOWLEDGE_SECONDS_MAX = 5.0
"""Within it the producer tries again by itself, at another broker if there is one."""
CLOSE_SECONDS_MAX = 5.0
OVERHEAD_BYTES = 128
"""More than a batch of one message needs besides what is in it."""
OVERHEAD_HEADER_BYTES = 10
"""The same for a header."""

logger = logging.getLogger(__name__)


class _LastWords(logging.Handler):
    """What the client said last. It says why a broker does not answer ten times a second, and its errors do not say it; the
    publisher says it once."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


_last_words = _LastWords(logging.WARNING)
logging.getLogger("aiokafka").addHandler(_last_words)
logging.getLogger("aiokafka").propagate = False


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the brokers; ``mechanism`` is SASL's name of how that is proved."""

    user: str
    password: str = field(repr=False)
    mechanism: str


class KafkaCarrier:
    """The producer of one process; ``prepare`` makes a new one, because one that lost a message takes no more for its partition."""

    def __init__(
        self,
        brokers: Sequence[str],
        *,
        topic: str,
        message_bytes_max: int,
        tls: ssl.SSLContext | None = None,
        login: Login | None = None,
    ) -> None:
        self._brokers = list(brokers)
        self._topic = topic
        self._message_bytes_max = message_bytes_max
        self._security = _security(tls, login)
        self._producer: AIOKafkaProducer | None = None

    async def prepare(self) -> None:
        """Connect, and see that the topic is there. Raises ``Away``."""
        # First the old one ends: what it still sends must not come behind what is sent again.
        await self.close()
        producer = AIOKafkaProducer(
            bootstrap_servers=self._brokers,
            client_id="inventory-graph",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=int(REQUEST_SECONDS_MAX * 1_000),
            max_request_size=self._message_bytes_max,
            **self._security,
        )
        self._producer = producer
        _last_words.text = ""
        try:
            async with asyncio.timeout(PREPARE_SECONDS_MAX):
                await producer.start()
                await producer.partitions_for(self._topic)
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            cause = _last_words.text or _said(error)
            raise Away(f"Kafka does not answer, or has no topic {self._topic}: {cause}.") from error

    async def publish(self, message: Message) -> None:
        """Return when the brokers have stored the message. Raises ``Away`` and ``Refused``."""
        if self._producer is None:
            raise Away("Kafka is away.")
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        self._check_size(message)
        try:
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS_MAX):
                await self._producer.send_and_wait(
                    self._topic, value=message.body, key=message.key.encode(), headers=headers
                )
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise Refused(f"Kafka takes no message of {len(message.body)} bytes: {_said(error)}.") from error
        except (KafkaError, OSError, TimeoutError) as error:
            raise Away(f"Kafka acknowledges nothing: {_said(error)}.") from error

    async def close(self) -> None:
        """End the connections; what is not acknowledged is not sent any more."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                # An idempotent producer goes on for ever with what it has, while it is stopped too, and nothing public ends it.
                await producer._sender.close()
                await producer.client.close()
                producer._closed = True
        except (KafkaError, OSError, TimeoutError) as error:
            logger.warning("The connection to Kafka did not end in order: %s.", _said(error))

    def _check_size(self, message: Message) -> None:
        # Counted here, because a producer goes on only if nothing it has sent was refused.
        size = OVERHEAD_BYTES + len(message.key) + len(message.body)
        size += sum(len(name) + len(value) + OVERHEAD_HEADER_BYTES for name, value in message.headers.items())
        if size > self._message_bytes_max:
            raise Refused(
                f"The message has {size} bytes and EVENTS_KAFKA_MESSAGE_BYTES_MAX is {self._message_bytes_max}."
            )


def _security(tls: ssl.SSLContext | None, login: Login | None) -> dict[str, Any]:
    """The same in the producer's words."""
    protocol = ("SASL_" if login is not None else "") + ("SSL" if tls is not None else "PLAINTEXT")
    options: dict[str, Any] = {"security_protocol": protocol, "ssl_context": tls}
    if login is not None:
        options |= {
            "sasl_mechanism": login.mechanism,
            "sasl_plain_username": login.user,
            "sasl_plain_password": login.password,
        }
    return options


def _said(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
