"""An audit says what the live program said."""

import datetime as dt
import json

import attrs
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder.audit.audit import auditing
from coresponder.audit.judgment import Judge
from coresponder.audit.sources import Read, Unreadable, cases_of_store
from coresponder.audit.verdict_table import write_verdicts
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.events import EmergencyAccessOpened, EnteredInError
from coresponder.domain.objects import Override
from coresponder.domain.vocabulary import OverrideReason
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import Verdict
from coresponder.program import Program, load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.testing.strategies import events, programs
from coresponder.workflow import Workflow
from tests.conftest import NOON, at
from tests.program import test_own_events as own_events
from tests.program.test_advance import received

TYPES = (
    "CallReceived",
    "ClinicianEngaged",
    "PersonInvolved",
    "ConsentGiven",
    "ReferralOffered",
    "ReferralSent",
    "SceneCleared",
    "DispositionRecorded",
)
BY_FORCE = Override(by="sgt-1", reason=OverrideReason.SUPERVISOR_ORDER)
ARRIVED = Atom(events="ResponderArrived")
DRAWN = programs(most=6, types=TYPES)
HAPPENED = st.lists(events([getattr(e, name) for name in TYPES]), max_size=9)


def lived(program, happened):
    """Return the case as it came about step by step, with everything that was refused overridden;
    events come late, and some are entered in error.
    """
    case = program.advance(program.open("i-1"), received()).case
    for number, event in enumerate(happened, start=2):
        case = program.advance(case, event, BY_FORCE).case
        if number % 4 == 0 and not isinstance(event, EmergencyAccessOpened):
            void = EnteredInError(at=event.at, by="sgt-1", event=case.version, reason="duplicate")
            case = program.advance(case, void).case
    return case


LATER = st.integers(-60 * 24, 60 * 24 * 30)
"""Minutes after the last event; below zero, the audit looks back at a time within the record."""


@given(program=DRAWN, happened=HAPPENED, later=LATER)
def test_an_audit_says_what_the_live_program_said(program, happened, later):
    """Verdict, breaches and evidence of each policy are those of the case as it was lived: late,
    void, overridden, with bounds, keys, calendars and conditions.
    """
    live = lived(program, happened)
    now = live.last_at + dt.timedelta(minutes=later)
    judgment = Judge(program, now).judge(program.replay("i-1", live.recorded()))
    assert judgment.statuses == program.statuses(live, now)
    known = program.violations(live, now)
    assert [(one.policy, one.at, one.key, one.since) for one in judgment.evidence] == [
        (v.policy, v.at, v.key, v.since) for v in known
    ]


def test_an_audit_that_looks_back_judges_as_of_then():
    """Half an hour after the event that was due, the bound has passed; ten minutes in, it had not."""
    soon = {"template": "response", "a": ARRIVED, "b": Atom(events="WeaponSeen")}
    policy = Policy(id="soon", **soon, within="15 min")
    program = Program(id="p", policies=(policy,))
    came = e.ResponderArrived(at=at(1), by="cad", responder="r-1")
    case = program.replay("i-1", (received(), came, e.SceneSecured(at=at(60), by="cad")))
    for minutes, verdict in ((10, Verdict.PENDING), (60, Verdict.VIOLATED)):
        judged = Judge(program, at(minutes)).judge(case)
        assert judged.statuses == program.statuses(case, at(minutes))
        assert judged.verdicts == {"soon": verdict}, minutes


@pytest.mark.slow
@settings(max_examples=4_000)
@given(program=DRAWN, happened=HAPPENED, later=LATER)
def test_four_thousand_programs(program, happened, later):
    """The same for four thousand drawn programs."""
    test_an_audit_says_what_the_live_program_said.hypothesis.inner_test(program, happened, later)


@given(
    program=DRAWN,
    happened=HAPPENED,
    vague=st.sets(st.integers(0, 9)),
    moves=st.lists(st.integers(0, 60 * 24 * 30), min_size=10, max_size=10),
)
def test_what_an_approximate_time_may_change_is_undetermined(program, happened, vague, moves):
    """A policy that is judged has the same verdict whenever the approximate events happened."""
    plain = [attrs.evolve(event, approximate=False) for event in happened]
    story = [received(), *sorted(plain, key=lambda event: event.at)]
    story = [attrs.evolve(x, approximate=True) if i in vague else x for i, x in enumerate(story)]
    moved = [
        attrs.evolve(x, at=NOON + dt.timedelta(minutes=moves[i] if i else 0))
        if x.approximate
        else x
        for i, x in enumerate(story)
    ]
    case, other = (program.replay("i-1", told) for told in (story, moved))
    unknown, now = program.undetermined(case), at(60 * 24 * 400)
    for one, two in zip(program.statuses(case, now), program.statuses(other, now), strict=True):
        assert one.policy in unknown or one.verdict is two.verdict, one


