"""Emergency access (break glass): opened with a reason, for a time, logged, and owed a review."""

import asyncio
import datetime as dt
import threading

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

import coresponder as co
from coresponder.asyncio import AsyncWorkflow
from coresponder.audit.audit import auditing
from coresponder.audit.sources import cases_of_store
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.domain.vocabulary import Purpose
from coresponder.program import load_program, program_from_definition
from coresponder.program.views import seen
from coresponder.testing import answers
from tests.conftest import NOON, at

BY = {"by": "officer-1"}
HOUR = dt.timedelta(hours=1)
CALLS = {
    "id": "calls",
    "role": "patrol_officer",
    "purpose": "operations",
    "event": ["CallReceived", "NoteAdded", "Screened"],
    "whole": ["at", "entry"],
    "coarse": ["screening"],
    "audience": "police",
    "logged": False,
    "authority": "local choice",
}
DANGER = {
    "id": "danger",
    "role": "patrol_officer",
    "purpose": "operations",
    "event": ["Screened", "NoteAdded"],
    "whole": ["at", "person", "screening", "entry"],
    "audience": "clinical",
    "emergency_access": {"reason": "imminent_danger", "lasts": "1 h"},
    "authority": "45 CFR 164.512(j)(1)(i)",
}
LONGER = {
    **DANGER,
    "id": "longer",
    "event": "SafetyPlanMade",
    "whole": ["at", "person"],
    "audience": [],
    "emergency_access": {"reason": ["imminent_danger", "medical_emergency"], "lasts": "2 h"},
}
SUPERVISION = {
    "id": "supervision",
    "role": "supervisor",
    "purpose": "oversight",
    "event": ["EmergencyAccessOpened", "EmergencyAccessReviewed"],
    "whole": "*",
    "authority": "local choice",
}
REVIEWED = {
    "id": "reviewed",
    "template": "response",
    "a": "EmergencyAccessOpened",
    "b": {"event": "EmergencyAccessReviewed", "where": {"by_viewer": False}},
    "per": "access",
    "within": "7 d",
    "enforcement": "WARN",
    "authority": "local choice",
}
NOT_OWN = {
    "id": "not-own",
    "template": "absence",
    "a": {"event": "EmergencyAccessReviewed", "where": {"by_viewer": True}},
    "enforcement": "BLOCK",
    "authority": "local choice",
}
HOST = {"program": {"id": "own", "version": "1"}, "policy": [REVIEWED, NOT_OWN]}
ROWS = [CALLS, DANGER, LONGER, SUPERVISION]
PROGRAM = program_from_definition({**HOST, "view": ROWS})
SHUT = program_from_definition({**HOST, "view": [CALLS, SUPERVISION]})
"""The same program without the rows that an emergency opens."""
OPEN = program_from_definition(
    {**HOST, "view": [{k: v for k, v in row.items() if k != "emergency_access"} for row in ROWS]}
)
"""The same program, where they are open at all times."""
OFFICER = co.Viewer(id="officer-1", roles=("patrol_officer",), agency="city")
OTHER = attrs.evolve(OFFICER, id="officer-2")
CHIEF = co.Viewer(id="sergeant-1", roles=("supervisor",))
STORY = (
    e.CallReceived(at=NOON, source="911", nature="suicide_threat", **BY),
    e.PersonInvolved(at=at(1), person="sam", role="person_in_crisis", **BY),
    e.Screened(at=at(2), person="sam", screening=Screening(level="high"), **BY),
    e.SafetyPlanMade(at=at(3), person="sam", **BY),
)


class Clock:
    """A time that a test sets."""

    def __init__(self):
        self.now = at(10)

    def __call__(self):
        return self.now


@pytest.fixture
def work(any_store):
    return begun(any_store)


def begun(store=None):
    made = co.Workflow(PROGRAM, store or co.MemoryStore(), clock=Clock())
    made.replay("one", STORY)
    return made


def levels(work, viewer=OFFICER, **more):
    lines = work.as_(viewer, "operations").timeline("one", **more)
    return [line.fields["screening"] for line in lines if line.event == "Screened"]


def opened_in(work):
    return [one for one in work.case("one").history if isinstance(one, e.EmergencyAccessOpened)]


def review(access, finding="justified", by="sergeant-1", minutes=10):
    return e.EmergencyAccessReviewed(at=at(minutes), by=by, access=access, finding=finding)


