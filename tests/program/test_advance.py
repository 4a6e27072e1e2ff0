"""advance, replay and permitted: one declaration, the same answer."""

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.domain.vocabulary import (
    CallSource,
    ConsentScope,
    Disposition,
    FollowUpKind,
    Nature,
    Need,
    OverrideReason,
    PersonRole,
    ReferralStatus,
)
from coresponder.errors import InvalidEvent
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.refusal import Breach
from coresponder.policy.templates import Verdict
from coresponder.program import (
    NoticeRule,
    Override,
    Program,
    load_program,
    permitted,
    shipped_programs,
)
from coresponder.program.decision import _plain, _take, in_order
from tests.conftest import NOON, at
from tests.journeys import TEAM, events, histories

PROGRAMS = {name: load_program(name) for name in shipped_programs()}
OVERRIDE = Override(by="sergeant-1", reason=OverrideReason.SUPERVISOR_ORDER)
BY = {"by": "officer-1"}


def received(minutes=0):
    return e.CallReceived(
        at=at(minutes), by="dispatcher-1", source=CallSource.NINE_ONE_ONE, nature=Nature.PSYCHOSIS
    )


def walk(program, *story):
    case = program.open("one")
    for event in story:
        step = program.advance(case, event)
        assert step.accepted, step.refusals
        case = step.case
    return case


def cleared(program=None):
    return walk(
        program or Program(id="p"),
        received(),
        e.ResponderArrived(at=at(5), responder="cit-1", **BY),
        e.SceneCleared(at=at(9), **BY),
    )


def test_what_was_told_is_known_whoever_told_it():
    """The same event of somebody else is the same; one of another time or kind is not."""
    came = e.ResponderArrived(at=at(9), **BY, responder="officer-1")
    case = PROGRAMS["cit"].replay("i-1", [received(), came])
    assert case.was_told(attrs.evolve(came, by="cad"))
    assert not case.was_told(attrs.evolve(came, at=at(10)))
    assert not case.was_told(e.SceneSecured(at=at(9), **BY))


def test_what_was_looked_up_makes_no_other_event():
    """Whoever tells an arrival does not know the role that the roster gave it; another role that is
    told is another event.
    """
    came = e.ResponderArrived(at=at(9), **BY, responder="cit-1", role="cit_officer")
    case = PROGRAMS["cit"].replay("i-1", [received(), came])
    assert case.was_told(attrs.evolve(came, role=None))
    assert case.was_told(attrs.evolve(came, by="cad"))
    assert not case.was_told(attrs.evolve(came, role="clinician"))


def test_a_fact_that_happened_last_is_taken_as_the_fold_takes_it():
    """What a proof's search does, which keeps no history to fold again."""
    program, came = PROGRAMS["cit"], e.ResponderArrived(at=at(9), **BY, responder="officer-1")
    case = program.replay("i-1", [received()])
    assert in_order(program, case, came) == program.replay("i-1", [received(), came])


@pytest.mark.parametrize("name", PROGRAMS)
@given(history=histories())
def test_stepwise_equals_the_fold_of_the_log(name, history):
    """Advancing event by event, refusals left out and overridden in turn, is the same case as
    replaying its log.
    """
    program = PROGRAMS[name]
    case = program.open("one")
    for i, event in enumerate(history):
        step = program.advance(case, event)
        if not step.accepted:
            assert step.case is case
            assert isinstance(event, e.Decision)
            if i % 2:
                step = program.advance(case, event, OVERRIDE)
                assert isinstance(step.events[0], e.PolicyOverridden)
        case = step.case
    again = program.replay("one", case.recorded())
    assert again == case
    now = max(event.at for event in case.history) + dt.timedelta(days=2)
    assert program.statuses(again, now) == program.statuses(case, now)


_MOVING = [
    *(t for name, t in e.EVENT_TYPES.items() if name.startswith(("Referral", "FollowUp"))),
    *(e.CallTriaged, e.TeamDispatched, e.ResponderArrived, e.ClinicianEngaged, e.SceneCleared),
    *(e.ConsentGiven, e.DispositionRecorded, e.IncidentClosed, e.IncidentReopened),
]


