"""What sockets are allowed, and for how long."""

from collections.abc import Collection
from dataclasses import dataclass

from resolvers.leases import RECHECK_SECONDS

INIT_SECONDS_MAX = 5.0
PING_SECONDS = 15.0
UNANSWERED_MAX = 2
OPERATIONS_MAX = 100
SOCKETS_MAX = 10_000
TENANT_SHARE = 0.75
SAY_SECONDS_MAX = 30.0
"""How long a client may take nothing off the connection while there is something for it."""
UNSAID_MAX = 2_000_000
"""How many characters may wait to be read on one socket before no more operations are begun on it."""
UNSAID_OF_ALL_MAX = 64_000_000
"""On all sockets of a process together; where it is more, the one with most of it is given up."""
FINISH_SECONDS_MAX = 15.0
"""How long a service that stops lets queries and mutations run on. With the good-bye it is less than the server waits for requests."""
GOODBYE_SECONDS_MAX = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    """What sockets are allowed. ``origins`` are those of browsers that may open one, besides the service's own; ``recheck_seconds``
    is how often a credential is asked whether it still holds."""

    origins: Collection[str] = ()
    init_seconds_max: float = INIT_SECONDS_MAX
    ping_seconds: float = PING_SECONDS
    operations_max: int = OPERATIONS_MAX
    sockets_max: int = SOCKETS_MAX
    recheck_seconds: float = RECHECK_SECONDS
    say_seconds_max: float = SAY_SECONDS_MAX
    finish_seconds_max: float = FINISH_SECONDS_MAX
    unsaid_max: int = UNSAID_MAX
    unsaid_of_all_max: int = UNSAID_OF_ALL_MAX