LOW = ["recorded"]


def is_open(work, viewer=OFFICER, **more):
    return levels(work, viewer, **more) != LOW


def test_it_shows_more_to_its_viewer_until_its_last_instant(work):
    """Before, after, and to anybody else, the level is only recorded."""
    window = work.as_(OFFICER, "operations")
    assert not is_open(work)
    access = window.open_emergency_access("one", "imminent_danger")
    assert access.until == at(70)  # the shorter of the two rows
    assert access.views == ("danger", "longer")
    assert levels(work)[0]["level"] == "high"
    assert not is_open(work, OTHER)
    assert not is_open(work, attrs.evolve(OFFICER, agency="county"))
    work.clock.now = access.until
    assert is_open(work)
    work.clock.now = access.until + dt.timedelta(microseconds=1)
    assert not is_open(work)


def test_no_time_that_is_asked_for_opens_it_again(work):
    """`at` is the time by which consents count; the access stands or not by the clock."""
    work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger")
    work.clock.now = at(71)
    assert not is_open(work, at=at(30))
    work.clock.now = at(60)
    assert is_open(work, at=at(500))


def test_words_are_opened_and_closed_with_the_row(work):
    """A row's audience counts only while the row is open; the log names the access."""
    note = work.note("one", "Said in confidence.", at=at(5), by="c-1", audience="clinical")
    entry = note.events[-1].entry
    window = work.as_(OFFICER, "operations")
    with pytest.raises(co.AudienceDenied):
        window.recall("one", entry)
    access = window.open_emergency_access("one", "imminent_danger")
    assert window.recall("one", entry) == "Said in confidence."
    (logged,) = work.disclosures.by_viewer("officer-1")
    assert (logged.shown.way, logged.shown.basis) == ("recall", "emergency_access")
    assert logged.shown.access == access.access
    work.clock.now = at(71)
    with pytest.raises(co.AudienceDenied):
        window.recall("one", entry)


def test_the_log_has_by_which_access_it_was_shown(work):
    """What a row shows at all times is not logged as an emergency; the rest names the access."""
    window = work.as_(OFFICER, "operations")
    window.view("one")
    assert not work.disclosures.by_viewer("officer-1")
    access = window.open_emergency_access("one", "imminent_danger")
    window.view("one")
    (one,) = work.disclosures.by_viewer("officer-1")
    assert one.shown.basis == "emergency_access"
    assert one.shown.access == access.access
    assert one.shown.what == ("SafetyPlanMade", "Screened")
    assert f"by emergency access {access.access}" in one.say()
    assert not work.store.verify(work.agency)


def test_while_one_stands_no_second_one_is_opened(work):
    """Asking again, by hand or by a retry, gives the one that stands; after its end, a new one."""
    window = work.as_(OFFICER, "operations")
    first = window.open_emergency_access("one", "imminent_danger", request="r-1")
    work.clock.now = at(20)
    assert window.open_emergency_access("one", "imminent_danger", request="r-1") == first
    assert window.open_emergency_access("one", "imminent_danger") == first
    work.clock.now = at(100)
    assert window.open_emergency_access("one", "imminent_danger", request="r-1") == first
    assert opened_in(work) == [first]
    second = window.open_emergency_access("one", "imminent_danger")
    assert second.access != first.access
    assert opened_in(work) == [first, second]


def test_another_reason_is_another_access(work):
    """It opens the rows that accept it, and is reviewed by itself."""
    window = work.as_(OFFICER, "operations")
    window.open_emergency_access("one", "imminent_danger")
    medical = window.open_emergency_access("one", "medical_emergency")
    assert (medical.views, medical.until) == (("longer",), at(130))
    assert len(opened_in(work)) == 2
    work.clock.now = at(100)
    lines = window.timeline("one")
    assert [line.event for line in lines] == ["CallReceived", "Screened", "SafetyPlanMade"]
    assert not is_open(work)


def test_two_that_open_at_the_same_moment_open_one():
    """Whoever is later is told of the one that stands."""
    work = begun()
    both = threading.Barrier(2)
    found = []

    def ask():
        both.wait()
        window = work.as_(OFFICER, "operations")
        found.append(window.open_emergency_access("one", "imminent_danger"))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert opened_in(work) == [found[0]]
    assert found[0] == found[1]


