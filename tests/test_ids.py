"""Ids made in bulk are those that the standard library would make, whoever compares them."""

from uuid import RFC_4122, UUID, uuid4, uuid5

import pytest

from inventory_graph.ids import id_after, named_id, new_id


def test_random_ids_are_of_version_4() -> None:
    """And none comes twice."""
    made = [new_id() for _ in range(1_000)]
    assert {(each.version, each.variant) for each in made} == {(4, RFC_4122)}
    assert len(set(made)) == 1_000


@pytest.mark.parametrize("name", ["", "a", "Straße 1", "x" * 1_000])
def test_named_ids_are_those_of_version_5(name: str) -> None:
    """What was named before by the standard library keeps its id."""
    namespace = uuid4()
    assert named_id(namespace, name) == uuid5(namespace, name)
    assert {named_id(namespace, name): 1}[uuid5(namespace, name)] == 1


def test_numbered_ids_are_in_order() -> None:
    """Up to the last id there is, after which they begin again."""
    first = UUID(int=7)
    assert [id_after(first, number) for number in (0, 1, 2)] == [UUID(int=7), UUID(int=8), UUID(int=9)]
    assert id_after(UUID(int=2**128 - 1), 1) == UUID(int=0)
    assert min(id_after(first, 2), first, uuid4()) == first