@pytest.mark.parametrize("name", PROGRAMS)
@given(later=st.lists(events(_MOVING), max_size=25))
def test_a_plain_step_gives_what_the_long_way_gives(name, later):
    """The one pass gives the same case, and a decision that it takes is one that nothing refuses."""
    program = PROGRAMS[name]
    case = _take(program, program.open("one"), received(), 1)
    for event in sorted(later, key=lambda one: one.at):
        plan, number = program.plan(type(event)), case.version + 1
        quick = _plain(program, case, event, plan)
        after = _take(program, case, event, number)
        assert quick is None or quick == after
        assert program.refusals(case, event) == program.advance(case, event).refusals
        case = after


@pytest.mark.parametrize("name", PROGRAMS)
@given(history=histories(), data=st.data())
def test_a_case_goes_on_from_any_version_as_if_it_were_replayed(name, history, data):
    """It does not matter how much of a record was known before, whatever comes late or is voided."""
    program = PROGRAMS[name]
    now = max(event.at for event in history)
    void = e.EnteredInError(
        at=now, by="officer-1", event=data.draw(st.integers(1, len(history))), reason="duplicate"
    )
    kept = isinstance(history[void.event - 1], e.CallReceived | e.EmergencyAccessOpened)
    story = [*history, *([] if kept else [void]), *data.draw(st.permutations(history))[:2]]
    known = data.draw(st.integers(0, len(story)))
    case = program.resume(program.replay("one", story[:known]), story[known:])
    assert case == program.replay("one", story)
    assert case.recorded() == tuple(story)


@pytest.mark.parametrize("name", PROGRAMS)
@given(history=histories(), data=st.data())
def test_verdicts_are_over_the_order_in_which_things_happened(name, history, data):
    """The order of recording changes no verdict and no state, when all times differ."""
    program = PROGRAMS[name]
    spread = [
        attrs.evolve(event, at=event.at + dt.timedelta(seconds=i))
        for i, event in enumerate(history)
    ]
    shuffled = data.draw(st.permutations(spread))
    one, other = program.replay("one", spread), program.replay("one", shuffled)
    now = max(event.at for event in spread)
    assert one.history == other.history
    assert one.incident == other.incident
    assert program.statuses(one, now) == program.statuses(other, now)


@pytest.mark.parametrize("name", PROGRAMS)
@given(history=histories(), data=st.data())
def test_a_voided_event_is_as_if_it_had_never_been(name, history, data):
    """State and verdicts are those of the history without it; voiding the void brings it back."""
    program = PROGRAMS[name]
    may = [
        number
        for number, event in enumerate(history, 1)
        if number > 1 and not isinstance(event, e.EmergencyAccessOpened)
    ]
    if not may:
        return
    number = data.draw(st.sampled_from(may))
    now = max(event.at for event in history)
    void = e.EnteredInError(at=now, by="officer-1", event=number, reason="duplicate")
    case = program.replay("one", (*history, void))
    without = program.replay("one", [event for i, event in enumerate(history, 1) if i != number])
    assert case.incident == without.incident
    assert [(s.policy, s.verdict) for s in program.statuses(case, now)] == [
        (s.policy, s.verdict) for s in program.statuses(without, now)
    ]
    assert [entry.number for entry in case.entries() if entry.voided] == [number]
    back = program.replay("one", (*case.recorded(), attrs.evolve(void, event=case.version)))
    assert back.incident == program.replay("one", history).incident


@pytest.mark.parametrize("name", PROGRAMS)
@given(history=histories(10), event=events(first=60 * 24 * 20, last=60 * 24 * 21))
def test_permitted_agrees_with_advance(name, history, event):
    """What is not permitted is refused whatever it says; what is permitted without a condition is
    accepted.
    """
    program = PROGRAMS[name]
    case = program.replay("one", history)
    answer = next(a for a in permitted(program, case, event.at) if a.event == type(event).__name__)
    step = program.advance(case, event)
    if not answer.permitted:
        assert not step.accepted
    elif not answer.depends:
        assert step.accepted
    assert str(answer)


