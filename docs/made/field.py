"""What a night brings: each situation as a scenario of a shipped program tells it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import suppress

import attrs

from coresponder.errors import Refused, ResponderTaken
from coresponder.policy.words import say_policy
from coresponder.program import Program, load_program
from coresponder.stores.memory import MemoryStore
from coresponder.testing import Scenario, load_scenarios
from coresponder.testing.scenario import Promise, ScenarioStep
from coresponder.workflow import Workflow
from made.across import across
from made.writing import fill, table

__all__ = ["SITUATIONS", "Situation", "field"]

_SAID = {
    "refused_by": "refused",
    "owes": "owed from here on",
    "meets": "done",
    "overdue": "overdue",
    "breaks": "broken",
    "cures": "was kept after all",
}
"""What a scenario says of a step, in the words of the page."""


@attrs.frozen
class Situation:
    """A situation: what crews call it, the story that tells it, and where its words come from."""

    title: str
    about: str
    program: str
    story: str
    sources: tuple[str, ...]


_NEMSIS = "NEMSIS 3.5, eTimes.09, .11, .12 and .13: left, arrived, transfer of care, in service"
_NRI = (
    "NRI, *Transportation in Behavioral Health Crisis Services* (2022): who transports, restraint"
)

SITUATIONS = (
    Situation(
        "Two hours at the emergency department",
        "The police drive a person on a hold to the emergency department, and wait with them. The"
        " officer is not free meanwhile: dispatch sends somebody else, though the scene was cleared"
        " long ago. What the wait costs is measured from arrival until the facility accepts the"
        " person, and until the officer is back in service.",
        "cit",
        "Two hours at the emergency department: the officer stays until it accepts the person",
        (_NEMSIS, _NRI, "CIT International 2019: a facility accepts people quickly, at all hours"),
    ),
    Situation(
        "The officer left before anybody had taken the person on",
        "In California the officer who wrote the hold (5150) is responsible until a facility"
        " accepts the person; elsewhere it is a local choice. Here a supervisor is told; then the facility's own note comes in late, and it was in time.",
        "cit",
        "An officer who leaves before a person on a hold is accepted: a supervisor is told",
        (
            _NEMSIS,
            "North Coast EMS, *Officer Request for Ambulance* (5150 holds)",
        ),
    ),
    Situation(
        "Two people go of their own will",
        "The family drives one of them, the police the other, in restraints. Each is a transport of"
        " its own, and only one is a breach.",
        "cit",
        "Of two people who go of their own will, the one in restraints is a breach",
        (_NRI, "APCO 1.111.2, 33 and 34: transported by law enforcement, by private vehicle"),
    ),
    Situation(
        "An overdose, and naloxone from an officer",
        "The officer who is there first gives naloxone to two people, and a second dose to one of them."
        " Naloxone wears off before the opioid does, so a medic sees each of them, or their refusal is"
        " on record. One is screened while he is hardly awake, before the medic; that is a breach. A"
        " third person gets CPR, and the medic's note comes in late. In the days after, each person who"
        " was given naloxone is offered treatment.",
        "cit",
        "Two overdoses: the officers give naloxone, EMS evaluates one person, the other refuses late",
        (
            "APCO 1.111.2, 41 to 45: patient evaluated, treated, refused",
            "NIDA, *What Is Naloxone?*: it is active for 30 to 90 minutes, and its effects can wear off",
            "National Association of Counties, *Post-Overdose Response Teams*: within about 72 hours",
        ),
    ),
    Situation(
        "Intoxicated, and where to",
        "Six people on a call about drinking. A sobering center takes one and a detox another; a medic"
        " sees each of them before or at the door, or they refuse. One goes home. Three go to jail: one"
        " hit somebody, and one has a warrant. The third was only drunk and should not be there.",
        "cit",
        "A person who is only intoxicated goes to a sobering center, and a medic sees them; jail is for an offense or a warrant",
        (
            "Colorado Revised Statutes 27-81-111: protective custody is no arrest, and jail is the last resort",
            "APCO 2.103.2, INTOX",
        ),
    ),
    Situation(
        "An arrest that was avoided",
        "Two people. One could be arrested, and is offered a diversion, which takes the place of that arrest."
        " The other could not be arrested: what helps them is a deflection, and to offer a diversion is a"
        " breach. Then a warrant that had been found is written down late, so the diversion had its grounds"
        " after all. `coresponder run` counts people with grounds for an arrest, and what they took"
        " instead.",
        "cit",
        "An arrest that was avoided: of two people only the one who could be arrested is diverted",
        (
            "Denver, *Law Enforcement Assisted Diversion*: arrest diversion, social contact referral",
            "BJA COSSAP, *Pathways to Diversion*: officer intervention",
            "NIBRS: crimes against persons, property and society",
        ),
    ),
    Situation(
        "911 hands a call to 988",
        "The record has each line that is asked, its answer, and whether the call taker stayed on. The"
        " Veterans Crisis Line declines, the caller is lost and called back, and 988 takes the call. It"
        " does not count as handed over before a counselor has taken it.",
        "cit",
        "911 hands a call to 988 warm: the first offer is declined, the caller is lost and called back",
        (
            "SAMHSA, *National Guidelines for Behavioral Health Crisis Care*: warm hand-off",
            "Los Angeles, 911 to 988 call diversion (LAPD, Didi Hirsch): which calls, and which not",
            "Veterans Crisis Line: 988, then 1",
        ),
    ),
    Situation(
        "988 hands a call to 911",
        "A counselor hands a caller over, and the dispatcher takes the call. The caller has a firearm, so"
        " no crisis line gets the call back. The caller is lost, and a team is sent.",
        "cit",
        "988 hands a caller with a weapon to 911, and no crisis line gets the call back",
        (
            "988 Suicide & Crisis Lifeline, imminent-risk policy: emergency services through 911",
            "Arizona 911, *988 Launches This Weekend*: the counselor relays what 911 needs",
        ),
    ),
    Situation(
        "Two firearms in the house",
        "A suicide call, and two people with firearms. The officer takes one man's firearm, and a second that"
        " turns up; the family takes away the other's. The incident does not close before each firearm is"
        " out of reach, or somebody overrides that with a reason. An officer asks for an extreme-risk order"
        " on a Friday night, and the court decides on Monday.",
        "cit",
        "Two firearms in the house: each is out of reach before the incident closes",
        (
            "Harvard T.H. Chan School of Public Health, *Means Matter*: ways to store a firearm away",
            "Counseling on Access to Lethal Means (CALM), Zero Suicide: firearms and medication",
            "Colorado Revised Statutes 13-14.5-103: who asks for an extreme-risk order, and when",
            "NIBRS, data element 13: type of weapon or force involved",
        ),
    ),
    Situation(
        "No English, and a daughter who could interpret",
        "An older man, a veteran, speaks Spanish. His daughter is twelve and begins to interpret; a child"
        " may do so only in imminent danger. An interpreter is on the phone six minutes later, and he is"
        " screened. A sign-language need that was written down for the wrong person is voided.",
        "cit",
        "A person who speaks no English is screened through an interpreter, and no child interprets",
        (
            "Title VI of the Civil Rights Act; DOJ guidance, 67 FR 41455: limited English proficiency",
            "ADA, 28 CFR 35.160(c): companions and children interpret only in an emergency",
            "ISO 639 codes of languages; `ase` is American Sign Language",
        ),
    ),
    Situation(
        "Force, a camera that was off, and a complaint",
        "Force is used on two people. For each use the record says, as a code, whether the person was"
        " warned, why nobody tried to de-escalate before, and whether the body-worn camera was on. A medic"
        " sees each person who was hurt, or they refuse. The review has a finding. The family of one man"
        " sends praise. The other man complains, and is answered long after the incident is closed.",
        "cit",
        "Force in its order: warning, attempt or why not, camera, injury, review, complaint, and praise",
        (
            "Seattle PD manual 8.100 and 16.110: de-escalation where it is safe and feasible",
            "Tennessee v. Garner, 471 U.S. 1 (1985): a warning where feasible",
            "IACP and others, *National Consensus Policy on Use of Force* (2020): medical care",
            "PERF and COPS Office, *Implementing a Body-Worn Camera Program* (2014)",
            "COPS Office, *Standards and Guidelines for Internal Affairs*: findings of complaints",
        ),
    ),
    Situation(
        "Domestic violence, and a child who saw it",
        "The mother is told her rights and asked about danger; it is high, and an advocate talks with her"
        " on the hotline. An order against the father is in force. Abuse of two children is suspected."
        " One report is made in time and accepted; the other is made late and screened out. The incident"
        " does not close before both are made.",
        "new-haven-cdcp",
        "Domestic violence, and a child who saw it: high danger, an order in force, and a report in time",
        (
            "Connecticut General Statutes 17a-101a to 17a-101c: reports within 12 and 48 hours",
            "Lethality Assessment Program (Maryland model): the screen, and the call to the hotline",
            "Connecticut General Statutes 46b-38b and 54-222a: what an officer tells a victim",
        ),
    ),
    Situation(
        "Somebody unknown, identified wrongly at first",
        "A person without identification is put on a hold. A neighbor takes them for a man whom the team"
        " saw twice this month, so what is owed is owed for him, and a case conference with it. The"
        " neighbor was wrong. The identification is voided, not deleted, and so is what was recorded under"
        " the wrong id. Later the person is identified rightly. For the man only his own two contacts"
        " count.",
        "cit",
        "Somebody unknown is identified, wrongly at first: what is owed and what is known follows",
        (
            "AHIMA, *Managing the Integrity of Patient Identity in Health Information Exchange*",
            "HL7 FHIR R5, Patient: `link`, one record is replaced by another",
        ),
    ),
    Situation(
        "The same person for the fifth time",
        "The person consents that responders see a care plan: what to do, what makes it worse, what helped,"
        " and whom to call first. It has no diagnosis and no free text. From then on every crew that meets"
        " the person sees it, until the person takes the consent back, in whichever incident. A fifth"
        " contact within 90 days leads to case management. The timeline is that of the first contact.",
        "hartford-vt",
        "The same person for the fifth time: a care plan with consent, whom to call first, and taken back",
        (
            "BJA PMHC toolkit, *Case Management Team*: repeat callers and high utilizers",
            "CSG Justice Center, *Sharing Behavioral Health Information*: consent, and what is shared",
        ),
    ),
    Situation(
        "How did we do?",
        "A person is asked once, on a standard scale, and not at all after they declined. The record has the"
        " sum, not the answers. Thirty and ninety days after the contact somebody finds out how the person"
        " is, and records it as a code.",
        "hartford-vt",
        "How did we do: asked once, never of a person who declined, and how people are after 30 and 90 days",
        (
            "Client Satisfaction Questionnaire (CSQ-8; Larsen, Attkisson et al. 1979): eight items, 8 to 32",
            "BJA PMHC toolkit, *Measuring performance*; the words of the outcome are a local choice",
        ),
    ),
    Situation(
        "Two children, weeks later",
        "Each child is offered treatment. One begins in time and misses a session, which is rescheduled;"
        " the clinic calls the treatment complete after four sessions, which is one too few. The other"
        " child begins a day late, and the family stops. The school is asked how a child does only with a"
        " parent's consent to that. It answers better, same or worse, never with a grade or a date.",
        "new-haven-cdcp",
        "Two children after the event: one completes treatment, the other's family stops, and the school",
        (
            "Yale Child Study Center, *Child and Family Traumatic Stress Intervention*: five to eight sessions, within 30 to 45 days",
            "FERPA, 34 CFR 99.30: consent before a school discloses",
        ),
    ),
    Situation(
        "A death notification, and the year after",
        "Two people tell the mother in person. She wants no advocate that night, and calls one herself two"
        " days later. The father lives in another state, and one officer tells him on the phone. The"
        " mother's court days and the anniversary are planned like other contacts. The father wants to be"
        " left alone, and is.",
        "new-haven-cdcp",
        "A death notification to two people: in person and in pairs, an advocate, court days, a year later",
        (
            "Iowa Attorney General and National Association of Medical Examiners, *In Person, In Time* (1992)",
            "FBI and Penn State, *We Regret to Inform You*: plan, prepare, deliver, follow up",
            "Parents of Murdered Children, *Tips from Survivors*: an advocate immediately",
        ),
    ),
    Situation(
        "Sexual assault, and what the advocate knows",
        "An advocate is called for each of two victims; one declines. What the other victim tells the"
        " advocate is confidential. The advocate may not share it with the detective before she consents"
        " to that, nor after she withdraws the consent. Then a court orders it: an override, with its"
        " reason on record.",
        "st-louis-mobile-crisis-prevention",
        "Sexual assault: an advocate at once, and what she knows is the victim's to give",
        (
            "DOJ, Office on Violence Against Women, *National Protocol for Sexual Assault Medical Forensic Examinations* (2013)",
            "VAWA, 34 USC 12291(b)(2): an advocate's confidentiality, and consent",
        ),
    ),
    Situation(
        "A girl of 15 at school",
        "The record has her age group, not her age, and the kind of place, not which school. Her guardian"
        " is on the phone before she goes anywhere. No guardian of a small boy was reached before he was"
        " taken home; the officer had tried in time, and wrote it down late.",
        "new-haven-cdcp",
        "A girl of 15 at school is taken to a walk-in center once her guardian is on the phone",
        (
            "SAMHSA, *National Guidelines for Child and Youth Behavioral Health Crisis Care* (2022)",
            "NIBRS, data element 9: location type",
            "SAMHSA, National Survey on Drug Use and Health: 12 to 17 is a youth",
        ),
    ),
    Situation(
        "Nobody home",
        "A welfare check, and nobody opens. A card says how to reach the team, and the next attempt is"
        " planned. The record has each attempt with its outcome, so three attempts count as three.",
        "hartford-vt",
        "Nobody home: a card is left, and the next attempt is planned; at the second door they refuse",
        ("APCO 1.111.2, 14: gone on arrival, unable to locate",),
    ),
    Situation(
        "A barricaded subject",
        "A suicidal man has barricaded himself in his house. Officers contain the house, and one of them"
        " commands until the lieutenant comes. Command is handed on with a briefing, and once without one."
        " Negotiators come with the tactical team. The clinician calls through the door, which is a"
        " breach; from then on she advises from the command post, and she meets him when the scene is"
        " safe. He has taken an overdose, so EMS leads at the end.",
        "cit",
        "A man has shut himself in: a perimeter, a commander, negotiators, and a clinician who advises",
        (
            "Los Angeles County Sheriff, *Manual* 5-06/110.50: a negotiator responds with the team",
            "NIRMA, *Response to Non-Criminal Barricades*: isolate, contain, evacuate, negotiate",
            "FEMA IS-200, *Transfer of Command*: face to face, with a complete briefing",
            "NENA, EIDO resource attributes: SWAT, HostageNegotiator",
        ),
    ),
    Situation(
        "Two calls, one event",
        "A neighbor calls 911, a sister calls 988, and two officers are on the way to one house. The second"
        " incident is marked as a duplicate of the first. It keeps what was recorded under it and what is"
        " owed there, its officer is free for the first, and no team is sent on it any more. Counts and"
        " measures leave it out, and say so. The timeline is that of the first call.",
        "cit",
        "Two calls, one event: the duplicate frees its officer, gets no team, and what it owes stays owed",
        (
            "NENA, EIDO: merged, split, parent, child and related incidents",
            "APCO 1.111.2, 22: canceled, duplicate call",
        ),
    ),
    Situation(
        "Another county takes it on",
        "A deputy of the county, who is on no roster of ours, is on scene. The county declines the incident,"
        " and takes it on at the second offer; our crew had handed over the scene too early. From then on"
        " the county owes the follow-up, because the rule says so, and the list of what is owed names it"
        " as the owner. We still owe to hear what came of it.",
        "cit",
        "Another county: its unit is on scene, takes the incident on at the second offer, and says what came of it",
        (
            "IACP, *Mutual Aid*, model policy and concepts paper: agreed responsibility",
            "BJA, *Mutual Aid: Multijurisdictional Partnerships* (NCJ 210679)",
            "NENA, EIDO agency roles: Assisting, TransferredTo",
        ),
    ),
    Situation(
        "The clinician is on a tablet, and the connection breaks",
        "The connection fails, works, breaks, and is back by phone; the record has each attempt. The"
        " clinician *was* engaged, and that stays true. But while she is cut off, nobody decides that a"
        " person at risk stays, unless somebody overrides that with a reason.",
        "denver-star",
        "Clinician by tablet, and the connection breaks: nobody at risk stays on a decision made alone",
        (
            "BJA PMHC toolkit: telehealth as a model of response",
            "SAMHSA crisis guidelines: a clinician is engaged where a screen is moderate or high",
        ),
    ),
    Situation(
        "Refused at the door, and officers go in",
        "Two attempts, and at the third somebody calls through the door that all is well. Officers go in"
        " all the same. They record on which ground, and a supervisor is told within the hour. The danger"
        " that they had seen was written down after the entry. A second entry, with a warrant, is told"
        " late.",
        "hartford-vt",
        "Nobody home twice, refused at the door, and officers go in: why they may, and who was told",
        (
            "Brigham City v. Stuart, 547 U.S. 398 (2006): entry to help somebody who is hurt or in danger",
            "Georgia v. Randolph, 547 U.S. 103 (2006): consent of another resident",
            "Caniglia v. Strom (U.S. Supreme Court, 2021): community caretaking alone is no ground",
        ),
    ),
    Situation(
        "Suspect and victim must not see each other's data",
        "Two suspects and a victim in one incident. Before the incident closes, each suspect is marked as"
        " kept apart from her, because she asked or a court ordered it. From then on nobody who asks about"
        " one of them is told anything of the other. She asks to end it for the uncle; the order against"
        " the father stands.",
        "new-haven-cdcp",
        "Suspect and victim in one incident must not see each other's data",
        (
            "34 U.S.C. 12291(b)(2), Office on Violence Against Women, *Confidentiality FAQ* (2017)",
            "Connecticut General Statutes 46b-38b and 54-222a: what an officer tells a victim",
        ),
    ),
    Situation(
        "A responder is hurt and shaken",
        "What happens to a responder is in their own record, not in the incident's. Each responder who was"
        " there is offered support within a day, and is free to decline. Nothing that was said is"
        " recorded. The clinician is away with an injury, and back on duty. The timeline is hers.",
        "cit",
        "A clinician is hurt and shaken: support is offered, taken by one and not by another, and she is back",
        (
            "IACP, *Officer-Involved Shooting Guidelines*, 6.4: after other critical incidents too, in a week",
            "OJP NCJ 197092, *Critical Incident Debriefing*: peer support, and confidentiality",
        ),
    ),
    Situation(
        "No mental-health need found",
        "A person was intoxicated and had no mental-health need. That is a disposition of its own, and"
        " counts neither as unfounded nor as resolved. It is refused after a screen that shows a risk. Here"
        " the screen was recorded for the wrong person, and is voided.",
        "cit",
        "A person who was screened as moderate has a need; one who was not has none",
        (
            "APCO 2.103.2, INTOX",
            "APCO 1.111.2, 41: evaluated, no treatment or transport required",
        ),
    ),
)


def field() -> str:
    """Write each situation: its timeline, the rules that spoke up, its sources."""
    stories = [(told.title, _story(told, load_program(told.program))) for told in SITUATIONS]
    return fill("field", across=across(stories), situations="\n".join(map(_situation, SITUATIONS)))


def _story(told: Situation, program: Program) -> Scenario:
    return next(one for one in load_scenarios(told.program, program) if one.title == told.story)


def _situation(told: Situation) -> str:
    program = load_program(told.program)
    story = _story(told, program)
    rows = list(_spoke_up(program, story))
    about = textwrap.fill(told.about, 100, break_long_words=False, break_on_hyphens=False)
    sources = "".join(f"- {source}\n" for source in told.sources)
    return (
        f"## {told.title}\n\n{about}\n\n```text\n{_timeline(program, story)}\n```\n\n"
        + table("after", "rule", "", rows=rows)
        + f"\n{_rules(program, rows)}\nIn the scenarios of `{told.program}`. Sources:\n\n{sources}"
    )


def _timeline(program: Program, story: Scenario) -> str:
    """Return the timeline of the story's first incident, or of its first responder."""
    now = [story.begins]
    workflow = Workflow(program, MemoryStore(), clock=lambda: now[0])
    for step in story.steps:
        now[0] = step.recorded
        with suppress(Refused, ResponderTaken):
            if step.event is not None and step.responder:
                workflow.roster.record(step.event, responder=step.responder, override=step.override)
            elif step.event is not None:
                workflow.record(step.incident, step.event, override=step.override)
            elif step.dispatch is not None:
                there = [story.responders[name] for name in step.dispatch]
                workflow.dispatch(step.incident, there, at=step.at, by=step.by)
    zone, first = program.calendar.time_zone, story.steps[0]
    desk = workflow.roster.desk if first.responder else workflow
    return "\n".join(
        textwrap.fill(line.say(zone), 100, subsequent_indent=" " * 28, break_on_hyphens=False)
        for line in desk.timeline(first.responder or first.incident)
    )


