"""The same tests with other numbers: ``python -m tests.properties [COUNT [SEED]]``; a seed of its own where none is given.

So many commands of the stock book, as many requests for reservations and consumption, a tenth of those in PostgreSQL, a twentieth as
many steps of purchase orders and transfers, and as many hostile documents and bodies.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

from tests.properties.settings import OPERATIONS_SETTING, SEED_SETTING

FOLDERS = ("properties", "promises", "rush", "documents", "fuzz")
OPERATIONS_DEFAULT = 1_000_000
OPERATIONS_MIN = 10_000
"""With fewer the mix says nothing."""


def main(arguments: list[str]) -> int:
    """Run the tests of the folders; the exit code of pytest."""
    count = arguments[0] if arguments else str(OPERATIONS_DEFAULT)
    seed = arguments[1] if len(arguments) > 1 else str(random.SystemRandom().randrange(10**9))
    if not (count.isdigit() and seed.isdigit() and int(count) >= OPERATIONS_MIN):
        sys.stderr.write(
            f"COUNT is a whole number from {OPERATIONS_MIN}, SEED a whole number; not {count!r} and {seed!r}.\n"
        )
        return 2
    sys.stdout.write(f"{count} commands, {count} requests and {count} hostile ones with seed {seed} …\n")
    sys.stdout.flush()
    # A process of its own: the numbers are read when the tests are.
    environment = {**os.environ, OPERATIONS_SETTING: count, SEED_SETTING: seed}
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-m", "pytest", "-q", *(str(tests / folder) for folder in FOLDERS)]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
