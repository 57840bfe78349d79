"""A made-up value of any type that an event carries, to see what its payload looks like."""

import dataclasses
import inspect
import sys
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

Value = TypeVar("Value")

IDENTIFIER = UUID("00000000-0000-4000-8000-000000000001")
DECIMAL = Decimal("12.5")
INSTANT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 22)

_PLAIN: dict[object, object] = {
    UUID: IDENTIFIER,
    Decimal: DECIMAL,
    datetime: INSTANT,
    date: DAY,
    str: "text",
    int: 1,
    bool: True,
    bytes: b"",
    object: "anything",
    Any: "anything",
}


def sample(wanted: type[Value], *, filled: bool) -> Value:
    """An instance of the class; what may be None is None unless ``filled``."""
    construct: Callable[..., Value] = wanted
    return construct(**{name: _value(hint, filled) for name, hint in _parameters(wanted).items()})


def _parameters(wanted: type) -> dict[str, Any]:
    """What its constructor takes, with the types."""
    if dataclasses.is_dataclass(wanted):
        return {each.name: _resolved(each.type, _owner(wanted, each.name)) for each in dataclasses.fields(wanted)}
    annotations = {name: hint for name, hint in wanted.__init__.__annotations__.items() if name != "return"}  # type: ignore[misc]
    return {name: _resolved(hint, wanted) for name, hint in annotations.items()}


def _owner(wanted: type, field: str) -> type:
    return next(each for each in wanted.__mro__ if field in inspect.get_annotations(each))


def _resolved(hint: object, owner: type) -> object:
    """The type behind an annotation. Modules name the records of others under TYPE_CHECKING only, to avoid circles: a name
    that a module lacks is looked for in all of ours."""
    if isinstance(hint, str):
        return eval(hint, {**_records(), **vars(sys.modules[owner.__module__])})  # noqa: S307 - our own annotations
    return hint


@cache
def _records() -> dict[str, object]:
    ours = [module for name, module in sys.modules.items() if name.startswith("inventory_graph.")]
    return {
        name: value
        for module in ours
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }


def _value(hint: object, filled: bool) -> object:
    if isinstance(hint, str):  # what stands in quotes within a type, such as Sequence["ComponentRecord"]
        hint = _records()[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is not None:
        return _composed(origin, arguments, filled)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type):
        return sample(hint, filled=filled)
    raise TypeError(f"An event carries {hint!r}: say in {__name__} what such a value looks like.")


def _composed(origin: object, arguments: tuple[object, ...], filled: bool) -> object:
    """A value of a union, a literal or a collection of the arguments."""
    if origin in (Union, types.UnionType):
        wanted = (
            None
            if type(None) in arguments and not filled
            else next(each for each in arguments if each is not type(None))
        )
        return _value(wanted, filled) if wanted is not None else None
    if origin is Literal:
        return arguments[0]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {}
    return (_value(arguments[0], filled),) if filled else ()
