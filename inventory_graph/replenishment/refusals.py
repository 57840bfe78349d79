"""Why replenishment refuses."""

from inventory_graph.errors import NotFound


class RuleUnknown(NotFound):
    """There is no rule for this variant in this warehouse."""
