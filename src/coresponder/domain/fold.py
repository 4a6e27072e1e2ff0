"""Fold an event into an incident: pure and total. A fold never refuses; another room decides what
is permitted.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import attrs

from coresponder.domain import consents
from coresponder.domain import events as e
from coresponder.domain.frozen import copier
from coresponder.domain.objects import (
    Attending,
    Call,
    FollowUp,
    Incident,
    Link,
    Person,
    Referral,
    Scene,
    Transport,
)
from coresponder.domain.vocabulary import (
    CallSource,
    FollowUpStatus,
    Nature,
    ReferralStatus,
)

__all__ = ["Fold", "fold_for"]

Fold = Callable[[Incident, Any, str], Incident]
"""(incident, event, next state) -> incident."""


_moved = copier(Incident, "state")
_with_scene = copier(Incident, "state", "scene")
_with_attending = copier(Incident, "state", "attending")
_with_arrival = copier(Incident, "state", "scene", "attending")
_with_people = copier(Incident, "state", "people")
_with_referrals = copier(Incident, "state", "referrals")
_with_follow_ups = copier(Incident, "state", "follow_ups")
_with_call = copier(Incident, "state", "call")
_with_call_and_scene = copier(Incident, "state", "call", "scene")
_with_transports = copier(Incident, "state", "transports")
_with_links = copier(Incident, "state", "links")
_with_merger = copier(Incident, "state", "merged_into")
_with_taker = copier(Incident, "state", "transferred_to")
_with_teams = copier(Incident, "state", "teams")
_with_disposition = copier(Incident, "state", "disposition")
_with_weapon = copier(Scene, "weapon")
_triaged = copier(Call, "nature", "priority", "qualifies", "local")
_involved = copier(Person, "roles", "age_group", "age_band", "veteran", "prior")
_cared_for = copier(Person, "care", "care_at")
_with_prior = copier(Person, "prior")
_needing = copier(Person, "communication", "language")
_interpreted = copier(Person, "interpreter")
_guarded = copier(Person, "guardian")
_named = copier(Person, "id")
_apart = copier(Person, "apart_from")
_planned = copier(Person, "safety_plan")
_referred = copier(Referral, "status", "owner", "due", "service", "warm_hand_off")
_followed = copier(FollowUp, "status", "outcome")
_received = copier(Call, "source", "nature", "priority", "local")
_STRANGER = Person(id="nobody")
_NO_CALL = Call(source=CallSource.OTHER_AGENCY, nature=Nature.OTHER)


def _only_state(incident: Incident, _: e.Event, state: str) -> Incident:
    return incident if incident.state == state else _moved(incident, state)


def _scene(change: Callable[[Scene, Any], Scene]) -> Fold:
    """Apply a change of the scene to the incident."""

    def fold(incident: Incident, event: e.Event, state: str) -> Incident:
        scene = change(incident.scene, event)
        if scene is incident.scene and incident.state == state:
            return incident
        return _with_scene(incident, state, scene)

    return fold


def _flag(name: str) -> Fold:
    put = copier(Scene, name)
    return _scene(lambda scene, _: scene if getattr(scene, name) else put(scene, True))


def _person(id_of: str, change: Callable[[Person, Any], Person]) -> Fold:
    """Apply a change of the person whom a field of the event names."""
    return _one_person(operator.attrgetter(id_of), change)


def _one_person(id_of: Callable[[Any], str], change: Callable[[Person, Any], Person]) -> Fold:
    """Apply a change of one person to the incident; an unknown person becomes known."""

    def fold(incident: Incident, event: e.Event, state: str) -> Incident:
        id = id_of(event)
        old = incident.person(id)
        new = change(old or _named(_STRANGER, id), event)
        people = (
            (*incident.people, new)
            if old is None
            else tuple(new if p is old else p for p in incident.people)
        )
        return _with_people(incident, state, people)

    return fold


def _involve(person: Person, event: e.PersonInvolved) -> Person:
    roles = person.roles if event.role in person.roles else (*person.roles, event.role)
    known = event.age_group if event.age_group is not event.age_group.UNKNOWN else person.age_group
    before = person.age_band if person.age_band and person.age_band.group is known else None
    veteran = person.veteran if event.veteran is None else event.veteran
    return _involved(
        person, roles, known, event.age_band or before, veteran, event.prior or person.prior
    )


def _need(person: Person, event: e.CommunicationNeedFound) -> Person:
    known = person.communication
    needs = known if event.need in known else (*known, event.need)
    return _needing(person, needs, event.language or person.language)


_with_plan = _person("person", lambda person, _: _planned(person, True))
_flag_plan = _flag("safety_plan")


def _plan(incident: Incident, event: e.SafetyPlanMade, state: str) -> Incident:
    return _flag_plan(_with_plan(incident, event, state), event, state)


def _keep_apart(
    incident: Incident, event: e.NoContactMarked | e.NoContactLifted, state: str
) -> Incident:
    """Note on both people that they are kept apart, or no longer."""
    marked = isinstance(event, e.NoContactMarked)
    for id, other in ((event.person, event.protects), (event.protects, event.person)):
        incident = _person_apart(id, other, marked=marked)(incident, event, state)
    return incident


def _person_apart(id: str, other: str, *, marked: bool) -> Fold:
    def change(person: Person, _: e.Event) -> Person:
        kept = tuple(one for one in person.apart_from if one != other)
        return _apart(person, (*kept, other) if marked else kept)

    return _one_person(lambda _: id, change)


_arrived = copier(Scene, "arrived_at")
_cleared = copier(Scene, "cleared_at")
_techniques = copier(Scene, "techniques")
_force = copier(Scene, "force_count")
_injury = copier(Scene, "injury_count")
_clinician = copier(Scene, "clinician")
_location = copier(Scene, "location")
_attempts = copier(Scene, "attempts")
_commanded = copier(Scene, "led_by", "commander")


def _arrive(incident: Incident, event: e.ResponderArrived, state: str) -> Incident:
    scene, there = incident.scene, incident.attending
    known = next((one for one in there if one.id == event.responder), None)
    if known is None or event.role not in {None, known.role}:
        others = _others_attending(incident, event.responder)
        there = (*others, Attending(id=event.responder, role=event.role))
    if scene.arrived_at is None:
        scene = _arrived(scene, event.at)
    return _with_arrival(incident, state, scene, there)


def _leave(
    incident: Incident, event: e.ResponderCleared | e.ResponderRelieved, state: str
) -> Incident:
    return _with_attending(incident, state, tuple(_others_attending(incident, event.responder)))


def _others_attending(incident: Incident, responder: str) -> list[Attending]:
    return [one for one in incident.attending if one.id != responder]


def _relieve(incident: Incident, event: e.ResponderRelieved, state: str) -> Incident:
    """Let one responder leave; what they own of referrals and follow-ups is the other's."""
    return attrs.evolve(
        _leave(incident, event, state),
        referrals=_owned_anew(incident.referrals, event),
        follow_ups=_owned_anew(incident.follow_ups, event),
    )


