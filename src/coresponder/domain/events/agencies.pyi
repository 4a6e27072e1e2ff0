# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import IncidentLink

_IncidentLink: TypeAlias = IncidentLink | Literal[
    'parent',
    'child',
    'related',
    'duplicate',
    'split_from',
    'split_off',
]

def _to_incidentlink(value: _IncidentLink) -> IncidentLink: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class MutualAidRequested(Fact):
    department: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class OtherAgencyArrived(Fact):
    department: Id
    unit: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class OtherAgencyCleared(Fact):
    department: Id
    unit: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentTransferOffered(Decision):
    department: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentTransferAccepted(Fact):
    department: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentTransferDeclined(Fact):
    department: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class TransferOutcomeHeard(Fact):
    department: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentLinked(Fact):
    other: Id
    link: IncidentLink = attrs.field(converter=_to_incidentlink)

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentMerged(Decision):
    into: Id
