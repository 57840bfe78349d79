"""How many requests: the environment decides, so that a soak is the same tests with a larger number."""

import os

from tests.properties.settings import OPERATIONS, OPERATIONS_SETTING

IS_SOAK = OPERATIONS_SETTING in os.environ

DOCUMENTS = OPERATIONS * 2 // 3 if IS_SOAK else 10_000
BODIES = OPERATIONS - DOCUMENTS if IS_SOAK else 5_000

SECONDS_MAX = 300 + (DOCUMENTS + BODIES) // 50
"""How long one test may take on a machine that does other things too."""
