"""The settings of the public side: what clients may send, how much of it, and how long it may take."""

from pathlib import Path

from inventory_graph.limit_settings import LimitSettings
from inventory_graph.setting_forms import HttpURL, Names, Networks, RouterSecrets
from inventory_graph.setting_words import setting

SWITCH = "true or false"


class EdgeSettings(LimitSettings):
    """The part of ``Settings`` that the GraphQL endpoint reads."""

    trusted_documents: Path | None = setting(
        "INVENTORY_TRUSTED_DOCUMENTS",
        "The documents that clients may name by their hash without having sent them before.",
        accepts='a JSON file: {"SHA-256 of the document": "the document", …}',
        default=None,
    )
    trusted_documents_only: bool = setting(
        "INVENTORY_TRUSTED_DOCUMENTS_ONLY",
        "Whether anything but the trusted documents is refused, introspection and GraphiQL's own queries included. A router"
        " that proves itself by its secret may still send what it makes up.",
        accepts=f"{SWITCH}; true needs INVENTORY_TRUSTED_DOCUMENTS",
        default=False,
    )
    cost_max: int = setting(
        "INVENTORY_COST_MAX",
        "How many points one operation may cost: an object is one, a change ten, and what is costly says so in the schema.",
        accepts="a whole number from 100 to 1000000",
        default=50_000,
        ge=100,
        le=1_000_000,
    )
    rate_tenant_points: int = setting(
        "INVENTORY_RATE_TENANT_POINTS",
        "How many points of cost a second one tenant may use; its visitors together have as many again.",
        accepts="a whole number; 0 for no limit",
        default=0,
        ge=0,
    )
    rate_client_points: int = setting(
        "INVENTORY_RATE_CLIENT_POINTS",
        "How many points of cost a second one client may use: a user, an API key, or the address of a visitor.",
        accepts="a whole number; 0 for no limit",
        default=0,
        ge=0,
    )
    rate_burst_seconds: int = setting(
        "INVENTORY_RATE_BURST_SECONDS",
        "The points of how many seconds can be saved up and used at once. One operation of INVENTORY_COST_MAX is always possible.",
        accepts="a whole number from 1 to 3600",
        default=30,
        ge=1,
        le=3600,
    )
    trusted_proxies: Networks = setting(
        "INVENTORY_TRUSTED_PROXIES",
        "The proxies and routers in front, whose X-Forwarded-For is believed. Without them all visitors that come through a"
        " proxy have its address.",
        accepts="addresses and networks such as 10.0.0.0/8 separated by commas, or *",
        default=(),
    )
    introspection_roles: Names = setting(
        "INVENTORY_INTROSPECTION_ROLES",
        "Who may read the schema and gets suggestions even where INVENTORY_INTROSPECTION is false: callers with one of these"
        " roles.",
        accepts="codes of roles separated by commas, such as inventory_admin",
        default=(),
    )
    operation_seconds_max: float = setting(
        "INVENTORY_OPERATION_SECONDS_MAX",
        "How long one operation may take before it is stopped; a router in front should wait longer than this.",
        accepts="seconds, from 0.1 to 600",
        default=30.0,
        ge=0.1,
        le=600,
    )
    queries_at_once_max: int = setting(
        "INVENTORY_QUERIES_AT_ONCE_MAX",
        "How many queries may be executed or wait for it in one process, those of one tenant three quarters of it. More are"
        " refused at once.",
        accepts="a whole number from 1 to 100000",
        default=500,
        ge=1,
        le=100_000,
    )
    queries_executed_max: int = setting(
        "INVENTORY_QUERIES_EXECUTED_MAX",
        "How many of these queries are executed at the same time, those of one tenant three quarters of it; the others wait for"
        " their turn.",
        accepts="a whole number from 1 to 10000",
        default=256,
        ge=1,
        le=10_000,
    )
    points_executed_max: int = setting(
        "INVENTORY_POINTS_EXECUTED_MAX",
        "How many points of cost the queries may have together that are executed at the same time, those of one tenant three"
        " quarters of it; and costly mutations as many again. What costs more by itself is executed alone.",
        accepts="a whole number from 100 to 10000000",
        default=50_000,
        ge=100,
        le=10_000_000,
    )
    turn_seconds_max: float = setting(
        "INVENTORY_TURN_SECONDS_MAX",
        "How long an operation waits for its turn at most before it is refused. Where the first of a tenant's operations has"
        " waited half as long, the next is refused at once.",
        accepts="seconds, from 0.01 to 60",
        default=2.0,
        ge=0.01,
        le=60,
    )
    mutations_at_once_max: int = setting(
        "INVENTORY_MUTATIONS_AT_ONCE_MAX",
        "The same for mutations. They wait for each other, so there may be more of them than of queries.",
        accepts="a whole number from 1 to 100000",
        default=10_000,
        ge=1,
        le=100_000,
    )
    subscriptions_at_once_max: int = setting(
        "INVENTORY_SUBSCRIPTIONS_AT_ONCE_MAX",
        "The same for subscriptions. A long one counts as several (INVENTORY_SUBSCRIPTION_CHARACTERS_MAX).",
        accepts="a whole number from 1 to 100000",
        default=5_000,
        ge=1,
        le=100_000,
    )
    connections_max: int = setting(
        "INVENTORY_CONNECTIONS_MAX",
        "How many connections may be open in one process, those of WebSockets included; never more than it may open files, less"
        " 200. One more is answered 503 and closed.",
        accepts="a whole number from 1 to 1000000",
        default=20_000,
        ge=1,
        le=1_000_000,
    )
    request_seconds_max: float = setting(
        "INVENTORY_REQUEST_SECONDS_MAX",
        "How long the head of a request may take to arrive, counted from its first byte or from the opening of the connection,"
        " and then its body; and in what time some more of an answer has to be read. A connection that takes longer is closed.",
        accepts="seconds, from 0.5 to 600",
        default=10.0,
        ge=0.5,
        le=600,
    )
    sockets_max: int = setting(
        "INVENTORY_SOCKETS_MAX",
        "How many WebSockets may be open in one process, those of one tenant three quarters of it.",
        accepts="a whole number from 1 to 1000000",
        default=10_000,
        ge=1,
        le=1_000_000,
    )
    socket_operations_max: int = setting(
        "INVENTORY_SOCKET_OPERATIONS_MAX",
        "How many operations may run on one WebSocket at once.",
        accepts="a whole number from 1 to 10000",
        default=100,
        ge=1,
        le=10_000,
    )
    callback_hosts: Names = setting(
        "INVENTORY_CALLBACK_HOSTS",
        "The hosts that the results of subscriptions may be posted to by Apollo's HTTP callback protocol: those of your routers."
        " Without any, or without INVENTORY_ROUTER_SECRETS, the protocol is switched off.",
        accepts="host names separated by commas, each with or without a port, such as router.internal:4000",
        default=(),
    )
    recheck_seconds: float = setting(
        "INVENTORY_RECHECK_SECONDS",
        "How often the credential of somebody who subscribes is checked again. What no longer holds, or gives other rights,"
        " ends the subscription; a token that expires ends it at once.",
        accepts="seconds, from 1 to 3600",
        default=60.0,
        ge=1,
        le=3600,
    )
    body_bytes_max: int = setting(
        "INVENTORY_BODY_BYTES_MAX",
        "How many bytes the body of a request may have.",
        accepts="a whole number from 1024 to 16777216",
        default=262_144,
        ge=1_024,
        le=16_777_216,
    )
    statement_seconds_max: float = setting(
        "INVENTORY_STATEMENT_SECONDS_MAX",
        "How long one SQL statement may take, and never longer than the operation that it belongs to.",
        accepts="seconds, from 0.1 to 600",
        default=10.0,
        ge=0.1,
        le=600,
    )
    lock_seconds_max: float = setting(
        "INVENTORY_LOCK_SECONDS_MAX",
        "How long one SQL statement may wait for a lock.",
        accepts="seconds, from 0.1 to 600",
        default=4.0,
        ge=0.1,
        le=600,
    )
    database_wait_seconds_max: float = setting(
        "INVENTORY_DATABASE_WAIT_SECONDS_MAX",
        "How long an operation that has changed nothing yet may wait for one of the process's database connections before it is"
        " refused.",
        accepts="seconds, from 0.05 to 60",
        default=2.0,
        ge=0.05,
        le=60,
    )
    document_secrets: RouterSecrets = setting(
        "INVENTORY_DOCUMENT_SECRETS",
        "What links to documents are signed with, the same in all processes: the first signs, the second is believed while one replaces"
        " the other. Without any, production answers no links.",
        accepts="one or two texts of at least 16 characters separated by a comma",
        default_text="a random one for each process in development, none in production",
        is_secret=True,
        default=(),
    )
    public_url: HttpURL | None = setting(
        "INVENTORY_PUBLIC_URL",
        "Where people reach this service from outside. Links to documents begin with it; without it they are paths.",
        accepts="an http or https URL",
        default=None,
    )
    metrics_operations: Names = setting(
        "INVENTORY_METRICS_OPERATIONS",
        "Which operations are counted and timed by their names; those of the trusted documents are anyway.",
        accepts="names of operations separated by commas, a thousand at most",
        default=(),
        max_length=1_000,
    )
    slow_operation_seconds: float = setting(
        "INVENTORY_SLOW_OPERATION_SECONDS",
        "From how long on an operation is worth a warning in the log.",
        accepts="seconds, from 0 to 600",
        default=1.0,
        ge=0,
        le=600,
    )
    traces: bool = setting(
        "INVENTORY_TRACES",
        "Whether operations, their SQL and, by the worker, the publishing of their events are traced by OpenTelemetry. Where the"
        " traces go is said by OpenTelemetry's own variables, such as OTEL_EXPORTER_OTLP_ENDPOINT.",
        accepts=f"{SWITCH}; true needs the extra otel: pip install 'inventory-graph[otel]'",
        default=False,
    )
    worker_http_port: int | None = setting(
        "INVENTORY_WORKER_HTTP_PORT",
        "The port at which the worker answers /healthz and /metrics.",
        accepts="a whole number from 1 to 65535",
        default=None,
        ge=1,
        le=65535,
    )
