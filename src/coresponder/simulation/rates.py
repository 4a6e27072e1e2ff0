"""How often something happens in a made-up night, and where the number comes from."""

from __future__ import annotations

import attrs

from coresponder.simulation.endings import ARREST, DETENTION, STUDY, TRANSPORT

__all__ = ["MADE_UP", "RATES", "Rate", "rate"]

MADE_UP = "local guess"
"""The source of a number for which no source was found."""


@attrs.frozen
class Rate:
    """One number of the night.

    Attributes:
        value: a share of what `what` speaks of, from 0 to 1.
        source: where the number comes from; `MADE_UP` if nowhere.
    """

    name: str
    value: float
    what: str
    source: str = MADE_UP


_CENSUS = "Census, American Community Survey 2022, rounded"
_SEATTLE = "Seattle Police, Crisis Intervention Program Report 2015: 149 of about 9,300 crisis responses with reportable force"
_NIJ = "NIJ 2016, Multi-Method Evaluation of Police Use of Force Outcomes: 17 to 64 % of civilians hurt, by agency; the middle, rounded"
_SPRINGFIELD = "Springfield (Oregon) Police, close codes 2024, of 47,780 events of every kind: 4,628 unable to locate or gone on arrival, 410 duplicates; rounded"
_WINSCHOTEN = "BMC Psychiatry 2012 (12:171): 492 crises of 336 people in a year of police records; so 156 were of somebody met before in that year"
_INTAKE = "Psychiatric Services 2002 (53:1173): 113 of 313 people referred to a clinic missed the first appointment"
_OVERDOSE = "Health Affairs Scholar 2025 (3:5): 12.4 % of 710,263 nonfatal opioid overdoses ended without transport by EMS"
_LETHALITY = "Messing et al., Social Service Review 2015: 61.6 % of women at high risk talked with an advocate"
_OREGON = "Rakshe et al., Psychological Reports 2024: of the orders that officers asked for in Oregon, 2018 to 2022, 96 % were granted at first"
_DISREGARDED = "Springfield (Oregon) Police, close codes 2024, of 47,780 events of every kind: 3,600 disregarded; rounded"
_YOUNGER = "Alzheimer's Association, Facts and Figures 2023: 6.7 million people aged 65 and over with dementia by Alzheimer's, about 200,000 younger ones with any dementia"
_ELDERS = "Review of elder abuse and dementia (PMC9950800): 3.5 to 23.1 % of older adults with dementia are abused physically; the middle, rounded, taken for what a crew suspects"
_ABSENCE = "Bureau of Labor Statistics, Current Population Survey 2017, table 46: 1.4 % of the usual hours of full-time workers lost to absences"
_MEANS = "Betz et al., Depression and Anxiety 2016: of 1,358 suicidal patients of emergency departments, 50 % had their access to lethal means assessed; taken for counseling"
_PLANS = "SAFE VET (doi 10.2105/AJPH.2011.300501), as NNED sums it up: 93 % of suicidal veterans who were offered a safety plan with follow-up agreed"
_BEGUN = "National Children's Alliance: 46 % of the children whom Children's Advocacy Centers served in 2018 took part in treatment"
_GRADUATED = "Project CONTACT, Notable Numbers, March 2023: 58 % of the families discharged from CFTSI had finished it"
_ATTENDED = "ACAMH Learn, Did not attend: 15 to 40 % of appointments in child and adolescent services; the low end"
_SURVEYED = "Community Research Foundation, six crisis residential programs, 1995 to 1996: 2,190 of 3,675 people answered a survey; rounded"
_INTERPRETED = "Hartford et al., Academic Pediatrics 2019: an interpreter for 45.4 % of families who preferred another language, in an emergency department for children"
_EXPOSED = "Fusco and Fantuzzo, Children and Youth Services Review 2009: 43 % of 1,581 domestic violence crimes had children in the household"
_CHILDREN = "Children's Bureau, Child Maltreatment 2024: 47.1 % of referrals screened in"
_COLORADO = "Khalsa et al., Psychiatric Services 2018: fewer than 1 % of 6,353 crisis incidents in Colorado used SWAT; 1 %, taken for a command post"
_AUSTIN = "Austin Police, crisis call diversion, as KXAN reported in 2022: 82 % of mental-health calls that went to a clinician needed no officer; the other 18 % taken for declined"
_SCREENED = "Boudreaux et al., American Journal of Preventive Medicine 2016: a documented screen for 84 % of visits to eight emergency departments that screened everybody"
_ABANDONED = "Vermont 911, System Statistics 2017: 16,837 of 199,324 calls abandoned, taken for callers who are lost; rounded"
_CUSTODY = "Critical Care (doi 10.1186/cc6572): a potentially lethal weapon taken from 447 of 17,733 people whom police and paramedics brought for psychiatric evaluation"
_FLORIDA = "Franz and Borum, Police Practice and Research 2011: 3 % of CIT calls in Central Florida ended in an arrest, and 19 % more probably would have before there was CIT"
_PEERS = "Digliani, Peer Support Team Utilization and Outcome Survey 2018: 305 of 631 employees of three Colorado agencies had taken part in peer support"
_MISSOURI = "Boyum et al., Journal of Social Service Research 2016: of 1,235 callers of 2-1-1 in Missouri, 91 % tried to contact a service and 82 % reached one; the rest taken for no answer"
_CALLS = "Austin, Crisis Call Diversion Program, as Route Fifty reported in 2022: nearly 5,700 of about 48,000 calls about a mental health crisis transferred to clinicians; rounded"
_FRAMINGHAM = "Advocates, Massachusetts, Co-Response Jail Diversion Program: 75 % of people with criminal behavior diverted on average; taken for what is offered"
_ALL = (
    Rate(
        "ends-detained",
        DETENTION.share,
        "of contacts with somebody in a crisis end in detention",
        STUDY,
    ),
    Rate("ends-transported", TRANSPORT.share, "of them end in voluntary transport", STUDY),
    Rate("ends-arrested", ARREST.share, "of them end in an arrest; the others are resolved", STUDY),
    Rate("ends-otherwise", 0.12, "of contacts end in a way that the study has no word for"),
    Rate("comes-back", 0.317, "of contacts are with somebody met before", _WINSCHOTEN),
    Rate("older", 0.17, "of people are 65 or older", _CENSUS),
    Rate("veteran", 0.06, "of adults are veterans", _CENSUS),
    Rate("limited-english", 0.08, "of people speak English less than very well", _CENSUS),
    Rate("hard-of-hearing", 0.036, "of people have a hearing difficulty", _CENSUS),
    Rate("referral-failed", 0.12, "of accepted referrals fail"),
    Rate("other-agency", 0.06, "of calls bring a unit of another agency"),
    Rate("handed-to-agency", 0.4, "of those calls are offered to that agency"),
    Rate("agency-declines", 0.4, "of such offers are declined"),
    Rate(
        "two-calls",
        0.0086,
        "of calls get a second number, and somebody sees that it is one event",
        _SPRINGFIELD,
    ),
    Rate("barricade", 0.01, "of scenes get a command post", _COLORADO),
    Rate("commander-briefed", 0.95, "of commanders who take over are briefed"),
    Rate("access-justified", 0.95, "of emergency accesses are found justified"),
    Rate("entry", 0.15, "of doors that stay closed are entered"),
    Rate("entry-forced", 0.4, "of entries are forced"),
    Rate("connection-breaks", 0.15, "of clinicians by phone or tablet are cut off"),
    Rate("connection-back", 0.9, "of connections that broke come back"),
    Rate("second-caller", 0.03, "of calls have a second caller"),
    Rate(
        "does-what-is-asked", 0.7, "of refusals that ask for an event of the program's own get it"
    ),
    Rate("own-event-owed", 0.5, "of events of a program's own that are owed come at a time"),
    Rate("training-renewed", 0.5, "of trainings that lapse are renewed"),
    Rate(
        "support-offered", 0.85, "of responders who were at a critical incident are offered support"
    ),
    Rate("support-taken", 0.48, "of responders who are offered support take it", _PEERS),
    Rate("check-in", 0.8, "of responders who were at a critical incident somebody checks in with"),
    Rate("passed-again", 0.5, "of vettings and trainings that end are passed again"),
    Rate("absent", 0.014, "of shifts somebody is absent from", _ABSENCE),
    Rate("long-shift", 0.02, "of shifts run four hours over"),
    Rate("kept-apart", 0.6, "of suspects are marked to be kept apart from the victim"),
    Rate("apart-lifted", 0.2, "of such marks are lifted again"),
    Rate("plan-ends-by-person", 0.5, "of care plans that end are taken back by the person"),
    Rate("survey-declined", 0.5, "of those who do not answer decline"),
    Rate("triaged-late", 0.04, "of calls get their triage written down late"),
    Rate(
        "wrong-incident", 0.05, "of incidents get an event that belongs to another, and is voided"
    ),
    Rate("school-told", 0.85, "of children's schools are told, where nobody declined"),
    Rate("force-reviewed", 0.8, "of incidents with force are reviewed"),
    Rate("said-of-response", 0.05, "of incidents without a review bring a complaint or praise"),
    Rate("conference", 0.7, "of cases without a child are presented at a conference"),
    Rate("asks-after-all", 0.15, "of people who declined ask for help after all"),
    Rate("consent-withdrawn", 0.05, "of referrals see the consent taken back before they are sent"),
    Rate("warm-hand-off", 0.3, "of referrals are handed over warm"),
    Rate("referral-taken-back", 0.05, "of people have a referral that is taken back"),
    Rate("referral-declined", 0.05, "of people decline a referral that was offered"),
    Rate("no-follow-up", 0.7, "of people who declined get no follow-up"),
    Rate("follow-up-unowned", 0.06, "of follow-ups are planned without an owner"),
    Rate("follow-up-canceled", 0.04, "of people have a second follow-up that is canceled"),
    Rate("no-answer", 0.1, "of referrals are never answered", _MISSOURI),
    Rate("referral-rejected", 0.1, "of referrals are rejected by the service"),
    Rate("referral-on-hold", 0.12, "of accepted referrals are put on hold"),
    Rate("first-appointment", 0.64, "of first appointments are kept", _INTAKE),
    Rate("follow-up-missed", 0.15, "of follow-ups are missed at first"),
    Rate("follow-up-done", 0.92, "of follow-ups are made in the end"),
    Rate("noted-late", 0.1, "of follow-ups are written down two hours late"),
    Rate("reopened", 0.06, "of closed incidents are opened again"),
    Rate("called-off", 0.7, "of open follow-ups are called off to close"),
    Rate("warned", 0.8, "of uses of force come after a warning"),
    Rate("no-reason", 0.3, "of uses of force without an attempt lack their reason"),
    Rate("praised", 0.05, "of those who say something praise the response"),
    Rate("own-natures", 0.93, "of calls are of a nature that the program is for"),
    Rate("weapon-told", 0.04, "of callers speak of a weapon"),
    Rate("by-phone", 0.07, "of calls are resolved by phone"),
    Rate("to-a-line", 0.12, "of crisis calls are offered to a crisis line", _CALLS),
    Rate("child-told", 0.7, "of callers about a family speak of a child"),
    Rate("canceled", 0.075, "of calls with a team are canceled before arrival", _DISREGARDED),
    Rate("nobody-told", 0.6, "of calls that nobody can be sent to are told to a supervisor"),
    Rate("from-988", 0.7, "of calls of 988 are handed over by its counselor"),
    Rate("warm-from-988", 0.9, "of calls that 988 hands over are warm"),
    Rate("caller-lost", 0.084, "of callers are lost", _ABANDONED),
    Rate("caller-reached", 0.7, "of lost callers are reached again"),
    Rate("warm-to-a-line", 0.9, "of calls to a crisis line are handed over warm"),
    Rate("line-declines", 0.18, "of crisis lines decline a call", _AUSTIN),
    Rate("dementia-older", 0.97, "of people with dementia are 65 or older", _YOUNGER),
    Rate("asked-veteran", 0.5, "of people are asked whether they served"),
    Rate("guardian-tried", 0.8, "of children's guardians somebody tries to reach"),
    Rate("guardian-reached", 0.85, "of guardians who are tried are reached"),
    Rate("interpreted", 0.454, "of people who need an interpreter get one", _INTERPRETED),
    Rate("nobody-there", 0.097, "of arrivals find nobody", _SPRINGFIELD),
    Rate("offered", 0.75, "of people who did not decline are offered a service"),
    Rate("card-left", 0.5, "of doors where nobody opens get a card"),
    Rate("weapon", 0.025, "of scenes have a weapon", _CUSTODY),
    Rate("secured", 0.3, "of scenes without a weapon are secured all the same"),
    Rate("relieved", 0.04, "of leading officers are relieved"),
    Rate("naloxone", 0.6, "of people with an overdose are given naloxone"),
    Rate("first-aid", 0.02, "of other people are given first aid"),
    Rate("medic", 0.95, "of people who got aid see a medic or refuse"),
    Rate("medic-not-refused", 0.876, "of those do not refuse the medic", _OVERDOSE),
    Rate("warrant", 0.02, "of people have a warrant out"),
    Rate("order-found", 0.02, "of people are restrained by a protective order"),
    Rate("offense", 0.22, "of people could be arrested for an offense", _FLORIDA),
    Rate(
        "diversion",
        0.75,
        "of people who could be arrested are offered something else",
        _FRAMINGHAM,
    ),
    Rate("deflection", 0.1, "of other people are offered services by an officer"),
    Rate("alternative-taken", 0.7, "of alternatives to an arrest are taken"),
    Rate("handed-over", 0.04, "of scenes are handed over"),
    Rate("leaves-early", 0.1, "of teams have somebody who leaves early"),
    Rate("note", 0.05, "of scenes leave a note in the vault"),
    Rate("arrives-late", 0.03, "of scenes see an officer arrive after they are cleared"),
    Rate("death", 0.12, "of attempts, overdoses, violent crimes and traumatic events have a death"),
    Rate("child-in-violence", 0.43, "of scenes of domestic violence have a child", _EXPOSED),
    Rate("child-there", 0.15, "of other scenes have a child"),
    Rate("danger", 0.05, "of scenes are imminently dangerous"),
    Rate("de-escalation", 0.93, "of scenes see an attempt to de-escalate"),
    Rate("de-escalation-works", 0.85, "of attempts to de-escalate work"),
    Rate("force", 0.016, "of scenes see force", _SEATTLE),
    Rate("injury", 0.4, "of uses of force hurt somebody", _NIJ),
    Rate("supervisor-told", 0.9, "of uses of force are told to a supervisor"),
    Rate("clinician-asked", 0.75, "of teams without a clinician ask for one"),
    Rate("clinician-engaged", 0.4, "of clinicians who are asked work with the person"),
    Rate("screened-crisis", 0.84, "of people in crisis are screened", _SCREENED),
    Rate("screened-other", 0.25, "of other people are screened"),
    Rate("restrained", 0.7, "of people on a hold are restrained on the way"),
    Rate("accepted", 0.95, "of people are accepted by the facility"),
    Rate("safety-plan", 0.93, "of people at risk make a safety plan", _PLANS),
    Rate("clinician-agrees", 0.8, "of dispositions at risk have a clinician's agreement"),
    Rate("declines", 0.24, "of people decline services"),
    Rate("shares", 0.1, "of people who consent also consent to sharing"),
    Rate("ends-declined", 0.4, "of contacts with somebody who declined end so"),
    Rate("rights-told", 0.9, "of victims of violence are told their rights"),
    Rate("danger-asked", 0.85, "of victims of domestic violence are asked about danger"),
    Rate("advocate-reached", 0.616, "of victims in high danger talk with an advocate", _LETHALITY),
    Rate("abuse-suspected", 0.25, "of children at a scene are suspected to be abused"),
    Rate(
        "elder-abuse-suspected", 0.13, "of people with dementia are suspected to be abused", _ELDERS
    ),
    Rate("report-accepted", 0.471, "of reports of abuse are accepted", _CHILDREN),
    Rate("report-written", 0.8, "of reports of abuse follow in writing"),
    Rate("weapon-secured", 0.9, "of weapons are secured"),
    Rate("means", 0.5, "of people at risk are counseled on lethal means", _MEANS),
    Rate("agreed-contact", 0.8, "of people with a plan get the agreed contact called"),
    Rate("order-asked", 0.7, "of firearms on scene lead to a request for an extreme-risk order"),
    Rate("order-issued", 0.96, "of extreme-risk orders that officers ask for are issued", _OREGON),
    Rate("survey-offered", 0.5, "of people are asked how the response was"),
    Rate("survey-answered", 0.6, "of those who are asked answer on the scale", _SURVEYED),
    Rate("outcome-found", 0.5, "of people are asked after 30 days how they are"),
    Rate("care-plan", 0.1, "of people consent that responders know their care plan"),
    Rate(
        "care-plan-ends",
        0.2,
        "of care plans end within two weeks, by consent taken back or otherwise",
    ),
    Rate("case-management", 0.5, "of people with a care plan are enrolled in case management"),
    Rate("unknown-person", 0.06, "of people are unknown when the crew meets them"),
    Rate("identified-wrongly", 0.1, "of unknown people are taken for somebody else at first"),
    Rate("treatment-starts", 0.46, "of children who were offered treatment begin it", _BEGUN),
    Rate("session-missed", 0.15, "of treatment sessions are missed", _ATTENDED),
    Rate("treatment-completed", 0.58, "of children's treatments are completed", _GRADUATED),
    Rate("school-records", 0.4, "of children's parents consent that the school is asked"),
    Rate("advocate-wanted", 0.7, "of victims of sexual assault and next of kin want an advocate"),
    Rate("advocate-shares", 0.1, "of advocates' clients consent that something is shared"),
    Rate("told-alone", 0.1, "of death notifications are made by one person alone"),
    Rate("told-by-phone", 0.08, "of death notifications are made by phone"),
)
RATES = {one.name: one for one in _ALL}
"""Every number, by its name."""


def rate(name: str) -> float:
    """Return a number of the night by its name."""
    return RATES[name].value
