"""What the sources of the shipped programs say, line by line, and what carries each statement."""

from __future__ import annotations

import attrs

from coresponder.domain.events import EVENT_TYPES
from coresponder.program import Program, load_program
from coresponder.roster.events import RESPONDER_EVENTS
from coresponder.testing import Scenario, load_scenarios
from made.writing import fill, table

__all__ = ["STATEMENTS", "Statement", "sources"]


@attrs.frozen
class Statement:
    """A statement of a source, in our words.

    Attributes:
        source: where it is said.
        says: what it says.
        carriers: the policies, tiers, trainings and events that carry it; none if no event of an
            incident or a roster could.
        why: why nothing carries it, or what the carriers leave open.
    """

    source: str
    says: str
    carriers: tuple[str, ...] = ()
    why: str = ""


_CIT = "CIT International 2019"
_COMPTON = "Compton et al. 2010"
_LIBRARY = (
    Statement("SAMHSA crisis guidelines", "After a moderate or high screen a clinician takes part.", ("screen-needs-clinician",)),
    Statement("SAMHSA crisis guidelines", "Somebody follows up within 24 to 72 hours.", ("screen-followed-up",)),
    Statement("SAMHSA crisis guidelines", "A safety plan is made with a person at high risk.", ("high-screen-safety-plan", "high-screen-clinician-agrees")),
    Statement("42 CFR 2.31 and 2.33", "Substance-use records are disclosed with written consent; here nothing is sent to any service without one.", ("consent-before-referral",)),
    Statement("45 CFR 164.508(b)(5); 42 CFR 2.31", "Consent can be withdrawn, and what is still open stops.", ("withdrawal-stops-referral",)),
    Statement("45 CFR 164.508(b)(2); 42 CFR 2.31", "Nothing is sent on a consent that has run out, or that names another receiver.", ("referral-within-consent",)),
    Statement("SDOH Clinical Care", "A referral is answered, and ends with a known outcome: closed loop.", ("referral-answered", "referral-closed-loop")),
    Statement("988 Lifeline; Los Angeles, 911 to 988", "A call with a weapon, or from somebody in imminent danger, stays with 911.", ("no-transfer-with-a-weapon", "no-transfer-in-danger")),
    Statement("SAMHSA crisis guidelines", "A call is handed over warm: somebody there has it before it counts as handed over.", ("accepted-before-handed-over", "nobody-put-through-alone")),
    Statement("VAWA, 34 U.S.C. 12291(b)(2)", "What is known of a victim is not told to whoever the victim is protected from.", ("suspect-kept-apart", "order-keeps-apart")),
    Statement("Lethality Assessment Program", "A victim of domestic violence is asked how much danger they are in, and talks with an advocate if it is high.", ("danger-assessed", "advocate-for-high-danger")),
    Statement("state laws on mandated reports", "Suspected abuse or neglect is reported.", ("abuse-reported", "abuse-reported-before-closing", "abuse-reported-in-writing")),
    Statement("FEMA IS-200; NIRMA", "A barricaded person is isolated and contained, under one commander.", ("barricade-contained", "barricade-commanded", "commander-briefed")),
    Statement("state laws on crime victims", "A victim of violence is told their rights, and where to find help.", ("rights-told",)),
    Statement("IACP and others, National Consensus Policy on Use of Force (2020)", "De-escalation comes before force where it can, and a person who was hurt gets medical care.", ("force-says-why", "injured-person-seen")),
    Statement("COPS Office, Internal Affairs", "A person who complains is told what was found.", ("complaint-answered",)),
    Statement("ADA; Title VI of the Civil Rights Act", "A person who needs an interpreter has one, and no child interprets but in an emergency.", ("interpreter-first", "no-child-interprets")),
)  # fmt: skip
"""What several programs rest on. A program has those of which it has the rule."""

