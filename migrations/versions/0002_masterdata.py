"""Create items, units, bills of materials, warehouses and suppliers."""

from alembic import op

from migrations.tenancy import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "units",
    "categories",
    "items",
    "variants",
    "barcodes",
    "item_words",
    "unit_bridges",
    "bills_of_materials",
    "bill_of_materials_components",
    "warehouses",
    "locations",
    "suppliers",
    "supplier_items",
)

STATEMENTS = """
CREATE TABLE units (
    tenant_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    abbreviation TEXT NOT NULL,
    dimension TEXT NOT NULL,
    factor_numerator BIGINT,
    factor_denominator BIGINT,
    is_whole BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_units PRIMARY KEY (tenant_id, code),
    CONSTRAINT fk_units_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_units_tenant_id_abbreviation UNIQUE (tenant_id, abbreviation),
    CONSTRAINT ck_units_code_form CHECK (code ~ '^[A-Z][A-Z0-9_]{0,31}$'),
    CONSTRAINT ck_units_dimension_known CHECK (dimension IN ('COUNT', 'MASS', 'VOLUME', 'LENGTH', 'AREA', 'TIME')),
    CONSTRAINT ck_units_factor_positive CHECK ((factor_numerator IS NULL) = (factor_denominator IS NULL) AND coalesce(factor_numerator, 1) > 0 AND coalesce(factor_denominator, 1) > 0)
);

CREATE TABLE categories (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    parent_id UUID,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT,
    position INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_categories PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_categories_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT fk_categories_tenant_id_parent_id_categories FOREIGN KEY(tenant_id, parent_id) REFERENCES categories (tenant_id, id),
    CONSTRAINT uq_categories_tenant_id_slug UNIQUE (tenant_id, slug),
    CONSTRAINT ck_categories_parent_is_another CHECK (parent_id <> id)
);

CREATE INDEX ix_categories_parent_id ON categories (tenant_id, parent_id);

CREATE TABLE items (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    type TEXT NOT NULL,
    status TEXT DEFAULT 'ACTIVE' NOT NULL,
    tracking TEXT DEFAULT 'NONE' NOT NULL,
    unit_code TEXT NOT NULL,
    category_id UUID,
    tags TEXT[] DEFAULT '{}' NOT NULL,
    metadata JSONB DEFAULT '{}' NOT NULL,
    shelf_life_days INTEGER,
    allow_negative BOOLEAN,
    removal_strategy TEXT,
    external_reference TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_items PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_items_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT fk_items_tenant_id_unit_code_units FOREIGN KEY(tenant_id, unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT fk_items_tenant_id_category_id_categories FOREIGN KEY(tenant_id, category_id) REFERENCES categories (tenant_id, id),
    CONSTRAINT uq_items_tenant_id_sku UNIQUE (tenant_id, sku),
    CONSTRAINT uq_items_tenant_id_external_reference UNIQUE (tenant_id, external_reference),
    CONSTRAINT ck_items_type_known CHECK (type IN ('GOODS', 'INGREDIENT', 'RECIPE', 'KIT', 'SERVICE', 'VOUCHER', 'EQUIPMENT')),
    CONSTRAINT ck_items_status_known CHECK (status IN ('ACTIVE', 'DISCONTINUED', 'ARCHIVED')),
    CONSTRAINT ck_items_tracking_known CHECK (tracking IN ('NONE', 'LOT', 'SERIAL')),
    CONSTRAINT ck_items_shelf_life_days_positive CHECK (shelf_life_days > 0),
    CONSTRAINT ck_items_removal_strategy_known CHECK (removal_strategy IN ('FEFO', 'FIFO', 'LIFO', 'NEAREST'))
);

CREATE INDEX ix_items_category_id ON items (tenant_id, category_id, sku);

CREATE INDEX ix_items_name ON items (tenant_id, name, id);

CREATE INDEX ix_items_created_at ON items (tenant_id, created_at, id);

CREATE INDEX ix_items_updated_at ON items (tenant_id, updated_at, id);

CREATE TABLE variants (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes JSONB DEFAULT '[]' NOT NULL,
    status TEXT DEFAULT 'ACTIVE' NOT NULL,
    position INTEGER DEFAULT '0' NOT NULL,
    external_reference TEXT,
    metadata JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_variants PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_variants_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT uq_variants_tenant_id_sku UNIQUE (tenant_id, sku),
    CONSTRAINT uq_variants_tenant_id_external_reference UNIQUE (tenant_id, external_reference),
    CONSTRAINT uq_variants_tenant_id_item_id_position UNIQUE (tenant_id, item_id, position),
    CONSTRAINT ck_variants_status_known CHECK (status IN ('ACTIVE', 'DISCONTINUED', 'ARCHIVED'))
);

CREATE TABLE barcodes (
    tenant_id UUID NOT NULL,
    code TEXT NOT NULL,
    variant_id UUID NOT NULL,
    unit_code TEXT NOT NULL,
    symbology TEXT NOT NULL,
    CONSTRAINT pk_barcodes PRIMARY KEY (tenant_id, code),
    CONSTRAINT fk_barcodes_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_barcodes_tenant_id_unit_code_units FOREIGN KEY(tenant_id, unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT ck_barcodes_symbology_known CHECK (symbology IN ('EAN13', 'EAN8', 'UPC', 'GTIN14', 'ISBN', 'CODE128'))
);

CREATE INDEX ix_barcodes_variant_id ON barcodes (tenant_id, variant_id);

CREATE TABLE item_words (
    tenant_id UUID NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    CONSTRAINT pk_item_words PRIMARY KEY (tenant_id, word, item_id),
    CONSTRAINT fk_item_words_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id)
);

CREATE INDEX ix_item_words_item_id ON item_words (tenant_id, item_id);

CREATE TABLE unit_bridges (
    tenant_id UUID NOT NULL,
    item_id UUID NOT NULL,
    from_unit_code TEXT NOT NULL,
    to_unit_code TEXT NOT NULL,
    factor_numerator BIGINT NOT NULL,
    factor_denominator BIGINT NOT NULL,
    CONSTRAINT pk_unit_bridges PRIMARY KEY (tenant_id, item_id, from_unit_code, to_unit_code),
    CONSTRAINT fk_unit_bridges_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT fk_unit_bridges_tenant_id_from_unit_code_units FOREIGN KEY(tenant_id, from_unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT fk_unit_bridges_tenant_id_to_unit_code_units FOREIGN KEY(tenant_id, to_unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT ck_unit_bridges_factor_positive CHECK (factor_numerator > 0 AND factor_denominator > 0),
    CONSTRAINT ck_unit_bridges_units_differ CHECK (from_unit_code <> to_unit_code)
);

CREATE TABLE bills_of_materials (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    version INTEGER NOT NULL,
    effective_from TIMESTAMP WITH TIME ZONE NOT NULL,
    output_quantity quantity NOT NULL,
    output_unit_code TEXT NOT NULL,
    yield_percent quantity DEFAULT '100' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_bills_of_materials PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_bills_of_materials_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT fk_bills_of_materials_tenant_id_output_unit_code_units FOREIGN KEY(tenant_id, output_unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT uq_bills_of_materials_tenant_id_item_id_version UNIQUE (tenant_id, item_id, version),
    CONSTRAINT uq_bills_of_materials_tenant_id_item_id_effective_from UNIQUE (tenant_id, item_id, effective_from),
    CONSTRAINT ck_bills_of_materials_output_quantity_positive CHECK (output_quantity > 0),
    CONSTRAINT ck_bills_of_materials_yield_percent_range CHECK (yield_percent > 0 AND yield_percent <= 100)
);

CREATE TABLE bill_of_materials_components (
    tenant_id UUID NOT NULL,
    bill_of_materials_id UUID NOT NULL,
    position INTEGER NOT NULL,
    variant_id UUID NOT NULL,
    quantity quantity NOT NULL,
    unit_code TEXT NOT NULL,
    waste_percent quantity DEFAULT '0' NOT NULL,
    is_optional BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_bill_of_materials_components PRIMARY KEY (tenant_id, bill_of_materials_id, position),
    CONSTRAINT fk_bill_of_materials_components_tenant_id_bill_of_mater_3d4a FOREIGN KEY(tenant_id, bill_of_materials_id) REFERENCES bills_of_materials (tenant_id, id),
    CONSTRAINT fk_bill_of_materials_components_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_bill_of_materials_components_tenant_id_unit_code_units FOREIGN KEY(tenant_id, unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT uq_bill_of_materials_components_tenant_id_bill_of_mater_e4aa UNIQUE (tenant_id, bill_of_materials_id, variant_id),
    CONSTRAINT ck_bill_of_materials_components_quantity_positive CHECK (quantity > 0),
    CONSTRAINT ck_bill_of_materials_components_waste_percent_range CHECK (waste_percent >= 0 AND waste_percent < 100)
);

CREATE INDEX ix_bill_of_materials_components_variant_id ON bill_of_materials_components (tenant_id, variant_id);

CREATE TABLE warehouses (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT DEFAULT 'WAREHOUSE' NOT NULL,
    outlet_id UUID,
    timezone TEXT NOT NULL,
    is_default BOOLEAN DEFAULT false NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    priority INTEGER DEFAULT '100' NOT NULL,
    allow_negative BOOLEAN,
    address TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_warehouses PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_warehouses_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT fk_warehouses_tenant_id_outlet_id_outlets FOREIGN KEY(tenant_id, outlet_id) REFERENCES outlets (tenant_id, id),
    CONSTRAINT uq_warehouses_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT uq_warehouses_tenant_id_outlet_id UNIQUE (tenant_id, outlet_id),
    CONSTRAINT ck_warehouses_type_known CHECK (type IN ('OUTLET', 'KITCHEN', 'WAREHOUSE', 'DARK_STORE', 'TRANSIT')),
    CONSTRAINT ck_warehouses_default_is_active CHECK (is_active OR NOT is_default)
);

CREATE UNIQUE INDEX uq_warehouses_default ON warehouses (tenant_id) WHERE is_default;

CREATE TABLE locations (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    parent_id UUID,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_locations PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_locations_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_locations_parent_id_locations FOREIGN KEY(tenant_id, warehouse_id, parent_id) REFERENCES locations (tenant_id, warehouse_id, id),
    CONSTRAINT uq_locations_tenant_id_warehouse_id_id UNIQUE (tenant_id, warehouse_id, id),
    CONSTRAINT uq_locations_tenant_id_warehouse_id_code UNIQUE (tenant_id, warehouse_id, code),
    CONSTRAINT uq_locations_tenant_id_warehouse_id_path UNIQUE (tenant_id, warehouse_id, path),
    CONSTRAINT ck_locations_type_known CHECK (type IN ('ZONE', 'AISLE', 'SHELF', 'BIN')),
    CONSTRAINT ck_locations_parent_is_another CHECK (parent_id <> id)
);

CREATE TABLE suppliers (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    currency TEXT NOT NULL,
    payment_terms_days INTEGER,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_suppliers PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_suppliers_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_suppliers_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT ck_suppliers_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_suppliers_payment_terms_days_positive CHECK (payment_terms_days >= 0)
);

CREATE TABLE supplier_items (
    tenant_id UUID NOT NULL,
    supplier_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    supplier_sku TEXT,
    unit_code TEXT NOT NULL,
    unit_price cost,
    currency TEXT NOT NULL,
    lead_time_days INTEGER,
    order_minimum quantity,
    order_multiple quantity,
    is_preferred BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_supplier_items PRIMARY KEY (tenant_id, supplier_id, variant_id),
    CONSTRAINT fk_supplier_items_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT fk_supplier_items_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_supplier_items_tenant_id_unit_code_units FOREIGN KEY(tenant_id, unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT ck_supplier_items_unit_price_positive CHECK (unit_price >= 0),
    CONSTRAINT ck_supplier_items_lead_time_days_positive CHECK (lead_time_days >= 0),
    CONSTRAINT ck_supplier_items_order_sizes_positive CHECK (order_minimum > 0 AND order_multiple > 0)
);

CREATE INDEX ix_supplier_items_variant_id ON supplier_items (tenant_id, variant_id);

CREATE UNIQUE INDEX uq_supplier_items_preferred ON supplier_items (tenant_id, variant_id) WHERE is_preferred
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    op.execute("DROP TABLE supplier_items")
    op.execute("DROP TABLE suppliers")
    op.execute("DROP TABLE locations")
    op.execute("DROP TABLE warehouses")
    op.execute("DROP TABLE bill_of_materials_components")
    op.execute("DROP TABLE bills_of_materials")
    op.execute("DROP TABLE unit_bridges")
    op.execute("DROP TABLE item_words")
    op.execute("DROP TABLE barcodes")
    op.execute("DROP TABLE variants")
    op.execute("DROP TABLE items")
    op.execute("DROP TABLE categories")
    op.execute("DROP TABLE units")
