# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
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

_Change: TypeAlias = Change | Literal['better', 'same', 'worse']
_LaterOutcome: TypeAlias = LaterOutcome | Literal[
    'in_care',
    'stable_without_care',
    'in_crisis_again',
    'in_hospital',
    'in_jail',
    'died',
    'not_found',
]
_OutcomeTime: TypeAlias = OutcomeTime | Literal['30_days', '90_days']
_SchoolMeasure: TypeAlias = SchoolMeasure | Literal['attendance', 'grades']
_SurveyScale: TypeAlias = SurveyScale | Literal['csq_8', 'csq_4', 'csq_3', 'local']
_Treatment: TypeAlias = Treatment | Literal['cftsi', 'longer_term', 'other']
_TreatmentResult: TypeAlias = TreatmentResult | Literal[
    'completed',
    'longer_treatment',
    'stopped_by_family',
    'moved_away',
]

def _to_change(value: _Change) -> Change: ...
def _to_lateroutcome(value: _LaterOutcome) -> LaterOutcome: ...
def _to_outcometime(value: _OutcomeTime) -> OutcomeTime: ...
def _to_schoolmeasure(value: _SchoolMeasure) -> SchoolMeasure: ...
def _to_surveyscale(value: _SurveyScale) -> SurveyScale: ...
def _to_treatment(value: _Treatment) -> Treatment: ...
def _to_treatmentresult(value: _TreatmentResult) -> TreatmentResult: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class TreatmentStarted(Fact):
    person: Id
    treatment: Treatment = attrs.field(converter=_to_treatment)

@attrs.frozen(kw_only=True, weakref_slot=False)
class TreatmentEnded(Fact):
    person: Id
    treatment: Treatment = attrs.field(converter=_to_treatment)
    result: TreatmentResult = attrs.field(converter=_to_treatmentresult)
    sessions: int

@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolReportRequested(Decision):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolOutcomeReported(Fact):
    person: Id
    measure: SchoolMeasure = attrs.field(converter=_to_schoolmeasure)
    change: Change = attrs.field(converter=_to_change)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SurveyOffered(Decision):
    person: Id
    scale: SurveyScale = attrs.field(default=SurveyScale.CSQ_8, converter=_to_surveyscale)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SurveyAnswered(Fact):
    person: Id
    score: int
    scale: SurveyScale = attrs.field(default=SurveyScale.CSQ_8, converter=_to_surveyscale)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SurveyDeclined(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class OutcomeRecorded(Fact):
    person: Id
    after: OutcomeTime = attrs.field(converter=_to_outcometime)
    outcome: LaterOutcome = attrs.field(converter=_to_lateroutcome)
