"""The built page in dist/ is the one of source/, complete, and needs nothing from elsewhere. None of this needs Node."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from inventory_graph import graphiql

SOURCE = Path(graphiql.__file__).parent / "source"
SOURCE_SUFFIXES = {".css", ".html", ".json", ".ts", ".tsx"}
TEXT_SUFFIXES = {".css", ".html", ".js"}
BYTES_MAX = 5_000_000

CDN_HOST = re.compile(r"unpkg|jsdelivr|esm\.sh|cdnjs|skypack|jspm|googleapis|gstatic|\bcdn[.-]|\.cdn\.")
# Not the links that a person may follow: GraphiQL's help leads to the list of Monaco's keyboard shortcuts.
LOAD_FROM_ELSEWHERE = re.compile(
    r"""(?:\bsrc\s*=\s*|\bhref\s*=\s*|\burl\(\s*|\bimport\s*\(?\s*|\bfrom\s*|importScripts\(\s*|\bfetch\(\s*|new\sWorker\(\s*)"""
    r"""["'`]?(?:https?:)?//[a-z0-9]""",
    re.IGNORECASE,
)
ASSET_NAME = re.compile(r"[A-Za-z0-9_.-]+-[A-Za-z0-9_-]{8}\.(?:js|css|ttf|woff2)\b")


def built_files(*suffixes: str) -> list[Path]:
    return sorted(
        path for path in graphiql.DIST.rglob("*") if path.is_file() and (path.suffix in suffixes or not suffixes)
    )


def source_files(folder: Path = SOURCE) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name != "node_modules":
            yield from source_files(path)
        elif path.suffix in SOURCE_SUFFIXES:
            yield path


def test_is_built_from_this_source() -> None:
    """A change of the page that nobody built would be reviewed and never served: build it, `npm ci && npm run build`."""
    names = sorted((path.relative_to(SOURCE).as_posix(), path) for path in source_files())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in names]
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()

    assert (graphiql.DIST / "SOURCE_SHA256").read_text() == f"{expected}\n"


def test_is_complete() -> None:
    """Every file that the page or another file names is there, and none is left over from an earlier build."""
    named = {name for path in built_files(*TEXT_SUFFIXES) for name in ASSET_NAME.findall(path.read_text())}
    there = {path.name for path in graphiql.ASSETS.iterdir()}

    assert named == there


def test_loads_nothing_from_elsewhere() -> None:
    """It has to work in a cellar without internet, and no third party is to learn who opens it."""
    for path in built_files(*TEXT_SUFFIXES):
        text = path.read_text()
        assert CDN_HOST.findall(text) == [], path.name
        assert LOAD_FROM_ELSEWHERE.findall(text) == [], path.name


def test_is_small() -> None:
    """It is committed and part of every installation: no source maps, no languages but GraphQL and JSON."""
    served = [*graphiql.ASSETS.iterdir(), graphiql.DIST / "index.html"]

    assert sum(path.stat().st_size for path in served) < BYTES_MAX
    assert built_files(".map") == []


def test_carries_the_licences_of_what_it_contains() -> None:
    """What is bundled is handed on, and its licences ask to be handed on with it: scripts, the worker's, and fonts."""
    notices = (graphiql.DIST / "THIRD_PARTY_LICENSES.txt").read_text()

    for name in ("graphiql", "graphql", "monaco-editor", "monaco-graphql", "react-dom", "@fontsource/fira-code"):
        assert re.search(rf"^{re.escape(name)} \d+\.\d+\.\d+ \(.+\)$", notices, re.MULTILINE), name
    assert "SIL OPEN FONT LICENSE" in notices


def test_locks_packages_without_naming_a_registry() -> None:
    """Everyone installs through the registry they have configured; the hashes say that it is the same thing."""
    packages = json.loads((SOURCE / "package-lock.json").read_text())["packages"]
    installed = [package for name, package in packages.items() if name]

    assert len(installed) > 50
    assert all("resolved" not in package for package in installed)
    assert all("integrity" in package for package in installed)
