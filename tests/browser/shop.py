"""The storefront as a customer uses it, and the wire between it and the service, which can be cut and mended."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx
from playwright.async_api import Locator, WebSocketRoute

from tests.browser.watched import WatchedPage
from tests.servers import Service

SEEN_SECONDS_MAX: Final = 15.0
POLL_SECONDS: Final = 0.02
TRY_LATER: Final = 1013

# When the page first showed a text in an element, in milliseconds since 1970: two windows on one machine have one clock.
_TIMES: Final = """
window.shownAt = {};
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const name = target.closest?.('[data-sku]')?.dataset.sku ?? target.id;
    if (name) window.shownAt[`${name}: ${target.textContent}`] ??= Date.now();
  }
}).observe(document, { subtree: true, childList: true });
"""


@dataclass
class Wire:
    """The page's sockets, passed through. `subscriptions` are the variables that each subscription was begun with, `kinds` what
    was delivered since the last one began."""

    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    is_cut: bool = False
    is_silent: bool = False
    open: list[WebSocketRoute] = field(default_factory=list)

    async def carry(self, socket: WebSocketRoute) -> None:
        """What happens to each socket that the page opens."""
        if self.is_cut:
            await socket.close(code=TRY_LATER)
            return
        self.open.append(socket)
        server = socket.connect_to_server()
        socket.on_message(lambda frame: self._from_page(frame, server))
        server.on_message(lambda frame: self._from_service(frame, socket))

    def _from_page(self, frame: str | bytes, server: WebSocketRoute) -> None:
        said = json.loads(frame)
        if said["type"] == "subscribe":
            self.subscriptions.append(said["payload"]["variables"])
            self.kinds.clear()
        if not self.is_silent:
            server.send(frame)

    def _from_service(self, frame: str | bytes, page: WebSocketRoute) -> None:
        said = json.loads(frame)
        if said["type"] == "next":
            self.kinds.append(said["payload"]["data"]["stockChanged"]["kind"])
        if not self.is_silent:
            page.send(frame)

    async def cut(self) -> None:
        """Break every socket; no new one comes to be until ``mend``."""
        self.is_cut = True
        for socket in self.open:
            await socket.close(code=TRY_LATER)
        self.open.clear()

    def mend(self) -> None:
        """Let sockets through again."""
        self.is_cut = False


@dataclass
class Shop(WatchedPage):
    """The page at /demo."""

    wire: Wire = field(default_factory=Wire)

    async def open(self, port: int) -> None:
        """Returns when the light is green and every dish has a number."""
        await self.page.route_web_socket("**/graphql", self.wire.carry)
        await self.page.add_init_script(_TIMES)
        await self.page.goto(f"http://localhost:{port}/demo")
        await self.light("live")
        await self.until(lambda: self.page.locator('.level[data-level="unknown"]').count(), 0)

    async def sign_in(self, token: str) -> None:
        """Type the token and press the button."""
        await self.page.get_by_label("Token").fill(token)
        await self.page.get_by_role("button", name="Sign in").click()

    async def light(self, state: str) -> None:
        """Wait for the light to say this."""
        await self.page.locator(f'#light[data-state="{state}"]').wait_for(timeout=SEEN_SECONDS_MAX * 1_000)

    def dish(self, sku: str) -> Locator:
        return self.page.locator(f'[data-sku="{sku}"]')

    def buy_button(self, sku: str) -> Locator:
        return self.dish(sku).get_by_role("button")

    async def level(self, sku: str) -> str:
        return await self.dish(sku).locator(".level").inner_text()

    async def shows(self, sku: str, words: str) -> None:
        """Wait until the level of the dish reads so."""
        await self.until(lambda: self.level(sku), words)

    async def shown_at(self, name: str, words: str) -> float:
        """The second in which the dish, or the element of this id, first showed these words. They are there or will be."""
        await self.until(lambda: self.page.evaluate("(key) => key in window.shownAt", f"{name}: {words}"), True)
        milliseconds: float = await self.page.evaluate("(key) => window.shownAt[key]", f"{name}: {words}")
        return milliseconds / 1_000

    async def refusal(self, sku: str) -> str:
        """What the dish says stood against its purchase, once it says something."""
        said = self.dish(sku).locator(".refusal:not(:empty)")
        await said.wait_for()
        return await said.inner_text()

    async def said(self) -> str:
        """What the shop has said last."""
        return await self.page.locator("#word").inner_text()

    async def order(self) -> list[str]:
        """The lines of the order."""
        lines = await self.page.locator("#order-lines li").all_inner_texts()
        return [" ".join(line.split()) for line in lines]

    async def until(self, read: Callable[[], Any], wanted: Any) -> None:
        """Wait until what is read is what is wanted. Asked from outside, because the page's policy forbids the code that
        waits inside."""
        began = time.monotonic()
        while (found := await read()) != wanted:
            assert time.monotonic() - began < SEEN_SECONDS_MAX, f"{found!r} is shown, {wanted!r} is wanted"
            await asyncio.sleep(POLL_SECONDS)


async def set_stock(service: Service, sku: str, quantity: int) -> None:
    """Say as an administrator how much of something is there."""
    mutation = """mutation ($input: SetStockInput!) {
      setStock(input: $input) { balances { onHand } errors { message } }
    }"""
    values = {"sku": sku, "quantity": str(quantity), "changeFromQuantity": None, "reason": "RECOUNT"}
    data = await asked(service, mutation, input={"idempotencyKey": uuid4().hex, **values})
    assert data["setStock"]["errors"] == []


async def balance(service: Service, sku: str) -> dict[str, Any]:
    """How the balance stands."""
    data = await asked(
        service, "query ($sku: String!) { stockBalance(sku: $sku) { onHand reserved version } }", sku=sku
    )
    found: dict[str, Any] = data["stockBalance"]
    return found


async def asked(service: Service, query: str, **variables: Any) -> dict[str, Any]:
    """What the service answers its administrator."""
    headers = {"Authorization": f"Bearer {service.token}"}
    async with httpx.AsyncClient(headers=headers) as client:
        answer = (await client.post(service.url, json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data
