"""The weeks and months after: a child's treatment, and school."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (
    Change,
    LaterOutcome,
    OutcomeTime,
    SchoolMeasure,
    SurveyScale,
    Treatment,
    TreatmentResult,
)

__all__ = [
    "OutcomeRecorded",
    "SchoolOutcomeReported",
    "SchoolReportRequested",
    "SurveyAnswered",
    "SurveyDeclined",
    "SurveyOffered",
    "TreatmentEnded",
    "TreatmentStarted",
]


@attrs.frozen(kw_only=True, weakref_slot=False)
class TreatmentStarted(Fact):
    """The first session was held. Each session is a follow-up of the kind `treatment_session`."""

    person: Id
    treatment: Treatment


@attrs.frozen(kw_only=True, weakref_slot=False)
class TreatmentEnded(Fact):
    """The treatment ended; what was said is not in the log.

    Attributes:
        sessions: how many the person attended, as the clinic counts them.
    """

    person: Id
    treatment: Treatment
    result: TreatmentResult
    sessions: int = attrs.field(validator=attrs.validators.ge(0))


@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolReportRequested(Decision):
    """A child's school was asked how the child does there."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolOutcomeReported(Fact):
    """A school said how a child does, compared with before the event; no grade, no day."""

    person: Id
    measure: SchoolMeasure
    change: Change


@attrs.frozen(kw_only=True, weakref_slot=False)
class SurveyOffered(Decision):
    """The person, or the family of a child, was asked how the response was."""

    person: Id
    scale: SurveyScale = SurveyScale.CSQ_8


@attrs.frozen(kw_only=True, weakref_slot=False)
class SurveyAnswered(Fact):
    """The person said how the response was; the answers are not in the log.

    Attributes:
        score: the sum of the answers. The scale says from which number to which; a workflow records
            no other.
    """

    person: Id
    score: int = attrs.field(validator=attrs.validators.ge(0))
    scale: SurveyScale = SurveyScale.CSQ_8


@attrs.frozen(kw_only=True, weakref_slot=False)
class SurveyDeclined(Fact):
    """The person does not want to say how the response was."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class OutcomeRecorded(Fact):
    """Somebody found out how the person is, weeks after."""

    person: Id
    after: OutcomeTime
    outcome: LaterOutcome
