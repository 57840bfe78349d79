"""What the documentation shows is what happens.

The examples of a page run in their order against the service with freshly seeded demo data. A ``graphql`` block is answered
as the ``json`` block after it says; a command in a ``console`` block, typed in the project's directory, prints what stands
below it. Ids, instants, tokens and secrets count as equal where they stand in the same places.
"""

import asyncio
import json
import os
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from inventory_graph.app import create_app
from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings
from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from inventory_graph.seed import DEMO_TENANT, seed_database, tenant_id_of
from inventory_graph.signing import development_key, sign_token
from migrations.roles import APP
from tests.graph import BASE_URL
from tests.pages import ROOT, Command, Operation, Page, PageError, masked, page_names
from tests.servers import PostgresServer, temporary_directory

DEMO_ROLE = "inventory_admin"
COMMAND_SECONDS_MAX = 60
PROGRAM = Path(sys.executable).with_name("inventory-graph")
NAMES_OF_PROGRAM = {"inventory-graph", ".venv/bin/inventory-graph"}

RUN = [name for name in page_names() if Page.read(name).examples()]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a reader has after ``make run``: the service with the demo data, and its database for commands."""

    client: httpx.AsyncClient
    database_url: str
    key_file: Path

    async def answer(self, operation: Operation) -> Any:
        """What the service answers."""
        return (await self.client.post("/graphql", json={"query": operation.query})).json()

    async def output(self, command: Command) -> str:
        """What the command prints, its errors included."""
        words = shlex.split(command.words)
        assert words[0] in NAMES_OF_PROGRAM, f"line {command.line}: only {min(NAMES_OF_PROGRAM)} is run, not {words[0]}"
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *words[1:],
            cwd=ROOT,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS_MAX)
        return printed.decode()

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("INVENTORY_", "COVERAGE_"))}
        return {
            **ours,
            "DATABASE_URL": self.database_url,
            "INVENTORY_DEVELOPMENT_KEY_FILE": str(self.key_file),
            "COLUMNS": "120",
        }


@asynccontextmanager
async def demonstration(postgres: PostgresServer) -> AsyncIterator[Demonstration]:
    """The demo data in a database of its own, served in this process to the demo administrator."""
    url = await postgres.clone()
    database = await Database.connect(url, role=APP, hooks=HOOKS)
    with temporary_directory() as directory:
        key_file = directory / "development-key.pem"
        settings = Settings.load(dotenv=None, development_key_file=key_file)
        authenticator = Authenticator(database=database, settings=settings)
        try:
            await seed_database(database, say=lambda _: None)
            application = create_app(settings, database=database, authenticator=authenticator, ready=_is_ready)
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(application),
                base_url=BASE_URL,
                headers={"authorization": f"Bearer {_demo_token(settings, key_file)}"},
            ) as client:
                yield Demonstration(client, url, key_file)
        finally:
            await authenticator.close()
            await database.close()


async def _is_ready() -> bool:
    return True


def _demo_token(settings: Settings, key_file: Path) -> str:
    """The token that ``inventory-graph dev`` gives to GraphiQL."""
    return sign_token(
        development_key(key_file),
        tenant_id=tenant_id_of(DEMO_TENANT),
        tenant_slug=DEMO_TENANT,
        subject=f"{DEMO_ROLE}@{DEMO_TENANT}",
        roles=[DEMO_ROLE],
        audience=settings.jwt_audience,
        now=datetime.now(UTC),
    )


def _masked_json(value: Any) -> Any:
    return json.loads(masked(json.dumps(value)))


@pytest.mark.parametrize("name", RUN)
async def test_examples_happen_as_shown(name: str, postgres: PostgresServer) -> None:
    """A reader who types what the page says, in the order of the page, sees what the page shows."""
    async with demonstration(postgres) as shown:
        for example in Page.read(name).examples():
            if isinstance(example, Operation):
                answer = await shown.answer(example)
                assert _masked_json(answer) == _masked_json(example.answer), f"{name}:{example.line}"
            else:
                printed = await shown.output(example)
                assert masked(printed).rstrip() == masked(example.output).rstrip(), f"{name}:{example.line}"


@pytest.mark.parametrize(
    "text", ["```graphql\n{ me { subject } }\n```", "```graphql\n{ a }\n```\n```json\n{\n```", "```console\nls\n```"]
)
def test_examples_without_answers_are_refused(text: str) -> None:
    """An example whose answer is forgotten is not passed over in silence."""
    with pytest.raises(PageError, match=r"^docs/page\.md:\d+: "):
        Page("docs/page.md", text).examples()


def test_only_what_differs_by_run_is_masked() -> None:
    """Ids count by where they stand, not by what they are; quantities, names and days count as they are."""
    one, other, third = (str(UUID(int=number)) for number in (1, 2, 3))
    assert _masked_json({"a": one, "b": one}) == _masked_json({"a": other, "b": other})
    assert _masked_json({"a": one, "b": one}) != _masked_json({"a": one, "b": third})
    assert _masked_json(["2026-11-22T09:30:00Z"]) == _masked_json(["2026-11-23T10:00:00.123456Z"])
    assert _masked_json(["2026-11-22", "12.5"]) == ["2026-11-22", "12.5"]


def test_first_pages_have_examples() -> None:
    """The pages that a newcomer reads first are run, so that they cannot fall behind."""
    assert {"README.md", "docs/tutorial.md"} <= set(RUN)
