"""How many commands, from which seed: the environment decides, so that a soak is the same tests with larger numbers."""

import os

OPERATIONS_SETTING = "INVENTORY_TEST_OPERATIONS"
SEED_SETTING = "INVENTORY_TEST_SEED"

OPERATIONS = int(os.environ.get(OPERATIONS_SETTING, "200000"))
"""Over the pure book and PostgreSQL together."""

SEED = int(os.environ.get(SEED_SETTING, "20261122"))

POSTED = OPERATIONS // 4
"""How many of them go to PostgreSQL."""

DECIDED = OPERATIONS - POSTED

OPERATIONS_PER_WORLD = 5_000
"""After so many a new world begins: its ledger has grown long enough."""

SECONDS_MAX = 300 + OPERATIONS // 200
"""How long one test may take on a machine that does other things too."""
