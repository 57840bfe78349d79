"""How many requests, from which seed: the environment decides, so that a soak is the same tests with larger numbers."""

import os

from tests.properties.settings import OPERATIONS_SETTING, SEED

DECIDED = int(os.environ.get(OPERATIONS_SETTING, "1000000"))
"""How many requests are decided in memory."""

HANDLED = DECIDED // 10
"""How many PostgreSQL handles."""

AGREED = DECIDED // 100
"""How many of one caller are compared one by one with what PostgreSQL answers."""

REQUESTS_PER_SHOP = 2_000
"""After so many a new shop opens: what is known of the old one has grown long enough."""

FIRST_RECEIPTS = 45
"""How many commands bring stock before anybody asks for some."""

PROCESSES_MAX = 2

SECONDS_MAX = 180 + DECIDED // 3_000
"""How long one test may take on a machine that does other things too."""
__all__ = [
    "AGREED",
    "DECIDED",
    "FIRST_RECEIPTS",
    "HANDLED",
    "PROCESSES_MAX",
    "REQUESTS_PER_SHOP",
    "SECONDS_MAX",
    "SEED",
]
