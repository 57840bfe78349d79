"""Documents that nobody should send: made from the schema, then spoilt in one or two of many ways."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
)

from tests.fuzz.floods import FLOODS
from tests.hostile import DOUBTFUL, REFUSED, literal
from tests.selections import schema

DEPTH_MAX = 5
FIELDS_MAX = 5
ODD = "\0\ufeff\u202e\x07\x7f🍞\u2028é٣\\\"'#{}()[]:!$@|&=,. \n\r\t\ud800"
PLAUSIBLE: dict[str, tuple[Any, ...]] = {
    "String": ("BREAD", "MAIN", "a b"), "ID": ("5f0c7a51-9c9f-4a26-8b13-6f5d9e3c0a11",), "Int": (1, 5, 20),
    "Float": (1.5,), "Boolean": (True, False), "Quantity": ("1", "2.5"), "DateTime": ("2026-11-22T10:00:00Z",),
    "Date": ("2026-11-22",), "Duration": ("PT5M",), "JSON": ({"a": 1},),
}  # fmt: skip


class Made(NamedTuple):
    """A request and in which ways it was spoilt. Its variables are anything but always an object."""

    kinds: tuple[str, ...]
    query: str
    variables: Any
    operation_name: Any = None

    def body(self, remark: str = "") -> bytes:
        """The request as JSON in ASCII; a remark makes it a document that was not seen before."""
        query = f"{self.query}\n#{remark}" if remark else self.query
        sent = {"query": query, "variables": self.variables, "operationName": self.operation_name}
        return json.dumps(sent).encode()


class Maker:
    """Makes one document after the other, the same ones from the same seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._schema = schema()
        self._types = [each for each in self._schema.type_map.values() if is_composite_type(each)]

    def make(self) -> Made:
        """The next request."""
        random = self._random
        query: str
        variables: Any = None
        if random.random() < 0.35:
            kind = random.choice(list(FLOODS))
            query = FLOODS[kind](random)
            kinds = [kind]
        else:
            query, variables = self._operation()
            kinds = ["grammar"]
        for _ in range(random.choice((0, 0, 0, 0, 1, 1, 2))):
            spoil = random.choice(SPOILS)
            query = spoil(random, query)
            kinds.append(spoil.__name__.removeprefix("_"))
        if random.random() < 0.1:
            variables = random.choice(
                (None, {}, {"v0": {"a": [1, {"b": None}]}}, {"": 1}, [], "x", {"v0": [[[]]] * 50})
            )
        name = random.choice((None,) * 12 + ("Q", "", "x" * 5_000, 7))
        return Made(tuple(kinds), query, variables, name)

    def _operation(self) -> tuple[str, dict[str, Any] | None]:
        random = self._random
        kind, root = random.choice(
            (("query", self._schema.query_type),) * 3 + (("mutation", self._schema.mutation_type),)
        )
        assert root is not None
        declared: dict[str, str] = {}
        sent: dict[str, Any] = {}
        selection = self._selection(root, random.randint(1, DEPTH_MAX), declared, sent)
        head = ", ".join(f"${name}: {type_}" for name, type_ in declared.items())
        name = random.choice(("", "Q", "é", "query", "_"))
        return f"{kind} {name}{f'({head})' if head else ''} {selection}", sent or None

    def _selection(self, parent: GraphQLNamedType, depth: int, declared: dict[str, str], sent: dict[str, Any]) -> str:
        random = self._random
        chosen = ["__typename"] if random.random() < 0.2 else []
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            names = random.sample(list(parent.fields), min(len(parent.fields), random.randint(1, FIELDS_MAX)))
            chosen += [self._field(name, parent.fields[name], depth, declared, sent) for name in names]
        if random.random() < 0.15:
            other = random.choice(self._types)
            chosen.append(f"... on {other.name} {{ __typename }}")
        return f"{{ {' '.join(chosen) or '__typename'} }}"

    def _field(self, name: str, field: GraphQLField, depth: int, declared: dict[str, str], sent: dict[str, Any]) -> str:
        random = self._random
        given = []
        for argument_name, argument in field.args.items():
            if is_required_argument(argument) or random.random() < 0.3:
                value = self._value(argument.type, 3)
                if random.random() < 0.4:
                    variable = f"v{len(declared)}"
                    declared[variable], sent[variable] = str(argument.type), value
                    given.append(f"{argument_name}: ${variable}")
                else:
                    given.append(f"{argument_name}: {literal(value, argument.type)}")
        alias = f"{random.choice(('a', 'b', '__c', 'id'))}: " if random.random() < 0.1 else ""
        directive = (
            random.choice((" @skip(if: $no)", " @include(if: true)", " @nope")) if random.random() < 0.05 else ""
        )
        inner = get_named_type(field.type)
        below = ""
        if is_composite_type(inner):
            below = self._selection(inner, depth - 1, declared, sent) if depth > 1 else "{ __typename }"
        return f"{alias}{name}{f'({chr(44).join(given)})' if given else ''}{directive} {below}"

    def _value(self, type_: GraphQLInputType, depth: int) -> Any:
        """A value for the type: what it takes, what it may take, what it refuses, or one of another type."""
        random = self._random
        inner = get_nullable_type(type_)
        if not isinstance(type_, GraphQLNonNull) and random.random() < 0.1:
            return None
        if isinstance(inner, GraphQLList):
            return [self._value(inner.of_type, depth - 1) for _ in range(random.choice((0, 1, 1, 2, 40)))]
        if isinstance(inner, GraphQLInputObjectType):
            fields = [each for each in inner.fields.items() if random.random() < 0.6]
            return {name: self._value(field.type, depth - 1) for name, field in fields} if depth else {}
        if isinstance(inner, GraphQLEnumType):
            return random.choice((*inner.values, "NOPE", 1))
        known = get_named_type(inner).name
        pool = random.choice((PLAUSIBLE, PLAUSIBLE, PLAUSIBLE, DOUBTFUL, REFUSED))
        return random.choice(pool.get(known, PLAUSIBLE["String"]))