@pytest.mark.parametrize("name", PROGRAMS)
@given(history=histories(10))
def test_a_fact_is_always_taken(name, history):
    """Any fact, at any time."""
    program = PROGRAMS[name]
    case = program.open("one")
    for event in history:
        if isinstance(event, e.Fact):
            step = program.advance(case, event)
            assert step.accepted
            assert step.case.version == case.version + 1
            case = step.case


def test_a_fact_without_edge_is_kept_and_marked():
    """An officer arrives after the scene was cleared: the state stays, it counts."""
    program = Program(id="p")
    step = program.advance(cleared(program), e.ResponderArrived(at=at(12), responder="cit-2", **BY))
    assert step.accepted
    assert step.out_of_place
    assert step.case.state == "cleared"
    assert step.case.findings.out_of_place == (4,)
    assert [one.id for one in step.case.incident.attending] == ["cit-2"]


def test_a_decision_without_edge_is_refused_with_the_way():
    """The refusal says where it is possible and what leads on from here."""
    program = Program(id="p")
    case = walk(program, received())
    (refusal,) = program.advance(case, e.IncidentClosed(at=at(1), **BY)).refusals
    assert refusal.kind == "lifecycle"
    assert "cleared or in follow-up" in refusal.remedy
    assert "team dispatched" in refusal.remedy
    assert refusal.to_dict()["event"] == "IncidentClosed"
    closed = walk(program, *cleared(program).history, e.IncidentClosed(at=at(20), **BY))
    (refusal,) = program.advance(closed, e.IncidentClosed(at=at(21), **BY)).refusals
    assert "incident reopened" in str(refusal)


def test_an_override_is_an_event_and_is_counted():
    """Break glass: it goes through; who, why and which policy is in the log, and the violation
    counts.
    """
    program = PROGRAMS["cit"]
    case = walk(
        program,
        received(),
        e.ReferralOffered(at=at(1), referral="r-1", person="person-1", need=Need.HOUSING, **BY),
    )
    send = e.ReferralSent(at=at(2), referral="r-1", person="person-1", **BY)
    refused = program.advance(case, send)
    assert [r.policy for r in refused.refusals] == ["consent-before-referral"]
    assert refused.refusals[0].key == "person-1"
    assert "First record" in refused.refusals[0].remedy
    assert refused.events == ()
    assert refused.notices == ()
    step = program.advance(case, send, OVERRIDE)
    assert [type(event).__name__ for event in step.events] == ["PolicyOverridden", "ReferralSent"]
    assert step.events[0].policies == ("consent-before-referral",)
    assert [(v.policy, v.how) for v in step.violations] == [
        ("consent-before-referral", Breach.EVENT)
    ]
    assert step.case.incident.referrals[0].status is ReferralStatus.REQUESTED
    assert [n.to for n in step.notices] == ["supervisor"]
    assert step.at == at(2)


def test_an_override_of_the_lifecycle_leaves_the_state():
    """Never strand a responder: a dispatch after closing goes into the record, out of place."""
    program = Program(id="p")
    case = walk(program, *cleared(program).history, e.IncidentClosed(at=at(20), **BY))
    step = program.advance(case, e.TeamDispatched(at=at(21), team=TEAM, **BY), OVERRIDE)
    assert step.accepted
    assert step.out_of_place
    assert step.case.state == "closed"
    assert step.events[0].policies == ("lifecycle",)


