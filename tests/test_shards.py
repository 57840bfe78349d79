"""``make test`` may not look good when something is not: every way for a part to go wrong ends in a failure."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import shard_runs, shards, sharing
from tests.properties import __main__ as soak
from tests.shard_runs import Result, Shard, run, run_beside, summary
from tests.shards import fast

WITHIN = [place for places in shards.SLOW_WITHIN.values() for place in places]


def outcome(tmp_path: Path, source: str, *, seconds_max: float = 60) -> Result:
    """What comes of a part with one file of tests."""
    file = tmp_path / "test_one.py"
    file.write_text(source)
    return run(Shard("one", (file,)), root=tmp_path, seconds_max=seconds_max, options=("-p", "no:cacheprovider", "-q"))


def test_counts_and_names_what_ran(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The numbers on the last line are those of the tests, and a skip is never just a number."""
    result = outcome(
        tmp_path,
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "@pytest.mark.skip(reason='no server answers')\n"
        "def test_left_out(): pass\n",
    )
    assert (result.passed, result.failed, result.trouble) == (1, ["test_one.py::test_bad"], "")
    assert result.skipped == ["test_one.py::test_left_out: no server answers"]
    text = summary([result, Result("two", passed=4)])
    assert "  test_one.py::test_left_out: no server answers" in text.splitlines()
    assert text.endswith("\n5 passed, 1 failed, 1 skipped")
    assert "test_one.py" in capfd.readouterr().out


def test_fails_a_part_without_tests(tmp_path: Path) -> None:
    """A folder whose tests are no longer collected would otherwise pass for ever."""
    result = outcome(tmp_path, "def not_a_test(): pass\n")
    assert result.trouble == "no test ran"
    assert summary([result]).endswith("\n0 passed, 1 failed, 0 skipped")


def test_fails_a_part_that_cannot_be_read(tmp_path: Path) -> None:
    """A file with a mistake in it is no test that passed."""
    result = outcome(tmp_path, "import nothing_of_this_name\n")
    assert not result.is_good
    assert summary([result]).endswith("\n0 passed, 1 failed, 0 skipped")


