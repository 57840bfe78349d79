"""Why purchasing refuses."""

from inventory_graph.errors import AlreadyExists, Forbidden, InvalidInput, InvalidTransition, NotFound


class PurchaseOrderUnknown(NotFound):
    """There is no purchase order with this id."""


class GoodsReceiptUnknown(NotFound):
    """There is no goods receipt with this id."""


class OrderInAnotherState(InvalidTransition):
    """The purchase order is not in a state from which this step leads on."""


class OrderChanged(InvalidTransition):
    """The purchase order has changed since the caller read it."""


class ReceiptReversed(InvalidTransition):
    """The goods receipt was reversed before."""


class ReceiptCarriesCosts(InvalidTransition):
    """Costs were put on what the goods receipt brought, and are still on it."""


class ReceiptReturned(InvalidTransition):
    """Something that the goods receipt brought has gone back to the supplier."""


class SupplierReturnUnknown(NotFound):
    """There is no return to a supplier with this id."""


class ReturnInAnotherState(InvalidTransition):
    """The return is not in a state from which this step leads on."""


class AdvanceShippingNoticeUnknown(NotFound):
    """There is no advance shipping notice with this id."""


class NoticeInAnotherState(InvalidTransition):
    """The advance shipping notice is not in a state from which this step leads on."""


class SupplierInvoiceUnknown(NotFound):
    """There is no supplier's invoice with this id."""


class InvoiceKnown(AlreadyExists):
    """The supplier's invoice of this number is recorded already."""


class InvoiceVoided(InvalidTransition):
    """The supplier's invoice was voided before."""


class MoreThanCame(InvalidInput):
    """More would go back to the supplier than came and has not gone back."""


class ApprovalNotAllowed(Forbidden):
    """The caller may not approve this order."""


class OverReceipt(Forbidden):
    """More arrives than was ordered and is tolerated."""
