"""Events and histories for property tests."""

import datetime as dt

import attrs
from hypothesis import strategies as st

from coresponder.domain import events as e
from coresponder.domain import vocabulary as v
from coresponder.domain.objects import Screening, Team, TeamMember
from tests.conftest import NOON

IDS = st.sampled_from(["person-1", "person-2"])
REFERRALS = st.sampled_from(["r-1", "r-2"])
FOLLOW_UPS = st.sampled_from(["f-1", "f-2"])
TEAM = Team(
    tier="cit-officer",
    model=v.ResponseModel.CIT_RESPONSE,
    members=(TeamMember(responder="cit-1", role=v.Role.CIT_OFFICER),),
)
OWN = {
    "outcome": (e.FollowUpDone,),
    "reason": (e.PolicyOverridden,),
    "role": (e.PersonInvolved,),
    "kind": (e.ForceUsed,),
}
FIELDS = {
    "source": st.sampled_from(v.CallSource), "nature": st.sampled_from(v.Nature), "team": st.just(TEAM), "responder": st.sampled_from(["cit-1", "clinician-1"]),
    "role": st.sampled_from(v.Role), "person": IDS, "age_group": st.sampled_from(v.AgeGroup),
    "screening": st.builds(Screening, level=st.sampled_from(v.ScreeningLevel)), "disposition": st.sampled_from(v.Disposition),
    "kind": st.sampled_from(v.FollowUpKind), "injured": st.sampled_from(v.Injured), "techniques": st.just((v.Technique.MIRRORING,)),
    "grounds": st.just((v.HoldGround.DANGER_TO_SELF,)), "facility": st.sampled_from(v.Facility), "to": st.sampled_from(v.HandOverTo),
    "referral": REFERRALS, "need": st.sampled_from(v.Need), "follow_up": FOLLOW_UPS, "due": st.just(NOON + dt.timedelta(days=3)),
    "reason": st.sampled_from(v.MissedReason), "entry": st.just("entry-1"), "digest": st.just("digest-1"), "decision": st.just("IncidentClosed"),
    "owner": st.sampled_from(["clinician-1", None]), "relieved_by": st.sampled_from(["cit-1", "clinician-1"]), "outcome": st.sampled_from(v.AttemptOutcome), "aid": st.sampled_from(v.MedicalAid), "alternative": st.sampled_from(v.Alternative), "scope": st.sampled_from(v.ConsentScope), "weapon": st.booleans(),
}  # fmt: skip


@st.composite
def events(draw, types=tuple(e.EVENT_TYPES.values()), first=0, last=60 * 24 * 20):
    """Draw an event of any type (but voids) at any time."""
    cls = draw(st.sampled_from([t for t in types if t is not e.EnteredInError]))
    values = {}
    for field in attrs.fields(cls):
        if (
            field.name in FIELDS
            and cls not in OWN.get(field.name, ())
            and (field.default is attrs.NOTHING or draw(st.booleans()))
        ):
            values[field.name] = draw(FIELDS[field.name])
    if cls is e.PersonInvolved:
        values["role"] = draw(st.sampled_from(v.PersonRole))
    if cls is e.PolicyOverridden:
        values["reason"] = draw(st.sampled_from(v.OverrideReason))
    if cls is e.ForceUsed:
        values["kind"] = draw(st.sampled_from(v.ForceKind))
    minutes = draw(st.integers(first, last))
    return cls(at=NOON + dt.timedelta(minutes=minutes), by="dispatcher-1", **values)


def histories(longest=14):
    """Draw a call and whatever follows, in any order of recording."""
    opening = st.builds(
        e.CallReceived,
        at=st.just(NOON),
        by=st.just("dispatcher-1"),
        source=FIELDS["source"],
        nature=FIELDS["nature"],
    )
    return st.builds(
        lambda first, rest: (first, *rest), opening, st.lists(events(), max_size=longest)
    )
