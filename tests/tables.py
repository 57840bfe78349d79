"""The tables of the models, all of them: whatever module of a domain defines them."""

import importlib
from pkgutil import walk_packages

from sqlalchemy import MetaData, Table

import inventory_graph
from inventory_graph import DOMAINS, idempotency, outbox
from inventory_graph.db import Base

SPINE_WITH_TABLES = (idempotency, outbox)


def metadata() -> MetaData:
    """The models' metadata once every module that could define a table is imported."""
    for module in walk_packages(inventory_graph.__path__, "inventory_graph."):
        if module.name.split(".")[1] in DOMAINS:
            importlib.import_module(module.name)
    return Base.metadata


def tables() -> list[Table]:
    """Every table, referred ones first."""
    return metadata().sorted_tables
