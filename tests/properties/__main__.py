"""The same tests with other numbers: ``python -m tests.properties [COUNT [SEED]] [--only FOLDER …]``; a seed of its own where none
is given.

So many commands of the stock book, as many requests for reservations and consumption, a tenth of those in PostgreSQL, a twentieth as
many steps of purchase orders and transfers, and as many hostile documents, bodies and frames. What does not need the machine for
itself runs as many parts at once as there are processors.
"""

import argparse
import os
import random
import sys
from pathlib import Path

from tests.properties.settings import OPERATIONS_SETTING, SEED_SETTING
from tests.shard_runs import Shard, run, run_beside, say, summary

TESTS = Path(__file__).parents[1]
FOLDERS = ("properties", "promises", "rush", "documents", "fuzz")
ALONE = frozenset({"promises", "rush"})
"""They run on all processors, or measure time."""
OPERATIONS_DEFAULT = 1_000_000
OPERATIONS_MIN = 10_000
"""With fewer the mix says nothing."""
SECONDS_MAX = 24 * 60 * 60
"""Of one part. Each of its tests ends earlier by its own limit."""


def parts_of(folder: str) -> list[Shard]:
    """What a folder is run as: as its files where they can run beside each other, of which each begins with servers of its own."""
    if folder in ALONE:
        return [Shard(folder, (TESTS / folder,))]
    return [
        Shard(f"{folder}_{file.stem.removeprefix('test_')}", (file,))
        for file in sorted((TESTS / folder).glob("test_*.py"))
    ]


def main(arguments: list[str]) -> int:
    """Run the tests of the folders; 0 if all passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=OPERATIONS_DEFAULT, metavar="COUNT")
    parser.add_argument("seed", nargs="?", type=int, default=random.SystemRandom().randrange(10**9), metavar="SEED")
    parser.add_argument(
        "--only", nargs="+", choices=FOLDERS, default=FOLDERS, metavar="FOLDER", help=", ".join(FOLDERS)
    )
    given = parser.parse_args(arguments)
    if given.count < OPERATIONS_MIN or given.seed < 0:
        parser.error(f"COUNT is a whole number from {OPERATIONS_MIN}, SEED a whole number")
    say(f"{given.count} of each of {', '.join(given.only)} with seed {given.seed} …")
    # Read by the tests, each part of which is a process of its own.
    os.environ |= {OPERATIONS_SETTING: str(given.count), SEED_SETTING: str(given.seed)}
    beside = [part for folder in given.only if folder not in ALONE for part in parts_of(folder)]
    alone = [part for folder in given.only if folder in ALONE for part in parts_of(folder)]
    results = run_beside(beside, lanes=os.cpu_count() or 1, seconds_max=SECONDS_MAX)
    results += [run(part, seconds_max=SECONDS_MAX) for part in alone]
    say(summary(results))
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
