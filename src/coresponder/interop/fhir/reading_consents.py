"""Read a Consent (FHIR R4) of a person of ours: given, declined or withdrawn.

A consent that is recorded is never wider than the one that was read: if anything that could limit it
is not understood, it is named and not recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from pydantic import Field

from coresponder.domain import events as e
from coresponder.domain.consents import decline, give, withdraw
from coresponder.domain.objects import Consent, Person
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import (
    ConsentGiver,
    ConsentGround,
    ConsentScope,
    ConsentStatus,
    Purpose,
    ReceiverKind,
)
from coresponder.interop.fhir.codes import (
    CONSENT_STATUSES,
    GIVER_CODES,
    GROUND,
    RECEIVER_KIND,
    SYSTEMS,
    purpose_of_use,
    system_of,
)
from coresponder.interop.fhir.shape import (
    Coding,
    Concept,
    FhirNews,
    Identifier,
    Period,
    Reference,
    Resource,
    Shape,
    Text,
    Time,
    Told,
    code_in,
    is_in,
    unread,
    unread_within,
)
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["ConsentResource", "news_of_consent"]


class _Actor(Shape):
    role: Concept = Concept()
    reference: Reference = Reference()


class _Provision(Shape):
    type: Text | None = None
    period: Period = Period()
    actors: tuple[_Actor, ...] = Field((), alias="actor")
    purposes: tuple[Coding, ...] = Field((), alias="purpose")


class _Contained(Shape):
    kind: Text | None = Field(None, alias="resourceType")
    id: Text | None = None
    patient: Reference = Reference()
    relationship: tuple[Concept, ...] = ()
    type: tuple[Concept, ...] = ()


class _Attachment(Shape):
    url: Text | None = None


class ConsentResource(Resource):
    """A Consent, as far as it is read."""

    status: Text
    scope: Concept = Concept()
    patient: Reference = Reference()
    at: Time = Field(alias="dateTime")
    performers: tuple[Reference, ...] = Field((), alias="performer")
    contained: tuple[_Contained, ...] = ()
    provision: _Provision = Field(default_factory=lambda: _Provision.model_validate({}))
    policy_rule: Concept = Field(Concept(), alias="policyRule")
    source: _Attachment = Field(_Attachment(), alias="sourceAttachment")
    extensions: tuple[Told, ...] = Field((), alias="extension")

    def incident(self, agency: str) -> str | None:
        """Return the incident in which it was recorded, if this agency wrote it."""
        ours = f"{system_of(agency, 'incident')}:"
        url = self.source.url or ""
        return url.removeprefix(ours) if url.startswith(ours) else None


def news_of_consent(found: ConsentResource, case: Case, *, agency: str, by: str) -> FhirNews:
    """Compare a Consent with the record. The same Consent has no news the second time."""
    status = _STATUSES.get(found.status)
    if status is None:
        return FhirNews(left_out=(f"Consent.status: {described(found.status)}",))
    known_as = found.patient.identifier
    person = known_as.value if known_as.system == system_of(agency, "person") else None
    if person is None or not is_in(case, person):
        return FhirNews(left_out=("the Consent is of no person of this incident",))
    said = _Said(found, agency)
    one = said.consent(status) or _taken_back(said, status, case, person)
    unknown = (*said.limits, *said.others())
    if one is None or (said.limits and status is ConsentStatus.GIVEN):
        why = "the Consent is not recorded, because what it covers is not fully understood"
        return FhirNews(left_out=(*unknown, why))
    news = _compared(one, person, case, opaque_id(by))
    return attrs.evolve(news, left_out=(*unknown, *news.left_out))


def _taken_back(said: _Said, status: ConsentStatus, case: Case, person: str) -> Consent | None:
    """Return the withdrawal of a consent that is known by its id, though its scope is none of ours."""
    id = said.found.known_as(system_of(said.agency, "consent-id"))
    one = case.incident.person(person)
    known = [old for old in (one.consents if one else ()) if id is not None and old.id == id]
    if status is not ConsentStatus.WITHDRAWN or not known:
        return None
    return attrs.evolve(known[0], status=status, since=said.found.at)


_LIMITING = frozenset({"implicitRules", "verification", "policy"})
"""Parts of a Consent that are not read and may limit it."""
_STATUSES = {code: ConsentStatus(ours) for ours, code in CONSENT_STATUSES.items()}
_PURPOSES = {tuple(purpose_of_use(one).values()): one for one in Purpose}
_OURS = ("category", "organization")


class _Said:
    """What a Consent covers. `limits` are the parts that may limit it and are not understood."""

    def __init__(self, found: ConsentResource, agency: str) -> None:
        self.found, self.agency = found, agency
        self.limits: list[str] = []

    def consent(self, status: ConsentStatus) -> Consent | None:
        """Return it as ours; None without a scope of ours."""
        found, text = self.found, self.found.scope.text
        self.limits += ["Consent.modifierExtension"] if found.modifiers else []
        self.limits += [one for one in unread(found, "Consent", _OURS) if _may_limit(one)]
        self.limits += unread_within(found.meta, "Consent.meta", ("versionId", "profile", "source"))
        self.limits += unread_within(found.scope, "Consent.scope")
        if any(one.system not in {None, SYSTEMS["scope"]} for one in found.scope.coding):
            self.limits.append("Consent.scope.coding: a code of another system")
        if found.policy_rule.text not in {None, "42 CFR Part 2"}:
            self.limits.append("Consent.policyRule.text")
        if text not in set(ConsentScope):
            self.limits.append(f"Consent.scope: {described(text)}")
            return None
        receiver, kind = self._receivers()
        return Consent(
            scope=ConsentScope(text),
            status=status,
            since=found.at,
            id=self._opaque(found.known_as(system_of(self.agency, "consent-id")), "identifier"),
            receiver=receiver,
            receiver_kind=kind,
            purpose=self._purpose(),
            until=self._until(status),
            given_by=self._giver(),
            ground=self._ground(),
        )

    def others(self) -> Iterator[str]:
        """Yield what is not read and limits nothing."""
        yield from (one for one in unread(self.found, "Consent", _OURS) if not _may_limit(one))
        for told in self.found.extensions:
            if told.url != GROUND:
                yield f"Consent.extension: {described(told.url)}"
        if code_in(self.found.policy_rule, SYSTEMS["policy"]) not in {None, "hipaa-auth"}:
            yield "Consent.policyRule"

    def _opaque(self, id: str | None, where: str) -> str | None:
        try:
            return None if id is None else opaque_id(id)
        except ValueError as error:
            self.limits.append(f"Consent.{where}: {error}")
            return None

    def _until(self, status: ConsentStatus) -> dt.datetime | None:
        provision = self.found.provision
        wanted = "permit" if status is ConsentStatus.GIVEN else "deny"
        if provision.type != wanted:
            self.limits.append(f"Consent.provision.type: {described(provision.type)}")
        self.limits += unread_within(provision, "Consent.provision")
        if provision.period.start is not None and provision.period.start > self.found.at:
            self.limits.append("Consent.provision.period.start: it begins later than it was given")
        return provision.period.end

    def _receivers(self) -> tuple[str | None, ReceiverKind | None]:
        named, kinds = [], []
        for number, actor in enumerate(self.found.provision.actors):
            is_receiver = code_in(actor.role, SYSTEMS["participation"]) == "IRCP"
            id = actor.reference.identifier
            ours = id.system == system_of(self.agency, "receiver") and id.value is not None
            if is_receiver and ours:
                named.append(self._opaque(id.value, f"provision.actor[{number}]"))
            elif is_receiver and id.system == RECEIVER_KIND and id.value in set(ReceiverKind):
                kinds.append(ReceiverKind(id.value))
            else:
                self.limits.append(f"Consent.provision.actor[{number}]: no receiver of ours")
        if len(named) > 1 or len(kinds) > 1:
            self.limits.append("Consent.provision.actor: several receivers")
        return (named[0] if named else None), (kinds[0] if kinds else None)

    def _purpose(self) -> Purpose | None:
        codes = [(one.system, one.code) for one in self.found.provision.purposes]
        if len(codes) > 1 or any(code not in _PURPOSES for code in codes):
            self.limits.append("Consent.provision.purpose: not one purpose of ours")
            return None
        return _PURPOSES[codes[0]] if codes else None  # type: ignore[index]

    def _giver(self) -> ConsentGiver | None:
        """Return who gave it in the person's place; the performer is the person, or is contained."""
        performers = self.found.performers
        if len(performers) != 1:
            self.limits.append("Consent.performer: not one person who gave it")
            return None
        who = performers[0]
        self.limits += unread_within(who, "Consent.performer")
        if who.identifier.value is not None and who.identifier == self.found.patient.identifier:
            return None
        inside = [one for one in self.found.contained if one.id and who.reference == f"#{one.id}"]
        for one in inside:
            self.limits += unread_within(one, "Consent.contained")
            if one.patient.identifier not in {Identifier(), self.found.patient.identifier}:
                self.limits.append("Consent.contained.patient: somebody else")
        for giver, (system, code) in GIVER_CODES.items():
            if any(code_in(it, system) == code for one in inside for it in _relations(one)):
                return giver
        self.limits.append("Consent.performer: neither the person, a guardian nor a court")
        return None

    def _ground(self) -> ConsentGround | None:
        codes = [one.code for one in self.found.extensions if one.url == GROUND]
        if not codes:
            return None
        if len(codes) == 1 and codes[0] in set(ConsentGround):
            return ConsentGround(codes[0])
        self.limits.append("Consent.extension: no ground of ours")
        return None