STATEMENTS: dict[str, tuple[Statement, ...]] = {
    "cit": (
        Statement(_COMPTON, "Dispatchers recognize a crisis call and send a CIT officer.", ("cit-officer-with-clinician", "cit-officer-clinician-by-phone", "cit-officer")),
        Statement(_COMPTON, "A CIT officer has 40 hours of training.", ("cit",)),
        Statement(_COMPTON, "The CIT officer leads at the scene.", ("cit-officer",), "the tiers ask for the officer; who speaks is not recorded"),
        Statement(_COMPTON, "Officers volunteer, or are selected, for the training.", why="how officers are chosen is no event"),
        Statement(_CIT, "Those who are not CIT officers have the basics, or reach the expert.", ("trained-officer-with-expert", "expert-reached", "expert-reached-before-disposition", "basics-within-a-year")),
        Statement(_CIT, "Departments train as many officers as possible.", ("TrainingCompleted",), "`coresponder coverage` shows the share by hour"),
        Statement(_CIT, "Active listening, open-ended questions, mirroring and the other techniques are used.", ("DeEscalationAttempted", "techniques-recorded")),
        Statement(_CIT, "A receiving facility accepts people at all hours, and quickly.", ("hold-handed-over", "facility-accepts-within-the-hour")),
        Statement(_CIT, "Officers return to duty.", ("ResponderBackInService",)),
        Statement("Seattle PD manual 16.110", "De-escalation comes before force or a hold, where it is safe.", ("de-escalate-first", "force-says-why")),
        Statement("CSG Justice Center", "People with many contacts are talked about by all who care for them.", ("third-contact-conference",)),
    ),
    "hartford-vt": (
        Statement("Eagle Times 16 May 2018", "Officers and crisis workers train together as Team Two.", ("team_two", "liaison-on-scene")),
        Statement("Eagle Times 16 May 2018", "Team Two refreshes the training that Act 80 asks for.", ("team-two-renewed", "officer-then-next-day-visit")),
        Statement("Eagle Times 16 May 2018", "Officers learn mental-health law.", why="what a course teaches is no event; its hours and skills are in `[[training]]`"),
        Statement("HCRS pages", "Police liaisons are embedded in the region.", ("liaison-on-scene",)),
        Statement("HCRS pages", "The liaison is often not on scene and is reached by phone.", ("liaison-by-phone", "clinician-answers-phone")),
        Statement("HCRS pages", "A liaison goes to the person afterward.", ("next-day-visit",)),
        Statement("Eagle Times 16 May 2018", "Partners monitor the care of people after a mental-health call.", ("care-followed-7-days", "care-followed-30-days", "follow-up-owned")),
        Statement("Vermont, Statewide Policy on Police Use of Force (2023)", "De-escalation comes before force where it is feasible and safe.", ("force-says-why",)),
        Statement("Vt. Admin. Code 13-100-003", "An incapacitated person goes to a detox program or an emergency room, and to a lock-up only if none takes them or they resist.", ("intoxicated-not-in-jail",)),
        Statement("Eagle Times 16 May 2018", "The department recognizes a crisis and de-escalates it.", ("DeEscalationAttempted", "de-escalate-first")),
    ),
    "new-haven-cdcp": (
        Statement("Yale Child Study Center", "Clinicians are on call at every hour of every day.", ("child-clinician-on-call", "clinician-on-call")),
        Statement("Yale Child Study Center", "They respond at once where a child is a victim or witness of violence.", ("child-seen-by-clinician", "child-seen-before-closing")),
        Statement("Yale Child Study Center", "They also respond to serious accidents, sudden deaths, fires and animal attacks.", ("CallReceived",), "nature `traumatic_event`; the rules about children hold for it too"),
        Statement("Yale Child Study Center", "Clinicians ride along on the second shift.", ("child-clinician-riding-along", "clinician-riding-along")),
        Statement("NCCEV 9 Dec 2002", "An officer visits the home with a clinician or an advocate.", ("joint-visit-scheduled", "joint-visit-made")),
        Statement("NCCEV 9 Dec 2002", "Clinical and advocacy help is there at all hours at the officers' request.", ("AdvocateReached", "clinician-on-call")),
        Statement("NCCEV 9 Dec 2002", "A weekly conference reviews cases and plans what follows.", ("weekly-conference",)),
        Statement("Yale Child Study Center", "Officers learn child development and trauma.", ("child_trauma",)),
        Statement("Yale Child Study Center", "Trauma treatment and CFTSI are offered.", ("ReferralOffered",), "need `child_trauma_treatment`"),
        Statement("Handle With Care", "The school is told “handle with care”, and nothing else, before the next day.", ("handle-with-care",)),
        Statement("NCCEV 9 Dec 2002", "Families who are visited feel safer.", why="an effect of the program, not a step of it"),
    ),
    "st-louis-mobile-crisis-prevention": (
        Statement("Post-Dispatch/AP 3 Jan 2020", "Volunteer community health workers or social workers go with officers.", ("officer-with-health-worker", "officer-with-social-worker")),
        Statement("Post-Dispatch/AP 3 Jan 2020", "Mental-health and family services are offered to victims of crime.", ("victim-offered-services",)),
        Statement("Post-Dispatch/AP 3 Jan 2020", "The team comes within minutes, or visits within hours: once, less than eight.", ("officer-now-visit-later", "visit-within-hours")),
        Statement("Post-Dispatch/AP 3 Jan 2020", "The team asks about education, transport, child care and work.", ("ReferralOffered",), "needs `education`, `transport`, `child_care` and `employment`"),
        Statement("Post-Dispatch/AP 3 Jan 2020", "The person did not call for the team.", ("declined-left-alone", "consent-before-referral")),
        Statement("KMOV 30 Dec 2019", "The summer pilot was for children after a call.", ("child-asked-about",)),
        Statement("KMOV 30 Dec 2019", "The pilot ran in the Sixth District.", why="an agency's area is not part of a program"),
        Statement("Mobile Crisis Prevention Team", "A volunteer goes with an officer, and never alone.", ("volunteer-never-alone", "volunteer-never-left-alone")),
    ),
    "denver-star": (
        Statement("Denver STAR", "A mental-health clinician goes with a paramedic or EMT.", ("star-team",)),
        Statement("Denver STAR", "911 sends the team, to calls of low risk that were screened for safety.", ("CallTriaged", "no-weapon")),
        Statement("Denver STAR", "It goes where nobody is in imminent danger.", ("no-imminent-danger",)),
        Statement("Colorado Revised Statutes 27-65-106", "An officer may place a hold; a clinician may have one placed and ask an officer for help.", ("no-hold-without-an-officer",)),
        Statement("Colorado Revised Statutes 27-81-111", "An intoxicated person who is a danger goes to an approved treatment facility, and to jail only where none is available.", ("intoxicated-not-in-jail",)),
        Statement("Rohnert Park, SAFE Team SOP-SSD-23", "A team without police is not armed and waits until police call a scene with a weapon safe.", ("weapon-scene-secured-first", "weapon-left-to-officers", "officer-asked-for")),
        Statement("Denver STAR", "Trespass, welfare checks, intoxication and distress are such calls.", ("CallReceived",), "the program's `natures`"),
        Statement("Denver STAR", "The team gives medical assessment and triage.", ("medic-sees-the-intoxicated", "MedicallyEvaluated")),
        Statement("Denver STAR", "It intervenes in the crisis and de-escalates.", ("DeEscalationAttempted",)),
        Statement("Denver STAR", "It gives transportation.", ("PersonTransported", "own-will-only")),
        Statement("Denver STAR", "It connects people with resources.", ("ReferralOffered",)),
        Statement("Denver STAR", "It works from 6 a.m. to 10 p.m.", ("ShiftScheduled",), "the hours are in the agency's roster"),
    ),
    "foundation": (
        Statement("BJA PMHC toolkit", "An officer and a clinician go together.", ("officer-with-clinician",)),
        Statement("CIT", "A receiving facility accepts people on a hold.", ("hold-handed-over",)),
    ),
}  # fmt: skip


