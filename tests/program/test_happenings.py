"""What happened, and what is only about the record: notes, voids, overrides, and times that cannot
be.
"""

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.audit.tally import Tally
from coresponder.domain import events as e
from coresponder.domain.vocabulary import OverrideReason
from coresponder.errors import InvalidProgram
from coresponder.lifecycle import INCIDENT, Edge
from coresponder.policy.atoms import Atom
from coresponder.policy.automata import BY_EVENT
from coresponder.policy.policy import Policy
from coresponder.policy.refusal import RefusalKind
from coresponder.policy.templates import TEMPLATES, Verdict
from coresponder.program import Override, Program, load_program, permitted, program_from_definition
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.testing.strategies import policies
from coresponder.testing.suite import brute_force_disagreements
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.journeys import TEAM, histories
from tests.program.test_advance import BY, received

YEAR = 60 * 24 * 365
DAY = 60 * 24
NOTE = {"entry": "note-1", "digest": "digest-1"}


def rule(template, a, b=None, **more):
    return Program(
        id="p", policies=[Policy(id="rule", template=template, a=a, b=b, authority="x", **more)]
    )


def person(minutes, who="p-1", **more):
    return e.PersonInvolved(
        at=at(minutes), **{"person": who, "role": "person_in_crisis", **more}, **BY
    )


def void(minutes, number):
    return e.EnteredInError(at=at(minutes), event=number, reason="duplicate", **BY)


def standing(program, events, now=None):
    case = program.replay("one", events)
    return [(s.verdict, s.breaches) for s in program.statuses(case, now or at(YEAR))], case.incident


# --- what is only about the record ------------------------------------------------------------------------------------


EVERY = sorted(name for name, template in TEMPLATES.items() if template.every)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("within", [None, "15 min"])
def test_notes_and_overrides_are_no_happenings(name, within):
    """What looks at every event looks at what happened: a note or an override between two events
    comes between nothing.
    """
    if within and not TEMPLATES[name].within:
        pytest.skip("no bound")
    a = (
        Atom(where={"incident.scene.force_count": {"le": 0}})
        if name == "always"
        else Atom(events=("CallReceived", "WeaponSeen"))
    )
    b = Atom(events="SceneSecured") if TEMPLATES[name].atoms == 2 else None
    program = rule(name, a, b, within=within)
    weapon, secured = e.WeaponSeen(at=at(1), **BY), e.SceneSecured(at=at(3), **BY)
    override = e.PolicyOverridden(
        at=at(2), decision="IncidentClosed", policies=("x",), reason="supervisor_order", **BY
    )
    force = e.ForceUsed(at=at(4), kind="restraint", **BY)
    for story in (
        [received(), weapon],
        [received(), weapon, secured],
        [received(), secured, weapon],
        [received(), force],
    ):
        plain = standing(program, story)
        for extra in (e.NoteAdded(at=at(2), **NOTE, **BY), override):
            for place in range(1, len(story) + 1):
                moved = attrs.evolve(extra, at=story[place - 1].at)
                assert standing(program, [*story[:place], moved, *story[place:]]) == plain


def test_a_rule_that_names_a_note_counts_it():
    """An agency may have rules about its record: every force is followed by a note, right after it."""
    program = rule("chain_response", Atom(events="ForceUsed"), Atom(events="NoteAdded"))
    force, note = e.ForceUsed(at=at(1), kind="restraint", **BY), e.NoteAdded(at=at(2), **NOTE, **BY)
    assert standing(program, [received(), force, note])[0] == [(Verdict.HOLDING, 0)]
    assert standing(program, [received(), force, e.WeaponSeen(at=at(2), **BY), note])[0] == [
        (Verdict.VIOLATED, 1)
    ]
    overrides = rule("at_most", Atom(events="PolicyOverridden"))
    override = e.PolicyOverridden(
        at=at(2), decision="IncidentClosed", policies=("x",), reason="supervisor_order", **BY
    )
    assert standing(overrides, [received(), override, override])[0] == [(Verdict.VIOLATED, 1)]


