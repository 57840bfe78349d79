"""How far places are apart, to tell which is nearer."""

from decimal import Decimal
from math import asin, cos, dist, radians, sin
from random import Random

import pytest

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.coordinates import EARTH_RADIUS_KM, Coordinates, coordinates_of, distance_km

SEED = 20261125
NAIROBI = coordinates_of(-1.286389, 36.817223)
MOMBASA = coordinates_of(-4.043477, 39.668206)
HALF_WAY_ROUND = Decimal("20015.114")


def random_place(random: Random) -> Coordinates:
    return coordinates_of(random.uniform(-90, 90), random.uniform(-180, 180))


def on_a_ball(place: Coordinates) -> tuple[float, float, float]:
    """Where the place is in space, on a ball of radius 1."""
    north, east = radians(place.latitude), radians(place.longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def test_measures_kilometres() -> None:
    """As the crow flies: a degree of a great circle is 111.195 km, and to the other side of the earth it is half way round."""
    assert distance_km(NAIROBI, MOMBASA) == Decimal("440.738")
    assert distance_km(coordinates_of(0, 0), coordinates_of(0, 1)) == Decimal("111.195")
    assert distance_km(coordinates_of(0, 179.5), coordinates_of(0, -179.5)) == Decimal("111.195")
    for one, other in (((90, 0), (-90, 0)), ((0, 0), (0, 180)), ((30, -100), (-30, 80))):
        assert distance_km(coordinates_of(*one), coordinates_of(*other)) == HALF_WAY_ROUND


def test_measures_between_any_two_places() -> None:
    """As a rope through the earth has it, there as far as back, and nowhere farther than half way round."""
    random = Random(SEED)
    for _ in range(2_000):
        one, other = random_place(random), random_place(random)
        way = distance_km(one, other)
        assert 0 <= way <= HALF_WAY_ROUND
        assert distance_km(other, one) == way
        assert distance_km(one, one) == 0
        rope = min(1.0, dist(on_a_ball(one), on_a_ball(other)) / 2)
        assert abs(float(way) - 2 * EARTH_RADIUS_KM * asin(rope)) < 0.002


def test_keeps_a_tenth_of_a_metre() -> None:
    """What a telephone says to 15 digits is the same place again after it was stored."""
    assert coordinates_of(-1.2863890000001, 36.8172230000004) == NAIROBI
    assert coordinates_of(-90, 180) == Coordinates(latitude=Decimal(-90), longitude=Decimal(180))
    assert str(coordinates_of(-0.0, -0.00000001).latitude) == "0.000000"


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (90.000001, 0, "latitude"),
        (-91, 0, "latitude"),
        (float("nan"), 0, "latitude"),
        (0, 180.000001, "longitude"),
        (0, -1e308, "longitude"),
        (0, float("inf"), "longitude"),
    ],
)
def test_refuses_what_is_not_on_earth(latitude: float, longitude: float, name: str) -> None:
    """Degrees swapped, or in another unit, would send every order to the wrong end of the country."""
    with pytest.raises(InvalidInput, match=name) as caught:
        coordinates_of(latitude, longitude)
    assert caught.value.path == ("coordinates", name)
