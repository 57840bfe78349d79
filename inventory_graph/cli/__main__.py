"""``python -m inventory_graph.cli``: the same as ``inventory-graph``."""

from inventory_graph.cli import main

main()
