"""Tables of items, variants, units, categories and bills of materials."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, QuantityColumn

Instant = TIMESTAMP(timezone=True)
NOW = text("clock_timestamp()")


class Unit(Base):
    """A unit of measure. ``factor_numerator / factor_denominator`` of the dimension's base unit; both null for a unit that
    only counts (a bowl, a box), which converts by an item's bridge alone. ``is_whole`` units refuse fractions."""

    __tablename__ = "units"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    abbreviation: Mapped[str] = mapped_column(Text)
    dimension: Mapped[str] = mapped_column(Text)
    factor_numerator: Mapped[int | None] = mapped_column(BigInteger)
    factor_denominator: Mapped[int | None] = mapped_column(BigInteger)
    is_whole: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        UniqueConstraint("tenant_id", "abbreviation"),
        CheckConstraint("code ~ '^[A-Z][A-Z0-9_]{0,31}$'", name="code_form"),
        CheckConstraint("dimension IN ('COUNT', 'MASS', 'VOLUME', 'LENGTH', 'AREA', 'TIME')", name="dimension_known"),
        CheckConstraint(
            "(factor_numerator IS NULL) = (factor_denominator IS NULL) AND coalesce(factor_numerator, 1) > 0"
            " AND coalesce(factor_denominator, 1) > 0",
            name="factor_positive",
        ),
    )


class Category(Base):
    """A node of the category tree. ``costing_method`` is its own, null where it goes by the next one above that has one;
    ``costing_method_in_force`` is what that comes to, null for the tenant's."""

    __tablename__ = "categories"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    costing_method: Mapped[str | None] = mapped_column(Text)
    costing_method_in_force: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["categories.tenant_id", "categories.id"]),
        CheckConstraint(
            "costing_method IN ('AVERAGE', 'FIFO') AND costing_method_in_force IN ('AVERAGE', 'FIFO')",
            name="costing_method_known",
        ),
        UniqueConstraint("tenant_id", "slug"),
        CheckConstraint("parent_id <> id", name="parent_is_another"),
        Index("ix_categories_parent_id", "tenant_id", "parent_id"),
    )


class Item(Base):
    """The article. Its variants are what is stocked and sold."""

    __tablename__ = "items"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="ACTIVE")
    tracking: Mapped[str] = mapped_column(Text, server_default="NONE")
    unit_code: Mapped[str] = mapped_column(Text)
    category_id: Mapped[UUID | None] = mapped_column(Uuid)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    shelf_life_days: Mapped[int | None] = mapped_column(Integer)
    allow_negative: Mapped[bool | None] = mapped_column()
    removal_strategy: Mapped[str | None] = mapped_column(Text)
    allergens: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    controlled_class: Mapped[str | None] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_code"], ["units.tenant_id", "units.code"]),
        ForeignKeyConstraint(["tenant_id", "category_id"], ["categories.tenant_id", "categories.id"]),
        UniqueConstraint("tenant_id", "sku"),
        UniqueConstraint("tenant_id", "external_reference"),
        Index("ix_items_name", "tenant_id", "name", "id"),
        Index("ix_items_category_id", "tenant_id", "category_id", "sku"),
        Index("ix_items_updated_at", "tenant_id", "updated_at", "id"),
        Index("ix_items_created_at", "tenant_id", "created_at", "id"),
        CheckConstraint(
            "type IN ('GOODS', 'INGREDIENT', 'RECIPE', 'KIT', 'SERVICE', 'VOUCHER', 'EQUIPMENT')", name="type_known"
        ),
        CheckConstraint("status IN ('ACTIVE', 'DISCONTINUED', 'ARCHIVED')", name="status_known"),
        CheckConstraint("tracking IN ('NONE', 'LOT', 'SERIAL')", name="tracking_known"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life_days_positive"),
        CheckConstraint("removal_strategy IN ('FEFO', 'FIFO', 'LIFO', 'NEAREST')", name="removal_strategy_known"),
    )


