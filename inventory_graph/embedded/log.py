"""The log of the server: kept from growing without bound, and read when the server does not come up."""

import os
from pathlib import Path

LIMIT_BYTES = 10_000_000
_SERIOUS = ("FATAL:", "PANIC:", "launcher:", "initdb: error:")
_DISK_FULL = ("No space left on device", "Disk quota exceeded")
_PORT_TAKEN = "Address already in use"


def open_for_appending(path: Path) -> int:
    """A descriptor of the log, to be handed to the server; a log over 10 MB is first set aside as ``<name>.1``."""
    if path.exists() and path.stat().st_size > LIMIT_BYTES:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def written_since(path: Path, position: int) -> str:
    """What the log received after ``position`` bytes, the last 64 kB of it at most."""
    with path.open("rb") as file:
        file.seek(max(position, path.stat().st_size - 65_536))
        return file.read().decode(errors="replace")


def tells_of_full_disk(text: str) -> bool:
    """Whether the server or initdb said that it could not write for want of space."""
    return any(phrase in text for phrase in _DISK_FULL)


def tells_of_taken_port(text: str) -> bool:
    """Whether the server said that its port is used by another program."""
    return _PORT_TAKEN in text


def last_words(text: str) -> str:
    """The most telling line of a log: the last serious one, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    serious = [line for line in lines if any(word in line for word in _SERIOUS)]
    return (serious or lines or ["it said nothing"])[-1]
