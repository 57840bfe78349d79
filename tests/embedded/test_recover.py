"""Starting after a crash: whatever was killed and whatever was left, committed rows are there."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypedDict

import asyncpg
import pytest

from inventory_graph.embedded import Binaries, DataDirectory, EmbeddedPostgres, RunningServer
from inventory_graph.embedded.account import server_account
from tests.embedded.conftest import Holder
from tests.embedded.database import answer, gone_within, is_alive, keep_number, kept_numbers, run


class UserArguments(TypedDict):
    """Who a process runs as."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


@pytest.fixture
def crashed(directory: DataDirectory, binaries: Binaries) -> Path:
    """The ``postmaster.pid`` of a durable cluster with the row 1, whose postmaster was killed."""
    postgres = EmbeddedPostgres(directory, binaries)
    server = postgres.start()
    keep_number(server.url("postgres"), 1)
    os.kill(server.pid, signal.SIGKILL)
    assert gone_within(server.pid, seconds=5)
    postgres.stop()
    left = directory.cluster / "postmaster.pid"
    assert left.read_text().startswith(f"{server.pid}\n")
    return left


@pytest.fixture
def user(directory: DataDirectory) -> UserArguments:
    """The arguments of Popen for a process of the server's account, which PostgreSQL may signal."""
    account = server_account(directory.cluster)
    if not account.switched:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


@pytest.fixture
def stranger(user: UserArguments) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with databases."""
    with subprocess.Popen(["/bin/sleep", "100"], cwd="/", **user) as process:
        yield process
        process.kill()


def test_a_killed_postmaster_is_brought_back_by_the_same_supervisor(
    directory: DataDirectory, binaries: Binaries
) -> None:
    """The supervisor must not take the dead child, which it has not reaped, for a running server."""
    said: list[str] = []
    with EmbeddedPostgres(directory, binaries, say=said.append) as postgres:
        first = postgres.server
        keep_number(first.url("postgres"), 1)
        os.kill(first.pid, signal.SIGKILL)
        assert gone_within(first.pid, seconds=5)
        assert postgres.is_running is False
        second = postgres.start()
        assert second.pid != first.pid
        assert second.url() == first.url()
        assert kept_numbers(second.url("postgres")) == [1]
    assert f"it will recover what was committed in {directory.path}" in "".join(said)


def test_the_next_start_recovers_after_process_and_postmaster_were_killed(
    directory: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """The machine's out-of-memory killer may take both at once."""
    holder = hold()
    keep_number(holder.url, 5)
    os.kill(holder.pid, signal.SIGKILL)
    holder.process.kill()
    holder.process.wait()
    with EmbeddedPostgres(directory, binaries) as postgres:
        assert kept_numbers(postgres.url("postgres")) == [5]


