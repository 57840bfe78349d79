"""Programs that run with Node.js, from copies of their packages that are installed once into .cache of the checkout."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

CACHE: Final = Path(__file__).parents[1] / ".cache" / "npm"
INSTALL_SECONDS_MAX: Final = 300
RUN_SECONDS_MAX: Final = 120
_MARK: Final = "installed"


@dataclass(frozen=True, slots=True)
class NodePackage:
    """A folder with a package.json, its lock file and programs; ``name`` is that of its installed copy."""

    name: str
    source: Path

    def installed(self) -> Path:
        """The folder of the installed copy; skips the test, saying why, where there is no Node.js or no way to install.

        Only files right in the folder are copied. Tests that run at the same time wait for one another here.
        """
        if shutil.which("node") is None or shutil.which("npm") is None:
            pytest.skip("node and npm are not on PATH: install Node.js 20 or newer")
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._install()

    def run(self, program: str, *arguments: str) -> Any:
        """What the program of the package prints, read as JSON."""
        done = subprocess.run(
            ["node", program, *arguments],
            cwd=self.installed(),
            capture_output=True,
            text=True,
            check=False,
            timeout=RUN_SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def _install(self) -> Path:
        copy = CACHE / self.name
        files = sorted(each for each in self.source.iterdir() if each.is_file())
        asked = hashlib.sha256(b"".join(each.read_bytes() for each in files if each.suffix == ".json")).hexdigest()
        mark = copy / _MARK
        if not mark.is_file() or mark.read_text(encoding="utf-8") != asked:
            shutil.rmtree(copy, ignore_errors=True)
            copy.mkdir(parents=True)
            self._copy(files, copy)
            self._fetch(copy)
            mark.write_text(asked, encoding="utf-8")
        # A program that changed needs no new installation.
        self._copy(files, copy)
        return copy

    @staticmethod
    def _copy(files: list[Path], copy: Path) -> None:
        for each in files:
            there = copy / each.name
            if not there.is_file() or there.read_bytes() != each.read_bytes():
                shutil.copy(each, there)

    @staticmethod
    def _fetch(copy: Path) -> None:
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(
                command, cwd=copy, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS_MAX
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"{' '.join(command)} took longer than {INSTALL_SECONDS_MAX} seconds")
        if done.returncode != 0:
            pytest.skip(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")
