"""What the routers of a federated graph are told about fields: how much they cost, how long lists are, who may see them.

A router that limits demand adds costs up before it asks; a contract leaves out of a graph what its tag does not name. Nothing
here decides anything in this service: what it allows it checks itself.
"""

from strawberry import UNSET
from strawberry.federation.schema_directives import Cost, Inaccessible, ListSize, Tag
from strawberry.types.field import StrawberryField

STOREFRONT = Tag(name="storefront")
"""What a shopper without an account may see, where the tenant allows it."""
ADMINISTRATION = Tag(name="administration")
"""What administrators of a tenant do: callers, rights, keys, settings, the audit."""


def page() -> ListSize:
    """The size of a connection: as many edges and nodes as ``first`` says, which has a default everywhere."""
    return ListSize(
        assumed_size=UNSET,
        slicing_arguments=["first"],
        sized_fields=["edges", "nodes"],
        require_one_slicing_argument=False,
    )


def usually(size: int) -> ListSize:
    """The size of a list that is no page: how many there are at most in an ordinary tenant."""
    return ListSize(assumed_size=size, slicing_arguments=UNSET, sized_fields=UNSET, require_one_slicing_argument=UNSET)


def cost(weight: int) -> Cost:
    """What one such field costs, where an object costs 1 and an attribute nothing."""
    return Cost(weight=weight)


def inaccessible(field: StrawberryField) -> StrawberryField:
    """Keep the field out of the graph's own API: it is for those who speak to this service directly."""
    field.directives = [*field.directives, Inaccessible()]
    return field


def tagged(tag: Tag, *fields: StrawberryField) -> list[StrawberryField]:
    """The fields with the tag."""
    for field in fields:
        field.directives = [*field.directives, tag]
    return list(fields)