def _owned_anew(parts: tuple[Any, ...], event: e.ResponderRelieved) -> tuple[Any, ...]:
    return tuple(
        attrs.evolve(part, owner=event.relieved_by)
        if part.is_open and part.owner == event.responder
        else part
        for part in parts
    )


def _command(scene: Scene, event: e.CommandTaken | e.CommandTransferred) -> Scene:
    return _commanded(scene, event.service, event.commander)


def _clear(incident: Incident, event: e.SceneCleared, state: str) -> Incident:
    return _with_arrival(incident, state, _cleared(incident.scene, event.at), ())


def _add_techniques(scene: Scene, event: e.DeEscalationAttempted) -> Scene:
    known = scene.techniques
    new = tuple([t for t in event.techniques if t not in known]) if known else event.techniques
    return _techniques(scene, known + new) if new else scene


def _receive(incident: Incident, event: e.CallReceived, state: str) -> Incident:
    """Keep the first call: a second caller about the same incident does not change it."""
    if incident.call is not None:
        return _only_state(incident, event, state)
    call = _received(_NO_CALL, event.source, event.nature, event.priority, event.local)
    return _with_call(incident, state, call)


def _triage(incident: Incident, event: e.CallTriaged, state: str) -> Incident:
    call, scene = incident.call, incident.scene
    if event.weapon and not scene.weapon:
        scene = _with_weapon(scene, True)
    if call is not None:
        call = _triaged(
            call,
            event.nature,
            event.priority or call.priority,
            event.qualifies,
            call.local + event.local,
        )
    return _with_call_and_scene(incident, state, call, scene)


