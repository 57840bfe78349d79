"""Why picking is refused."""

from inventory_graph.errors import InvalidInput, InvalidTransition, NotFound


class WaveUnknown(NotFound):
    """There is no wave with this id."""


class WaveInAnotherState(InvalidTransition):
    """The wave is not in a state from which this step leads on."""


class WaveChanged(InvalidTransition):
    """The wave has changed since the caller read it."""


class NothingToPick(InvalidTransition):
    """Nothing is held or to leave here that is not in a wave already."""


class TaskWithdrawn(InvalidTransition):
    """What the task is for is gone: its hold ended, or its transfer does not leave."""


class TaskDone(InvalidTransition):
    """The task was picked before."""


class WrongScan(InvalidInput):
    """What was scanned is not what the task is for."""

    def __init__(self, message: str, *, scanned: str, expected: tuple[str, ...], path: tuple[str, ...]) -> None:
        self.scanned = scanned
        self.expected = expected
        super().__init__(message, path=path)
