"""GET /documents/…: the files that signed links name."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Forbidden, InventoryError, LimitExceeded, NotFound, Unavailable
from inventory_graph.printing.desk import AT_ONCE_MAX, RETRY_SECONDS, WAITING_MAX, Desk
from inventory_graph.printing.links import PATH, Link, LinkEnded, ListLink
from inventory_graph.printing.lists import list_name, list_pages, row_count
from inventory_graph.printing.paper import MEDIA_TYPES, File
from inventory_graph.printing.papers import paper_of
from inventory_graph.rates import RateLimiter
from inventory_graph.turns import party_of
from resolvers.admission import too_fast
from resolvers.bulkheads import Bulkheads, Room
from resolvers.envelope import RequestRefusedError
from resolvers.masking import told
from resolvers.printing import FILE_POINTS
from resolvers.requests import address_of

Result = TypeVar("Result")

SECONDS_MAX = 60.0
LIST_SECONDS_MAX = 600.0
"""How long a list is handed out to a slow reader."""
LISTS_AT_ONCE_MAX = 20
FILES_AT_ONCE_MAX = AT_ONCE_MAX + WAITING_MAX

_STATUSES: tuple[tuple[type[InventoryError], HTTPStatus], ...] = (
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (LinkEnded, HTTPStatus.GONE),
    (LimitExceeded, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
_HEADERS = {"cache-control": "no-store"}


class Downloads:
    """Hands out what a link names, to whoever has the link, who can follow it as often as he likes. So each time is paid for from the
    rate of the one who asked for the link; and of the places for lists, and for files that are made or wait for it, those of one tenant
    get three quarters."""

    def __init__(
        self,
        *,
        database: Database,
        desk: Desk,
        limiter: RateLimiter | None = None,
        lists_at_once_max: int = LISTS_AT_ONCE_MAX,
        files_at_once_max: int = FILES_AT_ONCE_MAX,
        list_seconds_max: float = LIST_SECONDS_MAX,
    ) -> None:
        self._database = database.for_use("query")
        self._list_seconds_max = list_seconds_max
        self._desk = desk
        self._limiter = limiter
        self._walls = Bulkheads(Room(at_once_max={"list": lists_at_once_max, "file": files_at_once_max}))

    def routes(self) -> list[BaseRoute]:
        """Where it answers. The name at the end is for people, and for what saves files by their address."""
        return [Route(f"{PATH}/{{token}}/{{name}}", self.answer, methods=["GET"])]

    async def answer(self, request: Request) -> Response:
        """The file, or as JSON why there is none."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                link = self._desk.links.verify(request.path_params["token"])
                # Before anything is read: what is refused costs nobody a connection to the database.
                with self._place(link) as place:
                    await self._pay(link, address_of(request.scope))
                    if isinstance(link, ListLink):
                        return await self._list(link, place)
                    made = await self._made(link)
        except TimeoutError:
            late = Unavailable("The file took too long to make: try again later, or take the CSV.")
            return _refused(late)
        except InventoryError as error:
            return _refused(error)
        except RequestRefusedError as error:
            return JSONResponse({"errors": [error.error]}, error.status, headers={**_HEADERS, **error.headers})
        return Response(made.content, media_type=made.media_type, headers=_headers(made.name))

    async def _made(self, link: Link) -> File:
        # Who asked for the link was allowed to see all of the document then; row-level security binds what is read to its tenant.
        async with self._database.read(_bearer(link)) as tx:
            paper = await paper_of(tx, document=link.document)
        return await self._desk.file_of(paper, form=link.form)

    async def _list(self, link: ListLink, place: ExitStack) -> Response:
        # Counted before anything is sent: what has begun can only be broken off.
        async with self._database.read(_bearer(link)) as tx:
            await row_count(tx, key=link.key)
        headers = _headers(list_name(link.key, now=datetime.now(UTC)))
        leave = place.pop_all().close
        return _List(self._pages(link), leave, media_type=MEDIA_TYPES["CSV"], headers=headers)

    async def _pay(self, link: Link | ListLink, address: str) -> None:
        """Draw what the same file costs as ``bytes``; raises ``RequestRefusedError`` where there is too little to draw from."""
        if self._limiter is None:
            return
        buckets = self._limiter.buckets(_bearer(link), address)
        points = min([FILE_POINTS, *(math.floor(rate.capacity) for _, rate in buckets)])
        drawn = await self._limiter.draw(buckets, points)
        if drawn.seconds > 0:
            raise too_fast(drawn, {"estimated": points, "remaining": drawn.remaining})

    def _place(self, link: Link | ListLink) -> ExitStack:
        """A place for the tenant, kept until the stack is closed; raises ``Unavailable``."""
        kind, reason = (
            ("list", "lists are being read") if isinstance(link, ListLink) else ("file", "files are being made")
        )
        place = ExitStack()
        try:
            place.enter_context(self._walls.room(kind, party_of(_bearer(link))))
        except RequestRefusedError:
            raise Unavailable(f"Too many {reason}: try again shortly.", retry_after_seconds=RETRY_SECONDS) from None
        return place

    async def _pages(self, link: ListLink) -> AsyncIterator[bytes]:
        ends_at = time.monotonic() + self._list_seconds_max

        async def read(function: Callable[[Transaction], Awaitable[Result]]) -> Result:
            if time.monotonic() > ends_at:
                raise Unavailable("The list was read too slowly.")
            async with self._database.read(_bearer(link)) as tx:
                return await function(tx)

        async for page in list_pages(read, key=link.key):
            yield page


class _List(StreamingResponse):
    """A list that is handed out page by page; tells when it is done, or its reader has gone away."""

    def __init__(self, pages: AsyncIterator[bytes], on_end: Callable[[], None], **options: Any) -> None:
        super().__init__(pages, **options)
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_end()


def _bearer(link: Link | ListLink) -> Actor:
    return Actor(tenant_id=link.tenant_id, tenant_slug="", subject=link.subject)


def _headers(name: str) -> dict[str, str]:
    return {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}


def _refused(error: InventoryError) -> Response:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), None)
    if status is None:
        raise error
    headers = dict(_HEADERS)
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(error.retry_after_seconds)
    return JSONResponse({"errors": [told(error)]}, status, headers=headers)
