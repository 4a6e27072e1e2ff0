"""Scenarios: what a person may write, what a mistake is answered with, and what is said when
something comes otherwise.
"""

import re

import pytest

from coresponder.errors import InvalidScenario, NotFound
from coresponder.program import load_program, program_from_definition
from coresponder.testing import load_scenarios, play_scenario, play_scenarios

HEAD = """\
begins = 2026-03-06T21:00:00
[responders.officer]
role = "cit_officer"
training = { cit = 40 }
[responders.lapsed]
role = "cit_officer"
training = { cit = 40 }
expires = 2026-03-05
[people.sam]
role = "person_in_crisis"
age_group = "adult"
[[scenario]]
title = "One"
call = "psychosis"
available = ["lapsed"]
steps = [
"""


def write(tmp_path, *steps, head=HEAD):
    path = tmp_path / "s.toml"
    path.write_text(head + "".join(f"    {step},\n" for step in steps) + "]\n", "utf-8")
    return path


def differences(tmp_path, *steps, program="cit"):
    loaded = load_program(program) if isinstance(program, str) else program
    return [
        str(one)
        for scenario in load_scenarios(write(tmp_path, *steps), loaded)
        for one in play_scenario(loaded, scenario)
    ]


SCREENED = '{ at = "+30 min", Screened = { person = "sam", screening.level = "high" } }'
FAILURES = [
    (
        '{ at = "+1 min", IncidentClosed = true }',
        "expected that it is refused by nothing; but it is refused by lifecycle.",
    ),
    (
        '{ at = "+1 min", CallTriaged = "overdose", refused_by = ["no-loose-ends"] }',
        "is refused by no-loose-ends; but it is not refused.",
    ),
    (
        '{ at = "+1 min", SceneCleared = true }',
        "“scene cleared”: expected that it is in its place; but the incident is received.",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, out_of_place = true }',
        "expected that it is out of place; but the incident is received.",
    ),
    (
        '{ at = "+1 min", ForceUsed = "hands_on", out_of_place = true }',
        "expected that it breaks nothing; but it breaks force-says-why.",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, breaks = ["no-loose-ends"] }',
        "it breaks no-loose-ends; but no rule is broken.",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, state = "cleared" }',
        "leaves the incident cleared; but it is received.",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, cures = ["no-loose-ends"] }',
        "cures the breach of no-loose-ends; but no breach is cured.",
    ),
    (
        '{ at = "+1 min", owed = [] }',
        "leaves owed nothing; but it leaves owed arrival-within-target by +30 min (Fri 2026-03-06 21:30).",
    ),
    (
        '{ at = "+1 min", owed = ["arrival-within-target by +29 min"] }',
        "by +29 min (Fri 2026-03-06 21:29); but it leaves owed arrival-within-target by +30",
    ),
    (
        '{ at = "+1 min", owed = ["arrival-within-target before the end"] }',
        "arrival-within-target before the end; but it leaves owed",
    ),
    (
        '{ at = "+1 min", Screened = { person = "sam", screening.level = "high" }, owes = [] }',
        "makes owed lethal-means-counseled for sam by +1 d 1 min",
    ),
    (
        '{ at = "+1 min", ResponderArrived = "officer", meets = [] }',
        "meets nothing; but it meets arrival-within-target by",
    ),
    (
        '{ at = "+31 min", overdue = [] , breaks = ["arrival-within-target"] }',
        "finds overdue nothing; but it finds overdue arrival-within-target",
    ),
    (
        '{ at = "+31 min" }',
        "the passing of time: expected that it breaks nothing; but it breaks arrival-within-target.",
    ),
    (
        '{ at = "+1 min", TeamUnavailable = true, told = [] }',
        "tells nobody; but it tells supervisor: TeamUnavailable.",
    ),
    (
        '{ at = "+1 min", told = ["supervisor: TeamUnavailable"] }',
        "tells supervisor: TeamUnavailable; but nobody is told.",
    ),
    (
        '{ at = "+1 min", dispatch = ["officer"], team = "none" }',
        "the dispatch: expected that it sends nobody; but it sends cit-officer.",
    ),
    (
        '{ at = "+1 min", dispatch = true, team = "cit-officer" }',
        "expected that it sends cit-officer; but it sends nobody.",
    ),
    (
        '{ at = "+1 min", may = ["IncidentClosed"] }',
        "expected that it permits “incident closed” next; but it does not.",
    ),
    (
        '{ at = "+1 min", may_not = ["CallTriaged"] }',
        "expected that it does not permit “call triaged” next; but it does.",
    ),
    (
        '{ at = "+1 min", EnteredInError = { event = 9, reason = "duplicate" } }',
        "is recorded; but it cannot be: there is no event 9 to void",
    ),
    ('{ at = "+1 min", incident = "other", WeaponSeen = true }', "is recorded; but it cannot be: "),
    (
        '{ at = "+1 min", ShiftStarted = "officer" }',
        "“shift started”: expected that it is in its place; but the responder is new.",
    ),
    (
        '{ at = "+1 min", ResponderJoined = { responder = "officer", role = "patrol_officer" }, state = "left" }',
        "leaves the responder left; but it is active.",
    ),
    (
        '{ at = "+1 min", ResponderJoined = { responder = "officer", role = "patrol_officer" }, owes = [] }',
        "makes owed nothing; but it makes owed basics-within-a-year by +365 d 1 min",
    ),
    (
        '{ at = "+1 min", responder = "other", ShiftStarted = "officer" }',
        "is recorded; but it cannot be: ShiftStarted is about officer",
    ),
]


