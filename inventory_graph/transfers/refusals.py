"""Why transfers are refused."""

from inventory_graph.errors import InvalidTransition, NotFound


class TransferUnknown(NotFound):
    """There is no transfer with this id."""


class TransferInAnotherState(InvalidTransition):
    """The transfer is not in a state from which this step leads on."""


class TransferChanged(InvalidTransition):
    """The transfer has changed since the caller read it."""
