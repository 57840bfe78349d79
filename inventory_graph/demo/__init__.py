"""The storefront to look at, /demo: the café of the demonstration data, whose numbers are live. Plain ES modules, no build.

Nothing of a tenant is in the page, the menu or the files: they are the package's. What shows quantities and buys is a token,
which the page asks for at /demo/session. Only a process that was given a ``Shopper`` has one to hand out; from any other a
visitor gets what every visitor may have, levels, and may bring a token.
"""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import uuid5

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from inventory_graph import seed
from inventory_graph.origins import is_own_origin

PATH: Final = "/demo"
PLACE: Final = Path(__file__).parent
ASSETS: Final = PLACE / "assets"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

SHOPPER_ROLE: Final = "demo_storefront"
SHOPPER_ROLE_NAME: Final = "Storefront of the demonstration"
SHOPPER_PERMISSIONS: Final = frozenset({"inventory.reservations.add", "inventory.stock.view"})
"""To see what is there, and to hold and take it. ``add`` resolves what the same subject has held, too."""

Shopper: TypeAlias = Callable[[], str]
"""Makes a token for whoever shops: of the demonstration tenant, with the permissions above and no others."""


def menu(*, endpoint: str) -> dict[str, Any]:
    """What the page shows before it has asked anything: the dishes of the seed, what each is made of, and prices that belong to
    the scenery."""
    catalogue: dict[str, Any] = json.loads(files(seed).joinpath("urban_loft.json").read_text(encoding="utf-8"))
    card: list[dict[str, Any]] = json.loads((PLACE / "card.json").read_text(encoding="utf-8"))
    names = {item["sku"]: item["name"] for item in catalogue["items"]}
    components = {recipe["sku"]: [each["sku"] for each in recipe["components"]] for recipe in catalogue["recipes"]}
    outlet = catalogue["outlets"][0]

    def dish(entry: Mapping[str, Any]) -> dict[str, Any]:
        made_of = [{"sku": sku, "name": names[sku]} for sku in components.get(entry["sku"], ())]
        return {**entry, "name": names[entry["sku"]], "madeOf": made_of}

    return {
        "endpoint": endpoint,
        "tenant": seed.DEMO_TENANT,
        "outlet": outlet["name"],
        "address": outlet["address"],
        "outletId": str(uuid5(seed.tenant_id_of(seed.DEMO_TENANT), outlet["code"])),
        "currency": catalogue["tenant"]["currency"],
        "sections": [{**section, "dishes": [dish(each) for each in section["dishes"]]} for section in card],
    }


def storefront_routes(*, endpoint: str, shopper: Shopper | None) -> list[BaseRoute]:
    """The page, its menu, its files, and where it gets its token; ``endpoint`` is the path that answers GraphQL."""
    page = HTMLResponse(
        (PLACE / "page.html").read_text(encoding="utf-8"),
        headers={"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-cache"},
    )
    card = JSONResponse(menu(endpoint=endpoint), headers={"cache-control": "no-cache"})

    async def show_page(_request: Request) -> Response:
        return page

    async def show_menu(_request: Request) -> Response:
        return card

    async def give_token(request: Request) -> Response:
        if not _is_asked_by_page(request):
            raise HTTPException(403)
        token = shopper() if shopper is not None else None
        return JSONResponse({"token": token}, headers={"cache-control": "no-store"})

    return [
        Route(PATH, show_page),
        Route(f"{PATH}/menu", show_menu),
        Route(f"{PATH}/session", give_token, methods=["POST"]),
        Mount(f"{PATH}/assets", FreshFiles(directory=ASSETS)),
    ]


def _is_asked_by_page(request: Request) -> bool:
    """No page of another origin gets a token, not even of an origin that may call the API: it would shop as everybody here. A
    browser names the origin with each POST."""
    origin = request.headers.get("origin")
    return origin is None or is_own_origin(origin, request.headers.get("host"))


class FreshFiles(StaticFiles):
    """Files that keep their names from one version to the next, so that a browser asks each time whether its copy is still
    good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response
