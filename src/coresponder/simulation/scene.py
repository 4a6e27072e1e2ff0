"""What happens on scene, and how often it slips."""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.domain.vocabulary import (
    AgeGroup,
    Alternative,
    AttemptOutcome,
    ConsentGiver,
    ConsentScope,
    CrimeAgainst,
    CriticalKind,
    Disposition,
    Facility,
    ForceKind,
    HandOverTo,
    HoldGround,
    Injured,
    InjurySeverity,
    MedicalAid,
    Nature,
    Need,
    OrderKind,
    PersonRole,
    Presence,
    Role,
    ScreeningLevel,
    Technique,
    Transporter,
)
from coresponder.simulation.agencies import help_from_others
from coresponder.simulation.command import barricade, cut_off, go_in
from coresponder.simulation.ending import RESOLVED, draw_ending
from coresponder.simulation.force import use_force
from coresponder.simulation.identities import meet_a_stranger
from coresponder.simulation.life import Life, Process
from coresponder.simulation.people import critical
from coresponder.simulation.persons import describe, understand
from coresponder.simulation.rates import rate
from coresponder.simulation.return_visits import reach_first_contact
from coresponder.simulation.victims import protect
from coresponder.simulation.weapons import counsel, find_weapon

__all__ = ["CRISIS", "consent", "in_a_family", "involve", "involve_children", "offer", "scene"]

CRISIS = {
    Nature.SUICIDE_THREAT,
    Nature.SUICIDE_ATTEMPT,
    Nature.PSYCHOSIS,
    Nature.MENTAL_HEALTH_CRISIS,
    Nature.OVERDOSE,
    Nature.WELFARE_CHECK,
    Nature.DISTURBANCE,
    Nature.HOMELESSNESS,
    Nature.SELF_HARM,
    Nature.INTOXICATION,
    Nature.SUBSTANCE_USE,
    Nature.DEMENTIA,
    Nature.DEVELOPMENTAL_DISABILITY,
    Nature.POSTPARTUM_CRISIS,
    Nature.EVICTION,
    Nature.TRESPASS,
}
_TRANSPORTERS = {
    Transporter.POLICE: (80, 20),
    Transporter.EMS: (20, 40),
    Transporter.CRISIS_TEAM: (0, 20),
    Transporter.FAMILY: (0, 20),
}
"""Who takes a person: how often on a hold, and how often of the person's own will. Made up."""
_FACILITIES = (
    Facility.EMERGENCY_DEPARTMENT,
    Facility.CRISIS_WALK_IN,
    Facility.STABILIZATION,
    Facility.SOBERING,
)
_FAMILY = {Nature.CHILD_EXPOSED_TO_VIOLENCE, Nature.DOMESTIC_VIOLENCE}
_WEIGHS = {
    Nature.SUICIDE_ATTEMPT: CriticalKind.DEATH,
    Nature.OVERDOSE: CriticalKind.DEATH,
    Nature.VIOLENT_CRIME: CriticalKind.DEATH,
    Nature.TRAUMATIC_EVENT: CriticalKind.DEATH_OF_CHILD,
}


def scene(life: Life) -> Process:
    """Play the time on scene until the team is free again."""
    if life.field.chance(rate("nobody-there")):
        yield from _find_nobody(life)
        return
    yield from _secure(life)
    yield from barricade(life)
    yield from help_from_others(life)
    yield 2
    involve(life)
    understand(life)
    reach_first_contact(life)
    for responder, role in life.in_person()[:2]:
        life.do(e.ContactMade, responder=responder, role=role, person=life.person, by=responder)
    yield 3
    yield from _give_aid(life)
    yield from _de_escalate(life)
    yield from _engage_clinician(life)
    protect(life)
    ending = draw_ending(life)
    yield from _screen(life, ending)
    consent(life)
    if not life.declined and life.field.chance(rate("offered")):
        offer(life)
    yield life.field.draw.uniform(5, 35)
    _avoid_arrest(life, ending)
    _relieve(life)
    yield from _leave(life, ending)


def _find_nobody(life: Life) -> Process:
    dice = life.field.dice(life.id, "attempt")
    life.do(
        e.ContactAttempted,
        outcome=dice.choice((AttemptOutcome.NOBODY_HOME, AttemptOutcome.GONE_ON_ARRIVAL)),
        responder=life.lead,
        person=life.person,
        card_left=dice.random() < rate("card-left"),
        by=life.lead,
    )
    yield from go_in(life)
    life.do(e.DispositionRecorded, disposition=Disposition.UNABLE_TO_LOCATE, by=life.lead)
    yield 5
    life.do(e.SceneCleared, by=life.lead)
    life.free()