@given(policy=policies(), history=histories(8), data=st.data())
def test_a_voided_slip_leaves_the_verdict_that_the_case_has_without_it(policy, history, data):
    """Under any rule and any history: something typed by mistake, at any time, and voided, and a
    note about it.
    """
    program = Program(id="p", policies=[policy])
    if {"EnteredInError", "NoteAdded"} & program.book.policies[0].mentions:
        return
    cls = data.draw(
        st.sampled_from([e.SceneSecured, e.SceneCleared, e.WeaponSeen, e.SupervisorNotified])
    )
    slip = cls(at=at(data.draw(st.sampled_from([-YEAR, -1, 0, 5, 60, DAY * 30]))), **BY)
    place = data.draw(st.integers(1, len(history)))
    note = e.NoteAdded(at=max(event.at for event in history), **NOTE, **BY)
    with_slip = [*history[:place], slip, *history[place:], note, void(DAY * 40, place + 1)]
    now = at(DAY * 50)
    assert standing(program, with_slip, now) == standing(program, history, now)
    assert brute_force_disagreements(program, program.replay("one", with_slip)) == ()


@given(policy=policies(), history=histories(8))
def test_the_cells_agree_with_the_definitions_over_what_happened(policy, history):
    """Also with facts before the call, notes and voids among the events."""
    program = Program(id="p", policies=[policy])
    assert brute_force_disagreements(program, program.replay("one", history)) == ()


def test_verdicts_of_an_audit_are_as_of_what_happened_last():
    """A void or a note that is written a month later lets no deadline pass."""
    program = load_program("new-haven-cdcp")
    story = [
        received(),
        e.ResponderArrived(at=at(5), responder="o-1", **BY),
        e.WeaponSeen(at=at(6), **BY),
    ]
    case = program.replay(
        "one", [*story, void(DAY * 30, 3), e.NoteAdded(at=at(DAY * 31), **NOTE, **BY)]
    )
    assert case.last_at == at(5)
    assert Program(id="p").replay("one", [e.NoteAdded(at=at(1), **NOTE, **BY)]).last_at == at(1)


# --- when it began ----------------------------------------------------------------------------------------------------


STORES = [MemoryStore, lambda: SqlStore.sqlite(":memory:")]


@pytest.mark.parametrize("make", STORES, ids=["memory", "sqlite"])
@pytest.mark.parametrize("voided", [False, True])
def test_one_slip_of_a_year_does_not_hide_the_third_contact(make, voided):
    """`opened_at` is when the call came and a contact when the person was there, whatever else
    bears a wrong year.
    """
    workflow = Workflow(load_program("cit"), make(), clock=lambda: at(DAY * 70))
    for day, name in ((0, "a"), (30, "b"), (60, "c")):
        workflow.receive(received(DAY * day), incident=name)
        workflow.record(name, e.SceneSecured(at=at(DAY * day - YEAR), **BY))
        if voided:
            workflow.record(name, void(DAY * day + 1, 2))
        step = workflow.record(name, person(DAY * day + 5))
    assert step.events[-1].prior.contacts_90_days == 2
    assert step.events[-1].prior.last_contact == at(DAY * 30 + 5)
    assert [summary.opened_at for summary in workflow.find()] == [at(DAY * 60), at(DAY * 30), at(0)]


def test_a_person_whose_own_event_bears_a_wrong_year_is_a_contact_of_this_incident():
    """What is doubtful does not say when somebody was there; voided and entered again, the right
    time does.
    """
    workflow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(DAY * 70))
    workflow.receive(received(), incident="a")
    workflow.record("a", person(5 - YEAR))
    assert workflow.store.prior("default", "p-1", at=at(DAY), excluding="b").last_contact == at(0)
    workflow.record("a", void(6, 2))
    workflow.record("a", person(5))
    assert workflow.store.prior("default", "p-1", at=at(DAY), excluding="b").last_contact == at(5)


def test_the_first_call_that_was_no_slip_opens_the_incident():
    """A second call that came earlier and was only recorded late opens it; one that is void does
    not.
    """
    program = Program(id="p")
    assert program.opened_at(program.replay("one", [received(5), received(2)])) == at(2)
    assert program.opened_at(program.replay("one", [received(5), received(2), void(6, 2)])) == at(5)
    only_facts = program.replay(
        "one",
        [
            e.NoteAdded(at=at(1), **NOTE, **BY),
            e.WeaponSeen(at=at(3), **BY),
            e.WeaponSeen(at=at(2), **BY),
        ],
    )
    assert program.opening(only_facts) is None
    assert program.opened_at(only_facts) == at(2)
    assert program.opened_at(program.replay("one", [e.NoteAdded(at=at(1), **NOTE, **BY)])) == at(1)


