"""Starting a server: from nothing, again, as whom, with which settings, with which version."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from inventory_graph.embedded import Binaries, DataDirectory, EmbeddedPostgres, find_binaries
from inventory_graph.embedded.log import LIMIT_BYTES
from tests.embedded.conftest import HOLDER_ENVIRONMENT, Holder
from tests.embedded.database import answer, keep_number, kept_numbers, run

NOBODY = 65534
SYSTEM_PYTHON = Path("/usr/bin/python3")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def test_an_absent_directory_becomes_a_server_and_each_step_is_said(absent: DataDirectory, binaries: Binaries) -> None:
    """The first start of a newcomer needs nothing prepared, and shows what it spends its time on."""
    said: list[str] = []
    with EmbeddedPostgres(absent, binaries, say=said.append) as postgres:
        one = answer(postgres.url("postgres"), "select 1")
        port = postgres.server.port
    assert one == 1
    assert said == [
        f"Creating the database in {absent.path} ...",
        f"Starting PostgreSQL {binaries.version} on 127.0.0.1:{port} ...",
        "Stopping PostgreSQL ...",
    ]


def test_the_second_start_serves_the_rows_of_the_first(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """A data directory is kept between starts; its password stays valid while its port changes."""
    with EmbeddedPostgres(directory, binaries, settings=settings) as first:
        keep_number(first.url("postgres"), 7)
        password = first.server.password
    with EmbeddedPostgres(directory, binaries, settings=settings) as second:
        assert kept_numbers(second.url("postgres")) == [7]
        assert second.server.password == password


def test_the_database_is_created_once(directory: DataDirectory, binaries: Binaries, settings: dict[str, str]) -> None:
    """Every command may ask for the database without asking first whether it is there; odd names are quoted."""
    with EmbeddedPostgres(directory, binaries, settings=settings) as postgres:
        assert run(postgres.ensure_database()) is True
        assert run(postgres.ensure_database()) is False
        assert run(postgres.ensure_database('a "quoted" name')) is True
        assert answer(postgres.url(), "select current_database()") == "inventory"
        names = answer(
            postgres.url(), "select array_agg(datname::text order by datname) from pg_database where not datistemplate"
        )
    assert names == ['a "quoted" name', "inventory", "postgres"]


def test_only_the_password_opens_the_server_and_only_its_owner_reads_it(
    absent: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """Other users of the machine reach 127.0.0.1 too."""
    with EmbeddedPostgres(absent, binaries, settings=settings) as postgres:
        with pytest.raises(asyncpg.InvalidPasswordError):
            answer(postgres.url("postgres", password="guessed"), "select 1")
        stored = answer(postgres.url("postgres"), "select left(rolpassword, 13) from pg_authid where rolcanlogin")
        sockets = answer(postgres.url("postgres"), "show unix_socket_directories")
    assert stored == "SCRAM-SHA-256"
    assert sockets == ""
    assert (absent.path / "password").stat().st_mode & 0o777 == 0o600
    assert (absent.path / "postgres").stat().st_mode & 0o777 == 0o700


def test_defaults_are_durable_and_given_settings_win(directory: DataDirectory, binaries: Binaries) -> None:
    """What a person gets without asking must survive a power failure; tests may choose speed."""
    shown = "select array[current_setting('fsync'), current_setting('jit'), current_setting('timezone')]"
    with EmbeddedPostgres(directory, binaries) as postgres:
        assert answer(postgres.url("postgres"), shown) == ["on", "off", "UTC"]
        assert answer(postgres.url("postgres"), "show listen_addresses") == "127.0.0.1"
    with EmbeddedPostgres(directory, binaries, settings={"fsync": "off"}) as postgres:
        assert answer(postgres.url("postgres"), shown) == ["off", "off", "UTC"]


def test_settings_by_which_the_server_is_found_are_refused(absent: DataDirectory, binaries: Binaries) -> None:
    """Another cluster name or port would make the supervisor lose its own server."""
    with pytest.raises(ValueError, match=r"cannot be given: cluster_name, port$"):
        EmbeddedPostgres(absent, binaries, settings={"port": "5432", "cluster_name": "x", "jit": "on"})
    assert not absent.path.exists()


@as_root
def test_root_starts_the_server_as_an_unprivileged_account(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """PostgreSQL refuses root; the account gets the cluster and nothing else, also none of root's groups."""
    with EmbeddedPostgres(directory, binaries, settings=settings) as postgres:
        status = Path(f"/proc/{postgres.server.pid}/status").read_text()
        owner = (directory.path / "postgres").stat().st_uid
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert owner != 0
    assert lines["Uid"].split() == [str(owner)] * 4
    assert lines["Groups"].strip() == ""
    assert directory.path.stat().st_uid == 0


