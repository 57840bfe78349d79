"""Reading what the service is delivered with, without an engine for containers: Dockerfiles, their context, compose files."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

_DEFAULT = re.compile(r"\$\{(?P<name>\w+)(:-(?P<default>[^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile. ``stage`` is the name of the stage it is in, its number where it has none."""

    stage: str
    name: str
    text: str

    @property
    def flags(self) -> dict[str, str]:
        """``--from=x`` as ``{"from": "x"}``."""
        return dict(word[2:].partition("=")[::2] for word in self.text.split() if word.startswith("--"))

    @property
    def words(self) -> list[str]:
        """What is left of the text without flags, a list in JSON or words."""
        text = re.sub(r"^(--\S+\s+)*", "", self.text)
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)


def instructions(dockerfile: Path) -> list[Instruction]:
    """The instructions of a Dockerfile, comments left out and continued lines joined."""
    lines = [line for line in dockerfile.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stage, number, found = "", -1, []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, text = line.strip().partition(" ")
        if name == "FROM":
            number += 1
            stage = text.partition(" AS ")[2] or str(number)
        found.append(Instruction(stage, name, " ".join(text.split())))
    return found


def context_files(root: Path) -> Iterator[PurePosixPath]:
    """The files that an engine is sent for a build at ``root``: those that .dockerignore lets through; the last line that
    matches a file or a folder above it decides."""
    patterns = [line for line in (root / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    for path in sorted(root.rglob("*")):
        name = PurePosixPath(path.relative_to(root).as_posix())
        is_vast = name.parts[0] in {".git", ".venv"} or "node_modules" in name.parts
        if not is_vast and path.is_file() and not is_ignored(name, patterns):
            yield name


def is_ignored(name: PurePosixPath, patterns: list[str]) -> bool:
    """Whether .dockerignore keeps a file out of the context."""
    ignored = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!")
        candidates = (name, *name.parents)
        if any(fnmatch(str(each), wanted) or _anywhere(each, wanted) for each in candidates if str(each) != "."):
            ignored = not pattern.startswith("!")
    return ignored


def _anywhere(name: PurePosixPath, pattern: str) -> bool:
    return pattern.startswith("**/") and fnmatch(name.name, pattern.removeprefix("**/"))


def compose(file: Path) -> dict[str, Any]:
    """A compose file with its defaults filled in, as nobody's environment would have it."""
    text = _DEFAULT.sub(lambda found: found["default"] or "", file.read_text())
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """The environment of a service."""
    return {name: str(value) for name, value in service.get("environment", {}).items()}


def pinned_version(image: str) -> str | None:
    """The version in the tag of an image, None unless it names one release: at least major and minor."""
    found = re.search(r":v?(\d+(?:\.\d+)+)(?=$|-)", image)
    return found[1] if found else None