def test_whoever_may_not_is_told_why(work):
    """Another role, purpose or reason has no such access; the incident stays as it was."""
    before = work.case("one").version
    for viewer, purpose, reason, why in (
        (CHIEF, "oversight", "imminent_danger", "has no emergency access for supervisor"),
        (OFFICER, "treatment", "imminent_danger", "has no emergency access for patrol officer"),
    ):
        with pytest.raises(co.ViewDenied, match=why):
            work.as_(viewer, purpose).open_emergency_access("one", reason)
    with pytest.raises(ValueError, match="curiosity"):
        work.as_(OFFICER, "operations").open_emergency_access("one", "curiosity")
    with pytest.raises(co.NotFound):
        work.as_(OFFICER, "operations").open_emergency_access("none", "imminent_danger")
    with pytest.raises(co.InvalidEvent):
        named = attrs.evolve(OFFICER, id="203-555-0147")
        work.as_(named, "operations").open_emergency_access("one", "imminent_danger")
    assert work.case("one").version == before


def test_a_reason_that_only_another_row_accepts_is_refused():
    """The refusal says which reasons are accepted."""
    program = program_from_definition({**HOST, "view": [CALLS, DANGER]})
    work = co.Workflow(program, co.MemoryStore(), clock=lambda: at(10))
    work.replay("one", STORY)
    with pytest.raises(co.ViewDenied, match="only for imminent_danger"):
        work.as_(OFFICER, "operations").open_emergency_access("one", "medical_emergency")


def test_each_access_owes_a_review_by_somebody_else(work):
    """The one who had it cannot review it; a justified review ends what is owed, not the access."""
    access = work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger").access
    assert [(one.obligation.policy, one.obligation.key) for one in work.due()] == [
        ("reviewed", access)
    ]
    with pytest.raises(co.Refused, match="not-own"):
        work.record("one", review(access, by="officer-1"))
    assert [one.obligation.key for one in work.due()] == [access]
    work.clock.now = at(40)
    work.record("one", review(access))
    assert not work.due()
    assert is_open(work)


def test_an_override_of_that_is_no_review():
    """Somebody may take the step all the same; it is counted, and the review is still owed."""
    work = begun()
    access = work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger").access
    alone = co.Override(by="chief-1", reason="not_possible")
    step = work.record("one", review(access, by="officer-1"), override=alone)
    assert [one.policy for one in step.violations] == ["not-own"]
    assert [one.obligation.key for one in work.due()] == [access]


def test_one_that_was_not_justified_ends_at_once(work):
    """The next look shows nothing more; the officer may not void that finding, somebody else may."""
    access = work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger").access
    work.clock.now = at(20)
    work.record("one", review(access, "not_justified", minutes=20))
    assert not is_open(work)
    number = work.case("one").version
    slip = e.EnteredInError(at=at(20), by="officer-1", event=number, reason="duplicate")
    with pytest.raises(co.InvalidEvent, match="own emergency access"):
        work.record("one", slip)
    work.record("one", attrs.evolve(slip, by="sergeant-1"))
    assert is_open(work)
    work.record("one", attrs.evolve(slip, by="sergeant-1", event=number + 1))
    assert not is_open(work)
    with pytest.raises(co.InvalidEvent, match="own emergency access"):
        work.record("one", attrs.evolve(slip, event=number + 2))


def test_it_is_never_void(work):
    """Nobody can make it unseen, live or in a history that is read again."""
    work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger")
    case = work.case("one")
    slip = e.EnteredInError(at=at(11), by="sergeant-1", event=case.version, reason="wrong_incident")
    with pytest.raises(co.InvalidEvent, match="cannot be voided"):
        work.record("one", slip)
    with pytest.raises(co.InvalidEvent, match="cannot be voided"):
        PROGRAM.replay("one", (*case.recorded(), slip))


def test_it_opens_a_closed_incident_and_does_not_open_it_again():
    """It moves no state, and retention still counts from the last contact."""
    work = begun()
    for event in (
        e.ResponderArrived(at=at(4), responder="o-1", **BY),
        e.SceneCleared(at=at(6), **BY),
        e.IncidentClosed(at=at(8), **BY),
    ):
        work.record("one", event)
    access = work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger")
    case = work.case("one")
    assert (case.state, case.last_at) == ("closed", at(8))
    assert not case.findings.out_of_place
    assert is_open(work)
    assert [one.obligation.key for one in work.due()] == [access.access]


