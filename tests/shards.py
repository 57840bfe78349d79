"""Runs the tests in named parts, one after the other, each within its own time: ``python -m tests.shards [NAME …]``.

A part is a folder of tests; of the files right below ``tests`` those that take long are a part each, the others are the part
``house``. A new folder is a part by itself, so none can be forgotten. All parts run even if one fails; a part that ran no test, or ran out of time, has failed. Without a
name all run; ``--fast`` runs those that need no minutes in one go; ``--list`` names them.
"""

import argparse
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

TESTS = Path(__file__).parent
ROOT = TESTS.parent
RESULTS = Path(".artifacts", "test")
HOUSE = "house"

SECONDS_MAX = 9 * 60
SECONDS_TO_END = 30
SECONDS_OF_SILENCE = 30

NO_TESTS = frozenset({"given", "bench"})
"""Folders that hold no tests."""

SLOW = frozenset(
    {
        "browser",
        "cli",
        "composition",
        "embedded",
        "faults",
        "gateway",
        "isolation",
        "promises",
        "properties",
        "rush",
        "scenarios",
    }
)
"""Parts that ``make check`` leaves to ``make test``: they start servers of their own, or count to a hundred thousand."""

SLOW_FILES = frozenset(
    {
        "test_bad_input.py",
        "test_catalogue.py",
        "test_delivery.py",
        "test_docs_examples.py",
        "test_migrations.py",
        "test_shards.py",
    }
)
"""The same for files right below ``tests``; each is a part of its own."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A named part of the tests and the paths that pytest is given."""

    name: str
    paths: tuple[Path, ...]


@dataclass(slots=True)
class Result:
    """What came of a part. ``trouble`` says why it failed beyond its failed tests."""

    name: str
    seconds: float = 0.0
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    trouble: str = ""

    @property
    def is_good(self) -> bool:
        return not self.failed and not self.trouble


def shards() -> list[Shard]:
    """Every part: the house, the long files, then the folders by name."""
    files = sorted(TESTS.glob("test_*.py"))
    folders = sorted(
        place
        for place in TESTS.iterdir()
        if place.is_dir() and place.name not in NO_TESTS and any(place.rglob("test_*.py"))
    )
    return [
        Shard(HOUSE, tuple(file for file in files if file.name not in SLOW_FILES)),
        *(Shard(file.stem.removeprefix("test_"), (file,)) for file in files if file.name in SLOW_FILES),
        *(Shard(place.name, (place,)) for place in folders),
    ]


def fast() -> Shard:
    """What takes seconds, as one part."""
    chosen = [shard for shard in shards() if shard.name not in SLOW and shard.paths[0].name not in SLOW_FILES]
    return Shard("fast", tuple(path for shard in chosen for path in shard.paths))


def run(shard: Shard, *, root: Path = ROOT, seconds_max: float = SECONDS_MAX, options: Sequence[str] = ()) -> Result:
    """Run one part with pytest in a process of its own below ``root``, whose output goes through as it comes."""
    report = root / RESULTS / f"{shard.name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    started = time.monotonic()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "--no-header", f"--junitxml={report}", *options),
            *(path.relative_to(root) for path in shard.paths),
        ],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            in_time = _pass_on(process, name=shard.name, started=started, deadline=started + seconds_max)
        finally:
            _end(process)
    result = read_report(shard.name, report)
    result.seconds = time.monotonic() - started
    if not in_time:
        result.trouble = f"stopped after {seconds_max:.0f} seconds"
    elif process.returncode not in {0, 1}:
        result.trouble = result.trouble or f"pytest ended with {process.returncode}"
    elif process.returncode == 1 and not result.failed:
        result.trouble = "pytest reports a failure that belongs to no test"
    return result


def _pass_on(process: "subprocess.Popen[bytes]", *, name: str, started: float, deadline: float) -> bool:
    """Write what the process says until it ends; False when its time was over first. Silence is spoken into."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(timeout=min(SECONDS_OF_SILENCE, left)):
                _say(f"  … {name}: still running after {time.monotonic() - started:.0f} seconds")
                continue
            said = os.read(process.stdout.fileno(), 65_536)
            if not said:
                process.wait()
                return True
            sys.stdout.buffer.write(said)
            sys.stdout.buffer.flush()
    return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Let pytest stop what it started; whoever of its own process group is left after that is killed."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def read_report(name: str, report: Path) -> Result:
    """The result of a part from the report that pytest wrote."""
    result = Result(name)
    if not report.exists():
        result.trouble = "pytest wrote no report"
        return result
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314 - written by the pytest we have just run
    for case in cases:
        place = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed.append(place)
        elif skipped is not None:
            result.skipped.append(f"{place}: {skipped.get('message') or skipped.text or 'no reason given'}")
        else:
            result.passed += 1
    if not cases:
        result.trouble = "no test ran"
    return result


def summary(results: Sequence[Result]) -> str:
    """A table of the parts, every skipped and failed test by name, and the sums on the last line."""
    lines = ["", f"{'part':<16}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    for result in results:
        counts = f"{result.passed:>8}{len(result.failed):>8}{len(result.skipped):>9}{result.seconds:>9.1f}"
        lines.append(f"{result.name:<16}{counts}{'' if result.is_good else '  FAILED ' + result.trouble}")
    skipped = [f"  {reason}" for result in results for reason in result.skipped]
    failed = [f"  {place}" for result in results for place in result.failed]
    failed += [f"  {result.name}: {result.trouble}" for result in results if result.trouble]
    lines += ["", f"Skipped: {len(skipped) or 'none'}", *skipped]
    lines += [f"Failed: {len(failed) or 'none'}", *failed]
    # A part that failed as a whole counts as one, so that the last line never looks good when something is not.
    broken = sum(1 for result in results if result.trouble and not result.failed)
    sums = (
        sum(result.passed for result in results),
        sum(len(result.failed) for result in results) + broken,
        sum(len(result.skipped) for result in results),
    )
    return "\n".join([*lines, "", "{} passed, {} failed, {} skipped".format(*sums)])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.shards", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the parts to run; all without a name")
    parser.add_argument("--fast", action="store_true", help="run what takes seconds, in one go")
    parser.add_argument("--list", action="store_true", help="name the parts and run nothing")
    given = parser.parse_args(arguments)
    known = {shard.name: shard for shard in shards()}
    if given.list:
        _say("\n".join(known))
        return 0
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"there is no part {', '.join(unknown)}; the parts are {', '.join(known)}")
    chosen = [fast()] if given.fast else [known[name] for name in given.names or known]
    results = []
    for position, shard in enumerate(chosen, 1):
        _say(f"\n=== {position}/{len(chosen)} {shard.name}")
        results.append(run(shard))
    _say(summary(results))
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
