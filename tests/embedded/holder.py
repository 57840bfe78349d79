"""A process with a server, for tests that end processes: ``holder.py start|attach|announce DIRECTORY``.

Prints the address and the postmaster's id as JSON when the server is ready, and gives the server up when its standard
input ends. ``announce`` prints ``starting`` before it does so.
"""

import json
import sys
from pathlib import Path

from inventory_graph.embedded import DataDirectory, EmbeddedPostgres, RunningServer, attach_or_start, find_binaries

SETTINGS = {"fsync": "off", "shared_buffers": "16MB"}


def main(how: str, path: str) -> None:
    """Hold a server until standard input ends."""
    directory, binaries = DataDirectory(Path(path)), find_binaries(None)
    if how == "attach":
        with attach_or_start(directory, binaries, settings=SETTINGS) as server:
            report_and_wait(server)
        return
    if how == "announce":
        print("starting", flush=True)  # noqa: T201 - the test reads it
    with EmbeddedPostgres(directory, binaries, settings=SETTINGS) as postgres:
        report_and_wait(postgres.server)


def report_and_wait(server: RunningServer) -> None:
    """Tell the test about the server and wait for the end of standard input."""
    report = {"url": server.url("postgres"), "pid": server.pid}
    print(json.dumps(report), flush=True)  # noqa: T201 - the test reads it
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
