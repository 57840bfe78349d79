"""Recipes and kits: writing bills of materials. A bill is never changed; a new version takes over from its day on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import (
    AlreadyExists,
    InvalidInput,
    InvalidTransition,
    ItemInactive,
    LimitExceeded,
    NotFound,
)
from inventory_graph.masterdata.item_reading import unit_bridges_by_item
from inventory_graph.masterdata.named_variants import NamedVariant, NamedVariants, named_variants
from inventory_graph.masterdata.recipe_circles import NewBill, refuse_circles
from inventory_graph.masterdata.recipe_events import BillOfMaterialsCreated
from inventory_graph.masterdata.recipe_explosion import BillOfMaterialsMissing, quantity_of
from inventory_graph.masterdata.recipe_reading import MADE_TYPES, BillOfMaterialsRecord, ComponentRecord
from inventory_graph.masterdata.texts import Path
from inventory_graph.masterdata.units import Bridges, UnitRecord, all_units, stock_unit_factor, unit_named, unknown_unit
from inventory_graph.outbox import emit_all
from inventory_graph.quantities import quantity_to_text

COMPONENTS_MAX = 200
BILLS_AT_ONCE_MAX = 1_000
UNSTOCKED_TYPES = ("SERVICE", "VOUCHER")
"""The types of item that hold no stock and so cannot be taken."""

NONE = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)


class NotMadeOfComponents(InvalidTransition):
    """Only a RECIPE or a KIT has a bill of materials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentDraft:
    """A line to be written. ``unit`` by code, abbreviation or name, without it the variant's stock unit."""

    quantity: Decimal
    sku: str | None = None
    variant_id: UUID | None = None
    unit: str | None = None
    waste_percent: Decimal = NONE
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BillDraft:
    """A version to be written. Without ``effective_from`` it is in force from now; without ``output_unit`` its output is in
    the item's stock unit."""

    item_id: UUID
    components: Sequence[ComponentDraft]
    effective_from: datetime | None = None
    output_quantity: Decimal = ONE
    output_unit: str | None = None
    yield_percent: Decimal = HUNDRED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Catalogue:
    """What a bill is checked against, all read while its items are locked."""

    now: datetime
    made: Mapping[UUID, Record]
    variants: NamedVariants
    units: Sequence[UnitRecord]
    bridges: Mapping[UUID, Bridges]
    begins: Mapping[UUID, datetime]
    versions: Mapping[UUID, Record]


@dataclass(slots=True, kw_only=True)
class _Checked:
    bill: BillOfMaterialsRecord
    sku: str
    path: Path
    components: list[ComponentRecord] = field(default_factory=list)
    component_variants: list[NamedVariant] = field(default_factory=list)

    @property
    def new_bill(self) -> NewBill:
        return NewBill(
            item_id=self.bill.item_id,
            sku=self.sku,
            effective_from=self.bill.effective_from,
            parts=[(variant.item_id, variant.item_sku) for variant in self.component_variants],
            path=self.path,
        )


_MADE = """
SELECT id, sku, type, status, unit_code FROM items
WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

_BEGINS = "SELECT item_id, min(effective_from) AS begins FROM bills_of_materials WHERE tenant_id = $1 AND item_id = ANY($2::uuid[]) GROUP BY item_id"

_VERSIONS = """
SELECT wanted.item_id, max(known.version) AS version, bool_or(known.effective_from = wanted.instant) AS is_taken,
  min(known.effective_from) FILTER (WHERE known.effective_from > wanted.instant) AS until
FROM unnest($2::uuid[], $3::timestamptz[]) AS wanted(item_id, instant)
JOIN bills_of_materials AS known ON known.tenant_id = $1 AND known.item_id = wanted.item_id
GROUP BY wanted.item_id, wanted.instant
"""

_BILL_COLUMNS = (
    "id", "item_id", "version", "effective_from", "output_quantity", "output_unit_code", "yield_percent", "created_by",
    "created_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "bill_of_materials_id", "position", "variant_id", "quantity", "unit_code", "waste_percent", "is_optional",
)  # fmt: skip

_INSERT_BILLS = f"""
INSERT INTO bills_of_materials (tenant_id, {", ".join(_BILL_COLUMNS)})
SELECT $1, * FROM unnest(
  $2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[], $6::numeric[], $7::text[], $8::numeric[], $9::text[],
  $10::timestamptz[])
