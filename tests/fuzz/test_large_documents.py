"""The largest documents that are read at all are refused as cheaply as small ones, whatever is wrong with them."""

from itertools import count

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_object_type, is_required_argument

from resolvers.document_limits import DocumentLimits
from tests.fuzz.target import Answer, Target
from tests.selections import schema

LIMITS = DocumentLimits()
LEVELS = 4


def everything(parent: GraphQLObjectType, levels: int) -> list[str]:
    """The tokens that select all that can be asked of the type without arguments."""
    found: list[str] = []
    for name, field in parent.fields.items():
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        type_ = get_named_type(field.type)
        if is_leaf_type(type_):
            found.append(name)
        elif is_object_type(type_) and levels > 1:
            inner = everything(type_, levels - 1)
            found += [name, "{", *inner, "}"] if inner else []
    return found


def assert_refused_cheaply(target: Target, query: str, message: str) -> None:
    assert LIMITS.tokens_max * 0.9 < len(query.split()) < LIMITS.tokens_max
    assert len(query) < LIMITS.characters_max - 100
    numbers = count()

    def ask() -> Answer:
        return target.query(f"{query} # {next(numbers)}")

    answer = ask()
    assert message in answer.body["errors"][0]["message"]
    target.assert_cheap(answer, ask, sent=query)


def test_fields_that_are_right_but_one(target: Target) -> None:
    """All have to be looked at until the last one turns out wrong."""
    root = schema().query_type
    assert root is not None
    tokens = ["{", *everything(root, LEVELS)][: LIMITS.tokens_max - 60]
    query = " ".join([*tokens, "nothing", *["}"] * (tokens.count("{") - tokens.count("}"))])
    assert_refused_cheaply(target, query, "Cannot query field 'nothing'")


def test_unknown_fields_in_an_unknown_field(target: Target) -> None:
    """They have no types, so that nothing can be said of them."""
    names = " ".join(f"item{number}" for number in range(LIMITS.tokens_max - 100))
    assert_refused_cheaply(target, "{ a { b { c { d { e " + "{ " + names + " }" * 6, "Cannot query field 'a'")


def test_unknown_fields_beside_each_other(target: Target) -> None:
    """The first ten are told, each with what may have been meant."""
    names = " ".join(f"item{number}" for number in range(LIMITS.tokens_max - 100))
    assert_refused_cheaply(target, "{ " + names + " }", "Cannot query field 'item0'")
