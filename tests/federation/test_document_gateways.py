"""The page for those who federate names what was tried, in the versions that were."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "federate.md").read_text(encoding="utf-8")
PACKAGES = {
    "tests/gateway/package": ("@apollo/gateway", "@apollo/server"),
    "tests/composition/package": (
        "@apollo/composition",
        "@theguild/federation-composition",
        "@wundergraph/composition",
    ),
    "docs/operations/compose/router": ("@graphql-hive/gateway", "@graphql-hive/router-runtime"),
}


def asked(folder: str) -> dict[str, str]:
    """The versions that a package asks for, by name."""
    found: dict[str, str] = json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return found


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder, names in PACKAGES.items() for name in names])
def test_names_the_version_that_was_tried(folder: str, name: str) -> None:
    """A reader compares it with what they run."""
    version = asked(folder)[name]
    assert f"`{name}` {version}" in PAGE or f"`{name}` | {version} |" in PAGE


def test_composers_are_the_same_wherever_they_compose() -> None:
    """What the router of the documentation composes with is what the schema was composed with."""
    tried = asked("tests/composition/package")
    for folder in ("tests/gateway/package", "docs/operations/compose/router"):
        others = asked(folder)
        assert {name: others[name] for name in others.keys() & tried.keys() - {"graphql"}} == {
            name: tried[name] for name in others.keys() & tried.keys() - {"graphql"}
        }
