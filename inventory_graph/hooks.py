"""What domains do when another acts, in the same transaction: the whole of it, in the order of DOMAINS.

A domain calls what stands to its right by the name of the occasion and knows nobody (``tx.hooks``); here they are put together.
"""

from inventory_graph.db import Hooks
from inventory_graph.reservations.backorders import fill_backorders
from inventory_graph.stock.posting import AFTER_POSTING
from inventory_graph.stock.supply import HOOK as EXPECTED_SUPPLY

HOOKS: Hooks = {
    AFTER_POSTING: (fill_backorders,),
    # Purchase orders and transfers say here what is on its way.
    EXPECTED_SUPPLY: (),
}
"""For every database that serves or works."""
