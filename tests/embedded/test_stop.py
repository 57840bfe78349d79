"""Stopping: in order, by signals, and when nobody was left to stop it."""

import signal
import sys
import time
from collections.abc import Callable

import asyncpg
import pytest

from inventory_graph.embedded import Binaries, DataDirectory, EmbeddedPostgres, ServerNotRunningError
from tests.embedded.conftest import Holder
from tests.embedded.database import answer, gone_within, is_alive, run


def test_a_stopped_server_is_gone_and_has_no_address(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """When stop returns, the directory is free for the next process and no stale address is handed out."""
    postgres = EmbeddedPostgres(directory, binaries, settings=settings)
    pid = postgres.start().pid
    assert (directory.path / "server.json").exists()
    postgres.stop()
    assert not is_alive(pid)
    assert not (directory.path / "server.json").exists()
    assert not (directory.path / "postgres" / "postmaster.pid").exists()
    with pytest.raises(ServerNotRunningError, match="PostgreSQL is not running in"):
        postgres.url()
    postgres.stop()


def test_a_client_in_the_middle_of_a_transaction_does_not_hold_up_the_stop(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """Ctrl-C must not wait for a forgotten psql."""
    with EmbeddedPostgres(directory, binaries, settings=settings) as postgres:
        run(forgotten_transaction(postgres.url("postgres"), postgres.stop))
    with EmbeddedPostgres(directory, binaries, settings=settings) as postgres:
        assert answer(postgres.url("postgres"), "select to_regclass('unfinished') is null") is True


async def forgotten_transaction(url: str, stop: Callable[[], None]) -> None:
    """Stop the server while a client has begun to create a table, and expect that within 5 seconds."""
    connection = await asyncpg.connect(url)
    await connection.execute("begin; create table unfinished ()")
    started = time.monotonic()
    stop()
    assert time.monotonic() - started < 5
    connection.terminate()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_signal_to_the_process_stops_its_server_first(
    directory: DataDirectory, hold: Callable[..., Holder], number: signal.Signals, code: int
) -> None:
    """A container runtime sends SIGTERM and a terminal SIGHUP or SIGINT: when the process is gone, so is the server."""
    holder = hold()
    assert answer(holder.url, "select 1") == 1
    holder.process.send_signal(number)
    assert holder.process.wait(timeout=20) == code
    assert not is_alive(holder.pid)
    assert "database system is shut down" in directory.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_no_server_is_left_by_a_process_that_was_killed(directory: DataDirectory, hold: Callable[..., Holder]) -> None:
    """After kill -9 nobody is there to stop the server, and an invisible one would hold memory and a port."""
    holder = hold()
    assert answer(holder.url, "select 1") == 1
    holder.process.kill()
    assert gone_within(holder.pid, seconds=2)
    assert "database system is shut down" in directory.log.read_text()
