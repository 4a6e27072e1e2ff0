"""Who is busy with an incident, step by step."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.program import Override, load_program
from coresponder.program.engaged import busy_with, moved_by
from tests.conftest import at
from tests.program.test_advance import received

PROGRAM = load_program("cit")
RESTS = PROGRAM.lifecycle.rests


def sent(minute, *ids):
    team = Team(tier="officer-alone", model="cit_response", members=tuple(TeamMember(responder=id, role="patrol_officer") for id in ids))
    return e.TeamDispatched(at=at(minute), by="dispatcher-1", team=team)


def arrived(minute, id):
    return e.ResponderArrived(at=at(minute), by=id, responder=id)


def moves(*story):
    """Return what each step of a story moves."""
    case, found = PROGRAM.open("one"), []
    for event in story:
        step = PROGRAM.advance(case, event, Override(by="sergeant-1", reason="imminent_danger"))
        found.append(moved_by(step))
        case = step.case
    return found, busy_with(case, RESTS)


@pytest.mark.parametrize(
    ("story", "last", "busy"),
    [
        ([sent(1, "a", "b")], (("a", "b"), ()), ("a", "b")),
        ([sent(1, "a"), arrived(2, "a")], ((), ()), ("a",)),
        ([sent(1, "a"), arrived(2, "c")], (("c",), ()), ("a", "c")),
        ([sent(1, "a", "b"), e.ResponderCleared(at=at(3), by="a", responder="a")], ((), ("a",)), ("b",)),
        ([arrived(1, "a"), e.ResponderCleared(at=at(3), by="x", responder="x")], ((), ()), ("a",)),
        ([sent(1, "a", "b"), arrived(2, "a"), e.SceneCleared(at=at(3), by="a")], ((), ("a", "b")), ()),
        ([sent(1, "a"), e.IncidentCancelled(at=at(3), by="dispatcher-1")], ((), ("a",)), ()),
        ([sent(1, "a"), e.EnteredInError(at=at(3), by="dispatcher-1", event=2, reason="wrong_incident")], ((), ("a",)), ()),
        ([arrived(5, "a"), e.ResponderCleared(at=at(3), by="a", responder="a")], ((), ()), ("a",)),
        ([e.SceneCleared(at=at(5), by="x"), sent(2, "a")], ((), ()), ()),
        ([sent(1, "a"), e.WeaponSeen(at=at(2), by="a")], ((), ()), ("a",)),
        ([sent(1, "a"), sent(2, "a", "b")], (("a", "b"), ()), ("a", "b")),
    ],
)
def test_who_moves_and_who_is_busy(story, last, busy):
    """Sent, arrived, cleared, the scene cleared, ended, entered in error, and what was recorded late."""
    found, after = moves(received(), *story)
    assert (found[-1], after) == (last, busy)
