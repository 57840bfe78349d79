"""What a document may ask for: refused before it runs, cheaply, with the limit in the message."""

import time
from typing import Any

import pytest
from graphql import get_introspection_query

from resolvers import documents as documents_module
from resolvers.document_limits import DocumentLimits, LimitError
from resolvers.documents import CHARACTERS_KEPT_MAX, Document, Documents, select_operation
from resolvers.schema import InventorySchema

LIMITS = DocumentLimits()


@pytest.fixture
def documents(schema: InventorySchema) -> Documents:
    """An empty cache for the little schema."""
    return Documents(schema._schema, limits=LIMITS, suggestions=True)


def refusal_of(document: Document) -> tuple[str, str]:
    """The code and the message of the one error."""
    assert len(document.errors) == 1, document.errors
    return document.errors[0]["extensions"]["code"], document.errors[0]["message"]


def nested(depth: int) -> str:
    """A document of so many levels of fields."""
    return "{ things(first: 1) " + "{ again " * (depth - 2) + "{ id }" + " }" * (depth - 2) + " }"


def fan_out(levels: int, *, aliased: bool) -> str:
    """Fragments that each spread the next twice, so that the fields double at each level."""
    spreads = "a: again {{ ...F{n} }} b: again {{ ...F{n} }}" if aliased else "again {{ ...F{n} }} later {{ ...F{n} }}"
    fragments = [f"fragment F{n} on Thing {{ {spreads.format(n=n + 1)} }}" for n in range(levels)]
    return " ".join(["{ things(first: 1) { ...F0 } }", *fragments, f"fragment F{levels} on Thing {{ id }}"])


CHAIN = " ".join(
    [
        "{ things(first: 1) { ...F0 } }",
        *(f"fragment F{n} on Thing {{ again {{ again {{ ...F{n + 1} }} }} }}" for n in range(40)),
        "fragment F40 on Thing { id }",
    ]
)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("{ __typename }" + " " * 20_000, "LIMIT_EXCEEDED", "20014 characters; 20000 are allowed"),
        ("{" + " me" * 2_001 + "}", "GRAPHQL_PARSE_FAILED", "more than 2000 tokens"),
        ("#\n" * 501 + "{ __typename }", "GRAPHQL_PARSE_FAILED", "more than 500 comments"),
        ("{ things " * 300, "GRAPHQL_PARSE_FAILED", "nested too deeply"),
        (nested(16), "LIMIT_EXCEEDED", "16 levels of fields; 15 are allowed"),
        ("{" + " ".join(f"a{n}: me" for n in range(31)) + "}", "LIMIT_EXCEEDED", "31 aliases"),
        ("{ me" + " @skip(if: false)" * 51 + "}", "LIMIT_EXCEEDED", "more than 50 directives"),
        (fan_out(6, aliased=True), "LIMIT_EXCEEDED", "126 aliases after its fragments are expanded"),
        (fan_out(10, aliased=False), "LIMIT_EXCEEDED", "3071 fields after its fragments are expanded"),
        (fan_out(70, aliased=True), "LIMIT_EXCEEDED", "71 fragments; 60 are allowed"),
        (CHAIN, "LIMIT_EXCEEDED", "nested more than 64 levels deep"),
        (
            " ".join(f"query A{n}($a: Int, $b: Int) {{ me }}" for n in range(50)),
            "LIMIT_EXCEEDED",
            "too long for 50 operations",
        ),
        (" ".join(f"query A{n} {{ me }}" for n in range(51)), "LIMIT_EXCEEDED", "51 operations; 50 are allowed"),
        ("{" + " me" * 22 + "}", "LIMIT_EXCEEDED", "name a field again more than 20 times"),
        (
            "{" + "things { id id id id id id id id id id id } " * 3 + "}",
            "LIMIT_EXCEEDED",
            "name a field again more than 20",
        ),
        ("{" + " ...{ me }" * 31 + "}", "LIMIT_EXCEEDED", "more than 30 fragments"),
        ("{ " + "a" * 101 + ": me }", "LIMIT_EXCEEDED", "An alias may have 100 characters."),
        ("{ things { id } } query A { me }", "GRAPHQL_VALIDATION_FAILED", "anonymous operation"),
    ],
)
def test_a_document_beyond_a_limit_says_which(documents: Documents, text: str, code: str, words: str) -> None:
    """A client mends what it knows the size of."""
    found_code, message = refusal_of(documents.read(text))
    assert found_code == code
    assert words in message


@pytest.mark.parametrize(
    "text",
    [
        nested(15),
        "{" + " ".join(f"a{n}: me" for n in range(30)) + "}",
        "{" + " me" * 21 + "}",
        "{" + " ...{ me }" * 30 + "}",
        "{ " + "a" * 100 + ": me }",
        " ".join(f"query A{n} {{ me }}" for n in range(50)),
    ],
)
def test_a_document_at_a_limit_passes(documents: Documents, text: str) -> None:
    """The limit is the last size that passes."""
    assert documents.read(text).errors == ()


@pytest.mark.parametrize("aliased", [True, False])
@pytest.mark.parametrize("levels", [18, 25, 50])
def test_a_fragment_bomb_costs_no_time(documents: Documents, levels: int, aliased: bool) -> None:
    """Spread twice at each level it stands for up to 2^50 fields; the stock limiter ran 25 seconds on 704 bytes of it."""
    text = fan_out(levels, aliased=aliased)
    began = time.process_time()
    code, _ = refusal_of(documents.read(text))
    assert code == "LIMIT_EXCEEDED"
    assert time.process_time() - began < 0.1


