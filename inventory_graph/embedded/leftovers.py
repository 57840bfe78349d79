"""What a killed predecessor left in a data directory, and its removal before the next start.

Called while this process holds the directory, so no living supervisor owns what is found.
"""

import signal
from collections.abc import Callable
from functools import partial

from inventory_graph.embedded.cluster import PostmasterFile, postmaster_file
from inventory_graph.embedded.data_directory import DataDirectory
from inventory_graph.embedded.errors import ServerFailedError
from inventory_graph.embedded.processes import (
    command_line,
    is_postgres,
    marked_processes,
    process_exists,
    signal_all,
    wait_until_none,
)

_FAST_SECONDS = 30.0
_ORPHANS_SECONDS = 2.0
_IMMEDIATE_SECONDS = 5.0


def clear_leftovers(directory: DataDirectory, *, say: Callable[[str], None]) -> None:
    """Stop a server that still runs in ``directory`` and remove a process id that now belongs to somebody else.

    A postmaster that lives on is recognised by its id and the data directory in its command line, and stopped in good
    order; children whose postmaster was killed are waited for, as nothing may start while they write. Raises
    ServerFailedError when one cannot be ended.
    """
    left = postmaster_file(directory.cluster)
    living = partial(_living, directory, left)
    if left is not None and _is_alive_in(directory, left):
        say(f"Stopping the PostgreSQL (process {left.pid}) that was left running in {directory.path} ...")
        signal_all([left.pid], signal.SIGINT)
        _end_all(directory, living, first_seconds=_FAST_SECONDS)
        left = postmaster_file(directory.cluster)
    elif living():
        _end_all(directory, living, first_seconds=_ORPHANS_SECONDS)
    if left is not None:
        say(f"PostgreSQL was not stopped in good order; it will recover what was committed in {directory.path} ...")
        _forget_reused_process_id(directory, left)
    directory.remove_record()


def _living(directory: DataDirectory, left: PostmasterFile | None) -> list[int]:
    """The processes of the server, among them a postmaster without the mark because a person started it by hand."""
    marked = marked_processes(directory.mark)
    if left is not None and left.pid not in marked and _is_alive_in(directory, left):
        return [left.pid, *marked]
    return marked


def _is_alive_in(directory: DataDirectory, left: PostmasterFile) -> bool:
    text = command_line(left.pid)
    return is_postgres(text) and (directory.mark in text or str(directory.cluster) in text)


def _end_all(directory: DataDirectory, living: Callable[[], list[int]], *, first_seconds: float) -> None:
    """Wait for all processes of the server to end, with growing force."""
    if wait_until_none(living, seconds=first_seconds):
        return
    for number in (signal.SIGQUIT, signal.SIGKILL):
        signal_all(living(), number)
        if wait_until_none(living, seconds=_IMMEDIATE_SECONDS):
            return
    raise ServerFailedError(
        f"The PostgreSQL processes {living()} left in {directory.path} cannot be ended: "
        "end them yourself or choose another data directory."
    )


def _forget_reused_process_id(directory: DataDirectory, left: PostmasterFile) -> None:
    """Remove ``postmaster.pid`` where its id is that of a zombie or of a process that does not serve this cluster.

    PostgreSQL itself only asks whether such a process exists and would refuse to start for ever, as happens in
    containers, where process ids are small and nobody reaps. A file with the id of a dead process is left to
    PostgreSQL, which also checks the shared memory it names.
    """
    if process_exists(left.pid) and not _may_serve_any_cluster(command_line(left.pid)):
        (directory.cluster / "postmaster.pid").unlink(missing_ok=True)


def _may_serve_any_cluster(text: str) -> bool:
    """Whether this is a postmaster whose command line does not tell its cluster (it was named in PGDATA)."""
    return is_postgres(text) and not text.startswith("postgres:") and " -D " not in text
