"""The made-up night plays what a program declares, and says what it did not play."""

import datetime as dt
import functools
import json

import attrs
import pytest

import coresponder as co
from coresponder import load_program
from coresponder.audit.tally import Minutes
from coresponder.cli.run import run_night
from coresponder.domain.events import NoteAdded
from coresponder.domain.vocabulary import Nature, Role
from coresponder.lifecycle import INCIDENT
from coresponder.program.spec import program_from_definition
from coresponder.roster.coverage import Question, cover
from coresponder.roster.shifts import Span
from coresponder.roster.staffing import choose_team
from coresponder.simulation.field import START, Field, made_up_roster
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import every
from coresponder.workflow import Workflow

SHIPPED = ["new-haven-cdcp", "st-louis-mobile-crisis-prevention", "hartford-vt", "cit"]
VAN = {
    "program": {"id": "van", "version": "1"},
    "tier": [
        {
            "id": "van",
            "model": "primary_co_response",
            "seats": [{"role": "clinician"}, {"role": "paramedic"}],
        },
    ],
}
OWN = {
    **VAN,
    "event": [
        {"name": "DroneSent", "kind": "decision"},
        {"name": "DroneBack", "kind": "fact"},
        {
            "name": "PeerVisited",
            "kind": "fact",
            "fields": {
                "person": "id",
                "minutes": "integer",
                "miles": "number",
                "result": "code",
                "at_home": "boolean",
                "again": "time",
            },
        },
    ],
    "policy": [
        {
            "id": "peer-visits",
            "template": "response",
            "a": {"event": "Screened", "where": {"screening.level": ["moderate", "high"]}},
            "b": {"event": "PeerVisited", "where": {"result": ["seen", "left_word"]}},
            "within": "2 business days",
            "authority": "local choice",
        },
    ],
    "lifecycle": {
        "states": ["watched"],
        "add": [
            {"event": "DroneSent", "source": ["received", "triaged"], "target": "watched"},
            {"event": "DroneBack", "source": "watched", "target": "triaged"},
        ],
    },
}


def night(program, incidents=100, seed=1):
    """Play a night in memory."""
    if not hasattr(program, "book"):
        program = program_from_definition(program)
    store = MemoryStore()
    return run_night(
        program, store, incidents=incidents, seed=seed, progress=lambda done: None
    ), Workflow(program, store)


@functools.cache
def played(name):
    """Return a night that several tests read: of a shipped program, or of the one with own events."""
    return night(OWN) if name == "own" else night(load_program(name), 110, seed=2)


def happened(flow):
    """Return every event of every case."""
    return [event for found in every(flow.find) for event in flow.case(found.incident).history]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_fielded(role):
    """A tier with any role goes out to most calls, whatever the department has of it."""
    seats = [{"role": "clinician"}, {"role": role.value}]
    result, _ = night(
        {**VAN, "tier": [{"id": "van", "model": "primary_co_response", "seats": seats}]}, 50
    )
    assert result.tally.by_tier["van"] > 30
    assert result.tally.by_state["cancelled"] < 13


@pytest.mark.parametrize("name", SHIPPED)
def test_every_role_that_a_tier_names_can_take_its_seat(name):
    """Each role of each seat is there with the seat's training at some hour of the first week, and
    each tier can be filled.
    """
    program = load_program(name)
    people = people_of(program)
    week = [START + dt.timedelta(hours=hour) for hour in range(7 * 24)]
    there = {at: [one for p in people if (one := p.responder(at))] for at in week}
    for tier in program.tiers:
        nature = (tier.natures or tuple(Nature))[0]
        met = attrs.evolve(tier, where={})
        assert any(choose_team([met], there[at], at=at, nature=nature).team for at in week)
        for seat in tier.seats:
            fitting = {
                one.role
                for at in week
                for one in there[at]
                if one.status == "available" and seat.fits(one, at, program.courses)
            }
            assert fitting == set(seat.roles)


