"""A measure, and its result over many incidents, in flat memory."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter
from collections.abc import Callable, Iterable

import attrs

from coresponder.audit.seen import Seen
from coresponder.audit.tally import Minutes
from coresponder.domain.events import Event

__all__ = ["NOTHING", "YES", "Found", "Kind", "Measure", "Question", "Reckoned"]


class Question(enum.StrEnum):
    """The four questions of a funder (Harvard Kennedy School Government Performance Lab, Measuring
    What Matters).
    """

    PERFORMANCE = "performance"
    REACH = "reach"
    SCENE = "scene"
    CONNECTION = "connection"

    @property
    def asked(self) -> str:
        """The question as a person asks it."""
        return _ASKED[self]


_ASKED = {
    Question.PERFORMANCE: "How does the program perform?",
    Question.REACH: "What share of the calls that qualify does it handle?",
    Question.SCENE: "What happens on scene?",
    Question.CONNECTION: "Are people connected to services?",
}


class Kind(enum.StrEnum):
    """The kind of result that a measure has.

    `share`: a part of the denominator; `rate`: the same per 1,000; `split`: each one of the
    denominator has one label; `funnel`: each label is a part of the one before; `windows`: a share
    for each of several lengths of time; `time`: lengths of time.
    """

    SHARE = "share"
    RATE = "rate"
    SPLIT = "split"
    FUNNEL = "funnel"
    WINDOWS = "windows"
    TIME = "time"


@attrs.frozen
class Found:
    """The contribution of one incident to a measure.

    Attributes:
        of: how much it adds to the denominator.
        labels: those of the denominator that count, each under a label.
        opened: returns one more label for the incident from its opening time.
        spans: pairs of events between which the time is measured.
        missing: how many could not be counted because something is not recorded.
    """

    of: int = 0
    labels: tuple[str, ...] = ()
    opened: Callable[[dt.datetime], str] | None = None
    spans: tuple[tuple[Event, Event], ...] = ()
    missing: int = 0


NOTHING = Found()
"""The contribution of an incident to which a measure does not apply."""


@attrs.frozen(kw_only=True)
class Measure:
    """One measure, defined once.

    Attributes:
        says: what is measured, in a sentence.
        source: the source of the measure.
        denominator: what the counts are a part of.
        missing: what becomes of incidents in which something is not recorded.
        labels: the labels in order, if they have an order.
        read: returns the contribution of one incident.
    """

    id: str
    question: Question
    kind: Kind
    title: str
    says: str
    source: str
    denominator: str
    missing: str
    read: Callable[[Seen], Found] = attrs.field(repr=False)
    labels: tuple[str, ...] = ()


YES = "yes"
"""The label of those that count in a share."""


@attrs.define
class Reckoned:
    """The result of a measure."""

    measure: Measure
    of: int = 0
    missing: int = 0
    counts: Counter[str] = attrs.field(factory=Counter)
    minutes: Minutes = attrs.field(factory=Minutes)

    def add(self, seen: Seen, times: int = 1) -> None:
        """Add one incident, or several that are alike."""
        found = self.measure.read(seen)
        if found is NOTHING:
            return
        self.count(found, times)
        if found.opened is not None:
            self.counts[found.opened(seen.opened)] += times
        for begin, end in found.spans:
            self.minutes.add(end.at - begin.at, times)

    def count(self, found: Found, times: int) -> None:
        """Count what does not depend on the times of an incident."""
        self.of += found.of * times
        self.missing += found.missing * times
        for label in found.labels:
            self.counts[label] += times

    @property
    def yes(self) -> int:
        """How many count in a share."""
        return self.counts[YES]

    def ordered(self) -> Iterable[tuple[str, int]]:
        """Return the labels with their counts: in their own order, or the most frequent first and
        those that come as often by name.
        """
        own = self.measure.labels
        rest = [(label, count) for label, count in self.counts.items() if label not in own]
        rest.sort(key=lambda pair: (-pair[1], pair[0]))
        return [*((label, self.counts[label]) for label in own), *rest]
