"""How many requests: the environment decides, so that a soak is the same tests with a larger number."""

import os

from tests.properties.settings import OPERATIONS, OPERATIONS_SETTING

IS_SOAK = OPERATIONS_SETTING in os.environ

FRAMES = OPERATIONS // 6 if IS_SOAK else 3_000
DOCUMENTS = OPERATIONS * 5 // 9 if IS_SOAK else 10_000
BODIES = OPERATIONS - DOCUMENTS - FRAMES if IS_SOAK else 5_000

SECONDS_MAX = 300 + (DOCUMENTS + BODIES + FRAMES) // 50
"""How long one test may take on a machine that does other things too."""
