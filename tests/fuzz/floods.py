"""Documents with too much of one thing, by name: each of these has brought down a server somewhere."""

from collections.abc import Callable, Mapping
from random import Random

SIZES = (3, 15, 31, 60, 200, 700, 1_900, 6_000)
"""Below the limits, at them, and far above."""


def fragment_bomb(levels: int, *, spreads: int = 2, is_aliased: bool = False) -> str:
    """Fragments that each spread the next several times: the fields multiply at each level."""
    fragments = []
    for level in range(levels):
        spread = f"...F{level + 1}"
        parts = [f"a{number}: parent {{ {spread} }}" if is_aliased else spread for number in range(spreads)]
        fragments.append(f"fragment F{level} on Category {{ {' '.join(parts)} }}")
    return " ".join(["{ categories { ...F0 } }", *fragments, f"fragment F{levels} on Category {{ id }}"])


def _bomb(random: Random) -> str:
    return fragment_bomb(random.choice((3, 8, 15, 25, 60, 150)), spreads=random.randint(2, 9))


def _aliased_bomb(random: Random) -> str:
    return fragment_bomb(random.choice((3, 8, 15, 25, 60)), spreads=random.randint(2, 5), is_aliased=True)


def _inline_bomb(random: Random) -> str:
    levels, spreads = random.choice((2, 4, 6)), random.choice((2, 3, 5))
    text = "id"
    for _ in range(levels):
        text = " ".join([f"... on Category {{ {text} }}"] * spreads)[:18_000]
    return f"{{ categories {{ {text} }} }}"


def _circle(random: Random) -> str:
    """Fragments in a circle of any length, spread many times."""
    length = random.choice((1, 2, 3, 50, 300))
    circle = [f"fragment F{n} on Category {{ parent {{ ...F{(n + 1) % length} }} }}" for n in range(length)]
    return " ".join([f"{{ categories {{ {'...F0 ' * random.choice((1, 20, 200))} }} }}", *circle])


def _spreads(random: Random) -> str:
    """Many fragments that each other one is spread in: pairs to compare, and none is known."""
    count = random.choice((5, 20, 29, 60))
    every = " ".join(f"...F{n}" for n in range(count))
    fragments = [f"fragment F{n} on Category {{ x: {random.choice(('id', 'name'))} }}" for n in range(count)]
    return " ".join([f"{{ categories {{ {every} }} }}", *fragments])


def _aliases(random: Random) -> str:
    return f"{{ {' '.join(f'a{n}: me {{ subject }}' for n in range(random.choice(SIZES)))} }}"


def _repeats(random: Random) -> str:
    return f"{{ {'categories { id name } ' * random.choice(SIZES)} }}"


def _conflicts(random: Random) -> str:
    """One name for different fields: validation compares each with each."""
    fields = (f"x: {random.choice(('id', 'name', 'slug', 'parent { id }'))}" for _ in range(random.choice(SIZES)))
    return f"{{ categories {{ {' '.join(fields)} }} }}"


def _nested_conflicts(random: Random) -> str:
    """Two branches alike to the bottom, which differ only there."""
    levels = random.choice((4, 10, 14, 40))
    branches = [
        "categories { " + "parent { " * levels + f"x: {name}" + " }" * levels + " }" for name in ("id", "name", "slug")
    ]
    return f"{{ {' '.join(branches)} }}"


def _directives(random: Random) -> str:
    name = random.choice(
        ("@skip(if: false)", "@include(if: true)", "@nope", "@deprecated", "@skip", "@a(b: [{c: $d}])")
    )
    return f"{{ __typename {f'{name} ' * random.choice(SIZES)} }}"


def _operations(random: Random) -> str:
    name = random.choice(("Q", "Q{n}", ""))
    return " ".join(f"query {name.format(n=n)} {{ __typename }}" for n in range(random.choice(SIZES)))


def _definitions(random: Random) -> str:
    """Types and extensions, which have no place in a request."""
    return "{ __typename } " + "type A { a: Int } extend type Query { b: Int } " * random.choice(SIZES)


def _variables(random: Random) -> str:
    type_ = random.choice(("Int", "[[[[[Int!]!]!]!]!]!", "Nope", "ItemKey!", "[" * 150 + "Int" + "]" * 150))
    default = random.choice(("", " = 1", " = $b", ' = {a: [{b: "c"}]}'))
    declared = " ".join(f"$v{n}: {type_}{default}" for n in range(random.choice(SIZES)))
    return f"query({declared}) {{ __typename }}"


def _arguments(random: Random) -> str:
    name = random.choice(("first", "a{n}"))
    given = " ".join(f"{name.format(n=n)}: {n}" for n in range(random.choice(SIZES)))
    return f"{{ items({given}) {{ nodes {{ id }} }} }}"