def test_reviewers_see_it_and_it_has_no_words_of_the_record(work):
    """A supervisor sees who, why and until when."""
    access = work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger")
    (line,) = work.as_(CHIEF, "oversight").timeline("one")
    assert line.fields["viewer"] == "officer-1"
    assert line.fields["until"] == access.until.isoformat()
    assert "high" not in str(line)
    assert "emergency access opened" in str(line)


def test_the_verdict_is_the_same_live_stored_and_audited(work):
    """The stored history replays to the same case, and an audit counts the same."""
    window = work.as_(OFFICER, "operations")
    access = window.open_emergency_access("one", "imminent_danger").access
    work.clock.now = at(120)
    window.open_emergency_access("one", "imminent_danger")
    work.record("one", review(access, minutes=120))
    work.clock.now = now = at(60 * 24 * 9)
    case = work.case("one")
    assert PROGRAM.replay("one", case.recorded()) == case
    verdicts = {one.policy: one.verdict.name for one in PROGRAM.statuses(case, now)}
    assert verdicts == {"reviewed": "VIOLATED", "not-own": "HOLDING"}
    with auditing(PROGRAM, now) as audit:
        (audited,) = audit.take(cases_of_store(PROGRAM, work.store, work.agency))
        assert audited.statuses == PROGRAM.statuses(case, now)
    assert not work.store.verify(work.agency)
    assert [one.obligation.overdue for one in work.due(now)] == [True]


def test_the_async_window_opens_it_too(tmp_path):
    """The same method, awaited."""
    with co.SqlStore.sqlite(tmp_path / "glass.db") as store:
        begun(store)

    async def ask():
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'glass.db'}")
        work = await AsyncWorkflow.start(PROGRAM, engine, clock=Clock())
        window = work.as_(OFFICER, "operations")
        access = await window.open_emergency_access("one", "imminent_danger")
        found = await window.timeline("one")
        await engine.dispose()
        return access.until, [line.event for line in found]

    until, events = asyncio.run(ask())
    assert (until, events) == (at(70), ["CallReceived", "Screened", "SafetyPlanMade"])


def test_a_document_has_nothing_of_it():
    """What an access shows for a time does not leave in a document, which stays."""
    work = co.Workflow(load_program("cit"), co.MemoryStore(), clock=Clock())
    work.replay("one", STORY)
    window = work.as_(OFFICER, "operations")

    def document():
        return window.export(
            "one", lambda told: [one.to_json() for one in told.case.history], document="copy"
        )

    before = document()
    window.open_emergency_access("one", "imminent_danger")
    assert is_open(work)
    assert document() == before
    assert before
    assert not [text for text in before if "high" in text]


def test_it_does_not_open_what_is_kept_apart():
    """Somebody who asks for one side sees nothing of the other, in an emergency neither."""
    work = begun()
    work.record(
        "one",
        e.NoContactMarked(at=at(9), person="sam", protects="kim", ground="victim_asked", **BY),
    )
    side = attrs.evolve(OFFICER, acts_for=("kim",))
    window = work.as_(side, "operations")
    window.open_emergency_access("one", "imminent_danger")
    assert [line.event for line in window.timeline("one")] == ["CallReceived"]
    assert [line.event for line in work.as_(OFFICER, "operations").timeline("one")] == [
        "CallReceived", "Screened", "SafetyPlanMade",
    ]  # fmt: skip


# --- as if the rows were not there, or were there at all times ---------------------------------------


def history(opened):
    return tuple(sorted((*STORY, *opened), key=lambda one: one.at))


OPENINGS = st.lists(
    st.builds(
        lambda minutes, length, viewer, number: e.EmergencyAccessOpened(
            at=at(minutes),
            by=viewer.id,
            access=f"a-{number}",
            viewer=viewer.id,
            roles=viewer.roles,
            agency=viewer.agency,
            purpose="operations",
            views=("danger", "longer"),
            reason="imminent_danger",
            until=at(minutes + length),
        ),
        st.integers(4, 400),
        st.integers(0, 120),
        st.sampled_from([OFFICER, OTHER, attrs.evolve(OFFICER, agency="county")]),
        st.integers(1, 3),
    ),
    max_size=4,
)
REVIEWS = st.lists(
    st.builds(
        lambda number, finding, minutes: review(f"a-{number}", finding, minutes=minutes),
        st.integers(1, 3),
        st.sampled_from(["justified", "not_justified"]),
        st.integers(4, 400),
    ),
    max_size=2,
)


