"""What to say when something is not there: when more of it comes, and what could stand in."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.records import VariantRecord
from inventory_graph.masterdata.substitutes import SubstituteRecord, substitutes_today
from inventory_graph.stock.availability import (
    AvailabilityKey,
    asked_by_key,
    availabilities,
    is_here,
    subjects_by_key,
)
from inventory_graph.stock.promises import Subject
from inventory_graph.stock.prospects import NextSupply, next_supply
from inventory_graph.stock.supply import arrivals_by_variant

SUBSTITUTES_SHOWN_MAX = 10


async def next_supplies(tx: Transaction, keys: Sequence[AvailabilityKey]) -> Mapping[AvailabilityKey, NextSupply]:
    """When there will be more of each; what is unknown, or of which nothing more is known to come, is left out.

    The statements of ``asked_by_key``, those of the sources of supply, and one more where anything is on its way.
    """
    asked = await asked_by_key(tx, keys)
    arrivals = await arrivals_by_variant(tx, sorted({each for one in asked.values() for each in one.leaf_ids}))
    found: dict[AvailabilityKey, NextSupply] = {}
    for key, one in asked.items():
        here = [
            arrival
            for variant_id in one.leaf_ids
            for arrival in arrivals[variant_id]
            if is_here(key, warehouse_id=arrival.supply.warehouse_id, outlet_id=arrival.outlet_id)
        ]
        coming = next_supply(one.subject, one.needs, one.shelves, here)
        if coming is not None:
            found[key] = coming
    return found


async def available_substitutes(
    tx: Transaction, keys: Sequence[AvailabilityKey]
) -> Mapping[AvailabilityKey, Sequence[VariantRecord]]:
    """What could stand in for each and can be promised there now, on the same channel: by priority, at most 10.

    Of an item, what could stand in for any of its variants and is none of them. A constant number of statements.
    """
    subjects = await subjects_by_key(tx, keys)
    stated = await substitutes_today(tx, sorted({each for one in subjects.values() for each in one.variant_ids}))
    offers = {key: _offered(subject, stated) for key, subject in subjects.items()}
    asked = {(key, variant_id): _instead(key, variant_id) for key, offered in offers.items() for variant_id in offered}
    if not asked:
        return {}
    found = await availabilities(tx, list(dict.fromkeys(asked.values())))
    there = {
        key: [each for each in offered if found[asked[key, each]].is_available][:SUBSTITUTES_SHOWN_MAX]
        for key, offered in offers.items()
    }
    variants = await variants_by_id(tx, sorted({each for ids in there.values() for each in ids}))
    return {key: [variants[each] for each in ids] for key, ids in there.items()}


def _offered(subject: Subject, stated: Mapping[UUID, Sequence[SubstituteRecord]]) -> list[UUID]:
    """What could stand in for one of the variants, by priority, each once."""
    pairs = [pair for variant_id in subject.variant_ids for pair in stated[variant_id]]
    offered = dict.fromkeys(pair.substitute_variant_id for pair in sorted(pairs, key=lambda pair: pair.priority))
    return [each for each in offered if each not in subject.variant_ids]


def _instead(key: AvailabilityKey, variant_id: UUID) -> AvailabilityKey:
    """The same question about another variant."""
    return AvailabilityKey(
        variant_id=variant_id, warehouse_id=key.warehouse_id, outlet_id=key.outlet_id, channel=key.channel, at=key.at
    )
