"""What the live audit checks of transfers."""

from collections.abc import Mapping

from inventory_graph.db import Transaction

TRANSIT_OFF_LEDGER = "TRANSIT_OFF_LEDGER"
"""What is on its way by a transfer, with what came too many, is not what the ledger says left and has not arrived."""

# A loss is two movements, of which the second takes away. What came too many never left: it is a receipt, and the transfer says so.
_TRANSIT = """
SELECT balances.id AS balance_id, concat('on its way by ', transfers.number) AS subject,
  trim_scale(sum(parts.moved))::text AS expected, trim_scale(sum(parts.kept))::text AS found
FROM (
  SELECT reference_id AS transfer_id, variant_id,
    CASE WHEN kind IN ('TRANSFER_SHIPMENT', 'RECEIPT') THEN quantity ELSE -quantity END AS moved, 0 AS kept
  FROM movements
  WHERE tenant_id = $1 AND reference_type = 'TRANSFER'
    AND (kind <> 'TRANSFER_LOSS' OR to_state IS NULL)
  UNION ALL
  SELECT transfer_id, variant_id, 0, over FROM transfer_lines WHERE tenant_id = $1 AND over > 0
  UNION ALL
  SELECT transfer_id, variant_id, 0, in_transit FROM transfer_parcels WHERE tenant_id = $1
) AS parts
JOIN transfers ON transfers.tenant_id = $1 AND transfers.id = parts.transfer_id
LEFT JOIN balances ON balances.tenant_id = $1 AND balances.variant_id = parts.variant_id
  AND balances.warehouse_id = transfers.from_warehouse_id
GROUP BY balances.id, transfers.id, transfers.number, parts.variant_id HAVING sum(parts.moved) <> sum(parts.kept)
"""


async def transit_checks(_: Transaction) -> Mapping[str, str]:
    """For the audit of the stock book: a statement, by the kind of drift it finds."""
    return {TRANSIT_OFF_LEDGER: _TRANSIT}
