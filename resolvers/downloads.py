"""GET /documents/…: the files that signed links name."""

import asyncio
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from inventory_graph.actor import Actor
from inventory_graph.db import Database
from inventory_graph.errors import Forbidden, InventoryError, LimitExceeded, NotFound, Unavailable
from inventory_graph.printing.desk import Desk
from inventory_graph.printing.links import PATH, LinkEnded
from inventory_graph.printing.paper import File
from inventory_graph.printing.papers import paper_of
from resolvers.masking import told

SECONDS_MAX = 60.0

_STATUSES: tuple[tuple[type[InventoryError], HTTPStatus], ...] = (
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (LinkEnded, HTTPStatus.GONE),
    (LimitExceeded, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
_HEADERS = {"cache-control": "no-store"}


class Downloads:
    """Hands out what a link names, to whoever has the link."""

    def __init__(self, *, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Where it answers. The name at the end is for people, and for what saves files by their address."""
        return [Route(f"{PATH}/{{token}}/{{name}}", self.answer, methods=["GET"])]

    async def answer(self, request: Request) -> Response:
        """The file, or as JSON why there is none."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                made = await self._made(request.path_params["token"])
        except TimeoutError:
            late = Unavailable("The file took too long to make: try again later, or take the CSV.")
            return _refused(late)
        except InventoryError as error:
            return _refused(error)
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.media_type, headers=headers)

    async def _made(self, token: str) -> File:
        link = self._desk.links.verify(token)
        # Who asked for the link was allowed to see all of the document then; row-level security binds what is read to its tenant.
        bearer = Actor(tenant_id=link.tenant_id, tenant_slug="", subject=link.subject)
        async with self._database.read(bearer) as tx:
            paper = await paper_of(tx, document=link.document)
        return await self._desk.file_of(paper, form=link.form)


def _refused(error: InventoryError) -> Response:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), None)
    if status is None:
        raise error
    headers = dict(_HEADERS)
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(error.retry_after_seconds)
    return JSONResponse({"errors": [told(error)]}, status, headers=headers)
