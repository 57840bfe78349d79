"""A NATS with JetStream for tests: a process of its own on a free port, which can be killed and started again."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import end, free_port, temporary_directory

START_SECONDS_MAX = 20.0
MAX_PAYLOAD = 1_048_576


@dataclass(slots=True)
class NatsServer:
    """A server with a store of its own below ``directory``. What it holds survives ``kill``."""

    directory: Path
    port: int = field(default_factory=free_port)
    max_payload: int = MAX_PAYLOAD
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, on the same port with the same store; returns when it answers."""
        config = {
            "host": "127.0.0.1",
            "port": self.port,
            "max_payload": self.max_payload,
            "jetstream": {"store_dir": str(self.directory / "store"), "sync_interval": "always"},
        }
        place = self.directory / "nats.conf"
        place.write_text(json.dumps(config))
        with (self.directory / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("nats-server"), "-c", place],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            said = (self.directory / "nats.log").read_text(errors="replace")[-2_000:]
            assert self._process is not None
            assert self._process.poll() is None, f"nats-server ended: {said}"
            assert time.monotonic() < deadline, f"nats-server does not answer: {said}"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, as a power failure would, but for what the disk was told."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None:
            end(self._process)
            self._process = None


@contextmanager
def nats_server(*, max_payload: int = MAX_PAYLOAD) -> Iterator[NatsServer]:
    """A running server, ended by its process id."""
    with temporary_directory() as directory:
        server = NatsServer(directory, max_payload=max_payload)
        server.start()
        try:
            yield server
        finally:
            server.kill()
