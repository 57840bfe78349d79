"""The service as a process under fire: what a request costs it, how much memory it has, and what it wrote into its log."""

import gc
import http.client
import json
import os
import re
import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphql import parse

from resolvers.envelope import DISCARDED_FACTOR_MAX
from resolvers.operating import BODY_BYTES_MAX
from tests.servers import Service, running_service

CPU_SECONDS_MAX = 0.050
"""What a request may cost that is not allowed to do anything. One that is may cost what its points are worth besides."""
YARDSTICK = f"{{ {' '.join(f'field{number}' for number in range(1_000))} }}"
YARDSTICK_SECONDS = 0.008
"""What a core of today takes to parse the yardstick. One that takes longer, for being old or for what others do on the same chip, has
as much more time for everything."""
SECONDS_OF_A_POINT = 0.000_050
"""As docs/how-to/protect.md tells operators."""
TRIES_MAX = 6
MEMORY_BYTES_MAX = 2 * 1024**3
"""Address space, not memory in use: mappings that are never touched count. An uncapped list once took 23 GB."""
MEMORY_GROWTH_BYTES_MAX = 64 * 1024**2
"""The documents that are kept take 45 MB at most, and fill up first."""
READ_BYTES_MAX = BODY_BYTES_MAX * DISCARDED_FACTOR_MAX
"""Of a longer body nothing is read."""
ANSWER_SECONDS_MAX = 30
OUR_FAULT = frozenset({"INTERNAL", "UNAVAILABLE", "OUTCOME_UNKNOWN"})


def slowness() -> float:
    """How many times as long as the yardstick's core this one takes at this moment; never less than 1."""
    # Garbage of the tests, if it were collected just now, would make the core look twenty times as slow.
    gc.disable()
    try:
        before = time.thread_time()
        parse(YARDSTICK)
        return max(1.0, (time.thread_time() - before) / YARDSTICK_SECONDS)
    finally:
        gc.enable()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; no status where the server hung up."""

    status: int
    content: bytes
    cpu_seconds: float

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def points(self) -> int:
        """What the operation had cost in points; none where it was not run."""
        found = re.search(rb'"actual":([0-9]+)', self.content)
        return int(found[1]) if found is not None else 0


@dataclass(slots=True)
class Target:
    """Speaks to the service one request at a time, so that the CPU time of its process is that of the request."""

    service: Service
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.service.url)
        assert parts.hostname is not None
        return parts.hostname, self.service.port

    def cpu_seconds(self) -> float:
        """CPU time that the process has used so far, by the clock that Linux has for each process."""
        return time.clock_gettime((~self.service.pid << 3) | 2)

    def resident_bytes(self) -> int:
        """The memory that the process has in use."""
        pages = Path(f"/proc/{self.service.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.service.pid}/task").iterdir()))

    def post(self, content: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a body over the kept connection; once more over a new one where the server has closed it."""
        for is_last in (False, True):
            connection = self._connected()
            before = self.cpu_seconds()
            try:
                connection.request("POST", "/graphql", body=content, headers=dict(headers))
                response = connection.getresponse()
                read = response.read()
            except (http.client.HTTPException, OSError):
                self.hang_up()
                if is_last:
                    raise
                continue
            if response.will_close:
                self.hang_up()
            return Answer(response.status, read, self.cpu_seconds() - before)
        raise AssertionError("not reached")

    def post_any(self, content: bytes, headers: Mapping[str, str]) -> Answer | None:
        """POST a body of any length; None where the service hung up on one that is so long that it reads nothing of it."""
        try:
            return self.post(content, headers)
        except OSError:
            if len(content) <= READ_BYTES_MAX:
                raise
            return None

    def query(self, query: str, variables: Mapping[str, Any] | None = None, *, token: str | None = None) -> Answer:
        """POST a well-formed request; as the administrator with the service's token."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        return self.post(body, headers_of(token))

    def send_raw(self, pieces: list[bytes], *, pause_seconds: float = 0.0, is_all: bool = True) -> Answer | None:
        """Send the bytes over a connection of their own; None where the server closes it without an answer.

        With ``is_all`` they are a whole request; otherwise the connection is closed on our side, lest both wait for more.
        """
        before = self.cpu_seconds()
        with socket.create_connection(self.address, timeout=ANSWER_SECONDS_MAX) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for position, piece in enumerate(pieces):
                    if position and pause_seconds:
                        time.sleep(pause_seconds)
                    connection.sendall(piece)
                if not is_all:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it may answer and close before it has everything
            response = http.client.HTTPResponse(connection)
            try:
                response.begin()
                content = response.read()
            except (http.client.HTTPException, OSError):
                return None
            finally:
                response.close()
        return Answer(response.status, content, self.cpu_seconds() - before)

    def hang_up(self) -> None:
        """Close the kept connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self.address
            self._connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS_MAX)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def assert_cheap(self, first: Answer | None, again: Callable[[], Answer | None], *, sent: object) -> float:
        """The CPU seconds of the request; fails where each of some tries took too long.

        ``again`` sends a request as the first, which nothing in a cache answers. Several tries: the machine does other
        things too, and the service collects garbage now and then.
        """
        answer, cheapest = first, float("inf")
        for _ in range(TRIES_MAX):
            if answer is None:
                return 0.0
            cheapest = min(cheapest, answer.cpu_seconds)
            allowed = CPU_SECONDS_MAX + answer.points * SECONDS_OF_A_POINT
            if cheapest <= allowed or answer.cpu_seconds <= allowed * slowness():
                return cheapest
            answer = again()
        raise AssertionError(f"{cheapest * 1_000:.0f} ms of CPU for {str(sent)[:2_000]}")

    def assert_untroubled(self) -> None:
        """Nothing in the log tells of a failure of ours, and the service still answers."""
        log = self.service.log.read_text(errors="replace")
        for trouble in ("Traceback", "ERROR", "MemoryError", "Exception"):
            place = log.find(trouble)
            assert place < 0, f"in the log: {log[max(0, place - 500) : place + 2_000]}"
        assert self.query("{ __typename }").body["data"] == {"__typename": "Query"}


def headers_of(token: str | None) -> dict[str, str]:
    """The headers of a well-formed request that asks for its cost."""
    sent = {"content-type": "application/json", "x-graphql-cost": "1"}
    return {**sent, "authorization": f"Bearer {token}"} if token is not None else sent


def assert_answered(answer: Answer, sent: object) -> None:
    """The answer is GraphQL's, of a size in proportion, and nothing in it is our fault."""
    assert answer.status < http.client.INTERNAL_SERVER_ERROR, f"{answer.status} {answer.content[:300]!r} for {sent}"
    if answer.status == http.client.REQUEST_HEADER_FIELDS_TOO_LARGE and not answer.content:
        return  # a head that came in pieces is not waited for, and told nothing more
    assert answer.content, f"{answer.status} without a body for {sent}"
    found = answer.body
    assert "data" in found or found["errors"], f"{answer.content[:300]!r} for {sent}"
    for error in found.get("errors", ()):
        assert error["message"], f"{error} for {sent}"
        assert error["extensions"]["code"] not in OUR_FAULT, f"{error} for {sent}"


@contextmanager
def running_target(settings: Mapping[str, str] | None = None) -> Iterator[Target]:
    """The service with its demo data and little memory, as a process."""
    with running_service(settings) as service:
        resource.prlimit(service.pid, resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        target = Target(service)
        yield target
        target.hang_up()
