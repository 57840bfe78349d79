"""A Kafka for tests: the mock cluster of librdkafka, which speaks Kafka's protocol over TCP and keeps its topics in memory.

It is no Kafka: it stores nothing on a disk, elects nobody and takes messages of any size. What it is asked for here is what a
client sees: acknowledgements, errors, and brokers that are gone for a while. ``confluent-kafka`` brings it and gives Python no
way to it, so it is called by its C functions.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from confluent_kafka import cimpl

TOPIC = "inventory"
PARTITIONS = 4
BROKERS = 3
_PRODUCER = 0
_PRODUCE_REQUEST = 0
_PLACE, _NUMBER, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
_FUNCTIONS = {
    "new": (_PLACE, [_NUMBER, _PLACE, _TEXT, ctypes.c_size_t]),
    "destroy": (None, [_PLACE]),
    "mock_cluster_new": (_PLACE, [_PLACE, _NUMBER]),
    "mock_cluster_destroy": (None, [_PLACE]),
    "mock_cluster_bootstraps": (_TEXT, [_PLACE]),
    "mock_topic_create": (_NUMBER, [_PLACE, _TEXT, _NUMBER, _NUMBER]),
    "mock_broker_set_down": (_NUMBER, [_PLACE, ctypes.c_int32]),
    "mock_broker_set_up": (_NUMBER, [_PLACE, ctypes.c_int32]),
    "mock_broker_set_host_port": (_NUMBER, [_PLACE, ctypes.c_int32, _TEXT, _NUMBER]),
    "mock_push_request_errors_array": (None, [_PLACE, ctypes.c_int16, ctypes.c_size_t, _PLACE]),
}


class Code(IntEnum):
    """What a broker may answer."""

    MESSAGE_TOO_LARGE = 10
    NOT_ENOUGH_REPLICAS = 19
    TOPIC_AUTHORIZATION_FAILED = 29


class _Library:
    """The functions of librdkafka, by their names without ``rd_kafka_``."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(cimpl.__file__)
        for name, (answer, arguments) in _FUNCTIONS.items():
            function = getattr(self._library, f"rd_kafka_{name}")
            function.restype, function.argtypes = answer, arguments

    def __call__(self, name: str, *arguments: object) -> object:
        return getattr(self._library, f"rd_kafka_{name}")(*arguments)


@dataclass(slots=True)
class KafkaCluster:
    """Three brokers on ports of their own, with the topic ``inventory``."""

    brokers: tuple[str, ...]
    _call: _Library
    _place: object

    def stop(self) -> None:
        """Take all brokers away; what they hold stays."""
        for number in range(1, BROKERS + 1):
            self._call("mock_broker_set_down", self._place, number)

    def start(self) -> None:
        """Bring them back, on the same ports."""
        for number in range(1, BROKERS + 1):
            self._call("mock_broker_set_up", self._place, number)

    def announce(self, number: int, host: str, port: int) -> None:
        """Have clients told to find the broker there."""
        self._call("mock_broker_set_host_port", self._place, number, host.encode(), port)

    def answer(self, *codes: Code) -> None:
        """Have the next messages refused, one request for each code."""
        self._call(
            "mock_push_request_errors_array", self._place, _PRODUCE_REQUEST, len(codes), (_NUMBER * len(codes))(*codes)
        )


@contextmanager
def kafka_cluster() -> Iterator[KafkaCluster]:
    """A running cluster."""
    call = _Library()
    words = ctypes.create_string_buffer(512)
    client = call("new", _PRODUCER, None, words, len(words))
    assert client, words.value.decode()
    place = call("mock_cluster_new", client, BROKERS)
    try:
        addresses = call("mock_cluster_bootstraps", place)
        assert isinstance(addresses, bytes)
        call("mock_topic_create", place, TOPIC.encode(), PARTITIONS, BROKERS)
        yield KafkaCluster(tuple(addresses.decode().split(",")), call, place)
    finally:
        call("mock_cluster_destroy", place)
        call("destroy", client)
