"""pgbench: transactions in plain SQL, without a program around them."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from inventory_graph.embedded import find_binaries

THREADS = 2


class Plain(NamedTuple):
    """Transactions per second, and the mean latency of one in milliseconds."""

    rate: float
    mean_ms: float


def pgbench(
    url: str,
    script: str,
    *,
    clients: int,
    seconds: float | None = None,
    transactions: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Plain:
    """Run the script as the application's role, for whole seconds or so many transactions of each client.

    ``settings`` hold for the sessions. Raises ``RuntimeError`` with pgbench's words when a transaction fails.
    """
    parts = urlsplit(url)
    asked = ["-T", f"{seconds:.0f}"] if seconds else ["-t", str(transactions)]
    given = {"role": "inventory_app", **(settings or {})}
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        finished = subprocess.run(
            [
                find_binaries(None).directory / "pgbench", "-n", "-M", "prepared", "-f", file.name, *asked,
                "-c", str(clients), "-j", str(min(clients, THREADS)), "-h", str(parts.hostname), "-p", str(parts.port),
                "-U", str(parts.username), parts.path.lstrip("/"),
            ],
            env={
                "PGPASSWORD": parts.password or "",
                "PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in given.items()),
            },
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    rate = re.search(r"tps = ([0-9.]+)", finished.stdout)
    latency = re.search(r"latency average = ([0-9.]+) ms", finished.stdout)
    if rate is None or latency is None or finished.returncode != 0:
        raise RuntimeError(f"pgbench failed: {finished.stderr[-500:]}")
    return Plain(rate=float(rate[1]), mean_ms=float(latency[1]))
