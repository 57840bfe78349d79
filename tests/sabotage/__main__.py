"""Applies each sabotage to a copy of the project, runs the tests that must miss what is gone, and prints who noticed:
``python -m tests.sabotage [WORD …]`` for all, or those whose name has one of the words.

Before that the same tests run on an untouched copy, where all of them must pass. Nothing is ever changed in the working tree.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree as ET

from tests.sabotage.table import ROOT, SABOTAGES, Sabotage
from tests.servers import DATABASE_URL_SETTING, embedded_server, run_alone, temporary_directory

COPIES = 2
"""So many sabotages run at the same time, each in a copy of its own."""
SECONDS_MAX = 240
BASELINE_SECONDS_MAX = 480


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the project, and what its tests find in the environment."""

    root: Path
    database_url: str

    def failures(self, tests: Sequence[str], *, seconds_max: float, is_first_enough: bool) -> list[str]:
        """The ids of the tests that fail. Raises ``RuntimeError`` where no test could be run, or not to its end."""
        report = self.root / "report.xml"
        report.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", f"--junitxml={report}"),
            *(["-x"] if is_first_enough else []),
            *tests,
        ]
        environment = {**os.environ, "PYTHONPATH": str(self.root), DATABASE_URL_SETTING: self.database_url}
        try:
            ran = subprocess.run(
                command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                check=False, timeout=seconds_max,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"not done after {seconds_max} seconds") from None
        if not report.exists():
            raise RuntimeError(f"no test ran: {ran.stdout[-500:]}{ran.stderr[-500:]}")
        cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - written by pytest a moment ago
        # A test that could not even begin has noticed nothing.
        broken = [_id(case) for case in cases if case.find("error") is not None]
        if broken or not cases:
            raise RuntimeError(f"could not begin: {', '.join(broken) or 'no test was found'}: {ran.stdout[-500:]}")
        return [_id(case) for case in cases if case.find("failure") is not None]


def _id(case: ET.Element) -> str:
    return f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a sabotage: the test that noticed, or why none did."""

    sabotage: Sabotage
    caught_by: str = ""
    trouble: str = ""
    seconds: float = 0.0


def copied(root: Path) -> None:
    """Everything that git knows or would know of the working tree, below ``root``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / name)


def tried(copy: Copy, sabotage: Sabotage) -> Finding:
    """Apply the sabotage, run its tests, and put things right again."""
    file = copy.root / sabotage.file
    text = file.read_text()
    began = time.monotonic()
    try:
        file.write_text(sabotage.applied(text))
        failed = copy.failures(sabotage.tests, seconds_max=SECONDS_MAX, is_first_enough=True)
    except (RuntimeError, ValueError) as error:
        return Finding(sabotage, trouble=str(error))
    finally:
        file.write_text(text)
    seconds = time.monotonic() - began
    if not failed:
        return Finding(sabotage, trouble=f"nobody noticed: {', '.join(sabotage.tests)}", seconds=seconds)
    return Finding(sabotage, caught_by=failed[0], seconds=seconds)


def table(findings: Sequence[Finding]) -> str:
    """The findings for people to read."""
    rows = [("sabotage", "caught by"), *((each.sabotage.name, each.caught_by or "NOT CAUGHT") for each in findings)]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}} | {test}" for name, test in rows)


def main() -> int:
    """Run those that are asked for; 1 when one of them was not caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage", description=__doc__)
    parser.add_argument("words", nargs="*", help="only sabotages whose name has one of these words")
    words = parser.parse_args().words
    chosen = [each for each in SABOTAGES if not words or any(word in each.name for word in words)]
    with temporary_directory() as directory, embedded_server() as server:
        # The roles of the service belong to the whole server: made here, they are there for all copies to the end.
        run_alone(server.clone())
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(COPIES):
            copied(directory / str(number))
            copies.put(Copy(directory / str(number), server.url))
        first = copies.get()
        tests = sorted({test for each in chosen for test in each.tests})
        print(f"{len(chosen)} sabotages, {len(tests)} tests; first the tests on an untouched copy …", flush=True)  # noqa: T201
        if failed := first.failures(tests, seconds_max=BASELINE_SECONDS_MAX, is_first_enough=False):
            print(f"These fail without any sabotage: {', '.join(failed)}")  # noqa: T201
            return 1
        copies.put(first)

        def work(sabotage: Sabotage) -> Finding:
            copy = copies.get()
            try:
                finding = tried(copy, sabotage)
            finally:
                copies.put(copy)
            said = finding.caught_by or finding.trouble
            print(f"  {finding.seconds:5.1f} s  {sabotage.name}: {said}", flush=True)  # noqa: T201
            return finding

        with ThreadPoolExecutor(COPIES) as pool:
            findings = list(pool.map(work, chosen))
    missed = [each for each in findings if not each.caught_by]
    often = [test for test, times in Counter(each.caught_by for each in findings).items() if test and times > 3]
    print(f"\n{table(findings)}\n\n{len(findings) - len(missed)} of {len(findings)} caught")  # noqa: T201
    if often:
        print(f"Named more than three times: {', '.join(often)}")  # noqa: T201
    return 1 if missed or often else 0


if __name__ == "__main__":
    sys.exit(main())