def test_the_end_is_refused_while_something_is_owed_and_waiting_does_not_help():
    """What was due stays owed after its deadline; doing it, even late, frees the way."""
    policy = Policy(
        id="visit",
        template="response",
        a=Atom(events="PersonInvolved"),
        b=Atom(events="FollowUpDone"),
        within="1 d",
        enforcement="BLOCK",
        authority="x",
    )
    program = Program(id="p", policies=[policy])
    case = walk(
        program,
        *cleared(program).history,
        e.PersonInvolved(at=at(10), person="person-1", role=PersonRole.VICTIM, **BY),
    )
    assert [o.policy for o in program.obligations(case, at(11))] == ["visit"]
    late = at(60 * 24 * 3)
    close = e.IncidentClosed(at=late, **BY)
    (refusal,) = program.advance(case, close).refusals
    assert refusal.kind == "owed"
    (owed,) = program.obligations(case, late)
    assert owed.overdue
    assert "was due" in str(owed)
    noted = walk(program, *case.history, e.NoteAdded(at=late, entry="x", digest="y", **BY))
    assert noted.violations == ()
    assert program.violations(noted, late)[0].how is Breach.DEADLINE
    done = program.advance(
        case, e.FollowUpDone(at=late, follow_up="f", kind=FollowUpKind.HOME_VISIT, **BY)
    )
    assert done.accepted
    assert [v.at for v in done.violations] == [at(10) + dt.timedelta(days=1)]
    assert done.met[0].policy == "visit"
    assert program.advance(done.case, close).accepted


def test_a_late_recorded_timely_event_cures():
    """A visit in time that was only recorded late leaves no violation."""
    policy = Policy(
        id="visit",
        template="response",
        a=Atom(events="PersonInvolved"),
        b=Atom(events="FollowUpDone"),
        within="1 d",
        authority="x",
    )
    program = Program(id="p", policies=[policy])
    case = walk(
        program,
        received(),
        e.PersonInvolved(at=at(10), person="person-1", role=PersonRole.VICTIM, **BY),
        e.CaseConferenceHeld(at=at(9000), **BY),
    )
    assert program.statuses(case, at(9000))[0].verdict is Verdict.VIOLATED
    late = e.FollowUpDone(at=at(60), follow_up="f", kind=FollowUpKind.HOME_VISIT, **BY)
    step = program.advance(case, late)
    assert program.statuses(step.case, at(9000))[0].verdict is Verdict.HOLDING
    assert step.case.numbers == (1, 2, 4, 3)
    after = program.advance(step.case, e.NoteAdded(at=at(9001), entry="x", digest="y", **BY)).case
    assert after.numbers == (1, 2, 4, 3, 5)
    assert after.recorded()[3] is late


def test_a_late_decision_is_checked_at_its_place():
    """A dispatch entered late is judged by the state it was in then; what came since stands."""
    program = Program(id="p")
    case = cleared(program)
    step = program.advance(case, e.TeamDispatched(at=at(2), team=TEAM, **BY))
    assert step.accepted
    assert step.case.state == "cleared"
    assert not program.advance(case, e.IncidentClosed(at=at(2), **BY)).accepted


def test_decisions_taken_since_stand_and_are_counted():
    """A withdrawal recorded late makes the sending that followed it a violation, not a refusal."""
    program = PROGRAMS["cit"]
    case = walk(
        program,
        received(),
        e.ConsentGiven(at=at(1), person="person-1", **BY),
        e.ReferralOffered(at=at(2), referral="r-1", person="person-1", need=Need.HOUSING, **BY),
        e.ReferralSent(at=at(5), referral="r-1", person="person-1", **BY),
    )
    step = program.advance(case, e.ConsentWithdrawn(at=at(3), person="person-1", **BY))
    assert [v.policy for v in step.violations] == ["withdrawal-stops-referral"]
    assert step.case.incident.referrals[0].status is ReferralStatus.REQUESTED


def test_a_blocked_policy_that_is_broken_does_not_stop_the_repair():
    """Consent after an overridden sending: the next sending is accepted."""
    program = PROGRAMS["cit"]
    case = walk(
        program,
        received(),
        e.ReferralOffered(at=at(1), referral="r-1", person="person-1", need=Need.HOUSING, **BY),
        e.ReferralOffered(at=at(1), referral="r-2", person="person-1", need=Need.FOOD, **BY),
    )
    case = program.advance(
        case, e.ReferralSent(at=at(2), referral="r-1", person="person-1", **BY), OVERRIDE
    ).case
    again = e.ReferralSent(at=at(4), referral="r-2", person="person-1", **BY)
    assert not program.advance(case, again).accepted
    case = program.advance(
        case, e.ConsentGiven(at=at(3), person="person-1", scope=ConsentScope.SERVICES, **BY)
    ).case
    assert program.advance(case, again).accepted