@pytest.mark.parametrize("name", SHIPPED)
def test_people_of_a_shipped_night_leave_fall_ill_and_lose_what_they_have(name):
    """Their streams say it, teams are chosen without them, and the night says who was missing."""
    result, flow = played(name)
    roster = flow.roster
    why = {one["why"] for one in result.as_json()["roster"]["away"]}
    assert {"left", "illness"} <= why
    events = [e for s in every(roster.desk.find) for e in roster.desk.case(s.incident).history]
    lost = (co.VettingExpired, co.TrainingRenewed)
    assert any(isinstance(e, lost) for e in events) or any(one.endswith("expired") for one in why)
    services = {service.id: service for service in roster.services()}
    sent = [e for e in happened(flow) if isinstance(e, co.TeamDispatched)]
    assert {id for e in sent for id in e.responders} <= services.keys()
    for event in sent:
        for id in event.responders:
            assert services[id].post(event.at)
            assert services[id].absence(event.at) is None
    counted = result.people.sent
    assert counted.total() == sum(len(e.responders) for e in sent)
    assert flow.verify() == roster.desk.verify() == ()


def test_a_clinician_of_new_haven_is_there_at_every_hour_of_the_week():
    """Riding along or on call, around the clock."""
    program = load_program("new-haven-cdcp")
    monday = dt.datetime(2026, 1, 12, 5, tzinfo=dt.UTC)
    window = Span(monday, monday + dt.timedelta(days=7))
    (question, *_) = Question.all_of(program.tiers, program.courses, program.natures)
    found = cover(question, people_of(program), window, program.calendar.time_zone)
    assert found.at_least("clinician-on-call") == pytest.approx(1)


@pytest.fixture(scope="module")
def new_haven():
    """A night of New Haven."""
    return played("new-haven-cdcp")[1]


def test_a_child_of_whom_the_caller_told_gets_a_clinician_for_children_or_the_fallback(new_haven):
    """New Haven's night has calls with a child for each of them: the clinician who is trained for
    children rides along, is on call, or is not there, and another one goes.
    """
    tiers = {event.team.tier for event in told_of_a_child(new_haven)}
    assert {"child-clinician-riding-along", "child-clinician-on-call"} < tiers
    assert tiers & {"clinician-on-call", "clinician-riding-along", "officer-alone"}


def told_of_a_child(flow):
    """Yield each team that was sent when a child was known of."""
    for found in every(flow.find):
        history = flow.case(found.incident).history
        sent = [n for n, event in enumerate(history) if isinstance(event, co.TeamDispatched)]
        for n in sent:
            before = flow.program.replay(found.incident, history[:n]).incident
            if before.children:
                yield history[n]


def test_everybody_who_is_named_in_a_shipped_night_is_on_its_roster(new_haven):
    """Who cares, supervises, relieves and is asked by phone is somebody with an id of the roster."""
    outside = {
        "dispatcher-1",
        "service-1",
        "counselor-1",
        "protection-1",
        "court-1",
        "swat-1",
        "negotiator-1",
    }
    known = {service.id for service in new_haven.roster.services()} | outside
    named = {
        getattr(event, key, None)
        for event in happened(new_haven)
        for key in ("by", "responder", "relieved_by", "owner")
    }
    assert named - {None} <= known


