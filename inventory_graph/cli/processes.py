"""What commands have in common that run until they are told to end: a port, a server on it, rings between processes, an end."""

import asyncio
import errno
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from inventory_graph.cli.databases import CommandError, console
from inventory_graph.cli.wire import WebSocketWire
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from inventory_graph.transport.bells import RedisBells
from inventory_graph.transport.impatience import impatient, judge_all
from inventory_graph.wakeups import Wakeup

TICKS_BETWEEN_LOOKS = 5
"""uvicorn ticks ten times a second."""


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # Taken now, so that nobody else can have it while the database starts; it answers only once it serves.
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"The port {port} on {host} is taken by another program: choose another with --port or INVENTORY_HTTP_PORT."
            ) from error
        raise CommandError(f"The service cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def end_on_sigterm() -> None:
    """SIGTERM ends the program the way Ctrl-C does: everything is stopped in order."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)


def say(sentence: str) -> None:
    console.print(sentence, markup=False)


async def cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def worker_database(settings: Settings) -> Database:
    return await Database.connect(
        settings.require_database_url(), role="inventory_worker", connections_max=6, hooks=HOOKS
    )


def carrying(settings: Settings, **bells: Wakeup) -> list[asyncio.Task[None]]:
    """The task that carries rings between processes, where there is a Redis for it."""
    if settings.redis_url is None:
        return []
    carrier = RedisBells(settings.redis_url)
    for name, bell in bells.items():
        carrier.connect(name, bell)
    return [asyncio.create_task(carrier.run())]


async def serve_application(
    application: Starlette, settings: Settings, listener: socket.socket, announce: Callable[[], None]
) -> None:
    await server_of(application, settings, announce).serve(sockets=[listener])


def server_of(application: Starlette, settings: Settings, announce: Callable[[], None]) -> uvicorn.Server:
    """The server of the application, which calls ``announce`` once it serves."""
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level=settings.log_level.lower(),
        access_log=False,
        http=impatient(
            seconds_max=settings.request_seconds_max,
            connections_max=settings.connections_max,
            read_bytes_min=settings.answer_read_bytes_min,
            unread_bytes_max=settings.unread_bytes_max,
        ),
        ws=WebSocketWire,
        ws_max_size=settings.body_bytes_max,
        ws_ping_interval=None,  # the sockets ask for themselves, by pings that programs in pages see
        ws_per_message_deflate=False,  # some 300 kB of memory for every socket
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # INVENTORY_TRUSTED_PROXIES says whose are believed
        timeout_graceful_shutdown=settings.graceful_seconds,
    )
    return _AnnouncingServer(config, announce, getattr(application.state, "say_goodbye", _nothing))


async def _nothing() -> None:
    """Nobody subscribes to a worker."""


class _AnnouncingServer(uvicorn.Server):
    """Says that it serves once it does, looks after its connections, and says good-bye to those who subscribe."""

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], say_goodbye: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._say_goodbye = say_goodbye

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        began = time.monotonic()
        # Nobody comes any more while sockets finish, by a new connection or by one that is kept open.
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if not isinstance(connection, WebSocketWire):
                connection.shutdown()
        # Those who subscribe hear of it from us, while their connections are still open.
        await self._say_goodbye()
        grace = self.config.timeout_graceful_shutdown or 0
        self.config.timeout_graceful_shutdown = max(1, round(began + grace - time.monotonic()))
        await super().shutdown(sockets=sockets)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_BETWEEN_LOOKS == 0:
            judge_all(self.server_state.connections)
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()