@pytest.mark.parametrize("template", ["existence", "absence", "choice"])
def test_a_clock_from_the_opening_starts_also_when_the_first_event_is_void(template):
    """It began with the call; without the slip, with it, and with it voided, the deadline is the
    same.
    """
    b = Atom(events="WeaponSeen") if template == "choice" else None
    program = rule(template, Atom(events="SceneSecured"), b, within="1 h")
    slip = e.SupervisorNotified(at=at(-YEAR), **BY)
    for story in (
        [received(), slip],
        [received(), slip, void(1, 2)],
        [slip, received()],
        [slip, received(), void(1, 1)],
    ):
        for late in (59, 61):
            expected = standing(program, [received()], at(late))
            assert standing(program, story, at(late)) == expected
            step = program.advance(program.replay("one", story), e.SceneSecured(at=at(late), **BY))
            assert [s.verdict for s in program.statuses(step.case, at(late))] == [
                s.verdict
                for s in program.statuses(
                    program.replay("one", [received(), e.SceneSecured(at=at(late), **BY)]), at(late)
                )
            ]


@attrs.frozen
class Opened:
    """An own automaton that keeps when the incident opened."""

    def start(self, opening):
        return opening

    def step(self, cell, letter, at):
        return cell, BY_EVENT if cell is None else 0

    def verdict(self, cell, now):
        return Verdict.HOLDING

    def deadline(self, cell):
        return None


def test_an_own_automaton_is_told_when_the_incident_opened():
    """And None as long as it has not."""
    program = Program(
        id="p",
        policies=[
            Policy(id="rule", automaton=Opened(), a=Atom(events="WeaponSeen"), authority="x")
        ],
    )
    assert program.replay("one", [e.WeaponSeen(at=at(-9), **BY)]).cells == (None,)
    assert program.replay("one", [e.WeaponSeen(at=at(-9), **BY), received()]).cells == (at(0),)
    case = program.open("one")
    for event in (
        e.WeaponSeen(at=at(-9), **BY),
        received(),
        received(4),
        e.WeaponSeen(at=at(9), **BY),
    ):
        case = program.advance(case, event).case
    assert case.cells == (at(0),)
    assert len(case.violations) == 1


def test_a_decision_that_opens_an_incident_is_asked_what_it_breaks():
    """An agency's own lifecycle may begin with a dispatch; the clocks that run from the opening
    start with it, before it is known whether a rule refuses it.
    """
    program = Program(
        id="p",
        lifecycle=INCIDENT.extend(edges=[Edge("TeamDispatched", "new", "dispatched")]),
        policies=[
            Policy(
                id="rule",
                template="absence",
                a=Atom(events="TeamDispatched"),
                enforcement="BLOCK",
                authority="x",
            )
        ],
    )
    (refusal,) = program.advance(
        program.open("one"), e.TeamDispatched(at=at(0), team=TEAM, **BY)
    ).refusals
    assert refusal.policy == "rule"


def test_durations_are_counted_between_things_that_happened():
    """A dispatch that is void, or bears a wrong year, is no time to dispatch."""
    program = load_program("cit")
    arrived = [e.ResponderArrived(at=at(m), responder="o-1", **BY) for m in (5, 9, -YEAR)]
    tally = Tally(program)
    tally.add(program.replay("one", [received(), *arrived, void(10, 2)]), at(60))
    assert tally.to_arrival.percentile(1) == 9
    assert (tally.doubtful, tally.voided) == (1, 1)


# --- times that cannot be ---------------------------------------------------------------------------------------------


def test_a_fact_whose_time_cannot_be_is_taken_and_named():
    """In the step, in the case and in the timeline; what else was recorded is not touched."""
    workflow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(60))
    workflow.receive(received(), incident="a")
    assert not workflow.record("a", e.WeaponSeen(at=at(-DAY * 7), **BY)).doubtful
    step = workflow.record("a", e.WeaponSeen(at=at(-DAY * 7 - 1), **BY))
    assert step.doubtful
    assert step.case.findings.doubtful == (3,)
    lines = workflow.timeline("a")
    assert [line.number for line in lines if line.doubtful] == [3]
    assert "[doubtful time; out of place]" in str(lines[0])
    assert [entry.number for entry in step.case.entries() if entry.doubtful] == [3]
    assert workflow.program.replay("a", step.case.recorded()) == step.case


