"""Lists of goods and of their stock: items with their variants, what suppliers sell, balances, movements."""

from inventory_graph.printing.listings import Condition, Listing
from inventory_graph.stock.cost_queries import VALUE
from inventory_graph.stock.queries import overdue_holds

_OVERDUE = overdue_holds("balances")
_GOODS = {"sku": "variants.sku", "itemName": "items.name", "variantName": "variants.name"}

ITEMS = Listing(
    columns={
        "sku": "items.sku",
        "name": "items.name",
        "type": "items.type",
        "status": "items.status",
        "tracking": "items.tracking",
        "unit": "items.unit_code",
        "category": "categories.slug",
        "tags": "items.tags",
        "externalReference": "items.external_reference",
        "createdAt": "items.created_at",
        "updatedAt": "items.updated_at",
        "variantSku": "variants.sku",
        "variantName": "variants.name",
        "variantStatus": """CASE WHEN items.status = 'ARCHIVED' THEN 'ARCHIVED'
  WHEN items.status = 'DISCONTINUED' AND variants.status = 'ACTIVE' THEN 'DISCONTINUED' ELSE variants.status END""",
        "variantExternalReference": "variants.external_reference",
        "barcodes": """ARRAY(SELECT barcodes.code FROM barcodes WHERE barcodes.tenant_id = $1 AND barcodes.variant_id = variants.id
  ORDER BY barcodes.code)""",
        "id": "items.id",
        "variantId": "variants.id",
    },
    source="""items
JOIN variants ON variants.tenant_id = $1 AND variants.item_id = items.id
LEFT JOIN categories ON categories.tenant_id = $1 AND categories.id = items.category_id""",
    conditions={
        "words": Condition(
            "text[]",
            """NOT EXISTS (SELECT FROM unnest({}) AS wanted(word) WHERE NOT EXISTS (
  SELECT FROM item_words WHERE item_words.tenant_id = $1 AND item_words.item_id = items.id AND starts_with(item_words.word, wanted.word)))""",
        ),
        "item_ids": Condition("uuid[]", "items.id = ANY({})"),
        "types": Condition("text[]", "items.type = ANY({})"),
        "statuses": Condition("text[]", "items.status = ANY({})"),
        "category_slug": Condition(
            "text",
            """items.category_id IN (WITH RECURSIVE below AS (
  SELECT top.id FROM categories AS top WHERE top.tenant_id = $1 AND top.slug = {}
  UNION ALL SELECT child.id FROM categories AS child JOIN below ON child.tenant_id = $1 AND child.parent_id = below.id
) SELECT id FROM below)""",
        ),
        "tag": Condition("text", "{} = ANY(items.tags)"),
        "updated_since": Condition("timestamptz", "items.updated_at >= {}"),
        "low_stock": Condition(
            "flag",
            """EXISTS (SELECT FROM variants AS low JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = low.id
  WHERE low.tenant_id = $1 AND low.item_id = items.id AND balances.is_low)""",
        ),
        "low_in": Condition(
            "uuid",
            """EXISTS (SELECT FROM variants AS low JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = low.id
  WHERE low.tenant_id = $1 AND low.item_id = items.id AND balances.is_low AND balances.warehouse_id = {})""",
        ),
        "stocked_in": Condition(
            "uuid",
            """EXISTS (SELECT FROM variants AS kept JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = kept.id
  WHERE kept.tenant_id = $1 AND kept.item_id = items.id AND balances.version > 0 AND balances.warehouse_id = {})""",
        ),
    },
    order=(("items.sku", "text"), ("variants.position", "int")),
    narrowing="categorySlug, type or status",
)

SUPPLIER_ITEMS = Listing(
    columns={
        "supplierCode": "suppliers.code",
        "supplierName": "suppliers.name",
        **_GOODS,
        "supplierSku": "supplier_items.supplier_sku",
        "unit": "supplier_items.unit_code",
        "unitPrice": "supplier_items.unit_price",
        "currency": "supplier_items.currency",
        "leadTimeDays": "supplier_items.lead_time_days",
        "orderMinimum": "supplier_items.order_minimum",
        "orderMultiple": "supplier_items.order_multiple",
        "isPreferred": "supplier_items.is_preferred",
        "variantId": "variants.id",
    },
    source="""supplier_items
JOIN suppliers ON suppliers.tenant_id = $1 AND suppliers.id = supplier_items.supplier_id
JOIN variants ON variants.tenant_id = $1 AND variants.id = supplier_items.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id""",
    conditions={"supplier_code": Condition("text", "suppliers.code = {}")},
    order=(("supplier_items.supplier_id", "uuid"), ("supplier_items.variant_id", "uuid")),
    narrowing="supplierCode",
)