def sources() -> str:
    """Write, for each shipped program, its sources line by line and what is a local choice."""
    return fill("sources", programs="".join(map(_program, STATEMENTS)))


def statements_of(name: str, program: Program) -> tuple[Statement, ...]:
    """Return the statements that a program rests on, its own first."""
    rules = {policy.id for policy in program.policies}
    shared = tuple(one for one in _LIBRARY if rules & {*one.carriers})
    kept = (
        attrs.evolve(one, carriers=tuple(c for c in one.carriers if c in rules)) for one in shared
    )
    return (*STATEMENTS[name], *kept)


def _program(name: str) -> str:
    program = load_program(name)
    stories = load_scenarios(name, program)
    rows = [
        (
            one.says,
            one.source,
            "; ".join(
                [*(_carrier(program, c) for c in one.carriers), *([one.why] if one.why else [])]
            ),
            story_of(stories, one.carriers),
        )
        for one in statements_of(name, program)
    ]
    ours = [p for p in program.policies if p.authority.startswith("local choice")]
    carried = {carrier for one in statements_of(name, program) for carrier in one.carriers}
    others = [p for p in program.policies if p not in ours and p.id not in carried]
    text = f"\n## {program.title} {{ #{name} }}\n\n"
    text += table("the source says", "source", "what carries it", "seen in the story", rows=rows)
    if others:
        text += "\nRules that rest on other sources:\n\n"
        text += "".join(f"- `{policy.id}`: {policy.authority}\n" for policy in others)
    listed = ", ".join(f"`{policy.id}`" for policy in ours)
    return f"{text}\nLocal choices, which no source says: {listed}.\n"


def _carrier(program: Program, name: str) -> str:
    """Say what carries a statement, and raise `LookupError` if the program has no such thing."""
    if name in EVENT_TYPES or name in RESPONDER_EVENTS:
        return f"event [`{name}`](events.md#{name.lower()})"
    for policy in program.policies:
        if policy.id == name:
            return f"`{name}` ({policy.enforcement})"
    if any(tier.id == name for tier in program.tiers):
        return f"tier `{name}`"
    if any(course.id == name for course in program.trainings):
        return f"training `{name}`"
    raise LookupError(f"{program.name} has no rule, tier, training or event {name!r}")


def story_of(stories: tuple[Scenario, ...], carriers: tuple[str, ...]) -> str:
    """Return the title of the story that shows most of the carriers, or nothing."""
    best = max(stories, key=lambda story: len(_shown(story) & {*carriers}))
    return best.title if _shown(best) & {*carriers} else ""


def _shown(story: Scenario) -> set[str]:
    """Return the rules, tiers and events that a story shows, but for the call: each begins so."""
    shown: set[str] = set()
    for step in story.steps:
        expected = step.expected
        shown |= {type(step.event).__name__, expected.team or ""} - {"CallReceived"}
        for promises in (expected.refused_by, expected.breaks, expected.owes, expected.meets):
            shown |= {promise.rule for promise in promises or ()}
    return shown