@pytest.mark.parametrize(("step", "said"), FAILURES)
def test_what_came_otherwise_is_said_in_a_sentence(step, said, tmp_path):
    """The file, the line, the scenario, when, what happened, what was expected, and what came."""
    (found,) = differences(tmp_path, step)
    assert found.startswith("s.toml:17: 'One', +")
    assert said in found


HOLDING = [
    (
        '{ at = "+5 min", ResponderArrived = "officer" }',
        '{ at = "+4 min", recorded = "+9 min", ResponderEnRoute = "officer" }',
    ),
    (
        '{ at = "+1 min", ResponderArrived = "officer" }',
        '{ at = "+2 min", EnteredInError = { event = 2, reason = "duplicate" }, state = "received" }',
    ),
    ('{ at = "2026-03-06T21:05:00", CallTriaged = "overdose", state = "triaged" }',),
    ("{ at = 2026-03-06T21:05:00, CallTriaged = { nature = 'overdose' } }",),
    ('{ at = "+31 min", overdue = ["arrival-within-target"] }', "{ PersonInvolved = 'sam' }"),
    ('{ at = "+1 d 2 h", breaks = ["arrival-within-target"] }',),
    (
        '{ ResponderJoined = { responder = "officer", role = "cit_officer" }, state = "active" }',
        '{ at = "+1 min", responder = "officer", EnteredInError = { event = 1, reason = "duplicate" }, state = "new" }',
    ),
]


@pytest.mark.parametrize("steps", HOLDING)
def test_what_may_be_written(steps, tmp_path):
    """A late entry, a void, local times, the fields of a person, several units of time."""
    assert differences(tmp_path, *steps) == []


