"""A browser without a network, and GraphiQL in it."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.chromium import NoChromiumError, start
from tests.browser.page import GraphiQL


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
