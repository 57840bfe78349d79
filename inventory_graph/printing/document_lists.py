"""Lists of documents: one row each, the newest first."""

from inventory_graph.printing.listings import Condition, Listing

_BY_VARIANT = """EXISTS (SELECT FROM {lines} AS line WHERE line.tenant_id = $1 AND line.{document} = {table}.id
  AND line.variant_id = {{}})"""
_OF_SUPPLIER = "suppliers.code = {}"

PURCHASE_ORDERS = Listing(
    columns={
        "number": "purchase_orders.number",
        "status": "purchase_orders.status",
        "supplierCode": "suppliers.code",
        "supplierName": "suppliers.name",
        "warehouseCode": "warehouses.code",
        "warehouseName": "warehouses.name",
        "netAmount": "purchase_orders.net_amount",
        "taxAmount": "purchase_orders.tax_amount",
        "shippingAmount": "purchase_orders.shipping_amount",
        "totalAmount": "purchase_orders.net_amount + purchase_orders.tax_amount + purchase_orders.shipping_amount",
        "currency": "purchase_orders.currency",
        "paymentTermsDays": "purchase_orders.payment_terms_days",
        "expectedAt": "purchase_orders.expected_at",
        "inspectOnReceipt": "purchase_orders.is_inspected",
        "reference": "purchase_orders.reference",
        "note": "purchase_orders.note",
        "submittedBy": "purchase_orders.submitted_by",
        "approvedBy": "purchase_orders.approved_by",
        "sentAt": "purchase_orders.sent_at",
        "resolvedAt": "purchase_orders.resolved_at",
        "version": "purchase_orders.version",
        "createdAt": "purchase_orders.created_at",
        "createdBy": "purchase_orders.created_by",
        "id": "purchase_orders.id",
    },
    source="""purchase_orders
JOIN suppliers ON suppliers.tenant_id = $1 AND suppliers.id = purchase_orders.supplier_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = purchase_orders.warehouse_id""",
    conditions={
        "statuses": Condition("text[]", "purchase_orders.status = ANY({})"),
        "supplier_code": Condition("text", _OF_SUPPLIER),
        "warehouse_id": Condition("uuid", "purchase_orders.warehouse_id = {}"),
        "variant_id": Condition(
            "uuid",
            _BY_VARIANT.format(lines="purchase_order_lines", document="purchase_order_id", table="purchase_orders"),
        ),
        "number": Condition("text", "purchase_orders.number = {}"),
        "reference": Condition("text", "purchase_orders.reference = {}"),
        "expected_before": Condition("timestamptz", "purchase_orders.expected_at < {}"),
        "created_since": Condition("timestamptz", "purchase_orders.created_at >= {}"),
        "created_before": Condition("timestamptz", "purchase_orders.created_at < {}"),
    },
    order=(("purchase_orders.created_at", "timestamptz"), ("purchase_orders.id", "uuid")),
    is_newest_first=True,
    outlets="warehouses.outlet_id = ANY({})",
    narrowing="createdSince and createdBefore",
)

GOODS_RECEIPTS = Listing(
    columns={
        "number": "goods_receipts.number",
        "status": "goods_receipts.status",
        "purchaseOrder": "purchase_orders.number",
        "supplierCode": "suppliers.code",
        "supplierName": "suppliers.name",
        "warehouseCode": "warehouses.code",
        "warehouseName": "warehouses.name",
        "netAmount": "goods_receipts.net_amount",
        "currency": "goods_receipts.currency",
        "exchangeRate": "goods_receipts.exchange_rate",
        "deliveryNote": "goods_receipts.delivery_note",
        "note": "goods_receipts.note",
        "receivedAt": "goods_receipts.received_at",
        "recordedAt": "goods_receipts.recorded_at",
        "recordedBy": "goods_receipts.recorded_by",
        "reversedAt": "goods_receipts.reversed_at",
        "reversedBy": "goods_receipts.reversed_by",
        "reversalReason": "goods_receipts.reversal_reason",
        "id": "goods_receipts.id",
    },
    source="""goods_receipts
JOIN suppliers ON suppliers.tenant_id = $1 AND suppliers.id = goods_receipts.supplier_id
JOIN warehouses ON warehouses.tenant_id = $1 AND warehouses.id = goods_receipts.warehouse_id
LEFT JOIN purchase_orders ON purchase_orders.tenant_id = $1 AND purchase_orders.id = goods_receipts.purchase_order_id""",
    conditions={
        "statuses": Condition("text[]", "goods_receipts.status = ANY({})"),
        "supplier_code": Condition("text", _OF_SUPPLIER),
        "warehouse_id": Condition("uuid", "goods_receipts.warehouse_id = {}"),
        "variant_id": Condition(
            "uuid",
            _BY_VARIANT.format(lines="goods_receipt_lines", document="goods_receipt_id", table="goods_receipts"),
        ),
        "delivery_note": Condition("text", "goods_receipts.delivery_note = {}"),
        "recorded_since": Condition("timestamptz", "goods_receipts.recorded_at >= {}"),
        "recorded_before": Condition("timestamptz", "goods_receipts.recorded_at < {}"),
    },
    order=(("goods_receipts.recorded_at", "timestamptz"), ("goods_receipts.id", "uuid")),
    is_newest_first=True,
    outlets="warehouses.outlet_id = ANY({})",
    narrowing="recordedSince and recordedBefore",
)

TRANSFERS = Listing(
    columns={
        "number": "transfers.number",
        "status": "transfers.status",
        "fromWarehouseCode": "source.code",
        "fromWarehouseName": "source.name",
        "toWarehouseCode": "target.code",
        "toWarehouseName": "target.name",
        "isFullyShipped": "transfers.is_fully_shipped",
        "expectedAt": "transfers.expected_at",
        "reference": "transfers.reference",
        "note": "transfers.note",
        "submittedBy": "transfers.submitted_by",
        "approvedBy": "transfers.approved_by",
        "shippedAt": "transfers.shipped_at",
        "receivedAt": "transfers.received_at",
        "resolvedAt": "transfers.resolved_at",
        "version": "transfers.version",
        "createdAt": "transfers.created_at",
        "createdBy": "transfers.created_by",
        "id": "transfers.id",
    },
    source="""transfers
JOIN warehouses AS source ON source.tenant_id = $1 AND source.id = transfers.from_warehouse_id
JOIN warehouses AS target ON target.tenant_id = $1 AND target.id = transfers.to_warehouse_id""",
    conditions={
        "statuses": Condition("text[]", "transfers.status = ANY({})"),
        "from_warehouse_id": Condition("uuid", "transfers.from_warehouse_id = {}"),
        "to_warehouse_id": Condition("uuid", "transfers.to_warehouse_id = {}"),
        "variant_id": Condition(
            "uuid", _BY_VARIANT.format(lines="transfer_lines", document="transfer_id", table="transfers")
        ),
        "number": Condition("text", "transfers.number = {}"),
        "reference": Condition("text", "transfers.reference = {}"),
        "expected_before": Condition("timestamptz", "transfers.expected_at < {}"),
        "created_since": Condition("timestamptz", "transfers.created_at >= {}"),
        "created_before": Condition("timestamptz", "transfers.created_at < {}"),
    },
    order=(("transfers.created_at", "timestamptz"), ("transfers.id", "uuid")),
    is_newest_first=True,
    # Whoever works at one end of it has to see it.
    outlets="(source.outlet_id = ANY({0}) OR target.outlet_id = ANY({0}))",
    narrowing="createdSince and createdBefore",
)
