"""GraphiQL as a person uses it: open it, write an operation, press the button, read the pane on the right."""

import asyncio
import json
from typing import Any, Final

from playwright.async_api import Locator, Response

from tests.browser.watched import WatchedPage

_EDITOR: Final = ".graphiql-query-editor .monaco-editor"
_PANE: Final = ".graphiql-response"
_HEADERS: Final = ".graphiql-editor-tool .graphiql-editor:not(.hidden)"

# Monaco keeps the lines it shows in any order and places each by its style; it writes spaces as no-break spaces.
_TEXT_OF_EDITOR: Final = """
(selector) => [...document.querySelectorAll(selector + ' .view-line')]
  .sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top))
  .map((line) => line.textContent.replaceAll('\\u00a0', ' '))
  .join('\\n')
"""

_PASTE: Final = """
(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
  );
}
"""
# Waiting is done from outside, because the page's policy forbids the code that waits inside.
_POLL_SECONDS: Final = 0.02
_POLLS: Final = 500
_FULL_PANE_LENGTH_MIN: Final = 200


def _squeezed(text: str) -> str:
    """Without white space, which the pane adds where it breaks a long line."""
    return "".join(text.split())


class GraphiQL(WatchedPage):
    """The page at /graphql."""

    async def open(self, address: str) -> None:
        """Returns when the editor can be written in and the docs show the schema."""
        await self.page.goto(address)
        await self.page.locator(f"{_EDITOR} .view-line").first.wait_for()
        await self.docs.get_by_text("Root Types").wait_for()

    @property
    def docs(self) -> Locator:
        return self.page.get_by_role("region", name="Documentation Explorer")

    @property
    def examples(self) -> Locator:
        return self.page.get_by_role("region", name="Examples").get_by_role("listitem").get_by_role("button")

    async def show_examples(self) -> None:
        await self.page.get_by_label("Show Examples").click()
        await self.examples.first.wait_for()

    async def write(self, operation: str) -> None:
        """In a tab of its own, so that the variables of another operation do not go with it."""
        await self.page.get_by_label("New tab").click()
        await self._paste(_EDITOR, operation)

    async def operation_text(self) -> str:
        text: str = await self.page.evaluate(_TEXT_OF_EDITOR, _EDITOR)
        return text

    async def run(self) -> dict[str, Any]:
        """The answer, once the pane shows it. Of an answer that is longer than the pane it shows the beginning."""
        async with self.page.expect_response(self._is_answer) as sent:
            await self.page.get_by_label("Execute query").click()
        answer: dict[str, Any] = await (await sent.value).json()
        expected = _squeezed(json.dumps(answer, ensure_ascii=False))
        for _ in range(_POLLS):
            shown = _squeezed(await self.page.evaluate(_TEXT_OF_EDITOR, _PANE))
            if shown == expected or (len(shown) > _FULL_PANE_LENGTH_MIN and expected.startswith(shown)):
                return answer
            await asyncio.sleep(_POLL_SECONDS)
        raise AssertionError(f"The service answered {expected}, the pane shows {shown}")

    async def follow(self) -> None:
        """Begin what goes on until ``stop``."""
        await self.page.get_by_label("Execute query").click()
        await self.page.get_by_label("Stop query").wait_for()

    async def stop(self) -> None:
        """End it."""
        await self.page.get_by_label("Stop query").click()
        await self.page.get_by_label("Execute query").wait_for()

    async def delivered(self, *parts: str) -> None:
        """Wait until the pane shows a delivery with these parts, written without white space."""
        for _ in range(_POLLS):
            shown = _squeezed(await self.page.evaluate(_TEXT_OF_EDITOR, _PANE))
            if all(part in shown for part in parts):
                return
            await asyncio.sleep(_POLL_SECONDS)
        raise AssertionError(f"{parts} are wanted, the pane shows {shown}")

    @staticmethod
    def _is_answer(response: Response) -> bool:
        body = response.request.post_data or ""
        return response.request.method == "POST" and "IntrospectionQuery" not in body

    async def headers_text(self) -> str:
        await self.page.get_by_role("button", name="Headers", exact=True).click()
        await self.page.locator(f"{_HEADERS} .view-line").first.wait_for()
        text: str = await self.page.evaluate(_TEXT_OF_EDITOR, _HEADERS)
        return text

    async def write_headers(self, text: str) -> None:
        """Replaces what ``headers_text`` has brought to the front."""
        await self._paste(_HEADERS, text)

    async def _paste(self, editor: str, text: str) -> None:
        """Typing would not do: the editor adds the brackets and the indentation that it thinks are missing."""
        await self.page.locator(editor).click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.evaluate(_PASTE, text)

    async def stored_text(self) -> str:
        """Everything the page has left in the browser's storage, which it writes half a second after a change."""
        await asyncio.sleep(1)
        text: str = await self.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        return text