def test_reopening_takes_the_policies_up_where_they_stood():
    """What held before the closing holds after it."""
    program = PROGRAMS["cit"]
    case = walk(
        program,
        received(),
        e.ResponderArrived(at=at(5), responder="cit-1", **BY),
        e.SceneCleared(at=at(9), **BY),
        e.ConsentGiven(at=at(10), person="person-1", **BY),
        e.IncidentClosed(at=at(20), **BY),
    )
    reopened = program.advance(case, e.IncidentReopened(at=at(30), **BY)).case
    assert reopened.state == "follow_up"
    assert reopened.cells == case.cells


def test_the_referrals_own_lifecycle_is_checked():
    """A decision about a referral that is not there, or not so far, is refused; a fact is kept out
    of place.
    """
    program = Program(id="p")
    case = walk(program, received())
    (refusal,) = program.advance(case, e.ReferralCancelled(at=at(1), referral="r-9", **BY)).refusals
    assert "there is no referral r-9" in str(refusal)
    case = walk(
        program,
        received(),
        e.ReferralOffered(at=at(1), referral="r-1", person="person-1", need=Need.HOUSING, **BY),
    )
    step = program.advance(case, e.ReferralAccepted(at=at(2), referral="r-1", **BY))
    assert step.out_of_place
    assert step.case.incident.referrals[0].status is ReferralStatus.DRAFT
    sent = walk(
        program, *case.history, e.ReferralSent(at=at(2), referral="r-1", person="person-1", **BY)
    )
    (refusal,) = program.advance(
        sent, e.ReferralSent(at=at(3), referral="r-1", person="person-1", **BY)
    ).refusals
    assert "referral r-1 is requested" in str(refusal)
    (answer,) = [
        a for a in permitted(program, walk(program, received()), at(1)) if a.event == "ReferralSent"
    ]
    assert "It begins with “referral offered”" in str(answer)


def test_voids_are_checked():
    """There must be such an event, and the opening cannot be void."""
    program = Program(id="p")
    case = cleared(program)
    with pytest.raises(InvalidEvent, match="numbered from 1"):
        program.advance(case, e.EnteredInError(at=at(10), event=9, reason="duplicate", **BY))
    with pytest.raises(InvalidEvent, match="cancel the incident instead"):
        program.advance(case, e.EnteredInError(at=at(10), event=1, reason="duplicate", **BY))
    step = program.advance(case, e.EnteredInError(at=at(10), event=3, reason="duplicate", **BY))
    assert step.case.state == "on_scene"


def test_an_event_type_of_another_program_is_refused():
    """The error says where to add it."""

    @attrs.frozen(kw_only=True, weakref_slot=False)
    class KeysReturned(e.Fact):
        """Of somebody else's."""

    with pytest.raises(InvalidEvent, match="add it to the program's events"):
        Program(id="p").advance(cleared(), KeysReturned(at=NOON, by="x"))
    with pytest.raises(InvalidEvent, match="did you mean 'SceneCleared'"):
        Program(id="p").event_type("SceneCleard")
    mine = Program(id="p", events=[KeysReturned])
    assert mine.advance(cleared(mine), KeysReturned(at=at(10), by="x")).case.version == 4
    assert mine.event_type("KeysReturned") is KeysReturned


def test_a_case_is_advanced_only_by_its_own_program():
    """Another version has other rules and other cells."""
    with pytest.raises(
        InvalidEvent, match="began under p@1, this is p@2; use the program in that version"
    ):
        Program(id="p", version="2").advance(
            cleared(), e.NoteAdded(at=at(20), entry="x", digest="y", **BY)
        )


