"""The walls of the house as tests: each failure says where, and what to do instead.

The rules over syntax trees are in ``tests/tidy.py``. What is allowed in spite of a rule stands below, with the reason, and
nowhere else; an entry that nothing needs any more fails too.
"""

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from sqlalchemy import Column, ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint, Uuid

from inventory_graph import DOMAINS
from tests.tables import tables
from tests.tidy import ROOT, RULES, Rule, Source, findings, sources

ALLOWED = {
    ("only_db_ends_transactions", "migrations/env.py"): "Alembic's own connection; a transaction for each revision",
    ("only_db_ends_transactions", "migrations/roles.py"): "roles are made before the first revision begins",
}
"""Files that may break a rule, by rule and path."""

ROOMS = {
    "cli": "the command line, a module for each group of commands",
    "demo": "the storefront to look at",
    "embedded": "the PostgreSQL that comes with the dependencies",
    "graphiql": "the page for people",
    "seed": "the demo data",
    "transport": "NATS, Redis and Kafka, behind functions",
}
"""Folders of inventory_graph that are no domain."""

TENANTLESS_KEYS = {
    "permissions": "the codes of permissions, the same for every tenant",
    "tenants": "its id is the tenant_id of every other table",
    "fk_role_permissions_permission_code_permissions": "points to the codes that all tenants share",
    "ix_outlets_id": "finds the tenant of a visitor who names an outlet only",
    "ix_api_keys_key_hash": "finds the tenant of a caller who brings a key only",
    "ix_reservations_due": "is how the sweeper finds whose holds are due",
    "log_positions": "is about the log of all tenants together",
    "ix_event_log_seq": "is how readers follow the log of all tenants",
    "ix_outbox_id": "is how the sequencer reads the events of all tenants",
}
"""Tables, keys and indexes that do not begin with tenant_id."""

# Written in two parts, so that this file holds none of what it looks for.
REGISTRIES = re.compile(
    r"registry\.npmjs" + r"\.org|files\.pythonhosted" + r"\.org|(?<![\w.])pypi" + r"\.org|registry\.yarnpkg" + r"\.com|"
    r"ghcr" + r"\.io|docker" + r"\.io|quay" + r"\.io|proxy\.golang" + r"\.org|static\.crates" + r"\.io"
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}-])/(work|opt|root|home/\w+|Users/\w+|var/folders)/|(?<![\w.$}-])/tmp/\w")
NAMES_ALLOWED: dict[str, str] = {}
"""Files that may name a package registry or a path of one machine, and why."""

BROKEN: dict[str, tuple[str, str]] = {
    "domains_import_leftwards": ("inventory_graph/masterdata/a.py", "from inventory_graph.stock import book"),
    "spine_knows_no_domain": ("inventory_graph/outbox.py", "from inventory_graph.stock import models"),
    "only_composition_knows_resolvers": ("inventory_graph/worker.py", "from resolvers import schema"),
    "resolvers_speak_no_sql": ("resolvers/items.py", "from sqlalchemy import select"),
    "migrations_stand_alone": ("migrations/versions/0009.py", "from inventory_graph.db import Base"),
    "shipped_code_imports_no_tests": ("inventory_graph/cli/dev.py", "from tests.given import tenants"),
    "only_stock_writes_stock": ("inventory_graph/imports/a.py", "SQL = 'UPDATE balances SET on_hand = 1'"),
    "only_db_ends_transactions": (
        "inventory_graph/imports/a.py",
        "async def f(tx):\n    await tx.raw.execute('COMMIT')",
    ),
    "no_lazy_relationships": ("inventory_graph/stock/models.py", "items = relationship('Item')"),
    "imports_stand_at_the_top": ("resolvers/items.py", "def f():\n    import json"),
    "domains_take_the_time": ("inventory_graph/masterdata/a.py", "def f():\n    return datetime.now(UTC)"),
    "lists_go_as_arrays": ("inventory_graph/masterdata/a.py", "def f(keys: Sequence[str]):\n    Item.sku.in_(keys)"),
    "ignores_say_what": ("inventory_graph/db.py", "x = 1  # type: " + "ignore"),
    "sizes_stay_readable": ("inventory_graph/db.py", "\n" * 401),
    "names_say_what": ("inventory_graph/stock/utils.py", ""),
    "verbs_take_keywords": ("inventory_graph/stock/a.py", "async def ship(tx, order, lines): ..."),
    "tests_use_the_real_thing": ("tests/stock/test_a.py", "from unittest.mock import patch"),
}
"""For every rule a file that breaks it: a rule that finds nothing has to be able to find something."""

