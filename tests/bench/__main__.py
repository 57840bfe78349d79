"""``python -m tests.bench NAME``."""

import sys

from tests.bench import as_of, batches, book, graphql, live, reads, reserve, valuation

BENCHMARKS = {
    "as_of": as_of.run,
    "batches": batches.run,
    "book": book.run,
    "graphql": graphql.run,
    "live": live.run,
    "reads": reads.run,
    "reserve": reserve.run,
    "valuation": valuation.run,
}


def main(arguments: list[str]) -> None:
    """Run the benchmarks named, all without a name."""
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"There is no benchmark {unknown[0]!r}. There are: {', '.join(BENCHMARKS)}.")
    for name in arguments or BENCHMARKS:
        BENCHMARKS[name]()


main(sys.argv[1:])
