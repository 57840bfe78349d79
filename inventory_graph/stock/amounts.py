"""What a quantity of a command may be. Pure."""

from decimal import Decimal

from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.quantities import QUANTITY_MAX, STEP


def check_size(quantity: Decimal, name: str) -> None:
    """What the ledger could not keep as it is, such as a third of a piece, must not be decided upon."""
    if not quantity.is_finite() or abs(quantity) > QUANTITY_MAX:
        raise LimitExceeded(f"A quantity is at most {QUANTITY_MAX}, whatever its sign.", path=(name,))
    if quantity != quantity.quantize(STEP):
        raise InvalidInput("A quantity has at most 6 decimals.", path=(name,))


def check_positive(quantity: Decimal, name: str) -> None:
    """Raises ``InvalidInput`` for nothing and less."""
    if quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(name,))
