"""Which warehouses give what: each strategy against an allocation by hand, and that against strategies with a fault in them."""

from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import islice
from time import process_time
from uuid import UUID

import pytest

from inventory_graph.masterdata.recipe_explosion import quantity_of
from inventory_graph.quantities import quantity_to_text
from inventory_graph.reservations.allocation import STRATEGIES, Allocation, Demand, Site
from tests.reservations.allocation_cases import CASES, Case, Kinds, cases, complaint
from tests.reservations.naive_allocation import Given, naive_allocation
from tests.reservations.sabotaged_allocation import SABOTAGES, Sabotage, sabotaged

A, B, C = (UUID(int=number) for number in (1, 2, 3))
BREAD, MILK, FLOUR = (UUID(int=number) for number in (11, 12, 13))


def site(warehouse_id: UUID, *, priority: int = 100, km: str | None = None, **available: str) -> Site:
    """A site that has so much of the goods named."""
    names = {"bread": BREAD, "milk": MILK, "flour": FLOUR}
    return Site(
        warehouse_id=warehouse_id,
        priority=priority,
        distance_km=Decimal(km) if km is not None else None,
        available={names[name]: Decimal(quantity) for name, quantity in available.items()},
    )


def of(leaf: UUID, quantity: str, *, step: str = "1") -> Demand:
    """So much of one good."""
    return Demand(quantity=Decimal(quantity), needs={leaf: Fraction(1)}, step=Decimal(step))


def given(allocation: Allocation) -> list[tuple[int, UUID, str]]:
    """The shares as one would write them down."""
    return [(share.demand, share.warehouse_id, quantity_to_text(share.quantity)) for share in allocation.shares]


def missing(allocation: Allocation) -> list[str]:
    """What is missing of each demand."""
    return [quantity_to_text(each) for each in allocation.missing]


@cache
def answered_cases(word: str) -> tuple[tuple[Case, Given], ...]:
    """The cases for a strategy with the right answers, found once for all tests."""
    return tuple((case, naive_allocation(word, case.sites, case.demands, case.may_split)) for case in cases(word))


@pytest.mark.parametrize("word", STRATEGIES)
def test_answers_as_the_allocation_by_hand(word: str) -> None:
    """10,000 random carts over up to five warehouses, with recipes that share leaves, fractions and steps."""
    kinds = Kinds()
    for number, (case, expected) in enumerate(answered_cases(word)):
        found = complaint(word, STRATEGIES[word], case, expected)
        assert found is None, f"case {number}: {found}\n{case}"
        kinds.count(case, expected, word)
    assert kinds.cases == CASES
    assert min(kinds.by_one, kinds.by_several, kinds.short, kinds.divided, kinds.unsplit, kinds.shared, kinds.odd) > 500
    assert kinds.dead_ends > 50 or word != "FEWEST"


def test_the_comparison_finds_nothing_in_a_copy() -> None:
    """What is found in sabotaged copies is the sabotage, not the copying."""
    table = sabotaged(None)
    for word in STRATEGIES:
        assert not any(complaint(word, table[word], *each) for each in islice(answered_cases(word), 300))


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda each: each.name)
def test_the_comparison_finds_what_is_wrong(sabotage: Sabotage) -> None:
    """A property that no wrong program breaks proves nothing: each fault is seen in the answers."""
    strategy = sabotaged(sabotage)[sabotage.strategy]
    found = (complaint(sabotage.strategy, strategy, *each) for each in answered_cases(sabotage.strategy))
    assert next(filter(None, found), None) is not None


@pytest.mark.parametrize("word", STRATEGIES)
def test_what_a_site_gives_fits_also_when_rounded(word: str) -> None:
    """The book keeps six fraction digits: what all shares of a site take of a leaf is rounded once, and is there."""
    taking = 0
    for case in cases(word, 1_000):
        taken: dict[tuple[UUID, UUID], Fraction] = {}
        for share in STRATEGIES[word](case.sites, case.demands, case.may_split).shares:
            for leaf, need in case.demands[share.demand].needs.items():
                key = (share.warehouse_id, leaf)
                taken[key] = taken.get(key, Fraction(0)) + need * Fraction(share.quantity)
        for each in case.sites:
            for leaf, available in each.available.items():
                assert quantity_of(taken.get((each.warehouse_id, leaf), Fraction(0))) <= max(available, Decimal(0))
        taking += len(taken)
    assert taking > 1_000


def test_asks_one_site_that_covers_before_two_that_share() -> None:
    """One parcel instead of two: of the sites that have everything the one to be asked first, the nearer of equals."""
    sites = [
        site(A, priority=1, km="1", bread="2"),
        site(B, priority=2, km="9", bread="5", milk="1"),
        site(C, priority=2, km="3", bread="5", milk="1"),
    ]
    demands = [of(BREAD, "3"), of(MILK, "1")]
    assert given(STRATEGIES["COVERING"](sites, demands, True)) == [(0, C, "3"), (1, C, "1")]


def test_takes_what_is_to_go_first_though_another_has_everything() -> None:
    """A tenant that empties its shop floor first chooses PRIORITY, and NEAREST the one that counts kilometres."""
    sites = [site(A, priority=2, km="1", bread="2"), site(B, priority=1, km="9", bread="3"), site(C, km="5", bread="9")]
    demands = [of(BREAD, "6")]
    assert given(STRATEGIES["PRIORITY"](sites, demands, True)) == [(0, B, "3"), (0, A, "2"), (0, C, "1")]
    assert given(STRATEGIES["NEAREST"](sites, demands, True)) == [(0, A, "2"), (0, C, "4")]
    for word in ("PRIORITY", "NEAREST", "COVERING", "FEWEST"):
        assert given(STRATEGIES[word](sites, demands, False)) == [(0, C, "6")]