def runs_the_project(interpreter: Path) -> bool:
    """Whether the user nobody can import the project with this interpreter."""
    probe = subprocess.run(
        ["/bin/sh", "-c", f"{interpreter} -c 'import inventory_graph.embedded'"],
        cwd="/",
        env=HOLDER_ENVIRONMENT,
        user=NOBODY,
        group=NOBODY,
        check=False,
        capture_output=True,
    )
    return probe.returncode == 0


@as_root
def test_an_ordinary_user_starts_the_server_as_itself(place: Path, hold: Callable[..., Holder]) -> None:
    """Nothing of this needs root."""
    interpreter = next((path for path in (Path(sys.executable), SYSTEM_PYTHON) if runs_the_project(path)), None)
    if interpreter is None:
        pytest.skip("the project or the interpreter is in a place that the ordinary user may not read")
    own = place / "own"
    own.mkdir(mode=0o700)
    os.chown(own, NOBODY, NOBODY)
    holder = hold(where=DataDirectory(own / "data"), user=NOBODY, interpreter=interpreter)
    assert answer(holder.url, "select 1") == 1
    assert (own / "data" / "password").stat().st_uid == NOBODY


@as_root
def test_binaries_that_the_account_cannot_reach_are_copied_once(
    place: Path, directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """A virtual environment under root's closed home is common in containers, and no reason to fail."""
    package = binaries.package
    assert package is not None
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package / "pginstall", closed / package.name / "pginstall", symlinks=True)
    shutil.copytree(package.with_name(package.name + ".libs"), closed / (package.name + ".libs"))
    hidden = find_binaries(closed / package.name / "pginstall" / "bin")
    copies = []
    for _ in range(2):
        with EmbeddedPostgres(directory, hidden, settings=settings) as postgres:
            assert answer(postgres.url("postgres"), "select 1") == 1
            running = Path(f"/proc/{postgres.server.pid}/exe").readlink()
            copies.append((running, running.stat().st_ino))
    assert copies[0] == copies[1]
    assert copies[0][0].is_relative_to(directory.path / "binaries")
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="no PostgreSQL 15 on this machine")
def test_version_15_serves_text_in_utf_8_order_of_code_points(absent: DataDirectory, settings: dict[str, str]) -> None:
    """The oldest version has no built-in locales; orderings must not differ for it."""
    ordered = "select array_agg(word order by word) from unnest(array['b', 'é', 'Z', 'a']) word"
    with EmbeddedPostgres(absent, find_binaries(DEBIAN_15), settings=settings) as postgres:
        assert answer(postgres.url("postgres"), "show server_version").startswith("15.")
        assert answer(postgres.url("postgres"), "show server_encoding") == "UTF8"
        assert answer(postgres.url("postgres"), ordered) == ["Z", "a", "b", "é"]


def test_a_log_that_grew_too_large_is_set_aside(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """A development directory lives for months; its log must not fill the disk, nor its last part be lost."""
    with EmbeddedPostgres(directory, binaries, settings=settings):
        pass
    with directory.log.open("ab") as log:
        log.truncate(LIMIT_BYTES + 1)
    with EmbeddedPostgres(directory, binaries, settings=settings):
        pass
    assert (directory.path / "postgres.log.1").stat().st_size == LIMIT_BYTES + 1
    assert directory.log.stat().st_size < 10_000
