"""What was said over sockets and waits to be read: it is kept in memory, so there is only so much of it."""

import asyncio
from collections.abc import Callable
from weakref import WeakMethod


class Unsaid:
    """On all sockets of a process. Where there are more than ``characters_max``, the socket with most of them is given up; where there
    are more than ``of_one_max`` on one socket, it has no room for more."""

    def __init__(self, *, of_one_max: int, characters_max: int) -> None:
        self.of_one_max = of_one_max
        self.characters_max = characters_max
        self.characters = 0
        self.waiting: set[UnsaidOnSocket] = set()

    def on_socket(self, give_up: Callable[[], None]) -> "UnsaidOnSocket":
        """On a socket, which is ended by ``give_up``."""
        return UnsaidOnSocket(self, give_up)


class UnsaidOnSocket:
    """On one socket."""

    __slots__ = ("_all", "_give_up", "_has_room", "characters")

    def __init__(self, all_: Unsaid, give_up: Callable[[], None]) -> None:
        self._all = all_
        # Weak, as the socket has this: only the collector of garbage, which looks seldom, would find the two.
        self._give_up = WeakMethod(give_up)
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.characters = 0

    def add(self, characters: int) -> None:
        """So many more wait."""
        self.characters += characters
        if self.characters > self._all.of_one_max:
            self._has_room.clear()
        self._all.waiting.add(self)
        self._all.characters += characters
        if self._all.characters > self._all.characters_max:
            max(self._all.waiting, key=lambda each: each.characters).give_up()

    def give_up(self) -> None:
        """End the socket."""
        end = self._give_up()
        if end is not None:
            end()

    def take(self, characters: int) -> None:
        """So many of them were taken."""
        self.characters -= characters
        self._all.characters -= characters
        if self.characters <= self._all.of_one_max:
            self._has_room.set()
        if not self.characters:
            self._all.waiting.discard(self)

    async def room(self) -> None:
        """Wait until it is worth while to begin something whose answer will be said, too."""
        await self._has_room.wait()
