"""Who can be sent when, as stretches of time in which nothing about anybody changes."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

import attrs

from coresponder.domain.vocabulary import Presence
from coresponder.roster.courses import Courses
from coresponder.roster.service import Service
from coresponder.roster.shifts import Shift, Span
from coresponder.roster.staffing import Seat

__all__ = ["Kind", "Stint", "crowds", "stints", "takers"]

Kind = frozenset[int]
"""The indexes of the seats that a responder could take."""
Stint = tuple[dt.datetime, dt.datetime, Kind]
"""A stretch of time in which a responder can be sent, and the seats that they could take then."""
_NOBODY: Kind = frozenset()


def takers(people: Iterable[Kind], seat: int) -> Iterator[int]:
    """Yield the indexes of the people who could take a seat."""
    return (place for place, kind in enumerate(people) if seat in kind)


@attrs.define
class _Person:
    """One responder, whose seats are worked out once for each time in which nothing about them
    changes.
    """

    service: Service
    seats: tuple[Seat, ...]
    courses: Courses
    window: Span
    changes: tuple[dt.datetime, ...] = ()
    known: dict[tuple[int, tuple[Presence, ...]], Kind] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Find the times within the window at which something about them changes."""
        service = self.service
        spans: list[Span] = [*service.posts, *service.held, *service.vettings]
        found = {edge for span in spans for edge in (span.begins, span.until)}
        found |= {begins for begins, _ in service.languages}
        found |= {self.after(one.expires) for one in service.vettings if one.expires}
        credentials = tuple(one.credential for one in service.held)
        for i, one in enumerate(credentials):
            for known in (credentials[: i + 1], credentials):
                if ends := self.courses.ends(known, one):
                    found.add(self.after(ends))
        self.changes = tuple(sorted(at for at in found if self.window.covers(at)))

    def after(self, ends: dt.datetime) -> dt.datetime:
        """Return the first instant at which something no longer counts."""
        return ends + dt.timedelta.resolution if ends < self.window.until else ends

    def kind(self, at: dt.datetime, reachable: tuple[Presence, ...]) -> Kind:
        """Return the seats that they could take at an instant."""
        epoch = sum(change <= at for change in self.changes)
        if (epoch, reachable) not in self.known:
            one = self.service.as_on(at, [Shift(at, None, reachable)])
            self.known[epoch, reachable] = (
                _NOBODY
                if one is None
                else frozenset(
                    place
                    for place, seat in enumerate(self.seats)
                    if seat.fits(one, at, self.courses)
                )
            )
        return self.known[epoch, reachable]


def stints(
    service: Service, seats: tuple[Seat, ...], courses: Courses, window: Span
) -> Iterator[Stint]:
    """Yield when a responder can be sent within a window, and the seats that they could take then.
    Overlapping times are merged, with every way to be reached.
    """
    person = _Person(service, seats, courses, window)
    shifts = service.on_duty(window)
    edges = sorted(
        {edge for shift in shifts for edge in (shift.begins, shift.until)} | {*person.changes}
    )
    starts: dict[dt.datetime, list[Shift]] = defaultdict(list)
    for shift in shifts:
        starts[shift.begins].append(shift)
    there: list[Shift] = []
    for begins, ends in itertools.pairwise(edges):
        there = [shift for shift in there if shift.until > begins] + starts[begins]
        if there:
            reached = tuple(dict.fromkeys(way for shift in there for way in shift.reachable))
            if kind := person.kind(begins, reached):
                yield begins, ends, kind


def crowds(
    people: Iterable[Iterable[Stint]], window: Span
) -> Iterator[tuple[dt.datetime, dt.datetime, Mapping[Kind, int]]]:
    """Yield each stretch of a window in which the same people can be sent, and how many there are
    of each kind. The mapping is one object that changes between stretches.

    Args:
        people: the stints of each responder within the window.
        window: a time that has an end.
    """
    moves: dict[dt.datetime, Counter[Kind]] = defaultdict(Counter)
    for begins, ends, kind in itertools.chain.from_iterable(people):
        moves[begins][kind] += 1
        moves[ends][kind] -= 1
    for edge in (window.begins, window.until):
        moves[edge].update()
    there: Counter[Kind] = Counter()
    for begins, ends in itertools.pairwise(sorted(moves)):
        for kind, number in moves[begins].items():
            there[kind] += number
        yield begins, ends, there
