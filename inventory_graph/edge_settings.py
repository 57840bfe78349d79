"""The settings of the public side: what clients may send, how much of it, and how long it may take."""

from pathlib import Path

from pydantic_settings import BaseSettings

from inventory_graph.setting_forms import Networks
from inventory_graph.setting_words import setting

SWITCH = "true or false"


class EdgeSettings(BaseSettings):
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
