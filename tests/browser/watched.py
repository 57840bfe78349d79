"""A page whose every complaint is written down."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Route


def _is_loopback(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme in {"data", "blob", "about"} or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


@dataclass
class WatchedPage:
    """`problems` are errors on the browser's console and uncaught exceptions; `foreign_requests` are addresses of
    requests for anything but loopback, none of which was let through."""

    page: Page
    problems: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    async def watch(self) -> None:
        """Call before the first page is loaded."""
        await self.page.context.route(lambda address: not _is_loopback(address), self._refuse)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    async def _refuse(self, route: Route) -> None:
        self.foreign_requests.append(route.request.url)
        await route.abort()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} ({message.location.get('url')})")
