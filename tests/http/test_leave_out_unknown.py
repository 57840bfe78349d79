"""Of what is selected of a field that nobody knows nothing is said: neither that it is wrong, nor what it would have used."""

from tests.graph import GraphClient


async def test_one_error_for_the_field_and_none_for_what_it_selects(graph: GraphClient) -> None:
    """Its fields are unknown because it is; other mistakes of the document are told with it."""
    errors = await graph.errors(
        "{ nothing { neither { nor } ...Some } items { nodes { nobody { x } sku } } } fragment Some on Item { sku }"
    )
    assert [(error["message"], error["locations"][0]["column"]) for error in errors] == [
        ("Cannot query field 'nothing' on type 'Query'.", 3),
        ("Cannot query field 'nobody' on type 'Item'.", 55),
    ]


async def test_what_is_selected_in_a_fragment_is_left_out_too(graph: GraphClient) -> None:
    """Fragments are selections like others; the one that only the left out part used is not called unused."""
    errors = await graph.errors(
        "{ items { nodes { ...A ... on Item { nobody { x } } } } } fragment A on Item { nothing { y ...B } } fragment B on Item { sku }"
    )
    assert sorted(error["message"] for error in errors) == [
        "Cannot query field 'nobody' on type 'Item'.",
        "Cannot query field 'nothing' on type 'Item'.",
    ]


async def test_a_document_without_unknown_fields_is_looked_at_as_a_whole(graph: GraphClient) -> None:
    """A fragment that nothing uses is a mistake."""
    errors = await graph.errors("{ items { totalCount } } fragment Some on Item { sku }")
    assert [error["message"] for error in errors] == ["Fragment 'Some' is never used."]
