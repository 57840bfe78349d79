"""What was answered over HTTP and waits to be read: it is kept in memory, so there is only so much of it."""

import logging
from typing import Protocol

logger = logging.getLogger(__name__)


class Keeper(Protocol):
    """A connection that keeps what its client has not read."""

    def give_up(self) -> None:
        """End the connection, and with it what is kept."""
        ...


class Unread:
    """On all connections of a process. Where there are more than ``bytes_max``, the connection that keeps most of them is given up."""

    def __init__(self, *, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.bytes = 0
        self._kept: dict[Keeper, int] = {}

    def of(self, keeper: Keeper) -> int:
        """How many the connection keeps, as far as it was told."""
        return self._kept.get(keeper, 0)

    def keep(self, keeper: Keeper, count: int) -> None:
        """The connection keeps so many bytes from now on."""
        self.bytes += count - self._kept.pop(keeper, 0)
        if count:
            self._kept[keeper] = count
        # What one connection has grown by, the largest has at least: one of them is enough.
        if self.bytes > self.bytes_max:
            largest = max(self._kept, key=self.of)
            logger.warning(
                "Answers of more than %d bytes wait to be read; the connection with most of them, %d bytes, is reset.",
                self.bytes_max,
                self.of(largest),
            )
            self.keep(largest, 0)
            largest.give_up()
