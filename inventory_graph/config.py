"""Settings: from the environment and from ``.env``, checked once at start and then fixed.

A wrong value and an unknown name are refused by the name of the environment variable. ``describe`` is the source of the
reference page.
"""

import os
import secrets
from pathlib import Path
from typing import Any, Literal, Self

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from inventory_graph.edge_settings import EdgeSettings
from inventory_graph.setting_forms import (
    Brokers,
    DatabaseURL,
    Hosts,
    HttpURL,
    Level,
    Names,
    NatsURL,
    Origins,
    RedisURL,
    RouterSecrets,
    is_http_url,
)
from inventory_graph.setting_words import SettingDescription, described, refused_sentences, unknown_sentences
from inventory_graph.setting_words import setting as _setting

DEVELOPMENT_ISSUER = "inventory-graph-development"


class SettingsError(Exception):
    """The program cannot start with these settings; ``str()`` is one sentence for each that is wrong."""


def _is_development(data: dict[str, Any]) -> bool:
    return data.get("environment") != "production"


_DATABASE_FORM = "a URL such as postgresql://user:password@host:5432/database"
_SWITCH = "true or false"


class Settings(EdgeSettings):
    """The settings of one process. ``Settings.load()`` reads them; fields have the names used in the program."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", case_sensitive=True, env_ignore_empty=True, populate_by_name=True, hide_input_in_errors=True
    )  # fmt: skip

    environment: Literal["development", "production"] = _setting(
        "INVENTORY_ENVIRONMENT",
        "What this process is for. Production switches off introspection, GraphiQL and the storefront, and refuses the development key.",
        accepts="development or production",
        default="development",
    )
    database_url: DatabaseURL | None = _setting(
        "DATABASE_URL",
        "The PostgreSQL (15 or newer) to serve from, with the login of the application. `inventory-graph dev` needs none:"
        " it starts its own.",
        accepts=_DATABASE_FORM,
        is_secret=True,
        default=None,
    )
    migration_database_url: DatabaseURL | None = _setting(
        "INVENTORY_MIGRATION_DATABASE_URL",
        "The same database with the login that runs migrations: it owns the tables and, the first time, creates roles.",
        accepts=_DATABASE_FORM,
        default_text="DATABASE_URL",
        is_secret=True,
        default_factory=lambda data: data.get("database_url"),
    )
    database_connections_max: int = _setting(
        "INVENTORY_DATABASE_CONNECTIONS_MAX",
        "How many database connections one process keeps at most.",
        accepts="a whole number from 1 to 200",
        default=10,
        ge=1,
        le=200,
    )
    batch_max: int = _setting(
        "INVENTORY_BATCH_MAX",
        "How many changes that wait for one tenant are made in one transaction at most.",
        accepts="a whole number from 1 to 1000",
        default=500,
        ge=1,
        le=1_000,
    )
    batch_waiting_max: int = _setting(
        "INVENTORY_BATCH_WAITING_MAX",
        "How many changes may wait for their transaction in one process, those of one tenant a quarter of it. Beyond that"
        " they are refused at once, with a Retry-After.",
        accepts="a whole number from 4 to 1000000",
        default=20_000,
        ge=4,
        le=1_000_000,
    )
    http_host: str = _setting(
        "INVENTORY_HTTP_HOST",
        "The address to listen on; 0.0.0.0 for every network of the machine.",
        accepts="an address or a host name",
        default="127.0.0.1",
        pattern=r"^[^\s/]+$",
    )
    http_port: int = _setting(
        "INVENTORY_HTTP_PORT",
        "The port to listen on.",
        accepts="a whole number from 1 to 65535",
        default=4102,
        ge=1,
        le=65535,
    )
    data_directory: Path = _setting(
        "INVENTORY_DATA_DIR",
        "Where `inventory-graph dev` keeps its database and its development key.",
        accepts="a directory, which is created when it is missing",
        default=Path(".inventory"),
    )
    postgres_binaries: Path | None = _setting(
        "INVENTORY_POSTGRES_BIN",
        "The PostgreSQL programs for `inventory-graph dev`, in place of those that came with the installation.",
        accepts="a directory that holds postgres and initdb, or the one above it",
        default_text="the newest found",
        default=None,
    )
    jwt_issuers: Names = _setting(
        "INVENTORY_JWT_ISSUERS",
        "Whose tokens are accepted: the exact `iss` of each issuer. With none, only API keys (and the development key,"
        " where it is allowed) open anything.",
        accepts="issuers separated by commas; a URL each, unless INVENTORY_JWKS_URL says where the keys are",
        default=(),
    )
    jwt_audience: str = _setting(
        "INVENTORY_JWT_AUDIENCE",
        "The `aud` that a token must name.",
        accepts="a text",
        default="codevertex",
        min_length=1,
    )
    jwks_url: HttpURL | None = _setting(
        "INVENTORY_JWKS_URL",
        "Where the signing keys of the issuers are, when it is not under each issuer's own address.",
        accepts="an http or https URL, together with INVENTORY_JWT_ISSUERS",
        default_text="/api/v1/.well-known/jwks.json under each issuer",
        default=None,
    )
    development_key_file: Path | None = _setting(
        "INVENTORY_DEVELOPMENT_KEY_FILE",
        "A private key of this machine whose tokens are accepted, made when missing. Whoever can read the file can be"
        " anyone; production refuses it.",
        accepts="a file, in development only",
        default_text="none; `inventory-graph dev` uses one in its data directory",
        default=None,
    )
    allowed_hosts: Hosts = _setting(
        "INVENTORY_ALLOWED_HOSTS",
        "The host names under which the service answers, so that no web page can reach it under a name of its own.",
        accepts="host names separated by commas, or *",
        default_text="localhost,127.0.0.1,::1 in development, * in production",
        default_factory=lambda data: ("localhost", "127.0.0.1", "::1") if _is_development(data) else ("*",),
    )
    allowed_origins: Origins = _setting(
        "INVENTORY_ALLOWED_ORIGINS",
        "The web pages of other origins that may call the service from a browser.",
        accepts="origins such as https://shop.example separated by commas, or *",
        default=(),
    )
    introspection: bool = _setting(
        "INVENTORY_INTROSPECTION",
        "Whether clients may read the schema. The federation router's own reading of it is not concerned.",
        accepts=_SWITCH,
        default_text="true in development, false in production",
        default_factory=_is_development,
    )
    graphiql: bool = _setting(
        "INVENTORY_GRAPHIQL",
        "Whether a browser that opens /graphql gets GraphiQL.",
        accepts=_SWITCH,
        default_text="true in development, false in production",
        default_factory=_is_development,
    )
    demo: bool = _setting(
        "INVENTORY_DEMO",
        "Whether a browser that opens /demo gets a storefront of the demonstration tenant. From `inventory-graph dev` whoever opens"
        " it may buy; elsewhere visitors see levels, and bring a token for more.",
        accepts=_SWITCH,
        default_text="true in development, false in production",
        default_factory=_is_development,
    )
    router_secrets: RouterSecrets = _setting(
        "INVENTORY_ROUTER_SECRETS",
        "What the federation router sends to prove that it is the router; two at once while one replaces the other.",
        accepts="one or two texts of at least 16 characters separated by a comma",
        is_secret=True,
        default=(),
    )
    federation_authorization: Literal["none", "authenticated", "scopes"] = _setting(
        "INVENTORY_FEDERATION_AUTHORIZATION",
        "What the schema tells routers that check callers: nothing; `@authenticated` on what is not for shoppers; or"
        " `@requiresScopes` with the permission besides. The service checks for itself in any case.",
        accepts="none, authenticated or scopes",
        default="none",
    )
    redis_url: RedisURL | None = _setting(
        "REDIS_URL",
        "The Redis that wakes other processes and holds what may be lost. The service runs without.",
        accepts="a URL such as redis://host:6379/0",
        is_secret=True,
        default=None,
    )
    events_nats_url: NatsURL | None = _setting(
        "EVENTS_NATS_URL",
        "The NATS with JetStream that the worker publishes events to. The service runs without; events then stay in its log.",
        accepts="a URL such as nats://host:4222",
        is_secret=True,
        default=None,
    )
    events_kafka_brokers: Brokers = _setting(
        "EVENTS_KAFKA_BROKERS",
        "The Kafka that the worker publishes events to, beside NATS or instead of it: some of its brokers.",
        accepts="host:port, several separated by commas; needs the extra kafka: pip install 'inventory-graph[kafka]'",
        default=(),
    )
    events_kafka_topic: str = _setting(
        "EVENTS_KAFKA_TOPIC",
        "The topic of Kafka that all events go to.",
        accepts="letters, digits, dots, - and _",
        default="inventory",
        pattern=r"^[A-Za-z0-9._-]{1,249}$",
    )
    events_kafka_message_bytes_max: int = _setting(
        "EVENTS_KAFKA_MESSAGE_BYTES_MAX",
        "The largest message that the topic takes, as its max.message.bytes says. What is larger becomes a dead letter.",
        accepts="a whole number from 32768 to 100000000",
        default=1_000_000,
        ge=32_768,
        le=100_000_000,
    )
    events_kafka_tls: bool = _setting(
        "EVENTS_KAFKA_TLS",
        "Whether the connections to Kafka are encrypted, to brokers that prove who they are.",
        accepts=_SWITCH,
        default=False,
    )
    events_kafka_ca_file: Path | None = _setting(
        "EVENTS_KAFKA_CA_FILE",
        "Who issued the certificates of the brokers, where it is nobody whom the system knows.",
        accepts="a file of certificates (PEM), together with EVENTS_KAFKA_TLS",
        default=None,
    )
    events_kafka_user: str | None = _setting(
        "EVENTS_KAFKA_USER",
        "The name to log in to Kafka with.",
        accepts="a text, together with EVENTS_KAFKA_PASSWORD",
        default=None,
    )
    events_kafka_password: SecretStr | None = _setting(
        "EVENTS_KAFKA_PASSWORD",
        "The password to log in to Kafka with.",
        accepts="a text, together with EVENTS_KAFKA_USER",
        is_secret=True,
        default=None,
    )
    events_kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = _setting(
        "EVENTS_KAFKA_MECHANISM",
        "How the password is sent (SASL).",
        accepts="PLAIN, with EVENTS_KAFKA_TLS only; SCRAM-SHA-256 or SCRAM-SHA-512",
        default="SCRAM-SHA-512",
    )
    events_kept_days: int = _setting(
        "INVENTORY_EVENTS_KEPT_DAYS",
        "How many days the event log is kept. Whoever follows it may be away for so long and go on without a gap.",
        accepts="a whole number from 1 to 3650",
        default=30,
        ge=1,
        le=3_650,
    )
    log_format: Literal["text", "json"] = _setting(
        "INVENTORY_LOG_FORMAT",
        "How log lines look: for people, or one JSON object a line.",
        accepts="text or json",
        default_text="text in development, json in production",
        default_factory=lambda data: "text" if _is_development(data) else "json",
    )
    log_level: Level = _setting(
        "INVENTORY_LOG_LEVEL",
        "The least serious messages that are logged.",
        accepts="DEBUG, INFO, WARNING or ERROR",
        default="INFO",
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.environment == "production" and self.development_key_file is not None:
            raise ValueError(
                "INVENTORY_DEVELOPMENT_KEY_FILE is set and INVENTORY_ENVIRONMENT is production: whoever can read that file"
                " could sign any token, so remove the setting and name the issuers in INVENTORY_JWT_ISSUERS."
            )
        if self.trusted_documents_only and self.trusted_documents is None:
            raise ValueError(
                "INVENTORY_TRUSTED_DOCUMENTS_ONLY is true and INVENTORY_TRUSTED_DOCUMENTS names no file: nothing at all"
                " could be asked, so name the file."
            )
        if self.jwks_url is not None and not self.jwt_issuers:
            raise ValueError(
                "INVENTORY_JWKS_URL is set and INVENTORY_JWT_ISSUERS is empty: name whose tokens it is for."
            )
        if DEVELOPMENT_ISSUER in self.jwt_issuers:
            raise ValueError(
                f"INVENTORY_JWT_ISSUERS names {DEVELOPMENT_ISSUER}, which is the development key's: remove it."
            )
        self._check_kafka()
        astray = next((each for each in self.jwt_issuers if self.jwks_url is None and not is_http_url(each)), None)
        if astray is not None:
            raise ValueError(
                f"INVENTORY_JWT_ISSUERS names {astray!r}, which is no URL: set INVENTORY_JWKS_URL to where its keys are."
            )
        return self

    def _check_kafka(self) -> None:
        if (self.events_kafka_user is None) != (self.events_kafka_password is None):
            raise ValueError("EVENTS_KAFKA_USER and EVENTS_KAFKA_PASSWORD belong together: set both, or none.")
        if self.events_kafka_tls:
            return
        if self.events_kafka_ca_file is not None:
            raise ValueError("EVENTS_KAFKA_CA_FILE is set and EVENTS_KAFKA_TLS is not: set it to true.")
        if self.events_kafka_user is not None and self.events_kafka_mechanism == "PLAIN":
            raise ValueError(
                "EVENTS_KAFKA_MECHANISM is PLAIN and EVENTS_KAFKA_TLS is not set: the password could be read on its way, so"
                " set EVENTS_KAFKA_TLS to true."
            )

    @classmethod
    def load(cls, *, dotenv: Path | None = Path(".env"), **overrides: Any) -> Self:
        """The settings from the environment, else from the file ``.env`` of the working directory; ``overrides``, by field
        name, come before both. Raises ``SettingsError``."""
        try:
            from_file = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The file {dotenv} cannot be read: {error}.") from error
        unknown = unknown_sentences({**from_file, **os.environ}, known=set(cls.variables()), from_file=from_file)
        if unknown:
            raise SettingsError(" ".join(unknown))
        try:
            return cls(**{"_env_file": dotenv, **overrides})
        except ValidationError as error:
            sentences = refused_sentences(error, fields=cls.model_fields, overrides=overrides, from_file=from_file)
            raise SettingsError(" ".join(sentences)) from None

    @classmethod
    def variables(cls) -> list[str]:
        """The names of the environment variables that are read, in the order in which a reader wants them."""
        fields = sorted(cls.model_fields.items(), key=lambda each: each[0] in EdgeSettings.model_fields)
        return [str(field.validation_alias) for _, field in fields]

    def link_secrets(self) -> list[bytes]:
        """What signs links to documents. On a developer's machine there is one process, whose links need not outlive it."""
        if not self.document_secrets and self.environment == "development":
            return [secrets.token_bytes(32)]
        return [secret.get_secret_value().encode() for secret in self.document_secrets]

    def require_database_url(self) -> str:
        """The database of the application; raises ``SettingsError`` when there is none."""
        return self._required(self.database_url)

    def require_migration_database_url(self) -> str:
        """The database with the login of migrations; raises ``SettingsError`` when there is none."""
        return self._required(self.migration_database_url)

    @staticmethod
    def _required(url: str | None) -> str:
        if url is None:
            raise SettingsError(
                f"DATABASE_URL is not set: give {_DATABASE_FORM}, or run `inventory-graph dev`, which brings its own."
            )
        return url


def describe() -> list[SettingDescription]:
    """Every setting, in the order in which a reader wants them."""
    fields = {str(field.validation_alias): field for field in Settings.model_fields.values()}
    return [described(fields[name]) for name in Settings.variables()]
