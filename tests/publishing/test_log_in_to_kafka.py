"""Kafka whose brokers prove who they are and want to know who we are."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.live.publishing import KAFKA, Away
from inventory_graph.transport.kafka import KafkaCarrier, Login
from tests.kafka_clusters import TOPIC, KafkaCluster, kafka_cluster
from tests.kafka_gates import certify, gated
from tests.publishing.conftest import Log
from tests.publishing.kafka import MESSAGE_BYTES_MAX, read
from tests.servers import ELSEWHERE, end, program

USER, PASSWORD = "inventory", "correct horse battery"


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    """A Kafka of the test's own."""
    with kafka_cluster() as made:
        yield made


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The brokers' certificate and its key."""
    return certify(tmp_path)


def start(settings: dict[str, str]) -> "subprocess.Popen[bytes]":
    """The shipped worker."""
    return subprocess.Popen(
        [program(), "worker"], cwd=ELSEWHERE, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


async def test_the_worker_logs_in(log: Log, cluster: KafkaCluster, files: tuple[Path, Path]) -> None:
    """By its settings: what happens is numbered and arrives."""
    thing = uuid4()
    await log.write(thing, "one", "two")
    async with gated(cluster, files=files, user=USER, password=PASSWORD) as gates:
        settings = {
            "DATABASE_URL": log.owner_url,
            "EVENTS_KAFKA_BROKERS": ",".join(gates.brokers),
            "EVENTS_KAFKA_TLS": "true",
            "EVENTS_KAFKA_CA_FILE": str(files[0]),
            "EVENTS_KAFKA_USER": USER,
            "EVENTS_KAFKA_PASSWORD": PASSWORD,
            "EVENTS_KAFKA_MECHANISM": "PLAIN",
            "PATH": "/usr/bin:/bin",
        }
        worker = start(settings)
        try:
            options: dict[str, Any] = {
                "security_protocol": "SASL_SSL",
                "ssl_context": ssl.create_default_context(cafile=files[0]),
                "sasl_plain_username": USER,
                "sasl_plain_password": PASSWORD,
            }
            inbox = await read(gates, until=lambda inbox: len(inbox.texts(thing)) == 2, **options)
            await log.published(bus=KAFKA)
        finally:
            end(worker)
    assert (inbox.texts(thing), worker.returncode) == (["one", "two"], 0)


@pytest.mark.parametrize(
    ("password", "is_known", "cause"),
    [("wrong horse battery", True, "SaslAuthenticationFailed"), (PASSWORD, False, "CERTIFICATE_VERIFY_FAILED")],
    ids=["a wrong password", "a broker that nobody vouches for"],
)
async def test_who_is_not_known_publishes_nothing(
    cluster: KafkaCluster, files: tuple[Path, Path], password: str, is_known: bool, cause: str
) -> None:
    """It is said why, without the password; to a broker that does not prove who it is none is sent."""
    async with gated(cluster, files=files, user=USER, password=PASSWORD) as gates:
        carrier = KafkaCarrier(
            gates.brokers,
            topic=TOPIC,
            message_bytes_max=MESSAGE_BYTES_MAX,
            tls=ssl.create_default_context(cafile=files[0] if is_known else None),
            login=Login(USER, password, "PLAIN"),
        )
        with pytest.raises(Away) as refusal:
            await carrier.prepare()
    assert cause in str(refusal.value)
    assert password not in str(refusal.value)
