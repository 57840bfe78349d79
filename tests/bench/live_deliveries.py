"""The subscribers of ``make bench NAME=live`` as a process of their own, and what came to them."""

import asyncio
import os
import sys
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.live_changes import SKUS, Published
from tests.bench.processes import other_cores
from tests.servers import temporary_directory

BEGIN_SECONDS_MAX = 300.0
END_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came: for each delivery the number of its socket, the version and when."""

    sockets: "array[int]"
    versions: "array[int]"
    times: "array[float]"

    def check(self, published: Published, *, sockets: int) -> None:
        """Raise ``RuntimeError`` unless every socket got every change of its SKU, each once and in order."""
        expected: dict[int, list[int]] = defaultdict(list)
        for sku, version, _ in published:
            expected[sku].append(version)
        found: dict[int, list[int]] = defaultdict(list)
        for socket, version in zip(self.sockets, self.versions, strict=True):
            found[socket].append(version)
        for socket in range(sockets):
            if found[socket] != expected[socket % SKUS]:
                raise RuntimeError(
                    f"Socket {socket} got the versions {found[socket]} where {expected[socket % SKUS]} were made."
                )

    def count(self, began: float, ended: float) -> int:
        """How many deliveries came between the two times."""
        return sum(began <= time < ended for time in self.times)

    def latencies(self, since: Published) -> list[float]:
        """How long each delivery of these changes took, in seconds."""
        times = {(sku, version): made for sku, version, made in since}
        return [
            time - made
            for socket, version, time in zip(self.sockets, self.versions, self.times, strict=True)
            if (made := times.get((socket % SKUS, version))) is not None
        ]


class Following:
    """The process, once all its sockets follow."""

    def __init__(self, process: asyncio.subprocess.Process, file: Path) -> None:
        self._process = process
        self._file = file

    async def end(self) -> Delivered:
        """Close the sockets; what came to them."""
        async with asyncio.timeout(END_SECONDS_MAX):
            await self._process.communicate(b"")
        sockets, versions, times = array("L"), array("L"), array("d")
        rows = self._file.stat().st_size // (sockets.itemsize + versions.itemsize + times.itemsize)
        with self._file.open("rb") as file:
            for column in (sockets, versions, times):
                column.fromfile(file, rows)
        return Delivered(sockets, versions, times)


@asynccontextmanager
async def following(port: int, *, sockets: int, token: str | None) -> AsyncIterator[Following]:
    """So many sockets that follow, on the cores that no server has."""
    with temporary_directory() as directory:
        file = directory / "delivered"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.live_clients", str(port), str(sockets), str(file),
            env={**os.environ, **({"TOKEN": token} if token is not None else {})},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            if hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(process.pid, other_cores())
            assert process.stdout is not None
            async with asyncio.timeout(BEGIN_SECONDS_MAX):
                said = await process.stdout.readline()
            if said != b"ready\n":
                raise RuntimeError("The subscribers did not come to follow; standard error says why.")
            yield Following(process, file)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
