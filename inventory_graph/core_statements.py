"""Statements of SQLAlchemy Core as text and arguments for asyncpg (docs/decisions/0003)."""

from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.compiler import SQLCompiler

COMPILED_STATEMENTS_MAX = 2_000


class CoreCompiler:
    """Turns a Core statement into text and positional arguments for asyncpg, compiling each shape once."""

    def __init__(self) -> None:
        self._dialect = PGDialect_asyncpg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        self._compiled: dict[Any, SQLCompiler] = {}

    def arguments(self, statement: ClauseElement, parameters: dict[str, Any]) -> tuple[str, list[Any]]:
        key = statement._generate_cache_key()
        compiled = self._compiled.get(key.key) if key is not None else None
        if compiled is None:
            compiled = self._compile(statement, key)
            if key is not None:
                if len(self._compiled) >= COMPILED_STATEMENTS_MAX:
                    self._compiled.clear()
                self._compiled[key.key] = compiled
        values = compiled.construct_params(
            parameters, extracted_parameters=key.bindparams if key is not None else None, escape_names=False
        )
        return compiled.string, [values[name] for name in compiled.positiontup or ()]

    def _compile(self, statement: ClauseElement, key: CacheKey | None) -> SQLCompiler:
        # The compiled form keeps the key, by which the values of the next statement of this shape find their places.
        compiled: Compiled = statement._compiler(self._dialect, cache_key=key)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("Only SQL statements compile to SQL.")
        if compiled.post_compile_params:
            raise ValueError("This statement has an expanding parameter (IN): use db.any_of(column, values).")
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise ValueError("Column defaults computed in Python do not run here: use server_default.")
        return compiled
