"""Reads of what is matched: orders, receipts, returns and invoices put together, in a constant number of statements."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.purchasing.matching import MatchedLine, OrderMatch, Tolerances, match_order

_HEADS = """
SELECT orders.id, orders.currency, orders.shipping_amount, tenants.match_quantity_percent, tenants.match_price_percent,
  tenants.match_amount, tenants.currency AS tenant_currency, count(invoice.id) AS invoices,
  coalesce(sum(share.shipping_amount) FILTER (WHERE invoice.id IS NOT NULL), 0) AS invoiced_shipping
FROM purchase_orders AS orders
JOIN tenants ON tenants.id = $1
LEFT JOIN supplier_invoice_orders AS share ON share.tenant_id = $1 AND share.purchase_order_id = orders.id
LEFT JOIN supplier_invoices AS invoice ON invoice.tenant_id = $1 AND invoice.id = share.supplier_invoice_id
  AND invoice.status = 'RECORDED'
WHERE orders.tenant_id = $1 AND orders.id = ANY($2::uuid[])
GROUP BY orders.id, orders.currency, orders.shipping_amount, tenants.id
"""

# What went back and what was invoiced is summed up before it is joined: a line may have had both, several times.
_LINES = """
WITH wanted AS MATERIALIZED (
  SELECT id, purchase_order_id, position, quantity, unit_price, tax_percent, net_amount, tax_amount, ordered, received
  FROM purchase_order_lines WHERE tenant_id = $1 AND purchase_order_id = ANY($2::uuid[])
), returned AS (
  SELECT came.purchase_order_line_id AS id, sum(back.quantity) AS quantity
  FROM goods_receipt_lines AS came
  JOIN supplier_return_lines AS back ON back.tenant_id = $1 AND back.goods_receipt_line_id = came.id
  JOIN supplier_returns AS head ON head.tenant_id = $1 AND head.id = back.supplier_return_id AND head.status <> 'CANCELLED'
  WHERE came.tenant_id = $1 AND came.purchase_order_line_id = ANY(ARRAY(SELECT id FROM wanted))
  GROUP BY came.purchase_order_line_id
), invoiced AS (
  SELECT wanted.id, sum(line.quantity) AS quantity, sum(line.net_amount) AS net_amount, sum(line.tax_amount) AS tax_amount,
    bool_or(line.unit_price <> wanted.unit_price) AS has_other_price
  FROM wanted
  JOIN supplier_invoice_lines AS line ON line.tenant_id = $1 AND line.purchase_order_line_id = wanted.id
  JOIN supplier_invoices AS head ON head.tenant_id = $1 AND head.id = line.supplier_invoice_id AND head.status = 'RECORDED'
  GROUP BY wanted.id
)
SELECT wanted.purchase_order_id, wanted.id, wanted.position, wanted.quantity, wanted.unit_price, wanted.tax_percent, wanted.net_amount,
  wanted.tax_amount, wanted.ordered, wanted.received, coalesce(returned.quantity, 0) AS returned,
  coalesce(invoiced.quantity, 0) AS invoiced_quantity, coalesce(invoiced.net_amount, 0) AS invoiced_net,
  coalesce(invoiced.tax_amount, 0) AS invoiced_tax, coalesce(invoiced.has_other_price, false) AS has_other_price
FROM wanted LEFT JOIN returned ON returned.id = wanted.id LEFT JOIN invoiced ON invoiced.id = wanted.id
ORDER BY wanted.purchase_order_id, wanted.position
"""


async def matches_by_order(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, OrderMatch]:
    """How each of the orders stands against what came and what was invoiced, in two statements."""
    heads = await tx.raw.fetch(_HEADS, tx.tenant_id, list(ids))
    lines: dict[UUID, list[MatchedLine]] = {}
    for row in await tx.raw.fetch(_LINES, tx.tenant_id, list(ids)):
        values = dict(row)
        lines.setdefault(values.pop("purchase_order_id"), []).append(MatchedLine(**values))
    return {
        head["id"]: match_order(
            order_id=head["id"],
            currency=head["currency"],
            lines=lines.get(head["id"], []),
            shipping=head["shipping_amount"],
            invoiced_shipping=head["invoiced_shipping"],
            is_invoiced=head["invoices"] > 0,
            tolerances=Tolerances(
                quantity_percent=head["match_quantity_percent"],
                price_percent=head["match_price_percent"],
                amount=head["match_amount"],
                currency=head["tenant_currency"],
            ),
        )
        for head in heads
    }
