"""Where a place is on earth, and how far two places are apart."""

from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from inventory_graph.errors import InvalidInput

EARTH_RADIUS_KM = 6371.0088
LATITUDE_MAX = 90
LONGITUDE_MAX = 180

_PRECISION = 6
"""Fraction digits that are kept of a degree: a tenth of a metre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """Degrees north of the equator and east of Greenwich, with at most 6 fraction digits."""

    latitude: Decimal
    longitude: Decimal


def coordinates_of(latitude: float, longitude: float, *, path: tuple[str, ...] = ("coordinates",)) -> Coordinates:
    """The place with these degrees, rounded to a tenth of a metre; raises ``InvalidInput`` at ``path`` and the name."""
    return Coordinates(
        latitude=_degrees_of(latitude, maximum=LATITUDE_MAX, path=(*path, "latitude")),
        longitude=_degrees_of(longitude, maximum=LONGITUDE_MAX, path=(*path, "longitude")),
    )


def distance_km(one: Coordinates, other: Coordinates) -> Decimal:
    """The way over a round earth, in kilometres to the metre, by the haversine formula; at most half a per cent off.

    Floats do here: a distance is no quantity, it only says which place is nearer.
    """
    south, north = radians(one.latitude), radians(other.latitude)
    height = sin((north - south) / 2) ** 2
    width = sin(radians(other.longitude - one.longitude) / 2) ** 2
    # Opposite places come out a hair above 1, of which there is no arc sine.
    part = min(1.0, sqrt(height + cos(south) * cos(north) * width))
    return Decimal(round(2 * EARTH_RADIUS_KM * asin(part) * 1_000)).scaleb(-3)


def _degrees_of(value: float, *, maximum: int, path: tuple[str, ...]) -> Decimal:
    # Not a number is in no range.
    if not -maximum <= value <= maximum:
        raise InvalidInput(f"{path[-1]} is {value}; it must be {-maximum} to {maximum} degrees.", path=path)
    return Decimal(round(value * 10**_PRECISION)).scaleb(-_PRECISION)
