# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import datetime as dt
from typing import NamedTuple
import attrs
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import Technique
from coresponder.record import Record

_Technique: TypeAlias = Technique | Literal[
    'active_listening',
    'open_ended_questions',
    'mirroring',
    'body_language',
    'introduce_yourself',
    'one_voice',
    'calm_tone',
    'personal_space',
    'reflect_feeling',
    'summarise',
    'paraphrase',
    'minimal_encouragers',
    'i_statements',
    'effective_pauses',
    'safety_planning',
]

def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_technique(value: Sequence[_Technique]) -> tuple[Technique, ...]: ...

class Validity(NamedTuple):
    months: int
    days: int
    def after(self, at: dt.datetime) -> dt.datetime: ...

def parse_validity(text: str) -> Validity | None: ...

@attrs.frozen(kw_only=True)
class Course(Record):
    id: Id
    title: str = ''
    hours: int = 0
    skills: tuple[Technique, ...] = attrs.field(default=(), converter=_to_tuple_technique)
    valid: str = ''
    renewed_by: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    accepts: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    authority: str = 'local choice'
