"""docs/reference/events.md."""

import importlib
import re
from collections.abc import Iterator
from pkgutil import walk_packages
from typing import Any

import orjson

import inventory_graph
from inventory_graph import DOMAINS
from inventory_graph.outbox import Event
from tests.reference import markdown
from tests.reference.samples import DAY, IDENTIFIER, INSTANT, sample

INTRODUCTION = """
Every committed change leaves its events in the table `outbox`, in the transaction of the change
([decision 0004](../decisions/0004-outbox-without-order.md)). From there they are numbered and moved to the log, which
subscriptions follow and which is [published to NATS](../how-to/consume-events.md).

An event has `tenant_id`, `event_id`, `type`, `aggregate_type`, `aggregate_id`, `aggregate_version` (the version of
a balance; null elsewhere), `payload` and `occurred_at`. The payload has the fields below. Quantities and amounts are strings.
Fields are only ever added.
"""

_FORMS = (
    (re.compile(re.escape(str(IDENTIFIER))), "id"),
    (re.compile(r"-?\d+(\.\d+)?"), "decimal"),
    (re.compile(re.escape(INSTANT.isoformat()) + r"|" + re.escape(str(INSTANT))), "time"),
    (re.compile(re.escape(DAY.isoformat())), "day"),
)


def events() -> list[type[Event]]:
    """Every event that can be emitted, by type."""
    for module in walk_packages(inventory_graph.__path__, "inventory_graph."):
        if module.name.split(".")[1] in DOMAINS:
            importlib.import_module(module.name)
    ours = (each for each in _below(Event) if hasattr(each, "type") and each.__module__.startswith("inventory_graph."))
    return sorted(ours, key=lambda each: each.type)


def _below(event: type[Any]) -> Iterator[type[Any]]:
    for inner in event.__subclasses__():
        # Tests make up events of their own.
        if inner.__module__.startswith("inventory_graph."):
            yield inner
        yield from _below(inner)


def page() -> str:
    """Every event with the fields of its payload; those of one parent, which share them, together."""
    found = events()
    index = markdown.table(
        ("event", "when"),
        ((f"[`{event.type}`](#{_title(event).replace('.', '')})", _said(event)) for event in found),
    )
    families = list(dict.fromkeys(_family(event) for event in found))
    sections = (_section(family, [event for event in found if _family(event) is family]) for family in families)
    return markdown.page("Events", INTRODUCTION, index, *(part for section in sections for part in section))


def _family(event: type[Event]) -> type[Event]:
    parent: type[Event] = event.__bases__[0]
    return event if parent is Event else parent


def _title(event: type[Event]) -> str:
    """The heading that the event stands under."""
    return event.type if _family(event) is event else event.type.rpartition(".")[0]


def _said(event: type[Event]) -> str:
    text = " ".join(markdown.prose(event.__doc__).split())
    # What stands alone has the rest below; what shares a heading says everything here.
    return f"{text.partition('. ')[0].rstrip('.')}." if _family(event) is event else text


def _section(family: type[Event], members: list[type[Event]]) -> list[str]:
    forms: dict[str, str] = {}
    bearers: dict[str, list[str]] = {}
    for event in members:
        filled, bare = (_payload(event, filled=filled) for filled in (True, False))
        for name, value in filled.items():
            forms[name] = _form(value) if bare[name] is not None else f"{_form(value)} or null"
            bearers.setdefault(name, []).append(event.type)
    rows = [
        (
            markdown.code(name),
            form if len(bearers[name]) == len(members) else f"{form}; only in {', '.join(bearers[name])}",
        )
        for name, form in forms.items()
    ]
    return [
        f"## {_title(members[0])}",
        markdown.prose(family.__doc__),
        f"Aggregate: `{family.aggregate_type}`.",
        markdown.table(("field", "form"), rows),
    ]


def _payload(event: type[Event], *, filled: bool) -> dict[str, Any]:
    payload: dict[str, Any] = orjson.loads(orjson.dumps(sample(event, filled=filled).payload(), default=str))
    return payload


def _form(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "integer" if isinstance(value, int) else "number"
        case str():
            return next((form for pattern, form in _FORMS if pattern.fullmatch(value)), "string")
        case list():
            return f"list of {_form(value[0])}" if value else "list"
        case dict():
            inner = ", ".join(f"{markdown.code(name)} {_form(each)}" for name, each in value.items())
            return f"object ({inner})" if inner else "object"
        case _:
            return "any value"
