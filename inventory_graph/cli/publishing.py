"""The part of a worker that publishes the event log."""

import asyncio
import importlib
import ssl
from pathlib import Path
from typing import cast

from prometheus_client import CollectorRegistry

from inventory_graph.cli.traces import Traces
from inventory_graph.config import Settings, SettingsError
from inventory_graph.db import Database
from inventory_graph.live.publisher import Publisher
from inventory_graph.live.publishing import KAFKA, NATS, Bus, Carrier
from inventory_graph.log_lag import LogLag
from inventory_graph.transport.nats import NatsCarrier
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER

KAFKA_MODULE = "inventory_graph.transport.kafka"


def publishing(
    settings: Settings, database: Database, *, log: Wakeup, registry: CollectorRegistry, traces: Traces | None = None
) -> list[asyncio.Task[None]]:
    """The tasks that publish to NATS, where EVENTS_NATS_URL names one, and to Kafka, where EVENTS_KAFKA_BROKERS does, and measure
    how far. ``database`` acts as the role inventory_worker, ``log`` rings when events were numbered, ``traces`` are told of each
    message. Raises ``SettingsError``."""
    carriers: list[tuple[Bus, Carrier]] = []
    if settings.events_nats_url is not None:
        carriers.append((NATS, _traced(NatsCarrier(settings.events_nats_url), traces, NATS)))
    if settings.events_kafka_brokers:
        carriers.append((KAFKA, _traced(_kafka_carrier(settings), traces, KAFKA, settings.events_kafka_topic)))
    if not carriers:
        return []
    return [
        *(asyncio.create_task(_publish(bus, carrier, database, log.branch())) for bus, carrier in carriers),
        asyncio.create_task(LogLag(registry).watch(database)),
    ]


def _traced(carrier: Carrier, traces: Traces | None, bus: Bus, destination: str | None = None) -> Carrier:
    # OpenTelemetry calls both by the names that they have here.
    return traces.publishing(carrier, system=bus.name, destination=destination) if traces is not None else carrier


def _kafka_carrier(settings: Settings) -> Carrier:
    """Loaded only where it is wanted, so that whoever does without needs no client of Kafka."""
    try:
        module = importlib.import_module(KAFKA_MODULE)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"EVENTS_KAFKA_BROKERS is set and {error.name} is not installed: pip install 'inventory-graph[kafka]'."
        ) from error
    user, password = settings.events_kafka_user, settings.events_kafka_password
    login = (
        module.Login(user, password.get_secret_value(), settings.events_kafka_mechanism)
        if user is not None and password is not None
        else None
    )
    carrier = module.KafkaCarrier(
        settings.events_kafka_brokers,
        topic=settings.events_kafka_topic,
        message_bytes_max=settings.events_kafka_message_bytes_max,
        tls=_tls(settings.events_kafka_ca_file) if settings.events_kafka_tls else None,
        login=login,
    )
    return cast("Carrier", carrier)


def _tls(authorities: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise SettingsError(f"EVENTS_KAFKA_CA_FILE {authorities} holds no certificates: {error.strerror}.") from error


async def _publish(bus: Bus, carrier: Carrier, database: Database, log: Wakeup) -> None:
    try:
        await Publisher(database, WORKER, carrier, bus=bus, log=log).run()
    finally:
        await carrier.close()