def test_takes_two_sites_where_the_order_would_take_three() -> None:
    """Each parcel costs: FEWEST looks for the pair, and of pairs for the one with the lower priorities."""
    sites = [
        site(A, priority=1, bread="1", milk="1"),
        site(B, priority=2, bread="4"),
        site(C, priority=3, milk="4"),
    ]
    demands = [of(BREAD, "4"), of(MILK, "4")]
    assert given(STRATEGIES["COVERING"](sites, demands, True)) == [
        *[(0, A, "1"), (0, B, "3")],
        *[(1, A, "1"), (1, C, "3")],
    ]
    assert given(STRATEGIES["FEWEST"](sites, demands, True)) == [(0, B, "4"), (1, C, "4")]


def test_leaves_a_recipe_what_only_it_can_use() -> None:
    """Loose flour from the first shelf would leave the bread without flour beside its milk: FEWEST divides the other way."""
    bread = Demand(quantity=Decimal(2), needs={FLOUR: Fraction(1, 2), MILK: Fraction(1, 3)}, step=Decimal(1))
    sites = [site(A, flour="1", milk="1"), site(B, flour="1.5"), site(C, priority=200, flour="9")]
    allocation = STRATEGIES["FEWEST"](sites, [of(FLOUR, "1.5", step="0.000001"), bread], True)
    assert given(allocation) == [(0, B, "1.5"), (1, A, "2")]


def test_gives_as_much_as_one_site_can_where_nothing_covers() -> None:
    """Whole lines first, then as much of the others as there is: an empty site that is to be asked first gives nothing."""
    sites = [site(A, priority=1, bread="0"), site(B, priority=2, bread="9"), site(C, priority=3, bread="8", milk="2")]
    for word, strategy in STRATEGIES.items():
        allocation = strategy(sites, [of(BREAD, "10"), of(MILK, "2")], False)
        assert given(allocation) == [(0, C, "8"), (1, C, "2")], word
        assert missing(allocation) == ["2", "0"], word
        allocation = strategy(sites, [of(BREAD, "10")], False)
        assert (given(allocation), missing(allocation)) == ([(0, B, "9")], ["1"]), word


def test_splits_whole_pieces_only() -> None:
    """Half a croissant here and half one there is no croissant; sugar may be divided to the last grain."""
    sites = [site(A, priority=1, bread="1.5", flour="0.3333333"), site(B, priority=2, bread="1.5", flour="5")]
    allocation = STRATEGIES["PRIORITY"](sites, [of(BREAD, "3"), of(FLOUR, "1", step="0.000001")], True)
    assert given(allocation) == [(0, A, "1"), (0, B, "1"), (1, A, "0.333333"), (1, B, "0.666667")]
    assert missing(allocation) == ["1", "0"]


def test_says_what_is_missing_where_there_is_no_site() -> None:
    """A tenant whose warehouses are all closed gets an answer, no error; what takes nothing from a shelf needs a site too."""
    voucher = Demand(quantity=Decimal(1), needs={}, step=Decimal(1))
    for strategy in STRATEGIES.values():
        for may_split in (True, False):
            assert strategy([], [of(BREAD, "2"), voucher], may_split) == Allocation((), (Decimal(2), Decimal(1)))
            assert given(strategy([site(B), site(A)], [voucher], may_split)) == [(0, A, "1")]
            assert strategy([site(A, bread="1")], [], may_split) == Allocation((), ())


def test_finds_few_of_many_sites() -> None:
    """Beyond twelve sites FEWEST takes one after the other that gives most of what is missing; it need not be the fewest."""
    crumbs = [site(UUID(int=100 + number), priority=1, bread="1", milk="1") for number in range(40)]
    sites = [*crumbs, site(A, bread="20"), site(B, milk="15", bread="5"), site(C, milk="6")]
    allocation = STRATEGIES["FEWEST"](sites, [of(BREAD, "20"), of(MILK, "20")], True)
    assert given(allocation) == [(0, A, "20"), (1, B, "15"), (1, C, "5")]
    allocation = STRATEGIES["FEWEST"](crumbs, [of(BREAD, "30")], True)
    assert (len(allocation.shares), missing(allocation)) == (30, ["0"])


def test_gives_up_in_time_on_a_cart_made_to_take_long() -> None:
    """A hundred lines over shared leaves that just do not fit would be divided in more ways than anyone has time for."""
    leaves = [UUID(int=number) for number in range(1, 7)]
    demands = [
        Demand(
            quantity=Decimal(1 + number % 9),
            needs={
                leaf: Fraction(1 + (number + place) % 3, 2) for place, leaf in enumerate(leaves) if number & 1 << place
            },
            step=Decimal(1),
        )
        for number in range(1, 101)
    ]
    needed = {
        leaf: sum((Fraction(each.quantity) * each.needs.get(leaf, 0) for each in demands), Fraction(0))
        for leaf in leaves
    }
    sites = [
        Site(
            warehouse_id=UUID(int=1000 + number),
            priority=1,
            distance_km=None,
            available={leaf: quantity_of(need / 8) for leaf, need in needed.items()},
        )
        for number in range(12)
    ]
    began = process_time()
    allocation = STRATEGIES["FEWEST"](sites, demands, True)
    assert process_time() - began < 2
    assert sum(allocation.missing) == 0
