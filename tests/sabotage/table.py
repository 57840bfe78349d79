"""The sabotages: what is taken away, and which test must miss it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

STATEMENTS = "inventory_graph/stock/statements.py"
POSTING = "inventory_graph/stock/posting.py"
DECISION = "inventory_graph/stock/decision.py"
HOLDING = "inventory_graph/stock/holding.py"
TRANSIT = "inventory_graph/stock/transit.py"
JUDGING = "inventory_graph/alerts/judging.py"
BATCH = "inventory_graph/reservations/batch.py"
RESOLVING = "inventory_graph/reservations/resolving.py"
CONSUMING = "inventory_graph/reservations/consuming.py"
ARRIVALS = "inventory_graph/purchasing/arrivals.py"
RESERVATION_TABLES = "migrations/versions/0005_reservations.py"

HOLDS = "tests/reservations/test_outlive_holds.py"
KEYS = "tests/reservations/test_replay_reservations.py"
PARTS = "tests/reservations/test_resolve_parts.py"
LOTS = "tests/reservations/test_choose_lots.py"
RECEIPTS = "tests/purchasing/test_receive_purchase_order.py"
NEIGHBOURS = "tests/reservations/test_isolate_refusals.py"
GUARDS = "tests/stock/test_guard_balances.py"
CROSSINGS = "tests/alerts/test_tell_crossings.py"
KAFKA = "tests/publishing/test_publish_to_kafka.py"
HEADS = "tests/live/test_verify_heads.py"
CARRIED = "tests/properties/test_carry.py::test_what_was_received_is_in_a_warehouse_on_its_way_or_lost"
MEETINGS = "tests/stock/concurrency/test_meet.py"


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A text that occurs once in a file, what stands there instead, and the tests that fail then, by their ids."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The file with the sabotage; raises ``ValueError`` when the text no longer occurs exactly once."""
        if (count := text.count(self.old)) != 1:
            raise ValueError(
                f"{self.name}: {self.old!r} occurs {count} times in {self.file}; name what stands there now."
            )
        return text.replace(self.old, self.new)


