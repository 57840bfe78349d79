"""The subgraph composes, alone and with others, by every composer that routers use, without an error or a hint."""

import re
from pathlib import Path
from typing import Any

import pytest

from resolvers.authorization import Authorization
from resolvers.schema import build_schema, print_schema
from tests.composition.node import COMPOSITION

HERE = Path(__file__).parent
GATEWAY = HERE.parent / "gateway" / "package"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The printed schema as a file."""
    return printed(tmp_path_factory.mktemp("composition"), "none")


def printed(folder: Path, authorization: Authorization) -> Path:
    """A file with the schema that says this of callers."""
    path = folder / "inventory.graphql"
    path.write_text(print_schema(build_schema(authorization=authorization)), encoding="utf-8")
    return path


def composed(**subgraphs: Path) -> dict[str, Any]:
    answer: dict[str, Any] = COMPOSITION.run("compose.mjs", *(f"{name}={path}" for name, path in subgraphs.items()))
    return answer


composers = pytest.mark.parametrize("composer", ["apollo", "guild", "wundergraph"])


@composers
def test_it_composes_alone(inventory: Path, composer: str) -> None:
    """A hint is a warning that every team of the graph would read with every deployment."""
    found = composed(inventory=inventory)[composer]
    assert found["errors"] == []
    assert found["hints"] == []
    assert "type StockBalance" in found["supergraph"]


@composers
def test_it_composes_with_others(inventory: Path, composer: str) -> None:
    """One owns the outlets, one refers to items by SKU; both have a Money or a PageInfo of their own."""
    found = composed(inventory=inventory, accounts=HERE / "accounts.graphql", menu=HERE / "menu.graphql")[composer]
    assert found["errors"] == []
    assert found["hints"] == []
    assert "type Dish" in found["supergraph"]


@composers
def test_it_composes_with_those_that_it_runs_with(inventory: Path, composer: str) -> None:
    """The catalogue and the ordering of the gateways' tests: a product of both, and a field that requires one from here."""
    neighbours = {name: GATEWAY / f"{name}.graphql" for name in ("catalogue", "ordering")}
    found = composed(inventory=inventory, **neighbours)[composer]
    assert found["errors"] == []
    assert found["hints"] == []
    assert "isDiscontinued" in found["supergraph"]


@composers
@pytest.mark.parametrize("authorization", ["authenticated", "scopes"])
def test_it_composes_with_what_it_says_of_callers(tmp_path: Path, composer: str, authorization: Authorization) -> None:
    """The setting is of use to whoever has a router that reads it."""
    subgraph = printed(tmp_path, authorization)
    found = composed(inventory=subgraph, accounts=HERE / "accounts.graphql", menu=HERE / "menu.graphql")[composer]
    assert found["errors"] == []
    assert found["hints"] == []
    assert ("@requiresScopes(scopes:" in found["supergraph"]) is (authorization == "scopes")


@composers
def test_a_subgraph_that_does_not_fit_is_refused(inventory: Path, tmp_path: Path, composer: str) -> None:
    """What these tests find is found: a second owner of a field that is not shareable is an error by every composer."""
    intruder = tmp_path / "intruder.graphql"
    intruder.write_text(
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
        'type Query { x: Int }\ntype Item @key(fields: "id") { id: ID! name: String! }',
        encoding="utf-8",
    )
    found = composed(inventory=inventory, intruder=intruder)[composer]
    assert re.search(r'Item\.name|"name"', " ".join(found["errors"]))
    assert found["supergraph"] is None
