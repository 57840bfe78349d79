"""Apollo's compatibility suite without containers: its compiled tests, its two subgraphs, and Apollo's gateway in place of its
router, all from npm and on ports of their own."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.gateway.gateways import HERE, PACKAGE
from tests.node import NodePackage
from tests.servers import free_port, running_program

COMPATIBILITY: Final = NodePackage("compatibility", HERE / "compatibility_package")
SUITE: Final = Path("node_modules", "@apollo", "federation-subgraph-compatibility-tests")
TESTS_SECONDS_MAX: Final = 120
_PORTS: Final = {"users": "4002", "inventory": "4003"}
_ROUTER: Final = "http://localhost:4000/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of the suite's tests passed and which did not, by their names."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """The suite in a folder of its own, with a router over its subgraphs and ours."""

    folder: Path

    def verdict(self, products_url: str) -> Verdict:
        """What the tests find at the address of the products."""
        result = self.folder / "result.json"
        done = subprocess.run(
            ["node", "node_modules/.bin/jest", "--config", "jest.config.cjs", "--rootDir", self.folder,
             "--json", "--outputFile", result],
            cwd=COMPATIBILITY.installed(),
            env={"PATH": _path(), "PRODUCTS_URL": products_url},
            capture_output=True,
            text=True,
            check=False,
            timeout=TESTS_SECONDS_MAX,
        )  # fmt: skip
        assert result.is_file(), done.stderr
        tests = [test for file in json.loads(result.read_text())["testResults"] for test in file["assertionResults"]]
        result.unlink()
        return Verdict(
            passed=tuple(sorted(test["fullName"] for test in tests if test["status"] == "passed")),
            failed=tuple(sorted(test["fullName"] for test in tests if test["status"] != "passed")),
        )


@contextmanager
def running_suite(*, products_url: str, products_sdl: str) -> Iterator[Suite]:
    """The suite's own subgraphs and the router, which knows our products by their schema."""
    installed = COMPATIBILITY.installed()
    folder = installed / f"run-{free_port()}"
    folder.mkdir()
    try:
        shutil.copytree(installed / SUITE / "dist", folder / "dist")
        shutil.copy(installed / SUITE / "products.graphql", folder)
        (folder / "ours.graphql").write_text(products_sdl, encoding="utf-8")
        with ExitStack() as stack:
            subgraphs = [f"products={products_url}={folder / 'ours.graphql'}"]
            for name, port in _PORTS.items():
                url = stack.enter_context(_subgraph(folder, name, port))
                subgraphs.append(f"{name}={url}={folder / 'dist' / 'subgraphs' / name / name}.graphql")
            stack.enter_context(_router(folder, subgraphs))
            yield Suite(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _subgraph(folder: Path, name: str, port: str) -> Iterator[str]:
    """One of the suite's subgraphs, on another port than the one that it was compiled with."""
    place = folder / "dist" / "subgraphs" / name
    chosen = free_port()
    url = f"http://127.0.0.1:{chosen}/"
    _replace(place / "index.js", port, str(chosen))
    with running_program(["node", "index.js"], cwd=place, log=folder / f"{name}.log", url=url):
        yield url


@contextmanager
def _router(folder: Path, subgraphs: list[str]) -> Iterator[None]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    _replace(folder / "dist" / "utils" / "client.js", _ROUTER, url)
    command: list[str | Path] = ["node", "apollo.mjs", str(port), *subgraphs]
    with running_program(command, cwd=PACKAGE.installed(), log=folder / "router.log", url=url):
        yield


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file.name} of the suite has changed"
    file.write_text(text.replace(old, new), encoding="utf-8")


def _path() -> str:
    return str(Path(shutil.which("node") or "").parent)
