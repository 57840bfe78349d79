"""For short commands: use the server that runs in a data directory, or run one for as long as the command takes."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from inventory_graph.embedded.binaries import Binaries
from inventory_graph.embedded.cluster import postmaster_file
from inventory_graph.embedded.data_directory import DataDirectory, enter, shut
from inventory_graph.embedded.errors import DataDirectoryInUseError
from inventory_graph.embedded.processes import command_line
from inventory_graph.embedded.server import HOST, RunningServer
from inventory_graph.embedded.supervisor import START_LIMIT_SECONDS, EmbeddedPostgres, silent

_POLL_SECONDS = 0.05
_ANSWER_LIMIT_SECONDS = 2.0


@contextmanager
def attach_or_start(
    data_directory: DataDirectory,
    binaries: Binaries,
    *,
    settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = silent,
    limit_seconds: float = START_LIMIT_SECONDS,
) -> Iterator[RunningServer]:
    """The server of ``data_directory``: one that already runs is left running, else one is started and stopped.

    A server that is just starting or stopping is waited for, ``limit_seconds`` at most, before
    DataDirectoryInUseError. A server started here is stopped only after other commands that came to use it are done.
    Blocks on entry and exit; enter it from the main thread (see ``EmbeddedPostgres.start``), before the event loop
    runs. Raises EmbeddedError.
    """
    own = EmbeddedPostgres(data_directory, binaries, settings=settings, say=say)
    deadline = time.monotonic() + limit_seconds
    with ExitStack() as stack:
        while (server := _start(stack, own, data_directory, say) or _attach(stack, data_directory)) is None:
            if time.monotonic() > deadline:
                # Names the holder in its error; when the holder left just now, the next round starts a server.
                with data_directory.supervised():
                    continue
            time.sleep(_POLL_SECONDS)
        yield server


def _start(
    stack: ExitStack, own: EmbeddedPostgres, directory: DataDirectory, say: Callable[[str], None]
) -> RunningServer | None:
    """Start a server that stops when ``stack`` closes; None when another process has the right to run one."""
    directory.prepare()
    with ExitStack() as attempt:
        # Opened first, so that it closes last: nobody comes in between the last user's leaving and the stop.
        gate = attempt.enter_context(directory.gate())
        try:
            attempt.enter_context(own)
        except DataDirectoryInUseError:
            return None
        attempt.callback(_see_others_out, gate, say)
        stack.enter_context(attempt.pop_all())
        return own.server


def _attach(stack: ExitStack, directory: DataDirectory) -> RunningServer | None:
    """The server that runs in ``directory``, counted as used until ``stack`` closes; None when there is none."""
    with ExitStack() as attempt:
        gate = attempt.enter_context(directory.gate())
        if not enter(gate):
            return None
        server = _answering(directory)
        if server is not None:
            stack.enter_context(attempt.pop_all())
        return server


def _answering(directory: DataDirectory) -> RunningServer | None:
    """The recorded server if its process lives, says that it is ready, and its port answers."""
    record = directory.record()
    if record is None or directory.mark not in command_line(record.pid):
        return None
    state = postmaster_file(directory.cluster)
    if state is None or not state.ready or state.pid != record.pid:
        return None
    try:
        socket.create_connection((HOST, record.port), timeout=_ANSWER_LIMIT_SECONDS).close()
    except OSError:
        return None
    return RunningServer(
        data_directory=directory.path,
        pid=record.pid,
        port=record.port,
        version=record.version,
        password=directory.password(),
    )


def _see_others_out(gate: int, say: Callable[[str], None]) -> None:
    """Wait until nobody else uses the server."""
    if not shut(gate, wait=False):
        say("Waiting for another command that uses this database to finish ...")
        shut(gate, wait=True)