@given(OPENINGS, REVIEWS, st.integers(4, 600), st.sampled_from([OFFICER, OTHER]))
def test_outside_an_access_the_rows_are_as_if_they_were_not_there(opened, reviews, minutes, viewer):
    """Every answer is that of the program without them, and within one that of the program where
    they always show, whatever was opened before, later, by others or found unjustified.
    """
    events, now = history((*opened, *reviews)), at(minutes)
    unjustified = {one.access for one in reviews if one.finding == "not_justified"}
    stands = any(
        one.at <= now <= one.until
        and (one.viewer, one.agency) == (viewer.id, viewer.agency)
        and one.access not in unjustified
        for one in opened
    )
    like = OPEN if stands else SHUT
    asked = (viewer, Purpose.OPERATIONS, now)
    assert answers(PROGRAM, PROGRAM.replay("one", events), *asked) == answers(
        like, like.replay("one", events), *asked
    )


@pytest.mark.parametrize("name", ["cit", "denver-star"])
def test_the_shipped_rows_show_a_level_only_within_an_access(name):
    """An officer sees that somebody was screened; in imminent danger, for an hour, the level; a
    paramedic sees answers about substance use in a medical emergency, with the notice of 42 CFR 2.51.
    """
    clock = Clock()
    work = co.Workflow(load_program(name), co.MemoryStore(), clock=clock)
    work.replay(
        "one",
        (
            *STORY,
            e.ReferralOffered(at=at(4), referral="r", person="sam", need="substance_use", **BY),
            e.ReferralSent(at=at(5), referral="r", person="sam", **BY),
            e.ReferralAccepted(at=at(6), referral="r", **BY),
        ),
    )
    medic = work.as_(co.Viewer(id="medic-1", roles=("paramedic",)), "treatment")
    answer = "ReferralAccepted"
    assert answer not in {line.event for line in medic.timeline("one")}
    assert levels(work) == ["recorded"]
    work.as_(OFFICER, "operations").open_emergency_access("one", "imminent_danger")
    medic.open_emergency_access("one", "medical_emergency")
    assert levels(work)[0]["level"] == "high"
    found = medic.view("one")
    assert answer in {line.event for line in found.lines}
    assert any("2.51(c)" in text for text in found.says)
    clock.now += HOUR + dt.timedelta(seconds=1)
    assert levels(work) == ["recorded"]
    assert answer not in {line.event for line in medic.timeline("one")}
    assert {one.obligation.policy for one in work.due()} >= {"emergency-access-reviewed"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"emergency_access": {"reason": "boredom", "lasts": "1 h"}}, "reason"),
        (
            {"emergency_access": {"reason": "imminent_danger", "lasts": "2 business days"}},
            "no length",
        ),
        ({"emergency_access": {"reason": "imminent_danger", "lasts": "soon"}}, "not a time bound"),
        ({"emergency_access": {"reason": [], "lasts": "1 h"}}, "reason"),
        ({"logged": False}, "always logged"),
    ],
)
def test_a_row_that_is_written_wrong_is_refused_when_it_is_loaded(change, why):
    """The error names the row and what to write."""
    with pytest.raises(co.InvalidProgram, match=why):
        program_from_definition({**HOST, "view": [CALLS, {**DANGER, **change}]})


def test_seen_counts_an_access_by_the_time_that_is_asked_for():
    """The pure function takes its time as an argument."""
    opened = e.EmergencyAccessOpened(
        at=at(10), by="officer-1", access="a-1", viewer="officer-1", roles=("patrol_officer",),
        agency="city", purpose="operations", views=("danger",), reason="imminent_danger", until=at(70),
    )  # fmt: skip
    case = PROGRAM.replay("one", history([opened]))
    shown = {
        minutes: len(seen(PROGRAM, case, OFFICER, Purpose.OPERATIONS, at(minutes)).lines[-1].fields)
        for minutes in (9, 10, 70, 71)
    }
    assert shown == {9: 1, 10: 2, 70: 2, 71: 1}
