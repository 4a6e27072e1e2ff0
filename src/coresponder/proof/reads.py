"""The table of what a condition on the incident depends on: the event types that write the field,
their fields, and the individuals it is made of.

A path that is not listed here cannot be explored, so a test compares this table with the fold,
field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import attrs

from coresponder.domain.objects import FollowUp, Person, Referral
from coresponder.domain.vocabulary import (
    AgeGroup,
    FollowUpStatus,
    Need,
    PersonRole,
    ReferralStatus,
    Role,
    ScreeningLevel,
)
from coresponder.lifecycle import FOLLOW_UP, REFERRAL
from coresponder.proof.limits import LimitReached

__all__ = [
    "COLLECTIONS",
    "MEMBERS",
    "Feed",
    "Member",
    "feeds_of",
    "is_highest",
    "is_open",
    "members_of",
    "stranger",
    "writers_of",
]


@attrs.frozen
class Feed:
    """One field of an event type that a path of the incident is made of.

    Attributes:
        event: the event type.
        field: its field; empty when the type alone matters.
        tell: returns the part of the field's value that matters; None when the path holds the value
            itself.
        values: with `tell`, values whose relevant parts differ.
        each: whether the path holds many of these values, so that each value that a condition names
            matters.
    """

    event: str
    field: str = ""
    tell: Callable[[Any], Hashable] | None = None
    values: tuple[Any, ...] = ()
    each: bool = False


@attrs.frozen
class Member:
    """What one individual (a person, a referral, a follow-up) adds to a path of the incident.

    Attributes:
        population: the event field that names individuals of this kind.
        share: returns the contribution of one individual; the path is made of all contributions.
        counts: whether the path counts individuals, so that two of a kind differ from one.
    """

    population: str
    share: Callable[[Any], Any]
    counts: bool


def _loose(part: Referral | FollowUp) -> bool:
    return part.is_open and (part.owner is None or part.due is None)


def _plan(person: Person) -> str:
    """Return how a person stands; a plan counts whether it was made before the screen or after."""
    return "plan" if person.safety_plan else "high" if person.lacks_plan else ""


def _feeds(text: str) -> tuple[Feed, ...]:
    """Read `Event.field Event` into feeds."""
    return tuple(
        Feed(event, field) for event, _, field in (word.partition(".") for word in text.split())
    )


_REFERRALS = tuple(Feed(name) for name in REFERRAL.table)
_FOLLOW_UPS = tuple(Feed(name) for name in FOLLOW_UP.table)
_FILLED_IN = (("ReferralSent", "owner"), ("ReferralSent", "due"), ("FollowUpScheduled", "owner"))
_LOOSE = tuple(Feed(event, field, lambda value: value is None) for event, field in _FILLED_IN)

_LEAVING = _feeds("ResponderCleared ResponderRelieved PersonTransported SceneCleared")

_FEEDS: dict[str, tuple[Feed, ...]] = {
    "state": (),
    "id": (),
    "call": _feeds("CallReceived CallTriaged"),
    "call.source": _feeds("CallReceived.source"),
    "call.nature": _feeds("CallReceived.nature CallTriaged.nature"),
    "call.priority": _feeds("CallReceived.priority CallTriaged.priority"),
    "call.qualifies": _feeds("CallReceived CallTriaged.qualifies"),
    "call.local": _feeds("CallReceived.local CallTriaged.local"),
    "scene": (),
    "scene.arrived_at": _feeds("ResponderArrived"),
    "scene.cleared_at": _feeds("SceneCleared"),
    "scene.clinician": _feeds("ClinicianEngaged.presence"),
    "scene.led_by": _feeds("CommandTaken.service CommandTransferred.service"),
    "scene.commander": _feeds("CommandTaken.commander CommandTransferred.commander"),
    "scene.attempts": _feeds("ContactAttempted"),
    "scene.location": _feeds("LocationRecorded.location"),
    "scene.weapon": _feeds("WeaponSeen CallTriaged.weapon"),
    "scene.secured": _feeds("SceneSecured"),
    "scene.techniques": _feeds("DeEscalationAttempted.techniques"),
    "scene.imminent_danger": _feeds("ImminentDangerSeen"),
    "scene.force_count": _feeds("ForceUsed"),
    "scene.injury_count": _feeds("InjuryRecorded"),
    "scene.safety_plan": _feeds("SafetyPlanMade"),
    "scene.clinician_agreed": _feeds("ClinicianAgreed"),
    "scene.expert_consulted": _feeds("ExpertConsulted"),
    "attending": (),
    "on_scene": (Feed("ResponderArrived", "role", each=True), *_LEAVING),
    "officers_on_scene": (
        Feed(
            "ResponderArrived",
            "role",
            lambda role: role is not None and role.sworn,
            (Role.PATROL_OFFICER, Role.CLINICIAN),
        ),
        *_LEAVING,
    ),
    "responder": (),
    "responder.role": _feeds("ResponderJoined.role RoleChanged.role"),
    "responder.volunteer": _feeds("ResponderJoined.volunteer RoleChanged.volunteer"),
    "responder.vetted": _feeds("VettingPassed VettingExpired"),
    "responder.vetting_expires": _feeds("VettingPassed.expires VettingExpired"),
    "responder.trainings": tuple(
        Feed(event, "training", each=True)
        for event in ("TrainingCompleted", "TrainingRenewed", "TrainingRevoked")
    ),
    "responder.on_shift": _feeds("ShiftStarted ShiftEnded ResponderLeft"),
    "teams": (),
    "people": (),
    "transports": (),
    "links": (),
    "merged_into": _feeds("IncidentMerged.into"),
    "transferred_to": _feeds("IncidentTransferAccepted.department"),
    "referrals": (),
    "follow_ups": (),
    "tier": _feeds("TeamDispatched.team"),
    "disposition": _feeds("DispositionRecorded.disposition"),
    "children": (
        Feed("PersonInvolved", "age_group", lambda age: age, (AgeGroup.CHILD, AgeGroup.ADULT)),
    ),
    "victims": (
        Feed(
            "PersonInvolved",
            "role",
            lambda role: role is PersonRole.VICTIM,
            (PersonRole.VICTIM, PersonRole.PERSON_IN_CRISIS),
        ),
    ),
    "highest_screening": _feeds("Screened.screening.level"),
    "high_without_plan": (
        Feed(
            "Screened",
            "screening.level",
            lambda level: level is ScreeningLevel.HIGH,
            (ScreeningLevel.HIGH, ScreeningLevel.NONE),
        ),
        Feed("SafetyPlanMade"),
    ),
    "most_contacts_90_days": _feeds(
        "PersonInvolved.prior.contacts_90_days PersonIdentified.prior.contacts_90_days"
    ),
    "open_referrals": _REFERRALS,
    "open_follow_ups": _FOLLOW_UPS,
    "loose_ends": (*_REFERRALS, *_FOLLOW_UPS, *_LOOSE),
}

MEMBERS: dict[str, tuple[Member, ...]] = {
    "on_scene": (Member("responder", lambda one: one.role or False, counts=True),),
    "officers_on_scene": (
        Member("responder", lambda one: one.role is not None and one.role.sworn, counts=True),
    ),
    "children": (Member("person", lambda person: person.is_child, counts=True),),
    "victims": (Member("person", lambda person: PersonRole.VICTIM in person.roles, counts=True),),
    "highest_screening": (
        Member(
            "person",
            lambda person: person.screening.level if person.screening else ScreeningLevel.NONE,
            counts=False,
        ),
    ),
    "high_without_plan": (Member("person", _plan, counts=True),),
    "most_contacts_90_days": (
        Member(
            "person",
            lambda person: person.prior.contacts_90_days if person.prior else 0,
            counts=False,
        ),
    ),
    "open_referrals": (Member("referral", lambda part: part.is_open, counts=True),),
    "open_follow_ups": (Member("follow_up", lambda part: part.is_open, counts=True),),
    "loose_ends": (
        Member("referral", _loose, counts=True),
        Member("follow_up", _loose, counts=True),
    ),
}
"""Paths of the incident that are made of individuals. Every other path is one value."""

COLLECTIONS: Mapping[str, str] = {
    "person": "people",
    "responder": "attending",
    "referral": "referrals",
    "follow_up": "follow_ups",
}
"""Event field that names an individual -> the field of the incident that has them."""


def feeds_of(path: str) -> tuple[Feed, ...]:
    """Return the feeds of a path of the incident; raise `LimitReached` for a path that is not
    listed.
    """
    if path not in _FEEDS:
        raise LimitReached(f"incident.{path} is not explored yet")
    return _FEEDS[path]


def writers_of(paths: Mapping[str, Any]) -> frozenset[str]:
    """Return the event types that can change some paths."""
    return frozenset(feed.event for path in paths for feed in feeds_of(path))


def members_of(paths: Mapping[str, Any], population: str) -> dict[str, Member]:
    """Return those of some paths that are made of individuals of one kind."""
    return {
        path: member
        for path in paths
        for member in MEMBERS.get(path, ())
        if member.population == population
    }


def is_highest(path: str) -> bool:
    """Return whether a path holds the highest value of any individual."""
    return path in MEMBERS and not any(member.counts for member in MEMBERS[path])


def is_open(population: str, status: str) -> bool:
    """Return whether a referral or a follow-up of this status is open."""
    if population == "referral":
        return (
            status != "new"
            and Referral(id="r", person="p", need=Need.OTHER, status=ReferralStatus(status)).is_open
        )
    return status == FollowUpStatus.SCHEDULED.value


def stranger(population: str, id: str) -> Person | None:
    """Return an individual that was not named before, as the incident knows them: None, or a person
    of whom nothing is known.
    """
    return Person(id=id) if population == "person" else None