STOCK_BALANCES = Listing(
    columns={
        **_GOODS,
        "warehouseCode": "warehouses.code",
        "warehouseName": "warehouses.name",
        "unit": "items.unit_code",
        "onHand": "balances.on_hand",
        "reserved": f"balances.reserved - {_OVERDUE}",
        "quarantined": "balances.quarantined",
        "damaged": "balances.damaged",
        "available": f"balances.available + {_OVERDUE}",
        "reorderPoint": "balances.reorder_point",
        "safetyStock": "balances.safety_stock",
        "costingMethod": "balances.costing_method",
        "unitCost": "balances.average_cost",
        "value": f"(CASE WHEN balances.average_cost IS NOT NULL THEN {VALUE} END)",
        "currency": "tenants.currency",
        "updatedAt": "balances.updated_at",
        "id": "balances.id",
        "variantId": "balances.variant_id",
        "warehouseId": "balances.warehouse_id",
    },
    source="""balances
JOIN tenants ON tenants.id = $1
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = balances.warehouse_id
JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id""",
    conditions={
        "warehouse_id": Condition("uuid", "balances.warehouse_id = {}"),
        "is_low": Condition("flag", "balances.is_low"),
        "has_stock": Condition("flag", "balances.on_hand <> 0"),
    },
    order=(("balances.warehouse_id", "uuid"), ("balances.variant_id", "uuid")),
    outlets="warehouses.outlet_id = ANY({})",
    narrowing="warehouse or inStock",
)

MOVEMENTS = Listing(
    columns={
        "recordedAt": "movements.recorded_at",
        "occurredAt": "movements.occurred_at",
        "kind": "movements.kind",
        **_GOODS,
        "warehouseCode": "warehouses.code",
        "quantity": "movements.quantity",
        "unit": "items.unit_code",
        "fromState": "movements.from_state",
        "toState": "movements.to_state",
        "fromLocation": "source.code",
        "toLocation": "target.code",
        "lotCode": "lots.code",
        "serials": "movements.serials",
        "unitCost": "movements.unit_cost",
        "valueChange": "movements.value_change",
        "currency": "tenants.currency",
        "onHandAfter": "movements.on_hand_after",
        "balanceVersion": "movements.balance_version",
        "reason": "movements.reason",
        "note": "movements.note",
        "referenceType": "movements.reference_type",
        "referenceId": "movements.reference_id",
        "reference": "movements.reference",
        "recordedBy": "movements.recorded_by",
        "id": "movements.id",
    },
    source="""movements
JOIN tenants ON tenants.id = $1
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = movements.warehouse_id
JOIN variants ON variants.tenant_id = $1 AND variants.id = movements.variant_id
JOIN items ON items.tenant_id = $1 AND items.id = variants.item_id
LEFT JOIN locations AS source ON source.tenant_id = $1 AND source.id = movements.from_location_id
LEFT JOIN locations AS target ON target.tenant_id = $1 AND target.id = movements.to_location_id
LEFT JOIN lots ON lots.tenant_id = $1 AND lots.id = movements.lot_id""",
    conditions={
        "recorded_since": Condition("timestamptz", "movements.recorded_at >= {}"),
        "recorded_before": Condition("timestamptz", "movements.recorded_at < {}"),
        "warehouse_id": Condition("uuid", "movements.warehouse_id = {}"),
        "variant_id": Condition("uuid", "movements.variant_id = {}"),
        "kinds": Condition("text[]", "movements.kind = ANY({})"),
    },
    order=(("movements.recorded_at", "timestamptz"), ("movements.id", "uuid")),
    outlets="warehouses.outlet_id = ANY({})",
    narrowing="recordedSince and recordedBefore",
)
