"""The measures, each defined once: its sentence, its source, its denominator, and its treatment of
missing data.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable

import attrs

from coresponder.audit import readings as read
from coresponder.audit.reckoned import Kind, Measure, Question, Reckoned
from coresponder.audit.seen import Seen
from coresponder.domain import events as e
from coresponder.domain.vocabulary import AgeGroup, Disposition, Transporter, Weekday
from coresponder.program import Case, Program

__all__ = ["MEASURES", "Measures"]

_GPL = "Harvard Kennedy School Government Performance Lab, Measuring What Matters"
_CSG = "Council of State Governments Justice Center, four outcomes of police-mental health collaborations"
_CAHOOTS = "Eugene Police Department, CAHOOTS Program Analysis 2021"
_TIMES = "A time that is not recorded, approximate, implausible or in the wrong order is left out."
_P, _R, _S, _C = Question.PERFORMANCE, Question.REACH, Question.SCENE, Question.CONNECTION
_HOURS = tuple(f"{hour:02}:00" for hour in range(24))
_DAYS = tuple(day.value for day in Weekday)


def _time(id: str, question: Question, title: str, says: str, reader: read.Reader) -> Measure:
    return Measure(
        id=id,
        question=question,
        kind=Kind.TIME,
        title=title,
        says=says,
        source=_GPL,
        denominator="those in which both ends happened",
        missing=_TIMES,
        read=reader,
    )


def _calls(
    id: str, title: str, says: str, reader: read.Reader, labels: tuple[str, ...] = ()
) -> Measure:
    return Measure(
        id=id,
        question=_R,
        kind=Kind.SPLIT,
        title=title,
        says=says,
        source=_GPL,
        denominator="all incidents",
        missing="An incident whose opening is only approximate is left out."
        if labels
        else "An incident in which nobody recorded it is left out.",
        read=reader,
        labels=labels,
    )


def _measure(
    id: str,
    question: Question,
    title: str,
    says: str,
    source: str,
    denominator: str,
    missing: str,
    reader: read.Reader,
    labels: Iterable[str] = (),
    *,
    kind: Kind,
) -> Measure:
    return Measure(
        id=id,
        question=question,
        kind=kind,
        title=title,
        says=says,
        source=source,
        denominator=denominator,
        missing=missing,
        read=reader,
        labels=tuple(labels),
    )


_split = functools.partial(_measure, kind=Kind.SPLIT)
_share = functools.partial(_measure, kind=Kind.SHARE)

MEASURES: tuple[Measure, ...] = (
    _time(
        "time_to_dispatch", _P, "From the call to the first team sent",
        "How long it took from the call until a team was sent.",
        read.time_between(e.CallReceived, e.TeamDispatched),
    ),
    _time(
        "time_to_arrival", _P, "From the call to the first arrival",
        "How long it took from the call until somebody was on scene.",
        read.time_between(e.CallReceived, e.ResponderArrived),
    ),
    _time(
        "time_on_scene", _P, "Time on scene",
        "How long it took from the first arrival until the scene was cleared.",
        read.time_between(e.ResponderArrived, e.SceneCleared),
    ),
    _time(
        "officer_time_returned", _P, "Officer time returned",
        "How long the scene went on after an officer had left it to others, for each such officer.",
        read.officer_time_returned,
    ),
    _split(
        "follow_ups", _P, "Follow-ups that were due",
        "What became of each planned follow-up that was due: done in time, done late, missed, or not"
        " done so far.",
        _GPL, "follow-ups that were due, without those that were canceled",
        "A follow-up whose time of contact is only approximate is left out.",
        read.follow_ups, ("in time", "late", "missed", "not done"),
    ),
    _share(
        "calls_that_qualify", _R, "Calls that qualify",
        "Calls that the triage said qualify; without a triage, those whose nature the program takes.",
        _GPL, "calls", "Nothing is left out.",
        read.qualifying,
    ),
    _share(
        "answered", _R, "Calls that qualify and were answered",
        "Calls that qualify and to which a team of the program was sent.",
        _GPL, "calls that qualify", "Nothing is left out.",
        read.answered,
    ),
    _share(
        "unanswered", _R, "Calls that qualify and found nobody",
        "Calls that qualify, for which a team was asked and none was available.",
        _GPL, "calls that qualify", "Nothing is left out.",
        read.unanswered,
    ),
    _share(
        "dispatched_of_all", _R, "Share of all calls: a team was sent",
        "Calls to which a team of the program was sent (diversion rate 1b).",
        _CAHOOTS, "all calls of the record, whether they qualify or not",
        "Nothing is left out.", read.dispatched_of_all,
    ),
    _share(
        "without_officer_of_all", _R, "Share of all calls: answered without an officer",
        "Calls at which somebody arrived and no officer was sent or came (diversion rate 1c).",
        _CAHOOTS, "all calls of the record, whether they qualify or not",
        "A call at which somebody whose role is not known arrived is left out.",
        read.without_officer,
    ),
    _split(
        "answered_by_tier", _R, "Teams by tier", "The tier of the first team that was sent.",
        _GPL, "incidents to which a team was sent", "Nothing is left out.", read.tier,
    ),
    _calls("by_hour", "Calls by hour", "The hour in which the incident opened.", read.hour, _HOURS),
    _calls("by_weekday", "Calls by weekday", "The day on which it opened.", read.weekday, _DAYS),
    _calls(
        "by_week_hour", "Calls by hour of the week", "Weekday and hour together.", read.week_hour,
        tuple(f"{day} / {hour}" for day in _DAYS for hour in _HOURS),
    ),
    _calls("by_month", "Calls by month", "The month in which the incident opened.", read.month),
    _calls("by_nature", "Calls by nature", "What the call is about.", read.nature),
    _split(
        "by_age_group", _R, "People by age group", "Each person who was involved.",
        _GPL, "people, once in each incident", "An age that is not known is counted as unknown.",
        read.age_group, [group.value for group in AgeGroup],
    ),
    _split(
        "dispositions", _S, "How contacts ended", "The last disposition that was recorded.",
        _CSG, "incidents with a disposition",
        "A contact without a disposition is left out, and counted as missing.",
        read.disposition,
    ),
    _split(
        "dispositions_by_tier", _S, "How contacts ended, by tier",
        "The disposition, by the tier of the first team.", _CSG, "incidents to which a team was sent",
        "An incident without a disposition is left out, and counted as missing.",
        read.disposition_by_tier,
    ),
    _share(
        "arrests", _S, "Arrests", "Contacts that ended with an arrest.", _CSG,
        "incidents with a disposition", "An incident without a disposition is left out.",
        read.ended_as(Disposition.ARRESTED),
    ),
    _share(
        "emergency_holds", _S, "Emergency holds",
        "Contacts in which somebody was put into an emergency hold, or that ended as one.", _CSG,
        "incidents with a team, an arrival or a disposition",
        "A hold that nobody recorded is not known.", read.held,
    ),
    _share(
        "alternatives_to_arrest", _S, "Taken in the place of an arrest",
        "People for whose arrest there were grounds, and who took something else.", _CSG,
        "people for whose arrest there were grounds",
        "Grounds that nobody recorded are not known.", read.alternatives,
    ),
    _share(
        "force", _S, "Contacts with force", "Contacts in which force was used.", _CSG,
        "incidents at which somebody arrived", "Force that nobody recorded is not known.",
        read.on_scene(e.ForceUsed), kind=Kind.RATE,
    ),
    _share(
        "injuries", _S, "Contacts with an injury", "Contacts in which somebody was hurt.", _CSG,
        "incidents at which somebody arrived", "An injury that nobody recorded is not known.",
        read.on_scene(e.InjuryRecorded), kind=Kind.RATE,
    ),
    _split(
        "transports", _S, "Transports by whom", "Who took each person to a facility.", _GPL,
        "transports", "A transport of which nobody said by whom is left out, and counted as missing.",
        read.transporter, [one.value for one in Transporter],
    ),
    _split(
        "consent", _C, "Consent to services",
        "What each person who was asked said last: given, declined, or withdrawn.", _GPL,
        "people who were asked, once in each incident", "Nothing is left out.", read.consent,
        ("given", "declined", "withdrawn"),
    ),
    _split(
        "referrals", _C, "Referrals", "How far each referral came.", _GPL, "referrals that were offered",
        "A stage that nobody recorded is not known, unless a later one is recorded.", read.referrals,
        read.STAGES, kind=Kind.FUNNEL,
    ),
    _time(
        "time_to_referral_sent", _C, "From the offer of a service to the referral sent",
        "How long it took until the service had the referral.",
        read.referral_time("offered", "sent"),
    ),
    _time(
        "time_to_referral_accepted", _C, "From the referral sent to its acceptance",
        "How long the service took to accept the person.",
        read.referral_time("sent", "accepted"),
    ),
    _time(
        "time_to_connection", _C, "From the offer of a service to the first appointment kept",
        "How long it took until the person was connected to the service.",
        read.referral_time("offered", "connected"),
    ),
    _time(
        "time_to_completion", _C, "From the first appointment kept to the end of the service",
        "How long it took until the service was given.",
        read.referral_time("connected", "completed"),
    ),
)  # fmt: skip
"""Every measure that is read incident by incident. `Contacts` counts people who come again."""


@attrs.define
class Measures:
    """Every measure over many incidents of one program.

    Attributes:
        duplicates: how many were merged into another one, and are not measured.
    """

    program: Program
    duplicates: int = 0
    all: tuple[Reckoned, ...] = attrs.field(
        factory=lambda: tuple(Reckoned(measure) for measure in MEASURES)
    )

    def add(self, case: Case, now: dt.datetime, times: int = 1) -> None:
        """Add one incident as it was at `now`, or several that are alike. One that was merged into
        another is not a second event, and is not added.
        """
        if case.incident.merged_into is not None:
            self.duplicates += times
            return
        seen = Seen.of(self.program, case, now)
        for one in self.all:
            one.add(seen, times)

    def __getitem__(self, id: str) -> Reckoned:
        """Return the result of a measure."""
        return next(one for one in self.all if one.measure.id == id)
