"""Reading the lock files."""

import re
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
RUNTIME = "requirements.txt"
TESTS = "requirements-test.txt"
LOCKS = (RUNTIME, TESTS)

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, Version]:
    """The versions that a lock file installs, by normalized name."""
    text = (ROOT / lock).read_text()
    return {canonicalize_name(found["name"]): Version(found["version"]) for found in PIN.finditer(text)}
