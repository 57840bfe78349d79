"""Creating the cluster of a data directory, and what its own files tell about it."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from inventory_graph.embedded.account import Account
from inventory_graph.embedded.binaries import SETTING_NAME, Binaries
from inventory_graph.embedded.data_directory import DataDirectory
from inventory_graph.embedded.errors import DiskFullError, MajorVersionError, ServerFailedError, explained
from inventory_graph.embedded.log import last_words, tells_of_full_disk

SUPERUSER = "postgres"
_STAGING_PREFIX = "postgres.new-"
_INITDB_LIMIT_SECONDS = 600
_FIRST_MAJOR_WITH_BUILTIN_LOCALES = 17
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class PostmasterFile:
    """``postmaster.pid`` as the server keeps it: its process id and whether it accepts connections."""

    pid: int
    ready: bool


def postmaster_file(cluster: Path) -> PostmasterFile | None:
    """The content of ``postmaster.pid``; None when there is none (stopped cleanly) or it is being written."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return PostmasterFile(pid=abs(int(lines[0])), ready=len(lines) > 7 and lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def server_environment() -> dict[str, str]:
    """The environment of the server and of initdb: nothing that steers PostgreSQL, no secret of this process."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def require_same_major(directory: DataDirectory, binaries: Binaries) -> None:
    """Raise MajorVersionError when the cluster was written by another major version, ServerFailedError if broken."""
    marker = directory.cluster / "PG_VERSION"
    if not marker.is_file():
        raise ServerFailedError(
            f"{directory.cluster} is no complete database (it has no PG_VERSION): restore it from a backup or choose "
            "another data directory."
        )
    major = marker.read_text().strip()
    if major != str(binaries.major):
        raise MajorVersionError(
            f"The data directory {directory.path} was written by PostgreSQL {major}, and {binaries.source} is "
            f"{binaries.version}: set {SETTING_NAME} to the bin directory of a PostgreSQL {major}, or choose another "
            "data directory and move the data with pg_dump."
        )


def create_cluster(directory: DataDirectory, binaries: Binaries, account: Account, *, durable: bool) -> None:
    """Create the cluster with the superuser ``postgres``, scram passwords and UTF-8; ``durable`` waits for the disk.

    It is made aside and renamed, so a cluster that exists is complete whenever this process was killed. Raises
    DiskFullError or ServerFailedError.
    """
    with explained(directory.path):
        for leftover in directory.path.glob(_STAGING_PREFIX + "*"):
            shutil.rmtree(leftover, ignore_errors=True)
        password = directory.new_password()
        staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=directory.path))
        try:
            password_file = staging / "password"
            password_file.write_text(password + "\n")
            if account.switched:
                os.chown(password_file, account.uid, account.gid)
                os.chown(staging, account.uid, account.gid)
            _run_initdb(directory, binaries, account, staging=staging, durable=durable)
            (staging / "cluster").rename(directory.cluster)
        finally:
            # A child of an interrupted initdb may still be writing; the next start removes what it leaves.
            shutil.rmtree(staging, ignore_errors=True)


def _run_initdb(
    directory: DataDirectory, binaries: Binaries, account: Account, *, staging: Path, durable: bool
) -> None:
    """Run initdb with the best locale that the version has; a system without C.UTF-8 gets plain C ordering."""
    if binaries.major >= _FIRST_MAJOR_WITH_BUILTIN_LOCALES:
        attempts = [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
    else:
        attempts = [["--locale=C.UTF-8"], ["--locale=C"]]
    command = account.command(
        binaries.initdb,
        f"--pgdata={staging / 'cluster'}",
        f"--pwfile={staging / 'password'}",
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    )
    answer = _answer(command + attempts[0])
    if answer.returncode != 0 and "invalid locale" in answer.stdout and len(attempts) > 1:
        answer = _answer(command + attempts[1])
    if answer.returncode == 0:
        return
    if tells_of_full_disk(answer.stdout):
        raise DiskFullError(directory.path)
    raise ServerFailedError(
        f"PostgreSQL {binaries.version} ({binaries.source}) could not create a database in {directory.path}: "
        f"{last_words(answer.stdout)}."
    )


def _answer(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the arguments are paths of ours and fixed flags
            command,
            cwd="/",
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_INITDB_LIMIT_SECONDS,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise ServerFailedError(
            f"Creating the database did not finish within {_INITDB_LIMIT_SECONDS} seconds: is the disk in trouble?"
        ) from None