SABOTAGES: tuple[Sabotage, ...] = (
    Sabotage(
        "balances are locked in any order", STATEMENTS,
        "known.id = ANY($2::uuid[]))\n  ORDER BY id FOR UPDATE\n)",
        "known.id = ANY($2::uuid[]))\n  ORDER BY random() FOR UPDATE\n)",
        (f"{MEETINGS}::test_opposite_line_orders_never_deadlock",),
    ),
    Sabotage(
        "balances are read without a lock", STATEMENTS,
        "known.id = ANY($2::uuid[]))\n  ORDER BY id FOR UPDATE\n)",
        "known.id = ANY($2::uuid[]))\n  ORDER BY id\n)",
        (f"{GUARDS}::test_who_decides_holds_the_lock",),
    ),
    Sabotage(
        "balances are written whatever their version", STATEMENTS,
        " AND balances.version = new.version_before", "",
        (f"{GUARDS}::test_what_changed_since_it_was_read_is_not_overwritten",),
    ),
    Sabotage(
        "available may fall below zero", "migrations/versions/0003_stock.py",
        "CHECK (negative_allowed OR on_hand - reserved - quarantined - damaged >= 0)", "CHECK (true)",
        (f"{GUARDS}::test_no_statement_leaves_less_than_nothing",),
    ),
    Sabotage(
        "a command takes no version", DECISION,
        "            balance.version += 1\n", "",
        (f"{GUARDS}::test_each_command_is_one_version",),
    ),
    Sabotage(
        "emptied quants stay", POSTING,
        "                emptied.append((balance.id, *key))", "                pass",
        (f"{GUARDS}::test_what_runs_empty_is_gone",),
    ),
    Sabotage(
        "lines are not summed", "inventory_graph/reservations/reserving.py",
        "            left[wanted.variant_id] -= taken\n", "",
        ("tests/reservations/test_sum_lines.py::test_lines_that_are_short_together_are_refused_together",),
    ),
    Sabotage(
        "a late step is not refused", RESOLVING,
        "    if reservation.expires_at is not None and reservation.expires_at <= world.now:\n        raise",
        "    if reservation.expires_at is None:\n        raise",
        (f"{HOLDS}::test_a_late_commit_is_refused",),
    ),
    Sabotage(
        "the book keeps what is overdue", POSTING,
        "    book = OpenBook(tx, state, now, before)\n    book.expire(overdue)\n",
        "    book = OpenBook(tx, state, now, before)\n",
        (f"{HOLDS}::test_the_next_reservation_takes_its_place",),
    ),
    Sabotage(
        "reads count what is overdue", "inventory_graph/stock/availability.py",
        "available + overdue.quantity AS available", "available",
        (f"{HOLDS}::test_availability_has_it_again",),
    ),
    Sabotage(
        "a balance does not know when its holds end", HOLDING,
        "line.expires_at < balance.holds_expire_at):", "line.expires_at > balance.holds_expire_at):",
        (f"{HOLDS}::test_a_balance_knows_when_its_first_hold_ends",),
    ),
    Sabotage(
        "keys are not recorded", BATCH,
        "    await idempotency.record(tx, answers=[(each.claim, each.recorded) for each in answered.values() if each.claim])\n",
        "",
        (f"{KEYS}::test_a_repeated_reservation_holds_once",),
    ),
    Sabotage(
        "a key stands for any request", "inventory_graph/idempotency.py",
        "    _check_same(claim.key, claim.arguments, recorded.arguments)\n", "",
        (f"{KEYS}::test_a_key_with_other_lines_is_refused",),
    ),
    Sabotage(
        "a key twice in a batch is done twice", BATCH,
        "        answered[case.claim.identity] = case", "        answered[str(len(answered)), case.claim.key] = case",
        (f"{KEYS}::test_a_key_twice_in_one_batch_is_one_request",),
    ),
    Sabotage(
        "a repetition that waited is refused", BATCH,
        "        await _replay(tx, [case for case in waiting if isinstance(case.outcome, Refusal)])\n", "        pass\n",
        ("tests/reservations/test_repeat_requests.py::test_the_last_unit_is_not_refused_to_who_reserved_it",),
    ),
    Sabotage(
        "an owner may have two live reservations", RESERVATION_TABLES,
        "CREATE UNIQUE INDEX uq_reservations_live_owner", "CREATE INDEX uq_reservations_live_owner",
        (f"{KEYS}::test_one_order_has_one_reservation_whoever_is_first",),
    ),
    Sabotage(
        "a table of a tenant is open to all", RESERVATION_TABLES,
        '("holds", "reservations", "reservation_lines", "consumptions", "consumption_components"):\n        protect',
        '("holds", "reservations", "consumptions", "consumption_components"):\n        protect',
        ("tests/test_catalogue.py::test_every_table_view_and_role_is_covered",),
    ),
    Sabotage(
        "the policy admits every tenant", "migrations/tenancy.py",
        "USING ({column} = {TENANT}) WITH CHECK", "USING (true) WITH CHECK",
        ("tests/test_catalogue.py::test_sees_only_its_tenant",),
    ),
    Sabotage(
        "the owner of a table is not bound", "migrations/tenancy.py",
        '    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")\n', "",
        ("tests/test_catalogue.py::test_every_table_view_and_role_is_covered",),
    ),
    Sabotage(
        "a part of a recipe takes whole leaves", RESOLVING,
        "            left = quantity_of(Fraction(left) * Fraction(part.quantity) / Fraction(part.of))\n",
        "            left = min(left, part.quantity)\n",
        (f"{PARTS}::test_a_part_of_a_recipe_takes_its_share_of_each_leaf",),
    ),
    Sabotage(
        "the remainder is always kept", RESOLVING,
        "        if not keeps_remainder:\n            give_back", "        if keeps_remainder is None:\n            give_back",
        (f"{PARTS}::test_what_is_not_issued_is_given_back",),
    ),
    Sabotage(
        "what was committed is consumed again", CONSUMING,
        "                claimed = min(unclaimed, left)", "                claimed = ZERO",
        (f"{PARTS}::test_what_was_committed_is_not_consumed_again",),
    ),
    Sabotage(
        "what is held for an order is left", CONSUMING,
        "part = Part(held, min(line.quantity, left), left)", "part = Part(held, ZERO, left)",
        (f"{PARTS}::test_what_is_held_for_an_order_is_consumed_first",),
    ),
    Sabotage(
        "reversals have no budget", CONSUMING,
        "        budget = min(quantity, sum(left, ZERO))", "        budget = quantity",
        (f"{PARTS}::test_no_more_comes_back_than_was_deducted",),
    ),
    Sabotage(
        "expired lots are as good", HOLDING,
        "        return lot.expires_on >= last_day", "        return True",
        (f"{LOTS}::test_expired_lots_are_not_promised",),
    ),
    Sabotage(
        "what expires last goes first", "inventory_graph/stock/removal.py",
        '    "FEFO": lambda quant: (quant.expires_on or _FOREVER, quant.received_at,', '    "FEFO": lambda quant: (quant.received_at,',
        (f"{LOTS}::test_what_expires_first_goes_first",),
    ),
    Sabotage(
        "backorders wait by age alone", "inventory_graph/reservations/statements.py",
        "ORDER BY max(priority) DESC, ", "ORDER BY ",
        ("tests/reservations/test_fill_backorders.py::test_a_receipt_fills_by_priority_then_age",),
    ),
    Sabotage(
        "a refused command keeps what it took", "inventory_graph/stock/book.py",
        "        state.balances.update(decision.balances_before)\n", "",
        (f"{NEIGHBOURS}::test_a_refused_request_leaves_its_neighbours_what_it_took",),
    ),
    Sabotage(
        "steps are not told", BATCH,
        "    await emit_rows(tx, rows, traceparents=traceparents if any(traceparents) else None)\n", "",
        (f"{NEIGHBOURS}::test_only_what_was_accepted_is_told",),
    ),
    Sabotage(
        "stock that changes in a batch belongs to nobody's trace", BATCH,
        "            current_traceparent.set(case.request.traceparent)\n", "",
        ("tests/publishing/test_trace_events.py::test_requests_of_one_batch_keep_their_own",),
    ),
    Sabotage(
        "one that fails takes its batch along", "inventory_graph/batching.py",
        "            return [part[middle:], part[:middle]]", "            raise Unavailable from error",
        ("tests/batching/test_isolate_poison.py::test_poison_is_isolated",),
    ),
    Sabotage(
        "who left is still served", "inventory_graph/batching.py",
        "            self._take_out(line, each)\n\n    def _take_out", "            pass\n\n    def _take_out",
        ("tests/batching/test_cancel_callers.py::test_a_request_that_waits_is_taken_back",),
    ),
    Sabotage(
        "stock is low with every sale", "inventory_graph/alerts/policy.py",
        "after <= reorder_point < before else", "after <= reorder_point else",
        (f"{CROSSINGS}::test_each_crossing_is_told_once",),
    ),
    Sabotage(
        "alerts are judged before backorders are filled", "inventory_graph/hooks.py",
        "(fill_backorders, judge_posting)", "(judge_posting, fill_backorders)",
        (f"{CROSSINGS}::test_one_transaction_is_judged_by_its_end",),
    ),
    Sabotage(
        "everybody hears everything", JUDGING,
        "if kind is not None and kind in stockable.alerts:", "if kind is not None:",
        (f"{CROSSINGS}::test_nobody_hears_what_it_did_not_ask_for",),
    ),
    Sabotage(
        "levels are read before they are locked", "inventory_graph/stock/levels.py",
        "AND id = $2 FOR UPDATE", "AND id = $2",
        ("tests/alerts/test_tell_levels.py::test_of_two_plans_at_once_one_is_told",),
    ),
    Sabotage(
        "lots that were told of are told again", "inventory_graph/alerts/expiry.py",
        "FROM due JOIN told USING (lot_id, warehouse_id)", "FROM due",
        ("tests/alerts/test_tell_expiring_lots.py::test_a_worker_leaves_out_what_another_is_telling",),
    ),
    Sabotage(
        "events go to Kafka without a key", "inventory_graph/transport/kafka.py",
        "key=message.key.encode()", "key=None",
        (f"{KAFKA}::test_each_aggregate_comes_in_order", f"{KAFKA}::test_message_is_that_of_nats_with_a_key"),
    ),
    Sabotage(
        "letters of Kafka are those of NATS", "inventory_graph/live/dead_letters.py",
        "aggregate_id FROM dead_letters WHERE reader = $1", "aggregate_id FROM dead_letters WHERE $1 <> ''",
        (f"{KAFKA}::test_letters_of_kafka_hold_up_nobody_else",),
    ),
    Sabotage(
        "any hash leads on from a head", "inventory_graph/live/heads.py",
        "if found != taken.hash:", "if found is None:",
        (f"{HEADS}::test_a_log_that_was_made_to_fit_is_another",),
    ),
    Sabotage(
        "a log may end before a head", "inventory_graph/live/heads.py",
        "if last_seq < taken.seq:", "if last_seq < 0:",
        (f"{HEADS}::test_a_log_that_was_cut_and_made_to_fit_is_shorter",),
    ),
    Sabotage(
        "only the head is compared", "inventory_graph/live/heads.py",
        "if chain.broken_at is not None else None", "if chain.events < 0 else None",
        (f"{HEADS}::test_what_follows_is_checked",),
    ),
    Sabotage(
        "a lost COMMIT is said to have failed", "inventory_graph/db.py",
        "            raise OutcomeUnknown from error", "            raise Unavailable from error",
        ("tests/faults/test_lose_commits.py::test_a_lost_commit_is_unknown_until_it_is_asked_again",),
    ),
    Sabotage(
        "orders are received without a lock", "inventory_graph/purchasing/statements.py",
        "FOR NO KEY UPDATE OF orders\n", "",
        ("tests/purchasing/test_race_receipts.py::test_receipts_at_once_all_count",),
    ),
    Sabotage(
        "what is rejected counts as come", ARRIVALS,
        "line.rejected += arrival.quantity\n            continue", "line.rejected += arrival.quantity",
        (f"{RECEIPTS}::test_each_line_goes_where_it_belongs",),
    ),
    Sabotage(
        "any amount more may arrive", ARRIVALS,
        "if line.received > allowed and not", "if line.received > allowed * 1000 and not",
        (f"{RECEIPTS}::test_more_than_was_ordered_takes_a_permission",),
    ),
    Sabotage(
        "a receipt is taken back at the average", "inventory_graph/purchasing/reversing.py",
        "unit_cost=line.unit_cost,", "unit_cost=None,",
        ("tests/purchasing/test_reverse_goods_receipt.py::test_a_wrong_receipt_leaves_as_it_came",),
    ),
    Sabotage(
        "who submitted an order is one of two who approve it", "inventory_graph/purchasing/policy.py",
        "actor.subject == head.submitted_by", "actor.subject == head.created_at",
        ("tests/purchasing/test_approve_purchase_order.py::test_two_people_where_the_tenant_asks",),
    ),
    Sabotage(
        "what is on its way arrives at the average", TRANSIT,
        "        unit_cost=line.unit_cost,\n        serials=line.serials,\n        stock_state", "        serials=line.serials,\n        stock_state",
        (CARRIED,),
    ),
    Sabotage(
        "what is past its date is sent on its way", TRANSIT,
        "_is_active if is_named else usable(balance.stockable, decision.occurred_at, 0)", "_is_active",
        (CARRIED,),
    ),
    Sabotage(
        "pieces on their way may be received", "inventory_graph/stock/serials.py",
        "known.status == IN_TRANSIT and not is_awaited", "known.status == IN_TRANSIT and is_awaited is None",
        (CARRIED,),
    ),
    Sabotage(
        "what is lost on its way needs no room", TRANSIT,
        '    decision.check_on_hand(balance, "quantity")\n', "",
        ("tests/transfers/test_report_transfer_loss.py::test_what_is_lost_needs_room_at_the_destination",),
    ),
    Sabotage(
        "pieces to be sent on their way are looked for anywhere", "inventory_graph/stock/loading.py",
        "location_id = line.location_id if isinstance(line, Ship) else None", "location_id = None",
        ("tests/stock/test_post_batch.py::test_pieces_are_shipped_from_the_place_that_is_named",),
    ),
    Sabotage(
        "a valuation believes what a reopened period wrote down", "inventory_graph/stock/as_of.py",
        "least(at, closed_until) AS kept_until", "at AS kept_until",
        ("tests/periods/test_read_valuation.py::test_what_a_reopened_period_wrote_down_does_not_count",),
    ),
    Sabotage(
        "a valuation leaves later costs out", "inventory_graph/stock/as_of.py",
        "THEN span.value + moved.value + adjusted.value ELSE", "THEN span.value + moved.value ELSE",
        ("tests/periods/test_read_valuation.py::test_any_instant_is_worth_what_its_movements_add_up_to",),
    ),
)  # fmt: skip