def test_undetermined_policies_are_counted_and_have_no_evidence():
    """The team came after 20 minutes, or did it? The call has only a day."""
    program = Program(
        id="p",
        policies=(
            Policy(
                id="quick",
                template="response",
                a=Atom(events=("CallReceived",)),
                b=Atom(events=("ResponderArrived",)),
                within="15 min",
            ),
            Policy(id="seen", template="existence", a=Atom(events=("ResponderArrived",))),
        ),
    )
    arrived = e.ResponderArrived(at=at(20), by="cad", responder="r-1")
    exact, vague = received(), attrs.evolve(received(), approximate=True)
    with auditing(program) as audit:
        cases = [program.replay(f"i-{n}", (call, arrived)) for n, call in enumerate((exact, vague))]
        judged = list(audit.take([Read(case=case, rows=1) for case in cases]))
        assert [len(one.evidence) for one in judged] == [1, 0]
        quick, seen = audit.rules["quick"], audit.rules["seen"]
        assert (quick.violated, quick.undetermined, quick.breaches) == (1, 1, 1)
        assert (seen.held, seen.undetermined) == (2, 0)
        assert (audit.clean, audit.approximate) == (0, 1)
        (found,) = audit.first_evidence("quick")
        assert (found.incident, found.events, found.since) == ("i-0", (1, 2), NOON)
    assert judged[1].statuses[0].verdict is Verdict.UNDETERMINED


@attrs.frozen
class Within:
    """An own automaton: after a, something is due in an hour, and nothing cures it."""

    def start(self, opening):
        return None

    def step(self, cell, letter, at):
        return (at if letter & 1 and cell is None else cell), 0

    def verdict(self, cell, now):
        return Verdict.HOLDING if cell is None else Verdict.PENDING

    def deadline(self, cell):
        return None if cell is None else cell + dt.timedelta(hours=1)


@pytest.mark.parametrize("minutes", [61, 62])
def test_an_own_automaton_is_judged_with_the_others(minutes):
    """Its verdict and what time alone breaks stand in the order of the program, for each look at
    the record, at the deadline and after it.
    """
    seen, own = Atom(events="WeaponSeen"), Policy(id="own", automaton=Within(), a=ARRIVED)
    soon = {"template": "response", "a": ARRIVED, "b": seen, "within": "1 h"}
    policies = (Policy(id="one", **soon), own, Policy(id="two", **soon))
    program = Program(id="p", policies=policies)
    events = (received(), e.ResponderArrived(at=at(1), by="cad", responder="r-1"))
    case, now = program.replay("i-1", events), at(minutes)
    judged = Judge(program, now).judge(case)
    assert judged.statuses == program.statuses(case, now)
    assert [one.policy for one in judged.evidence] == ["one", "own", "two"] * (minutes > 61)


def test_every_incident_of_a_store_is_judged_as_its_workflow_judges_it():
    """The played night, under the program that it was played by."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: START)
    Field(flow, seed=4).play(6)
    now = START + dt.timedelta(days=30)
    with auditing(flow.program, now) as audit:
        for one in audit.take(cases_of_store(flow.program, flow.store, flow.agency)):
            assert one.statuses == flow.program.statuses(flow.case(one.case.id), now)
        assert audit.incidents == 6


def test_an_incident_that_the_program_cannot_judge_is_reported():
    """It has an event of another program's own; the others are judged."""
    peers = own_events.loaded()
    flow = Workflow(peers, MemoryStore())
    for name in ("i-1", "i-2"):
        flow.receive(received(), incident=name)
    flow.record("i-2", own_events.visit(peers, person="p-1"))
    with auditing(load_program("cit"), NOON) as audit:
        list(audit.take(cases_of_store(audit.program, flow.store, flow.agency)))
        assert audit.incidents == 1
        (found,) = audit.unreadable
        assert found["incident"] == "i-2"
        assert "PeerVisited" in found["why"]
        assert audit.undetermined


