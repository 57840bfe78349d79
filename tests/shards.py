"""Runs the tests in named parts, two at a time, each within its own time: ``python -m tests.shards [NAME …]``.

A part is a folder of tests; of the files right below ``tests`` those that take long are a part each, the others are the part
``house``. A new folder is a part by itself, so none can be forgotten, and what takes long within a folder may be one of its own.
All parts run even if one fails; a part that ran no test, or ran out of time, has failed. Without a name all run, those that need no
minutes put together to two, because each begins with a database of its own; ``--fast`` runs a quarter of these two, another one each
time it has passed; ``--list`` names all.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.shard_runs import RESULTS, ROOT, Result, Shard, run, run_beside, say, summary

TESTS = Path(__file__).parent
HOUSE = "house"

NO_TESTS = frozenset({"given", "bench"})
"""Folders that hold no tests."""

SLOW = frozenset(
    {
        "bad_input",
        "batching",
        "browser",
        "cli",
        "composition",
        "documents",
        "embedded",
        "events",
        "faults",
        "federation",
        "fuzz",
        "gateway",
        "http",
        "isolation",
        "promises",
        "properties",
        "publishing",
        "rush",
        "scenarios",
        "sockets",
    }
)
"""Parts that ``make check`` leaves to ``make test``: they start servers of their own, wait, or count to a hundred thousand."""

SLOW_FILES = frozenset(
    {
        "test_delivery.py",
        "test_dependencies.py",
        "test_docs_examples.py",
        "test_shards.py",
    }
)
"""The same for files right below ``tests``; each is a part of its own."""


SLOW_WITHIN = {
    "agreement": ("rush/test_agree_with_shop.py",),
    "allocation": ("reservations/test_allocate_demands.py",),
    "bad_fields": ("bad_input/test_inner_fields.py",),
    "concurrency": ("stock/concurrency",),
    "doubtful": ("bad_input/test_doubtful_values.py",),
    "doubtful_paper": ("bad_input/test_doubtful_values_of_documents.py",),
    "kills": ("faults/test_survive_kills.py",),
    "more_promises": ("promises/test_decide_more_requests.py",),
    "migrating": ("test_catalogue.py", "test_migrations.py"),
    "noticing": ("promises/test_notice_sabotages.py",),
    "recipes": ("masterdata/test_explode_recipe.py",),
    "scanners": ("http/test_withstand_scanners.py",),
    "schemathesis": ("fuzz/test_schemathesis.py",),
    "thousands": (
        "picking/test_pick_many_tasks.py",
        "printing/test_print_purchase_order.py",
        "purchasing/test_conserve_goods.py",
        "test_operations.py",
        "test_sbom.py",
        "transfers/test_conserve_stock.py",
        "valuation/test_value_many_lines.py",
    ),
}
"""The same within folders, by the name of their part: counting to a thousand or ten thousand, waiting for each other, scanning as
attackers do, making and dropping roles of a server that is not the tests' own, one after the other, and what is too long for the
part that it would be in."""

ALONE = frozenset({"agreement", "events", "fuzz", "more_promises", "promises", "rush"})
"""Parts that use the whole machine or measure time: the rest runs two at a time."""

LANES = 2

FAST_TOGETHER = frozenset({"masterdata", "purchasing", "reservations", "stock"})
"""Half of what is fast, by the time it takes: the other half runs at the same time."""


SHARES = 4
"""``make check`` is to take two minutes; all that is fast takes three times as long."""
TURN = ROOT / RESULTS / "turn"
"""The number of the share that ``make check`` runs next: the same again until it has passed."""


def shards() -> list[Shard]:
    """Every part: the house, the long files, then the folders by name."""
    within = {TESTS / place for places in SLOW_WITHIN.values() for place in places}
    files = sorted(file for file in TESTS.glob("test_*.py") if file not in within)
    folders = sorted(
        place
        for place in TESTS.iterdir()
        if place.is_dir() and place.name not in NO_TESTS and any(place.rglob("test_*.py"))
    )
    return [
        Shard(HOUSE, tuple(file for file in files if file.name not in SLOW_FILES)),
        *(Shard(file.stem.removeprefix("test_"), (file,)) for file in files if file.name in SLOW_FILES),
        *(Shard(place.name, (place,), left_out=_slow_within(place)) for place in folders),
        *(Shard(name, tuple(TESTS / place for place in places)) for name, places in SLOW_WITHIN.items()),
    ]


def _slow_within(folder: Path) -> tuple[Path, ...]:
    within = (TESTS / place for places in SLOW_WITHIN.values() for place in places)
    return tuple(place for place in within if place.is_relative_to(folder))


def fast(*, share: str = "") -> list[Shard]:
    """What takes seconds, or a share of it, as two parts that take about as long: to run at once, each with a database of its own."""
    chosen = [shard for shard in shards() if not _is_slow(shard)]
    halves = {
        "fast-1": [shard for shard in chosen if shard.name in FAST_TOGETHER],
        "fast-2": [shard for shard in chosen if shard.name not in FAST_TOGETHER],
    }
    return [
        Shard(
            name,
            tuple(path for shard in half for path in shard.paths),
            left_out=tuple(path for shard in half for path in shard.left_out),
            share=share,
        )
        for name, half in halves.items()
    ]


def run_share() -> list[Result]:
    """Run the share whose turn it is; the next has its turn once this one is good."""
    turn = int(TURN.read_text()) if TURN.exists() else 1
    say(f"Of what is fast this is share {turn} of {SHARES}; make test runs all.")
    results = run_beside(fast(share=f"{turn}/{SHARES}"), lanes=LANES)
    if all(result.is_good for result in results):
        TURN.write_text(f"{turn % SHARES + 1}\n")
    return results


def everything() -> list[Shard]:
    """What is slow, part by part, and what is fast."""
    return [*(shard for shard in shards() if _is_slow(shard)), *fast()]


def _is_slow(shard: Shard) -> bool:
    return shard.name in SLOW or shard.name in SLOW_WITHIN or shard.paths[0].name in SLOW_FILES


def run_all(chosen: Sequence[Shard]) -> list[Result]:
    """Run those that go beside each other, the slow ones first, then each of the rest by itself, heard as it speaks."""
    lanes = min(LANES, os.cpu_count() or 1)
    beside = [shard for shard in chosen if lanes > 1 and len(chosen) > 1 and shard.name not in ALONE]
    results = run_beside(sorted(beside, key=lambda shard: not _is_slow(shard)), lanes=lanes)
    alone = [shard for shard in chosen if shard not in beside]
    for position, shard in enumerate(alone, 1):
        say(f"\n=== alone: {position}/{len(alone)} {shard.name}")
        results.append(run(shard))
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.shards", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the parts to run; all without a name")
    parser.add_argument("--fast", action="store_true", help="run a share of what takes seconds, in two parts at once")
    parser.add_argument("--list", action="store_true", help="name the parts and run nothing")
    given = parser.parse_args(arguments)
    known = {shard.name: shard for shard in shards()}
    if given.list:
        say("\n".join(known))
        return 0
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"there is no part {', '.join(unknown)}; the parts are {', '.join(known)}")
    # Whoever ends this ends the tests that it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    chosen = [known[name] for name in given.names] if given.names else everything()
    results = run_share() if given.fast else run_all(chosen)
    say(summary(results))
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
