"""A suggestion in a sentence. Pure."""

from decimal import ROUND_HALF_UP, Decimal

from inventory_graph.quantities import quantity_to_text
from inventory_graph.replenishment.policy import Decided, Levels, Position, Rule
from inventory_graph.replenishment.records import PurchaseSuggestion, TransferSuggestion

_SHOWN = Decimal("0.01")


def sentence(
    *,
    rule: Rule,
    levels: Levels,
    position: Position,
    decided: Decided,
    unit_code: str,
    transfer: TransferSuggestion | None,
    purchase: PurchaseSuggestion | None,
) -> str:
    """Why something is suggested, such as: "8 PIECE are projected (5 available, 3 on order), at or below the reorder point of 10; 12
    are missing up to 20. Buy 1 BOX of ACME, which is 12 PIECE."."""
    parts = [f"{_text(position.available)} available"]
    named = (
        (-position.unusable, "unusable"), (position.on_order, "on order"), (position.in_draft_orders, "in draft orders"),
        (position.in_transit, "in transit"), (position.to_be_shipped_here, "to be shipped here"),
        (-position.to_be_shipped_away, "to be shipped away"), (-position.backordered, "backordered"),
    )  # fmt: skip
    parts += [f"{'less ' if amount < 0 else ''}{_text(abs(amount))} {name}" for amount, name in named if amount]
    wanted = (
        f"up to {_text(levels.target)}"
        if levels.target is not None
        else f"by quantities of {_text(rule.order_quantity or Decimal(0))}"
    )
    said = (
        f"{_text(position.projected)} {unit_code} are projected ({', '.join(parts)}), at or below the reorder point of"
        f" {_text(levels.reorder_point or Decimal(0))}; {_text(decided.shortfall)} are missing {wanted}."
    )
    if transfer is not None:
        said += f" Bring {_text(transfer.quantity)} from {transfer.from_warehouse_code}, which can spare {_text(transfer.spare)}."
    if purchase is not None:
        said += (
            f" Buy {_text(purchase.quantity)} {purchase.item.unit_code} of {purchase.supplier_code}, which is"
            f" {_text(purchase.bought)} {unit_code}."
        )
    elif decided.shortfall > decided.transfer and transfer is None:
        said += " Nobody is known to sell it."
    return said


def rounded(value: Decimal) -> Decimal:
    """To two digits, for people."""
    return value.quantize(_SHOWN, ROUND_HALF_UP)


def _text(value: Decimal) -> str:
    return quantity_to_text(value)
