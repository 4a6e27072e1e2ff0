# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import (Code, Id, Instant)
from coresponder.domain.vocabulary import (
    AccessFinding,
    AccessReason,
    OverrideReason,
    Purpose,
    VoidReason,
)

_AccessFinding: TypeAlias = AccessFinding | Literal['justified', 'not_justified']
_AccessReason: TypeAlias = AccessReason | Literal['imminent_danger', 'medical_emergency']
_OverrideReason: TypeAlias = OverrideReason | Literal[
    'imminent_danger',
    'medical_emergency',
    'supervisor_order',
    'court_order',
    'person_requested',
    'not_possible',
    'system_outage',
]
_Purpose: TypeAlias = Purpose | Literal['treatment', 'operations', 'oversight', 'research']
_VoidReason: TypeAlias = VoidReason | Literal[
    'wrong_incident',
    'wrong_person',
    'wrong_time',
    'duplicate',
    'did_not_happen',
]

def _to_accessfinding(value: _AccessFinding) -> AccessFinding: ...
def _to_accessreason(value: _AccessReason) -> AccessReason: ...
def _to_overridereason(value: _OverrideReason) -> OverrideReason: ...
def _to_purpose(value: _Purpose) -> Purpose: ...
def _to_voidreason(value: _VoidReason) -> VoidReason: ...
def _to_tuple_code(value: list[Code] | tuple[Code, ...]) -> tuple[Code, ...]: ...
def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentClosed(Decision):
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentReopened(Decision):
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentCancelled(Decision):
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class NoteAdded(Fact):
    entry: Id
    digest: Id
    subject: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class EnteredInError(Fact):
    event: int
    reason: VoidReason = attrs.field(converter=_to_voidreason)

@attrs.frozen(kw_only=True, weakref_slot=False)
class PolicyOverridden(Fact):
    decision: Code
    policies: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    reason: OverrideReason = attrs.field(converter=_to_overridereason)

@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyAccessOpened(Decision):
    access: Id
    viewer: Id
    roles: tuple[Code, ...] = attrs.field(converter=_to_tuple_code)
    agency: Id | None = None
    purpose: Purpose = attrs.field(converter=_to_purpose)
    views: tuple[Code, ...] = attrs.field(converter=_to_tuple_code)
    reason: AccessReason = attrs.field(converter=_to_accessreason)
    until: Instant

@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyAccessReviewed(Decision):
    access: Id
    finding: AccessFinding = attrs.field(converter=_to_accessfinding)
    by_viewer: bool = False
