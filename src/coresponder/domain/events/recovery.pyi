# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (Change, SchoolMeasure, Treatment, TreatmentResult)

_Change: TypeAlias = Change | Literal['better', 'same', 'worse']
_SchoolMeasure: TypeAlias = SchoolMeasure | Literal['attendance', 'grades']
_Treatment: TypeAlias = Treatment | Literal['cftsi', 'longer_term', 'other']
_TreatmentResult: TypeAlias = TreatmentResult | Literal[
    'completed',
    'longer_treatment',
    'stopped_by_family',
    'moved_away',
]

def _to_change(value: _Change) -> Change: ...
def _to_schoolmeasure(value: _SchoolMeasure) -> SchoolMeasure: ...
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
