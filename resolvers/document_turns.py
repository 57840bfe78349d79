"""New documents are read one at a time, and tenants take turns at it.

To read one takes the process some ten milliseconds, in which it does nothing else. Of hundreds that come at once all would be read before
anybody else is heard: so there is a moment for everything else after each.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from inventory_graph.turns import NoTurnError, Party, Taking, Turns
from resolvers.bulkheads import no_room


class DocumentTurns:
    """Whose document is read next. ``wait_seconds_max`` is how long one waits for it at most."""

    def __init__(self, *, wait_seconds_max: float) -> None:
        self._wait_seconds_max = wait_seconds_max
        self._is_taken = False
        self._turns = Turns(take=self._take, give_back=lambda _party, _weight: self._end())

    @asynccontextmanager
    async def turn(self, party: Party) -> AsyncIterator[None]:
        """The turn of one document, which is read in the block, at once and not later. Raises ``RequestRefusedError`` where there is
        none in time."""
        try:
            await self._turns.wait(party, seconds_max=self._wait_seconds_max)
        except NoTurnError:
            raise no_room("Too many new documents are waiting to be read") from None
        try:
            yield
        finally:
            # Behind all that is ready now, so that none of it waits for the next document.
            asyncio.get_running_loop().call_soon(self._end)

    def _take(self, _party: Party, _weight: int) -> Taking:
        if self._is_taken:
            return Taking.FULL
        self._is_taken = True
        return Taking.TAKEN

    def _end(self) -> None:
        self._is_taken = False
        self._turns.go_on()
