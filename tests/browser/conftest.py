"""A browser without a network, and GraphiQL and the storefront in it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.chromium import NoChromiumError, start
from tests.browser.page import GraphiQL
from tests.browser.shop import Shop
from tests.servers import Service, running_service

NewShop: TypeAlias = Callable[..., Awaitable[Shop]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for the session. Without any to be had the tests are skipped on a desk, and fail where CI is set."""
    async with async_playwright() as playwright:
        try:
            running = await start(playwright.chromium)
        except NoChromiumError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield running
        await running.close()


@pytest.fixture
async def graphiql(browser: Browser) -> AsyncIterator[GraphiQL]:
    """A first visit: nothing is stored yet, and no page is open."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    graphiql = GraphiQL(await context.new_page())
    await graphiql.watch()
    yield graphiql
    await context.close()


@pytest.fixture(scope="module")
def cafe() -> Iterator[Service]:
    """A service with the demo data that may be sold out."""
    with running_service() as service:
        yield service


@pytest.fixture
async def new_shop(browser: Browser) -> AsyncIterator[NewShop]:
    """Makes windows of customers who know nothing of each other, none of which has opened a page yet."""
    async with AsyncExitStack() as stack:

        async def made(*, width: int = 1360, height: int = 900) -> Shop:
            context = await browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
            stack.push_async_callback(context.close)
            shop = Shop(await context.new_page())
            await shop.watch()
            return shop

        yield made