def test_fragments_in_a_circle_are_left_to_validation(documents: Documents) -> None:
    """They have no size, and the specification has a rule against them."""
    document = documents.read(
        "{ things { ...A } } fragment A on Thing { again { ...B } } fragment B on Thing { again { ...A } }"
    )
    assert "Cannot spread fragment 'A' within itself" in refusal_of(document)[1]


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        ('"\\u0000"', "NUL"),
        ('{a: ["x", "\\u0000"]}', "NUL"),
        ("9223372036854775808", "outside 64 bits"),
        ("-9223372036854775808", "outside 64 bits"),
        ("9" * 5_000, "outside 64 bits"),
        ("1e999", "too large"),
        ("[" * 40 + "]" * 40, "32 levels deep"),
    ],
)
def test_a_literal_that_nothing_can_store_is_refused_with_its_place(
    documents: Documents, literal: str, words: str
) -> None:
    """It would fail in the database or in the answer, where nobody knows any more where it came from."""
    document = documents.read(f"{{ json(value: {literal}) }}")
    assert words in refusal_of(document)[1]
    assert document.errors[0]["locations"][0]["line"] == 1


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("{ me }", 1),
        ("{ things(first: 3) { id sku } }", 7),
        ("{ things { id } }", 21),
        ("{ things(first: 10) { copies(first: 10) { id } } }", 111),
        ("{ things(first: 10000000) { id } }", 101),
        ("query ($n: Int!) { things(first: $n) { id } }", 101),
        ('{ named(skus: ["A", "B"]) { id } }', 3),
        ("query ($skus: [String!]!) { named(skus: $skus) { id } }", 1_001),
        ("{ things(first: 3) { ...F ...F } } fragment F on Thing { id }", 7),
    ],
)
def test_the_fields_of_the_largest_answer_are_counted(documents: Documents, text: str, answers: int) -> None:
    """Pages count as their ``first``, other lists as what was given to make them."""
    assert select_operation(documents.read(text), None).weight.answers == answers


@pytest.mark.parametrize(
    ("variables", "is_refused"),
    [({"n": 100}, True), ({"n": 20}, False), ({}, False), (None, False), ({"n": "x"}, True)],
)
def test_sizes_in_variables_count_as_sent(
    documents: Documents, variables: dict[str, Any] | None, is_refused: bool
) -> None:
    """A document is cached for any variables; what it may cost is known only with them."""
    text = """query ($n: Int! = 5) { things(first: $n) { copies(first: $n) { copies(first: $n) { id } } } }"""
    document = documents.read(text)
    operation = select_operation(document, None)
    refused = ""
    try:
        documents.points_of(document, operation, variables, exactly=False)
    except LimitError as error:
        refused = error.message
    assert bool(refused) is is_refused
    if is_refused:
        assert refused.startswith("The operation may answer 1010101 fields; 100000 are allowed.")


def test_a_page_of_hundred_with_pages_of_twenty_passes(documents: Documents) -> None:
    """Ordinary work of a back office stays well within the limits."""
    document = documents.read(
        "{ things(first: 100) { id sku code copies(first: 20) { id sku code place size count } } }"
    )
    operation = select_operation(document, None)
    documents.points_of(document, operation, None, exactly=True)
    assert document.errors == ()


def test_introspection_is_known_and_not_too_deep(documents: Documents) -> None:
    """Tools ask for types of types, deeper than an operation on stock ever is."""
    document = documents.read(get_introspection_query(input_value_deprecation=True, specified_by_url=True))
    assert document.errors == ()
    assert document.introspects
    assert not documents.read("{ me }").introspects


def test_circular_introspection_is_refused(documents: Documents) -> None:
    """Fields of types of fields of types: an answer that grows with every level."""
    text = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert refusal_of(documents.read(text))[1] == "Maximum introspection depth exceeded"


def test_right_and_wrong_documents_are_read_once(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong document costs as much to find wrong as a right one to find right, and is sent again as often."""
    right, wrong = documents.read("{ me }"), documents.read("{ nothing }")

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("the document is parsed a second time")

    monkeypatch.setattr(documents_module, "parse", fail)
    assert documents.read("{ me }") is right
    assert documents.read("{ nothing }") is wrong


def test_the_documents_kept_are_bounded(documents: Documents) -> None:
    """However many different ones come, they take no more memory; the ones in use stay."""
    used = documents.read("{ me }")
    for number in range(40):
        documents.read("{ me } #" + str(number) + "x" * 15_000)
        assert documents.read("{ me }") is used
    assert documents._characters <= CHARACTERS_KEPT_MAX
    assert documents._characters == sum(map(len, documents._documents))
    assert len(documents._documents) == CHARACTERS_KEPT_MAX // 15_010 + 1


def test_a_wrong_document_is_not_kept_as_a_tree(documents: Documents) -> None:
    """Only its errors are, which are small."""
    document = documents.read("{ nothing }")
    assert document.ast is None
    assert document.operations == {}
    assert document.errors[0]["locations"] == [{"line": 1, "column": 3}]


def test_suggestions_can_be_switched_off(schema: InventorySchema) -> None:
    """Who may not read the schema must not guess it either."""
    told = Documents(schema._schema, limits=LIMITS, suggestions=True).read("{ thingz { id } }")
    untold = Documents(schema._schema, limits=LIMITS, suggestions=False).read("{ thingz { id } }")
    assert "Did you mean" in told.errors[0]["message"]
    assert "Did you mean" not in untold.errors[0]["message"]
