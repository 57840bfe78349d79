"""What domains do when another acts, in the same transaction: the whole of it, in the order of DOMAINS.

A domain calls what stands to its right by the name of the occasion and knows nobody (``tx.hooks``); here they are put together.
"""

from inventory_graph.alerts.judging import judge_levels, judge_posting
from inventory_graph.db import Hooks
from inventory_graph.purchasing.supply import expected_by_orders
from inventory_graph.reservations.backorders import fill_backorders
from inventory_graph.stock.audit import HOOK as AUDIT
from inventory_graph.stock.levels import AFTER_LEVELS
from inventory_graph.stock.posting import AFTER_POSTING
from inventory_graph.stock.supply import HOOK as EXPECTED_SUPPLY
from inventory_graph.transfers.auditing import transit_checks
from inventory_graph.transfers.queries import expected_transfers

HOOKS: Hooks = {
    # Alerts last: they are about how stock stands when all the others have had theirs.
    AFTER_POSTING: (fill_backorders, judge_posting),
    AFTER_LEVELS: (judge_levels,),
    AUDIT: (transit_checks,),
    EXPECTED_SUPPLY: (expected_by_orders, expected_transfers),
}
"""For every database that serves or works."""