"""  # noqa: S608 - the text is put together from constants

_INSERT_COMPONENTS = f"""
INSERT INTO bill_of_materials_components (tenant_id, {", ".join(_LINE_COLUMNS)})
SELECT $1, * FROM unnest(
  $2::uuid[], $3::int[], $4::uuid[], $5::numeric[], $6::text[], $7::numeric[], $8::bool[])
"""  # noqa: S608 - the text is put together from constants


async def create_bill_of_materials(
    tx: Transaction,
    *,
    item_id: UUID,
    components: Sequence[ComponentDraft],
    effective_from: datetime | None = None,
    output_quantity: Decimal = ONE,
    output_unit: str | None = None,
    yield_percent: Decimal = HUNDRED,
) -> BillOfMaterialsRecord:
    """Write a new version of a recipe or kit.

    ``output_quantity`` of ``output_unit`` comes of the components; ``yield_percent`` of it can be served; what a line wastes
    comes on top of its quantity. Raises ``NotFound``, ``ItemInactive``, ``NotMadeOfComponents``, ``InvalidInput``,
    ``UnitMismatch``, ``BillOfMaterialsMissing`` (a component that has no recipe yet), ``BillOfMaterialsCircle``,
    ``LimitExceeded`` (200 components, 10 bills above one another), ``AlreadyExists`` (a version from the same instant on);
    the paths are those of the arguments, such as ``components.0.unit``.
    """
    draft = BillDraft(
        item_id=item_id,
        components=components,
        effective_from=effective_from,
        output_quantity=output_quantity,
        output_unit=output_unit,
        yield_percent=yield_percent,
    )
    return (await _create(tx, [draft], paths=[()]))[0]


async def create_bills_of_materials(tx: Transaction, drafts: Sequence[BillDraft]) -> list[BillOfMaterialsRecord]:
    """``create_bill_of_materials`` for up to 1,000 items at once, in a fixed number of statements.

    A draft may name an item whose bill is another of the drafts. Paths begin with ``bills`` and the draft's position.
    """
    if len(drafts) > BILLS_AT_ONCE_MAX:
        raise LimitExceeded(
            f"{len(drafts)} bills of materials were given; at most {BILLS_AT_ONCE_MAX} at once.", path=("bills",)
        )
    if not drafts:
        return []
    return await _create(tx, drafts, paths=[("bills", str(position)) for position in range(len(drafts))])


async def _create(
    tx: Transaction, drafts: Sequence[BillDraft], *, paths: Sequence[Path]
) -> list[BillOfMaterialsRecord]:
    for draft, path in zip(drafts, paths, strict=True):
        _check_numbers(draft, path)
    # Two transactions could each close one half of a circle, so that the tenant's bills are written one after another.
    await lock_bills_of_materials(tx)
    catalogue = await _catalogue(tx, drafts)
    checked: list[_Checked] = []
    for draft, path in zip(drafts, paths, strict=True):
        if any(draft.item_id == each.bill.item_id for each in checked):
            raise InvalidInput("The item is given twice; one new version at a time.", path=(*path, "item"))
        checked.append(_checked(tx, draft, path, catalogue))
    for each in checked:
        _refuse_missing_bills(each, checked, catalogue)
    await refuse_circles(tx, [each.new_bill for each in checked], now=catalogue.now)
    await _insert(tx, checked)
    await emit_all(
        tx,
        [
            BillOfMaterialsCreated(
                aggregate_id=each.bill.item_id, sku=each.sku, bill=each.bill, components=each.components
            )
            for each in checked
        ],
    )
    return [each.bill for each in checked]


async def lock_bills_of_materials(tx: Transaction) -> None:
    """Let one transaction of the tenant at a time write bills of materials."""
    await tx.raw.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bills of materials ' || $1, 0))", str(tx.tenant_id)
    )


async def _catalogue(tx: Transaction, drafts: Sequence[BillDraft]) -> _Catalogue:
    now: datetime = await tx.raw.fetchval("SELECT clock_timestamp()")
    item_ids = [draft.item_id for draft in drafts]
    made = {record["id"]: record for record in await tx.raw.fetch(_MADE, tx.tenant_id, item_ids)}
    lines = [component for draft in drafts for component in draft.components]
    variants = await named_variants(
        tx,
        skus=sorted({line.sku for line in lines if line.sku is not None}),
        ids=sorted({line.variant_id for line in lines if line.variant_id is not None}),
    )
    found = [*variants.by_sku.values(), *variants.by_id.values()]
    part_ids = {variant.item_id for variant in found}
    begins = await tx.raw.fetch(_BEGINS, tx.tenant_id, sorted(part_ids))
    instants = [draft.effective_from or now for draft in drafts]
    versions = await tx.raw.fetch(_VERSIONS, tx.tenant_id, item_ids, instants)
    return _Catalogue(
        now=now,
        made=made,
        variants=variants,
        units=await all_units(tx),
        bridges=await unit_bridges_by_item(tx, sorted(part_ids | made.keys())),
        begins={record["item_id"]: record["begins"] for record in begins},
        versions={record["item_id"]: record for record in versions},
    )


def _check_numbers(draft: BillDraft, path: Path) -> None:
    """What needs no database to be refused."""
    if not draft.components:
        raise InvalidInput("A bill of materials needs at least one component.", path=(*path, "components"))
    if len(draft.components) > COMPONENTS_MAX:
        raise LimitExceeded(
            f"{len(draft.components)} components were given; a bill of materials has at most {COMPONENTS_MAX}. Put some of"
            " them into a recipe of their own.",
            path=(*path, "components"),
        )
    if all(component.is_optional for component in draft.components):
        raise InvalidInput("Every component is optional; at least one must be there.", path=(*path, "components"))
    if draft.output_quantity <= 0:
        raise InvalidInput("The output quantity must be more than zero.", path=(*path, "output_quantity"))
    if not 0 < draft.yield_percent <= HUNDRED:
        raise InvalidInput(
            f"The yield is {quantity_to_text(draft.yield_percent)} %; it must be more than 0 and at most 100.",
            path=(*path, "yield_percent"),
        )
    for position, component in enumerate(draft.components):
        here = (*path, "components", str(position))
        if component.quantity <= 0:
            raise InvalidInput("The quantity must be more than zero.", path=(*here, "quantity"))
        if not 0 <= component.waste_percent < HUNDRED:
            raise InvalidInput(
                f"The waste is {quantity_to_text(component.waste_percent)} %; it must be at least 0 and less than 100.",
                path=(*here, "waste_percent"),
            )


def _checked(tx: Transaction, draft: BillDraft, path: Path, catalogue: _Catalogue) -> _Checked:
    """The draft as rows, or the refusal of it, apart from what other bills have to do with it."""
    item = catalogue.made.get(draft.item_id)
    if item is None:
        raise NotFound(f"There is no item with the id {draft.item_id}.", path=(*path, "item"))
    if item["type"] not in MADE_TYPES:
        raise NotMadeOfComponents(
            f"{item['sku']} is of type {item['type']}; only a RECIPE or a KIT has a bill of materials.",
            path=(*path, "item"),
        )
    if item["status"] == "ARCHIVED":
        raise ItemInactive(f"{item['sku']} is archived. Make it active again first.", path=(*path, "item"))
    effective_from = draft.effective_from or catalogue.now
    known = catalogue.versions.get(draft.item_id)
    if known is not None and known["is_taken"]:
        raise AlreadyExists(
            f"{item['sku']} has a version from {effective_from.isoformat()} on already; choose another instant.",
            path=(*path, "effective_from"),
        )
    output_unit, _ = _unit(draft.output_unit, item["unit_code"], draft.item_id, (*path, "output_unit"), catalogue)
    bill = BillOfMaterialsRecord(
        id=uuid4(),
        item_id=draft.item_id,
        version=1 if known is None else known["version"] + 1,
        effective_from=effective_from,
        effective_until=None if known is None else known["until"],
        output_quantity=draft.output_quantity,
        output_unit_code=output_unit.code,
        yield_percent=draft.yield_percent,
        created_by=tx.actor.subject,
        created_at=catalogue.now,
    )
    checked = _Checked(bill=bill, sku=item["sku"], path=path)
    for position, component in enumerate(draft.components):
        _add_component(checked, component, position, catalogue)
    return checked


def _add_component(checked: _Checked, draft: ComponentDraft, position: int, catalogue: _Catalogue) -> None:
    path = (*checked.path, "components", str(position))
    variant = catalogue.variants.one(sku=draft.sku, variant_id=draft.variant_id, path=path)
    name_path = (*path, "sku" if draft.sku is not None else "variant_id")
    if variant.item_type in UNSTOCKED_TYPES:
        raise InvalidInput(
            f"{variant.sku} is a {variant.item_type}, of which there is no stock to take; leave it out.", path=name_path
        )
    if any(variant.id == other.id for other in checked.component_variants):
        raise InvalidInput(f"{variant.sku} is given twice; give it once with the sum of both.", path=name_path)
    unit, factor = _unit(draft.unit, variant.unit_code, variant.item_id, (*path, "unit"), catalogue)
    checked.component_variants.append(variant)
    checked.components.append(
        ComponentRecord(
            bill_of_materials_id=checked.bill.id,
            position=position,
            variant_id=variant.id,
            sku=variant.sku,
            quantity=draft.quantity,
            unit_code=unit.code,
            waste_percent=draft.waste_percent,
            is_optional=draft.is_optional,
            quantity_in_stock_unit=quantity_of(Fraction(draft.quantity) * factor),
        )
    )


def _unit(
    name: str | None, stock_unit_code: str, item_id: UUID, path: Path, catalogue: _Catalogue
) -> tuple[UnitRecord, Fraction]:
    """The unit named on a line and how many stock units it is; raises ``NotFound`` and ``UnitMismatch`` at the path."""
    stock_unit = next(unit for unit in catalogue.units if unit.code == stock_unit_code)
    if name is None:
        return stock_unit, Fraction(1)
    unit = unit_named(name, catalogue.units)
    if unit is None:
        raise unknown_unit(name, catalogue.units, path=path)
    bridges = catalogue.bridges.get(item_id, {})
    return unit, stock_unit_factor(unit, stock_unit=stock_unit, bridges=bridges, path=path)


def _refuse_missing_bills(each: _Checked, checked: Sequence[_Checked], catalogue: _Catalogue) -> None:
    """A recipe within a recipe has to have components of its own by then: otherwise nothing would be taken for it."""
    begins = dict(catalogue.begins)
    for other in checked:
        begins[other.bill.item_id] = min(
            begins.get(other.bill.item_id, other.bill.effective_from), other.bill.effective_from
        )
    for position, variant in enumerate(each.component_variants):
        if variant.item_type not in MADE_TYPES or variant.item_id == each.bill.item_id:
            continue
        begin = begins.get(variant.item_id)
        if begin is None or begin > each.bill.effective_from:
            since = "none" if begin is None else f"none before {begin.isoformat()}"
            raise BillOfMaterialsMissing(
                f"{variant.sku} is a {variant.item_type} and needs a bill of materials from"
                f" {each.bill.effective_from.isoformat()} on, but has {since}. Create that first.",
                path=(*each.path, "components", str(position)),
            )


async def _insert(tx: Transaction, checked: Sequence[_Checked]) -> None:
    bills = [each.bill for each in checked]
    lines = [line for each in checked for line in each.components]
    await tx.raw.execute(
        _INSERT_BILLS, tx.tenant_id, *([getattr(bill, column) for bill in bills] for column in _BILL_COLUMNS)
    )
    await tx.raw.execute(
        _INSERT_COMPONENTS, tx.tenant_id, *([getattr(line, column) for line in lines] for column in _LINE_COLUMNS)
    )
