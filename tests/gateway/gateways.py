"""The gateways, the subgraphs that stand beside the inventory, and how each of them is started.

Hive Gateway runs from docs/operations/compose/router, package, lock file and configuration: what is tried here is what a
reader of the documentation starts. Apollo's gateway and the small subgraphs are programs of ``package/``.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tests.node import NodePackage
from tests.servers import Service, free_port, running_program

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PACKAGE: Final = NodePackage("gateway", HERE / "package")
ROUTER: Final = NodePackage("router", ROOT / "docs" / "operations" / "compose" / "router")

SECRET: Final = "the-secret-that-routers-share"
ANSWER_SECONDS_MAX: Final = 30

COST_MAX: Final = 10_000
"""What an operation may cost at Hive Gateway, by its router's configuration."""

GATEWAYS: Final = ("apollo", "hive", "hive-rust")
COUNTING: Final = ("hive", "hive-rust")
"""Those that add up what an operation costs before they send it."""
SUBSCRIBING: Final = ("hive", "hive-rust")
"""Those that pass subscriptions on to subgraphs."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One part of the graph: where it answers, and the file of its schema."""

    name: str
    url: str
    schema: Path


@dataclass(frozen=True, slots=True)
class Graph:
    """The three subgraphs, running; ``directory`` is for what gateways need on disk. ``stranger`` is another tenant's token."""

    subgraphs: tuple[Subgraph, ...]
    service: Service
    stranger: str = field(repr=False)
    directory: Path


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that answers at ``url``."""

    name: str
    url: str
    token: str = field(repr=False)

    def response(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """What is answered to the administrator, to the bearer of another ``token``, or to nobody where that is None."""
        sent = dict(headers or {})
        if token is not None:
            sent["authorization"] = f"Bearer {token or self.token}"
        body = {"query": query, "variables": dict(variables or {})}
        answer: dict[str, Any] = httpx.post(self.url, json=body, headers=sent, timeout=ANSWER_SECONDS_MAX).json()
        return answer

    def __call__(self, query: str, variables: Mapping[str, Any] | None = None, **caller: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = self.response(query, variables, **caller)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def small_subgraphs(directory: Path, *, outlet_id: str) -> Iterator[tuple[Subgraph, Subgraph]]:
    """The catalogue and the ordering."""
    package = PACKAGE.installed()
    with ExitStack() as stack:
        found = []
        for name in ("catalogue", "ordering"):
            port = free_port()
            url = f"http://127.0.0.1:{port}/graphql"
            stack.enter_context(
                running_program(
                    ["node", "subgraph.mjs", name, str(port)],
                    cwd=package,
                    settings={"OUTLET_ID": outlet_id},
                    log=directory / f"{name}.log",
                    url=url,
                )
            )
            found.append(Subgraph(name, url, HERE / "package" / f"{name}.graphql"))
        yield found[0], found[1]


@contextmanager
def running_gateway(
    name: str, graph: Graph, *, secret: str = SECRET, inventory: Path | None = None
) -> Iterator[Gateway]:
    """The gateway of the name over the graph, with this secret; ``inventory`` is another file of the service's schema."""
    subgraphs = [
        Subgraph(each.name, each.url, inventory) if inventory is not None and each.name == "inventory" else each
        for each in graph.subgraphs
    ]
    port = free_port()
    url = f"http://127.0.0.1:{port}/graphql"
    folder = graph.directory / f"{name}-{port}"
    folder.mkdir()
    command, cwd, settings = _COMMANDS[name](folder, port, subgraphs)
    with running_program(command, cwd=cwd, settings={**settings, "ROUTER_SECRET": secret}, log=folder / "log", url=url):
        yield Gateway(name, url, graph.service.token)


_Started = tuple[list[str | Path], Path, dict[str, str]]
"""A command, the folder it runs in and its settings."""


def _apollo(_folder: Path, port: int, subgraphs: list[Subgraph]) -> _Started:
    given = [f"{each.name}={each.url}={each.schema}" for each in subgraphs]
    return ["node", "apollo.mjs", str(port), *given], PACKAGE.installed(), {}


def _hive(folder: Path, port: int, subgraphs: list[Subgraph], *, planner: str = "javascript") -> _Started:
    package = ROUTER.installed()
    (folder / "subgraphs").mkdir()
    for each in subgraphs:
        (folder / "subgraphs" / f"{each.name}.graphql").write_bytes(each.schema.read_bytes())
    command: list[str | Path] = [package / "node_modules" / ".bin" / "hive-gateway", "supergraph"]
    command += ["--config-path", package / "gateway.config.mjs", "--host", "127.0.0.1", "--port", str(port)]
    addresses = {f"{each.name.upper()}_URL": each.url for each in subgraphs}
    return command, folder, {**addresses, "ROUTER_PLANNER": planner, "ROUTER_COST_MAX": str(COST_MAX)}


def _hive_rust(folder: Path, port: int, subgraphs: list[Subgraph]) -> _Started:
    return _hive(folder, port, subgraphs, planner="rust")


_COMMANDS: Final[Mapping[str, Callable[[Path, int, list[Subgraph]], _Started]]] = {
    "apollo": _apollo,
    "hive": _hive,
    "hive-rust": _hive_rust,
}
