"""Settings are read, checked and refused by name."""

from pathlib import Path

import pytest

from inventory_graph.config import Settings, SettingsError, describe


def _refusal(**overrides: object) -> str:
    with pytest.raises(SettingsError) as refusal:
        Settings.load(**overrides)  # type: ignore[arg-type]
    return str(refusal.value)


def test_needs_nothing_for_development() -> None:
    """A fresh clone runs without a single setting."""
    settings = Settings.load()
    assert (settings.http_host, settings.http_port, settings.environment) == ("127.0.0.1", 4102, "development")
    assert (settings.database_url, settings.migration_database_url, settings.jwt_issuers) == (None, None, ())
    assert (settings.introspection, settings.graphiql, settings.demo, settings.log_format) == (True, True, True, "text")
    assert (settings.jwt_audience, settings.data_directory) == ("codevertex", Path(".inventory"))
    assert "*" not in settings.allowed_hosts


def test_production_closes_what_development_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What helps a developer helps an attacker; each can still be opened by name."""
    monkeypatch.setenv("INVENTORY_ENVIRONMENT", "production")
    settings = Settings.load()
    opened = (settings.introspection, settings.graphiql, settings.demo)
    assert (opened, settings.log_format) == ((False, False, False), "json")
    monkeypatch.setenv("INVENTORY_GRAPHIQL", "on")
    assert (Settings.load().graphiql, Settings.load().demo, Settings.load().introspection) == (True, False, False)


def test_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are separated by commas; the old scheme of a database URL is taken for the new."""
    monkeypatch.setenv("DATABASE_URL", "postgres://app:secret@db:5432/inventory")
    monkeypatch.setenv("INVENTORY_JWT_ISSUERS", " https://sso.one.example , https://sso.two.example,")
    monkeypatch.setenv("INVENTORY_ROUTER_SECRETS", "the-first-router-secret,the-second-router-secret")
    monkeypatch.setenv("INVENTORY_LOG_LEVEL", "debug")
    monkeypatch.setenv("INVENTORY_ALLOWED_ORIGINS", "https://shop.example,http://localhost:3000")
    monkeypatch.setenv("REDIS_URL", "redis://cache:6379/0")
    monkeypatch.setenv("EVENTS_NATS_URL", "nats://bus:4222")
    monkeypatch.setenv("EVENTS_KAFKA_BROKERS", "one.kafka:9092, [::1]:9093")
    settings = Settings.load()
    assert settings.database_url == "postgresql://app:secret@db:5432/inventory"
    assert settings.require_migration_database_url() == settings.require_database_url() == settings.database_url
    assert settings.jwt_issuers == ("https://sso.one.example", "https://sso.two.example")
    assert [each.get_secret_value() for each in settings.router_secrets] == [
        "the-first-router-secret",
        "the-second-router-secret",
    ]
    assert settings.log_level == "DEBUG"
    assert settings.allowed_origins == ("https://shop.example", "http://localhost:3000")
    assert settings.events_kafka_brokers == ("one.kafka:9092", "[::1]:9093")
    assert (settings.redis_url, settings.events_nats_url) == ("redis://cache:6379/0", "nats://bus:4222")
    assert "secret" not in repr(settings)


def test_migrations_may_have_a_login_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application's login need not own the tables."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/inventory")
    monkeypatch.setenv("INVENTORY_MIGRATION_DATABASE_URL", "postgresql://owner@db/inventory")
    assert Settings.load().require_migration_database_url() == "postgresql://owner@db/inventory"


