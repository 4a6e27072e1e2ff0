"""Read a Consent (FHIR R4) of a person of ours: given, declined or withdrawn.

A consent that is recorded is never wider than the one that was read: if anything that could limit it
is not understood, it is named and not recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import ClassVar

import attrs
from pydantic import Field

from coresponder.domain.objects import Consent
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
    CONSENT_SCOPES,
    CONSENT_STATUSES,
    GIVER_CODES,
    GROUND,
    RECEIVER_KIND,
    SYSTEMS,
    no_identifier,
    not_recorded,
    purpose_of_use,
    system_of,
)
from coresponder.interop.fhir.comparing_consents import compared
from coresponder.interop.fhir.pointing import points_elsewhere
from coresponder.interop.fhir.shape import (
    Coding,
    Concept,
    FhirNews,
    Period,
    Reference,
    Resource,
    Shape,
    Text,
    Time,
    Told,
    code_in,
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

    names_incident: ClassVar[str] = "Consent.sourceAttachment.url"
    status: Text
    scope: Concept = Concept()
    categories: tuple[Concept, ...] = Field((), alias="category")
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

    @property
    def incident_systems(self) -> tuple[str | None, ...]:
        """The systems in which it names an incident."""
        return (self.source.url,)


def news_of_consent(found: ConsentResource, case: Case, *, agency: str, by: str) -> FhirNews:
    """Compare a Consent with the record. The same Consent has no news the second time."""
    status = _STATUSES.get(found.status)
    if status is None:
        return FhirNews(not_recorded=(not_recorded("Consent", found.status),))
    known_as = found.patient.identifier
    person = known_as.value if known_as.system == system_of(agency, "person") else None
    if person is None:
        why = no_identifier("Consent.patient.identifier", "person", agency, (known_as.system,))
        return FhirNews(not_recorded=(why,))
    if case.incident.person(person) is None:
        why = f"Consent.patient.identifier: the person is nobody of incident {case.id}"
        return FhirNews(not_recorded=(why,))
    if another := _of_another(found, case, person, agency):
        return FhirNews(not_recorded=(another,))
    said = _Said(found, agency)
    one = said.consent(status) or _taken_back(said, status, case, person)
    unknown = (*said.limits, *said.others())
    if one is None or (said.limits and status is ConsentStatus.GIVEN):
        why = "the Consent is not recorded, because what it covers is not fully understood"
        return FhirNews(not_recorded=(why,), left_out=unknown)
    news = compared(one, person, case, opaque_id(by))
    return attrs.evolve(news, left_out=unknown)


def _of_another(found: ConsentResource, case: Case, person: str, agency: str) -> str | None:
    """Return why it may be another person's. One that is given is held back by what limits it."""
    if points_elsewhere(found.patient, case, person):
        return "Consent.patient: its reference is to another person than its identifier"
    known_as = found.known_as(system_of(agency, "consent")) or person
    if found.status != "active" and known_as.partition("/")[0] != person:
        return "Consent.identifier: it is the consent of another person than Consent.patient"
    return None


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
_OURS = ("organization",)
_WHO = frozenset(
    f"Consent.contained.{name}"
    for name in (
        "name", "alias", "identifier", "telecom", "address", "gender", "birthDate", "photo", "communication", "contact",
    )
)  # fmt: skip
"""What says who the giver is, and limits nothing."""


class _Said:
    """What a Consent covers. `limits` are the parts that may limit it and are not understood,
    `harmless` others that are not read.
    """

    def __init__(self, found: ConsentResource, agency: str) -> None:
        self.found, self.agency = found, agency
        self.limits: list[str] = []
        self.harmless: list[str] = []

    def consent(self, status: ConsentStatus) -> Consent | None:
        """Return it as ours; None without a scope of ours."""
        found, text = self.found, self.found.scope.text
        self.limits += ["Consent.modifierExtension"] if found.modifiers else []
        self.limits += [one for one in unread(found, "Consent", _OURS) if _may_limit(one)]
        self.limits += unread_within(found.meta, "Consent.meta")
        self.limits += unread_within(found.patient, "Consent.patient")
        self.limits += self._contradictions()
        if text not in set(ConsentScope):
            self.limits.append(f"Consent.scope: {described(text)}")
            return None
        scope = ConsentScope(text)
        self.limits += self._of_another_scope(scope)
        receiver, kind = self._receivers()
        return Consent(
            scope=scope,
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

    def _contradictions(self) -> Iterator[str]:
        """Yield what says another thing than the parts that are read."""
        found = self.found
        yield from unread_within(found.scope, "Consent.scope")
        if any(one.system not in {None, SYSTEMS["scope"]} for one in found.scope.coding):
            yield "Consent.scope.coding: a code of another system"
        if found.patient.type not in {None, "Patient"}:
            yield f"Consent.patient.type: {described(found.patient.type)}"
        kinds = {one.code for it in found.categories for one in it.coding if one.system == SYSTEMS["act"]}  # fmt: skip
        if not kinds <= {"IDSCL"}:
            yield "Consent.category: it is not to disclose something"

    def _of_another_scope(self, scope: ConsentScope) -> Iterator[str]:
        """Yield what says that the consent is to something else than the scope in words."""
        found = self.found
        code = CONSENT_SCOPES.get(scope, "patient-privacy")
        if any(one.code != code for one in found.scope.coding):
            yield f"Consent.scope.coding: it is another scope than {scope}"
        part_2 = {"42 CFR Part 2"} if scope is ConsentScope.SUBSTANCE_USE_RECORDS else set()
        if found.policy_rule.text not in {None, *part_2}:
            yield "Consent.policyRule.text"
        about = f"{found.patient.identifier.value}/{scope}"
        known_as = found.known_as(system_of(self.agency, "consent"))
        if known_as is not None and not f"{known_as}/".startswith(f"{about}/"):
            yield "Consent.identifier: it is that of another person or scope"

    def others(self) -> Iterator[str]:
        """Yield what is not read and limits nothing."""
        yield from self.harmless
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
        start, end = provision.period.start, provision.period.end
        if start is not None and start > self.found.at:
            self.limits.append("Consent.provision.period.start: it begins later than it was given")
        if end is not None and end < (start or end):
            self.limits.append("Consent.provision.period: its end lies before its start")
        if end is not None and end < self.found.at:
            self.limits.append("Consent.provision.period.end: it ended before it was given")
        return end

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
        patient = self.found.patient
        if who.identifier.value is not None and who.identifier.names == patient.identifier.names:
            if who.type not in {None, "Patient"} or who.reference not in {None, patient.reference}:
                self.limits.append("Consent.performer: it points to somebody else than it names")
            return None
        inside = [one for one in self.found.contained if one.id and who.reference == f"#{one.id}"]
        for one in inside:
            for name in unread_within(one, "Consent.contained"):
                (self.harmless if name in _WHO else self.limits).append(name)
            if one.patient.identifier.names not in {(None, None), patient.identifier.names}:
                self.limits.append("Consent.contained.patient: somebody else")
        givers = {giver for one in inside for giver in _givers(one)}
        if len(givers) == len(inside) == 1:
            return givers.pop()
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


def _givers(one: _Contained) -> Iterator[ConsentGiver]:
    """Yield each giver that a contained resource is, by a code or by a word of ours."""
    for said in (*one.relationship, *one.type):
        for giver, (system, code) in GIVER_CODES.items():
            if (system, code) in {(it.system, it.code) for it in said.coding} or said.text == giver:
                yield giver