def _twice_named(random: Random) -> str:
    """An input object in which every field comes twice."""
    fields = " ".join(f"{random.choice(('id', 'sku', 'barcode'))}: {n}" for n in range(random.choice(SIZES)))
    return f"{{ item(key: {{ {fields} }}) {{ id }} }}"


def _deep_value(random: Random) -> str:
    opening, closing = random.choice((("[", "]"), ("{a: ", "}"), ("[{a: [", "]}]")))
    levels = random.choice((5, 31, 33, 100, 180, 3_000))
    return f"{{ items(filter: {opening * levels}1{closing * levels}) {{ nodes {{ id }} }} }}"


def _long_list(random: Random) -> str:
    value = random.choice(("1", '"a"', "null", "$a", "{id: 1}", "NOPE"))
    return f"{{ availability(skus: [{f'{value} ' * random.choice(SIZES)}]) {{ sku }} }}"


def _representations(random: Random) -> str:
    one = random.choice(('{__typename: "Item", id: "x"}', '{__typename: "Item", sku: 1e999}', "{a: {b: []}}", "5"))
    return f"{{ _entities(representations: [{f'{one} ' * random.choice(SIZES)}]) {{ ... on Item {{ id }} }} }}"


def _long_text(random: Random) -> str:
    one = random.choice(("x", "é", "🍞", "\\u0041", "\\u{1F35E}", '\\"', "\\ud800", "\\u{110000}", "\\u{", "\\"))
    quotes = random.choice(('"', '"""'))
    return f"{{ item(key: {{sku: {quotes}{one * random.choice(SIZES)}{quotes}}}) {{ id }} }}"


def _block_lines(random: Random) -> str:
    """A block string whose indentation has to be found over many lines."""
    lines = "\n".join(" " * random.randrange(9) + "x" for _ in range(random.choice(SIZES)))
    return f'{{ item(key: {{sku: """{lines}"""}}) {{ id }} }}'


def _number(random: Random) -> str:
    digits = random.choice(SIZES)
    forms = (
        "9" * digits,
        "-" + "9" * digits,
        "1e" + "9" * digits,
        "0." + "0" * digits + "1",
        "0" * digits,
        "1.",
        "-",
        ".5",
    )
    return f"{{ items(first: {random.choice(forms)}) {{ nodes {{ id }} }} }}"


def _name(random: Random) -> str:
    """A name of thousands of letters, which no field has but many are like."""
    return f"{{ {random.choice(('a', '_', 'items', 'é'))[0] * random.choice(SIZES)} }}"


def _strangers(random: Random) -> str:
    """Unknown fields, each of which might be a misspelt one."""
    return f"{{ {' '.join(f'item{n}' for n in range(random.choice(SIZES)))} }}"


def _introspection(random: Random) -> str:
    levels = random.choice((2, 4, 8, 14, 60))
    step, end = random.choice((("fields { type { ", "} } "), ("ofType { ", "} "), ("possibleTypes { ", "} ")))
    return f"{{ __schema {{ types {{ {step * levels} name {end * levels} }} }} }}"


def _comments(random: Random) -> str:
    return "#\n" * random.choice(SIZES) + "{ __typename }" + "#" * random.choice(SIZES)


def _blanks(random: Random) -> str:
    return random.choice((" ", "\n", "\r", "\t", ",", "\ufeff", "\u00a0")) * random.choice(SIZES) + "{ __typename }"


def _lines_above(random: Random) -> str:
    """Errors whose places are below many lines."""
    asked = random.choice((_representations, _aliases, _strangers, _conflicts))(random)
    return random.choice(("\n", "\r", "\r\n")) * random.choice((200, 6_000, 12_000)) + asked


def _brackets(random: Random) -> str:
    return random.choice("{[(}])") * random.choice(SIZES)


def _subscription(random: Random) -> str:
    return f"subscription {{ {random.choice(('__typename', 'stockChanged', 'me { subject } units { code }'))} }}"


def _incremental(random: Random) -> str:
    """Parts that are to come later, which are not offered here."""
    return random.choice(("{ ... @defer { __typename } }", '{ units @stream(initialCount: 0, label: "a") { code } }'))


FLOODS: Mapping[str, Callable[[Random], str]] = {
    flood.__name__.removeprefix("_").replace("_", " "): flood
    for flood in (
        _bomb, _aliased_bomb, _inline_bomb, _circle, _spreads, _aliases, _repeats, _conflicts, _nested_conflicts,
        _directives, _operations, _definitions, _variables, _arguments, _twice_named, _deep_value, _long_list,
        _representations, _long_text, _block_lines, _number, _name, _strangers, _introspection, _comments, _blanks,
        _lines_above, _brackets, _subscription, _incremental,
    )
}  # fmt: skip
