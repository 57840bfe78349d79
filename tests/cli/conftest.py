"""A data directory with the demo data, shared by the commands under test; no service runs on it."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forked import Ran, run_to_end
from tests.servers import free_port, temporary_directory


def run(*arguments: str | Path, environment: dict[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """Run ``inventory-graph`` to its end, in an environment that holds only what is given."""
    variables = {"PATH": "/usr/bin:/bin", "COLUMNS": "120", **(environment or {})}
    return run_to_end(list(map(str, arguments)), environment=variables, cwd=cwd or Path.cwd())


@pytest.fixture(scope="session")
def seeded() -> Iterator[Path]:
    """A data directory that `dev` made and left."""
    with temporary_directory() as directory:
        data = directory / "data"
        dev = subprocess.Popen(
            [
                Path(sys.executable).with_name("inventory-graph"), "dev", "--port", str(free_port()), "--data-dir", data,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert dev.stdout is not None
        for line in dev.stdout:
            if "Ctrl-C stops it" in line:
                break
        dev.terminate()
        dev.communicate(timeout=60)
        yield data


def claims_of(token: str) -> dict[str, object]:
    """What a token says, without checking it."""
    body = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims
