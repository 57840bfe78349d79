"""The place on disk of one embedded server, and the locks that say who uses it.

Everything in it is named below. Directories that exist already are used as they are: their owner and mode are never
changed. Locks are of the kind the kernel releases when their holder dies, so none can be left behind.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from inventory_graph.embedded.account import Account, server_account
from inventory_graph.embedded.errors import (
    DataDirectoryForbiddenError,
    DataDirectoryInUseError,
    EmbeddedError,
    ForeignDirectoryError,
    ServerFailedError,
    UnreachableParentError,
    explained,
    nearest_existing,
)

_NOT_CONTENT = {"lost+found", ".gitignore", ".gitkeep"}
_REMEDY = "choose a data directory elsewhere, or let it pass (chmod o+x) if that is what you want"


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """The running server as written to ``server.json``: ids of the postmaster and its supervisor, port, version."""

    pid: int
    supervisor: int
    port: int
    version: str


class DataDirectory:
    """The files of one server under ``path`` (made absolute; symbolic links are followed).

    ``postgres/`` is the cluster, ``password`` that of the superuser (mode 0600), ``lock`` is held while a process
    supervises a server here, ``users`` while commands use the server of somebody else, ``server.json`` describes the
    running server, ``postgres.log`` is its log and ``binaries/`` a copy of the programs where the original cannot be
    reached. ``nats/`` is there once a NATS was wanted: its settings, its log and what it stores. ``lock`` is also the mark of a directory that is ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.cluster = self.path / "postgres"
        self.log = self.path / "postgres.log"
        self.nats = self.path / "nats"
        self.binaries = self.path / "binaries"
        self._lock = self.path / "lock"
        self._users = self.path / "users"
        self._password = self.path / "password"
        self._record = self.path / "server.json"

    @property
    def mark(self) -> str:
        """The cluster name of the server here, shown in the command lines of its processes; at most 63 characters."""
        return "inventory-graph-" + hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def prepare(self) -> Account:
        """Make the directory unless it is there, and return the account that can run a server in it.

        Raises UnreachableParentError when that account cannot come here, ForeignDirectoryError when the directory has
        other content, DataDirectoryForbiddenError, DiskFullError or AccountError. Nothing is created in those cases.
        """
        with explained(self.path):
            account = server_account(self.cluster)
            account.require_passage(self.path if self.path.is_dir() else self.path.parent, remedy=_REMEDY)
            self._refuse_foreign_content()
            self._make_directories(account)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
        return account

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Hold the right to run a server here; raises DataDirectoryInUseError when another process has it."""
        with explained(self.path):
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _locked(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB):
                holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
                raise DataDirectoryInUseError(path=self.path, process=int(holder) if holder.isdigit() else None)
            with explained(self.path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def gate(self) -> Iterator[int]:
        """An open descriptor of the file on which users of a running server are counted, for ``enter`` and ``close``."""
        with explained(self.path):
            descriptor = os.open(self._users, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def new_password(self) -> str:
        """Replace the superuser's password for a cluster about to be created; letters, digits, - and _ only."""
        password = secrets.token_urlsafe(24)
        with explained(self.path):
            self._write(self._password, password + "\n")
        return password

    def password(self) -> str:
        """The superuser's password; raises DataDirectoryForbiddenError or, when the file is gone, ServerFailedError."""
        with explained(self._password):
            try:
                return self._password.read_text().strip()
            except FileNotFoundError:
                raise ServerFailedError(
                    f"{self._password} is missing, without which nobody can log in to the database in {self.path}: "
                    "restore the file or choose another data directory."
                ) from None

    def write_record(self, record: ServerRecord) -> None:
        """Tell other commands which server runs here."""
        with explained(self.path):
            self._write(self._record, json.dumps(asdict(record)) + "\n")

    def record(self) -> ServerRecord | None:
        """The server that was last reported to run here and not yet to have stopped; it may have been killed since."""
        with explained(self._record):
            try:
                return ServerRecord(**json.loads(self._record.read_text()))
            except (FileNotFoundError, ValueError, TypeError):
                return None

    def remove_record(self) -> None:
        """Forget the running server."""
        self._record.unlink(missing_ok=True)

    def _refuse_foreign_content(self) -> None:
        if not self.path.exists() or self._lock.is_file():
            return
        if not self.path.is_dir():
            raise ForeignDirectoryError(f"{self.path} is a file and no directory: give an empty or a new directory.")
        content = sorted(entry.name for entry in self.path.iterdir() if entry.name not in _NOT_CONTENT)
        if content:
            raise ForeignDirectoryError(
                f"{self.path} is not a data directory of this program but has other content ({', '.join(content[:3])}"
                f"{', ...' if len(content) > 3 else ''}): give an empty or a new directory."
            )

    def _make_directories(self, account: Account) -> None:
        """Create what is missing of the path; for an account that root steps down to, open for passing through."""
        missing = [place for place in reversed((self.path, *self.path.parents)) if not place.exists()]
        for place in missing:
            place.mkdir(mode=0o755 if place != self.path else 0o700)
            if account.switched:
                place.chmod(0o755 if place != self.path else 0o711)

    @staticmethod
    def _write(path: Path, content: str) -> None:
        """Write a file that only this user can read, so that a reader sees the old content or the new, never half."""
        half = path.with_name(path.name + ".new")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)


def enter(gate: int) -> bool:
    """Count this process among the users of the server, until the gate is closed; False while the server stops."""
    return _locked(gate, fcntl.LOCK_SH | fcntl.LOCK_NB)


def shut(gate: int, *, wait: bool) -> bool:
    """Let no more users in once none is left; without ``wait``, False at once while there are some."""
    return _locked(gate, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def first_reachable(candidates: Sequence[Path]) -> DataDirectory:
    """The first of ``candidates`` that the account of the server can come to and this process can write to.

    For defaults such as a directory in the project with one under /var/lib behind it: root's home is closed to the
    account that root steps down to. Nothing is created. Raises the error of the first candidate when none will do.
    """
    refusals: list[EmbeddedError] = []
    for candidate in candidates:
        directory = DataDirectory(candidate)
        try:
            server_account(directory.cluster).require_passage(directory.path, remedy=_REMEDY)
            place = nearest_existing(directory.path)
            if not os.access(place, os.W_OK):
                raise DataDirectoryForbiddenError(
                    f"{directory.path} cannot be used because {place} is not writable for you: choose another data "
                    "directory."
                )
        except (UnreachableParentError, DataDirectoryForbiddenError) as refusal:
            refusals.append(refusal)
        else:
            return directory
    raise refusals[0]


def _locked(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        return False
    return True
