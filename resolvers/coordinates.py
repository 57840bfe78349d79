"""Points on earth."""

import strawberry

from inventory_graph.masterdata.coordinates import Coordinates, coordinates_of


@strawberry.type(description="A point on earth, as maps have it (WGS 84), to a tenth of a metre.")
class GeoPoint:
    latitude: float = strawberry.field(description="Degrees north of the equator; south of it below zero.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich; west of it below zero.")

    @classmethod
    def of(cls, coordinates: Coordinates) -> "GeoPoint":
        """The point of coordinates."""
        return cls(latitude=float(coordinates.latitude), longitude=float(coordinates.longitude))


@strawberry.input(description="A point on earth, as maps have it (WGS 84); kept to a tenth of a metre.")
class GeoPointInput:
    latitude: float = strawberry.field(description="Degrees north of the equator, -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich, -180 to 180.")

    def coordinates(self, *, path: tuple[str, ...] = ("coordinates",)) -> Coordinates:
        """What domains take; raises ``InvalidInput`` at ``path``."""
        return coordinates_of(self.latitude, self.longitude, path=path)