def _may_limit(name: str) -> bool:
    key = name.removeprefix("Consent.")
    return key in _LIMITING or key.startswith("_")


def _relations(one: _Contained) -> tuple[Concept, ...]:
    return (*one.relationship, *one.type)


# --- what is new in it ----------------------------------------------------------------------------

_Told = e.ConsentGiven | e.ConsentDeclined | e.ConsentWithdrawn
_DOES: Mapping[type[e.Event], Callable[[Person, Any], Person]] = {
    e.ConsentGiven: give,
    e.ConsentDeclined: decline,
    e.ConsentWithdrawn: withdraw,
}


def _compared(one: Consent, person: str, case: Case, by: str) -> FhirNews:
    told = [
        entry.event
        for entry in case.entries()
        if entry.happened and type(entry.event) in _DOES and entry.event.person == person  # type: ignore[attr-defined]
    ]
    known = _as_of(told, person, one.since, case)
    if any(_same(one, old) for old in known):
        return FhirNews()
    if why := next((why for old in known if (why := _stands_against(one, old))), None):
        return FhirNews(left_out=(f"{person}: {why}; the Consent is not recorded",))
    event = _event(one, person, by)
    if case.was_told(event):
        return FhirNews()
    if why := _takes_others(one, known):
        return FhirNews(left_out=(f"{person}: {why}, and another stands; record which is meant",))
    return FhirNews(events=(event,), odd=tuple(_odd(one, person, known, told)))


