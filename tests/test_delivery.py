"""What the service is delivered with does what it says, as far as that shows without an engine for containers.

The image is not built and the containers are not started here. What they are made of is: the wheel is built from the very
files that an engine would get, the compose file is checked by its schema and against the settings and commands of the
program, NATS starts with its configuration, and the logins are made and used on a real PostgreSQL.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from inventory_graph import migrate
from inventory_graph.config import Settings, describe
from inventory_graph.db import Database
from inventory_graph.embedded import find_binaries
from migrations.roles import APP, OWNER, WORKER
from tests.delivery import compose, context_files, environment, instructions, is_ignored, pinned_version
from tests.given.tenants import given_tenant
from tests.servers import PostgresServer, free_port
from tests.tidy import ROOT, sources

BIN = Path(sys.executable).parent
COMPOSE = ROOT / "docker-compose.yml"
PLACE = ROOT / "docs" / "operations" / "compose"
DOCKERFILES = (ROOT / "Dockerfile", PLACE / "router" / "Dockerfile")
STACK = compose(COMPOSE)
SERVICES = STACK["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("inventory-graph:")}
ONE_SHOT = {"migrate", "seed"}
FINAL_STAGE = instructions(DOCKERFILES[0])[-1].stage


def said(*command: str | Path, cwd: Path = ROOT, **settings: str) -> str:
    """What a program prints when it ends well."""
    answer = subprocess.run(
        command, cwd=cwd, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=300
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def test_compose_file_is_one() -> None:
    """By the schema of the compose specification."""
    said(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_would_find_a_mistake_in_the_compose_file(tmp_path: Path) -> None:
    """A misspelt key is what such files usually suffer from."""
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text().replace("depends_on:", "depend_on:", 1))
    with pytest.raises(AssertionError, match="depend_on"):
        said(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", broken)


def test_compose_reads_it() -> None:
    """The client resolves anchors, defaults and files; it needs no engine for that."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker client with compose is installed")
    said(docker, "compose", "--file", COMPOSE, "config", "--quiet")


@pytest.mark.parametrize("name", SERVICES)
def test_service_names_one_release(name: str) -> None:
    """What starts tomorrow is what was tried today."""
    assert pinned_version(SERVICES[name]["image"]), SERVICES[name]["image"]


@pytest.mark.parametrize("name", SERVICES)
def test_service_tells_its_health(name: str) -> None:
    """Nobody is sent to a service that cannot answer yet; those that run once and end tell it by ending."""
    service = SERVICES[name]
    by_image = any(each.name == "HEALTHCHECK" for each in instructions(DOCKERFILES[name == "router"]))
    assert ("healthcheck" in service) or (name in {"web", "router"} and by_image) or name in ONE_SHOT
    if name in ONE_SHOT:
        assert service["restart"] == "on-failure:3"


