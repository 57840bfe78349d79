"""The operating-system account the server runs as, and what that account can reach.

PostgreSQL refuses to run as root. Permissions are not computed from mode bits but tried: a shell running as the
account is asked, so access lists, containers and mounts count as the kernel counts them.
"""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inventory_graph.embedded.errors import AccountError, UnreachableParentError, is_there

UNPRIVILEGED_NAMES = ("postgres", "nobody")
LAUNCHER = Path(__file__).with_name("launcher.py")
_PROBE = 'while [ $# -gt 0 ]; do test "-$1" "$2" || { printf %s "$2"; exit 3; }; shift 2; done'

Access = Literal["r", "x"]


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: this process's own user, or (``switched``) the one root steps down to."""

    name: str
    uid: int
    gid: int
    switched: bool

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line that runs ``arguments`` (absolute path first) as this account, dying with this process."""
        owner = f"{self.uid}:{self.gid}" if self.switched else "-"
        own_id = str(os.getpid())
        return [sys.executable, "-I", "-S", str(LAUNCHER), own_id, owner, *(str(part) for part in arguments)]

    def first_forbidden(self, wanted: Sequence[tuple[Access, Path]]) -> Path | None:
        """The first path that this account may not read ("r") or pass and run ("x"); None when all are allowed.

        Raises AccountError when root is not permitted to step down to the account (a container without CAP_SETUID).
        """
        arguments = [part for access, path in wanted for part in (access, str(path))]
        probe = ["/bin/sh", "-c", _PROBE, "sh", *arguments]
        user: dict[str, int] = {"user": self.uid, "group": self.gid} if self.switched else {}
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed script; the paths are arguments, not text
                probe,
                cwd="/",
                env={},
                capture_output=True,
                text=True,
                check=False,
                user=user.get("user"),
                group=user.get("group"),
                extra_groups=[] if self.switched else None,
            )
        except (PermissionError, ValueError, OSError) as failure:
            raise AccountError(
                f"This process is root but cannot run PostgreSQL as '{self.name}' ({failure}): run it as an ordinary "
                "user, or set DATABASE_URL to a PostgreSQL of your own."
            ) from failure
        return Path(answer.stdout) if answer.returncode == 3 else None

    def require_passage(self, path: Path, *, remedy: str) -> None:
        """Raise UnreachableParentError unless every existing directory down to ``path`` lets this account pass."""
        existing = [place for place in reversed((path, *path.parents)) if is_there(place)]
        forbidden = self.first_forbidden([("x", place) for place in existing])
        if forbidden is not None:
            raise UnreachableParentError(path=path, parent=forbidden, account=self.name, remedy=remedy)


def server_account(cluster: Path) -> Account:
    """The account for the cluster at ``cluster``: its owner when it exists, so a later start is the same user.

    Without a cluster it is this process's own user or, for root, the first of postgres and nobody that exists.
    Raises AccountError when the cluster belongs to somebody else or to root, or no such account exists.
    """
    own_id = os.geteuid()
    owner = cluster.stat().st_uid if is_there(cluster) else None
    if own_id != 0:
        if owner not in {None, own_id}:
            raise AccountError(
                f"{cluster} belongs to '{_name(owner)}' and you are '{_name(own_id)}': run as the user who created it "
                "or choose another data directory."
            )
        return Account(name=_name(own_id), uid=own_id, gid=os.getegid(), switched=False)
    if owner == 0:
        raise AccountError(
            f"{cluster} belongs to root, under which PostgreSQL refuses to run: give it back to the account that "
            f"created it (chown -R nobody {cluster}) or choose another data directory."
        )
    if owner is not None:
        return Account(name=_name(owner), uid=owner, gid=cluster.stat().st_gid, switched=True)
    for name in UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switched=True)
    raise AccountError(
        f"PostgreSQL refuses to run as root and none of the accounts {', '.join(UNPRIVILEGED_NAMES)} exists: "
        "create one of them or run as an ordinary user."
    )


def _name(uid: int | None) -> str:
    """The name of a user, or its number where the system has no name for it (common in containers)."""
    try:
        return pwd.getpwuid(-1 if uid is None else uid).pw_name
    except (KeyError, OverflowError):
        return str(uid)