def test_notices_of_events_obligations_and_violations():
    """Each rule names one occasion; policies narrow it down."""
    rules = [
        NoticeRule(to="clinician", on="obligation", policies=("visit",)),
        NoticeRule(to="supervisor", on="TeamUnavailable"),
        NoticeRule(to="peer", on="violation", policies=("other",)),
    ]
    policy = Policy(
        id="visit",
        template="response",
        a=Atom(events="TeamUnavailable"),
        b=Atom(events="FollowUpDone"),
        authority="x",
    )
    program = Program(id="p", policies=[policy], notices=rules)
    step = program.advance(walk(program, received()), e.TeamUnavailable(at=at(1), **BY))
    assert [(n.to, n.about, n.policy) for n in step.notices] == [
        ("clinician", "obligation", "visit"),
        ("supervisor", "TeamUnavailable", None),
    ]
    again = program.advance(step.case, e.TeamUnavailable(at=at(2), **BY))
    assert [n.to for n in again.notices] == ["supervisor"]


def test_staffing_and_qualifying():
    """The program answers for its tiers and natures."""
    program = PROGRAMS["cit"]
    assert program.qualifies(Nature.PSYCHOSIS)
    assert not program.qualifies(Nature.FIRE if hasattr(Nature, "FIRE") else Nature.VIOLENT_CRIME)
    assert Program(id="p").qualifies(Nature.OTHER)
    assert program.staff([], at=NOON, nature=Nature.PSYCHOSIS).team is None


def test_dispatch_fields_read_by_policies():
    """Who goes in person and who by phone are told apart."""
    team = Team(
        tier="t", model="telehealth",
        members=(TeamMember(responder="a", role="cit_officer"), TeamMember(responder="b", role="clinician", presence="phone")),
    )  # fmt: skip
    event = e.TeamDispatched(at=NOON, by="x", team=team)
    assert (event.tier, event.responders, event.roles, event.by_phone) == (
        "t",
        ("a", "b"),
        ("cit_officer",),
        ("clinician",),
    )


def test_what_an_unknown_follow_up_tells():
    """A visit that was never planned is kept; a miss of an unknown one changes nothing."""
    program = Program(id="p")
    case = walk(
        program,
        *cleared(program).history,
        e.FollowUpDone(at=at(10), follow_up="f", kind=FollowUpKind.HOME_VISIT, **BY),
    )
    assert case.incident.follow_ups[0].status == "done"
    same = program.advance(
        case, e.FollowUpMissed(at=at(11), follow_up="g", reason="no_answer", **BY)
    ).case
    assert same.incident.follow_ups == case.incident.follow_ups
    assert same.findings.out_of_place
    (refusal,) = program.advance(case, e.FollowUpCancelled(at=at(12), follow_up="g", **BY)).refusals
    assert "there is no follow-up g" in str(refusal)
    (answer,) = [a for a in permitted(program, case, at(12)) if a.event == "FollowUpCancelled"]
    assert not answer.permitted


def test_disposition_by_phone_clears():
    """An incident resolved by telephone at triage."""
    case = walk(
        Program(id="p"),
        received(),
        e.CallTriaged(at=at(1), nature=Nature.WELFARE_CHECK, weapon=True, **BY),
        e.DispositionRecorded(at=at(2), disposition=Disposition.RESOLVED_BY_PHONE, **BY),
        e.IncidentClosed(at=at(3), **BY),
    )
    assert (case.state, case.incident.disposition, case.incident.scene.weapon) == (
        "closed",
        "resolved_by_phone",
        True,
    )


def test_what_lies_between_two_cases_is_the_step_that_was_taken():
    """Two versions of a case tell what was recorded since, with what it opened and whom it told;
    between a case and itself is nothing.
    """
    program = PROGRAMS["new-haven-cdcp"]
    first = program.advance(program.open("one"), received()).case
    child = e.PersonInvolved(
        at=at(5), person="person-1", role=PersonRole.WITNESS, age_group="child", **BY
    )
    step = program.advance(first, child)
    again = program.between(first, step.case)
    assert (again.events, again.opened, again.met, again.notices) == (
        step.events,
        step.opened,
        step.met,
        step.notices,
    )
    assert again.opened
    nothing = program.between(first, first)
    assert (nothing.case, nothing.events, nothing.opened, nothing.met, nothing.notices) == (
        first,
        (),
        (),
        (),
        (),
    )