CALLS = """id,call,there,what
1,2026-03-02T10:00:00,2026-03-02T10:05:00,psych
2,2026-03-02T10:00:00,2026-03-02T11:05:00,psych
3,2026-03-02,2026-03-02T11:05:00,psych
4,,,psych
"""
MAPPING = """
[file]
time_zone = "America/New_York"
[columns]
incident = "id"
received = "call"
arrived = "there"
nature = "what"
[nature]
psych = "psychosis"
"""
PROGRAM = """
[program]
id = "quick"
version = "1"
[[policy]]
id = "quick"
template = "response"
a = "CallReceived"
b = "ResponderArrived"
within = "15 min"
authority = "local choice"
"""


def audited(tmp_path, *more, code, calls=CALLS):
    for name, text in (("calls.csv", calls), ("m.toml", MAPPING), ("quick.toml", PROGRAM)):
        (tmp_path / name).write_text(text)
    words = ["audit", tmp_path / "quick.toml", "--calls", tmp_path / "calls.csv"]
    words += ["--mapping", tmp_path / "m.toml", *more]
    found = CliRunner().invoke(commands, [*map(str, words)])
    assert found.exit_code == code, (found.output, found.exception)
    return found.output


def test_the_command_audits_an_export(tmp_path):
    """Each breach with its incident, its events and since when; a day without a time is no breach."""
    found = json.loads(audited(tmp_path, "--format", "json", code=1))
    (rule,) = found["policies"]
    assert {key: rule[key] for key in ("violated", "undetermined", "held")} == {
        "violated": 1,
        "undetermined": 1,
        "held": 1,
    }
    (breach,) = found["evidence"]
    assert (breach["incident"], breach["events"]) == ("2", [1, 2])
    assert breach["since"] == "2026-03-02T15:00:00Z"
    assert found["rows_rejected"] == {"no time received": 1}
    text = audited(tmp_path, code=1)
    assert "2: deadline passed 2026-03-02 15:15 +00:00, since 2026-03-02 15:00 +00:00" in text
    assert "event 1 and 2" in text


def test_the_command_writes_the_verdicts_as_parquet(tmp_path):
    """One row for each incident, with the verdicts and breaches of the JSON; a row of the export that
    could not be used is said, and in none.
    """
    path = tmp_path / "verdicts.parquet"
    said = audited(tmp_path, "--format", "parquet", "-o", str(path), code=1)
    assert "incidents 3; breaches 1; rows that could not be used 1" in " ".join(said.split())
    rows = {row["incident"]: row for row in pl.read_parquet(path).to_dicts()}
    assert {id: row["violated"] for id, row in rows.items()} == {"1": [], "2": ["quick"], "3": []}
    assert rows["3"]["undetermined"] == ["quick"]
    (breach,) = json.loads(audited(tmp_path, "--format", "json", code=1))["evidence"]
    (told,) = rows["2"]["evidence"]
    assert (told["at"], told["since"]) == tuple(
        dt.datetime.fromisoformat(breach[name]) for name in ("at", "since")
    )
    assert (told["policy"], told["how"], told["events"]) == ("quick", breach["how"], [1, 2])
    for asked in (["--format", "parquet"], ["--output", str(path)]):
        assert "go together" in audited(tmp_path, *asked, code=2)


def test_an_incident_that_cannot_be_judged_is_in_the_table(tmp_path):
    """With the reason, and without verdicts; so is a log without incidents a table."""
    path = tmp_path / "verdicts.parquet"
    with auditing(load_program("cit")) as audit:
        lost = Unreadable(incident="7", why="a record that is damaged")
        assert write_verdicts(audit, audit.take([lost]), path) == 1
    (row,) = pl.read_parquet(path).to_dicts()
    assert (row.pop("incident"), row.pop("why")) == ("7", "a record that is damaged")
    assert set(row.values()) == {None}


def test_the_exit_code_says_what_was_found(tmp_path):
    """0 for no breach, 3 where something could not be judged, 2 without a source."""
    lines = CALLS.splitlines(keepends=True)
    assert "1 of 1 incidents" in audited(tmp_path, code=0, calls="".join(lines[:2]))
    assert "undetermined" in audited(tmp_path, code=3, calls=lines[0] + lines[3])
    assert CliRunner().invoke(commands, ["audit", "cit"]).exit_code == 2


def test_the_command_explains_how_each_policy_goes():
    """Without a source: which are judged together, which one by one, and why."""
    found = CliRunner().invoke(commands, ["audit", "cit", "--explain"])
    assert found.exit_code == 0, found.output
    lines = {line.split()[0]: line for line in found.output.splitlines() if line.strip()}
    assert "together" in lines["arrival-within-target"]
    assert "one by one" in lines["consent-before-referral"]
    assert "a state for each person" in " ".join(found.output.split())
    assert "if one of the mapping's [[event]] happened" in " ".join(found.output.split())
