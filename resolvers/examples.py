"""Operations that GraphiQL opens with; a test runs each of them against the demo tenant, the subscription in a browser.

The writing ones carry a fixed idempotency key: pressing play again answers ``replayed: true`` and changes nothing. Change the
key to do it once more.
"""

from inventory_graph.graphiql import Tab

_MENU = """# What the café can sell now: a recipe is available as far as its components are.
query Menu {
  items(first: 10, filter: { type: [RECIPE], categorySlug: "hot-beverages" }, orderBy: { field: NAME, direction: ASC }) {
    totalCount
    nodes {
      sku
      name
      availability { available level reasons limitingComponents { sku name } }
      billOfMaterials { components { quantity unit { code } variant { sku name } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

_BALANCE = """# One number, and the ledger behind it, newest first.
query Balance($sku: String!) {
  stockBalance(sku: $sku) {
    onHand
    available
    reserved
    quarantined
    damaged
    version
    warehouse { code name outlet { code name } }
    variant { sku name item { unit { code name } category { name } } }
    movements(first: 5) {
      nodes { kind quantity reason note onHandAfter balanceVersion occurredAt recordedBy }
    }
  }
}
"""

_LIVE = """# How the milk stands, then every change of it. Leave it running and receive some in another tab of the browser.
subscription LiveStock($skus: [String!]) {
  stockChanged(skus: $skus) {
    kind
    cause
    occurredAt
    balance { onHand available version variant { sku name } }
    cursor
  }
}
"""

_RECEIVE = """# Half a litre of milk more. Units convert to the item's stock unit; the cost is per unit given.
mutation Receive($input: ReceiveStockInput!) {
  receiveStock(input: $input) {
    replayed
    balances { onHand version }
    movements { quantity unitCost { amount currency } onHandAfter }
    errors { code message path }
  }
}
"""

_ADJUST = """# Three slices of bread were wasted: 0.15 loaf.
mutation Waste($input: AdjustStockInput!) {
  adjustStock(input: $input) {
    replayed
    balances { onHand version }
    movements { quantity reason note onHandAfter }
    errors { code message path ... on InsufficientStock { available requested } }
  }
}
"""

_SET = """# Counted again. changeFromQuantity says what you believe is on hand; if it is not, nothing changes and you are told.
mutation Recount($input: SetStockInput!) {
  setStock(input: $input) {
    replayed
    balances { onHand version }
    errors { code message path ... on StaleQuantity { expected actual } }
  }
}
"""

_MOVE = """# Set aside until somebody has looked: on hand stays, available falls.
mutation SetAside($input: MoveStockInput!) {
  moveStock(input: $input) {
    replayed
    balances { onHand available quarantined version }
    errors { code message path }
  }
}
"""

_RESERVE = """# Two lattes promised to table 4: what they are made of is held for a quarter of an hour.
mutation Reserve($input: ReserveStockInput!) {
  reserveStock(input: $input) {
    replayed
    reservation {
      id
      status
      expiresAt
      lines { reserved backordered variant { sku } components { quantity variant { sku name } } }
    }
    errors { code message path ... on InsufficientStock { requested available reasons component { sku } } }
  }
}
"""

_CONSUME = """# Served: what was held for table 4 is issued. An order is deducted once, however often it is told.
mutation Serve($input: ConsumeStockInput!) {
  consumeStock(input: $input) {
    replayed
    movements { kind quantity onHandAfter variant { sku name } }
    errors { code message path }
  }
}
"""

_STOREFRONT = """# What a storefront asks; without a token it answers levels only, where the tenant allows it.
query Storefront {
  availability(skus: ["BEV-LAT-001", "PST-CRO-001", "SND-CLB-001"]) { sku isAvailable level available reasons }
}
"""

_LOW = """# What is at or below its reorder point; set one with setStockLevels.
query Warehouses {
  warehouses {
    code
    name
    isDefault
    low: balances(first: 10, filter: { lowStock: true }) { nodes { available reorderPoint variant { sku } } }
    all: balances(first: 5, filter: { inStock: true }) { nodes { onHand variant { sku name } } pageInfo { hasNextPage } }
  }
}
"""

_ORDER = """# Twenty kilograms of coffee, drafted: nobody is bound by it until it is submitted, approved and sent.
mutation Order($input: CreatePurchaseOrderInput!) {
  createPurchaseOrder(input: $input) {
    replayed
    purchaseOrder {
      number
      status
      supplier { name }
      totalAmount { amount currency }
      lines { nodes { quantity unit { code } ordered variant { sku name } } }
    }
    errors { code message path }
  }
}
"""

EXAMPLES: tuple[Tab, ...] = (
    Tab(title="The menu", query=_MENU),
    Tab(title="One balance and its ledger", query=_BALANCE, variables={"sku": "RAW-MLK-001"}),
    Tab(title="Live stock", query=_LIVE, variables={"skus": ["RAW-MLK-001"]}),
    Tab(
        title="Receive stock",
        query=_RECEIVE,
        variables={
            "input": {
                "idempotencyKey": "example-receive-1",
                "reference": "Delivery note 4711",
                "lines": [
                    {
                        "sku": "RAW-MLK-001",
                        "quantity": "500",
                        "unit": "ML",
                        "unitCost": {"amount": "0.12", "currency": "KES"},
                    }
                ],
            }
        },
    ),
    Tab(
        title="Adjust stock",
        query=_ADJUST,
        variables={
            "input": {
                "idempotencyKey": "example-waste-1",
                "sku": "RAW-BRD-001",
                "delta": "-3",
                "unit": "SLICE",
                "reason": "WASTE",
                "note": "Fell on the floor",
            }
        },
    ),
    Tab(
        title="Set stock after a count",
        query=_SET,
        variables={
            "input": {
                "idempotencyKey": "example-recount-1",
                "sku": "RAW-ESP-001",
                "quantity": "49.5",
                "changeFromQuantity": "50",
                "reason": "RECOUNT",
            }
        },
    ),
    Tab(
        title="Move stock to quarantine",
        query=_MOVE,
        variables={
            "input": {
                "idempotencyKey": "example-set-aside-1",
                "sku": "RAW-MLK-001",
                "quantity": "2",
                "toState": "QUARANTINED",
                "reason": "INSPECTION",
            }
        },
    ),
    Tab(
        title="Reserve",
        query=_RESERVE,
        variables={
            "input": {
                "idempotencyKey": "example-reserve-1",
                "reference": "table 4",
                "lines": [{"sku": "BEV-LAT-001", "quantity": "2"}],
            }
        },
    ),
    Tab(
        title="Consume",
        query=_CONSUME,
        variables={
            "input": {
                "idempotencyKey": "example-consume-1",
                "reference": "table 4",
                "lines": [{"sku": "BEV-LAT-001", "quantity": "2"}],
            }
        },
    ),
    Tab(
        title="Order from a supplier",
        query=_ORDER,
        variables={
            "input": {
                "idempotencyKey": "example-order-1",
                "supplierCode": "HIGHLAND-COFFEE",
                "lines": [
                    {
                        "sku": "RAW-ESP-001",
                        "quantity": "20",
                        "unitPrice": {"amount": "1450", "currency": "KES"},
                        "taxPercent": "16",
                    }
                ],
            }
        },
    ),
    Tab(title="A storefront's question", query=_STOREFRONT),
    Tab(title="Warehouses and low stock", query=_LOW),
)