def test_the_next_start_waits_for_a_server_that_is_still_going_down(
    directory: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """``make run`` again at once after kill -9 meets the old server in the middle of its shutdown."""
    holder = hold()
    keep_number(holder.url, 5)
    holder.process.kill()
    holder.process.wait()
    with EmbeddedPostgres(directory, binaries) as postgres:
        assert not is_alive(holder.pid)
        assert kept_numbers(postgres.url("postgres")) == [5]


def test_a_process_id_that_now_belongs_to_a_stranger_does_not_prevent_the_start(
    directory: DataDirectory, binaries: Binaries, crashed: Path, stranger: subprocess.Popen[bytes]
) -> None:
    """In containers process ids are small and used again; the stranger must also survive."""
    text = crashed.read_text()
    crashed.write_text(f"{stranger.pid}\n{text.partition(chr(10))[2]}")
    with EmbeddedPostgres(directory, binaries) as postgres:
        assert kept_numbers(postgres.url("postgres")) == [1]
    assert stranger.poll() is None


def test_a_process_id_that_now_belongs_to_another_server_does_not_prevent_the_start(
    directory: DataDirectory, binaries: Binaries, crashed: Path, hold: Callable[..., Holder], place: Path
) -> None:
    """Two projects on one machine run under one account; neither may block or stop the other."""
    other = hold(where=DataDirectory(place / "other"))
    text = crashed.read_text()
    crashed.write_text(f"{other.pid}\n{text.partition(chr(10))[2]}")
    with EmbeddedPostgres(directory, binaries) as postgres:
        assert kept_numbers(postgres.url("postgres")) == [1]
    assert answer(other.url, "select 1") == 1


def test_a_busy_child_of_a_killed_postmaster_is_ended_before_the_next_start(
    directory: DataDirectory, binaries: Binaries
) -> None:
    """A child that computes does not notice its postmaster's death, and PostgreSQL refuses to start beside it."""
    with EmbeddedPostgres(directory, binaries) as postgres:
        keep_number(postgres.url("postgres"), 1)
        busy = run(kill_while_computing(postgres.server))
        postgres.start()
        assert not is_alive(busy)
        assert kept_numbers(postgres.url("postgres")) == [1]


async def kill_while_computing(server: RunningServer) -> int:
    """Kill the postmaster while one of its children counts for hours; the process id of that child."""
    connection = await asyncpg.connect(server.url("postgres"))
    pid: int = await connection.fetchval("select pg_backend_pid()")
    counting = asyncio.ensure_future(connection.execute("select count(*) from generate_series(1, 1000000000000)"))
    await asyncio.sleep(0.2)
    os.kill(server.pid, signal.SIGKILL)
    assert gone_within(server.pid, seconds=5)
    await asyncio.sleep(0.2)
    assert is_alive(pid)
    connection.terminate()
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
        await counting
    return pid


def test_a_zombie_is_not_taken_for_a_living_postmaster(
    directory: DataDirectory, binaries: Binaries, crashed: Path, user: UserArguments
) -> None:
    """In a container whose first process never reaps, the killed postmaster stays as a zombie for ever."""
    zombie = subprocess.Popen(["/bin/true"], cwd="/", **user)
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    text = crashed.read_text()
    crashed.write_text(f"{zombie.pid}\n{text.partition(chr(10))[2]}")
    with EmbeddedPostgres(directory, binaries) as postgres:
        assert kept_numbers(postgres.url("postgres")) == [1]
    assert zombie.wait() == 0


def test_a_living_server_without_a_supervisor_is_stopped_in_order_and_replaced(
    directory: DataDirectory, binaries: Binaries, user: UserArguments
) -> None:
    """Where the kernel does not end the child with its parent, a killed parent leaves a server in good health."""
    with EmbeddedPostgres(directory, binaries) as postgres:
        keep_number(postgres.url("postgres"), 1)
    with (
        subprocess.Popen(
            [binaries.postgres, "-D", directory.cluster, "-k", directory.cluster, "-c", "listen_addresses="],
            cwd="/",
            stderr=subprocess.PIPE,
            text=True,
            **user,
        ) as left,
        ExitStack() as stack,
    ):
        stack.callback(left.kill)
        assert left.stderr is not None
        while "ready to accept connections" not in left.stderr.readline():
            assert left.poll() is None
        said: list[str] = []
        with EmbeddedPostgres(directory, binaries, say=said.append) as postgres:
            assert kept_numbers(postgres.url("postgres")) == [1]
        assert said[0] == f"Stopping the PostgreSQL (process {left.pid}) that was left running in {directory.path} ..."
        assert left.wait(timeout=5) == 0


def test_a_first_start_that_was_killed_is_begun_anew(
    absent: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """A half-made cluster never has the name of a whole one, and does not stay either."""
    absent.prepare()
    absent.new_password()
    half = absent.path / "postgres.new-killed" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(absent, binaries, settings=settings) as postgres:
        assert answer(postgres.url("postgres"), "select 1") == 1
    assert not half.parent.exists()
