"""The list of what the service is made of has everything in it that is installed where it runs."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.locks import ROOT, RUNTIME, hashes, pins


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The list as `make sbom` writes it."""
    output = tmp_path_factory.mktemp("sbom") / "sbom.json"
    subprocess.run(["make", "--silent", "sbom", f"OUTPUT={output}"], cwd=ROOT, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(Path(output).read_text(encoding="utf-8"))
    return found


def test_every_locked_package_is_in_it_with_its_version(bill: dict[str, Any]) -> None:
    """Neither more nor less: a scanner asks by these names and versions."""
    listed = {canonicalize_name(each["name"]): Version(each["version"]) for each in bill["components"]}
    assert listed == pins(RUNTIME)
    assert len(bill["components"]) == len(listed)


def test_every_package_has_the_hashes_of_the_lock(bill: dict[str, Any]) -> None:
    """By them can be told whether a file is the one that was tested here."""
    listed = {
        canonicalize_name(each["name"]): {
            digest["content"]
            for reference in each["externalReferences"]
            for digest in reference["hashes"]
            if digest["alg"] == "SHA-256"
        }
        for each in bill["components"]
    }
    assert listed == hashes(RUNTIME)
    assert all(listed.values())


def test_says_what_it_is_the_list_of(bill: dict[str, Any]) -> None:
    """In the form that scanners read, the same from the same lock."""
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "inventory-graph"
    assert "timestamp" not in bill["metadata"]
