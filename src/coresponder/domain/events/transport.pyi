# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (Disposition, Facility, HandOverTo, Transporter)

_Disposition: TypeAlias = Disposition | Literal[
    'resolved_on_scene',
    'resolved_by_phone',
    'remained_in_community',
    'voluntary_transport',
    'emergency_hold',
    'referred',
    'handed_to_ems',
    'handed_to_mobile_crisis',
    'handed_to_family',
    'handed_to_crisis_line',
    'declined_services',
    'arrested',
    'cited',
    'unable_to_locate',
    'cancelled',
    'unfounded',
    'no_mental_health_need',
]
_Facility: TypeAlias = Facility | Literal[
    'emergency_department',
    'crisis_walk_in',
    'stabilization',
    'sobering',
    'detox',
    'respite',
    'shelter',
    'home',
    'jail',
]
_HandOverTo: TypeAlias = HandOverTo | Literal['ems', 'mobile_crisis', 'family', 'other_agency']
_Transporter: TypeAlias = Transporter | Literal['police', 'ems', 'crisis_team', 'family', 'other']

def _to_disposition(value: _Disposition) -> Disposition: ...
def _to_facility(value: _Facility) -> Facility: ...
def _to_handoverto(value: _HandOverTo) -> HandOverTo: ...
def _to_transporter_none(value: _Transporter | None) -> Transporter | None: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonTransported(Fact):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    voluntary: bool = True
    transported_by: Transporter | None = attrs.field(default=None, converter=_to_transporter_none)
    restrained: bool | None = None
    responder: Id | None = None
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ArrivedAtFacility(Fact):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class HandOverAccepted(Fact):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderBackInService(Fact):
    responder: Id
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class HandedOver(Fact):
    to: HandOverTo = attrs.field(converter=_to_handoverto)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SceneCleared(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class DispositionRecorded(Decision):
    disposition: Disposition = attrs.field(converter=_to_disposition)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)
