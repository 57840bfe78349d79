"""What is said about settings: by the reference page, and by the program when it does not start.

A setting is a field of ``Settings`` made by ``setting``, which keeps what there is to say about it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

PREFIX = "INVENTORY_"
TEST_PREFIX = "INVENTORY_TEST_"

# Kubernetes puts the addresses of services into the environment of every container beside them, under names made from
# the service's: for a service called "inventory" they look like ours and are nobody's mistake.
_SERVICE_LINK = re.compile(r".*(_SERVICE_HOST|_SERVICE_PORT(_\w+)?|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """One setting for the reference page: its variable, what it is for, what it takes and what it is when not given."""

    name: str
    description: str
    accepts: str
    default: str
    is_secret: bool


def setting(
    name: str, description: str, *, accepts: str, default_text: str | None = None, is_secret: bool = False, **field: Any
) -> Any:
    """A field of the settings: read from the variable ``name``; ``field`` is what pydantic takes besides."""
    return Field(
        validation_alias=name,
        description=description,
        repr=not is_secret,
        json_schema_extra={"accepts": accepts, "default_text": default_text, "is_secret": is_secret},
        **field,
    )


def _extra(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def described(field: FieldInfo) -> SettingDescription:
    """What there is to say about one setting."""
    extra = _extra(field)
    return SettingDescription(
        name=str(field.validation_alias),
        description=str(field.description),
        accepts=extra["accepts"],
        default=extra["default_text"] or _default_text(field.default),
        is_secret=extra["is_secret"],
    )


def _default_text(default: object) -> str:
    return "none" if default in {None, (), PydanticUndefined} else str(default)


def unknown_sentences(
    given: Mapping[str, str | None], *, known: set[str], from_file: Mapping[str, str | None]
) -> list[str]:
    """A sentence for each variable that has our prefix and is no setting."""
    unknown = [
        name
        for name, value in sorted(given.items())
        if name.startswith(PREFIX)
        and not name.startswith(TEST_PREFIX)  # what the tests read, and leave to the programs they start
        and name not in known
        and not _SERVICE_LINK.fullmatch(name)
        and not _SERVICE_ADDRESS.match(value or "")
    ]
    return [_unknown_sentence(name, known, from_file) for name in unknown]


def _unknown_sentence(name: str, known: set[str], from_file: Mapping[str, str | None]) -> str:
    place = "the environment" if name in os.environ or name not in from_file else ".env"
    names_by_end = {each.removeprefix(PREFIX): each for each in sorted(known)}
    near = get_close_matches(name.removeprefix(PREFIX), names_by_end, n=1, cutoff=0.6)
    advice = f"did you mean {names_by_end[near[0]]}?" if near else "docs/reference/settings.md lists those there are."
    return f"{name} in {place} is no setting of this program: {advice}"


def refused_sentences(
    error: ValidationError,
    *,
    fields: Mapping[str, FieldInfo],
    overrides: Mapping[str, Any],
    from_file: Mapping[str, str | None],
) -> list[str]:
    """A sentence for each setting whose value does not do."""
    by_alias = {str(field.validation_alias): (key, field) for key, field in fields.items()}
    sentences: dict[str, str] = {}
    for each in error.errors(include_url=False, include_input=False):
        if each["type"] == "default_factory_not_called":  # a default that depends on a value refused before
            continue
        if not each["loc"]:
            sentences.setdefault("", str(each["ctx"]["error"]))
            continue
        location = str(each["loc"][0])
        key, field = by_alias[location] if location in by_alias else (location, fields[location])
        name, extra = str(field.validation_alias), _extra(field)
        value = overrides[key] if key in overrides else os.environ.get(name) or from_file.get(name)
        shown = "has a value that does not do" if extra["is_secret"] else f"is {str(value)!r}"
        sentences.setdefault(name, f"{name} {shown}; it must be {extra['accepts']}.")
    return list(sentences.values())
