"""What a host writes. Type checkers must take all of it, and reveal what is said here
(test_host.py).
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import assert_type

import attrs
from sqlalchemy.ext.asyncio import AsyncEngine

import coresponder as co
from coresponder import testing

NOW = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class DroneSent(co.Fact):
    """An event type of the host's own."""

    drone: co.Id
    role: co.Role = co.Role.PATROL_OFFICER


class Pager:
    """A notifier of the host's own."""

    def send(self, notice: co.Notice, *, key: str) -> None:
        """Carry it."""
        assert_type(notice.to, str)


def words_and_lists() -> None:
    """A word is given as its text or as its enum, a list for a tuple; what is held is the enum and
    the tuple.
    """
    call = co.CallReceived(
        at=NOW,
        by="dispatcher-7",
        source="911",
        nature=co.Nature.PSYCHOSIS,
        local=[co.LocalCode(field="nature", code="10-96")],
    )
    assert_type(call.source, co.CallSource)
    assert_type(call.priority, co.Priority | None)
    assert_type(call.local, tuple[co.LocalCode, ...])
    assert_type(attrs.evolve(call, nature="overdose"), co.CallReceived)
    roles: list[co.Role] = [co.Role.PEER]
    seat = co.Seat(roles=roles, training=["cit", co.Training.TEAM_TWO])
    assert_type(seat.roles, tuple[co.Role, ...])
    co.Tier(id="pair", model="primary_co_response", seats=[seat], natures=("psychosis",))
    co.TeamUnavailable(at=NOW, by="dispatcher-7", missing=["pair"])
    co.Policy(
        id="screened", template="existence", a=co.Atom(events="Screened"), enforcement="BLOCK"
    )
    DroneSent(at=NOW, by="dispatcher-7", drone="drone-1", role=co.Role.SUPERVISOR)
    assert_type(co.CallReceived.from_json("{}"), co.CallReceived)


def a_night(responders: Sequence[co.Responder]) -> str:
    """Embed the workflow."""
    with co.SqlStore.sqlite(Path("incidents.db")) as store:
        workflow = co.Workflow(
            co.load_program("cit"), store, Pager(), agency="our-city", clock=lambda: NOW
        )
        step = workflow.receive(
            co.CallReceived(at=NOW, by="dispatcher-7", source="988", nature="suicide_threat")
        )
        assert_type(step.case.incident.people, tuple[co.Person, ...])
        staffing, _ = workflow.dispatch(step.case.id, responders, at=NOW, by="dispatcher-7")
        assert_type(staffing, co.Staffing)
        override = co.Override(by="sergeant-1", reason="imminent_danger")
        try:
            workflow.record(
                step.case.id, co.IncidentClosed(at=NOW, by="officer-12"), override=override
            )
        except co.Refused as refused:
            assert_type(refused.refusals, tuple[co.Refusal, ...])
        except co.VersionConflict as stale:
            assert_type(stale.found, int)
        for owed in workflow.due(NOW):
            assert_type(owed.obligation.due, dt.datetime | None)
        assert_type(workflow.permitted(step.case.id)[0], co.Permission)
        assert_type(co.Relay(store=store, notifier=co.MemoryNotifier()).drain().sent, int)
    return staffing.reason


async def awaited(engine: AsyncEngine) -> co.Step:
    """Await the same workflow."""
    workflow = await co.AsyncWorkflow.start(co.load_program("cit"), engine, agency="our-city")
    step = await workflow.receive(
        co.CallReceived(at=NOW, by="dispatcher-7", source="family", nature="other"),
        request="call-1",
    )
    assert_type(await workflow.case(step.case.id), co.Case)
    return step


def tested(program: co.Program) -> None:
    """Prove a program, and test a store."""
    assert_type(co.check_program(program).policies, tuple[co.PolicyProof, ...])
    for rule in testing.STORE_RULES:
        rule(co.MemoryStore)
    assert_type(
        testing.play_scenarios(program, testing.load_scenarios("stories.toml", program)),
        testing.Played,
    )
