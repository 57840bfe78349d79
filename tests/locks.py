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


HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def hashes(lock: str) -> dict[str, set[str]]:
    """The SHA-256 of the files that a lock file allows, by normalized name."""
    text = (ROOT / lock).read_text()
    found = list(PIN.finditer(text))
    ends = [each.start() for each in found[1:]] + [len(text)]
    return {
        canonicalize_name(each["name"]): set(HASH.findall(text[each.end() : end]))
        for each, end in zip(found, ends, strict=True)
    }


def pins(lock: str) -> dict[str, Version]:
    """The versions that a lock file installs, by normalized name."""
    text = (ROOT / lock).read_text()
    return {canonicalize_name(found["name"]): Version(found["version"]) for found in PIN.finditer(text)}
