"""Events and histories for property tests."""

import datetime as dt
import enum
import functools
import typing

import attrs
from hypothesis import strategies as st

from coresponder import MemoryStore, Viewer, Workflow
from coresponder.domain import events as e
from coresponder.domain import vocabulary as v
from coresponder.domain.objects import CarePlan, Screening, Team, TeamMember
from coresponder.record import plain_type
from coresponder.testing import journeys, twins
from tests.conftest import NOON

IDS = st.sampled_from(["person-1", "person-2"])
REFERRALS = st.sampled_from(["r-1", "r-2"])
FOLLOW_UPS = st.sampled_from(["f-1", "f-2"])
TEAM = Team(
    tier="cit-officer",
    model=v.ResponseModel.CIT_RESPONSE,
    members=(TeamMember(responder="cit-1", role=v.Role.CIT_OFFICER),),
)
FIELDS = {
    "team": st.just(TEAM),
    "responder": st.sampled_from(["cit-1", "clinician-1"]),
    "person": IDS,
    "identified_as": IDS,
    "screening": st.builds(Screening, level=st.sampled_from(v.ScreeningLevel)),
    "techniques": st.just((v.Technique.MIRRORING,)),
    "grounds": st.just((v.HoldGround.DANGER_TO_SELF,)),
    "referral": REFERRALS,
    "follow_up": FOLLOW_UPS,
    "due": st.just(NOON + dt.timedelta(days=3)),
    "entry": st.just("entry-1"),
    "digest": st.just("digest-1"),
    "decision": st.just("IncidentClosed"),
    "owner": st.sampled_from(["clinician-1", None]),
    "relieved_by": st.sampled_from(["cit-1", "clinician-1"]),
    "weapon": st.booleans(),
    "sessions": st.integers(0, 9),
    "score": st.integers(8, 32),
    "plan": st.just(CarePlan(flags=("one_voice",))),
    "notifiers": st.integers(1, 3),
    "commander": st.sampled_from(["cit-1", "medic-1"]),
    "protects": IDS,
    "department": st.just("county-sheriff"),
    "other": st.sampled_from(["case-2", "case-3"]),
    "into": st.just("case-2"),
    "access": st.sampled_from(["access-1", "access-2"]),
    "viewer": st.sampled_from(["cit-1", "dispatcher-1"]),
    "roles": st.just(("cit_officer",)),
    "views": st.just(("police-emergency",)),
    "until": st.just(NOON + dt.timedelta(hours=1)),
}


@functools.cache
def _fields(cls):
    """Return how to draw each field that is drawn, and whether it must be; any word of a vocabulary
    may come.
    """
    hints = typing.get_type_hints(cls)
    plain = {
        field.name: (plain_type(hints[field.name]), field.default is attrs.NOTHING)
        for field in attrs.fields(cls)
    }
    return {
        name: (FIELDS[name] if name in FIELDS else st.sampled_from(hint), needed)
        for name, (hint, needed) in plain.items()
        if name in FIELDS or (isinstance(hint, type) and issubclass(hint, enum.Enum))
    }


@st.composite
def events(draw, types=tuple(e.EVENT_TYPES.values()), first=0, last=60 * 24 * 20):
    """Draw an event of any type (but voids) at any time."""
    cls = draw(st.sampled_from([t for t in types if t is not e.EnteredInError]))
    values = {
        name: draw(drawn)
        for name, (drawn, needed) in _fields(cls).items()
        if needed or draw(st.booleans())
    }
    minutes = draw(st.integers(first, last))
    return cls(at=NOON + dt.timedelta(minutes=minutes), by="dispatcher-1", **values)


def histories(longest=14):
    """Draw a call and whatever follows, in any order of recording."""
    opening = st.builds(
        e.CallReceived,
        at=st.just(NOON),
        by=st.just("dispatcher-1"),
        source=st.sampled_from(v.CallSource),
        nature=st.sampled_from(v.Nature),
    )
    return st.builds(
        lambda first, rest: (first, *rest), opening, st.lists(events(), max_size=longest)
    )


def windows_alike(data, program, roles):
    """Draw two histories that look alike to a role for a purpose, and return the window on each.

    Args:
        data: what Hypothesis draws from.
        program: under which the histories are recorded.
        roles: the roles and purposes to choose from.
    """
    case = data.draw(journeys(program, longest=8)).case
    role, purpose = data.draw(st.sampled_from(roles))
    viewer = Viewer(id="u-1", roles=(role,))
    one = program.replay(case.id, case.recorded())
    other = data.draw(twins(program, one, viewer.roles, purpose))
    now = one.last_at + dt.timedelta(hours=1)
    for each in (one, other):
        workflow = Workflow(program, MemoryStore(), clock=lambda: now, recognizer=None)
        workflow.replay(each.id, each.recorded())
        yield workflow.as_(viewer, purpose)
