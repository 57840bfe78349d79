"""What the reads of replenishment answer. Quantities are in the stock unit unless it says otherwise."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from inventory_graph.masterdata.supplier_items import SupplierItemRecord
from inventory_graph.replenishment.policy import Demand, LeadTime, Levels, Method, Position, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """How one variant in one warehouse is replenished. ``reorder_point`` is that of the balance."""

    variant_id: UUID
    warehouse_id: UUID
    method: Method
    reorder_point: Decimal | None
    maximum: Decimal | None
    order_quantity: Decimal | None
    service_level: Decimal | None
    demand_days: int
    review_days: int
    supplier_id: UUID | None
    from_warehouse_id: UUID | None
    is_active: bool
    updated_at: datetime
    updated_by: str

    @property
    def rule(self) -> Rule:
        """What decides."""
        return Rule(
            method=self.method, maximum=self.maximum, order_quantity=self.order_quantity, service_level=self.service_level,
            demand_days=self.demand_days, review_days=self.review_days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSuggestion:
    """So much could come from another warehouse, which has ``spare`` more than it keeps."""

    from_warehouse_id: UUID
    from_warehouse_code: str
    quantity: Decimal
    spare: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseSuggestion:
    """So many purchase units could be bought, which are ``bought`` stock units. ``unit_price`` None: it is not known what the supplier
    asks."""

    item: SupplierItemRecord
    supplier_code: str
    quantity: Decimal
    bought: Decimal
    unit_price: Decimal | None

    @property
    def cost(self) -> Decimal | None:
        """What it costs without tax."""
        return self.quantity * self.unit_price if self.unit_price is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRecord:
    """What to do for one variant in one warehouse now, and the numbers that led to it."""

    variant_id: UUID
    warehouse_id: UUID
    sku: str
    unit_code: str
    supplier_code: str | None
    rule: Rule
    levels: Levels
    position: Position
    demand: Demand
    lead_time: LeadTime
    shortfall: Decimal
    transfer: TransferSuggestion | None
    purchase: PurchaseSuggestion | None
    reason: str
