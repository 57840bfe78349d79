"""Items and variants about to be made: checked, with their ids, before anything is read or written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from inventory_graph.errors import AlreadyExists, InvalidInput, LimitExceeded
from inventory_graph.masterdata.barcodes import BARCODES_MAX, checked_barcode
from inventory_graph.masterdata.item_search import item_words
from inventory_graph.masterdata.item_values import NewItem, NewVariant, checked_values, variant_name
from inventory_graph.masterdata.texts import Path

VARIANTS_MAX = 1_000
"""How many variants an item may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantDraft:
    """A variant to be stored. ``values`` are its columns, ``barcodes`` pairs of code and symbology."""

    id: UUID
    path: Path
    values: Mapping[str, Any]
    barcodes: Sequence[tuple[str, str]]

    @property
    def sku(self) -> str:
        return str(self.values["sku"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """An item to be stored. ``unit`` and ``category_slug`` are still names."""

    id: UUID
    path: Path
    values: Mapping[str, Any]
    unit: str
    category_slug: str | None
    variants: Sequence[VariantDraft]

    @property
    def sku(self) -> str:
        return str(self.values["sku"])

    @property
    def words(self) -> list[str]:
        """The words by which it will be found."""
        return item_words(
            name=self.values["name"],
            sku=self.sku,
            tags=self.values["tags"],
            variant_skus=[variant.sku for variant in self.variants],
            barcodes=[code for variant in self.variants for code, _ in variant.barcodes],
        )

    @property
    def unpaired_skus(self) -> dict[str, tuple[UUID, Path]]:
        """The SKUs that name the item but none of its variants, or a variant but not the item."""
        paths = {variant.sku: (*variant.path, "sku") for variant in self.variants}
        if self.sku in paths:
            del paths[self.sku]
        else:
            paths[self.sku] = (*self.path, "sku")
        return {sku: (self.id, path) for sku, path in paths.items()}


def item_draft(new: NewItem, *, path: Path = ()) -> ItemDraft:
    """The checked draft; raises ``InvalidInput`` or ``LimitExceeded`` at a place below the path."""
    if new.variants and new.barcodes:
        raise InvalidInput(
            "The barcodes of an item given with its variants are those of the variants.", path=(*path, "barcodes")
        )
    if len(new.variants) > VARIANTS_MAX:
        raise LimitExceeded(
            f"{len(new.variants)} variants are given; an item has at most {VARIANTS_MAX}.", path=(*path, "variants")
        )
    values = checked_values(
        {
            "sku": new.sku,
            "name": new.name,
            "description": new.description,
            "type": new.type,
            "status": new.status,
            "tracking": new.tracking,
            "tags": new.tags,
            "metadata": new.metadata,
            "shelf_life_days": new.shelf_life_days,
            "allow_negative": new.allow_negative,
            "removal_strategy": new.removal_strategy,
            "allergens": new.allergens,
            "controlled_class": new.controlled_class,
            "external_reference": new.external_reference,
        },
        path=path,
    )
    if new.variants:
        variants = [
            variant_draft(each, item_name=values["name"], position=position, path=(*path, "variants", str(position)))
            for position, each in enumerate(new.variants)
        ]
    else:
        only = NewVariant(sku=new.sku, barcodes=new.barcodes)
        variants = [variant_draft(only, item_name=values["name"], position=0, path=path)]
    return ItemDraft(
        id=uuid4(), path=path, values=values, unit=new.unit, category_slug=new.category_slug, variants=variants
    )


def variant_draft(new: NewVariant, *, item_name: str, position: int, path: Path = ()) -> VariantDraft:
    """The checked draft; raises ``InvalidInput`` or ``LimitExceeded`` at a place below the path."""
    values = checked_values(
        {
            "sku": new.sku,
            "attributes": new.attributes,
            "external_reference": new.external_reference,
            "metadata": new.metadata,
            **({"name": new.name} if new.name is not None else {}),
        },
        path=path,
    )
    values.setdefault("name", variant_name(item_name, values["attributes"]))
    if len(new.barcodes) > BARCODES_MAX:
        raise LimitExceeded(
            f"{len(new.barcodes)} barcodes are given; a variant has at most {BARCODES_MAX}.", path=(*path, "barcodes")
        )
    barcodes = [
        checked_barcode(text, path=(*path, "barcodes", str(number))) for number, text in enumerate(new.barcodes)
    ]
    return VariantDraft(id=uuid4(), path=path, values={**values, "position": position}, barcodes=barcodes)


def check_distinct(drafts: Sequence[ItemDraft]) -> None:
    """Raise ``AlreadyExists`` at the second of two drafts that would bear the same SKU, barcode or reference."""
    variants = [(item, variant) for item in drafts for variant in item.variants]
    _check_once("SKU", (((item.sku), (*item.path, "sku")) for item in drafts))
    _check_once("SKU", ((variant.sku, (*variant.path, "sku")) for _, variant in variants))
    items = {item.sku: item.id for item in drafts}
    for item, variant in variants:
        if items.get(variant.sku, item.id) != item.id:
            raise AlreadyExists(
                f"The SKU {variant.sku!r} is given to another item as well.", path=(*variant.path, "sku")
            )
    _check_once("barcode", barcode_places(variant for _, variant in variants))
    for each in (drafts, [variant for _, variant in variants]):
        _check_once(
            "external reference",
            (
                (draft.values["external_reference"], (*draft.path, "external_reference"))
                for draft in each
                if draft.values["external_reference"] is not None
            ),
        )


def barcode_places(variants: Iterable[VariantDraft]) -> Iterable[tuple[str, Path]]:
    """Every code with its place."""
    for variant in variants:
        for number, (code, _) in enumerate(variant.barcodes):
            yield code, (*variant.path, "barcodes", str(number))


def _check_once(noun: str, places: Iterable[tuple[str, Path]]) -> None:
    seen: set[str] = set()
    for value, path in places:
        if value in seen:
            raise AlreadyExists(f"The {noun} {value!r} is given twice.", path=path)
        seen.add(value)
