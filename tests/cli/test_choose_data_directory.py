"""Where the data is kept when nobody says."""

import os
from pathlib import Path

import pytest

from inventory_graph.cli.databases import ELSEWHERE, settings_of
from tests.servers import temporary_directory


def test_the_working_directory_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone keeps its data beside its code."""
    with temporary_directory() as directory:
        monkeypatch.chdir(directory)
        assert settings_of(None).data_directory == directory / ".inventory"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
def test_root_in_a_closed_directory_keeps_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL does not run as root, and its account cannot enter a closed directory; `make run` works there all the same,
    finds its data again, and opens nobody's directory."""
    with temporary_directory() as directory:
        closed = directory / "closed"
        closed.mkdir(mode=0o700)
        monkeypatch.chdir(closed)
        chosen = settings_of(None).data_directory
        assert chosen.parent == ELSEWHERE
        assert settings_of(None).data_directory == chosen
        assert closed.stat().st_mode & 0o777 == 0o700
        assert list(closed.iterdir()) == []


def test_a_directory_that_is_named_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names one wants that one, or to hear why not."""
    with temporary_directory() as directory:
        monkeypatch.setenv("INVENTORY_DATA_DIR", str(directory / "named"))
        assert settings_of(None).data_directory == directory / "named"
        assert settings_of(Path("given")).data_directory == Path("given")
