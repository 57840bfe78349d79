"""Runs the programs of ``package/`` with Node.js, from a copy that is installed once into .cache of the checkout."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

PACKAGE: Final = Path(__file__).parent / "package"
CACHE: Final = Path(__file__).parents[2] / ".cache" / "npm" / "composition"
INSTALL_SECONDS_MAX: Final = 300
RUN_SECONDS_MAX: Final = 120
_MARK: Final = "installed"


def installed() -> Path:
    """The folder of the installed package; skips the test, saying why, where there is no Node.js or no way to install."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not on PATH: install Node.js 20 or newer")
    files = sorted(each for each in PACKAGE.iterdir() if each.is_file())
    content = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()
    mark = CACHE / _MARK
    if mark.is_file() and mark.read_text(encoding="utf-8") == content:
        return CACHE
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    for each in files:
        shutil.copy(each, CACHE)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=CACHE, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{' '.join(command[1:])} took longer than {INSTALL_SECONDS_MAX} seconds")
    if done.returncode != 0:
        pytest.skip(f"{' '.join(command[1:])} failed: {done.stderr.strip()[-300:]}")
    mark.write_text(content, encoding="utf-8")
    return CACHE


def run(program: str, *arguments: str) -> Any:
    """What the program of the package prints, read as JSON."""
    done = subprocess.run(
        ["node", program, *arguments],
        cwd=installed(),
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