class Variant(Base):
    """What is stocked and sold. ``attributes`` is a list of {name, value} in the order of the options."""

    __tablename__ = "variants"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    attributes: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    status: Mapped[str] = mapped_column(Text, server_default="ACTIVE")
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    external_reference: Mapped[str | None] = mapped_column(Text)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        UniqueConstraint("tenant_id", "sku"),
        UniqueConstraint("tenant_id", "external_reference"),
        UniqueConstraint("tenant_id", "item_id", "position"),
        CheckConstraint("status IN ('ACTIVE', 'DISCONTINUED', 'ARCHIVED')", name="status_known"),
    )


class Barcode(Base):
    """A code that scanners read: names one variant in one unit (a piece, a box of twelve)."""

    __tablename__ = "barcodes"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    unit_code: Mapped[str] = mapped_column(Text)
    symbology: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_code"], ["units.tenant_id", "units.code"]),
        Index("ix_barcodes_variant_id", "tenant_id", "variant_id"),
        CheckConstraint("symbology IN ('EAN13', 'EAN8', 'UPC', 'GTIN14', 'ISBN', 'CODE128')", name="symbology_known"),
    )


class ItemWord(Base):
    """A lower-case word of an item's name, SKUs, barcodes or tags, for search by prefix.

    A table of words and not a text index: under row-level security only leakproof operators may use an index, and the
    comparisons of a prefix range are leakproof while LIKE and @@ are not.
    """

    __tablename__ = "item_words"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        Index("ix_item_words_item_id", "tenant_id", "item_id"),
    )


class UnitBridge(Base):
    """For one item, one ``from_unit`` is numerator / denominator of ``to_unit``, across dimensions: a slice is 1/20 loaf."""

    __tablename__ = "unit_bridges"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    from_unit_code: Mapped[str] = mapped_column(Text, primary_key=True)
    to_unit_code: Mapped[str] = mapped_column(Text, primary_key=True)
    factor_numerator: Mapped[int] = mapped_column(BigInteger)
    factor_denominator: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "from_unit_code"], ["units.tenant_id", "units.code"]),
        ForeignKeyConstraint(["tenant_id", "to_unit_code"], ["units.tenant_id", "units.code"]),
        CheckConstraint("factor_numerator > 0 AND factor_denominator > 0", name="factor_positive"),
        CheckConstraint("from_unit_code <> to_unit_code", name="units_differ"),
    )


class BillOfMaterials(Base):
    """One version of a recipe or kit. In force: the version with the latest ``effective_from`` that has passed, so that two
    can never be in force at once."""

    __tablename__ = "bills_of_materials"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer)
    effective_from: Mapped[datetime] = mapped_column(Instant)
    output_quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    output_unit_code: Mapped[str] = mapped_column(Text)
    yield_percent: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="100")
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=NOW)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "item_id"], ["items.tenant_id", "items.id"]),
        ForeignKeyConstraint(["tenant_id", "output_unit_code"], ["units.tenant_id", "units.code"]),
        UniqueConstraint("tenant_id", "item_id", "version"),
        UniqueConstraint("tenant_id", "item_id", "effective_from"),
        CheckConstraint("output_quantity > 0", name="output_quantity_positive"),
        CheckConstraint("yield_percent > 0 AND yield_percent <= 100", name="yield_percent_range"),
    )


class BillOfMaterialsComponent(Base):
    """One line of a bill of materials: what one output quantity takes, before yield and waste."""

    __tablename__ = "bill_of_materials_components"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    bill_of_materials_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn)
    unit_code: Mapped[str] = mapped_column(Text)
    waste_percent: Mapped[Decimal] = mapped_column(QuantityColumn, server_default="0")
    is_optional: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "bill_of_materials_id"], ["bills_of_materials.tenant_id", "bills_of_materials.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["variants.tenant_id", "variants.id"]),
        ForeignKeyConstraint(["tenant_id", "unit_code"], ["units.tenant_id", "units.code"]),
        UniqueConstraint("tenant_id", "bill_of_materials_id", "variant_id"),
        Index("ix_bill_of_materials_components_variant_id", "tenant_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("waste_percent >= 0 AND waste_percent < 100", name="waste_percent_range"),
    )
