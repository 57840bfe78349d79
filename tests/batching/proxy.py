"""What lies between a pool and its server: passes everything on until it is told to fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The whole message: movements are of a kind that is spelled the same."""
CHUNK = 65_536


class AtCommit(Enum):
    """What becomes of a COMMIT."""

    PASSES = "it arrives, and so does the answer"
    IS_LOST = "the connection breaks before it arrives"
    LOSES_ITS_ANSWER = "it arrives and is done; the connection breaks before the answer"


@dataclass(slots=True)
class Proxy:
    """A line to a PostgreSQL server on a port of its own."""

    url: str
    at_commit: AtCommit = AtCommit.PASSES
    _writers: "set[asyncio.StreamWriter]" = field(default_factory=set)

    def cut(self) -> None:
        """Break every connection now."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool, commits: "asyncio.Event"
    ) -> None:
        """One direction; ``commits`` is set once a COMMIT has been passed on whose answer shall be lost."""
        with suppress(OSError):
            while data := await source.read(CHUNK):
                if answers and commits.is_set():
                    return
                if not answers and COMMIT in data and self.at_commit is AtCommit.IS_LOST:
                    return
                if not answers and COMMIT in data and self.at_commit is AtCommit.LOSES_ITS_ANSWER:
                    commits.set()
                target.write(data)
                await target.drain()


@asynccontextmanager
async def proxy_to(url: str) -> AsyncIterator[Proxy]:
    """A proxy to the database of the URL."""
    parts = urlsplit(url)
    proxy = Proxy(url)
    served: set[asyncio.Task[None]] = set()

    async def serve(client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())  # type: ignore[arg-type]
        server_reader, server_writer = await asyncio.open_connection(parts.hostname, parts.port)
        writers = (client_writer, server_writer)
        proxy._writers.update(writers)
        commits = asyncio.Event()
        directions = [
            asyncio.create_task(proxy._pass_on(client_reader, server_writer, answers=False, commits=commits)),
            asyncio.create_task(proxy._pass_on(server_reader, client_writer, answers=True, commits=commits)),
        ]
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*directions)
        proxy._writers.difference_update(writers)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    proxy.url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await asyncio.gather(*served)
        await server.wait_closed()
