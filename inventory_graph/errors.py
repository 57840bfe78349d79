"""The errors a caller can act on.

InventoryError
├── Refusal: expected, answered as data in a payload's ``errors`` (each with the code of the contract)
│   ├── InvalidInput, NotFound, AlreadyExists, Forbidden, LimitExceeded, IdempotencyConflict, …
│   └── the refusals of a domain stand beside the verb that raises them
├── Unauthenticated: the caller is not who it says, or did not say
└── Unavailable: the service cannot answer now; nothing was done, try again
    └── OutcomeUnknown: the answer to a COMMIT was lost; retry with the same idempotency key

Anything else is a bug: the edge logs it with a request id and answers ``INTERNAL``.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class InventoryError(Exception):
    """Something a caller can understand and act on."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").partition("\n")[0])

    @property
    def message(self) -> str:
        return str(self.args[0])


class Refusal(InventoryError):
    """The request was understood and refused.

    ``path`` names the argument that was wrong, from the mutation's input downwards; ``extra`` carries what a machine
    needs to react, by field names of the refusal's GraphQL type.
    """

    code: ClassVar[str] = "INVALID_INPUT"

    def __init__(
        self, message: str | None = None, *, path: tuple[str, ...] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.path = path
        self.extra: Mapping[str, Any] = extra or {}

    def at(self, *prefix: str) -> "Refusal":
        """The same refusal, seen from one level further out."""
        self.path = (*prefix, *self.path)
        return self


class InvalidInput(Refusal):
    """The input is not valid."""

    code = "INVALID_INPUT"


class NotFound(Refusal):
    """There is no such thing in this tenant."""

    code = "NOT_FOUND"


class AlreadyExists(Refusal):
    """There is one already."""

    code = "ALREADY_EXISTS"


class Forbidden(Refusal):
    """The caller may not do this."""

    code = "FORBIDDEN"


class LimitExceeded(Refusal):
    """A limit was exceeded."""

    code = "LIMIT_EXCEEDED"


class InvalidTransition(Refusal):
    """The thing is not in a state from which this step leads on."""

    code = "INVALID_TRANSITION"


class UnitMismatch(Refusal):
    """The unit cannot be converted to the stock unit of the item."""

    code = "UNIT_MISMATCH"


class ItemInactive(Refusal):
    """The item is archived."""

    code = "ITEM_INACTIVE"


class IdempotencyConflict(Refusal):
    """The idempotency key was used before with other arguments."""

    code = "IDEMPOTENCY_CONFLICT"


class Retry(Refusal):
    """Another transaction was in the way; nothing was done. Send the same request again."""

    code = "RETRY"


class Unauthenticated(InventoryError):
    """The caller is not authenticated."""

    code = "UNAUTHENTICATED"


class Unavailable(InventoryError):
    """The service cannot answer at the moment; nothing was done. Try again shortly."""

    code = "UNAVAILABLE"

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(Unavailable):
    """The connection broke at COMMIT, so it is unknown whether the change was made.

    Retry with the same idempotency key to learn it.
    """

    code = "OUTCOME_UNKNOWN"
