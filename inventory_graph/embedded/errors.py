"""What can go wrong with the embedded PostgreSQL; the text of each error is meant to be shown as it is."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; ``str()`` is one sentence with the cause, the place and the remedy."""


class BinariesMissingError(EmbeddedError):
    """No usable PostgreSQL installation; the text lists every place looked at and why it did not do."""


class AccountError(EmbeddedError):
    """The server may not run as root, and no unprivileged account can be used instead."""


class UnreachableParentError(EmbeddedError):
    """A directory on the way forbids the account of the server to pass; ``parent`` is that directory."""

    def __init__(self, *, path: Path, parent: Path, account: str, remedy: str) -> None:
        super().__init__(
            f"The account '{account}', under which PostgreSQL runs, cannot reach {path}, "
            f"because {parent} does not let it pass: {remedy}."
        )
        self.path = path
        self.parent = parent


class DataDirectoryForbiddenError(EmbeddedError):
    """The data directory, or a file in it, may not be read or written by this process."""


class DataDirectoryInUseError(EmbeddedError):
    """Another process supervises a server in this data directory; ``process`` is its id, None when unknown."""

    def __init__(self, *, path: Path, process: int | None) -> None:
        holder = "another process" if process is None else f"process {process}"
        super().__init__(
            f"The data directory {path} is in use by {holder}: stop that process or choose another data directory."
        )
        self.path = path
        self.process = process


class ForeignDirectoryError(EmbeddedError):
    """The directory given as data directory holds something else."""


class MajorVersionError(EmbeddedError):
    """The data directory was written by another major version of PostgreSQL than the one found."""


class DiskFullError(EmbeddedError):
    """The file system of the data directory has no room left."""

    def __init__(self, path: Path) -> None:
        free_megabytes = shutil.disk_usage(path).free // 1_000_000
        super().__init__(
            f"The disk is full: {path} has {free_megabytes} MB left and PostgreSQL could not write there; "
            "free some space or choose a data directory on another disk."
        )
        self.path = path


class PortTakenError(EmbeddedError):
    """The port is used by another program; ``port`` is its number."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 is taken by another program: stop that program or choose another port."
        )
        self.port = port


class ServerFailedError(EmbeddedError):
    """PostgreSQL did not come up or did not go down; the text carries its own last words and where its log is."""


class ServerNotRunningError(EmbeddedError):
    """An address was asked of a server that is not running."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the system's refusals while working on ``path`` (an existing file system place) into an EmbeddedError."""
    try:
        yield
    except OSError as failure:
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(nearest_existing(path)) from failure
        if failure.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise DataDirectoryForbiddenError(
                f"{failure.filename or path} cannot be used: {failure.strerror}; "
                "run as the user who owns it or choose another data directory."
            ) from failure
        raise


def nearest_existing(path: Path) -> Path:
    """The path itself, or the closest of its parents that exists."""
    return next(place for place in (path, *path.parents) if is_there(place))


def is_there(path: Path) -> bool:
    """Whether the path exists as far as this process can see; a place behind a closed directory counts as absent."""
    try:
        path.stat()
    except OSError:
        return False
    return True
