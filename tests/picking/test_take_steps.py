"""Every pair of state and step of a wave over GraphQL: taken, or refused by name with nothing changed."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.picking import given_both, given_wave, refused_step, tasks_of, took, wave_input, wave_now, wave_step
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")

STATES = ("DRAFT", "RELEASED", "PICKING", "PICKED", "PACKED", "SHIPPED", "CANCELLED")
STEPS: Mapping[str, Mapping[str, Any]] = {
    "assignPickWave": {"pickerId": "mary"},
    "releasePickWave": {},
    "pickTasks": {},
    "packPickWave": {},
    "shipPickWave": {},
    "cancelPickWave": {"reason": "Rain"},
}
"""The steps, each with what it is given; what is picked is the last task."""

LEADS_TO = {
    ("DRAFT", "assignPickWave"): ("DRAFT", ["assigned"]),
    ("DRAFT", "releasePickWave"): ("RELEASED", ["released"]),
    ("DRAFT", "cancelPickWave"): ("CANCELLED", ["cancelled"]),
    ("RELEASED", "assignPickWave"): ("RELEASED", ["assigned"]),
    ("RELEASED", "pickTasks"): ("PICKING", ["picked"]),
    ("RELEASED", "cancelPickWave"): ("CANCELLED", ["cancelled"]),
    ("PICKING", "assignPickWave"): ("PICKING", ["assigned"]),
    ("PICKING", "pickTasks"): ("PICKED", ["picked", "completed"]),
    ("PICKING", "cancelPickWave"): ("CANCELLED", ["cancelled"]),
    ("PICKED", "packPickWave"): ("PACKED", ["packed"]),
    ("PICKED", "shipPickWave"): ("SHIPPED", ["shipped"]),
    ("PICKED", "cancelPickWave"): ("CANCELLED", ["cancelled"]),
    ("PACKED", "shipPickWave"): ("SHIPPED", ["shipped"]),
    ("PACKED", "cancelPickWave"): ("CANCELLED", ["cancelled"]),
}
"""What can be done in a state, where it leads and which events tell of it. Everything else is refused."""


def given_to(step: str, wave: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the step is given besides the wave."""
    return {"picks": [took(tasks_of(wave)[-1])]} if step == "pickTasks" else STEPS[step]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
async def test_every_pair_of_state_and_step(graph: GraphClient, tenant: GivenTenant, state: str, step: str) -> None:
    """One version and one event for each step; for what is refused the state it is in, and no trace."""
    await given_both(graph)
    wave = await given_wave(graph, status=state)
    assert (wave["status"], len(tasks_of(wave))) == (state, 2)
    await forget_emitted(tenant)
    if (state, step) not in LEADS_TO:
        error = await refused_step(graph, step, wave, **given_to(step, wave))
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "waveId"])
        assert f"PW-000001 is {state}" in error["message"]
        return
    after = await wave_step(graph, step, wave, **given_to(step, wave))
    status, told = LEADS_TO[state, step]
    assert (after["status"], after["version"]) == (status, wave["version"] + len(told))
    events = [event for event in await emitted(tenant) if event.aggregate_type == "pick_wave"]
    assert [event.type for event in events] == [f"inventory.pick_wave.{each}" for each in told]
    assert [event.aggregate_version for event in events] == [
        wave["version"] + 1 + number for number in range(len(told))
    ]
    assert (events[-1].payload["status"], events[-1].payload["task_count"]) == (status, 2)
    assert after == await wave_now(graph, after)


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_takes_a_permission_a_wave_and_the_version_that_was_looked_at(
    graph: GraphClient, tenant: GivenTenant, step: str
) -> None:
    """To see stock is not to move it; what another tenant has does not exist; and an outlet's own people pick there."""
    await given_both(graph)
    wave = await given_wave(graph, status=next(state for state, taken in LEADS_TO if taken == step))
    given = wave_input(step, wave, **given_to(step, wave))
    async with unchanged(tenant):
        for actor in (tenant.actor_as("viewer"), tenant.actor_at()):
            assert (await graph.refusal(step, given, actor=actor))["code"] == "FORBIDDEN"
        error = await graph.refusal(step, {**given, "waveId": "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"})
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "waveId"])
        error = await graph.refusal(step, {**given, "expectedVersion": wave["version"] - 1})
        assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "expectedVersion"])
        error = await graph.refusal(step, {**given, "number": "PW-000001"})
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "waveId"])
    named = {**given, "number": "PW-000001", "expectedVersion": wave["version"]}
    del named["waveId"]
    await graph.accepted(step, named, actor=tenant.actor_at(tenant.outlet_id))


async def test_the_same_key_again_takes_no_second_step(graph: GraphClient, tenant: GivenTenant) -> None:
    """The wave as it is now, and that it was done before."""
    await given_both(graph)
    wave = await given_wave(graph, status="PICKED")
    given = wave_input("shipPickWave", wave)
    await graph.accepted("shipPickWave", given)
    async with unchanged(tenant):
        again = await graph.accepted("shipPickWave", given, "pickWave { status }")
    assert again == {"pickWave": {"status": "SHIPPED"}, "errors": [], "replayed": True}


async def test_packing_is_done_source_by_source(graph: GraphClient) -> None:
    """The wave is packed with the last of them."""
    reservation, transfer = await given_both(graph)
    wave = await given_wave(graph, status="PICKED")
    half = await wave_step(graph, "packPickWave", wave, documentIds=[reservation["id"]])
    assert half["status"] == "PICKED"
    error = await refused_step(graph, "packPickWave", wave, documentIds=["5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"])
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "documentIds"])
    whole = await wave_step(graph, "packPickWave", wave, documentIds=[transfer["id"]])
    assert (whole["status"], whole["version"]) == ("PACKED", wave["version"] + 2)


async def test_what_was_cancelled_can_be_picked_again(graph: GraphClient) -> None:
    """Holds are held as before, and free for another wave."""
    await given_both(graph)
    wave = await given_wave(graph, status="PICKING")
    cancelled = await wave_step(graph, "cancelPickWave", wave)
    assert {task["status"] for task in tasks_of(cancelled)} == {"CANCELLED"}
    again = await given_wave(graph)
    assert (again["number"], again["progress"]["toPick"]) == ("PW-000002", 2)
