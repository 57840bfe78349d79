"""The forms that settings take: each turns the text of a variable into a value or raises ``ValueError``."""

import re
from ipaddress import IPv6Address, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

ROUTER_SECRET_LENGTH_MIN = 16
ROUTER_SECRETS_MAX = 2


def _parts(value: object) -> object:
    return (
        tuple(part for part in (each.strip() for each in value.split(",")) if part) if isinstance(value, str) else value
    )


def _database_url(value: str) -> str:
    parts = urlsplit(value)
    _ = parts.port  # raises ValueError for a port that is no number
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("not a PostgreSQL URL")
    return f"postgresql{value.removeprefix(parts.scheme)}"


def is_http_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _http_url(value: str) -> str:
    if not is_http_url(value):
        raise ValueError("not a URL")
    return value


def _url_of(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or (not parts.hostname and not parts.path):
            raise ValueError("not a URL of this kind")
        return value

    return AfterValidator(check)


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(each == "*" or (is_http_url(each) and _is_origin(each)) for each in value):
        raise ValueError("not an origin")
    return value


def _is_origin(value: str) -> bool:
    """Whether a browser would write it so: in small letters and without the port that goes without saying. Nothing else ever fits."""
    parts = urlsplit(value)
    is_usual = parts.port == {"http": 80, "https": 443}[parts.scheme]
    return value == f"{parts.scheme}://{parts.netloc.lower()}" and "@" not in parts.netloc and not is_usual


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or any(re.search(r"[/@\s\[]|.\*|\*.", each) for each in value):
        raise ValueError("not host names")
    for each in value:
        if ":" in each:
            IPv6Address(each)  # a port would never fit: it is not looked at
    return value


def _router_secrets(value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if len(value) > ROUTER_SECRETS_MAX or any(
        len(each.get_secret_value()) < ROUTER_SECRET_LENGTH_MIN for each in value
    ):
        raise ValueError("too many or too short")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        if each != "*":
            ip_network(each)
    return value


def _brokers(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        parts = urlsplit(f"//{each}")
        if not parts.hostname or not parts.port or each != parts.netloc or parts.username is not None:
            raise ValueError("not a host and its port")
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]
DatabaseURL = Annotated[str, AfterValidator(_database_url)]
Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]
Hosts = Annotated[Names, AfterValidator(_hosts)]
Brokers = Annotated[Names, AfterValidator(_brokers)]
Networks = Annotated[Names, AfterValidator(_networks)]
Origins = Annotated[Names, AfterValidator(_origins)]
RouterSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_parts), AfterValidator(_router_secrets)]
HttpURL = Annotated[str, AfterValidator(_http_url)]
RedisURL = Annotated[str, _url_of("redis", "rediss", "unix")]
NatsURL = Annotated[str, _url_of("nats", "tls", "ws", "wss")]
