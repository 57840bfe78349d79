"""Runs named parts of the tests with pytest, each in a process of its own and within its own time, and tells what came of them."""

import io
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent
RESULTS = Path(".artifacts", "test")

SECONDS_MAX = 9 * 60
SECONDS_TO_END = 30
SECONDS_OF_SILENCE = 30

_running: dict[str, "subprocess.Popen[bytes]"] = {}
"""The pytests of this moment by the name of their part, for ``run_beside`` to end when it is interrupted."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A named part of the tests, the paths that pytest is given, what below them is left to other parts, and which share of the
    tests there are run, as ``--share`` of pytest says it; all of them without."""

    name: str
    paths: tuple[Path, ...]
    left_out: tuple[Path, ...] = ()
    share: str = ""


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


def run_beside(chosen: Sequence[Shard], *, lanes: int, seconds_max: float = SECONDS_MAX) -> list[Result]:
    """Run the parts, so many at a time; each is heard whole when it is done. The results are in the order of the parts."""
    said = {shard.name: io.BytesIO() for shard in chosen}
    results: dict[str, Result] = {}
    pool = ThreadPoolExecutor(lanes)
    try:
        running = {pool.submit(_begin, shard, said[shard.name], seconds_max) for shard in chosen}
        while running:
            done, running = wait(running, timeout=SECONDS_OF_SILENCE, return_when=FIRST_COMPLETED)
            if not done:
                say(f"  … still running: {', '.join(sorted(_running))}")
            for each in done:
                result = each.result()
                results[result.name] = result
                say(f"\n=== {len(results)}/{len(chosen)} {result.name}")
                sys.stdout.buffer.write(said[result.name].getvalue())
                sys.stdout.flush()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        # None is left unless this was interrupted, of which they have not heard: each is a session of its own.
        for process in list(_running.values()):
            process.send_signal(signal.SIGINT)
        pool.shutdown()
    return [results[shard.name] for shard in chosen]


def _begin(shard: Shard, output: IO[bytes], seconds_max: float) -> Result:
    say(f"  … {shard.name} begins")
    return run(shard, root=ROOT, seconds_max=seconds_max, output=output)


def run(
    shard: Shard,
    *,
    root: Path = ROOT,
    seconds_max: float = SECONDS_MAX,
    options: Sequence[str] = (),
    output: IO[bytes] | None = None,
) -> Result:
    """Run one part with pytest in a process of its own below ``root``; what it says goes to ``output`` as it comes."""
    report = root / RESULTS / f"{shard.name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    started = time.monotonic()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "--no-header", f"--junitxml={report}", *options),
            *(path.relative_to(root) for path in shard.paths),
            *(f"--ignore={path.relative_to(root)}" for path in shard.left_out),
            *([f"--share={shard.share}"] if shard.share else []),
        ],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        _running[shard.name] = process
        try:
            in_time = _pass_on(process, output or sys.stdout.buffer, name=shard.name, deadline=started + seconds_max)
        finally:
            _end(process)
            del _running[shard.name]
    result = read_report(shard.name, report)
    result.seconds = time.monotonic() - started
    if not in_time:
        result.trouble = f"stopped after {seconds_max:.0f} seconds"
    elif process.returncode not in {0, 1}:
        result.trouble = result.trouble or f"pytest ended with {process.returncode}"
    elif process.returncode == 1 and not result.failed:
        result.trouble = "pytest reports a failure that belongs to no test"
    return result


def _pass_on(process: "subprocess.Popen[bytes]", output: IO[bytes], *, name: str, deadline: float) -> bool:
    """Write what the process says until it ends; False when its time was over first. Silence is spoken into."""
    assert process.stdout is not None
    started = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(timeout=min(SECONDS_OF_SILENCE, left)):
                if output is not sys.stdout.buffer:
                    continue
                say(f"  … {name}: still running after {time.monotonic() - started:.0f} seconds")
                continue
            said = os.read(process.stdout.fileno(), 65_536)
            if not said:
                process.wait()
                return True
            output.write(said)
            output.flush()
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


def say(line: str) -> None:
    """A line for people, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