def _dispatch(incident: Incident, event: e.TeamDispatched, state: str) -> Incident:
    return _with_teams(incident, state, (*incident.teams, event.team))


def _transport(incident: Incident, event: e.PersonTransported, state: str) -> Incident:
    left = Transport(
        person=event.person,
        facility=event.facility,
        transported_by=event.transported_by,
        restrained=event.restrained,
        left_at=event.at,
    )
    gone = _with_transports(incident, state, (*incident.transports, left))
    if event.responder is None:
        return gone
    return _with_attending(gone, state, tuple(_others_attending(gone, event.responder)))


def _transported(time: str) -> Fold:
    """Note a time of the person's last transport that does not have it; without one, of a transport
    of which nothing else is known.
    """
    put = copier(Transport, "facility", time)

    def fold(incident: Incident, event: e.ArrivedAtFacility, state: str) -> Incident:
        mine = (one for one in reversed(incident.transports) if one.person == event.person)
        old = next(mine, None)
        if old is None or getattr(old, time) is not None:
            unknown = Transport(person=event.person, facility=event.facility)
            new = put(unknown, event.facility, event.at)
            return _with_transports(incident, state, (*incident.transports, new))
        new = put(old, event.facility, event.at)
        noted = tuple(new if one is old else one for one in incident.transports)
        return _with_transports(incident, state, noted)

    return fold


def _link(incident: Incident, event: e.IncidentLinked, state: str) -> Incident:
    new = Link(other=event.other, link=event.link)
    known = incident.links
    return _with_links(incident, state, known if new in known else (*known, new))


def _merge(incident: Incident, event: e.IncidentMerged, state: str) -> Incident:
    return _with_merger(incident, state, event.into)


def _hand_on(incident: Incident, event: e.IncidentTransferAccepted, state: str) -> Incident:
    return _with_taker(incident, state, event.department)


def _dispose(incident: Incident, event: e.DispositionRecorded, state: str) -> Incident:
    return _with_disposition(incident, state, event.disposition)


def _offer(incident: Incident, event: e.ReferralOffered, state: str) -> Incident:
    offered = Referral(
        id=event.referral, person=event.person, need=event.need, service=event.service
    )
    kept = tuple(r for r in incident.referrals if r.id != event.referral)
    return _with_referrals(incident, state, (*kept, offered))


_TOLD = ("owner", "due", "service", "warm_hand_off")
_TOLD_OF = operator.attrgetter(*_TOLD)


def _referral(status: ReferralStatus) -> Fold:
    def fold(incident: Incident, event: Any, state: str) -> Incident:
        old = incident.referral(event.referral)
        if old is None:
            return _only_state(incident, event, state)
        told = (getattr(event, name, None) for name in _TOLD)
        before = _TOLD_OF(old)
        more = (was if value is None else value for value, was in zip(told, before, strict=True))
        new = _referred(old, status, *more)
        return _with_referrals(
            incident, state, tuple(new if r is old else r for r in incident.referrals)
        )

    return fold


def _schedule(incident: Incident, event: e.FollowUpScheduled, state: str) -> Incident:
    planned = FollowUp(
        id=event.follow_up, kind=event.kind, due=event.due, owner=event.owner, person=event.person
    )
    kept = tuple(f for f in incident.follow_ups if f.id != event.follow_up)
    return _with_follow_ups(incident, state, (*kept, planned))


def _follow_up(status: FollowUpStatus) -> Fold:
    def fold(incident: Incident, event: Any, state: str) -> Incident:
        old = incident.follow_up(event.follow_up)
        if old is None and not isinstance(event, e.FollowUpDone):
            return _only_state(incident, event, state)
        base = old or FollowUp(
            id=event.follow_up, kind=event.kind, due=event.at, person=event.person
        )
        new = _followed(base, status, getattr(event, "outcome", None))
        others = tuple(f for f in incident.follow_ups if f is not old)
        return _with_follow_ups(incident, state, (*others, new))

    return fold


