"""One PostgreSQL as a child of this process: started, waited for, stopped, and cleaned up after when it was killed."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from os import close, getpid
from types import MappingProxyType, TracebackType
from typing import Self

from inventory_graph.embedded.account import Account
from inventory_graph.embedded.binaries import Binaries
from inventory_graph.embedded.cluster import (
    SUPERUSER,
    create_cluster,
    postmaster_file,
    require_same_major,
    server_environment,
)
from inventory_graph.embedded.data_directory import DataDirectory, ServerRecord
from inventory_graph.embedded.errors import (
    DiskFullError,
    EmbeddedError,
    PortTakenError,
    ServerFailedError,
    ServerNotRunningError,
    explained,
)
from inventory_graph.embedded.leftovers import clear_leftovers
from inventory_graph.embedded.log import (
    last_words,
    open_for_appending,
    tells_of_full_disk,
    tells_of_taken_port,
    written_since,
)
from inventory_graph.embedded.relocation import reachable_binaries
from inventory_graph.embedded.server import DATABASE_NAME, HOST, RunningServer
from inventory_graph.embedded.termination import unwinding_signals

START_LIMIT_SECONDS = 60.0
FAST_STOP_LIMIT_SECONDS = 30.0
IMMEDIATE_STOP_LIMIT_SECONDS = 5.0
_POLL_SECONDS = 0.01
_PORT_ATTEMPTS = 5

DEFAULT_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "on",
        "jit": "off",
        "lc_messages": "C",
        "log_timezone": "UTC",
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        "shared_buffers": "128MB",
        "timezone": "UTC",
    }
)
_OWN_SETTINGS = frozenset({"cluster_name", "listen_addresses", "logging_collector", "port", "unix_socket_directories"})


def silent(_sentence: str) -> None:
    """Say nothing."""


class EmbeddedPostgres:
    """A PostgreSQL server in ``data_directory`` that lives as long as it is wanted, and no longer than this process.

    ``settings`` are server settings by name, over ``DEFAULT_SETTINGS``; those by which the server is found (port,
    addresses, cluster name) are not accepted: ValueError. ``port`` fixes the TCP port on 127.0.0.1; without it a free
    one is chosen at each start. ``say`` receives a sentence before each step that takes time.

    As a context manager it starts on entry and stops on exit, also when SIGTERM or SIGHUP ends the process. All
    methods but ``ensure_database`` block; call them before the event loop runs, or where it may wait a second.
    """

    def __init__(
        self,
        data_directory: DataDirectory,
        binaries: Binaries,
        *,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        say: Callable[[str], None] = silent,
        start_limit_seconds: float = START_LIMIT_SECONDS,
    ) -> None:
        refused = _OWN_SETTINGS.intersection(settings or {})
        if refused:
            raise ValueError(
                f"These settings are the supervisor's own and cannot be given: {', '.join(sorted(refused))}"
            )
        self._directory = data_directory
        self._binaries = binaries
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._fixed_port = port
        self._last_port: int | None = None
        self._say = say
        self._start_limit_seconds = start_limit_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._server: RunningServer | None = None
        self._held = ExitStack()
        self._signals = ExitStack()

    @property
    def is_running(self) -> bool:
        """Whether the server started here is still alive; False after it was killed, when ``start`` brings it back."""
        return self._server is not None and self._child is not None and self._child.poll() is None

    @property
    def server(self) -> RunningServer:
        """The running server; raises ServerNotRunningError before ``start``, after ``stop`` and after its death."""
        if self._server is None or not self.is_running:
            raise ServerNotRunningError(
                f"PostgreSQL is not running in {self._directory.path}: start it first, and see {self._directory.log}."
            )
        return self._server

    def url(self, database: str = DATABASE_NAME, user: str = SUPERUSER, *, password: str | None = None) -> str:
        """The address as ``RunningServer.url`` gives it; raises ServerNotRunningError."""
        return self.server.url(database, user, password=password)

    async def ensure_database(self, name: str = DATABASE_NAME) -> bool:
        """Create the database unless it exists; True when it was created. Raises ServerNotRunningError."""
        return await self.server.ensure_database(name)

    def start(self) -> RunningServer:
        """Start the server, creating its cluster first where there is none, and return when it accepts connections.

        Call it from the main thread: the kernel ends the server with the thread that started it, not with the
        process, so elsewhere it raises RuntimeError. A server that already runs here is returned as it is; one that
        was killed is started again, on its former port if that is free. Raises an EmbeddedError; nothing is left
        running or locked then.
        """
        if self.is_running:
            return self.server
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("EmbeddedPostgres.start() must be called from the main thread")
        self._release()
        account = self._directory.prepare()
        try:
            self._held.enter_context(self._directory.supervised())
            clear_leftovers(self._directory, say=self._say)
            if self._directory.cluster.exists():
                require_same_major(self._directory, self._binaries)
            binaries = reachable_binaries(self._binaries, account, cache=self._directory.binaries)
            if not self._directory.cluster.exists():
                self._say(f"Creating the database in {self._directory.path} ...")
                create_cluster(self._directory, binaries, account, durable=self._settings["fsync"] != "off")
            self._server = self._launch_on_some_port(binaries, account)
            self._directory.write_record(
                ServerRecord(
                    pid=self._server.pid, supervisor=getpid(), port=self._server.port, version=self._server.version
                )
            )
        except BaseException:
            self._end_child(signal.SIGQUIT, seconds=IMMEDIATE_STOP_LIMIT_SECONDS)
            self._release()
            raise
        self._last_port = self._server.port
        return self._server

    def stop(self) -> None:
        """Stop the server and return when it is gone: open transactions are rolled back, committed ones are on disk.

        After 30 seconds, or on a second Ctrl-C, it is stopped without a checkpoint and recovers at the next start.
        Does nothing when there is no server.
        """
        if self._child is None:
            return
        if self._child.poll() is None:
            self._say("Stopping PostgreSQL ...")
        try:
            self._end_child(signal.SIGINT, seconds=FAST_STOP_LIMIT_SECONDS)
        finally:
            self._end_child(signal.SIGQUIT, seconds=IMMEDIATE_STOP_LIMIT_SECONDS)
            self._release()

    def __enter__(self) -> Self:
        self._signals.enter_context(unwinding_signals())
        try:
            self.start()
        except BaseException:
            self._signals.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._signals:
            self.stop()

    def _launch_on_some_port(self, binaries: Binaries, account: Account) -> RunningServer:
        """Launch on the fixed port, or on free ones until nobody else was quicker to take it."""
        preferred = self._fixed_port or self._last_port
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            port = preferred or _free_port()
            self._say(f"Starting PostgreSQL {binaries.version} on {HOST}:{port} ...")
            try:
                return self._launch(binaries, account, port=port)
            except PortTakenError:
                if self._fixed_port is not None or attempt == _PORT_ATTEMPTS:
                    raise
                preferred = None
        raise AssertionError("the loop ends by return or raise")

    def _launch(self, binaries: Binaries, account: Account, *, port: int) -> RunningServer:
        """Start the child and wait until it accepts connections; raises PortTakenError and others, child gone."""
        with explained(self._directory.path):
            log = open_for_appending(self._directory.log)
        position = self._directory.log.stat().st_size
        settings = self._settings | {
            "cluster_name": self._directory.mark,
            "listen_addresses": HOST,
            "logging_collector": "off",
            "port": str(port),
            "unix_socket_directories": "",
        }
        options = [part for name, value in sorted(settings.items()) for part in ("-c", f"{name}={value}")]
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our launcher with paths and settings as arguments
                account.command(binaries.postgres, "-D", self._directory.cluster, *options),
                cwd="/",
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            close(log)
        self._wait_until_ready(self._child, port=port, position=position)
        return RunningServer(
            data_directory=self._directory.path,
            pid=self._child.pid,
            port=port,
            version=binaries.version,
            password=self._directory.password(),
        )

    def _wait_until_ready(self, child: subprocess.Popen[bytes], *, port: int, position: int) -> None:
        """Return when the server says that it is ready; raise when it ended instead or the time is over."""
        deadline = time.monotonic() + self._start_limit_seconds
        while True:
            state = postmaster_file(self._directory.cluster)
            if state is not None and state.ready and state.pid == child.pid:
                return
            if child.poll() is not None:
                raise self._explanation(written_since(self._directory.log, position), port=port)
            if time.monotonic() > deadline:
                said = last_words(written_since(self._directory.log, position))
                raise ServerFailedError(
                    f"PostgreSQL was not ready after {self._start_limit_seconds:g} seconds (last: {said}): "
                    f"see {self._directory.log}."
                )
            time.sleep(_POLL_SECONDS)

    def _explanation(self, text: str, *, port: int) -> EmbeddedError:
        """Why the server ended, from what it wrote."""
        if tells_of_full_disk(text):
            return DiskFullError(self._directory.path)
        if tells_of_taken_port(text):
            return PortTakenError(port)
        return ServerFailedError(f"PostgreSQL did not start ({last_words(text)}): see {self._directory.log}.")

    def _end_child(self, number: signal.Signals, *, seconds: float) -> None:
        """Ask the child to end and wait; after SIGQUIT has not helped in time it is killed. Forgets it when gone."""
        if self._child is None:
            return
        self._child.send_signal(number)
        try:
            self._child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            if number is not signal.SIGQUIT:
                return
            self._child.kill()
            self._child.wait()
        self._child = None

    def _release(self) -> None:
        """Forget the server that ended and give up the right to run one here."""
        if self._server is not None:
            self._directory.remove_record()
        self._server = None
        self._held.close()


def _free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
