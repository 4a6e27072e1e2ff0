"""The feed of an agency as a receiver sees it.

Whether an event is seen is asked when the feed is read, so a consent that was withdrawn stops what
flows. Its content is a line of the receiver's timeline.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import attrs

from coresponder.delivery.cloudevents import CloudEvent
from coresponder.domain.events import EnteredInError
from coresponder.domain.vocabulary import Purpose
from coresponder.program import Case
from coresponder.program.viewing import Viewer
from coresponder.program.views import GivenEvent, Restricted, Seen, SeenLine
from coresponder.stores.feed import FeedEntry
from coresponder.workflow.cases import Cases
from coresponder.workflow.feed import DIGITS, FeedPage, feed_entries

__all__ = ["Glimpse", "SeenFeed"]

_NAMESPACE = uuid.UUID("0b1a6d0e-6f0c-5a53-9e6b-3d1d7c2f9a10")


@attrs.frozen
class Glimpse:
    """What a receiver sees of an incident, by the numbers of the record."""

    case: Case
    lines: Mapping[int, SeenLine]
    rights: Mapping[int, Restricted]

    @classmethod
    def of(cls, case: Case, seen: Seen, given: tuple[GivenEvent, ...]) -> Glimpse:
        """Put the lines that are seen beside the events that they are about."""
        rights = {one.entry.number: one.right for one in given}
        lines = {line.number: line for line in seen.lines}
        places = enumerate(sorted(rights), start=1)
        return cls(case, {number: lines[place] for place, number in places}, rights)

    def told_by(self, number: int) -> Iterator[int]:
        """Yield the numbers of which an event of the feed tells something: itself, and before it
        what it voids, or takes back the voiding of.
        """
        recorded, told = self.case.recorded(), [number]
        while isinstance(event := recorded[told[0] - 1], EnteredInError):
            told.insert(0, event.event)
        return (one for one in told if one in self.lines)


@attrs.define
class SeenFeed:
    """Reads the feed of an agency for a viewer.

    Args:
        cases: the agency's incidents.
        viewer: who reads.
        purpose: for what.
        look: says what the viewer sees of an incident.
    """

    cases: Cases
    viewer: Viewer
    purpose: Purpose
    look: Callable[[str], Glimpse]

    def page(
        self, *, after: int, limit: int
    ) -> tuple[FeedPage, Mapping[str, list[tuple[str, Restricted]]]]:
        """Return a page, and for each incident that is in it by which right each event is given, with
        what exactly is given of it.

        Args:
            after: the position after which it begins.
            limit: how many positions are passed at most.
        """
        entries = feed_entries(self.cases, after=after, limit=limit)
        glimpses = {incident: self.look(incident) for incident in {one.incident for one in entries}}
        events: list[CloudEvent] = []
        rights: dict[str, list[tuple[str, Restricted]]] = {}
        for entry in entries:
            found = glimpses[entry.incident]
            for number in found.told_by(entry.row.number):
                event = self._cloudevent(entry, number, found.lines[number])
                events.append(event)
                rights.setdefault(entry.incident, []).append(
                    (event.to_json(), found.rights[number])
                )
        return FeedPage(events, position=after + len(entries)), rights

    def _cloudevent(self, entry: FeedEntry, number: int, line: SeenLine) -> CloudEvent:
        extensions: dict[str, Any] = {"sequence": f"{entry.position:0{DIGITS}}"}
        if number != entry.row.number:
            rows = self.cases.store.load(self.cases.agency, entry.incident).rows
            extensions["replaces"] = self._id(rows[number - 1].digest, number)
        return CloudEvent(
            id=self._id(entry.row.digest, number),
            source=f"/coresponder/{quote(self.cases.agency, safe='')}",
            type=f"coresponder.seen.{line.event}",
            subject=entry.incident,
            datacontenttype="application/json",
            time=line.at if isinstance(line.at, dt.datetime) else None,
            extensions=extensions,
            data=_data(line),
        )

    def _id(self, digest: str, number: int) -> str:
        """Return the id of what one event of the feed tells of another, or of itself: one for these
        roles of this receiver and this purpose, because another sees something else of it.
        """
        who = (self.viewer.id, self.viewer.agency, *self.viewer.roles, self.purpose.value)
        return str(uuid.uuid5(_NAMESPACE, repr((who, digest, number))))


def _data(line: SeenLine) -> dict[str, Any]:
    """Return a line as JSON has it, without places among the lines, which come and go."""
    said = {name: value for name, value in line.to_dict().items() if name != "number"}
    if line.event == EnteredInError.__name__:
        said["fields"] = {name: value for name, value in line.fields.items() if name != "event"}
    return said
