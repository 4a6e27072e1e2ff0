"""Who is busy with an incident, step by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.program import Elsewhere, Override, load_program
from coresponder.program.engaged import (
    busy_with,
    came_at,
    moved_by,
    sent_again,
    step_that_sent,
)
from tests.conftest import at
from tests.journeys import histories
from tests.program.test_advance import received

PROGRAM = load_program("cit")


def sent(minute, *ids):
    team = Team(
        tier="officer-alone",
        model="cit_response",
        members=tuple(TeamMember(responder=id, role="patrol_officer") for id in ids),
    )
    return e.TeamDispatched(at=at(minute), by="dispatcher-1", team=team)


def arrived(minute, id):
    return e.ResponderArrived(at=at(minute), by=id, responder=id)


def relieved(minute, id, other):
    return e.ResponderRelieved(at=at(minute), by=other, responder=id, relieved_by=other)


def engaged(minute, id):
    return e.ClinicianEngaged(at=at(minute), by="officer-1", responder=id, presence="phone")


def consulted(minute, id):
    return e.ExpertConsulted(at=at(minute), by="officer-1", responder=id)


def cleared(minute):
    return e.SceneCleared(at=at(minute), by="a")


def disposed(minute):
    return e.DispositionRecorded(at=at(minute), by="a", disposition="resolved_by_phone")


def moves(*story):
    """Return what each step of a story moves."""
    case, found = PROGRAM.open("one"), []
    for event in story:
        step = PROGRAM.advance(case, event, Override(by="sergeant-1", reason="imminent_danger"))
        found.append(moved_by(step, PROGRAM.lifecycle)[:2])
        case = step.case
    return found, busy_with(case, PROGRAM.lifecycle)


@pytest.mark.parametrize(
    ("story", "last", "busy"),
    [
        ([sent(1, "a", "b")], (("a", "b"), ()), ("a", "b")),
        ([sent(1, "a"), arrived(2, "a")], ((), ()), ("a",)),
        ([sent(1, "a"), arrived(2, "c")], (("c",), ()), ("a", "c")),
        (
            [sent(1, "a", "b"), e.ResponderCleared(at=at(3), by="a", responder="a")],
            ((), ("a",)),
            ("b",),
        ),
        ([arrived(1, "a"), e.ResponderCleared(at=at(3), by="x", responder="x")], ((), ()), ("a",)),
        (
            [sent(1, "a", "b"), arrived(2, "a"), e.SceneCleared(at=at(3), by="a")],
            ((), ("a", "b")),
            (),
        ),
        ([sent(1, "a"), e.IncidentCancelled(at=at(3), by="dispatcher-1")], ((), ("a",)), ()),
        (
            [
                sent(1, "a"),
                e.EnteredInError(at=at(3), by="dispatcher-1", event=2, reason="wrong_incident"),
            ],
            ((), ("a",)),
            (),
        ),
        ([arrived(5, "a"), e.ResponderCleared(at=at(3), by="a", responder="a")], ((), ()), ("a",)),
        ([sent(1, "a", "b"), relieved(3, "a", "c")], (("c",), ("a",)), ("b", "c")),
        ([sent(1, "b"), relieved(3, "a", "c")], ((), ()), ("b",)),
        ([e.SceneCleared(at=at(5), by="x"), sent(2, "a")], ((), ()), ()),
        ([sent(1, "a"), e.WeaponSeen(at=at(2), by="a")], ((), ()), ("a",)),
        ([sent(1, "a"), sent(2, "a", "b")], (("a", "b"), ()), ("a", "b")),
        ([arrived(1, "a"), engaged(2, "c")], (("c",), ()), ("a", "c")),
        ([arrived(1, "a"), engaged(2, "a"), engaged(3, "a")], ((), ()), ("a",)),
        ([arrived(1, "a"), engaged(2, "c"), cleared(3)], ((), ("a", "c")), ()),
        ([arrived(1, "a"), cleared(3), engaged(4, "c")], ((), ()), ()),
        ([cleared(3), arrived(4, "a"), engaged(5, "c")], (("c",), ()), ("a", "c")),
        ([arrived(1, "a"), cleared(5), engaged(2, "c")], ((), ()), ()),
        ([engaged(2, "c"), relieved(3, "c", "d")], (("d",), ("c",)), ("d",)),
        ([engaged(2, "c"), disposed(4)], ((), ("c",)), ()),
        ([arrived(1, "a"), engaged(2, "c"), disposed(4)], ((), ()), ("a", "c")),
        ([engaged(2, "c"), sent(3, "c"), disposed(4)], ((), ()), ("c",)),
        ([arrived(1, "a"), consulted(2, "c")], (("c",), ()), ("a", "c")),
        ([arrived(1, "a"), consulted(2, "c"), consulted(3, "c")], ((), ()), ("a", "c")),
        ([arrived(1, "a"), consulted(2, "c"), disposed(4)], ((), ("c",)), ("a",)),
        ([arrived(1, "a"), consulted(2, "c"), engaged(3, "c"), disposed(4)], ((), ()), ("a", "c")),
        ([arrived(1, "a"), engaged(2, "c"), consulted(3, "c"), disposed(4)], ((), ()), ("a", "c")),
        ([arrived(1, "a"), cleared(3), consulted(4, "c")], ((), ()), ()),
        ([consulted(2, "c"), disposed(4)], ((), ("c",)), ()),
    ],
)
def test_who_moves_and_who_is_busy(story, last, busy):
    """Sent, arrived, cleared, the scene cleared, ended, entered in error, and what was recorded
    late.
    """
    found, after = moves(received(), *story)
    assert (found[-1], after) == (last, busy)


def cleared(minute, id):
    return e.ResponderCleared(at=at(minute), by=id, responder=id)


def case_of(*story):
    return PROGRAM.replay("one", (received(), *story))


VOID = e.EnteredInError(at=at(9), by="dispatcher-1", event=2, reason="wrong_incident")


def test_a_step_says_whom_it_brings_whether_or_not_they_were_there_before():
    """An officer who was sent and arrives is brought again; who has cleared since is not, nor is
    anybody by an event that names nobody who comes.
    """
    case = case_of(sent(1, "a"), engaged(2, "c"))
    for event, brought in (
        (arrived(3, "a"), ("a",)),
        (engaged(3, "c"), ("c",)),
        (e.WeaponSeen(at=at(3), by="a"), ()),
    ):
        assert moved_by(PROGRAM.advance(case, event), PROGRAM.lifecycle).brought == brought
    gone = case_of(sent(1, "a"), e.ResponderCleared(at=at(5), by="a", responder="a"))
    assert moved_by(PROGRAM.advance(gone, arrived(3, "a")), PROGRAM.lifecycle).brought == ()
    assert [came_at(gone, id) for id in "ab"] == [at(1), None]
    assert came_at(case, "c") == at(2)


@pytest.mark.parametrize(
    ("story", "event", "why"),
    [
        ([], sent(2, "a"), None),
        ([sent(1, "a")], sent(2, "a"), "a was already sent"),
        ([sent(1, "a", "b")], sent(2, "b", "a"), "b and a were already sent"),
        ([sent(1, "a"), sent(2, "b")], sent(3, "a", "b"), "a and b were already sent"),
        ([sent(1, "a")], sent(2, "a", "b"), None),
        ([sent(1, "a"), cleared(2, "a")], sent(3, "a"), None),
        ([sent(1, "a"), cleared(2, "b")], sent(3, "a"), "a was already sent"),
        ([sent(1, "a"), arrived(2, "a"), e.SceneCleared(at=at(3), by="a")], sent(4, "a"), None),
        ([sent(1, "a"), VOID], sent(10, "a"), None),
        ([arrived(1, "a")], sent(2, "a"), None),
        ([sent(5, "a")], sent(2, "a"), "a was already sent"),
        ([arrived(5, "a")], sent(2, "a"), None),
        ([cleared(4, "a"), sent(5, "a")], sent(2, "a"), None),
        ([], sent(2, "a", "b", "a"), "a would have two seats"),
    ],
)
def test_a_team_is_sent_once_until_it_clears(story, event, why):
    """Whoever is new goes; an officer who only arrived can still be sent on paper; the order in
    which two clocks recorded it says nothing.
    """
    refusal = sent_again(case_of(*story), event, PROGRAM.lifecycle)
    assert refusal is None if why is None else why in refusal.why


def test_the_step_that_sent_a_team_is_found_again():
    """As it was then, whatever came after; not one that was entered in error, nor two steps
    together.
    """
    first, later = sent(1, "a", "b"), e.WeaponSeen(at=at(3), by="a")
    step = step_that_sent(PROGRAM, case_of(first, later), sent(5, "b", "a"))
    assert (step.events, step.before.version, step.case.version) == ((first,), 1, 2)
    assert step_that_sent(PROGRAM, case_of(first, VOID), sent(10, "a", "b")) is None
    assert step_that_sent(PROGRAM, case_of(sent(1, "a"), sent(2, "b")), sent(3, "a", "b")) is None
    void = e.EnteredInError(at=at(9), by="dispatcher-1", event=3, reason="wrong_incident")
    assert step_that_sent(
        PROGRAM, case_of(first, sent(2, "a", "b"), void), sent(10, "a", "b")
    ).events == (first,)


def test_who_was_there_before_the_end_is_not_there_when_it_is_opened_again():
    """An officer who came late, after the scene was cleared, is free when the incident is closed,
    and stays free.
    """
    story = (
        arrived(1, "a"),
        e.SceneCleared(at=at(2), by="a"),
        arrived(3, "late"),
        e.DispositionRecorded(at=at(4), by="a", disposition="resolved_on_scene"),
        e.IncidentClosed(at=at(5), by="a"),
        e.IncidentReopened(at=at(6), by="a"),
    )
    found, busy = moves(received(), *story)
    assert found[-2:] == [((), ("late",)), ((), ())]
    assert busy == ()


@pytest.mark.parametrize(
    ("taken_over", "said"),
    [
        (True, "a was with incident two since 2026-03-02 12:04 UTC, and is here now; record there"),
        (False, "a is with incident two since 2026-03-02 12:04 UTC, and stays there"),
    ],
)
def test_who_was_with_another_incident_is_said_in_a_sentence(taken_over, said):
    """With what to record, where they were taken over."""
    one = Elsewhere(responder="a", incident="two", since=at(4), taken_over=taken_over)
    assert str(one).startswith(said)


@given(history=histories(30), data=st.data())
def test_a_step_moves_whom_the_record_has_before_and_after_it(history, data):
    """Whether it comes in order, late, voids another, ends the incident or opens it again."""
    case = PROGRAM.open("one")
    for event in history:
        step = PROGRAM.advance(case, event, Override(by="sergeant-1", reason="imminent_danger"))
        if data.draw(st.integers(0, 5)) == 0 and case.version > 1:
            number = data.draw(st.integers(2, case.version))
            void = e.EnteredInError(at=event.at, by="a", event=number, reason="duplicate")
            if not isinstance(case.recorded()[number - 1], e.EmergencyAccessOpened):
                step = PROGRAM.advance(case, void)
        before, after = (busy_with(one, PROGRAM.lifecycle) for one in (step.before, step.case))
        moved = moved_by(step, PROGRAM.lifecycle)
        if not isinstance(step.events[-1], e.TeamDispatched):
            assert moved.engages == tuple(id for id in after if id not in before)
        assert moved.releases == tuple(id for id in before if id not in after)
        case = step.case
