# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (
    Alternative,
    CrimeAgainst,
    DangerLevel,
    NoContactGround,
    OrderKind,
    Presence,
    ProtectionAgency,
)

_Alternative: TypeAlias = Alternative | Literal['diversion', 'deflection', 'citation', 'warning']
_CrimeAgainst: TypeAlias = CrimeAgainst | Literal['person', 'property', 'society']
_DangerLevel: TypeAlias = DangerLevel | Literal['high', 'not_high', 'not_answered']
_NoContactGround: TypeAlias = NoContactGround | Literal[
    'court_order',
    'victim_asked',
    'safety_plan',
]
_OrderKind: TypeAlias = OrderKind | Literal['extreme_risk', 'domestic_violence', 'other']
_Presence: TypeAlias = Presence | Literal['in_person', 'phone', 'video']
_ProtectionAgency: TypeAlias = ProtectionAgency | Literal['child_protection', 'adult_protection']

def _to_alternative(value: _Alternative) -> Alternative: ...
def _to_crimeagainst_none(value: _CrimeAgainst | None) -> CrimeAgainst | None: ...
def _to_dangerlevel(value: _DangerLevel) -> DangerLevel: ...
def _to_nocontactground(value: _NoContactGround) -> NoContactGround: ...
def _to_orderkind(value: _OrderKind) -> OrderKind: ...
def _to_presence(value: _Presence) -> Presence: ...
def _to_protectionagency(value: _ProtectionAgency) -> ProtectionAgency: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class ChargeableOffenseFound(Fact):
    person: Id
    against: CrimeAgainst | None = attrs.field(default=None, converter=_to_crimeagainst_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class WarrantFound(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class VictimRightsTold(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class DangerAssessed(Fact):
    person: Id
    level: DangerLevel = attrs.field(converter=_to_dangerlevel)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateRequested(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateDeclined(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateRecordShared(Decision):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class DeathNotificationMade(Fact):
    person: Id
    notifiers: int
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateReached(Fact):
    person: Id
    presence: Presence = attrs.field(default=Presence.PHONE, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AbuseSuspected(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportMade(Fact):
    person: Id
    agency: ProtectionAgency = attrs.field(default=ProtectionAgency.CHILD_PROTECTION, converter=_to_protectionagency)
    written: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportAccepted(Fact):
    person: Id
    agency: ProtectionAgency = attrs.field(default=ProtectionAgency.CHILD_PROTECTION, converter=_to_protectionagency)

@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportScreenedOut(Fact):
    person: Id
    agency: ProtectionAgency = attrs.field(default=ProtectionAgency.CHILD_PROTECTION, converter=_to_protectionagency)

@attrs.frozen(kw_only=True, weakref_slot=False)
class NoContactMarked(Fact):
    person: Id
    protects: Id
    ground: NoContactGround = attrs.field(converter=_to_nocontactground)

@attrs.frozen(kw_only=True, weakref_slot=False)
class NoContactLifted(Fact):
    person: Id
    protects: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderFound(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderRequested(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderIssued(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderDenied(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeOffered(Fact):
    person: Id
    alternative: Alternative = attrs.field(converter=_to_alternative)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeTaken(Fact):
    person: Id
    alternative: Alternative = attrs.field(converter=_to_alternative)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeDeclined(Fact):
    person: Id
    alternative: Alternative = attrs.field(converter=_to_alternative)
