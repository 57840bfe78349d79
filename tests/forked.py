"""The command line program in processes forked from one that has imported all of it: a start costs a fraction of a second, not five.

What runs there is the ordinary ``main``. That a program starts by itself is for the tests that start it as one.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from inventory_graph.cli import application_of, main

# The command line loads what a command needs when it is given; here all of it is to be there before the fork.
application_of()


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.strip().rpartition("\n")[2]


def run_to_end(arguments: Sequence[str], *, environment: Mapping[str, str], cwd: Path, seconds_max: float = 120) -> Ran:
    """Run ``inventory-graph`` in an environment that holds only what is given; it is killed after the time."""
    with TemporaryDirectory() as directory:
        output, errors = Path(directory, "output"), Path(directory, "errors")
        process = forked(_run_alone, dict(environment), list(arguments), cwd, output, errors)
        process.start()
        process.join(seconds_max)
        if process.is_alive():
            process.kill()
        process.join()
        assert process.exitcode is not None
        return Ran(process.exitcode, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8"))


def _run_alone(environment: Mapping[str, str], arguments: Sequence[str], cwd: Path, output: Path, errors: Path) -> None:
    """The command with these variables and no others, and nothing to read."""
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    run_command(arguments, cwd=cwd, output=output, errors=errors)


def forked(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A process that runs the target, and ends with whoever started it; not yet started."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, target.__module__])
    return context.Process(target=target, args=arguments, daemon=True)


def run_command(arguments: Sequence[str], *, cwd: Path, output: Path, errors: Path | None = None) -> None:
    """``inventory-graph`` with the arguments: what it says is added to the files, and this process ends with it."""
    for descriptor, file in ((1, output), (2, errors or output)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    os.chdir(cwd)
    sys.argv = ["inventory-graph", *arguments]
    main()


def run_command_with(environment: Mapping[str, str], arguments: Sequence[str], cwd: Path, log: Path) -> None:
    """The same with these variables besides those that there are, all of what it says in one file."""
    os.environ.update(environment)
    run_command(arguments, cwd=cwd, output=log)
