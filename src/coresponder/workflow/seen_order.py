"""The order in which incidents are listed for a viewer: it tells no more of when they opened than
the viewer sees.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator

from coresponder.program import Program
from coresponder.program.viewing import Sight
from coresponder.program.views import Restricted, Seen
from coresponder.proof.dependence import opening_events
from coresponder.proof.sights import tells_opening

__all__ = ["Glance", "in_seen_order"]

Glance = tuple[Seen, tuple[Restricted, ...]]
"""What is seen of an incident on a list, and what of it must be logged."""


def in_seen_order(found: Iterable[Glance], program: Program, sight: Sight) -> Iterator[Glance]:
    """Yield incidents, the newest first. Those that opened on one day are in the order of their ids
    if only the day is seen; all of them are if not even the day is.

    Args:
        found: the incidents, the newest first.
        program: the program that decides what is seen.
        sight: what is seen of every incident on the list.
    """
    if tells_opening(program, sight):
        yield from found
        return
    zone = program.calendar.time_zone

    def day(glance: Glance) -> dt.date | None:
        opened = glance[0].opened
        return opened.astimezone(zone).date() if isinstance(opened, dt.datetime) else opened

    seen = all(sight.reads(name) for name in opening_events(program))
    for _, together in itertools.groupby(found, day if seen else lambda _: None):
        yield from sorted(together, key=lambda glance: glance[0].incident)
