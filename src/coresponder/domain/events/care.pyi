# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.objects import CarePlan
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import FirstContact

_FirstContact: TypeAlias = FirstContact | Literal['case_manager', 'clinician', 'peer', 'family']

def _to_firstcontact(value: _FirstContact) -> FirstContact: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class CarePlanShared(Decision):
    person: Id
    plan: CarePlan

@attrs.frozen(kw_only=True, weakref_slot=False)
class CarePlanEnded(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class CareContactReached(Fact):
    person: Id
    contact: FirstContact = attrs.field(converter=_to_firstcontact)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseManagementStarted(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseManagementEnded(Fact):
    person: Id