def _secure(life: Life) -> Process:
    chance, lead = life.field.chance, life.lead
    if chance(rate("weapon")):
        yield from find_weapon(life)
    elif chance(rate("secured")):
        life.do(e.SceneSecured, by=lead)


def _relieve(life: Life) -> None:
    """Now and then let another officer relieve the lead, whose shift ends."""
    officers = [id for id, role in life.in_person() if role is Role.PATROL_OFFICER]
    if not officers or not life.field.seldom(life.id, "relief", probability=rate("relieved")):
        return
    other, role = life.field.somebody(Role.PATROL_OFFICER), Role.PATROL_OFFICER
    life.do(e.ResponderArrived, responder=other, role=role, by=other)
    life.do(e.ResponderRelieved, responder=officers[0], relieved_by=other, by=other)


def _give_aid(life: Life) -> Process:
    """Give first aid: naloxone after most overdoses; then EMS evaluates, unless the person refuses."""
    dice, lead, person = life.field.dice(life.id, "aid"), life.lead, life.person
    overdose = life.nature is Nature.OVERDOSE
    if dice.random() > (rate("naloxone") if overdose else rate("first-aid")):
        return
    aid = MedicalAid.NALOXONE if overdose else dice.choice(tuple(MedicalAid))
    role = dict(life.in_person()).get(lead)
    life.do(e.MedicalAidGiven, person=person, aid=aid, role=role, by=lead)
    yield dice.uniform(4, 20)
    if dice.random() < rate("medic"):
        seen = (
            e.MedicallyEvaluated
            if dice.random() < rate("medic-not-refused")
            else e.MedicalCareDeclined
        )
        life.do(seen, person=person, by=lead)


def _avoid_arrest(life: Life, ending: Disposition) -> None:
    """Now and then let an officer offer an alternative to an arrest, or services if there were no
    grounds for one. Who is arrested did not take it.
    """
    if not life.officer_there or ending is Disposition.EMERGENCY_HOLD:
        return
    arrested = ending is Disposition.ARRESTED
    dice, lead, person = life.field.dice(life.id, "arrest"), life.lead, life.person
    if dice.random() < rate("warrant"):
        life.do(e.WarrantFound, person=person, by=lead)
    if life.field.seldom(life.id, "order", probability=rate("order-found")):
        order = OrderKind.DOMESTIC_VIOLENCE
        life.do(e.ProtectiveOrderFound, person=person, order=order, by=lead)
    if offense := dice.random() < rate("offense") or arrested:
        against = dice.choice(tuple(CrimeAgainst))
        life.do(e.ChargeableOffenseFound, person=person, against=against, by=lead)
    offered = dice.choice(tuple(Alternative)) if offense else Alternative.DEFLECTION
    if dice.random() > (rate("diversion") if offense else rate("deflection")):
        return
    life.do(e.AlternativeOffered, person=person, alternative=offered, by=lead)
    taken = dice.random() < rate("alternative-taken") and not arrested
    answer = e.AlternativeTaken if taken else e.AlternativeDeclined
    life.do(answer, person=person, alternative=offered, by=lead)


def _leave(life: Life, ending: Disposition) -> Process:
    """Hand over, add a note, take a person who is held or wants to go, record the disposition, and
    leave.
    """
    chance, lead = life.field.chance, life.lead
    if chance(rate("handed-over")):
        life.do(e.HandedOver, to=life.field.draw.choice(tuple(HandOverTo)), by=lead)
    if chance(rate("leaves-early")) and len(life.in_person()) > 1:
        life.do(e.ResponderCleared, responder=life.in_person()[-1][0], by=lead)
    if chance(rate("note")):
        life.field.workflow.note(
            life.id,
            "What was said stays in the vault.",
            at=life.field.now,
            by=lead,
            audience="clinical",
            kind="narrative",
        )
    if ending is Disposition.EMERGENCY_HOLD:
        yield from _hold(life)
    if _dispose(life, ending) is Disposition.VOLUNTARY_TRANSPORT:
        facility = life.field.dice(life.id, "facility").choice(_FACILITIES)
        yield from _transport(life, facility, voluntary=True)
    _weigh(life)
    life.do(e.SceneCleared, by=lead)
    if chance(rate("arrives-late")):
        late, role = life.field.somebody(Role.PATROL_OFFICER), Role.PATROL_OFFICER
        life.do(e.ResponderArrived, responder=late, role=role, by=late)
        life.do(e.ResponderCleared, responder=late, by=late)
    life.free()


