"""The GraphiQL page, bundled: source/ is the TypeScript it is built from, dist/ the built files the service hands out.

The page is served at /graphql itself and everything it loads at /graphql/assets/NAME, which is ASSETS / NAME. The
names of those files contain a hash of their content, so they may be cached for ever; the page may not be.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DIST: Final = Path(__file__).parent / "dist"
ASSETS: Final = DIST / "assets"
TITLE: Final = "inventory-graph"

# Inline styles are Monaco's: it positions each line of text with one. Nothing else is loosened.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "worker-src 'self' blob:",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_SETTINGS_OPEN: Final = '<script type="application/json" id="inventory-graph-settings">'
_SETTINGS_PLACEHOLDER: Final = f"{_SETTINGS_OPEN}{{}}</script>"


class PageNotBuiltError(Exception):
    """The built GraphiQL page is missing or is not the one this version was made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """An example operation: `title` names it in the list of examples, `variables` is what its operation takes."""

    title: str
    query: str
    variables: Mapping[str, object] = field(default_factory=dict)


def _template() -> tuple[str, str]:
    path = DIST / "index.html"
    rebuild = f"Run `npm ci && npm run build` in {Path(__file__).parent / 'source'}."
    if not path.is_file():
        raise PageNotBuiltError(f"The GraphiQL page {path} is missing. {rebuild}")
    before, placeholder, after = path.read_text(encoding="utf-8").partition(_SETTINGS_PLACEHOLDER)
    if not placeholder:
        raise PageNotBuiltError(f"The GraphiQL page {path} has no place for its settings. {rebuild}")
    return before + _SETTINGS_OPEN, "</script>" + after


def _script_json(value: object) -> str:
    """JSON that cannot end the script element it is written into, nor open a comment in it."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def render_page(*, endpoint: str, token: str | None, tabs: Sequence[Tab]) -> str:
    """The HTML of the page.

    `endpoint` is the path or address that answers GraphQL over HTTP, and over WebSocket at the same place. A `token`
    is put into the header editor as a bearer token: give one in development only, because whoever can load the page
    can read it. `tabs` are opened on the first visit and listed as examples on each.

    Raises PageNotBuiltError when dist/ was not built.
    """
    before, after = _template()
    settings = {
        "title": TITLE,
        "endpoint": endpoint,
        "token": token,
        "tabs": [{"title": tab.title, "query": tab.query, "variables": dict(tab.variables)} for tab in tabs],
    }
    return before + _script_json(settings) + after