MORE_BROKEN: list[tuple[str, str, str]] = [
    ("domains_import_leftwards", "inventory_graph/stock/a.py", "import nats"),
    ("domains_import_leftwards", "inventory_graph/stock/a.py", "from resolvers.kit import Payload"),
    ("domains_import_leftwards", "inventory_graph/stock/a.py", "from inventory_graph.config import Settings"),
    ("domains_import_leftwards", "inventory_graph/identity/a.py", "from inventory_graph import stock"),
    ("resolvers_speak_no_sql", "resolvers/items.py", "import asyncpg"),
    ("resolvers_speak_no_sql", "resolvers/items.py", "from inventory_graph.app import create_app"),
    ("only_stock_writes_stock", "resolvers/a.py", "statement = insert(Movement).values(quantity=1)"),
    (
        "only_stock_writes_stock",
        "inventory_graph/seed/a.py",
        "SQL = f'''\nDELETE FROM {x}; INSERT INTO quants VALUES (1)'''",
    ),
    ("only_db_ends_transactions", "resolvers/a.py", "async def f(session):\n    await session.commit()"),
    ("imports_stand_at_the_top", "resolvers/items.py", "from resolvers.kit import *"),
    ("imports_stand_at_the_top", "resolvers/items.py", "from .kit import Payload"),
    ("domains_take_the_time", "inventory_graph/stock/book.py", "x = uuid4()"),
    ("domains_take_the_time", "inventory_graph/stock/book.py", "from inventory_graph.db import Transaction"),
    ("domains_take_the_time", "inventory_graph/masterdata/a.py", "def f():\n    return datetime.date.today()"),
    ("lists_go_as_arrays", "inventory_graph/masterdata/a.py", "def f():\n    return Item.type.in_(['GOODS'])"),
    ("ignores_say_what", "tests/test_a.py", "x = 1  # no" + "qa"),
    ("sizes_stay_readable", "inventory_graph/db.py", "def f():\n" + "    x = 1\n" * 60),
    ("tests_use_the_real_thing", "tests/stock/test_a.py", "def test_without_a_reason(): ..."),
]

KEPT: list[tuple[str, str, str]] = [
    (
        "domains_import_leftwards",
        "inventory_graph/stock/a.py",
        "from inventory_graph.masterdata.items import item_by_sku",
    ),
    ("domains_import_leftwards", "inventory_graph/stock/a.py", "from sqlalchemy import select"),
    (
        "only_stock_writes_stock",
        "inventory_graph/imports/a.py",
        "SQL = 'SELECT * FROM balances'\n'''Never UPDATE balances.'''",
    ),
    ("only_db_ends_transactions", "inventory_graph/stock/a.py", "text = 'COMMITTED holds end; BEGINNING stock starts'"),
    ("domains_take_the_time", "inventory_graph/stock/service.py", "id = uuid4()"),
    ("lists_go_as_arrays", "inventory_graph/masterdata/a.py", "def f():\n    return Item.id.in_(select(Item.id))"),
    ("verbs_take_keywords", "inventory_graph/stock/a.py", "async def items_by_id(tx, keys): ..."),
    ("ignores_say_what", "tests/test_a.py", "x = 1  # type: ignore[arg-type]\ny = '# type: ' 'ignore'"),
]

RULES_BY_NAME = {rule.__name__: rule for rule in RULES}