MISTAKES = [
    ('{ at = "soon", WeaponSeen = true }', "step 1, at: 'soon' is not a time; write '+15 min'"),
    (
        '{ at = "+1 min", WeponSeen = true }',
        "line 17, [[scenario]] 'One', step 1, WeponSeen: there is no event 'WeponSeen'; did you mean 'WeaponSeen'?",
    ),
    (
        '{ at = "+1 min", refusedby = ["x"] }',
        "refusedby: there is no key 'refusedby'; did you mean 'refused_by'?",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, breaks = ["no-lose-ends"] }',
        "breaks: there is no rule 'no-lose-ends'; did you mean 'no-loose-ends'?",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, owes = ["a b c d"] }',
        "owes: 'a b c d' is not understood; write 'RULE'",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, told = ["supervisor"] }',
        "told: 'supervisor' is not understood; write 'supervisor: overdue of RULE'",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, told = ["superviser: WeaponSeen"] }',
        "told: there is no role 'superviser'; did you mean 'supervisor'?",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, told = ["supervisor: overdu"] }',
        "told: there is no occasion 'overdu'; did you mean 'overdue'?",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, told = ["supervisor: overdue of x"] }',
        "told: there is no rule 'x'",
    ),
    (
        '{ at = "+1 min", WeaponSeen = true, SceneSecured = true }',
        "SceneSecured: a step can have only one event",
    ),
    (
        '{ at = "+1 min", Screened = { person = "sam", screening.level = "hi" } }',
        "Screened.screening.level: did you mean 'high'?",
    ),
    ('{ at = "+1 min", Screened = "sam" }', "Screened.screening: it is required; add it"),
    (
        '{ at = "+1 min", Screened = { persn = "sam" } }',
        "Screened.persn: there is no such field; did you mean 'person'?",
    ),
    ('{ at = "+1 min", dispatch = ["nobody"] }', "dispatch: there is no responder 'nobody'"),
    (
        '{ at = "+1 min", dispatch = true, team = "cit-oficer" }',
        "team: there is no tier 'cit-oficer'; did you mean",
    ),
    ('{ at = "+1 min", team = "cit-officer" }', "team: goes with dispatch = true"),
    (
        '{ at = "+1 min", state = "clear" }',
        "state: there is no state 'clear'; did you mean 'cleared'?",
    ),
    ('{ at = "+1 min", may = ["Nothing"] }', "may: there is no event 'Nothing'"),
    (
        '{ at = "+1 min", IncidentClosed = true, override = { by = "s", reason = "court_order" } }',
        "override: name in refused_by the rules",
    ),
    (
        '{ at = "+1 min", IncidentClosed = true, override = { by = "s", reason = "cort_order" } }',
        "override.reason = 'cort_order': did you mean 'court_order'?",
    ),
    ('{ at = "+1 min", state = 3 }', "state: it must be text in quotes"),
    (
        '{ at = "+5 min", recorded = "+1 min", WeaponSeen = true }',
        "recorded: '+1 min' lies before what is written above",
    ),
    (
        '{ at = "+5 min", responder = "officer", WeaponSeen = true }',
        "responder: names the stream of a responder, and this step is about an incident; leave it out",
    ),
    (
        '{ at = "+5 min", responder = "officer", dispatch = true }',
        "responder: names the stream of a responder, and this step is about an incident; leave it out",
    ),
    (
        '{ at = "+5 min", responder = "officer", owed = ["no-loose-ends"] }',
        "owed: 'no-loose-ends' is a rule on incidents, and this step is about a responder",
    ),
    (
        '{ at = "+5 min", WeaponSeen = true, breaks = ["cit-renewed"] }',
        "breaks: 'cit-renewed' is a rule on responders, and this step is about an incident",
    ),
    (
        '{ at = "+5 min", ResponderLeft = "officer", state = "cleared" }',
        "state: there is no state 'cleared'",
    ),
    (
        '{ at = "+5 min", ShiftStartd = "officer" }',
        "there is no event 'ShiftStartd'; did you mean 'ShiftStarted'?",
    ),
]


@pytest.mark.parametrize(("step", "said"), MISTAKES)
def test_a_mistake_is_answered_with_where_it_is_and_what_to_do(step, said, tmp_path):
    """File, line, scenario, step, key and remedy."""
    with pytest.raises(InvalidScenario, match="^s.toml: ") as caught:
        load_scenarios(write(tmp_path, step), load_program("cit"))
    assert said in str(caught.value)


def test_a_step_that_stands_before_the_one_above_is_no_late_entry_by_accident(tmp_path):
    """A late entry says when it was written down."""
    with pytest.raises(
        InvalidScenario,
        match=re.escape(
            "at: '+2 min' lies before the step above; put it in its place, or add recorded = '+5 min'"
        ),
    ):
        load_scenarios(
            write(
                tmp_path,
                '{ at = "+5 min", WeaponSeen = true }',
                '{ at = "+2 min", WeaponSeen = true }',
            ),
            load_program("cit"),
        )


