"""Frozen dataclasses that are quick to make, for values of which a batch makes thousands."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, **options: Any) -> Callable[[type], type]:
        """``dataclasses.dataclass`` whose lock is the type checker's alone: no line of code that changes a field passes it.

        At run time a frozen dataclass sets each field around its own lock, which takes almost three times as long.
        """
        return dataclasses.dataclass(unsafe_hash=frozen, **options)
