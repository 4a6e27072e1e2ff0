"""The property kit: what it draws, what its rules catch, and that each of them can fail."""

import datetime as dt

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import coresponder
from coresponder.domain import events as e
from coresponder.domain import objects as o
from coresponder.policy.automata import BY_EVENT
from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.templates import Verdict
from coresponder.program import Program, decision, load_program, shipped_programs
from coresponder.proof import check_program
from coresponder.testing import (
    Coverage,
    assert_always,
    assert_eventually,
    assert_never,
    books,
    events,
    journey,
    journeys,
    policies,
    policy_suite,
    programs,
    records,
)
from coresponder.testing.histories import Journey, _kit, _Same
from coresponder.testing.suite import RULES, brute_force_disagreements
from tests.conftest import SMALL, at

OBJECTS = (
    "Incident",
    "Responder",
    "Referral",
    "FollowUp",
    "Person",
    "Team",
    "Credential",
    "Call",
    "Screening",
    "Consent",
    "Prior",
)
RELAXED = settings(max_examples=40, suppress_health_check=list(HealthCheck))
UNSHRUNK = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)

TestCit = policy_suite("cit", examples=40)
TestHartford = policy_suite("hartford-vt", examples=25)
TestNewHaven = policy_suite("new-haven-cdcp", examples=25)
TestStLouis = policy_suite("st-louis-mobile-crisis-prevention", examples=25)


@pytest.mark.parametrize("name", OBJECTS)
def test_every_domain_object_can_be_drawn_and_goes_through_json(name):
    """What is drawn is a valid object: it is written and read back unchanged."""
    cls = getattr(o, name)

    @RELAXED
    @given(made=records(cls))
    def check(made):
        assert cls.from_json(made.to_json()) == made

    check()


@RELAXED
@given(event=events())
def test_events_of_every_type_are_drawn(event):
    """An event that is drawn goes through JSON unchanged."""
    assert type(event).from_json(event.to_json()) == event


@RELAXED
@given(book=books(), policy=policies(), program=programs())
def test_policies_books_and_programs_hold_together(book, policy, program):
    """They compile, and a program opens a case."""
    assert isinstance(book, Book)
    assert Book.of([policy], e.EVENT_TYPES, Program(id="p").calendar)[policy.id].id == policy.id
    assert program.open("one").version == 0


@pytest.mark.parametrize("name", [one for one in shipped_programs() if one not in SMALL])
def test_journeys_reach_every_state_and_most_policies(name):
    """Journeys start deep, so some hundreds of them see all states and trigger the policies; what
    was not seen is named.
    """
    program = load_program(name)
    coverage = Coverage(program)
    states = {state for state in program.lifecycle.states if state != "new"}
    enough = 0.6 * len(program.book.policies)

    def all_seen(drawn):
        return set(coverage.states) == states and len(coverage.triggers) >= enough

    assert find(
        journeys(name, coverage=coverage),
        all_seen,
        settings=settings(UNSHRUNK, max_examples=1_000),
    ).case.history
    assert (
        f"{len(program.lifecycle.states) - 1} of {len(program.lifecycle.states) - 1} states"
        in coverage.report()
    )


def test_a_program_that_is_loaded_twice_is_explored_once():
    """A suite and a property of the same file share their starts; one with a rule less does not."""
    rule = {"id": "p", "template": "absence", "a": "ForceUsed", "authority": "x"}
    short = {"program": {"id": "short", "version": "1"}, "policy": [rule]}
    one, two = (coresponder.program_from_definition(short) for _ in range(2))
    other = coresponder.program_from_definition({**short, "policy": []})
    assert one is not two
    assert _kit(_Same(one)) is _kit(_Same(two))
    assert _kit(_Same(other)) is not _kit(_Same(one))


def test_journeys_have_late_void_refused_overridden_and_misplaced_steps():
    """Facts at any moment, decisions where they may be tried, and what people do about refusals."""
    drawn = journeys("new-haven-cdcp")
    for what in (
        lambda j: any(not step.accepted for step in j.steps),
        lambda j: any(type(event).__name__ == "PolicyOverridden" for event in j.case.history),
        lambda j: bool(j.case.findings.out_of_place),
        lambda j: bool(j.case.findings.voided),
        lambda j: j.case.findings.numbers is not None,
        lambda j: j.now > j.case.history[-1].at,
    ):
        assert find(
            drawn,
            what,
            settings=settings(UNSHRUNK, max_examples=3_000),
        )


@RELAXED
@journey("cit")
def test_an_own_property_is_fed_with_journeys(walk):
    """The test gets a journey; its case is where it ends."""
    assert isinstance(walk, Journey)
    assert_always(walk, lambda case: case.incident.call is not None)
    assert_never(walk, lambda case: case.version == 0)
    assert_eventually(walk, lambda case: case.version > 1)


def _is_told(check, text, found, program="cit"):
    @settings(found, max_examples=200)
    @journey(program)
    def broken(walk):
        check(walk)

    with pytest.raises(AssertionError, match="after this story:") as failure:
        broken()
    assert text in str(failure.value)
    assert "call received" in str(failure.value)
    return str(failure.value).splitlines()


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (
            lambda walk: assert_never(walk, lambda case: case.state == "cleared", "nobody clears"),
            "nobody clears",
        ),
        (
            lambda walk: assert_eventually(walk, lambda case: case.state == "engaged"),
            "the incident has ended",
        ),
    ],
)
def test_a_broken_property_fails_with_the_story_that_breaks_it(check, text):
    """The failure tells the story."""
    _is_told(check, text, UNSHRUNK)


