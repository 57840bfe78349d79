"""Becomes a PostgreSQL program: run as a script in a fresh interpreter, never imported.

Three things must happen between fork and exec: give up root, ask the kernel for a signal when the parent dies, and
notice a parent that died before the request was made. Python code in the forked copy of a process with threads may
deadlock and is deprecated, so they happen here, in a small interpreter of their own; exec keeps the process id.
The request comes last because the kernel forgets it when the user changes.

Arguments: the process id of the parent, ``uid:gid`` to become or ``-``, then the command with an absolute path.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Prepare this process and replace it by the command; ends with a message on standard error when it cannot."""
    parent, owner, *command = arguments
    if owner != "-":
        user, group = (int(number) for number in owner.split(":"))
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        if system.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGINT)) != 0:
            sys.exit(f"launcher: prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != int(parent):
        sys.exit("launcher: the starting process is gone")
    # The interpreter ignores these, and what is ignored stays ignored across exec.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted; the supervisor gives the whole path


if __name__ == "__main__":
    main(sys.argv[1:])
