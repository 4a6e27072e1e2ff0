# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (EntryGround, LeadService, Perimeter, Presence)

_EntryGround: TypeAlias = EntryGround | Literal[
    'exigent_circumstances',
    'warrant',
    'resident_consented',
]
_LeadService: TypeAlias = LeadService | Literal['police', 'ems', 'fire', 'crisis_team']
_Perimeter: TypeAlias = Perimeter | Literal['inner', 'outer']
_Presence: TypeAlias = Presence | Literal['in_person', 'phone', 'video']

def _to_entryground(value: _EntryGround) -> EntryGround: ...
def _to_leadservice(value: _LeadService) -> LeadService: ...
def _to_perimeter(value: _Perimeter) -> Perimeter: ...
def _to_presence(value: _Presence) -> Presence: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class SubjectBarricaded(Fact):
    person: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class PerimeterSet(Fact):
    perimeter: Perimeter = attrs.field(converter=_to_perimeter)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CommandTaken(Fact):
    commander: Id
    service: LeadService = attrs.field(default=LeadService.POLICE, converter=_to_leadservice)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CommandTransferred(Fact):
    commander: Id
    service: LeadService = attrs.field(default=LeadService.POLICE, converter=_to_leadservice)
    briefed: bool = True

@attrs.frozen(kw_only=True, weakref_slot=False)
class EntryMade(Fact):
    ground: EntryGround = attrs.field(converter=_to_entryground)
    person: Id | None = None
    forced: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConnectionFailed(Fact):
    responder: Id
    presence: Presence = attrs.field(default=Presence.VIDEO, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConnectionLost(Fact):
    responder: Id
    presence: Presence = attrs.field(default=Presence.VIDEO, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConnectionRestored(Fact):
    responder: Id
    presence: Presence = attrs.field(default=Presence.VIDEO, converter=_to_presence)