def _spoke_up(program: Program, story: Scenario) -> Iterator[tuple[str, str, str]]:
    for step in story.steps:
        late = step.recorded > step.at
        when = ", written down at ".join(
            story.when(at).removeprefix("+") for at in (step.at, step.recorded)[: 1 + late]
        )
        for name, said in _said(step):
            for promise in getattr(step.expected, name) or ():
                if not (name == "breaks" and promise in (step.expected.overdue or ())):
                    yield when, _about(program, step, promise), said


def _said(step: ScenarioStep) -> Iterator[tuple[str, str]]:
    for name, said in _SAID.items():
        overridden = name == "refused_by" and step.override is not None
        yield name, f"{said}, and overridden" if overridden else said


def _about(program: Program, step: ScenarioStep, promise: Promise) -> str:
    if all(policy.id != promise.rule for policy in program.policies):
        return f"{promise.key} is {promise.rule}"
    whom = promise.key or step.responder
    return f"`{promise.rule}`" + (f" for {whom}" if whom else "")


def _rules(program: Program, rows: list[tuple[str, str, str]]) -> str:
    named = {about.partition("`")[2].partition("`")[0] for _, about, _ in rows}
    return "".join(
        f"- `{policy.id}` ({policy.enforcement}): {say_policy(policy)} *{policy.authority}*\n"
        for policy in program.policies
        if policy.id in named
    )
