"""The words of the field as enums. The value is what is stored and written in TOML."""

# ruff: noqa: F403 - each room lists its names
from __future__ import annotations

from typing import TYPE_CHECKING

from coresponder.domain.vocabulary import (
    aftercare,
    call,
    care,
    command,
    disclosure,
    feedback,
    people,
    protection,
    record,
    recovery,
    response,
    scene,
    transport,
    viewing,
)
from coresponder.domain.vocabulary.aftercare import *
from coresponder.domain.vocabulary.call import *
from coresponder.domain.vocabulary.command import *
from coresponder.domain.vocabulary.disclosure import *
from coresponder.domain.vocabulary.care import *
from coresponder.domain.vocabulary.feedback import *
from coresponder.domain.vocabulary.people import *
from coresponder.domain.vocabulary.protection import *
from coresponder.domain.vocabulary.record import *
from coresponder.domain.vocabulary.recovery import *
from coresponder.domain.vocabulary.response import *
from coresponder.domain.vocabulary.scene import *
from coresponder.domain.vocabulary.transport import *
from coresponder.domain.vocabulary.viewing import *

_ROOMS = (
    response,
    call,
    people,
    scene,
    command,
    protection,
    transport,
    aftercare,
    care,
    recovery,
    feedback,
    record,
    viewing,
    disclosure,
)

if not TYPE_CHECKING:  # a type checker takes the names from the rooms, and cannot read this
    __all__ = [name for room in _ROOMS for name in room.__all__]
