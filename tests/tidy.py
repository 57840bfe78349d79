"""The rules of the house as functions over the syntax tree: each tells where it is broken and what to do instead.

``tests/test_tidy.py`` runs them over every file and keeps the list of what is allowed in spite of them.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from inventory_graph import DOMAINS

ROOT = Path(__file__).parents[1]
PACKAGES = ("inventory_graph", "resolvers", "migrations", "tests")

SPINE = (
    "actor", "arrays", "batch_queue", "batching", "connection_shares", "connections", "core_statements", "db", "errors", "idempotency", "ids",
    "leading", "numbering", "outbox", "pages", "quantities", "timers", "turns", "unlocked", "wakeups",
)  # fmt: skip
"""What domains stand on: modules of inventory_graph that know no domain."""

COMPOSITION = ("app", "cli", "edge", "hooks")
"""The only modules that know everything: resolvers and transports are handed to domains by them."""

FOREIGN = frozenset({"strawberry", "graphql", "starlette", "uvicorn", "httpx", "redis", "nats", "aiokafka", "typer"})
"""What speaks to the outside: domains are called by it and never call it."""

DRIVERS = frozenset({"sqlalchemy", "asyncpg", "alembic"})

PURE = (
    "amounts",
    "book",
    "commands",
    "costing",
    "decision",
    "holding",
    "lots",
    "period_policy",
    "promises",
    "prospects",
    "refusals",
    "removal",
    "serials",
    "state",
    "transit",
)
"""Modules of stock that decide: values in, values out."""

STOCK_TABLES = "balances|movements|quants|lots|serials|postings|holds"
STOCK_MODELS = frozenset({"Balance", "Movement", "Quant", "Lot", "Serial", "Posting", "Hold"})
WRITES_STOCK = re.compile(rf"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE|COPY)\s+({STOCK_TABLES})\b")
ENDS_TRANSACTION = re.compile(r"^\s*(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK)\b\s*(;|$|READ|ISOLATION|WORK)")
CLOCKS = frozenset(
    {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "uuid1", "uuid4", "new_id", "random"}
)
BANNED_NAMES = re.compile(r"(^|_)(util|utils|helper|helpers|common|misc|shared|stuff|manager|base)s?$")
LISTS = re.compile(r"(list|tuple|set|frozenset|sorted|Sequence|Collection|Iterable|Set|AbstractSet)\b")
BARE_IGNORE = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:))")

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root of the project and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, walked once for all rules."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The dotted name, in parts: ``("inventory_graph", "stock", "book")``."""
        parts = self.path.with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def room(self) -> str:
        """The second part of the name: a domain, a module of the spine or of the edge; empty at the top."""
        return self.parts[1] if len(self.parts) > 1 else ""

    @property
    def domain(self) -> str | None:
        """The domain this file belongs to, None outside the domains."""
        return self.room if self.parts[0] == "inventory_graph" and self.room in DOMAINS else None

    @property
    def is_ours(self) -> bool:
        """Whether it is part of what is shipped, and no test."""
        return self.parts[0] != "tests"

    def imports(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The line and dotted name of every import; ``from a.b import c`` counts as ``a.b.c``."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, tuple(alias.name.split("."))) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = tuple((node.module or "").split("."))
                yield from ((node.lineno, (*module, alias.name)) for alias in node.names)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with the last part of the name that is called."""
        for node in self.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                yield node, node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id

    def texts(self) -> Iterator[tuple[int, str]]:
        """Every string literal but docstrings and bare descriptions, with its line."""
        said = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                yield node.lineno, node.value

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@dataclass(frozen=True)
class Finding:
    """A broken rule: where, and what to do."""

    path: PurePosixPath
    line: int
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.advice}"


Rule = Callable[[Source], Iterator[tuple[int, str]]]


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the project, read once."""
    return tuple(
        Source(PurePosixPath(path.relative_to(ROOT).as_posix()), path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "node_modules" not in path.parts
    )


def findings(rule: Rule, source: Source) -> list[Finding]:
    """What the rule finds in one file."""
    return [Finding(source.path, line, advice) for line, advice in rule(source)]


def domains_import_leftwards(source: Source) -> Iterator[tuple[int, str]]:
    if source.domain is None:
        return
    allowed = DOMAINS[: DOMAINS.index(source.domain) + 1]
    for line, name in source.imports():
        top, room = name[0], name[1] if len(name) > 1 else ""
        if top in FOREIGN:
            yield line, f"a domain may not import {top}: take a function as an argument and let app.py hand it in."
        elif top in PACKAGES and top != "inventory_graph":
            yield line, f"a domain may not import {top}: it is called from there."
        elif top == "inventory_graph" and room in DOMAINS and room not in allowed:
            yield (
                line,
                (
                    f"{source.domain} may import only {', '.join(allowed)}, which stand left of it in DOMAINS: "
                    f"move the verb to {room}, or give {source.domain} a function as an argument."
                ),
            )
        elif top == "inventory_graph" and room not in (*DOMAINS, *SPINE):
            yield line, f"a domain may not import inventory_graph.{room}: have what it needs passed in."


def spine_knows_no_domain(source: Source) -> Iterator[tuple[int, str]]:
    if source.parts[0] != "inventory_graph" or source.room not in SPINE:
        return
    for line, name in source.imports():
        if name[0] in FOREIGN | {"resolvers", "migrations", "tests"}:
            yield line, f"inventory_graph.{source.room} stands below the domains and may not import {name[0]}."
        elif name[0] == "inventory_graph" and len(name) > 1 and name[1] not in SPINE:
            yield (
                line,
                f"inventory_graph.{source.room} stands below the domains and may not import {'.'.join(name[:2])}.",
            )


def only_composition_knows_resolvers(source: Source) -> Iterator[tuple[int, str]]:
    if source.parts[0] != "inventory_graph" or source.room in COMPOSITION:
        return
    for line, name in source.imports():
        if name[0] == "resolvers" or (name[:2] == ("inventory_graph", "transport") and source.room != "transport"):
            yield line, f"only app and cli import {'.'.join(name[:2])}: they put the parts together."


def resolvers_speak_no_sql(source: Source) -> Iterator[tuple[int, str]]:
    if source.parts[0] != "resolvers":
        return
    for line, name in source.imports():
        if name[0] in DRIVERS:
            yield line, f"a resolver may not import {name[0]}: write a batch function in the domain and load it."
        elif name[0] in {"migrations", "tests"} or name[:2] in {("inventory_graph", room) for room in COMPOSITION}:
            yield line, f"a resolver may not import {'.'.join(name[:2])}: it is used from there."


def migrations_stand_alone(source: Source) -> Iterator[tuple[int, str]]:
    if source.parts[:2] != ("migrations", "versions"):
        return
    for line, name in source.imports():
        if name[0] in {"inventory_graph", "resolvers", "tests"}:
            yield line, "a revision may not import the program: it must do next year what it does today."


def shipped_code_imports_no_tests(source: Source) -> Iterator[tuple[int, str]]:
    if source.is_ours:
        for line, name in source.imports():
            if name[0] in {"tests", "pytest", "hypothesis"}:
                yield line, f"{name[0]} is not installed where the service runs."


def only_stock_writes_stock(source: Source) -> Iterator[tuple[int, str]]:
    if not source.is_ours or source.domain == "stock" or source.parts[0] == "migrations":
        return
    advice = "only inventory_graph/stock writes balances and the ledger: post a command to it."
    for line, text in source.texts():
        if WRITES_STOCK.search(text):
            yield line, advice
    for call, name in source.calls():
        given = {node.id for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Name)}
        if name in {"insert", "update", "delete"} and given & STOCK_MODELS:
            yield call.lineno, advice


def only_db_ends_transactions(source: Source) -> Iterator[tuple[int, str]]:
    if not source.is_ours or source.path.as_posix() == "inventory_graph/db.py":
        return
    advice = "nothing but db.py begins or ends a transaction: do it in the transaction that you were given."
    for call, name in source.calls():
        if name in {"commit", "rollback"} and isinstance(call.func, ast.Attribute):
            yield call.lineno, advice
    for line, text in source.texts():
        if ENDS_TRANSACTION.match(text):
            yield line, advice


def no_lazy_relationships(source: Source) -> Iterator[tuple[int, str]]:
    for call, name in source.calls():
        if source.is_ours and name in {"relationship", "backref", "listens_for"}:
            yield (
                call.lineno,
                f"no {name}: ask a batch function for the rows; what must happen is a call that one can see.",
            )


def imports_stand_at_the_top(source: Source) -> Iterator[tuple[int, str]]:
    for function in source.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno, "imports stand at the top of the file; a cycle is solved by moving what both need."
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield node.lineno, "no import *: name what is used."
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "imports are written from the root, so that one reads where a name is from."


def domains_take_the_time(source: Source) -> Iterator[tuple[int, str]]:
    is_pure = source.domain == "stock" and source.parts[-1] in PURE
    if source.domain is None:
        return
    for call, name in source.calls():
        is_clock = name in CLOCKS - {"uuid1", "uuid4", "random"} and isinstance(call.func, ast.Attribute)
        if is_clock and isinstance(call.func, ast.Attribute) and _root(call.func) in {"datetime", "date", "time"}:
            yield (
                call.lineno,
                "a domain does not look at the clock: take `now` as an argument, or clock_timestamp() in SQL.",
            )
        elif is_pure and name in CLOCKS:
            yield call.lineno, "the book is pure: no clock and no chance in it; take the value as an argument."
    for line, imported in source.imports():
        if is_pure and (
            imported[0] in DRIVERS | {"random", "secrets", "asyncio"} or imported[:2] == ("inventory_graph", "db")
        ):
            yield line, f"the book is pure: {'.'.join(imported[:2])} does not belong in it."


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def lists_go_as_arrays(source: Source) -> Iterator[tuple[int, str]]:
    if not source.is_ours or source.parts[0] == "migrations":
        return
    for function in source.functions():
        arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        lists = {each.arg for each in arguments if each.annotation and LISTS.match(ast.unparse(each.annotation))}
        for node in ast.walk(function):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            given = node.args[0]
            is_list = isinstance(given, ast.List | ast.Tuple | ast.Set | ast.ListComp | ast.SetComp | ast.GeneratorExp)
            is_made = (
                isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and bool(LISTS.match(given.func.id))
            )
            is_given = isinstance(given, ast.Name) and given.id in lists
            if node.func.attr in {"in_", "not_in", "notin_"} and (is_list or is_made or is_given):
                yield (
                    node.lineno,
                    "no IN with a list: db.any_of(column, values) is one parameter and one plan for any length.",
                )


def ignores_say_what(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and BARE_IGNORE.search(token.string):
            yield token.start[0], "name the rule that is ignored, and why if it is not plain: `# type: ignore[code]`."


def sizes_stay_readable(source: Source) -> Iterator[tuple[int, str]]:
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield 1, f"{lines} lines where {FILE_LINES_MAX} are the limit: split it by noun, then by verb."
    for function in source.functions():
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield (
                function.lineno,
                f"{function.name} has {length} lines where {FUNCTION_LINES_MAX} are the limit: split it.",
            )


def names_say_what(source: Source) -> Iterator[tuple[int, str]]:
    for part in source.parts:
        if BANNED_NAMES.search(part):
            yield 1, f"{part!r} says nothing about what is in it: name it after its noun."


def verbs_take_keywords(source: Source) -> Iterator[tuple[int, str]]:
    if source.domain is None:
        return
    for function in source.tree.body:
        if not isinstance(function, ast.AsyncFunctionDef) or function.name.startswith("_"):
            continue
        positional = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        if positional[:1] == ["tx"] and len(positional) > 2:
            yield function.lineno, f"{function.name} takes {', '.join(positional[1:])} by position: put a * after tx."


def tests_use_the_real_thing(source: Source) -> Iterator[tuple[int, str]]:
    if source.is_ours:
        return
    for line, name in source.imports():
        if name[:2] == ("unittest", "mock") or name[0] in {"mock", "pytest_mock", "responses", "respx"}:
            yield line, f"no {'.'.join(name[:2])}: a mock of our own module proves what the mock does."
    for function in source.functions():
        if function.name.startswith("test_") and not ast.get_docstring(function):
            yield function.lineno, f"{function.name}: the docstring says why it matters."


RULES: tuple[Rule, ...] = (
    domains_import_leftwards,
    spine_knows_no_domain,
    only_composition_knows_resolvers,
    resolvers_speak_no_sql,
    migrations_stand_alone,
    shipped_code_imports_no_tests,
    only_stock_writes_stock,
    only_db_ends_transactions,
    no_lazy_relationships,
    imports_stand_at_the_top,
    domains_take_the_time,
    lists_go_as_arrays,
    ignores_say_what,
    sizes_stay_readable,
    names_say_what,
    verbs_take_keywords,
    tests_use_the_real_thing,
)
