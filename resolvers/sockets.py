"""GraphQL over WebSockets by the protocol graphql-transport-ws: any number of operations on one connection."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from inventory_graph.actor import Actor
from inventory_graph.errors import OutcomeUnknown, Unauthenticated, Unavailable
from inventory_graph.origins import is_own_origin
from inventory_graph.telemetry import Metrics, Tracer
from inventory_graph.timers import CoarseTimers
from resolvers.envelope import RequestRefusedError
from resolvers.leases import Lease
from resolvers.masking import error_body
from resolvers.operating import Operations
from resolvers.requests import address_of
from resolvers.socket_frames import (
    BAD_FRAME,
    BAD_PROTOCOL,
    FORBIDDEN,
    GOING_AWAY,
    INIT_TIMEOUT,
    INTERNAL_ERROR,
    NO_PONG,
    PROTOCOL,
    TOO_MANY,
    TRY_LATER,
    UNAUTHORIZED,
    Ending,
    Frame,
    SocketClosedError,
    acknowledged,
    error_frame,
    frame_of,
    pinged,
    ponged,
)
from resolvers.socket_operations import CUT_SHORT, SocketOperations
from resolvers.socket_settings import GOODBYE_SECONDS_MAX, TENANT_SHARE, UNANSWERED_MAX, SocketSettings
from resolvers.streams import STOPPING
from resolvers.unsaid import Unsaid

INIT_HEADERS = ("authorization", "x-api-key", "x-tenant-slug", "x-tenant-id", "x-router-secret")
"""What a connection_init may carry in place of the headers that browsers cannot send with a socket."""

logger = logging.getLogger(__name__)

IsReady: TypeAlias = Callable[[], Awaitable[bool]]


class Sockets:
    """The ASGI application of /graphql for WebSockets, and all sockets of the process."""

    def __init__(
        self,
        operations: Operations,
        *,
        settings: SocketSettings,
        metrics: Metrics,
        is_ready: IsReady,
        tracer: Tracer | None = None,
    ) -> None:
        self.operations = operations
        self._is_ready = is_ready
        self._was_ready = False
        self.settings = settings
        self.metrics = metrics
        self.tracer = tracer
        self.timers = CoarseTimers()
        self._open: set[Socket] = set()
        self._of_tenants: Counter[UUID | None] = Counter()
        self._all_ended = asyncio.Event()
        self._is_closing = False
        self.unsaid = Unsaid(of_one_max=settings.unsaid_max, characters_max=settings.unsaid_of_all_max)
        metrics.watch_sockets(lambda: len(self._open))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = Socket(self, scope, receive, send)
        if (reason := await self._reason_why_not()) is not None:
            await socket.refuse(TRY_LATER, reason)
            return
        self._open.add(socket)
        try:
            await socket.run()
        finally:
            self._open.discard(socket)
            if not self._open:
                self._all_ended.set()

    async def _reason_why_not(self) -> str | None:
        self._was_ready = self._was_ready or await self._is_ready()
        if not self._was_ready:
            return "The service is starting; come again in a moment."
        if self._is_closing:
            return STOPPING
        if len(self._open) >= self.settings.sockets_max:
            return "There are too many sockets; come again shortly."
        return None

    def enter(self, tenant_id: UUID | None) -> None:
        """Count a socket to its tenant; raises ``SocketClosedError`` where the tenant has too many."""
        if self._of_tenants[tenant_id] >= max(1, int(self.settings.sockets_max * TENANT_SHARE)):
            raise SocketClosedError(TRY_LATER, "The tenant has too many sockets; come again shortly.")
        self._of_tenants[tenant_id] += 1

    def leave(self, tenant_id: UUID | None) -> None:
        """The socket is closed."""
        self._of_tenants[tenant_id] -= 1
        if not self._of_tenants[tenant_id]:
            del self._of_tenants[tenant_id]

    async def close(self) -> None:
        """Tell every client to go elsewhere, as soon as it has the answers to what it asked; what else it has got it can resume
        from."""
        self._is_closing = True
        if self._open:
            self._all_ended.clear()
            finishing = [asyncio.create_task(socket.finish()) for socket in self._open]
            await asyncio.wait(finishing, timeout=self.settings.finish_seconds_max)
            for task in finishing:
                task.cancel()
            for socket in self._open:
                socket.end(Ending(GOING_AWAY, CUT_SHORT, OutcomeUnknown.code))
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS_MAX):
                    await self._all_ended.wait()


class Socket:
    """One connection."""

    def __init__(self, sockets: Sockets, scope: Scope, receive: Receive, send: Send) -> None:
        self._sockets = sockets
        self._operations = sockets.operations
        self._settings = sockets.settings
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._address = address_of(scope)
        self._actor: Actor | None = None
        self._credential: Mapping[str, str] = {}
        self._is_ready = False
        self._running = SocketOperations(
            self._operations,
            self._say,
            address=self._address,
            operations_max=self._settings.operations_max,
            metrics=sockets.metrics,
            tracer=sockets.tracer,
            headers=self._headers,
        )
        self._unanswered = self._saying = 0
        self._unsaid = sockets.unsaid.on_socket(self.give_up)
        self._taken_at = 0.0
        self._is_closed = False
        self._pinging: asyncio.Task[None] | None = None
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def refuse(self, code: int, reason: str) -> None:
        """Close it as soon as it is open: before, a client would not get to see the code."""
        await self._receive()
        await self._accept(PROTOCOL if PROTOCOL in self._scope.get("subprotocols", ()) else None)
        await self._close(code, reason)

    def end(self, ending: Ending) -> None:
        """Have the connection end; the first who says so decides how."""
        if not self._ending.done():
            self._ending.set_result(ending)

    def give_up(self) -> None:
        """End it without a word: what was said is not read."""
        self._is_closed = True
        self.end(Ending(NO_PONG, "What was said is not read."))

    async def finish(self) -> None:
        """Have the connection end when the queries and mutations that run on it are answered, and begin no more.

        A client that takes nothing off the connection hears of no answer, and is not waited for.
        """
        finished = asyncio.create_task(self._running.finish())
        try:
            while not finished.done() and not self._is_stalled():
                await asyncio.wait([finished], timeout=GOODBYE_SECONDS_MAX / 4)
        finally:
            finished.cancel()
        self.end(Ending(GOING_AWAY, STOPPING))

    def _is_stalled(self) -> bool:
        """Whether all that is left to do is to say something that nobody reads."""
        silent = time.monotonic() - self._taken_at
        return self._saying >= max(1, len(self._running)) and silent >= GOODBYE_SECONDS_MAX

    async def run(self) -> None:
        """Serve the connection until it ends."""
        await self._receive()
        if PROTOCOL not in self._scope.get("subprotocols", ()):
            await self._accept(None)
            await self._close(BAD_PROTOCOL, f"Speak the subprotocol {PROTOCOL}.")
            return
        if not self._is_origin_allowed():
            await self._send({"type": "websocket.close", "code": FORBIDDEN, "reason": "origin"})
            return
        await self._accept(PROTOCOL)
        reading = asyncio.create_task(self._serve())
        try:
            waited_for: list[asyncio.Future[Any]] = [reading, self._ending]
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            running = await self._running.cancel_all()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS_MAX):
                await self._say_goodbye(self._ending_of(reading), running)
        except TimeoutError:
            logger.info("A client took nothing off its socket, not even the end.")
        finally:
            self._is_closed = True

    def _ending_of(self, reading: asyncio.Task[None]) -> Ending | None:
        if self._ending.done():
            return self._ending.result()
        fault = reading.exception() if not reading.cancelled() else None
        if isinstance(fault, SocketClosedError):
            return Ending(fault.code, fault.reason)
        if fault is not None:
            logger.error("A socket failed outside of its operations.", exc_info=fault)
            return Ending(INTERNAL_ERROR, "Internal error")
        return None

    async def _say_goodbye(self, ending: Ending | None, running: Sequence[str]) -> None:
        """Tell the operations that ran, then close; nothing where the client closed."""
        if ending is None:
            return
        if ending.code_of_operations is not None:
            body = error_body(ending.reason, code=ending.code_of_operations)
            for id_ in running:
                await self._say(error_frame(orjson.dumps(id_), [body]))
        await self._close(ending.code, ending.reason)

    async def _serve(self) -> None:
        tenant_id = await self._initialized()
        if tenant_id is _GONE:
            return
        self._sockets.enter(tenant_id)
        lease = Lease(
            self._operations.callers.authenticate,
            self._credential,
            self._actor,
            recheck_seconds=self._settings.recheck_seconds,
        )
        watch = asyncio.create_task(self._watch(lease))
        self._sockets.timers.set_while_held(self._settings.ping_seconds, self._keep)
        try:
            while (frame := await self._next_frame()) is not None:
                await self._handle(frame)
        finally:
            watch.cancel()
            if self._pinging is not None:
                self._pinging.cancel()
            self._sockets.leave(tenant_id)

    async def _initialized(self) -> Any:
        """Wait for connection_init; the tenant of who sent it."""
        try:
            async with asyncio.timeout(self._settings.init_seconds_max):
                while not self._is_ready:
                    frame = await self._next_frame()
                    if frame is None:
                        return _GONE
                    if frame.type == "subscribe":
                        raise SocketClosedError(UNAUTHORIZED, "Send connection_init before anything else.")
                    await self._handle(frame)
        except TimeoutError:
            raise SocketClosedError(
                INIT_TIMEOUT, f"connection_init did not come within {self._settings.init_seconds_max:g} seconds."
            ) from None
        return self._actor.tenant_id if self._actor is not None else None

    async def _next_frame(self) -> Frame | None:
        """The client's next frame, None when it has gone."""
        # Thousands may wait, and each is soon done: everybody else has a turn between two.
        await asyncio.sleep(0)
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            return None
        text = message.get("text")
        if text is not None and len(text) > self._operations.body_bytes_max:
            raise SocketClosedError(BAD_FRAME, f"A frame may have {self._operations.body_bytes_max} characters.")
        self._unanswered = 0
        return frame_of(text, depth_max=self._operations.value_depth_max)

    async def _handle(self, frame: Frame) -> None:
        match frame.type:
            case "connection_init":
                await self._initialize(frame.payload or {})
            case "ping":
                await self._say(ponged(frame.payload))
            case "complete":
                self._running.cancel(frame.id)
            case "subscribe":
                # Whoever reads no answers asks nothing more.
                await self._unsaid.room()
                await self._running.begin(frame, self._actor, self._credential)

    async def _initialize(self, payload: Mapping[str, Any]) -> None:
        if self._is_ready:
            raise SocketClosedError(TOO_MANY, "connection_init came twice.")
        # As a header would arrive: its bytes are those of UTF-8, and latin-1 is what bytes of headers are held as.
        sent = {
            name.lower(): value.encode().decode("latin-1") for name, value in payload.items() if isinstance(value, str)
        }
        self._credential = {**self._headers, **{name: sent[name] for name in INIT_HEADERS if name in sent}}
        self._actor = await self._authenticated()
        self._is_ready = True
        await self._say(acknowledged())

    async def _authenticated(self) -> Actor | None:
        try:
            return await self._operations.callers.authenticate(self._credential)
        except Unauthenticated as error:
            try:
                await self._operations.charge_refused(None, self._address)
            except RequestRefusedError as refused:
                raise SocketClosedError(TRY_LATER, refused.error["message"]) from None
            raise SocketClosedError(FORBIDDEN, error.message) from None
        except Unavailable as error:
            raise SocketClosedError(TRY_LATER, error.message) from None

    async def _watch(self, lease: Lease) -> None:
        """End everything when the credential is good no longer."""
        self.end(Ending(FORBIDDEN, await lease.ended(), "UNAUTHENTICATED"))

    def _keep(self) -> None:
        """Ping a client that says nothing; end the connection of one that does not answer, or that takes nothing off it.

        That is looked at from time to time: a limit around all that is said would cost as much as saying it.
        """
        if self._is_closed or self._ending.done():
            return
        seconds = self._settings.ping_seconds
        if self._saying:
            # A ping would only wait behind what waits already.
            seconds = min(seconds, self._taken_at + self._settings.say_seconds_max - time.monotonic())
            if seconds <= 0:
                self.give_up()
                return
        elif self._unanswered >= UNANSWERED_MAX:
            self.end(Ending(NO_PONG, "Pings stay unanswered."))
            return
        else:
            self._unanswered += 1
            self._pinging = asyncio.create_task(self._say(pinged()))
        self._sockets.timers.set_while_held(seconds, self._keep)

    def _is_origin_allowed(self) -> bool:
        """A browser says for which page it opens the socket; programs say nothing."""
        origin = self._headers.get("origin")
        if origin is None or origin in self._settings.origins or "*" in self._settings.origins:
            return True
        return is_own_origin(origin, self._headers.get("host"))

    async def _accept(self, protocol: str | None) -> None:
        await self._send({"type": "websocket.accept", "subprotocol": protocol})

    async def _say(self, text: str) -> None:
        if self._is_closed:
            return
        if not self._saying:
            self._taken_at = time.monotonic()
        self._saying += 1
        self._unsaid.add(len(text))
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):
            # The client has gone; the next receive says so.
            self._is_closed = True
        finally:
            self._saying -= 1
            self._unsaid.take(len(text))
            self._taken_at = time.monotonic()

    async def _close(self, code: int, reason: str) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


_GONE = object()