@pytest.mark.parametrize("name", SERVICES)
def test_service_waits_for_what_it_needs(name: str) -> None:
    """Each starts when what it uses is ready, not when it merely exists."""
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        ended = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
        assert how == {"condition": ended}, f"{name} waits for {needed}"
        assert needed in SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_service_finds_its_files(name: str) -> None:
    """A file that is not there becomes an empty folder in the container."""
    for volume in SERVICES[name].get("volumes", []):
        source, _, _ = volume.partition(":")
        if source.startswith("."):
            assert (ROOT / source).is_file(), f"{source}, mounted by {name}, is missing"
            assert volume.endswith(":ro")
        else:
            assert source in STACK["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_open_to_this_machine_only(name: str) -> None:
    """Passwords that everybody can read in the file must not be a door to the network."""
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_settings_are_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable is known and takes its value: the program refuses to start otherwise."""
    built_in = [word for each in instructions(DOCKERFILES[0]) if each.name == "ENV" for word in each.words]
    given = {**dict(word.partition("=")[::2] for word in built_in), **environment(OURS[name])}
    ours = {name: value for name, value in given.items() if not name.startswith(("PIP_", "PYTHON", "PATH"))}
    assert set(ours) <= {each.name for each in describe()}
    for variable, value in ours.items():
        monkeypatch.setenv(variable, value)
    settings = Settings.load(dotenv=None)
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 4102)  # noqa: S104 - within the container
    assert settings.require_database_url().startswith("postgresql://inventory_service:inventory@postgres:5432/")


@pytest.mark.parametrize("name", [*OURS, FINAL_STAGE])
def test_command_exists(name: str) -> None:
    """What a container runs is a command of the program."""
    built_in = [each.words for each in instructions(DOCKERFILES[0]) if each.name == "CMD"][-1]
    command = OURS[name]["command"] if name in OURS else built_in
    assert "Usage: inventory-graph" in said(BIN / "inventory-graph", *command, "--help", TERM="dumb")


def test_worker_asks_for_its_health_by_a_command() -> None:
    """The one check that is a command of the program."""
    kind, program, *command = SERVICES["worker"]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "inventory-graph")
    assert "Usage: inventory-graph migrate status" in said(BIN / program, *command, "--help", TERM="dumb")


def test_ports_fit_together() -> None:
    """One port of the service, told in five places."""
    port = str(Settings.model_fields["http_port"].default)
    final = [each for each in instructions(DOCKERFILES[0]) if each.stage == FINAL_STAGE]
    assert [each.text for each in final if each.name == "EXPOSE"] == [port]
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert urlsplit(environment(SERVICES["router"])["INVENTORY_URL"]).netloc == f"web:{port}"
    assert "web" in environment(SERVICES["web"])["INVENTORY_ALLOWED_HOSTS"].split(",")
    assert SERVICES["router"]["ports"] == ["127.0.0.1:4000:4000"]
    router = [each for each in instructions(DOCKERFILES[1]) if each.name in {"EXPOSE", "CMD"}]
    assert all("4000" in each.text for each in router)


def test_router_and_service_share_their_secret() -> None:
    """Without it the service answers the router like anybody else."""
    assert environment(SERVICES["router"])["ROUTER_SECRET"] == environment(SERVICES["web"])["INVENTORY_ROUTER_SECRETS"]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.parent.name))
def test_dockerfile_has_no_faults(dockerfile: Path) -> None:
    """By the linter; and every base names one release."""
    said(BIN / "hadolint", "--failure-threshold", "info", dockerfile)
    bases = [each.words[0] for each in instructions(dockerfile) if each.name == "FROM"]
    stages = {each.stage for each in instructions(dockerfile)}
    assert [base for base in bases if base not in stages and not pinned_version(base)] == []


def test_would_find_a_fault_in_a_dockerfile(tmp_path: Path) -> None:
    """The linter does lint."""
    broken = tmp_path / "Dockerfile"
    broken.write_text("FROM python:latest\nRUN apt-get install curl\n")
    with pytest.raises(AssertionError, match="DL3007"):
        said(BIN / "hadolint", "--failure-threshold", "info", broken)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.parent.name))
def test_image_runs_without_rights(dockerfile: Path) -> None:
    """As an account by number, so that a cluster can tell that it is not root."""
    final = [each for each in instructions(dockerfile) if each.stage == instructions(dockerfile)[-1].stage]
    users = [each.text for each in final if each.name == "USER"]
    assert users
    assert int(users[-1]) > 0


def test_image_holds_the_runtime_alone() -> None:
    """Neither sources nor tools come into the last stage; packages are installed by hash."""
    steps = instructions(DOCKERFILES[0])
    copied = [each for each in steps if each.stage == FINAL_STAGE and each.name == "COPY"]
    assert [(each.flags["from"], each.words) for each in copied] == [("environment", ["/app", "/app"])]
    installed = [each.text for each in steps if each.stage == "environment" and "pip install" in each.text]
    assert ["--require-hashes -r requirements.txt" in installed[0], "--no-deps /wheels/" in installed[1]] == [
        True,
        True,
    ]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.parent.name))
def test_what_is_copied_is_there(dockerfile: Path) -> None:
    """In the folder that the engine is sent, after .dockerignore."""
    is_top = dockerfile.parent == ROOT
    sent = (
        [str(name) for name in context_files(ROOT)] if is_top else [path.name for path in dockerfile.parent.iterdir()]
    )
    for step in instructions(dockerfile):
        if step.name == "COPY" and "from" not in step.flags:
            for source in step.words[:-1]:
                assert any(name == source or name.startswith(f"{source}/") for name in sent), f"{source} is not sent"


def test_dockerignore_keeps_out_what_is_not_ours() -> None:
    """Secrets and rubbish of a working copy must not reach an image."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    sent = {str(name) for name in context_files(ROOT)}
    assert not [name for name in sent if name.startswith((".env", ".git/", ".inventory", ".venv", "tests"))]
    assert not [name for name in sent if "__pycache__" in name or "/source/" in name]
    assert is_ignored(PurePosixPath(".env"), patterns)
    assert "inventory_graph/app.py" in sent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the image builds it, from what the engine would be sent."""
    context = tmp_path_factory.mktemp("context")
    copied = [each for each in instructions(DOCKERFILES[0]) if each.stage == "wheel" and each.name == "COPY"]
    wanted = [source for each in copied for source in each.words[:-1]]
    for name in context_files(ROOT):
        if any(str(name) == source or str(name).startswith(f"{source}/") for source in wanted):
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, context / name)
    made = tmp_path_factory.mktemp("wheels")
    said(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"),
        *("--wheel-dir", made, "."),
        cwd=context,
    )
    return next(made.glob("inventory_graph-*.whl"))


def test_wheel_holds_all_of_the_program(wheel: Path) -> None:
    """What is no Python is forgotten first: the pages, the demo data, the revisions."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    shipped = {str(source.path) for source in sources() if source.is_ours}
    assert shipped - held == set()
    assert "inventory_graph/seed/urban_loft.json" in held
    assert any(name.startswith("inventory_graph/graphiql/dist/") and name.endswith(".js") for name in held)
    assert {f"inventory_graph/demo/{name}" for name in ("page.html", "card.json", "assets/demo.js")} <= held
    assert not [name for name in held if name.startswith("tests") or "node_modules" in name or "/source/" in name]


def test_wheel_runs_away_from_the_sources(wheel: Path, tmp_path: Path) -> None:
    """Installed alone, it prints the same schema as the working copy."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); from inventory_graph import cli; print(cli.__file__); cli.main()"
    printed = said(sys.executable, "-I", "-c", program, tmp_path / "site", "schema", cwd=tmp_path)
    place, _, schema = printed.partition("\n")
    assert place.startswith(str(tmp_path))
    assert schema == said(BIN / "inventory-graph", "schema")


def test_nats_takes_its_configuration() -> None:
    """By the server itself, of the version that is at least the one that compose runs."""
    config = PLACE / "nats.conf"
    said(BIN / "nats-server", "-t", "-c", config)
    assert re.search(r"^\s*sync_interval: always$", config.read_text(), re.MULTILINE)


def test_nats_syncs_what_it_acknowledges(tmp_path: Path) -> None:
    """Asked of the running server: with the configuration as it is, and without the line that matters."""
    text = (PLACE / "nats.conf").read_text().replace('"/data"', f'"{tmp_path / "data"}"')
    without = text.replace("sync_interval: always", "")
    assert _sync_always(tmp_path / "with.conf", text)
    assert not _sync_always(tmp_path / "without.conf", without)


def _sync_always(config: Path, text: str) -> bool:
    port, monitor = free_port(), free_port()
    config.write_text(text.replace(":4222", f":{port}").replace(":8222", f":{monitor}"))
    with subprocess.Popen([BIN / "nats-server", "-c", config], stderr=subprocess.DEVNULL) as server:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
                answer = client.get(f"http://127.0.0.1:{monitor}/jsz?config=1")
            return bool(answer.json()["config"].get("sync_always"))
        finally:
            server.terminate()


async def test_logins_of_compose_have_no_more_than_they_need(new_postgres: PostgresServer) -> None:
    """Made by the very file, then migrated and used as the containers do."""
    url = new_postgres.database_url(await new_postgres.create_database())
    said(
        *(
            find_binaries(None).directory / "psql",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
            PLACE / "logins.sql",
            url,
        ),
        SERVICE_PASSWORD="it's secret",
    )
    said(BIN / "inventory-graph", "migrate", "up", DATABASE_URL=url)
    parts = urlsplit(url)
    service_url = parts._replace(netloc=f"inventory_service:it%27s%20secret@{parts.hostname}:{parts.port}").geturl()
    assert "newest" in said(BIN / "inventory-graph", "migrate", "status", DATABASE_URL=service_url)
    for role in (APP, WORKER):
        database = await Database.connect(service_url, role=role, connections_max=1)
        if role == APP:
            tenant = await given_tenant(database)
            assert tenant.units
        await database.close()
    connection = await asyncpg.connect(service_url)
    try:
        assert await connection.fetch("SELECT id FROM tenants") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SET ROLE {OWNER}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (id int)")
    finally:
        await connection.close()
    assert await migrate.current(url) == migrate.head(url)


def test_router_is_installed_as_locked() -> None:
    """What package.json asks for is what the lock file installs, from whatever registry there is."""
    asked = json.loads((PLACE / "router" / "package.json").read_text())
    lock = json.loads((PLACE / "router" / "package-lock.json").read_text())
    assert lock["packages"][""]["dependencies"] == asked["dependencies"]
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked["dependencies"].values())
    assert [name for name, each in packages.items() if "integrity" not in each and not each.get("inBundle")] == []
    assert [name for name, each in packages.items() if "resolved" in each] == []


def test_make_says_what_it_makes() -> None:
    """Every target is listed by `make help`, and what a target runs is there."""
    text = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert targets is not None
    listed = re.findall(r"^ {2}make (\w+) +\S", said("make", "--no-print-directory", "help"), re.MULTILINE)
    assert sorted(listed) == sorted(targets[1].split())
    for module in re.findall(r"python -m (tests\.\w+)", text):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), f"there is no {module}"


def test_integration_runs_what_people_run() -> None:
    """A pipeline that knows more than the Makefile is one that nobody can repeat."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_version_is_told_once() -> None:
    """Images bear the version of the project."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in OURS.values()} == {f"inventory-graph:{version}"}
