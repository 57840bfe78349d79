"""The same tests with other numbers: ``python -m tests.properties [COUNT [SEED]] [--only FOLDER …]``; a seed of its own where none
is given.

So many commands of the stock book, as many requests for reservations and consumption, a tenth of those in PostgreSQL, a twentieth as
many steps of purchase orders and transfers, and as many hostile documents and bodies.
"""

import argparse
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
    parser = argparse.ArgumentParser(prog="python -m tests.properties", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=OPERATIONS_DEFAULT, metavar="COUNT")
    parser.add_argument("seed", nargs="?", type=int, default=random.SystemRandom().randrange(10**9), metavar="SEED")
    parser.add_argument(
        "--only", nargs="+", choices=FOLDERS, default=FOLDERS, metavar="FOLDER", help=", ".join(FOLDERS)
    )
    given = parser.parse_args(arguments)
    if given.count < OPERATIONS_MIN or given.seed < 0:
        parser.error(f"COUNT is a whole number from {OPERATIONS_MIN}, SEED a whole number")
    sys.stdout.write(f"{given.count} of each of {', '.join(given.only)} with seed {given.seed} …\n")
    sys.stdout.flush()
    # A process of its own: the numbers are read when the tests are.
    environment = {**os.environ, OPERATIONS_SETTING: str(given.count), SEED_SETTING: str(given.seed)}
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-m", "pytest", "-q", *(str(tests / folder) for folder in given.only)]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
