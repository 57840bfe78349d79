"""A real PostgreSQL for one machine, started from binaries that came with the Python dependencies.

``find_binaries`` finds an installation, ``DataDirectory`` is the place on disk, ``EmbeddedPostgres`` starts and stops
the server as a direct child of this process, and ``attach_or_start`` is for short commands that share the data
directory with a server which may already run. ``embedded_nats`` runs a NATS beside it. Whatever goes wrong is an ``EmbeddedError`` whose text is one sentence
for the person at the terminal: what is wrong, where, and what to do.

Works on Linux and macOS. On Linux the kernel stops the server when this process dies in any way; on macOS a server
left behind by a killed process is recognised and stopped by the next start.
"""

from inventory_graph.embedded.attachment import attach_or_start
from inventory_graph.embedded.binaries import Binaries, find_binaries
from inventory_graph.embedded.data_directory import DataDirectory, first_reachable
from inventory_graph.embedded.errors import (
    AccountError,
    BinariesMissingError,
    DataDirectoryForbiddenError,
    DataDirectoryInUseError,
    DiskFullError,
    EmbeddedError,
    ForeignDirectoryError,
    MajorVersionError,
    PortTakenError,
    ServerFailedError,
    ServerNotRunningError,
    UnreachableParentError,
)
from inventory_graph.embedded.nats_server import embedded_nats, find_nats_server
from inventory_graph.embedded.server import RunningServer
from inventory_graph.embedded.supervisor import EmbeddedPostgres

__all__ = [
    "AccountError",
    "Binaries",
    "BinariesMissingError",
    "DataDirectory",
    "DataDirectoryForbiddenError",
    "DataDirectoryInUseError",
    "DiskFullError",
    "EmbeddedError",
    "EmbeddedPostgres",
    "ForeignDirectoryError",
    "MajorVersionError",
    "PortTakenError",
    "RunningServer",
    "ServerFailedError",
    "ServerNotRunningError",
    "UnreachableParentError",
    "attach_or_start",
    "embedded_nats",
    "find_binaries",
    "find_nats_server",
    "first_reachable",
]
