# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

from typing import ClassVar
import attrs
from coresponder.domain.types import (Id, Instant)
from coresponder.record import Record



@attrs.frozen(kw_only=True, weakref_slot=False)
class Event(Record):
    version: ClassVar[int] = 1
    administrative: ClassVar[bool] = False
    reads_back: ClassVar[bool] = True
    at: Instant
    by: Id
    approximate: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class Fact(Event):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Decision(Event):
    ...
