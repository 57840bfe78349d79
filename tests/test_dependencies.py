"""What is declared, locked, installed and imported is one and the same."""

import re
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.locks import LOCKS, PIN, ROOT, RUNTIME, TESTS, pins
from tests.tidy import sources

BROUGHT_ALONG = {
    "cryptography": "pyjwt[crypto] asks for it",
    "packaging": "pytest asks for it",
    "pydantic-core": "pydantic is its other half",
    "python-dotenv": "pydantic-settings asks for it",
}
"""Packages that are imported without being asked for, because one that is asked for cannot do without."""


OPTIONAL = frozenset({"inventory_graph/transport/kafka.py", "inventory_graph/transport/opentelemetry.py"})
"""Files that are loaded only where an extra is wanted, and import what that extra brings."""


def imported(*, ours: bool) -> dict[str, str]:
    """The packages that shipped code, or the tests, import: by normalized name, with a file that does."""
    known = packages_distributions()
    project = {"inventory_graph", "resolvers", "migrations", "tests", "__future__"}
    return {
        canonicalize_name(package): source.path.as_posix()
        for source in sources()
        if source.is_ours is ours and source.path.as_posix() not in OPTIONAL
        for _, name in source.imports()
        if name[0] not in sys.stdlib_module_names and name[0] not in project
        for package in packages_of(name, known)
    }


def packages_of(name: tuple[str, ...], known: Mapping[str, list[str]]) -> list[str]:
    """The packages that an import may come from; of OpenTelemetry's many, which share a name, those of the extra."""
    found = known.get(name[0], [f"nothing installed for {name[0]}"])
    return [each for each in found if each in declared("otel")][:1] if name[0] == "opentelemetry" else found


def declared(*extras: str) -> dict[str, Requirement]:
    """What pyproject.toml asks for, by normalized name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def test_runtime_is_what_the_program_imports() -> None:
    """A package that only the tests bring along, or that another one happens to need, is not there when it matters."""
    needed = imported(ours=True)
    assert {name: file for name, file in needed.items() if name not in pins(RUNTIME)} == {}
    assert {name: file for name, file in needed.items() if name not in declared().keys() | BROUGHT_ALONG.keys()} == {}


def test_what_is_optional_is_loaded_by_nobody_at_start() -> None:
    """A service without the extra would not start."""
    modules = {tuple(path.removesuffix(".py").split("/")) for path in OPTIONAL}
    importers = [
        source.path.as_posix()
        for source in sources()
        if source.is_ours and any(name[: len(module)] == module for _, name in source.imports() for module in modules)
    ]
    assert importers == []


def test_tests_have_what_they_import() -> None:
    """The same for the tests."""
    known = declared("test", "dev", "otel", "kafka").keys() | BROUGHT_ALONG.keys()
    assert {name: file for name, file in imported(ours=False).items() if name not in known} == {}


def test_locks_follow_the_description() -> None:
    """A requirement that was changed without `make lock` is not what is installed."""
    for lock, wanted in ((RUNTIME, declared()), (TESTS, declared("test", "dev", "otel", "kafka"))):
        locked = pins(lock)
        unmet = [str(each) for name, each in wanted.items() if name not in locked or locked[name] not in each.specifier]
        assert unmet == [], f"run make lock: {lock}"


@pytest.mark.parametrize("lock", LOCKS)
def test_pins_every_package_by_hash(lock: str) -> None:
    """A name and a version say who published; a hash says what."""
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    unhashed = [entry.partition("\n")[0] for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry]
    assert len(pins(lock)) > 40
    assert unhashed == []
    assert [
        line for line in text.splitlines() if line and not line.startswith(("#", " ")) and not PIN.match(line)
    ] == []


def test_runtime_lock_is_part_of_the_test_lock() -> None:
    """What is shipped is what was tested, to the version."""
    shipped, tested = pins(RUNTIME), pins(TESTS)
    assert {name: tested.get(name) for name in shipped} == shipped


def test_installs_what_is_locked() -> None:
    """The environment that tests run in follows the lock; ``make`` brings it up to date."""
    for name, locked in pins(TESTS).items():
        try:
            assert Version(version(name)) == locked, f"{name} is {version(name)} where {locked} is locked: run make"
        except PackageNotFoundError:
            continue  # of another platform or Python
