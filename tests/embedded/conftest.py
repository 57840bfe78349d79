"""Places and processes for real servers."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from inventory_graph.embedded import Binaries, DataDirectory, EmbeddedPostgres, find_binaries
from tests.embedded.database import gone_within

ROOT = Path(__file__).parents[2]
HOLDER = Path(__file__).with_name("holder.py")
SETTINGS = {"fsync": "off", "shared_buffers": "16MB"}
HOLDER_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]),
}


@dataclass
class Holder:
    """A process that holds a server as ``holder.py`` describes, and what it reported."""

    process: subprocess.Popen[str]
    url: str
    pid: int

    @property
    def input(self) -> IO[str]:
        """Where the end of the wish for the server is told."""
        assert self.process.stdin is not None
        return self.process.stdin


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The installation that a person without settings gets."""
    return find_binaries(None)


@contextmanager
def open_directory() -> Iterator[Path]:
    """An empty directory that every account may pass; those that pytest makes are closed to the server's account."""
    directory = Path(tempfile.mkdtemp(prefix="inventory-embedded-")).resolve()
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def pattern(binaries: Binaries) -> Iterator[Path]:
    """A data directory with an empty database and no server, from which tests get copies."""
    with open_directory() as place:
        with EmbeddedPostgres(DataDirectory(place / "data"), binaries, settings=SETTINGS):
            pass
        yield place / "data"


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory that every account may pass."""
    with open_directory() as directory:
        yield directory


@pytest.fixture
def absent(place: Path) -> DataDirectory:
    """A data directory that does not exist yet."""
    return DataDirectory(place / "new")


@pytest.fixture
def directory(place: Path, pattern: Path) -> DataDirectory:
    """A data directory with an empty database, last stopped in good order."""
    subprocess.run(["cp", "-a", pattern, place / "data"], check=True)
    return DataDirectory(place / "data")


@pytest.fixture
def settings() -> dict[str, str]:
    """Settings for tests in which no power fails."""
    return dict(SETTINGS)


def end(process: subprocess.Popen[str]) -> None:
    """Let a holder give its server up, by force if need be."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()


@pytest.fixture
def hold(directory: DataDirectory) -> Iterator[Callable[..., Holder]]:
    """Starts ``holder.py`` in a process of its own, by default on ``directory``; ended after the test by its id."""
    with ExitStack() as stack:

        def start(
            how: str = "start",
            *,
            where: DataDirectory = directory,
            user: int | None = None,
            interpreter: Path = Path(sys.executable),
        ) -> Holder:
            process = subprocess.Popen(
                [interpreter, HOLDER, how, where.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd="/",
                env=HOLDER_ENVIRONMENT,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
            stack.enter_context(process)
            stack.callback(end, process)
            assert process.stdout is not None
            reported = process.stdout.readline()
            if how == "announce":
                assert reported == "starting\n"
                return Holder(process=process, url="", pid=0)
            report = json.loads(reported)
            stack.callback(gone_within, report["pid"], seconds=10)
            stack.callback(end, process)
            return Holder(process=process, url=report["url"], pid=report["pid"])

        yield start