_FOLDS: dict[type[e.Event], Fold] = {
    e.CallReceived: _receive,
    e.CallTriaged: _triage,
    e.TeamDispatched: _dispatch,
    e.ResponderArrived: _arrive,
    e.ResponderCleared: _leave,
    e.ResponderRelieved: _relieve,
    e.WeaponSeen: _flag("weapon"),
    e.SceneSecured: _flag("secured"),
    e.ImminentDangerSeen: _flag("imminent_danger"),
    e.DeEscalationAttempted: _scene(_add_techniques),
    e.ClinicianEngaged: _scene(lambda scene, event: _clinician(scene, event.presence)),
    e.ExpertConsulted: _flag("expert_consulted"),
    e.CommandTaken: _scene(_command),
    e.CommandTransferred: _scene(_command),
    e.ContactAttempted: _scene(lambda scene, _: _attempts(scene, scene.attempts + 1)),
    e.IncidentLinked: _link,
    e.IncidentMerged: _merge,
    e.IncidentTransferAccepted: _hand_on,
    e.NoContactMarked: _keep_apart,
    e.NoContactLifted: _keep_apart,
    e.PersonInvolved: _person("person", _involve),
    e.PersonIdentified: _person(
        "person", lambda person, event: _with_prior(person, event.prior or person.prior)
    ),
    e.CarePlanShared: _person(
        "person", lambda person, event: _cared_for(person, event.plan, event.at)
    ),
    e.CarePlanEnded: _person("person", lambda person, event: _cared_for(person, None, event.at)),
    e.LocationRecorded: _scene(lambda scene, event: _location(scene, event.location)),
    e.CommunicationNeedFound: _person("person", _need),
    e.InterpreterEngaged: _person(
        "person", lambda person, event: _interpreted(person, event.interpreter)
    ),
    e.GuardianReached: _person("person", lambda person, event: _guarded(person, event.presence)),
    e.Screened: _person(
        "person", lambda person, event: attrs.evolve(person, screening=event.screening)
    ),
    e.SafetyPlanMade: _plan,
    e.ClinicianAgreed: _flag("clinician_agreed"),
    e.ForceUsed: _scene(lambda scene, _: _force(scene, scene.force_count + 1)),
    e.InjuryRecorded: _scene(lambda scene, _: _injury(scene, scene.injury_count + 1)),
    e.PersonTransported: _transport,
    e.ArrivedAtFacility: _transported("arrived_at"),
    e.HandOverAccepted: _transported("accepted_at"),
    e.SceneCleared: _clear,
    e.DispositionRecorded: _dispose,
    e.ConsentGiven: _person("person", consents.give),
    e.ConsentDeclined: _person("person", consents.decline),
    e.ConsentWithdrawn: _person("person", consents.withdraw),
    e.ReferralOffered: _offer,
    e.ReferralSent: _referral(ReferralStatus.REQUESTED),
    e.ReferralAccepted: _referral(ReferralStatus.ACCEPTED),
    e.ReferralRejected: _referral(ReferralStatus.REJECTED),
    e.ReferralDeclined: _referral(ReferralStatus.CANCELLED),
    e.ReferralConnected: _referral(ReferralStatus.IN_PROGRESS),
    e.ReferralPutOnHold: _referral(ReferralStatus.ON_HOLD),
    e.ReferralResumed: _referral(ReferralStatus.IN_PROGRESS),
    e.ReferralCompleted: _referral(ReferralStatus.COMPLETED),
    e.ReferralFailed: _referral(ReferralStatus.FAILED),
    e.ReferralCancelled: _referral(ReferralStatus.CANCELLED),
    e.FollowUpScheduled: _schedule,
    e.FollowUpDone: _follow_up(FollowUpStatus.DONE),
    e.FollowUpMissed: _follow_up(FollowUpStatus.MISSED),
    e.FollowUpCancelled: _follow_up(FollowUpStatus.CANCELLED),
}


def fold_for(event_type: type[e.Event]) -> Fold:
    """Return how this type changes an incident; a type that only moves the state shares one fold.
    The person whom an event names becomes part of the incident.
    """
    fold = _FOLDS.get(event_type, _only_state)
    return _naming(fold) if "person" in attrs.fields_dict(event_type) else fold


def _naming(fold: Fold) -> Fold:
    def named(incident: Incident, event: Any, state: str) -> Incident:
        new, id = fold(incident, event, state), event.person
        if id is None or new.person(id) is not None:
            return new
        return _with_people(new, state, (*new.people, _named(_STRANGER, id)))

    return named