def _takes_others(one: Consent, known: tuple[Consent, ...]) -> str | None:
    """Return what was said of a consent that is not known, if to record it would also take back
    others, of which it was not said.
    """
    if one.status is ConsentStatus.GIVEN or not _stand_beside(one, known):
        return None
    if one.status is ConsentStatus.DECLINED:
        if _key(one) == (one.scope, None, None, None, None):
            return None
        return f"one consent to {one.scope} was declined"
    if one.id is not None or _key(one) in map(_key, known):
        return None
    return f"a consent to {one.scope} was withdrawn that was never given here"


def _stand_beside(one: Consent, known: tuple[Consent, ...]) -> bool:
    """Return whether other consents to the same scope stand."""
    given = [old for old in known if old.status is ConsentStatus.GIVEN and old.scope is one.scope]
    return any(_key(old) != _key(one) for old in given)


def _as_of(told: list[e.Event], person: str, at: dt.datetime, case: Case) -> tuple[Consent, ...]:
    """Return the consents of a person as they were."""
    if all(event.at <= at for event in told):
        now = case.incident.person(person)
        return now.consents if now else ()
    one = Person(id=person)
    for event in told:
        if event.at <= at:
            one = _DOES[type(event)](one, event)
    return one.consents


def _key(one: Consent) -> tuple[Any, ...]:
    if one.id is not None:
        return (one.scope, one.id)
    return (one.scope, None, one.receiver, one.receiver_kind, one.purpose)