def test_a_roster_that_is_in_the_store_is_played_as_it_is():
    """Nobody is made up beside it, and where nobody has a role somebody outside stands for it."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: START)
    week = co.WeeklyShift(days=tuple(co.Weekday), begins=dt.time(), ends=dt.time())
    said = {"at": START - dt.timedelta(days=9), "by": "hr-1", "responder": "cit-77"}
    flow.roster.record(co.ResponderJoined(role="cit_officer", **said))
    flow.roster.record(co.TrainingCompleted(training="cit", hours=40, **said))
    flow.roster.record(co.ShiftsAssigned(shifts=(week,), **said))
    field = Field(flow)
    field.play(30)
    sent = [e for e in happened(flow) if isinstance(e, co.TeamDispatched)]
    assert {id for e in sent for id in e.responders} == {"cit-77"}
    assert [service.id for service in flow.roster.services()] == ["cit-77"]
    assert field.somebody(Role.CLINICIAN, by=co.Presence.PHONE) == "outside-clinician"


def people_of(program):
    """Return the made-up roster of a program, folded."""
    zone = program.calendar.time_zone
    streams = made_up_roster(program).items()
    return [co.fold_responder(id, events, zone=zone) for id, events in streams]


@pytest.mark.parametrize(
    "seats",
    [
        [{"role": "peer"}] * 3,
        [{"role": "clinician", "presence": "video"}],
        [{"role": "peer", "training": ["cit"], "hours": 99}],
    ],
)
def test_seats_that_nobody_of_the_department_takes_are_filled(seats):
    """Three of one role, one by video, one with more hours than usual: somebody is there for each."""
    result, _ = night(
        {**VAN, "tier": [{"id": "van", "model": "primary_co_response", "seats": seats}]}, 60
    )
    assert result.tally.by_tier["van"] > 35


def test_own_events_and_states_are_played():
    """An edge of the program's own is taken, in both directions, and what is owed of an own event
    mostly comes.
    """
    result, flow = played("own")
    names = [type(event).__name__ for event in happened(flow)]
    assert names.count("DroneSent") > 3
    assert names.count("DroneSent") == names.count("DroneBack")
    assert names.count("PeerVisited") > 10
    assert result.tally.violations["peer-visits"] < names.count("PeerVisited")
    assert {"watched", *INCIDENT.states} - {"new"} <= {*result_states(flow)}


def result_states(flow):
    """Return every state that some incident was in, out of the log."""
    for found in every(flow.find):
        case = flow.case(found.incident)
        for i in range(1, case.version + 1):
            yield flow.program.replay(case.id, case.recorded()[:i]).state


def test_own_fields_say_what_could_be_so():
    """Each typed field is filled: the person of the incident, the codes that the rules name, a time
    that is later.
    """
    _, flow = played("own")
    visits = [event for event in happened(flow) if type(event).__name__ == "PeerVisited"]
    assert visits
    assert {"seen", "left_word"} <= {event.result for event in visits}
    assert all(
        event.person.startswith("person-") and event.again > event.at and 5 <= event.minutes <= 60
        for event in visits
    )
    assert {event.at_home for event in visits} == {True, False}
    assert all(isinstance(event.miles, float) for event in visits)


def test_an_own_state_on_the_only_way_is_passed():
    """A state between triage and dispatch that only an own event leads through does not cancel the
    night.
    """
    lifecycle = {
        "states": ["van_ready"],
        "add": [
            {"event": "VanFound", "source": "triaged", "target": "van_ready"},
            {"event": "TeamDispatched", "source": "van_ready", "target": "dispatched"},
            {"event": "IncidentCancelled", "source": "van_ready", "target": "cancelled"},
        ],
        "forbid": [{"event": "TeamDispatched", "source": "triaged", "target": "dispatched"}],
    }
    result, _ = night(
        {**VAN, "event": [{"name": "VanFound", "kind": "decision"}], "lifecycle": lifecycle}
    )
    assert result.tally.by_tier["van"] > 60


def test_an_own_event_that_a_rule_asks_for_is_mostly_done():
    """A decision that is refused for want of an own event is taken after it."""
    policy = {
        "id": "p",
        "template": "precedence",
        "a": "RiskRated",
        "b": "TeamDispatched",
        "enforcement": "BLOCK",
        "authority": "x",
    }
    result, _ = night({**VAN, "event": [{"name": "RiskRated", "kind": "fact"}], "policy": [policy]})
    assert result.tally.by_tier["van"] > 50


@pytest.mark.parametrize(
    "program", [OWN, *SHIPPED], ids=lambda p: p if isinstance(p, str) else "own"
)
def test_the_same_seed_plays_the_same_night(program):
    """With own events too."""
    loaded = [
        load_program(program)
        if isinstance(program, str)
        else program_from_definition(json.loads(json.dumps(program)))
        for _ in range(2)
    ]
    one, two = (night(each, 25)[1] for each in loaded)
    assert [told(event) for event in happened(one)] == [told(event) for event in happened(two)]


def told(event):
    """Return an event without the random id under which the vault keeps a note's words."""
    return type(event).__name__, {
        k: v
        for k, v in event.to_dict().items()
        if not isinstance(event, NoteAdded) or k in {"at", "by"}
    }


