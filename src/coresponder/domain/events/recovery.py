"""The weeks and months after: a child's treatment, and school."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import Change, SchoolMeasure, Treatment, TreatmentResult

__all__ = ["SchoolOutcomeReported", "SchoolReportRequested", "TreatmentEnded", "TreatmentStarted"]


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
