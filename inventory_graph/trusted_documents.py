"""The documents that an operator trusts: a JSON file of texts by their SHA-256, as build tools of clients write it."""

import hashlib
from pathlib import Path

import orjson

from inventory_graph.config import SettingsError

BYTES_MAX = 50_000_000
_SETTING = "INVENTORY_TRUSTED_DOCUMENTS"


def load_trusted_documents(path: Path) -> dict[str, str]:
    """The texts by hash; raises ``SettingsError`` for a file that cannot be read, or that holds anything else."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise SettingsError(f"{_SETTING} names {path}, which has more than {BYTES_MAX} bytes.")
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{_SETTING} names {path}, which cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{_SETTING} names {path}, which is not JSON: {error}.") from error
    if not isinstance(value, dict) or not value:
        raise SettingsError(f'{_SETTING} names {path}, which must hold one object: {{"sha256 of the document": "…"}}.')
    for digest, text in value.items():
        if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != digest:
            raise SettingsError(
                f"{_SETTING} names {path}, in which {digest[:80]!r} is not the SHA-256 (64 lower-case hexadecimal digits)"
                " of its document: write the file anew."
            )
    return value
