"""What an item and a variant may be: the values given, checked before anything is read or written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, get_args

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.records import ItemStatus, ItemType, RemovalStrategy, Tracking
from inventory_graph.masterdata.texts import (
    CONTROLLED_CLASS_LENGTH_MAX,
    DESCRIPTION_LENGTH_MAX,
    NAME_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    Path,
    checked_allergens,
    checked_metadata,
    checked_sku,
    checked_tags,
    checked_text,
)

ATTRIBUTES_MAX = 20
ATTRIBUTE_NAME_LENGTH_MAX = 255
ATTRIBUTE_VALUE_LENGTH_MAX = 255
SHELF_LIFE_DAYS_MAX = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVariant:
    """A variant to be made. Without a name it takes its item's and the values of its attributes; ``attributes`` are pairs
    of name and value; ``barcodes`` are in the item's stock unit."""

    sku: str
    name: str | None = None
    attributes: Sequence[tuple[str, str]] = ()
    barcodes: Sequence[str] = ()
    external_reference: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item to be made. Without ``variants`` it has one that bears its SKU and gets its ``barcodes``; with them, the
    barcodes are theirs. ``unit`` is the stock unit by code, abbreviation or name."""

    sku: str
    name: str
    unit: str
    description: str | None = None
    type: ItemType = "GOODS"
    status: ItemStatus = "ACTIVE"
    tracking: Tracking = "NONE"
    category_slug: str | None = None
    barcodes: Sequence[str] = ()
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    shelf_life_days: int | None = None
    allow_negative: bool | None = None
    removal_strategy: RemovalStrategy | None = None
    allergens: Sequence[str] = ()
    controlled_class: str | None = None
    external_reference: str | None = None
    variants: Sequence[NewVariant] = ()


class ItemChanges(TypedDict, total=False):
    """What ``update_item`` may change; what is left out stays. None clears what may be empty."""

    sku: str
    name: str
    unit: str
    description: str | None
    type: ItemType
    status: ItemStatus
    tracking: Tracking
    category_slug: str | None
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    shelf_life_days: int | None
    allow_negative: bool | None
    removal_strategy: RemovalStrategy | None
    allergens: Sequence[str]
    controlled_class: str | None
    external_reference: str | None


class ItemFields(ItemChanges, total=False):
    """The fields of ``NewItem`` as keywords."""

    barcodes: Sequence[str]
    variants: Sequence[NewVariant]


class VariantChanges(TypedDict, total=False):
    """What ``update_variant`` may change; what is left out stays. None clears what may be empty."""

    sku: str
    name: str
    attributes: Sequence[tuple[str, str]]
    status: ItemStatus
    external_reference: str | None
    metadata: Mapping[str, Any]


_WORDS: Mapping[str, Sequence[str]] = {
    "type": get_args(ItemType),
    "status": get_args(ItemStatus),
    "tracking": get_args(Tracking),
    "removal_strategy": get_args(RemovalStrategy),
}
_MAY_BE_EMPTY = frozenset(
    {"description", "shelf_life_days", "allow_negative", "removal_strategy", "controlled_class", "external_reference"}
)


def checked_values(given: Mapping[str, Any], *, path: Path = ()) -> dict[str, Any]:
    """The values by column, checked; raises ``InvalidInput`` at the name of the first that is wrong.

    Takes any of the fields of an item or a variant; ``unit``, ``category_slug``, ``barcodes`` and ``variants``, which need
    the database or a check of their own, are left to the caller.
    """
    return {name: _checked(name, value, (*path, name)) for name, value in given.items()}


def _checked(name: str, value: Any, path: Path) -> Any:
    if value is None:
        if name not in _MAY_BE_EMPTY:
            raise InvalidInput(f"The {name.replace('_', ' ')} cannot be empty; leave it out to keep it.", path=path)
        return None
    check = _CHECKS.get(name)
    return check(value, path) if check is not None else value


def _checked_word(value: str, path: Path) -> str:
    words = _WORDS[path[-1]]
    if value not in words:
        raise InvalidInput(f"{str(value)[:40]!r} is not one of {', '.join(words)}.", path=path)
    return value


def _checked_description(value: str, path: Path) -> str | None:
    # An empty form field is no description.
    return (
        checked_text(value, path=path, length_max=DESCRIPTION_LENGTH_MAX, is_multiline=True) if value.strip() else None
    )


def _checked_days(value: int, path: Path) -> int:
    if not 1 <= value <= SHELF_LIFE_DAYS_MAX:
        raise InvalidInput(f"The shelf life is {value} days; it must be 1 to {SHELF_LIFE_DAYS_MAX}.", path=path)
    return value


def _checked_attributes(pairs: Sequence[tuple[str, str]], path: Path) -> list[dict[str, str]]:
    if len(pairs) > ATTRIBUTES_MAX:
        raise InvalidInput(f"{len(pairs)} attributes are given; at most {ATTRIBUTES_MAX} are kept.", path=path)
    attributes = []
    names: set[str] = set()
    for position, (given_name, given_value) in enumerate(pairs):
        here = (*path, str(position))
        name = checked_text(given_name, path=(*here, "name"), length_max=ATTRIBUTE_NAME_LENGTH_MAX)
        value = checked_text(given_value, path=(*here, "value"), length_max=ATTRIBUTE_VALUE_LENGTH_MAX)
        if name.casefold() in names:
            raise InvalidInput(f"The attribute {name!r} is given twice.", path=(*here, "name"))
        names.add(name.casefold())
        attributes.append({"name": name, "value": value})
    return attributes


_CHECKS: Mapping[str, Callable[[Any, Path], Any]] = {
    **dict.fromkeys(_WORDS, _checked_word),
    "sku": lambda value, path: checked_sku(value, path=path),
    "name": lambda value, path: checked_text(value, path=path, length_max=NAME_LENGTH_MAX),
    "description": _checked_description,
    "external_reference": lambda value, path: checked_text(value, path=path, length_max=REFERENCE_LENGTH_MAX),
    "tags": lambda value, path: checked_tags(value, path=path),
    "allergens": lambda value, path: checked_allergens(value, path=path),
    "controlled_class": lambda value, path: checked_text(value, path=path, length_max=CONTROLLED_CLASS_LENGTH_MAX),
    "metadata": lambda value, path: checked_metadata(value, path=path),
    "attributes": _checked_attributes,
    "shelf_life_days": _checked_days,
}


def variant_name(item_name: str, attributes: Sequence[Mapping[str, str]]) -> str:
    """The name of a variant that was given none: the item's, and the values of the attributes."""
    values = " / ".join(attribute["value"] for attribute in attributes)
    return (f"{item_name} – {values}" if values else item_name)[:NAME_LENGTH_MAX]
