"""The scalars of the contract: strict in, canonical out."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from inventory_graph.quantities import quantity_from_text, quantity_to_text

_RFC_3339 = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)", re.ASCII
)

Quantity = NewType("Quantity", Decimal)
INFINITE = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""What the database's driver takes for the infinities, and gives back without an offset."""

DateTime = NewType("DateTime", datetime)
Date = NewType("Date", date)
Duration = NewType("Duration", timedelta)
JSON = NewType("JSON", object)


def _parse_quantity(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise GraphQLError(f'Quantity takes a string such as "2.5", not {type(value).__name__}.')
    try:
        return quantity_from_text(value)
    except ValueError as error:
        raise GraphQLError(f"Quantity: {error}") from None


def _parse_datetime(value: Any) -> datetime:
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            if instant in INFINITE:
                raise GraphQLError("DateTime is neither the first nor the last microsecond of the calendar.")
            return instant
    raise GraphQLError('DateTime takes RFC 3339 with an offset, such as "2026-11-22T09:30:00+03:00".')


def _print_datetime(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse_date(value: Any) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError('Date takes a calendar day such as "2026-11-22".')


def _parse_duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise GraphQLError('Duration takes ISO 8601 without years and months, such as "PT15M" or "P1DT12H".')
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _print_duration(value: timedelta) -> str:
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    days = f"{value.days}D" if value.days else ""
    return f"P{days}T{clock}" if clock else f"P{days or '0D'}"


SCALARS: dict[object, ScalarDefinition] = {
    Quantity: strawberry.scalar(
        name="Quantity",
        description=(
            "An exact decimal in the unit that the field names, as a string: an optional minus, up to 12 integer and 6"
            " fraction digits. Printed without trailing zeros and never as -0. NaN, exponents, signs alone, underscores and"
            " non-ASCII digits are refused."
        ),
        serialize=quantity_to_text,
        parse_value=_parse_quantity,
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant: RFC 3339 with an offset. Printed in UTC. The first and the last microsecond of the calendar are refused.",
        serialize=_print_datetime,
        parse_value=_parse_datetime,
    ),
    Date: strawberry.scalar(
        name="Date", description="A calendar day, 2026-11-22.", serialize=date.isoformat, parse_value=_parse_date
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="A span of time: ISO 8601 in weeks, or in days, hours, minutes and seconds; PT15M is a quarter of an hour.",
        serialize=_print_duration,
        parse_value=_parse_duration,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
