"""The desk of one process: makes files of papers, in threads, a few at a time."""

import asyncio

from inventory_graph.errors import Unavailable
from inventory_graph.printing.links import Links
from inventory_graph.printing.paper import MEDIA_TYPES, File, Form, Paper
from inventory_graph.printing.papers import file_name_of
from inventory_graph.printing.pdf import pdf_of
from inventory_graph.printing.spreadsheet import csv_of

AT_ONCE_MAX = 2
WAITING_MAX = 60
RETRY_SECONDS = 2


class Desk:
    """Makes files. What two are being made for waits for its turn; beyond 60 that wait, a caller hears at once to come back."""

    def __init__(self, links: Links, *, at_once_max: int = AT_ONCE_MAX, waiting_max: int = WAITING_MAX) -> None:
        self.links = links
        self._turns = asyncio.Semaphore(at_once_max)
        self._room = at_once_max + waiting_max
        self._taken = 0

    async def file_of(self, paper: Paper, *, form: Form) -> File:
        """The paper as a file. Raises ``Unavailable`` where too many are waiting, and ``LimitExceeded`` for what is too big."""
        if self._taken >= self._room:
            raise Unavailable("Too many files are being made: try again shortly.", retry_after_seconds=RETRY_SECONDS)
        self._taken += 1
        try:
            await self._turns.acquire()
        except asyncio.CancelledError:
            self._taken -= 1
            raise
        # Setting type is computation: on the event loop it would keep everybody else waiting.
        made = asyncio.create_task(asyncio.to_thread(pdf_of if form == "PDF" else csv_of, paper))
        made.add_done_callback(self._leave)
        # A thread cannot be stopped: whoever goes away leaves it its turn until it is done, or more would run than may.
        content = await asyncio.shield(made)
        return File(name=file_name_of(paper.number, form), media_type=MEDIA_TYPES[form], content=content)

    def _leave(self, made: asyncio.Task[bytes]) -> None:
        self._turns.release()
        self._taken -= 1
        if not made.cancelled():
            # Looked at, so that nobody hears of a failure that whoever waited for it has gone away from.
            made.exception()
