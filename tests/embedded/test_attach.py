"""Commands that use a data directory next to a server which may already run."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from inventory_graph.embedded import (
    Binaries,
    DataDirectory,
    DataDirectoryInUseError,
    EmbeddedPostgres,
    attach_or_start,
)
from tests.embedded.conftest import Holder
from tests.embedded.database import answer, gone_within, is_alive


def test_a_running_server_is_used_and_left_running(
    directory: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """A token may be made while the development server runs; the server must not notice."""
    holder = hold()
    said: list[str] = []
    with attach_or_start(directory, binaries, say=said.append) as server:
        assert (server.pid, server.url("postgres")) == (holder.pid, holder.url)
        assert answer(server.url("postgres"), "select 1") == 1
    assert said == []
    assert answer(holder.url, "select 1") == 1
    assert holder.process.poll() is None


def test_without_a_running_server_one_is_started_and_stopped(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """The same command works on a directory that nobody serves, and leaves nothing behind."""
    with attach_or_start(directory, binaries, settings=settings) as server:
        assert answer(server.url("postgres"), "select 1") == 1
    assert not is_alive(server.pid)
    with directory.supervised():
        assert not (directory.path / "server.json").exists()


def test_a_server_that_is_just_starting_is_waited_for(
    absent: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """Two commands typed at once in a new directory: one creates the database, the other joins it."""
    holder = hold("announce", where=absent)
    deadline = time.monotonic() + 10
    while not (absent.path / "lock").exists() or not (absent.path / "lock").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not (absent.path / "server.json").exists()
    with attach_or_start(absent, binaries) as server:
        assert answer(server.url("postgres"), "select 1") == 1
    assert is_alive(server.pid)
    assert holder.process.poll() is None


def test_a_command_that_started_the_server_waits_for_those_that_joined(
    directory: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """A short command must not pull the database away from a long import that joined it."""
    starter = hold("attach")
    with attach_or_start(directory, binaries) as server:
        assert server.pid == starter.pid
        starter.input.close()
        time.sleep(0.5)
        assert starter.process.poll() is None
        assert answer(server.url("postgres"), "select 1") == 1
    assert starter.process.wait(timeout=20) == 0
    assert not is_alive(server.pid)


def test_a_record_of_a_killed_server_is_not_believed(
    directory: DataDirectory, binaries: Binaries, hold: Callable[..., Holder]
) -> None:
    """server.json outlives a killed process; its address may belong to anybody by now."""
    holder = hold()
    os.kill(holder.pid, signal.SIGKILL)
    assert gone_within(holder.pid, seconds=5)
    holder.process.kill()
    holder.process.wait()
    assert (directory.path / "server.json").exists()
    with attach_or_start(directory, binaries) as server:
        assert server.pid != holder.pid
        assert answer(server.url("postgres"), "select 1") == 1


def test_a_directory_that_is_held_without_a_server_is_given_up_after_the_limit(
    absent: DataDirectory, binaries: Binaries
) -> None:
    """A server that hangs while starting must not hang every other command."""
    absent.prepare()
    with (
        absent.supervised(),
        pytest.raises(DataDirectoryInUseError) as refusal,
        attach_or_start(absent, binaries, limit_seconds=0.2),
    ):
        pass
    assert refusal.value.process == os.getpid()
    assert not absent.cluster.exists()


def test_a_second_use_in_one_process_joins_the_first(
    directory: DataDirectory, binaries: Binaries, settings: dict[str, str]
) -> None:
    """Commands are composed of functions, and each may ask for the server by itself."""
    with EmbeddedPostgres(directory, binaries, settings=settings) as postgres:
        with attach_or_start(directory, binaries) as server:
            assert server == postgres.server
        assert answer(postgres.url("postgres"), "select 1") == 1