def test_the_environment_comes_before_the_file_and_the_command_line_before_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is nearer to the person wins."""
    (tmp_path / ".env").write_text("INVENTORY_HTTP_PORT=5001\nINVENTORY_HTTP_HOST=0.0.0.0\nOTHER=1\n")
    assert (Settings.load().http_port, Settings.load().http_host) == (5001, "0.0.0.0")  # noqa: S104 - what the file says
    monkeypatch.setenv("INVENTORY_HTTP_PORT", "5002")
    assert Settings.load().http_port == 5002
    assert Settings.load(http_port=5003).http_port == 5003
    assert Settings.load(dotenv=None).http_host == "127.0.0.1"


def test_an_empty_variable_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass on variables that are not set as empty ones."""
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("INVENTORY_HTTP_PORT", "")
    assert (Settings.load().redis_url, Settings.load().http_port) == (None, 4102)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("INVENTORY_HTTP_PORT", "http", "INVENTORY_HTTP_PORT is 'http'; it must be a whole number from 1 to 65535."),
        ("INVENTORY_HTTP_PORT", "65536", "INVENTORY_HTTP_PORT is '65536'; it must be a whole number from 1 to 65535."),
        ("INVENTORY_ENVIRONMENT", "prod", "INVENTORY_ENVIRONMENT is 'prod'; it must be development or production."),
        ("INVENTORY_GRAPHIQL", "maybe", "INVENTORY_GRAPHIQL is 'maybe'; it must be true or false."),
        ("INVENTORY_LOG_FORMAT", "xml", "INVENTORY_LOG_FORMAT is 'xml'; it must be text or json."),
        (
            "INVENTORY_FEDERATION_AUTHORIZATION",
            "true",
            "INVENTORY_FEDERATION_AUTHORIZATION is 'true'; it must be none, authenticated or scopes.",
        ),
        ("INVENTORY_LOG_LEVEL", "LOUD", "INVENTORY_LOG_LEVEL is 'LOUD'; it must be DEBUG, INFO, WARNING or ERROR."),
        (
            "INVENTORY_DATABASE_CONNECTIONS_MAX",
            "0",
            "INVENTORY_DATABASE_CONNECTIONS_MAX is '0'; it must be a whole number from 1 to 200.",
        ),
        ("INVENTORY_BATCH_MAX", "1001", "INVENTORY_BATCH_MAX is '1001'; it must be a whole number from 1 to 1000."),
        (
            "INVENTORY_BATCH_WAITING_MAX",
            "3",
            "INVENTORY_BATCH_WAITING_MAX is '3'; it must be a whole number from 4 to 1000000.",
        ),
        *(
            (
                "INVENTORY_ALLOWED_ORIGINS",
                wrong,
                f"INVENTORY_ALLOWED_ORIGINS is '{wrong}'; it must be origins such as https://shop.example separated by commas, or *.",
            )
            for wrong in (
                "https://shop.example/path",
                "https://Shop.example",
                "https://shop.example:443",
                "http://shop.example:80",
                "https://me@shop.example",
                "null",
            )
        ),
        *(
            (
                "INVENTORY_ALLOWED_HOSTS",
                wrong,
                f"INVENTORY_ALLOWED_HOSTS is '{wrong}'; it must be host names separated by commas, or *.",
            )
            for wrong in ("http://shop", "shop:443", "[::1]", "*.example")
        ),
        *(
            (
                "EVENTS_KAFKA_BROKERS",
                wrong,
                f"EVENTS_KAFKA_BROKERS is '{wrong}'; it must be host:port, several separated by commas; needs the extra kafka:"
                " pip install 'inventory-graph[kafka]'.",
            )
            for wrong in ("kafka", "kafka:port", "kafka://one:9092", "user@one:9092", "one:9092/inventory")
        ),
        (
            "INVENTORY_JWT_ISSUERS",
            "auth.local",
            "INVENTORY_JWT_ISSUERS names 'auth.local', which is no URL: set INVENTORY_JWKS_URL to where its keys are.",
        ),
        (
            "INVENTORY_JWT_ISSUERS",
            "inventory-graph-development",
            "INVENTORY_JWT_ISSUERS names inventory-graph-development, which is the development key's: remove it.",
        ),
        (
            "INVENTORY_JWKS_URL",
            "https://sso.example/keys",
            "INVENTORY_JWKS_URL is set and INVENTORY_JWT_ISSUERS is empty: name whose tokens it is for.",
        ),
    ],
)
def test_refuses_a_wrong_value_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """The variable, what it is, what it must be; and not a word about settings that follow from it."""
    monkeypatch.setenv(name, value)
    assert _refusal() == sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"EVENTS_KAFKA_USER": "inventory"},
            "EVENTS_KAFKA_USER and EVENTS_KAFKA_PASSWORD belong together: set both, or none.",
        ),
        (
            {"EVENTS_KAFKA_CA_FILE": "ca.pem"},
            "EVENTS_KAFKA_CA_FILE is set and EVENTS_KAFKA_TLS is not: set it to true.",
        ),
        (
            {"EVENTS_KAFKA_USER": "me", "EVENTS_KAFKA_PASSWORD": "s3cr3t", "EVENTS_KAFKA_MECHANISM": "PLAIN"},
            "EVENTS_KAFKA_MECHANISM is PLAIN and EVENTS_KAFKA_TLS is not set: the password could be read on its way, so set"
            " EVENTS_KAFKA_TLS to true.",
        ),
    ],
)
def test_refuses_a_login_to_kafka_that_cannot_be_meant(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], sentence: str
) -> None:
    """Half of one, or one that anybody can overhear."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert _refusal() == sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://app:s3cr3t@db/inventory"),
        ("DATABASE_URL", "postgresql://app:s3cr3t@db:port/inventory"),
        ("INVENTORY_MIGRATION_DATABASE_URL", "s3cr3t"),
        ("REDIS_URL", "http://:s3cr3t@cache"),
        ("EVENTS_NATS_URL", "s3cr3t"),
        ("INVENTORY_ROUTER_SECRETS", "s3cr3t"),
        ("INVENTORY_ROUTER_SECRETS", "s3cr3t-of-router-1,s3cr3t-of-router-2,s3cr3t-of-router-3"),
    ],
)
def test_refuses_a_wrong_secret_without_showing_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The refusal ends in a log."""
    monkeypatch.setenv(name, value)
    said = _refusal()
    assert said.startswith(f"{name} has a value that does not do; it must be ")
    assert "s3cr3t" not in said