def test_runs_parts_beside_each_other(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Two that wait for one another both pass; each is heard whole, and the results are in the order that was asked."""
    monkeypatch.setattr(shard_runs, "ROOT", tmp_path)
    parts = []
    for own, other in (("one", "two"), ("two", "one")):
        file = tmp_path / f"test_{own}.py"
        file.write_text(
            "import pathlib, time\n"
            f"def test_{own}():\n"
            f"    pathlib.Path('{own}').touch()\n"
            "    deadline = time.monotonic() + 50\n"
            f"    while not pathlib.Path('{other}').exists():\n"
            "        assert time.monotonic() < deadline\n"
            "        time.sleep(0.01)\n"
        )
        parts.append(Shard(own, (file,)))
    results = run_beside(parts, lanes=2)
    assert [(each.name, each.passed, each.is_good) for each in results] == [("one", 1, True), ("two", 1, True)]
    said = capfd.readouterr().out
    assert "=== 2/2 " in said
    assert said.count(" 1 passed in ") == 2


def test_stops_a_part_whose_time_is_over(tmp_path: Path) -> None:
    """One test that waits for ever may not keep the others from running."""
    result = outcome(tmp_path, "import time\ndef test_slow(): time.sleep(60)\n", seconds_max=3)
    assert result.trouble == "stopped after 3 seconds"
    assert result.seconds < 3 + shard_runs.SECONDS_TO_END + 10
    assert not result.is_good


def test_fails_a_part_that_dies(tmp_path: Path) -> None:
    """A crash of the interpreter leaves no report behind."""
    result = outcome(tmp_path, "import os\ndef test_crash(): os._exit(0)\n")
    assert result.trouble == "pytest wrote no report"


def test_names_every_folder_of_tests() -> None:
    """A new folder is run without anybody thinking of it."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.shards", "--list"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    folders = {path.relative_to(shards.TESTS).parts[0] for path in shards.TESTS.glob("*/**/test_*.py")}
    files = {name.removeprefix("test_").removesuffix(".py") for name in shards.SLOW_FILES}
    assert sorted(answer.stdout.split()) == sorted({shards.HOUSE, *files, *folders, *shards.SLOW_WITHIN})


def files_of(shard: Shard) -> list[Path]:
    """The files of tests that pytest finds for the part."""
    found = (file for path in shard.paths for file in (path, *path.rglob("test_*.py")) if file.is_file())
    return [file for file in found if not any(file.is_relative_to(path) for path in shard.left_out)]


def test_gives_every_file_to_one_part() -> None:
    """A file in two parts is run twice, and one in none is not a test."""
    for parts in (shards.shards(), shards.everything()):
        files = sorted(file for shard in parts for file in files_of(shard))
        assert files == sorted(shards.TESTS.rglob("test_*.py"))


def test_soaks_every_file_in_one_part() -> None:
    """What runs beside each other is divided by files, and none of them is forgotten."""
    for folder in soak.FOLDERS:
        files = sorted((shards.TESTS / folder).rglob("test_*.py"))
        soaked = [path for part in soak.parts_of(folder) for path in part.paths]
        assert soaked in (files, [shards.TESTS / folder]), folder


def test_refuses_an_unknown_part() -> None:
    """A misspelt name may not run nothing and call it good."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.shards", "stok"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert answer.returncode == 2
    assert "there is no part stok; the parts are house" in answer.stderr


def test_leaves_slow_parts_out_of_the_fast_ones() -> None:
    """``make check`` is for every few minutes."""
    files = [file.relative_to(shards.TESTS) for shard in fast() for file in files_of(shard)]
    assert Path("test_tidy.py") in files
    assert len(files) == len(set(files))
    slow = {Path(name) for name in (*shards.SLOW, *shards.SLOW_FILES, *WITHIN)}
    assert [file for file in files for each in slow if file.is_relative_to(each)] == []


def test_shares_what_is_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is in one share; the same share runs again until it has passed, then the next."""
    (tmp_path / "conftest.py").write_text(Path(sharing.__file__).read_text())
    file = tmp_path / "test_one.py"
    file.write_text("import pytest\n@pytest.mark.parametrize('n', range(9))\ndef test_one(n): assert n != 5\n")
    monkeypatch.setattr(shards, "TURN", tmp_path / "turn")
    monkeypatch.setattr(shards, "fast", lambda *, share: [Shard("one", (file,), share=share)])
    monkeypatch.setattr(shards, "run_beside", lambda chosen, **_: [run(shard, root=tmp_path) for shard in chosen])
    found = [shards.run_share()[0] for _ in range(3)]
    assert [(result.passed, len(result.failed)) for result in found] == [(3, 0), (1, 1), (1, 1)]
    file.write_text(file.read_text().replace("!= 5", "!= 9"))
    assert [shards.run_share()[0].passed for _ in range(4)] == [2, 2, 2, 3]


def test_names_only_what_there_is() -> None:
    """A part of a folder that was renamed would run nothing, and its tests twice."""
    for name in (*shards.SLOW, *shards.SLOW_FILES, *WITHIN, *shards.FAST_TOGETHER):
        assert (shards.TESTS / name).exists() or name == "scenarios", name
    assert {shard.name for shard in shards.shards()} >= shards.ALONE


def test_leaves_to_another_part_what_is_left_out(tmp_path: Path) -> None:
    """Neither twice nor never."""
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(f"def test_{name}(): pass\n")
    shard = Shard("some", (tmp_path,), left_out=(tmp_path / "test_two.py",))
    found = run(shard, root=tmp_path, options=("-p", "no:cacheprovider"), output=io.BytesIO())
    assert (found.passed, found.failed) == (1, [])
