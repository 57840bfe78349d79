"""The processes of one server, recognised by a mark that PostgreSQL shows in every command line.

The mark is the cluster name: the postmaster carries it as an argument and every child in its title. A process that
exited but was not reaped has no command line, so a zombie is never taken for a living server.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

_POLL_SECONDS = 0.02


def command_line(pid: int) -> str:
    """The command line of a living process, its arguments joined by blanks; empty when it is gone or a zombie."""
    if sys.platform == "linux":
        try:
            content = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return content.replace(b"\0", b" ").decode(errors="replace").strip()
    listing = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    answer = subprocess.run(listing, capture_output=True, text=True, check=False)  # noqa: S603 - fixed program
    return answer.stdout.strip()


def process_exists(pid: int) -> bool:
    """Whether the kernel knows the process id, be it a zombie or a process of somebody else."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_postgres(text: str) -> bool:
    """Whether a command line is that of a postmaster or of one of its children."""
    return text.startswith("postgres:") or "/postgres " in text


def marked_processes(mark: str) -> list[int]:
    """The ids of all living PostgreSQL processes whose command line carries ``mark``."""
    return [pid for pid, text in _command_lines() if mark in text and is_postgres(text)]


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to each process that still exists."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_until_none(living: Callable[[], list[int]], *, seconds: float) -> bool:
    """Ask ``living`` until it names no process any more; False when it still does after ``seconds``."""
    deadline = time.monotonic() + seconds
    while living():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _command_lines() -> Iterator[tuple[int, str]]:
    """Every process with its command line."""
    if sys.platform == "linux":
        pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        yield from ((pid, command_line(pid)) for pid in pids)
        return
    listing = ["/bin/ps", "-axww", "-o", "pid=,command="]
    for line in subprocess.run(listing, capture_output=True, text=True, check=False).stdout.splitlines():  # noqa: S603
        pid, _, text = line.strip().partition(" ")
        yield int(pid), text.strip()
