"""Stock, purchasing and reservations of BengoBox.

Every stock change is a command posted to one stock book (``inventory_graph.stock``); everything else turns
documents into commands or reads what the book wrote. ``docs/architecture.md`` is the map.
"""

DOMAINS = (
    "identity",
    "masterdata",
    "stock",
    "reservations",
    "purchasing",
    "transfers",
    "valuation",
    "replenishment",
    "picking",
    "printing",
    "alerts",
    "live",
    "imports",
)
"""The domains, in the order of who may import whom: a domain imports only from those to its left."""
