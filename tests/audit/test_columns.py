"""Columns say what the live program says, incident by incident and breach by breach."""

import datetime as dt
import itertools

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder.audit import columns, product_columns
from coresponder.audit.columns import Columns, Log
from coresponder.audit.specimens import Plan
from coresponder.domain import events as e
from coresponder.interop.instants import instant_of, microseconds
from coresponder.policy.atoms import Atom
from coresponder.policy.bounds import Calendar
from coresponder.policy.policy import Policy
from coresponder.policy.templates import TEMPLATES, Verdict
from coresponder.program import Program
from coresponder.testing.strategies import events, programs
from tests.audit.test_audit import HAPPENED, TYPES, lived
from tests.conftest import at

CALENDARS = st.sampled_from(
    [
        Calendar(),
        Calendar.of("America/New_York", holidays=(dt.date(2026, 3, 4),)),
        Calendar.of("Asia/Kathmandu", weekend=("friday", "saturday")),
    ]
)
DRAWN = st.builds(
    lambda program, calendar: attrs.evolve(program, calendar=calendar),
    programs(most=8, types=TYPES),
    CALENDARS,
)
EDGES = st.lists(st.sampled_from([0, 1.5, 15, 60, 60 * 24, 60 * 72]), max_size=3).map(sum)
"""Minutes that are sums of bounds, so that what happens at the very deadline is often drawn."""
AT_EDGES = st.lists(st.tuples(events([getattr(e, name) for name in TYPES]), EDGES), max_size=9).map(
    lambda pairs: [attrs.evolve(event, at=at(minutes)) for event, minutes in pairs]
)
STORIES = st.lists(
    st.tuples(HAPPENED | AT_EDGES, st.integers(0, 60 * 24 * 30) | EDGES), min_size=1, max_size=6
)


def meanings_of(plan, case):
    """Return the meaning of each event of a case that happened, and its number in the record; None
    if the case has to be replayed by itself.
    """
    if not plan.takes(case):
        return None
    before, found = plan.program.open(case.id), []
    for one in case.entries():
        if one.happened:
            after = plan.program.resume(before, (one.event,))
            found.append((plan.meaning(before, one.event, after), one.number))
            before = after
    return found


def compare(program, stories):
    """Step all stories in columns, and hold each against its case as it was lived. Columns take
    times at their word; which of them are only approximate is asked of the case.
    """
    plan = Plan(program)
    cases = [(lived(program, happened), later) for happened, later in stories]
    told = [(case, later, meanings_of(plan, case)) for case, later in cases]
    told = [one for one in told if one[2] is not None]
    log = Log.of(
        [(meaning, microseconds(entry_at(case, number))) for meaning, number in meanings]
        for case, _, meanings in told
    )
    nows = [case.last_at + dt.timedelta(minutes=later) for case, later, _ in told]
    outcome = Columns(program.book.policies, plan.stepped).judge(
        log, columns.np.array([microseconds(now) for now in nows])
    )
    names = [policy.id for policy in program.book.policies]
    evidence = outcome.evidence()
    for place, ((case, _, meanings), now) in enumerate(zip(told, nows, strict=True)):
        book, known = program.book, case.violations
        statuses = {one.policy: one for one in book.statuses(case.cells, known, now)}
        for index in plan.stepped:
            verdict = Verdict(outcome.verdicts(index)[place])
            assert verdict is statuses[names[index]].verdict, names[index]
        mine = [
            (
                names[one.policy],
                instant_of(one.at),
                one.how,
                0 if one.place is None else meanings[one.place][1],
                None if one.since is None else instant_of(one.since),
            )
            for one in evidence
            if one.case == place
        ]
        stepped = {names[i] for i in plan.stepped}
        live = [v for v in (*known, *book.passed(case.cells, now)) if v.policy in stepped]
        assert mine == [(v.policy, v.at, v.how, v.event, v.since) for v in live]
    return len(told)


def entry_at(case, number):
    return next(entry.event.at for entry in case.entries() if entry.number == number)


@given(program=DRAWN, stories=STORIES)
def test_columns_say_what_the_live_program_says(program, stories):
    """Verdicts and evidence, of stories that were lived late, void and overridden, under drawn
    programs with bounds, calendars and conditions.
    """
    compare(program, stories)


def test_what_is_about_the_record_does_not_let_time_pass():
    """An override that is written after the last thing that happened does not end a bound by its
    own time, in columns as in the live program.
    """
    policy = Policy(
        id="not-soon", template="absence", a=Atom(events="WeaponSeen"), within="90 s", authority="x"
    )
    program = Program(id="drawn", version="1", policies=(policy,))
    sent = e.ReferralSent(at=at(2), by="by-1", referral="referral-1", person="person-1")
    happened = [e.SceneSecured(at=at(0), by="by-1"), e.SceneSecured(at=at(1), by="by-1"), sent]
    assert compare(program, [(happened, 0)]) == 1


@pytest.mark.slow
@settings(max_examples=3_500)
@given(program=DRAWN, stories=STORIES)
def test_ten_thousand_times(program, stories):
    """The same for more than ten thousand incidents."""
    compare(program, stories)


@given(program=DRAWN, stories=STORIES)
def test_small_tables_and_chunks_change_nothing(program, stories):
    """Policies whose product is too large step in two, and incidents in many chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_CHUNK", 2)
        patch.setattr(product_columns, "_MOST_ENTRIES", 60)
        compare(program, stories)


BOUNDED = tuple(
    Policy(
        id=f"{template.name}-{bound}",
        template=template.name,
        a=Atom(events="ConsentGiven"),
        b=Atom(events="ReferralOffered") if template.atoms == 2 else None,
        unless=Atom(events="ClinicianEngaged") if template.unless else None,
        **{bound: "15 min"},
    )
    for template in TEMPLATES.values()
    for bound in ("within", "after")
    if getattr(template, bound)
)
"""Every template with each bound that it takes."""
THREE = (
    lambda minutes: e.ConsentGiven(at=at(minutes), by="x", person="p-1", scope="services"),
    lambda minutes: e.ReferralOffered(
        at=at(minutes), by="x", person="p-1", referral="r-1", need="housing"
    ),
    lambda minutes: e.ClinicianEngaged(at=at(minutes), by="x", responder="c-1"),
)


def test_at_the_very_deadline_every_bounded_template_is_judged_as_live():
    """All stories of two events at, before and after the deadline, and all looks at them."""
    steps = [(make, gap) for make in THREE for gap in (0, 14, 15, 16)]
    stories = []
    for length in (0, 1, 2):
        for path in itertools.product(steps, repeat=length):
            minutes = itertools.accumulate(gap for _, gap in path)
            happened = [make(when) for (make, _), when in zip(path, minutes, strict=True)]
            stories += [(happened, later) for later in (0, 15, 16)]
    assert compare(Program(id="bounded", policies=BOUNDED), stories) == len(stories)


def test_a_policy_with_a_state_for_each_person_is_replayed_and_the_plan_says_why():
    """An incident with an event that it counts goes by itself; others step in columns."""
    consent, call = Atom(events="ConsentGiven"), Atom(events="CallReceived")
    keyed = Policy(id="keyed", template="at_most", a=consent, per="person")
    plain = Policy(id="plain", template="existence", a=call)
    plan = Plan(Program(id="p", policies=(keyed, plain)))
    assert [(way.policy, way.columns) for way in plan.ways] == [("keyed", False), ("plain", True)]
    assert "person" in plan.ways[0].why
    case = lived(plan.program, [])
    assert len(meanings_of(plan, case)) == 1
    assert not plan.takes(lived(plan.program, [THREE[0](5)]))
