"""The variables of a request as they were sent, looked at before anything is made of them.

Coercing and converting a value takes microseconds, and a body has room for a hundred thousand; so they are counted first, those that
the operation does not know and leaves alone as well.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from graphql import StringValueNode

from inventory_graph.errors import LimitExceeded
from resolvers.document_limits import INTEGER_MAX, nodes_below
from resolvers.envelope import Envelope, RequestRefusedError
from resolvers.plans import OperationPlan

VALUES_MAX = 18_000
"""How much the variables of an operation may weigh, each as often as it is used: as much as a thousand lines of a delivery, each with
its price and eight fields more."""
HOLDER_VALUES = 3
"""What a list or an object weighs besides what is in it: each is made anew."""
TEXT_CHARACTERS = 256
"""A text weighs one more for so many characters: it is written wherever it is used."""
OBJECTS_MAX = 2_000
"""How many objects a list may have: twice as many as any takes. What is a little too long the field refuses itself, which says it
better."""

_BYTES_UNCOUNTED_MAX = VALUES_MAX * 2 // (HOLDER_VALUES + 1)
"""So many bytes weigh too much only where a variable is used again: nothing weighs more for its bytes than ``[]``."""

Path: TypeAlias = tuple[str | int, ...]


def check_variables(envelope: Envelope, plan: OperationPlan, *, depth_max: int) -> None:
    """Look at the values of the variables, where there is a need.

    Raises ``LimitExceeded`` where they are too many, and ``RequestRefusedError`` for what no column can store or no answer can
    print; both name the place.
    """
    sent = envelope.variables
    if _default_characters(plan) > VALUES_MAX * TEXT_CHARACTERS:
        raise _too_many((), 1)
    is_doubtful = envelope.is_doubtful or envelope.holders > depth_max
    if not sent or not (is_doubtful or envelope.size * plan.most_uses > _BYTES_UNCOUNTED_MAX):
        return
    weight = len(sent)
    if weight > VALUES_MAX:
        raise _too_many((), 1)
    for name, value in sent.items():
        uses = plan.uses.get(name, 1)
        weight += _check_value(name, value, weight_before=weight, uses=uses, depth_max=depth_max)


def _default_characters(plan: OperationPlan) -> int:
    """How many characters the texts have that variables are by default, each as often as it is used."""
    return sum(
        len(node.value) * plan.uses.get(each.variable.name.value, 1)
        for each in plan.node.variable_definitions or ()
        if each.default_value is not None
        for node, _ in nodes_below(each.default_value)
        if isinstance(node, StringValueNode)
    )


def check_payload(payload: Mapping[str, Any], *, depth_max: int) -> None:
    """Look in the same way at an object that is no variables; raises the same."""
    for name, value in payload.items():
        _check_value(name, value, weight_before=0, uses=1, depth_max=depth_max)


def _check_value(name: str, value: Any, *, weight_before: int, uses: int, depth_max: int) -> int:
    """What the value weighs for all its uses. What is further out comes first: a list is too long before any of its elements is too
    much. Paths are made for what holds values, and not for each value."""
    weight = 0
    waiting: deque[tuple[Path, Any]] = deque([((), {name: value})])
    while waiting:
        path, holder = waiting.popleft()
        if path:
            weight += (len(holder) + HOLDER_VALUES) * uses
            if weight_before + weight > VALUES_MAX:
                raise _too_many(path, uses)
            _check_objects(path, holder)
        if len(path) >= depth_max and holder:
            raise RequestRefusedError(
                400, f"Variables may be nested {depth_max} levels deep; {_place(path)} is deeper."
            )
        for step, inner in _steps(holder, path):
            if type(inner) is dict or type(inner) is list:
                waiting.append(((*path, step), inner))
            else:
                _check_leaf(inner, path, step)
                if type(inner) is str and len(inner) >= TEXT_CHARACTERS:
                    weight += len(inner) // TEXT_CHARACTERS * uses
                    if weight_before + weight > VALUES_MAX:
                        raise _too_many((*path, step), uses)
    return weight


def _check_objects(path: Path, holder: Any) -> None:
    if len(holder) > OBJECTS_MAX and type(holder) is list and dict in map(type, holder):
        raise LimitExceeded(
            f"{_place(path)} has {len(holder)} objects; no list has more than {OBJECTS_MAX}. Send it in parts.",
            path=tuple(map(str, path)),
        )


def _check_leaf(value: Any, path: Path, step: str | int) -> None:
    kind = type(value)
    if kind is str and "\x00" in value:
        raise _with_nul((*path, step))
    if (kind is int or kind is float) and abs(value) > INTEGER_MAX:
        raise RequestRefusedError(
            400, f"{_place((*path, step))} is a number outside 64 bits; send a decimal as a string."
        )


def _steps(holder: Any, path: Path) -> Iterator[tuple[str | int, Any]]:
    """The values in a list or object, each with its position or key."""
    if type(holder) is list:
        return enumerate(holder)
    for key in holder:
        if "\x00" in key:
            raise _with_nul((*path, key))
    return iter(holder.items())


def _too_many(path: Path, uses: int) -> LimitExceeded:
    # Which element of a list was one too many says nothing: the list is too long.
    while path and isinstance(path[-1], int):
        path = path[:-1]
    used = f" and this one is used {uses} times" if uses > 1 else ""
    return LimitExceeded(
        f"{_place(path) if path else 'What is sent'} is too much: the variables of an operation may hold {VALUES_MAX} values, where a list or an object counts"
        f" as {HOLDER_VALUES} more, and a text one for each {TEXT_CHARACTERS} characters{used}. Send it in parts.",
        path=tuple(map(str, path)),
    )


def _with_nul(path: Path) -> RequestRefusedError:
    return RequestRefusedError(400, f"{_place(path)} contains the character NUL, which cannot be stored; remove it.")


def _place(path: Path) -> str:
    steps = [str(step).replace("\x00", "␀")[:50] for step in path[:8]]
    return f"The variable ${'.'.join(steps)}{'…' if len(path) > 8 else ''}"