@pytest.mark.parametrize("year", [1, 1899, 1900, 1970])
def test_day_zero_of_a_spreadsheet_or_a_computer_is_no_time_of_a_call(year):
    """The call is taken, and named; every decision at such a time is refused, and what is recorded
    later is not.
    """
    then, program = dt.datetime(year, 1, 1, tzinfo=dt.UTC), load_program("cit")
    call = attrs.evolve(received(), at=then)
    case = program.advance(program.open("one"), call).case
    assert case.findings.doubtful == (1,)
    triaged = program.advance(
        case, e.CallTriaged(at=then + dt.timedelta(minutes=1), nature="other", **BY)
    )
    assert triaged.case.findings.doubtful == (1, 2)
    cancel = e.IncidentCancelled(at=then + dt.timedelta(minutes=2), **BY)
    step = program.advance(triaged.case, cancel)
    assert [refusal.kind for refusal in step.refusals] == [RefusalKind.TIME]
    assert "is earlier than the first day of this program, 1980-01-01" in str(step.refusals[0])
    assert program.advance(triaged.case, attrs.evolve(cancel, at=at(0))).accepted
    assert case == program.replay("one", [call])


def test_a_decision_whose_time_cannot_be_is_refused_and_can_be_overridden():
    """It says what is wrong and what to do; with an override it goes through, and that is recorded."""
    program = load_program("cit")
    case = program.replay("one", [received()])
    early = e.IncidentCancelled(at=at(-YEAR), **BY)
    step = program.advance(case, early)
    assert (
        str(step.refusals[0])
        == "2025-03-02 12:00 UTC is earlier than 7 d before the incident opened. "
        + step.refusals[0].remedy
    )
    assert program.refusals(case, early) == step.refusals
    assert program.refusals(case, attrs.evolve(early, at=at(1))) == ()
    forced = program.advance(
        case, early, Override(by="sergeant-1", reason=OverrideReason.SUPERVISOR_ORDER)
    )
    assert forced.events[0].policies == ("time",)
    assert forced.case.findings.doubtful == (2, 3)
    answers = {answer.event: answer for answer in permitted(program, case, at(-YEAR))}
    assert not answers["IncidentCancelled"].permitted
    assert answers["WeaponSeen"].permitted


def test_facts_before_the_call_become_doubtful_when_the_call_is_known():
    """As long as nobody knows when the incident opened, only the first day of the program counts."""
    program = Program(id="p")
    first = program.advance(program.open("one"), e.WeaponSeen(at=at(-DAY * 30), **BY)).case
    assert first.findings.doubtful == ()
    case = program.advance(first, received()).case
    assert case.findings.doubtful == (1,)
    assert program.replay("one", case.recorded()) == case


def test_a_program_says_what_is_plausible():
    """In its file; a program that began last year knows no older calls."""
    program = program_from_definition(
        {
            "program": {
                "id": "p",
                "version": "1",
                "plausible": {"since": "2026-01-01", "lead": "1 h"},
            }
        }
    )
    assert program.advance(program.open("one"), received(-DAY * 90)).doubtful
    case = program.replay("one", [received()])
    assert program.advance(case, e.WeaponSeen(at=at(-61), **BY)).doubtful
    assert not program.advance(case, e.WeaponSeen(at=at(-60), **BY)).doubtful
    long = program_from_definition(
        {
            "program": {
                "id": "p",
                "version": "1",
                "plausible": {"since": "2026-03-01", "lead": "3650 d"},
            }
        }
    )
    assert long.advance(
        long.replay("one", [received()]), e.WeaponSeen(at=at(-DAY * 2), **BY)
    ).doubtful
    local = {
        "program": {"id": "p", "version": "1", "plausible": {"since": "2026-03-02"}},
        "calendar": {"time_zone": "America/New_York"},
    }
    assert program_from_definition(local).advance(program.open("one"), received(-60 * 8)).doubtful


@pytest.mark.parametrize(
    ("plausible", "said"),
    [
        ({"lead": "soon"}, "[program] plausible.lead: 'soon' is not a time bound"),
        (
            {"lead": "2 business days"},
            "[program] plausible.lead = '2 business days' is not a duration",
        ),
        ({"since": "last year"}, "[program], plausible.since"),
        ({"sinse": "2026-01-01"}, "did you mean 'since'"),
    ],
)
def test_a_plausible_range_that_cannot_be_is_an_error_that_names_it(plausible, said):
    """Table, key and remedy."""
    with pytest.raises(InvalidProgram) as caught:
        program_from_definition({"program": {"id": "p", "version": "1", "plausible": plausible}})
    assert said in str(caught.value)
