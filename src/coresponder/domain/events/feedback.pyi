# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (ComplaintAbout, ComplaintFinding)

_ComplaintAbout: TypeAlias = ComplaintAbout | Literal[
    'force',
    'conduct',
    'bias',
    'service',
    'other',
]
_ComplaintFinding: TypeAlias = ComplaintFinding | Literal[
    'sustained',
    'not_sustained',
    'exonerated',
    'unfounded',
    'withdrawn',
]

def _to_complaintabout(value: _ComplaintAbout) -> ComplaintAbout: ...
def _to_complaintfinding(value: _ComplaintFinding) -> ComplaintFinding: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class ComplaintReceived(Fact):
    person: Id
    about: ComplaintAbout = attrs.field(converter=_to_complaintabout)
    responder: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class ComplaintAnswered(Fact):
    person: Id
    finding: ComplaintFinding = attrs.field(converter=_to_complaintfinding)

@attrs.frozen(kw_only=True, weakref_slot=False)
class PraiseReceived(Fact):
    person: Id
    responder: Id | None = None