FILES = [
    ("[[scenario]]\n", "[[scenario]] 'number 1', title: it is required; add it"),
    (
        '[[scenario]]\ntitle = "x"\nsteps = []\n',
        "line 3, [[scenario]] 'x', steps: give at least one",
    ),
    (
        '[[scenario]]\ntitle = "x"\nstep = []\n',
        "[[scenario]] 'x': there is no key 'step'; did you mean 'steps'?",
    ),
    (
        'scenarios = 1\n[[scenario]]\ntitle = "x"\nsteps = [{}]\n',
        "file: there is no key 'scenarios'; did you mean 'scenario'?",
    ),
    (
        '[responders.a]\nrole = "clinican"\n[[scenario]]\ntitle = "x"\nsteps = [{}]\n',
        "line 2, [responders.a], role = 'clinican': did you mean 'clinician'?",
    ),
    (
        '[responders.a]\nrol = "clinician"\n[[scenario]]\ntitle = "x"\nsteps = [{}]\n',
        "[responders.a]: there is no key 'rol'; did you mean 'role'?",
    ),
    (
        '[[scenario]]\ntitle = "x"\navailable = ["a"]\nsteps = [{}]\n',
        "available: there is no responder 'a'",
    ),
    ("[[scenario]\n", "line 1: this is not TOML: a bracket is missing"),
    (
        '[[scenario]]\ntitle = "x"\ntitle = "y"\n',
        "line 3: scenario.title is given twice, first on line 2",
    ),
]


@pytest.mark.parametrize(("text", "said"), FILES)
def test_a_mistake_in_the_file_is_answered_too(text, said, tmp_path):
    """Whatever is wrong with it."""
    path = tmp_path / "s.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidScenario) as caught:
        load_scenarios(path, load_program("cit"))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path):
    """No traceback of the system."""
    with pytest.raises(NotFound, match="there is no such file"):
        load_scenarios(tmp_path / "none.toml", load_program("cit"))
    (tmp_path / "s.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidScenario, match="byte 0 is not UTF-8"):
        load_scenarios(tmp_path / "s.toml", load_program("cit"))


OWN = {
    "program": {"id": "own", "version": "1"},
    "calendar": {"time_zone": "America/Denver", "holidays": ["2026-03-09"]},
    "event": [{"name": "PeerVisited", "kind": "fact", "fields": {"person": "id", "minutes": "integer"}}],
    "policy": [
        {
            "id": "peer", "template": "response", "a": "Screened", "b": {"event": "PeerVisited", "where": {"minutes": {"ge": 20}}}, "per": "person",
            "within": "1 business day", "authority": "x",
        },
    ],
    "notice": [
        {"to": "peer", "on": "due_soon", "before": "2 h", "channel": "pager"},
        {"to": "supervisor", "on": "obligation", "policies": ["peer"]},
    ],
}  # fmt: skip


def test_own_events_holidays_channels_and_two_persons(tmp_path):
    """Over a weekend and a holiday, each person for herself, and a short visit is none."""
    found = differences(
        tmp_path,
        '{ at = "+1 min", Screened = { person = "sam", "screening.level" = "low" }, owes = ["peer for sam by 2026-03-10 23:59"], told = ["supervisor: obligation of peer for sam"] }',
        '{ at = "+2 min", Screened = { person = "kim", screening.level = "low" }, owes = ["peer for kim"] }',
        '{ at = "2026-03-10T12:00:00", PeerVisited = { person = "sam", minutes = 19 }, meets = [] }',
        '{ at = "2026-03-10T12:30:00", PeerVisited = { person = "sam", minutes = 20 }, meets = ["peer for sam"] }',
        '{ at = "2026-03-10T22:00:00", owed = ["peer for kim by 2026-03-10 23:59"], told = ["peer through pager: due_soon of peer for kim"] }',
        '{ at = "2026-03-11T00:00:00", overdue = ["peer for kim"] }',
        program=program_from_definition(OWN),
    )
    assert found == []


def test_rules_that_no_scenario_speaks_of_are_named(tmp_path):
    """What nobody wrote down is not tested."""
    program = program_from_definition(OWN)
    scenarios = load_scenarios(write(tmp_path, '{ at = "+1 min", WeaponSeen = true }'), program)
    assert play_scenarios(program, scenarios).unseen == ("peer",)