def test_the_story_is_shrunk():
    """The failure tells the shortest story that Hypothesis finds."""
    story = _is_told(
        lambda walk: assert_always(walk, lambda case: case.state != "cleared"),
        "what must always hold does not hold in state 'cleared'",
        settings(suppress_health_check=list(HealthCheck), database=None),
        program="foundation",  # a small one: shrinking tries hundreds of stories
    )
    assert len(story) <= 12


def _walks(count):
    found = []

    @settings(UNSHRUNK, max_examples=count)
    @given(drawn=journeys("new-haven-cdcp"))
    def collect(drawn):
        found.append(drawn)

    collect()
    return found


@pytest.fixture(scope="module")
def walks():
    """Journeys with the library as it is."""
    return _walks(100)


def _fails(rule, walks):
    for walk in walks:
        try:
            rule(walk)
        except AssertionError:
            return True
    return False


BREAKS = {
    "no_accepted_decision_violates_a_blocking_policy": (
        decision,
        "refusals",
        lambda program, case, event: (),
    ),
    "a_refused_step_changes_nothing": (
        coresponder.Step,
        "events",
        property(lambda self: self.case.history[-1:]),
    ),
    "a_fact_is_always_taken": (
        coresponder.Step,
        "events",
        property(lambda self: (attrs.evolve(self.case.history[0], by="somebody-else"),)),
    ),
    "the_fold_of_the_log_is_the_case": (
        Program,
        "replay",
        lambda self, incident, events: self.open(incident),
    ),
    "verdicts_agree_with_the_definitions": (
        Book,
        "statuses",
        lambda self, cells, violations, now, unknown=(): _all_satisfied(self),
    ),
    "store_and_reload_changes_nothing": (
        coresponder.Workflow,
        "case",
        lambda self, incident: self.program.open(incident),
    ),
    "permitted_agrees_with_advance": (CompiledPolicy, "blocks", property(lambda self: False)),
}


def _all_satisfied(book):
    from coresponder.policy.book import PolicyStatus

    return tuple(
        PolicyStatus(policy=p.id, verdict=Verdict.SATISFIED, breaches=0) for p in book.policies
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_the_suite_can_fail(rule, walks, monkeypatch):
    """The same journeys pass with the library as it is, and fail when the thing that the rule is
    about is broken.
    """
    assert not _fails(rule, walks)
    monkeypatch.setattr(*BREAKS[rule.__name__])
    if rule.__name__ == "no_accepted_decision_violates_a_blocking_policy":
        walks = _walks(200)  # what is drawn follows the constants of the code that is imported
    assert _fails(rule, walks)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(program=programs(most=4), data=st.data())
def test_live_verdicts_audit_and_definitions_agree_on_drawn_programs(program, data):
    """Random programs and random logs: stepwise, replayed, and by the templates' definitions, the
    verdicts are the same.
    """
    agree(program, data)


@pytest.mark.slow
@settings(
    max_examples=10_000, suppress_health_check=list(HealthCheck), deadline=dt.timedelta(seconds=60)
)
@given(program=programs(most=4), data=st.data())
def test_live_verdicts_audit_and_definitions_agree_on_ten_thousand_programs(program, data):
    """The same on ten thousand programs and logs."""
    agree(program, data)


def agree(program, data):
    log = data.draw(st.lists(events(program), max_size=12))
    case = program.open("one")
    opening = e.CallReceived(at=at(0), by="dispatcher-1", source="911", nature="psychosis")
    for event in (opening, *log):
        if isinstance(event, e.EnteredInError):
            continue
        step = program.advance(case, event)
        case = step.case
    now = case.history[-1].at
    assert program.replay("one", case.recorded()) == case
    assert program.statuses(program.replay("one", case.recorded()), now) == program.statuses(
        case, now
    )
    assert brute_force_disagreements(program, case) == ()
    broken = {v.policy for v in case.violations if v.how.value == "event"}
    if not case.findings.out_of_place and case.findings.numbers is None:
        for policy in check_program(program, limit=5_000).policies if broken else ():
            assert policy.id not in broken or policy.verdict != "proved", (policy, case.history)


def test_a_cell_that_forgets_its_breach_is_seen_by_brute_force(monkeypatch):
    """The oracle is independent: a table that says nothing is broken disagrees with the definition."""
    program = Program(
        id="p",
        policies=[
            coresponder.Policy(
                id="never", template="absence", a=coresponder.Atom(events="WeaponSeen")
            )
        ],
    )
    case = program.open("one")
    for event in (
        e.CallReceived(at=at(0), by="d-1", source="911", nature="psychosis"),
        e.WeaponSeen(at=at(1), by="o-1"),
    ):
        case = program.advance(case, event).case
    assert brute_force_disagreements(program, case) == ()
    assert case.violations[0].how.value == "event"
    assert BY_EVENT
    forgetful = attrs.evolve(case, findings=attrs.evolve(case.findings, violations=()))
    assert len(brute_force_disagreements(program, forgetful)) == 1
