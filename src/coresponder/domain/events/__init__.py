"""Every event type, each a `Fact` or a `Decision`.

A fact happened and is always taken. A decision is checked, and can be refused. An event is both the
request and the record. No event has a name, a birth date, an address or free text: an id points
into the vault where words are needed.
"""

# ruff: noqa: F403 - each room lists its names
from __future__ import annotations

import inspect

from coresponder.domain.events import (
    aftercare,
    agencies,
    call,
    care,
    command,
    feedback,
    protection,
    record,
    recovery,
    scene,
    transport,
)
from coresponder.domain.events.aftercare import *
from coresponder.domain.events.agencies import *
from coresponder.domain.events.base import Decision, Event, Fact
from coresponder.domain.events.call import *
from coresponder.domain.events.command import *
from coresponder.domain.events.care import *
from coresponder.domain.events.feedback import *
from coresponder.domain.events.protection import *
from coresponder.domain.events.record import *
from coresponder.domain.events.recovery import *
from coresponder.domain.events.scene import *
from coresponder.domain.events.transport import *

EVENT_TYPES: dict[str, type[Event]] = {
    name: cls
    for module in (
        call,
        scene,
        command,
        agencies,
        protection,
        transport,
        aftercare,
        care,
        recovery,
        feedback,
        record,
    )
    for name, cls in vars(module).items()
    if inspect.isclass(cls) and issubclass(cls, Event) and cls.__module__ == module.__name__
}
"""Every shipped event type of an incident by its name, which is also its stored name."""

__all__ = ["EVENT_TYPES", "Decision", "Event", "Fact", *EVENT_TYPES]  # noqa: PLE0604
