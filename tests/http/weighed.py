"""A little schema whose fields say what they cost and how long their lists are."""

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost, ListSize

from resolvers.kit import Connection, First, field

PAGE = ListSize(
    assumed_size=UNSET,
    slicing_arguments=["first", "last"],
    sized_fields=["nodes"],
    require_one_slicing_argument=False,
)

THIRTY = ListSize(assumed_size=30, slicing_arguments=UNSET, sized_fields=UNSET, require_one_slicing_argument=UNSET)


@strawberry.federation.type(description="A part.", directives=[Cost(weight=3)])
class Part:
    name: str = strawberry.field(description="Its name.")
    drawing: str = strawberry.field(default="", description="Its drawing.", directives=[Cost(weight=7)])

    @field(description="What it is made of.")
    def parts(self) -> list["Part"]:
        return [Part(name=f"{self.name}.{number}") for number in range(12)]


@strawberry.federation.type(description="A page of parts.")
class Parts:
    nodes: list[Part] = strawberry.field(description="The parts.")
    title: str = strawberry.field(default="Parts", description="Its title.")


def part() -> Part:
    return Part(name="1")


def parts(first: First | None = None, last: First | None = None) -> Parts:
    return Parts(nodes=[Part(name=str(number)) for number in range(max(first or 0, last or 0))])


def page(first: First = 20) -> Connection[Part]:
    return Connection.of(None, node=lambda record: record, after=str(first))


def many() -> list[Part]:
    return [Part(name=str(number)) for number in range(30)]


def drawn(detail: int = 0) -> Part | None:
    return None if detail else Part(name="1")


def scrap(names: list[str]) -> int:
    return len(names)


queries = [
    strawberry.field(part, description="A part."),
    strawberry.field(parts, description="Parts.", directives=[PAGE]),
    strawberry.field(page, description="A connection."),
    strawberry.field(many, description="Thirty.", directives=[THIRTY]),
    strawberry.field(drawn, description="One drawn anew.", directives=[Cost(weight=20)]),
]
mutations = [strawberry.mutation(scrap, description="Throw away.")]
