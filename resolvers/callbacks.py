"""Apollo's HTTP callback protocol: a router names an address, and the results of a subscription are posted there.

Only hosts that the operator listed are posted to; without any the protocol is switched off, for an address that a request
names is otherwise a way into the operator's own network.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, cast
from weakref import WeakValueDictionary

import httpx
import orjson

from inventory_graph.telemetry import Metrics, RequestLabels
from resolvers.answers import Answer, internal_answer
from resolvers.bulkheads import TENANT_SHARE
from resolvers.envelope import RequestRefusedError
from resolvers.leases import Lease
from resolvers.masking import error_body
from resolvers.requests import Request
from resolvers.streams import GOODBYE_SECONDS_MAX, STOPPING, UNAUTHENTICATED, UNAVAILABLE

PROTOCOL_HEADER = {"subscription-protocol": "callback/1.0"}
POST_SECONDS_MAX = 10.0
"""How long one post may take to be answered, and what is asked before a subscription begins with all its repetitions."""
CONNECTIONS_MAX = 100
"""How many posts are under way at once, those of one tenant three quarters of it; the others wait."""
ANSWER_BYTES_MAX = 16_384
ANSWER_SECONDS_MAX = 1.0
"""How much of the body of an answer is read, and for how long, to use its connection again."""
PAUSES_SECONDS = (0.1, 0.5, 2.0)
"""How long it waits before it posts again what did not arrive."""
HEARTBEAT_SECONDS_MIN = 1.0
HEARTBEAT_MS_DEFAULT = 5_000
CALLBACK_FAILED = "CALLBACK_FAILED"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Callback:
    """Where a router wants results posted. ``verifier`` is what it knows its own subscription by; without ``heartbeat_seconds`` it
    wants no heartbeats."""

    url: str
    id: str
    verifier: str
    heartbeat_seconds: float | None


def callback_of(sent: Mapping[str, Any] | None) -> Callback:
    """The callback in ``extensions.subscription``; raises ``RequestRefusedError``."""
    values = sent or {}
    texts = [values.get(name) for name in ("callbackUrl", "subscriptionId", "verifier")]
    found = [text for text in texts if isinstance(text, str) and text]
    interval = values.get("heartbeatIntervalMs", HEARTBEAT_MS_DEFAULT)
    if len(found) != len(texts) or type(interval) is not int or interval < 0:
        raise RequestRefusedError(
            400,
            "extensions.subscription must have callbackUrl, subscriptionId and verifier, strings, and may have"
            " heartbeatIntervalMs, a whole number.",
        )
    url, id_, verifier = found
    return Callback(url, id_, verifier, max(HEARTBEAT_SECONDS_MIN, interval / 1_000) if interval else None)


class _EndedError(Exception):
    """The router does not want, or does not get, what is posted."""


class Callbacks:
    """The subscriptions of one process whose results are posted. ``hosts``: names, each with or without a port, that may be posted
    to."""

    def __init__(self, *, hosts: Collection[str], metrics: Metrics, client: httpx.AsyncClient | None = None) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._metrics = metrics
        self._client = client or _client()
        self._running: dict[asyncio.Task[None], _Posting] = {}
        self._turns: WeakValueDictionary[str | None, asyncio.Semaphore] = WeakValueDictionary()
        metrics.watch_callbacks(lambda: len(self._running))

    def callback_of(self, request: Request) -> Callback:
        """The callback that the request asks for; raises ``RequestRefusedError`` unless it is that of a router that proved itself, at a
        host on the list."""
        callback = callback_of(request.envelope.subscription)
        if not self._hosts:
            raise RequestRefusedError(400, "Callbacks are switched off here: INVENTORY_CALLBACK_HOSTS lists no host.")
        if not request.is_proven_router:
            raise RequestRefusedError(
                403, "Callbacks are for routers, which send one of INVENTORY_ROUTER_SECRETS as x-router-secret."
            )
        if self._hosts.isdisjoint(_names_of(callback.url)):
            raise RequestRefusedError(
                403, "callbackUrl is not at one of the hosts that INVENTORY_CALLBACK_HOSTS lists; ask the operator."
            )
        return callback

    async def begin(
        self,
        callback: Callback,
        results: AsyncGenerator[bytes, None],
        *,
        lease: Lease,
        room: ExitStack,
        labels: RequestLabels,
    ) -> Answer:
        """Ask the router whether it knows of the subscription and, if it does, post the results from now on. ``room`` is left when
        it ends."""
        posting = _Posting(
            self._client, callback, results, lease, labels, self._metrics, turns=self._turns_of(labels.tenant)
        )
        try:
            async with asyncio.timeout(POST_SECONDS_MAX):
                await posting.check()
        except (_EndedError, TimeoutError) as error:
            room.close()
            fault = str(error) or type(error).__name__
            body = error_body(f"The callback did not answer as agreed: {fault}.", code=CALLBACK_FAILED)
            return Answer(HTTPStatus.BAD_GATEWAY, {"errors": [body]}, "refused")
        except BaseException:
            room.close()
            raise
        task = asyncio.create_task(self._run(posting, room))
        self._running[task] = posting
        task.add_done_callback(self._running.pop)
        return Answer(200, {"data": None}, "ok", PROTOCOL_HEADER)

    def _turns_of(self, tenant: str | None) -> asyncio.Semaphore:
        """The turns of a tenant, which are gone with its last subscription."""
        turns = self._turns.get(tenant)
        if turns is None:
            turns = self._turns[tenant] = asyncio.Semaphore(int(CONNECTIONS_MAX * TENANT_SHARE))
        return turns

    async def _run(self, posting: "_Posting", room: ExitStack) -> None:
        began = time.perf_counter()
        with room:
            outcome = await posting.run()
        labels = posting.labels
        self._metrics.answered(labels.kind, outcome, time.perf_counter() - began, name=labels.operation)

    async def close(self) -> None:
        """Tell every router that the service stops."""
        for posting in self._running.values():
            posting.stopped.set()
        if self._running:
            await asyncio.wait(list(self._running), timeout=GOODBYE_SECONDS_MAX)
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.aclose()


def _client() -> httpx.AsyncClient:
    # No proxy of the environment: the list of hosts says where requests go. Redirects are not followed. No cookies: what one receiver
    # sets would be kept for ever, and sent with everybody's posts.
    return httpx.AsyncClient(
        timeout=POST_SECONDS_MAX,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
    )


def _names_of(url: str) -> frozenset[str]:
    """What the list may call the host of an address; nothing for what is no plain address. Taken apart as whoever posts takes it."""
    try:
        parts = httpx.URL(url)
        # As it is looked up, in the letters that names have there.
        host = parts.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError):
        return frozenset()
    port = parts.port if parts.port is not None else _PORTS.get(parts.scheme)
    if port is None or not host or "@" in parts.netloc.decode() or parts.userinfo:
        return frozenset()
    return frozenset({host, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"})


_PORTS = {"http": 80, "https": 443}


class _Posting:
    """One subscription."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        callback: Callback,
        results: AsyncGenerator[bytes, None],
        lease: Lease,
        labels: RequestLabels,
        metrics: Metrics,
        *,
        turns: asyncio.Semaphore,
    ) -> None:
        self._client = client
        self._turns = turns
        self._callback = callback
        self._results = results
        self._lease = lease
        self._metrics = metrics
        self._last: list[dict[str, Any]] | None = None
        self.labels = labels
        self.stopped = asyncio.Event()

    async def run(self) -> str:
        """Post to the end; how it ended, as the metrics call it."""
        delivering = asyncio.create_task(self._deliver())
        beating = asyncio.create_task(self._beat())
        lease = asyncio.create_task(self._lease.ended())
        stopping = asyncio.create_task(self.stopped.wait())
        tasks: list[asyncio.Task[Any]] = [delivering, beating, lease, stopping]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in (delivering, beating):
            fault = task.exception() if task in done else None
            if isinstance(fault, _EndedError):
                logger.info("A callback ended: %s.", fault)
                return "ok"
            if fault is not None:
                logger.error("Request %s failed outside of execution.", self.labels.request_id, exc_info=fault)
                await self._complete(internal_answer(self.labels.request_id).body["errors"])
                return "failed"
        if delivering in done:
            await self._complete(self._last)
        elif lease in done:
            await self._complete([error_body(lease.result(), code=UNAUTHENTICATED)])
        else:
            await self._complete([error_body(STOPPING, code=UNAVAILABLE)])
        return "ok"

    async def check(self) -> None:
        """Ask whether the router still wants it; raises ``_EndedError``."""
        status = await self._post(self._message("check"))
        if status != HTTPStatus.NO_CONTENT:
            raise _EndedError(f"status {status}")

    async def _deliver(self) -> None:
        async with aclosing(self._results) as results:
            async for result in results:
                if result.startswith(b'{"errors"'):
                    # The last, and no event: it goes out with the end.
                    self._last = orjson.loads(result)["errors"]
                    return
                status = await self._post(self._message("next", b',"payload":' + result))
                if not httpx.codes.is_success(status):
                    raise _EndedError(f"status {status}")
                self._metrics.delivered()

    async def _beat(self) -> None:
        if self._callback.heartbeat_seconds is None:
            await asyncio.Event().wait()
            return
        while True:
            await asyncio.sleep(self._callback.heartbeat_seconds)
            await self.check()

    async def _complete(self, errors: list[dict[str, Any]] | None) -> None:
        more = b',"errors":' + orjson.dumps(errors) if errors else b""
        with suppress(_EndedError):
            await self._post(self._message("complete", more))

    def _message(self, action: str, more: bytes = b"") -> bytes:
        head = {
            "kind": "subscription",
            "action": action,
            "id": self._callback.id,
            "verifier": self._callback.verifier,
        }
        return orjson.dumps(head)[:-1] + more + b"}"

    async def _post(self, content: bytes) -> int:
        """The status that the router answers; tried again while it does not answer."""
        fault = ""
        for pause in (0.0, *PAUSES_SECONDS):
            await asyncio.sleep(pause)
            async with self._turns:
                if self._client.is_closed:
                    raise _EndedError("the service stops")
                try:
                    # The limits of the client are for each read, of which there may be any number.
                    async with asyncio.timeout(POST_SECONDS_MAX):
                        status = await self._post_once(content)
                except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
                    fault = type(error).__name__
                    continue
            if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return status
            fault = f"status {status}"
        raise _EndedError(fault)

    async def _post_once(self, content: bytes) -> int:
        headers = {"content-type": "application/json", **PROTOCOL_HEADER}
        async with self._client.stream("POST", self._callback.url, content=content, headers=headers) as response:
            with suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    await _read_off(response)
            return response.status_code


async def _read_off(response: httpx.Response) -> None:
    """Read the body, which is nobody's concern, so that the connection can be used again; one that is long costs the connection."""
    read = 0
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as chunks:
        async for chunk in chunks:
            read += len(chunk)
            if read > ANSWER_BYTES_MAX:
                return
