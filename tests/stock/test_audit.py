"""The live audit sees what it is for: each kind of damage is made by hand, past every guard, and named."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from inventory_graph.db import Database, Transaction
from inventory_graph.stock.audit import DRIFTS_MAX, AuditReport, DriftKind, drift
from inventory_graph.stock.commands import (
    Adjust,
    Command,
    Document,
    Line,
    LotReference,
    Move,
    Receive,
    StockState,
    balance_id,
    serial_id,
)
from inventory_graph.stock.posting import post_one
from tests.given.tenants import GivenTenant, given_tenant
from tests.properties.world import Good, World, register

GOODS = (
    Good(sku="FLOUR"),
    Good(sku="PHONE", tracking="SERIAL"),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True),
)
DOCUMENT = UUID(int=7)
COMMANDS = [UUID(int=number << 32) for number in range(1, 7)]
WORLD = World.of(Random(1), GOODS)
FLOUR, PHONE, YOGHURT = (next(place for place in WORLD.places if place.good == good) for good in GOODS)
FLOUR_ID = balance_id(*FLOUR.key)
# What damage is done to; the ids are no other tenant's.
ROW = f"id = '{FLOUR_ID}'"
MOVED = f"balance_id = '{FLOUR_ID}'"
S1, S2 = (f"id = '{serial_id(PHONE.item_id, number)}'" for number in ("S1", "S2"))
POSTED = f"document_id = '{DOCUMENT}'"


class Undone(Exception):
    """Ends the transaction in which the damage was made."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A tenant with six changes of three balances, and a login that no guard binds."""

    tenant: GivenTenant
    unbound: Database

    async def after(self, *damage: str) -> AuditReport:
        """The report after the damage, which is undone."""
        reports: list[AuditReport] = []

        async def work(tx: Transaction) -> None:
            # No foreign keys and no triggers in this transaction.
            await tx.raw.execute("SET LOCAL session_replication_role = replica")
            for statement in damage:
                assert not (await tx.raw.execute(statement)).endswith(" 0"), f"no damage done: {statement}"
            reports.append(await drift(tx))
            raise Undone

        with pytest.raises(Undone):
            await self.unbound.write(self.tenant.actor, work)
        return reports[0]


@pytest.fixture(scope="module")
async def audited(owner_url: str, database: Database) -> AsyncIterator[Audited]:
    """FLOUR: 10 received at A/1 by a document, 3 of them damaged, 2 lost; PHONE: S1 and S2; YOGHURT: 4 of L1, 1 lost."""
    tenant = await given_tenant(database)
    await database.write(tenant.actor, lambda tx: register(tx, WORLD))
    (shelf,) = (id_ for id_, path in WORLD.locations[FLOUR.warehouse_id].items() if path == "A/1")
    lines: list[Line] = [
        Receive(
            variant_id=FLOUR.variant_id,
            warehouse_id=FLOUR.warehouse_id,
            quantity=Decimal(10),
            unit_cost=Decimal("2.5"),
            location_id=shelf,
        ),
        Move(
            variant_id=FLOUR.variant_id,
            warehouse_id=FLOUR.warehouse_id,
            quantity=Decimal(3),
            to_state=StockState.DAMAGED,
        ),
        Adjust(variant_id=FLOUR.variant_id, warehouse_id=FLOUR.warehouse_id, delta=Decimal(-2)),
        Receive(
            variant_id=PHONE.variant_id, warehouse_id=PHONE.warehouse_id, quantity=Decimal(2), serials=("S1", "S2")
        ),
        Receive(
            variant_id=YOGHURT.variant_id,
            warehouse_id=YOGHURT.warehouse_id,
            quantity=Decimal(4),
            lot=LotReference(code="L1"),
        ),
        Adjust(variant_id=YOGHURT.variant_id, warehouse_id=YOGHURT.warehouse_id, delta=Decimal(-1)),
    ]
    receipt = Document(type="RECEIPT", id=DOCUMENT, line="1", kind="RECEIPT")
    for id_, line in zip(COMMANDS, lines, strict=True):
        command = Command(id=id_, lines=(line,), recorded_by="user", document=receipt if id_ == COMMANDS[0] else None)
        await database.write(tenant.actor, lambda tx, command=command: post_one(tx, command))  # type: ignore[misc]
    login = urlsplit(owner_url).username
    assert login is not None
    unbound = await Database.connect(owner_url, role=login, connections_max=1)
    yield Audited(tenant, unbound)
    await unbound.close()


