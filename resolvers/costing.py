"""How the cost of what leaves is found, as the schema says it."""

from enum import Enum

import strawberry
from strawberry import enum_value


@strawberry.enum(description="How the cost of what leaves is found.")
class CostingMethod(Enum):
    AVERAGE = enum_value("AVERAGE", description="The moving average of what is there.")
    FIFO = enum_value("FIFO", description="What came first leaves first, at what it cost.")