def _same(new: Consent, old: Consent) -> bool:
    if new.status is not ConsentStatus.GIVEN:
        return (_key(new), new.status, new.since) == (_key(old), old.status, old.since)
    return new == old


def _stands_against(new: Consent, old: Consent) -> str | None:
    """Return why a consent that is known keeps one from being recorded; None if it does not. Of two
    that say different things of one instant, the one that covers less stands.
    """
    if new.status is not ConsentStatus.GIVEN:
        return None
    if new.scope is not old.scope or new.since != old.since:
        return None
    if old.status is not ConsentStatus.GIVEN:
        return f"a consent to {old.scope} was declined or withdrawn at the same time"
    if _key(new) == _key(old) and not _covers_less(new, old):
        which = f"the consent {new.id}" if new.id else f"a consent to {new.scope} without an id"
        return f"another version of {which} has the same time and covers less"
    return None


def _covers_less(new: Consent, old: Consent) -> bool:
    """Return whether each limit of a consent is also a limit of another one."""
    ends = old.until is None or (new.until is not None and new.until <= old.until)
    limits = ("receiver", "receiver_kind", "purpose")
    return ends and all(getattr(old, n) in {None, getattr(new, n)} for n in limits)


def _event(one: Consent, person: str, by: str) -> _Told:
    told: dict[str, Any] = {"at": one.since, "by": by, "person": person, "scope": one.scope}
    if one.status is ConsentStatus.DECLINED:
        return e.ConsentDeclined(**told)
    if one.status is ConsentStatus.WITHDRAWN:
        return e.ConsentWithdrawn(**told, consent=one.id)
    return e.ConsentGiven(
        **told,
        consent=one.id,
        receiver=one.receiver,
        receiver_kind=one.receiver_kind,
        purpose=one.purpose,
        until=one.until,
        given_by=one.given_by,
        ground=one.ground,
    )


def _odd(
    one: Consent, person: str, known: tuple[Consent, ...], told: list[e.Event]
) -> Iterator[str]:
    if one.status is ConsentStatus.WITHDRAWN and _key(one) not in map(_key, known):
        yield f"{person}: a consent to {one.scope} was withdrawn that was never given here"
    if one.status is ConsentStatus.WITHDRAWN and one.id is None and _stand_beside(one, known):
        yield f"{person}: a consent to {one.scope} without an id was withdrawn, so all to it are"
    if one.status is ConsentStatus.DECLINED and _stand_beside(one, known):
        yield f"{person}: {one.scope} was declined, so all consents to it are withdrawn"
    was = {old.scope for old in known if one.id is not None and old.id == one.id} - {one.scope}
    for scope in sorted(was) if one.status is ConsentStatus.GIVEN else ():
        yield f"{person}: the consent {one.id} was one to {scope}, and takes its place"
    if any(v.at > one.since and v.scope is one.scope for v in told):  # type: ignore[attr-defined]
        yield f"{person}: the Consent to {one.scope} is older than the record; it is kept in its place"