async def test_nothing_has_drifted_where_only_the_book_wrote(audited: Audited) -> None:
    """The report counts what it looked at, so that an audit of nothing cannot pass for a clean one."""
    async with audited.tenant.database.snapshot(audited.tenant.actor) as tx:
        report = await drift(tx)
    assert report == AuditReport(
        balances=3, quants=4, serials=2, movements=6, versions=6, postings=1, drift_count=0, drifts=[]
    )
    assert report.summary() == ("3 balances, 6 versions, 6 movements, 4 quants, 2 serials, 1 postings: nothing drifted")


HOLD = f"""
INSERT INTO holds (tenant_id, id, owner_id, line_id, balance_id, variant_id, warehouse_id, quantity, received_at, expires_at)
SELECT tenant_id, id, id, id, id, variant_id, warehouse_id, 2, updated_at, {{expires_at}} FROM balances WHERE {ROW}
"""

CLOSED = f"""
INSERT INTO periods (tenant_id, id, ends_at, status, value, movement_count, version, closed_at, closed_by)
SELECT tenant_id, id, '2999-01-01 00:00+00', 'CLOSED', 21, 6, 1, updated_at, 'user' FROM balances WHERE {ROW}
"""

DAMAGES: dict[str, tuple[list[str], list[str]]] = {
    "a balance": (
        [f"UPDATE balances SET damaged = damaged + 1 WHERE {ROW}"],
        [
            "BALANCE_OFF_LEDGER: FLOUR in NORTH, AVAILABLE: expected 5, found 4",
            "BALANCE_OFF_LEDGER: FLOUR in NORTH, DAMAGED: expected 3, found 4",
        ],
    ),
    "a quant": (
        [f"UPDATE quants SET quantity = quantity + 1.5 WHERE {MOVED} AND state = 'DAMAGED'"],
        ["QUANT_OFF_LEDGER: FLOUR in NORTH, DAMAGED at A/1: expected 3, found 4.5"],
    ),
    "a quant that is gone": (
        [f"DELETE FROM quants WHERE balance_id = '{balance_id(*YOGHURT.key)}'"],
        ["QUANT_OFF_LEDGER: YOGHURT in NORTH, AVAILABLE of lot L1: expected 3, found 0"],
    ),
    "a state below zero": (
        [
            "ALTER TABLE balances DROP CONSTRAINT ck_balances_states_not_negative",
            f"UPDATE balances SET quarantined = -1 WHERE {ROW}",
        ],
        [
            "BALANCE_OFF_LEDGER: FLOUR in NORTH, AVAILABLE: expected 5, found 6",
            "BALANCE_OFF_LEDGER: FLOUR in NORTH, QUARANTINED: expected 0, found -1",
            "BELOW_ZERO: FLOUR in NORTH, QUARANTINED: expected 0 or more, found -1",
        ],
    ),
    "a quant below zero": (
        [
            "ALTER TABLE quants DROP CONSTRAINT ck_quants_quantity_not_negative",
            f"UPDATE quants SET quantity = -1 WHERE {MOVED} AND state = 'DAMAGED'",
        ],
        [
            "QUANT_OFF_LEDGER: FLOUR in NORTH, DAMAGED at A/1: expected 3, found -1",
            "BELOW_ZERO: FLOUR in NORTH, quant DAMAGED at A/1: expected 0 or more, found -1",
        ],
    ),
    "a version that no movement has": (
        [f"UPDATE balances SET version = 4 WHERE {ROW}"],
        ["VERSIONS_NOT_DENSE: FLOUR in NORTH, versions: expected 1 to 4, found 3 from 1 to 3"],
    ),
    "a movement that is gone": (
        [f"DELETE FROM movements WHERE {MOVED} AND balance_version = 2"],
        [
            "BALANCE_OFF_LEDGER: FLOUR in NORTH, AVAILABLE: expected 8, found 5",
            "BALANCE_OFF_LEDGER: FLOUR in NORTH, DAMAGED: expected 0, found 3",
            "QUANT_OFF_LEDGER: FLOUR in NORTH, AVAILABLE at A/1: expected 8, found 5",
            "QUANT_OFF_LEDGER: FLOUR in NORTH, DAMAGED at A/1: expected 0, found 3",
            "VERSIONS_NOT_DENSE: FLOUR in NORTH, versions: expected 1 to 3, found 2 from 1 to 3",
            "CHAIN_BROKEN: FLOUR in NORTH, damaged after movement 3.0: expected 0, found 3",
        ],
    ),
    "a ledger that is gone": (
        [
            f"DELETE FROM movements WHERE balance_id = '{balance_id(*PHONE.key)}'",
            f"DELETE FROM movement_serials WHERE serial_{S1} OR serial_{S2}",
        ],
        [
            "BALANCE_OFF_LEDGER: PHONE in NORTH, AVAILABLE: expected 0, found 2",
            "QUANT_OFF_LEDGER: PHONE in NORTH, AVAILABLE: expected 0, found 2",
            "VERSIONS_NOT_DENSE: PHONE in NORTH, versions: expected 1 to 1, found none",
        ],
    ),
    "an ordinal": (
        [f"UPDATE movements SET ordinal = 1 WHERE {MOVED} AND balance_version = 3"],
        ["MOVEMENTS_NOT_DENSE: FLOUR in NORTH, movement 1 of version 3: expected ordinal 0, found ordinal 1"],
    ),
    "a quantity after": (
        [f"UPDATE movements SET on_hand_after = 9 WHERE {MOVED} AND balance_version = 2"],
        [
            "CHAIN_BROKEN: FLOUR in NORTH, on hand after movement 2.0: expected 10, found 9",
            "CHAIN_BROKEN: FLOUR in NORTH, on hand after movement 3.0: expected 7, found 8",
        ],
    ),
    "a reserved quantity after": (
        [f"UPDATE movements SET reserved_after = 1, quarantined_after = 2 WHERE {MOVED} AND balance_version = 3"],
        [
            "CHAIN_BROKEN: FLOUR in NORTH, quarantined after movement 3.0: expected 0, found 2",
            "CHAIN_BROKEN: FLOUR in NORTH, reserved after movement 3.0: expected 0, found 1",
        ],
    ),
    "a command in two versions": (
        [f"UPDATE movements SET command_id = '{COMMANDS[1]}' WHERE {MOVED} AND balance_version = 3"],
        [f"COMMAND_NOT_ONE_STEP: FLOUR in NORTH, command {COMMANDS[1]}: expected 1 version, found versions 2 to 3"],
    ),
    "two commands in a version": (
        [
            f"UPDATE movements SET balance_version = 2, ordinal = 1 WHERE {MOVED} AND balance_version = 3",
            f"UPDATE balances SET version = 2 WHERE {ROW}",
        ],
        [
            f"COMMAND_NOT_ONE_STEP: FLOUR in NORTH, version 2: expected 1 command, found commands {COMMANDS[1]} and"
            f" {COMMANDS[2]}"
        ],
    ),
    "serials elsewhere": (
        [f"UPDATE serials SET state = 'DAMAGED' WHERE {S1}"],
        [
            "SERIALS_OFF_QUANT: PHONE in NORTH, AVAILABLE: expected 2 pieces, found 1 pieces",
            "SERIALS_OFF_QUANT: PHONE in NORTH, DAMAGED: expected 0 pieces, found 1 pieces",
        ],
    ),
    "a serial that left": (
        [f"UPDATE serials SET state = NULL, warehouse_id = NULL, status = 'SOLD' WHERE {S2}"],
        ["SERIALS_OFF_QUANT: PHONE in NORTH, AVAILABLE: expected 2 pieces, found 1 pieces"],
    ),
    "the history of a serial": (
        [f"DELETE FROM movement_serials WHERE serial_{S1}"],
        [
            "SERIAL_HISTORY_OFF_LEDGER: PHONE in NORTH, movement 1.0: expected 2 pieces named and remembered,"
            " found 2 named, 1 remembered"
        ],
    ),
    "an average cost": (
        [f"UPDATE balances SET average_cost = 2.6 WHERE {ROW}"],
        ["VALUE_OFF_LEDGER: FLOUR in NORTH, value: expected 20, found 20.8"],
    ),
    "a value change": (
        [f"UPDATE movements SET value_change = value_change + 0.0000001 WHERE {MOVED} AND balance_version = 1"],
        ["VALUE_OFF_LEDGER: FLOUR in NORTH, value: expected 20.0000001, found 20"],
    ),
    "a layer of a balance that has none": (
        [
            "INSERT INTO cost_layers (tenant_id, id, balance_id, received_version, received_ordinal, received, quantity, value, received_at)"
            f" SELECT tenant_id, gen_random_uuid(), id, 1, 0, 2, 1, 4.5, now() FROM balances WHERE {ROW}"
        ],
        ["LAYERS_OFF_BALANCE: FLOUR in NORTH, layers: expected 0 worth 0, found 1 worth 4.5"],
    ),
    "a posting that is gone": (
        [f"DELETE FROM postings WHERE {POSTED}"],
        [
            f"POSTING_OFF_LEDGER: FLOUR in NORTH, command {COMMANDS[0]}: expected a posting of RECEIPT {DOCUMENT},"
            " found none"
        ],
    ),
    "a posting of another command": (
        [f"UPDATE postings SET command_id = '{COMMANDS[4]}' WHERE {POSTED}"],
        [
            f"POSTING_OFF_LEDGER: FLOUR in NORTH, command {COMMANDS[0]}: expected a posting of RECEIPT {DOCUMENT},"
            " found none",
            f"POSTING_OFF_LEDGER: YOGHURT in NORTH, line 1 of RECEIPT {DOCUMENT}, RECEIPT: expected movements of"
            f" command {COMMANDS[4]} for this document, found for no document",
        ],
    ),
    "a hold that reserves nothing": (
        [HOLD.format(expires_at="NULL")],
        ["HOLDS_OFF_QUANT: FLOUR in NORTH, RESERVED: expected 0, found 2"],
    ),
    "a hold whose end the balance does not know": (
        [HOLD.format(expires_at="'2026-01-02 00:00+00'")],
        [
            "HOLDS_OFF_QUANT: FLOUR in NORTH, RESERVED: expected 0, found 2",
            "HOLD_EXPIRES_UNSEEN: FLOUR in NORTH, holds_expire_at: expected at most 2026-01-02 00:00:00+00, found none",
        ],
    ),
    "what was written down as a period was closed": (
        [
            CLOSED,
            "INSERT INTO period_balances SELECT tenant_id, balance_id, '2999-01-01 00:00+00', 1, sum(CASE WHEN from_state IS NULL"
            " THEN quantity WHEN to_state IS NULL THEN -quantity ELSE 0 END), 0, 0, sum(CASE to_state WHEN 'DAMAGED' THEN quantity"
            f" ELSE 0 END), sum(value_change) FROM movements WHERE {MOVED} OR balance_id = '{balance_id(*PHONE.key)}' GROUP BY 1, 2",
            f"UPDATE period_balances SET on_hand = on_hand + 1 WHERE {MOVED}",
        ],
        [
            "PERIOD_OFF_LEDGER: FLOUR in NORTH, at the end 2999-01-01 00:00:00+00, on hand: expected 8, found 9",
            *(
                f"PERIOD_OFF_LEDGER: YOGHURT in NORTH, at the end 2999-01-01 00:00:00+00, {name}: expected {expected}, found nothing"
                for name, expected in (
                    ("damaged", 0),
                    ("on hand", 3),
                    ("quarantined", 0),
                    ("reserved", 0),
                    ("value", 0),
                )
            ),
            "PERIOD_OFF_LEDGER: ? in ?, at the end 2999-01-01 00:00:00+00, value of everything: expected 20, found 21",
        ],
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
async def test_every_damage_is_named(audited: Audited, name: str) -> None:
    """The audit says what is wrong, where, what is right and what is there, and nothing else."""
    damage, expected = DAMAGES[name]
    report = await audited.after(*damage)
    assert [found.describe() for found in report.drifts] == expected
    assert report.drift_count == len(expected)
    assert report.summary().endswith(f": {len(expected)} drifted")


async def test_a_movement_of_another_balance_is_named(audited: Audited) -> None:
    """The ledger row names variant and warehouse beside its balance; readers use both."""
    report = await audited.after(
        f"UPDATE movements SET warehouse_id = '{UUID(int=5)}' WHERE {MOVED} AND balance_version = 3"
    )
    (found,) = report.drifts
    assert (found.kind, found.sku, found.warehouse_code) == (DriftKind.MOVEMENT_MISPLACED, "FLOUR", "NORTH")
    assert found.subject == "movement 3.0"
    assert found.found.endswith(f" in {UUID(int=5)}")


async def test_every_kind_has_a_control() -> None:
    """A check that nobody has seen find anything may be one that cannot."""
    named = {line.partition(":")[0] for _, lines in DAMAGES.values() for line in lines}
    assert named | {DriftKind.MOVEMENT_MISPLACED.value} == {kind.value for kind in DriftKind}


async def test_the_report_is_bounded(audited: Audited) -> None:
    """A broken table must not become a broken page: the first hundred are shown, all are counted."""
    report = await audited.after(
        "INSERT INTO quants (tenant_id, id, balance_id, location_id, state, quantity, received_at)"
        " SELECT tenant_id, gen_random_uuid(), id, gen_random_uuid(), 'AVAILABLE', 1, now()"
        f" FROM balances, generate_series(1, 150) WHERE {ROW}"
    )
    assert report.drift_count == 150
    assert len(report.drifts) == DRIFTS_MAX == 100


async def test_below_zero_is_no_drift_where_the_policy_allows_it(audited: Audited) -> None:
    """Negative stock is visible, not wrong: only where it was not allowed when it was posted is it a drift."""
    below = [
        f"UPDATE movements SET quantity = 12, on_hand_after = -2 WHERE {MOVED} AND balance_version = 3",
        f"UPDATE balances SET on_hand = -2, negative_allowed = true WHERE {ROW}",
    ]
    kinds = {found.kind for found in (await audited.after(*below)).drifts}
    assert DriftKind.BELOW_ZERO not in kinds
    forbidden = [
        "ALTER TABLE balances DROP CONSTRAINT ck_balances_available_not_negative",
        below[0],
        f"UPDATE balances SET on_hand = -2 WHERE {ROW}",
    ]
    kinds = {found.kind for found in (await audited.after(*forbidden)).drifts}
    assert DriftKind.BELOW_ZERO in kinds


async def test_other_tenants_are_not_looked_at(audited: Audited, database: Database) -> None:
    """Their damage is theirs: neither counted nor named."""
    other = await given_tenant(database)
    reports: list[AuditReport] = []

    async def damage_here_and_audit_there(tx: Transaction) -> None:
        await tx.raw.execute(f"UPDATE balances SET damaged = damaged + 1 WHERE {ROW}")
        reports.append(await drift(Transaction(tx.raw, other.actor)))
        raise Undone

    with pytest.raises(Undone):
        await audited.unbound.write(audited.tenant.actor, damage_here_and_audit_there)
    assert [(report.balances, report.movements, report.drift_count) for report in reports] == [(0, 0, 0)]