def _weigh(life: Life) -> None:
    """Now and then a person has died, which is a critical incident for each responder who was
    there.
    """
    kind = _WEIGHS.get(life.nature)
    if kind and life.field.seldom(life.id, "death", probability=rate("death")):
        for id, _ in life.in_person():
            life.field.also(critical(life.field, id, life.id, kind))


def involve(life: Life) -> None:
    """Record the person, and now and then children, unless the caller mentioned them."""
    field = life.field
    meet_a_stranger(life)
    crisis = life.nature in CRISIS
    band, veteran = describe(life)
    life.do(
        e.PersonInvolved,
        person=life.person,
        role=PersonRole.PERSON_IN_CRISIS if crisis else PersonRole.VICTIM,
        age_band=band,
        veteran=veteran,
    )
    if life.children:
        return
    other = life.nature not in _FAMILY
    if in_a_family(life) or (other and field.chance(rate("child-there"))):
        involve_children(life)


def in_a_family(life: Life) -> bool:
    """Return whether a child is there by what the call is about."""
    if life.nature is not Nature.DOMESTIC_VIOLENCE:
        return life.nature in _FAMILY
    return life.field.seldom(life.id, "household", probability=rate("child-in-violence"))


def involve_children(life: Life) -> None:
    """Record one child, or two."""
    draw = life.field.draw
    several = range(draw.choice((1, 1, 2)))
    life.children = tuple(f"child-{draw.randrange(300):03d}" for _ in several)
    for child in dict.fromkeys(life.children):
        role = draw.choice((PersonRole.WITNESS, PersonRole.CHILD_PRESENT, PersonRole.VICTIM))
        life.do(e.PersonInvolved, person=child, role=role, age_group=AgeGroup.CHILD)


def _de_escalate(life: Life) -> Process:
    field, lead = life.field, life.lead
    if field.chance(rate("danger")):
        life.do(e.ImminentDangerSeen, by=lead)
    if field.chance(rate("de-escalation")):
        techniques = tuple(field.draw.sample(tuple(Technique), field.draw.randint(2, 5)))
        life.do(
            e.DeEscalationAttempted,
            techniques=techniques,
            worked=field.chance(rate("de-escalation-works")),
            by=lead,
        )
    yield field.draw.uniform(3, 15)
    if field.chance(rate("force")) and life.officer_there:
        use_force(life, field.draw.choice((ForceKind.HANDS_ON, ForceKind.RESTRAINT)))
        if field.chance(rate("injury")):
            hurt = field.draw.choice(tuple(Injured))
            of_us = hurt is Injured.RESPONDER
            life.do(
                e.InjuryRecorded,
                injured=hurt,
                severity=InjurySeverity.MINOR,
                person=None if of_us else life.person,
                responder=lead if of_us else None,
                by=lead,
            )
        yield 20
        if field.chance(rate("supervisor-told")):
            life.do(e.SupervisorNotified, by=lead)


def _engage_clinician(life: Life) -> Process:
    field, clinician = life.field, life.clinician()
    if clinician is not None:
        yield field.draw.uniform(1, 10)
        life.do(e.ClinicianEngaged, responder=clinician[0], presence=clinician[1], by=clinician[0])
        yield from cut_off(life, *clinician)
    elif field.chance(rate("clinician-asked")):
        life.do(e.SecondaryResponseRequested, by=life.lead)
        yield field.draw.uniform(4, 20)
        make = (
            e.ClinicianEngaged
            if life.children or field.chance(rate("clinician-engaged"))
            else e.ExpertConsulted
        )
        there = life.on_call()
        life.do(make, responder=there, presence=Presence.PHONE, by=life.lead)
        yield from cut_off(life, there, Presence.PHONE)


def _screen(life: Life, ending: Disposition) -> Process:
    """Screen most people in crisis, and whoever is held."""
    field, held = life.field, ending is Disposition.EMERGENCY_HOLD
    often = rate("screened-crisis") if life.nature in CRISIS else rate("screened-other")
    if not field.chance(often) and not held:
        return
    level = ScreeningLevel.HIGH if held else field.draw.choices(*_levels(ending))[0]
    life.do(
        e.Screened,
        person=life.person,
        by=life.lead,
        screening=Screening(level=level, danger_to_self=level is ScreeningLevel.HIGH),
    )
    yield 5
    if level in {ScreeningLevel.MODERATE, ScreeningLevel.HIGH} and not held:
        _plan_for_safety(life)


