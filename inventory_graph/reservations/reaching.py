"""Where a request reaches besides the places it names: to what its order holds or has had elsewhere. Pure."""

from collections.abc import Container

from inventory_graph.actor import Actor
from inventory_graph.reservations.prepared import Prepared, PreparedConsume, PreparedReserve, PreparedReverse
from inventory_graph.reservations.state import Reservation, World


def check_reach(world: World, prepared: Prepared, actor: Actor) -> None:
    """Raise ``Forbidden`` where the request would touch stock of an outlet on which its caller may not act. Steps of a reservation
    that is named check for themselves, once they know that it is there."""
    match prepared:
        case PreparedReserve():
            # What is not named again is prolonged with the rest.
            if (known := world.live(prepared.owner)) is not None:
                require_held(world, actor, known)
        case PreparedConsume(is_additional=False):
            if (known := world.live(prepared.scope)) is not None:
                require_held(world, actor, known, of={line.variant_id for line in prepared.lines})
        case PreparedReverse():
            _require_deducted(world, prepared, actor)


def require_held(world: World, actor: Actor, reservation: Reservation, of: Container[object] | None = None) -> None:
    """Raise ``Forbidden`` unless the caller may act wherever something is held for the reservation: for all its lines, or those of
    these variants."""
    for line in reservation.lines:
        if of is None or line.variant_id in of:
            for hold in world.state.holds_of_line(line.id):
                actor.require_outlet(world.state.balances[hold.variant_id, hold.warehouse_id].stockable.outlet_id)


def _require_deducted(world: World, prepared: PreparedReverse, actor: Actor) -> None:
    named = {variant_id for variant_id, _, _ in prepared.quantities} if prepared.quantities is not None else None
    for consumption in world.consumptions.get(prepared.scope, ()):
        if named is None or consumption.variant_id in named:
            for component in consumption.components:
                balance = world.state.balances[component.variant_id, component.warehouse_id]
                actor.require_outlet(balance.stockable.outlet_id)
