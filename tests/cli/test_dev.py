"""`inventory-graph dev`: everything on one machine."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import run
from tests.servers import free_port, temporary_directory

PROGRAM = Path(sys.executable).with_name("inventory-graph")
SERVES_WITHIN_SECONDS = 20


def start(data: Path, port: int, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [PROGRAM, "dev", "--port", str(port), "--data-dir", data, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until_serving(process: "subprocess.Popen[str]") -> list[str]:
    """What it says until it serves."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if "Ctrl-C stops it" in line:
            return lines
    raise AssertionError("it ended before it served:\n" + "\n".join(lines))


def typename(port: int) -> int:
    return httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{__typename}"}).status_code


def test_serves_from_an_empty_directory_and_stops_in_order() -> None:
    """Within 20 seconds, saying what it does; SIGTERM ends it cleanly and leaves no server behind."""
    with temporary_directory() as directory:
        port, began = free_port(), time.monotonic()
        process = start(directory / "data", port)
        said = until_serving(process)
        assert time.monotonic() - began < SERVES_WITHIN_SECONDS
        assert typename(port) == 200
        assert [line.split(" ")[0] for line in said[:4]] == ["Creating", "Starting", "Bringing", "Seeding"]
        assert f"  GraphiQL   http://localhost:{port}/graphql" in said
        assert f"  Storefront http://localhost:{port}/demo" in said
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
        assert output.split() == ["Stopping", "PostgreSQL", "...", "Stopped."]
        assert process.returncode == 0
        assert not (directory / "data" / "postgres" / "postmaster.pid").exists()


def test_starts_again_on_what_it_left_also_after_kill_9() -> None:
    """Stock that was acknowledged is there after a crash of everything at once."""
    with temporary_directory() as directory:
        data, port = directory / "data", free_port()
        process = start(data, port)
        token = until_serving(process)[-3].strip()
        query = (
            'mutation { adjustStock(input: {idempotencyKey: "before-the-crash", sku: "RAW-MLK-001", delta: "-1", reason: WASTE})'
            " { balances { onHand } errors { message } } }"
        )
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": query}, headers=headers).json()
        assert answer["data"]["adjustStock"] == {"balances": [{"onHand": "99"}], "errors": []}
        process.kill()
        process.communicate()
        again = start(data, port)
        said = until_serving(again)
        assert not any(line.startswith("Seeding") for line in said)
        query = '{ stockBalance(sku: "RAW-MLK-001") { onHand version } }'
        answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": query}, headers=headers).json()
        assert answer["data"]["stockBalance"] == {"onHand": "99", "version": 2}
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=30)
        assert again.returncode == 0


def test_a_taken_port_is_said_before_anything_is_started() -> None:
    """One sentence, and no database was made for nothing."""
    with temporary_directory() as directory, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("dev", "--port", str(port), "--data-dir", directory / "data")
        assert ended.code == 1
        assert ended.err.strip() == (
            f"inventory-graph: The port {port} on 127.0.0.1 is taken by another program: choose another with --port or"
            " INVENTORY_HTTP_PORT."
        )
        assert not (directory / "data").exists()


def test_a_data_directory_in_use_is_said() -> None:
    """Two servers on one directory would destroy it."""
    with temporary_directory() as directory:
        process = start(directory / "data", free_port())
        until_serving(process)
        ended = run("dev", "--port", str(free_port()), "--data-dir", directory / "data")
        assert ended.code == 1
        assert "in use" in ended.err
        assert "Traceback" not in ended.err
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"INVENTORY_HTTP_PORT": "many"}, "INVENTORY_HTTP_PORT is 'many'; it must be a whole number from 1 to 65535."),
        ({"INVENTORY_HTP_PORT": "4102"}, "did you mean INVENTORY_HTTP_PORT?"),
        ({"INVENTORY_ENVIRONMENT": "production"}, "INVENTORY_ENVIRONMENT is production"),
    ],
)
def test_wrong_settings_are_refused_by_name(environment: dict[str, str], sentence: str, tmp_path: Path) -> None:
    """Before anything is started."""
    ended = run("dev", "--data-dir", tmp_path / "data", environment=environment)
    assert ended.code == 1
    assert sentence in " ".join(ended.err.split())
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["migrate", "up"], ["seed"], ["audit"]])
def test_a_database_that_does_not_answer_is_one_sentence(command: list[str]) -> None:
    """Whoever mistyped DATABASE_URL reads what is wrong, not a traceback."""
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/nothing"
    arguments = [*command, "--port", str(free_port())] if command == ["serve"] else command
    ended = run(*arguments, environment={"DATABASE_URL": url})
    assert ended.code == 1
    assert "Traceback" not in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert "secret" not in ended.err
