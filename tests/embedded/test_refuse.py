"""Refusing: each reason is one sentence that names the place and the remedy, and nothing is touched."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from inventory_graph.embedded import (
    AccountError,
    Binaries,
    DataDirectory,
    DataDirectoryInUseError,
    DiskFullError,
    EmbeddedPostgres,
    ForeignDirectoryError,
    MajorVersionError,
    PortTakenError,
    ServerFailedError,
    UnreachableParentError,
)
from tests.embedded.conftest import Holder
from tests.embedded.database import answer, is_alive

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A program on a port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken


@pytest.fixture
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of 24 MB, less than a new database needs."""
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this process may not mount a file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> None:
    """Write a file until the file system takes no more."""
    with (disk / "other").open("wb", buffering=0) as other, suppress(OSError):
        while True:
            other.write(bytes(65_536))


def test_a_directory_in_use_names_the_process(
    directory: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """Two servers on one cluster would destroy it; the person must learn which process to end."""
    holder = hold()
    with pytest.raises(DataDirectoryInUseError) as refusal:
        EmbeddedPostgres(directory, binaries).start()
    assert str(refusal.value) == (
        f"The data directory {directory.path} is in use by process {holder.process.pid}: "
        "stop that process or choose another data directory."
    )
    assert answer(holder.url, "select 1") == 1


@as_root
def test_a_closed_parent_is_named_and_not_opened(place: Path, binaries: Binaries) -> None:
    """Root's home is closed to the server's account; opening it is not ours to decide."""
    closed = place / "closed"
    (closed / "project").mkdir(parents=True)
    closed.chmod(0o700)
    directory = DataDirectory(closed / "project" / "data")
    with pytest.raises(UnreachableParentError) as refusal:
        EmbeddedPostgres(directory, binaries).start()
    assert refusal.value.parent == closed
    assert f"cannot reach {closed}/project" in str(refusal.value)
    assert f"because {closed} does not let it pass: choose a data directory elsewhere" in str(refusal.value)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert list((closed / "project").iterdir()) == []


@as_root
def test_a_closed_data_directory_that_somebody_made_stays_closed(place: Path, binaries: Binaries) -> None:
    """Mode and owner of a directory that was there before are its maker's."""
    made = place / "made"
    made.mkdir(mode=0o700)
    with pytest.raises(UnreachableParentError) as refusal:
        EmbeddedPostgres(DataDirectory(made), binaries).start()
    assert refusal.value.parent == made
    assert (made.stat().st_mode & 0o777, made.stat().st_uid, list(made.iterdir())) == (0o700, 0, [])


@as_root
def test_binaries_out_of_reach_that_cannot_be_copied_name_the_parent(
    place: Path, absent: DataDirectory, binaries: Binaries
) -> None:
    """An installation of the system knows its own path, so a copy might not work: say what is wrong instead."""
    closed = place / "closed"
    (closed / "bin").mkdir(parents=True)
    closed.chmod(0o700)
    for program in ("postgres", "initdb"):
        (closed / "bin" / program).touch(mode=0o755)
    hidden = Binaries(directory=closed / "bin", version=binaries.version, major=binaries.major, source="a setting")
    with pytest.raises(UnreachableParentError, match="set INVENTORY_POSTGRES_BIN") as refusal:
        EmbeddedPostgres(absent, hidden).start()
    assert refusal.value.parent == closed
    assert not absent.cluster.exists()


@as_root
def test_a_cluster_given_to_root_is_refused(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """A copy made with cp or an unpacked archive belongs to root; PostgreSQL's own words for that do not help."""
    with EmbeddedPostgres(directory, binaries, settings=settings):
        pass
    os.chown(directory.cluster, 0, 0)
    with pytest.raises(AccountError, match=r"belongs to root.*chown -R nobody"):
        EmbeddedPostgres(directory, binaries).start()
    assert directory.cluster.stat().st_uid == 0


def test_a_directory_with_other_content_is_refused(place: Path, binaries: Binaries) -> None:
    """A slip of the pen in --data-dir must not scatter files over somebody's documents."""
    (place / "thesis.txt").write_text("chapter one")
    with pytest.raises(ForeignDirectoryError, match=r"has other content \(thesis.txt\)"):
        EmbeddedPostgres(DataDirectory(place), binaries).start()
    with pytest.raises(ForeignDirectoryError, match="is a file and no directory"):
        EmbeddedPostgres(DataDirectory(place / "thesis.txt"), binaries).start()
    assert [entry.name for entry in place.iterdir()] == ["thesis.txt"]


def test_a_directory_of_another_major_version_says_which(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """After a jump of the binaries' version the data are still good, with the former binaries."""
    with EmbeddedPostgres(directory, binaries, settings=settings):
        pass
    marker = directory.cluster / "PG_VERSION"
    marker.write_text("16\n")
    with pytest.raises(MajorVersionError) as refusal:
        EmbeddedPostgres(directory, binaries).start()
    assert str(refusal.value) == (
        f"The data directory {directory.path} was written by PostgreSQL 16, and {binaries.source} is "
        f"{binaries.version}: set INVENTORY_POSTGRES_BIN to the bin directory of a PostgreSQL 16, or choose another "
        "data directory and move the data with pg_dump."
    )
    assert marker.read_text() == "16\n"


def test_a_fixed_port_that_is_taken_is_named(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str], listener: socket.socket
) -> None:
    """A port asked for is a promise to other programs, so no other one is taken instead."""
    port = listener.getsockname()[1]
    with pytest.raises(PortTakenError, match=f"^Port {port} on 127.0.0.1 is taken by another program"):
        EmbeddedPostgres(directory, binaries, settings=settings, port=port).start()
    with directory.supervised():
        assert not (directory.cluster / "postmaster.pid").exists()


def test_a_chosen_port_that_was_taken_meanwhile_is_replaced(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """Between choosing a free port and using it another program may be quicker."""
    postgres = EmbeddedPostgres(directory, binaries, settings=settings)
    former = postgres.start().port
    postgres.stop()
    with socket.create_server(("127.0.0.1", former)), postgres:
        assert postgres.server.port != former
        assert answer(postgres.url("postgres"), "select 1") == 1


def test_a_full_disk_is_named_when_the_database_is_created(small_disk: Path, binaries: Binaries) -> None:
    """The wish for space must be readable without knowing what initdb is; the half-made cluster is removed."""
    directory = DataDirectory(small_disk / "data")
    with pytest.raises(DiskFullError, match=rf"^The disk is full: {directory.path} has \d+ MB left"):
        EmbeddedPostgres(directory, binaries).start()
    assert [entry.name for entry in directory.path.iterdir() if entry.name.startswith("postgres")] == []


def test_a_full_disk_is_named_when_the_server_starts(
    small_disk: Path, binaries: Binaries, settings: dict[str, str]
) -> None:
    """A disk fills up between two starts too; the data stay and the server is not left half started."""
    directory = DataDirectory(small_disk / "data")
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    with EmbeddedPostgres(directory, binaries, settings=settings):
        pass
    fill(small_disk)
    with pytest.raises(DiskFullError, match=f"^The disk is full: {directory.path} has 0 MB left"):
        EmbeddedPostgres(directory, binaries, settings=settings).start()
    assert (directory.cluster / "PG_VERSION").exists()


def test_a_setting_that_the_server_refuses_is_told_in_its_words(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """The log is not on the screen; its last words and its place must be. The directory is free again afterwards."""
    with pytest.raises(ServerFailedError) as refusal:
        EmbeddedPostgres(directory, binaries, settings=settings | {"max_connections": "many"}).start()
    assert 'invalid value for parameter "max_connections": "many"' in str(refusal.value)
    assert str(refusal.value).endswith(f"see {directory.log}.")
    with EmbeddedPostgres(directory, binaries, settings=settings) as postgres:
        assert is_alive(postgres.server.pid)


def test_a_server_that_is_not_ready_in_time_is_ended(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """Waiting has an end, and after it nothing runs that nobody knows of."""
    with pytest.raises(ServerFailedError, match="was not ready after 0 seconds"):
        EmbeddedPostgres(directory, binaries, settings=settings, start_limit_seconds=0).start()
    with directory.supervised():
        assert not (directory.path / "server.json").exists()


def test_a_lost_password_is_named(directory: DataDirectory, binaries: Binaries, settings: dict[str, str]) -> None:
    """A cluster restored without its password would otherwise fail at some later log-in."""
    with EmbeddedPostgres(directory, binaries, settings=settings):
        pass
    (directory.path / "password").unlink()
    with pytest.raises(ServerFailedError, match=f"^{directory.path}/password is missing"):
        EmbeddedPostgres(directory, binaries, settings=settings).start()
    with directory.supervised():
        assert not (directory.cluster / "postmaster.pid").exists()


def test_a_start_outside_the_main_thread_is_refused(absent: DataDirectory, binaries: Binaries) -> None:
    """The kernel would end the server together with that thread, at a moment nobody expects."""
    raised: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedPostgres(absent, binaries).start()
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert [str(error) for error in raised] == ["EmbeddedPostgres.start() must be called from the main thread"]
    assert not absent.path.exists()