def found_in(rule: str, path: str, text: str) -> list[str]:
    """What a rule says about a file that does not exist."""
    return [str(finding) for finding in findings(RULES_BY_NAME[rule], Source(PurePosixPath(path), text))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_holds(rule: Rule) -> None:
    """A rule that is worth keeping is a test; see what it advises."""
    found = [
        str(finding)
        for source in sources()
        if (rule.__name__, source.path.as_posix()) not in ALLOWED
        for finding in findings(rule, source)
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("rule", "path"), ALLOWED)
def test_exception_is_needed(rule: str, path: str) -> None:
    """A list of exceptions that nobody shortens becomes a list of holes."""
    assert findings(RULES_BY_NAME[rule], Source(PurePosixPath(path), (ROOT / path).read_text()))


@pytest.mark.parametrize("rule", RULES_BY_NAME)
def test_finds_what_breaks_it(rule: str) -> None:
    """Every rule has its own proof that it can fail, and says where."""
    path, text = BROKEN[rule]
    found = found_in(rule, path, text)
    assert len(found) >= 1
    assert found[0].startswith(f"{path}:")


@pytest.mark.parametrize(("rule", "path", "text"), MORE_BROKEN)
def test_finds_also(rule: str, path: str, text: str) -> None:
    """The other ways to break a rule."""
    assert found_in(rule, path, text)


@pytest.mark.parametrize(("rule", "path", "text"), KEPT)
def test_leaves_alone(rule: str, path: str, text: str) -> None:
    """A rule that complains about what is right is soon switched off."""
    assert found_in(rule, path, text) == []


def test_every_folder_is_a_domain() -> None:
    """A new folder takes its place in the order of who may import whom, or says why it has none."""
    folders = {place.parent.name for place in (ROOT / "inventory_graph").glob("*/__init__.py")}
    assert folders - {*DOMAINS, *ROOMS} == set(), "add it to DOMAINS in inventory_graph/__init__.py, or to ROOMS here"
    assert set(DOMAINS) - folders == set(), "DOMAINS names a domain that has no folder"


@pytest.mark.parametrize("domain", DOMAINS)
def test_domain_is_described_and_tested(domain: str) -> None:
    """The folder's docstring is the first thing that a newcomer reads, its tests the second."""
    source = Source(PurePosixPath("a.py"), (ROOT / "inventory_graph" / domain / "__init__.py").read_text())
    assert source.text.startswith('"""'), f"inventory_graph/{domain}/__init__.py says what the domain owns"
    assert list((ROOT / "tests" / domain).glob("test_*.py")), f"tests/{domain} has a file for each verb"


def test_every_folder_of_tests_is_a_package() -> None:
    """Two files of one name in folders that are no packages would hide one another."""
    folders = {file.parent for file in (ROOT / "tests").rglob("*.py") if "node_modules" not in file.parts}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def keys_without_tenant(table: Table) -> list[str]:
    """The table's keys, foreign keys and indexes that do not begin with tenant_id."""
    if table.name == "tenants":
        return []
    found = [] if next(iter(table.primary_key.columns)).name == "tenant_id" else [table.name]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and next(iter(constraint.columns)).name != "tenant_id":
            found.append(str(constraint.name))
        if isinstance(constraint, ForeignKeyConstraint) and constraint.column_keys[0] != "tenant_id":
            found.append(str(constraint.name))
    found += [str(index.name) for index in table.indexes if not _leads_with_tenant(index)]
    return found


def _leads_with_tenant(index: Index) -> bool:
    first = next(iter(index.expressions))
    return isinstance(first, Column) and first.name == "tenant_id"


def test_tenant_leads_every_key() -> None:
    """It is what the data is distributed by; and a unique key without it tells one tenant what another has."""
    found = [name for table in tables() for name in keys_without_tenant(table)]
    assert sorted(name for name in found if name not in TENANTLESS_KEYS) == []
    assert sorted(set(TENANTLESS_KEYS) - {"tenants", *found}) == [], "these exceptions are needed no more"


def test_finds_a_key_without_tenant() -> None:
    """Each kind of key is looked at."""
    metadata = MetaData()
    Table("tenants", metadata, Column("id", Uuid, primary_key=True))
    table = Table(
        "loose",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("tenant_id", Uuid),
        Column("code", Uuid),
        UniqueConstraint("code", "tenant_id", name="uq_loose_code"),
        ForeignKeyConstraint(["code"], ["tenants.id"], name="fk_loose_code"),
        Index("ix_loose_code", "code"),
        Index("ix_loose_tenant_id", "tenant_id", "code"),
    )
    assert sorted(keys_without_tenant(table)) == ["fk_loose_code", "ix_loose_code", "loose", "uq_loose_code"]


def tracked_files() -> list[Path]:
    """What belongs to the project: what git knows or would take."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def names_of_one_place(text: str) -> list[str]:
    """The package registries and machine paths in a text."""
    return [found.group() for pattern in (REGISTRIES, MACHINE_PATHS) for found in pattern.finditer(text)]


def test_names_no_registry_and_no_machine() -> None:
    """The project is built from whatever registry its user has, on whatever machine."""
    found = {}
    for file in tracked_files():
        name = file.relative_to(ROOT).as_posix()
        names = names_of_one_place(file.read_text(encoding="utf-8", errors="ignore"))
        if names and name not in NAMES_ALLOWED:
            found[name] = sorted(set(names))
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "https://registry.npmjs" + ".org/left-pad",
        "--index-url https://pypi" + ".org/simple",
        "image: ghcr" + ".io/someone/something:1",
        "--find-links /op" + "t/wheels",
        "cd /roo" + "t/project",
        "'/tm" + "p/out.json'",
    ],
)
def test_finds_the_name_of_one_place(text: str) -> None:
    """What a careless copy brings in."""
    assert len(names_of_one_place(text)) == 1


@pytest.mark.parametrize(
    "text", ["https://example.org/opt/in", "docs/opt/", "$HOME/work/", "./root/a", "a /tmp directory"]
)
def test_leaves_other_names_alone(text: str) -> None:
    """Paths within the project, and words, are nobody's machine."""
    assert names_of_one_place(text) == []


def test_changelog_says_what_is_coming() -> None:
    """Every change that a user notices has its line before it is released."""
    text = (ROOT / "CHANGELOG.md").read_text()
    unreleased = re.search(r"^## \[?Unreleased\]?\n(?P<body>.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert unreleased is not None, "CHANGELOG.md has a section `## Unreleased`"
    assert re.search(r"^- \S", unreleased["body"], re.MULTILINE), "and a line in it for what this version brings"