def test_calls_without_a_team_are_counted():
    """Where nobody may go, each call either had no team or asked for none; the two and those with a
    team are all calls.
    """
    other = {
        "id": "van",
        "model": "primary_co_response",
        "natures": ["overdose"],
        "seats": [{"role": "paramedic"}],
    }
    result, flow = night({**VAN, "tier": [other]})
    tally = result.tally
    with_team = sum(bool(flow.case(found.incident).incident.teams) for found in every(flow.find))
    assert tally.without_team > 20
    assert (
        tally.without_team + tally.not_sent + with_team
        == tally.incidents
        == result.as_json()["incidents"]
    )
    assert result.as_json()["without_team"] == tally.without_team


def test_what_was_not_played_is_said_with_its_reason():
    """An event that a rule always refuses, one behind a state that was not reached, a state that
    nothing led to.
    """
    never = {
        "id": "never",
        "template": "absence",
        "a": "DroneSent",
        "enforcement": "BLOCK",
        "authority": "x",
    }
    result, _ = night({**OWN, "policy": [*OWN["policy"], never]}, 30)
    said = {(one["kind"], one["name"]): one["why"] for one in result.as_json()["not_played"]}
    assert said["event", "DroneSent"].startswith("refused by never (")
    assert said["event", "DroneBack"] == "only from watched, not reached"
    assert said["event", "PolicyOverridden"] == "did not come up in 30 calls"
    assert said["state", "watched"] == "DroneSent did not happen where it leads there"
    played = {type(event).__name__ for event in happened(night(OWN, 30)[1])}
    assert "DroneSent" in played


def test_a_tier_that_never_went_is_said_with_its_reason():
    """One behind a tier that is always filled was never tried; one whose only officers are taken
    was tried.
    """
    officer = {"id": "officer", "model": "police_response", "seats": [{"role": "patrol_officer"}]}
    spare = {"id": "spare", "model": "police_response", "seats": [{"role": "peer"}]}
    said = {
        one.name: one.why
        for one in night({**VAN, "tier": [officer, spare]}, 10)[0].unplayed
        if one.kind == "tier"
    }
    assert said == {
        "spare": "never tried: a tier before it was filled, or no call was of its natures"
    }
    store = MemoryStore()
    flow = Workflow(load_program("cit"), store, clock=lambda: START)
    said_of = {"at": START, "by": "hr-1", "responder": "officer-1"}
    flow.roster.record(co.ResponderJoined(role="patrol_officer", **said_of))
    unplayed = run_night(flow.program, store, incidents=9, seed=1, progress=print).unplayed
    said = {one.name: one.why for one in unplayed if one.kind == "tier"}
    assert said["cit-officer"].startswith(
        "tried, but nobody was free: CIT officer with CIT of 40 hours ("
    )
    roles = {one.name for one in unplayed if one.kind == "role"}
    assert roles == {"cit_officer", "clinician", "patrol_officer", "supervisor"}


def test_nothing_is_said_of_a_percentile_of_too_few():
    """With n = 28 the longest may still be below the 90th percentile with more than 5 % chance;
    from 29 on it is told.
    """
    minutes = Minutes()
    for i in range(28):
        minutes.add(dt.timedelta(minutes=i))
    assert minutes.tells(0.5)
    assert not minutes.tells(0.9)
    minutes.add(dt.timedelta(minutes=28))
    assert minutes.tells(0.9)
    assert Minutes().needed(0.5) == 5


def test_fields_of_a_night_are_what_they_were_given():
    """A host's own roster is taken as it is."""
    flow = Workflow(load_program("cit"), MemoryStore())
    assert Field(flow, roster={}).roster == {}