def test_names_every_wrong_value_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to start the program once for each mistake."""
    monkeypatch.setenv("INVENTORY_HTTP_PORT", "x")
    monkeypatch.setenv("INVENTORY_LOG_LEVEL", "y")
    said = _refusal(http_host="a b")
    assert [name for name in Settings.variables() if name in said] == [
        "INVENTORY_HTTP_HOST",
        "INVENTORY_HTTP_PORT",
        "INVENTORY_LOG_LEVEL",
    ]


def test_refuses_an_unknown_name_with_the_nearest_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A setting with a typing error would otherwise be silently its default."""
    monkeypatch.setenv("INVENTORY_HTTP_PROT", "5000")
    assert (
        _refusal()
        == "INVENTORY_HTTP_PROT in the environment is no setting of this program: did you mean INVENTORY_HTTP_PORT?"
    )
    monkeypatch.delenv("INVENTORY_HTTP_PROT")
    monkeypatch.setenv("INVENTORY_DATABASE_URL", "postgresql://db")
    assert _refusal().endswith("did you mean DATABASE_URL?")
    monkeypatch.delenv("INVENTORY_DATABASE_URL")
    (tmp_path / ".env").write_text("INVENTORY_XYZZY=1\n")
    assert (
        _refusal()
        == "INVENTORY_XYZZY in .env is no setting of this program: docs/reference/settings.md lists those there are."
    )


def test_leaves_alone_what_the_platform_and_the_tests_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes names the address of a service called "inventory" in our style; so do the tests of this project."""
    for name, value in {
        "INVENTORY_SERVICE_HOST": "10.0.0.7",
        "INVENTORY_SERVICE_PORT": "4102",
        "INVENTORY_SERVICE_PORT_HTTP": "4102",
        "INVENTORY_PORT": "tcp://10.0.0.7:4102",
        "INVENTORY_PORT_4102_TCP_ADDR": "10.0.0.7",
        "INVENTORY_TEST_DATABASE_URL": "postgresql://db",
    }.items():
        monkeypatch.setenv(name, value)
    assert Settings.load().http_port == 4102


def test_says_which_setting_serving_needs() -> None:
    """Only `dev` brings a database of its own."""
    with pytest.raises(SettingsError, match=r"^DATABASE_URL is not set: .*`inventory-graph dev`"):
        Settings.load().require_database_url()
    with pytest.raises(SettingsError, match=r"^DATABASE_URL is not set"):
        Settings.load().require_migration_database_url()


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """By its name."""
    (tmp_path / ".env").write_bytes(b"INVENTORY_HTTP_PORT=\xff\xfe")
    assert _refusal().startswith("The file .env cannot be read")


def test_describes_every_setting() -> None:
    """The reference page is made of this."""
    described = {each.name: each for each in describe()}
    assert list(described) == Settings.variables()
    assert len(described) == len(Settings.model_fields)
    assert all(each.description.endswith(".") and each.accepts and each.default for each in described.values())
    assert described["INVENTORY_HTTP_PORT"].default == "4102"
    assert described["INVENTORY_GRAPHIQL"].default == "true in development, false in production"
    assert described["INVENTORY_JWT_ISSUERS"].default == "none"
    assert [name for name, each in described.items() if each.is_secret] == [
        "DATABASE_URL",
        "INVENTORY_MIGRATION_DATABASE_URL",
        "INVENTORY_ROUTER_SECRETS",
        "REDIS_URL",
        "EVENTS_NATS_URL",
        "EVENTS_KAFKA_PASSWORD",
        "INVENTORY_DOCUMENT_SECRETS",
    ]
