"""How the page and its files are handed out."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from inventory_graph.graphiql import ASSETS, CONTENT_SECURITY_POLICY, Tab, render_page


def page_response(*, endpoint: str, token: str | None, tabs: Sequence[Tab]) -> Response:
    """The answer to a browser that opens the endpoint; see ``render_page``."""
    headers = {"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-store", "vary": "accept"}
    return HTMLResponse(render_page(endpoint=endpoint, token=token, tabs=tabs), headers=headers)


def asset_routes(*, endpoint: str) -> list[BaseRoute]:
    """The files that the page loads."""
    return [Mount(f"{endpoint}/assets", HashedFiles(directory=ASSETS))]


class HashedFiles(StaticFiles):
    """Files whose names contain a hash of their content, so that a browser may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == HTTPStatus.OK:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