def _cut(random: Random, text: str) -> str:
    """The document ends anywhere, in a string or a comment too."""
    return text[: random.randrange(len(text) + 1)]


def _insert_odd(random: Random, text: str) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + random.choice(ODD) * random.choice((1, 1, 1, 30, 3_000)) + text[place:]


def _remove(random: Random, text: str) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + text[place + random.randint(1, 10) :]


def _repeat(random: Random, text: str) -> str:
    """A part of the document comes again and again, inside itself or behind."""
    begin = random.randrange(len(text) + 1)
    part = text[begin : begin + random.randint(1, 60)]
    return text[:begin] + part * random.choice((2, 5, 50, 500)) + text[begin:]


def _twice(random: Random, text: str) -> str:
    """Two operations of one name, or two without one."""
    return f"{text} {text}"


def _swap(random: Random, text: str) -> str:
    words = text.split(" ")
    first, second = random.randrange(len(words)), random.randrange(len(words))
    words[first], words[second] = words[second], words[first]
    return " ".join(words)


def _open_string(random: Random, text: str) -> str:
    return text.replace("{", random.choice(('{ a(b: "', '{ a(b: """', "{ # ")), 1)


def _comment(random: Random, text: str) -> str:
    return text.replace(" ", "\n#" + "c" * random.choice((1, 100, 5_000)) + "\n", random.choice((1, 20, 600)))


def _commas(random: Random, text: str) -> str:
    return text.replace(" ", "," * random.choice((2, 50, 2_000)), random.choice((1, 10)))


def _deeper(random: Random, text: str) -> str:
    """The whole selection within others of the same."""
    levels = random.choice((2, 10, 40, 180, 500, 4_000))
    begin = text.find("{")
    return text[: begin + 1] + "a{" * levels + text[begin + 1 :] + "}" * random.choice((levels, levels - 1, 0))


SPOILS: tuple[Callable[[Random, str], str], ...] = (
    _cut, _insert_odd, _remove, _repeat, _twice, _swap, _open_string, _comment, _commas, _deeper,
)  # fmt: skip