def _levels(ending: Disposition) -> tuple[tuple[ScreeningLevel, ...], tuple[int, ...]]:
    """Return the levels that the screen of somebody who is not held may have, with weights. Made
    up; who shows no need is at no risk.
    """
    if ending is Disposition.NO_MENTAL_HEALTH_NEED:
        return (ScreeningLevel.NONE, ScreeningLevel.LOW), (40, 60)
    return tuple(ScreeningLevel), (27, 43, 24, 6)


def _hold(life: Life) -> Process:
    person, lead, to = life.person, life.lead, Facility.EMERGENCY_DEPARTMENT
    grounds = (HoldGround.DANGER_TO_SELF,)
    life.do(e.EmergencyHoldPlaced, person=person, grounds=grounds, by=lead)
    yield 25
    yield from _transport(life, to, voluntary=False)


def _transport(life: Life, facility: Facility, *, voluntary: bool) -> Process:
    """Take the person to a facility, and wait there until it accepts them."""
    dice, lead, person = life.field.dice(life.id, "transport"), life.lead, life.person
    ways = tuple(_TRANSPORTERS)
    way = dice.choices(ways, [_TRANSPORTERS[one][voluntary] for one in ways])[0]
    stays = lead if way is Transporter.POLICE or not voluntary else None
    life.do(
        e.PersonTransported,
        person=person,
        facility=facility,
        voluntary=voluntary,
        transported_by=way,
        restrained=not voluntary and dice.random() < rate("restrained"),
        responder=stays,
        by=lead,
    )
    yield 15
    life.do(e.ArrivedAtFacility, person=person, facility=facility, by=lead)
    long = facility is Facility.EMERGENCY_DEPARTMENT
    yield dice.uniform(20, 180) if long else dice.uniform(3, 25)
    if dice.random() < rate("accepted"):
        life.do(e.HandOverAccepted, person=person, facility=facility, by=lead)
    if stays:
        yield 5
        life.do(e.ResponderBackInService, responder=stays, person=person, by=stays)


def _plan_for_safety(life: Life) -> None:
    if life.field.chance(rate("safety-plan")):
        life.do(e.SafetyPlanMade, person=life.person, by=life.lead)
    counsel(life)
    if life.field.chance(rate("clinician-agrees")):
        disposition = Disposition.RESOLVED_ON_SCENE
        life.do(e.ClinicianAgreed, responder=life.on_call(), disposition=disposition)


def consent(life: Life) -> None:
    """Ask for consent."""
    if life.field.chance(rate("declines")):
        life.declined = True
        life.do(e.ConsentDeclined, person=life.person, by=life.lead)
    else:
        giver = ConsentGiver.GUARDIAN if life.children else None
        life.do(e.ConsentGiven, person=life.person, by=life.lead, given_by=giver)
        if life.field.chance(rate("shares")):
            life.do(e.ConsentGiven, person=life.person, scope=ConsentScope.SHARING, by=life.lead)


def offer(life: Life) -> None:
    """Offer one or two services."""
    draw = life.field.draw
    for need in draw.sample(
        (
            Need.MENTAL_HEALTH,
            Need.VICTIM_SERVICES,
            Need.HOUSING,
            Need.SUBSTANCE_USE,
            Need.CHILD_TRAUMA_TREATMENT,
        ),
        draw.choice((1, 1, 2)),
    ):
        referral = f"{life.id}-r{len(life.referrals) + 1}"
        life.do(e.ReferralOffered, referral=referral, person=life.person, need=need, by=life.lead)
        life.referrals.append(referral)


def _dispose(life: Life, ending: Disposition) -> Disposition:
    """Record how the contact ended, and return it. Who is taken along is not left there because
    the record was refused: the lead asks a clinician first.
    """
    stays = ending in RESOLVED
    if stays and life.declined and life.field.chance(rate("ends-declined")):
        ending = Disposition.DECLINED_SERVICES
    if not life.do(e.DispositionRecorded, disposition=ending, by=life.lead, override=0.15):
        if not stays:
            presence = Presence.PHONE
            life.do(e.ExpertConsulted, responder=life.on_call(), presence=presence, by=life.lead)
        ending = Disposition.REMAINED_IN_COMMUNITY if stays else ending
        life.do(e.DispositionRecorded, disposition=ending, by=life.lead)
    return ending
