"""What a window shows is written to the disclosure log, before it is shown (ADR 0194)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs

from coresponder.domain.disclosed import RecordDisclosed
from coresponder.domain.vocabulary import DisclosureBasis, DisclosureWay, Purpose
from coresponder.errors import InvalidEvent
from coresponder.program.viewing import Viewer
from coresponder.program.views import Restricted
from coresponder.stores.ports import Store

__all__ = ["Looks"]

_Right = tuple[DisclosureBasis, tuple[str, ...], str | None]
_NO_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MOST = 10_000
"""How many entries a process remembers, so that it need not ask the store."""


@attrs.define
class Looks:
    """Writes what windows show.

    Args:
        store: the store of the log.
        agency: the name under which the store keeps the log.
        write: writes an entry about an incident, under a request if there is one.
        now: returns the time that is written.
    """

    store: Store
    agency: str
    write: Callable[[str, RecordDisclosed, str | None], None]
    now: Callable[[], dt.datetime]
    _known: dict[str, None] = attrs.field(init=False, factory=dict, repr=False)

    def viewed(
        self, incident: str, viewer: Viewer, purpose: Purpose, shown: Iterable[Restricted]
    ) -> None:
        """Write down what a view will show now. The same people and event types, shown to the same
        viewer by the same right in one hour (UTC), are one entry, whichever process showed them.

        Args:
            incident: the incident of whose record it is.
            viewer: who looks.
            purpose: for what.
            shown: the events of which something is shown that must be logged.

        Raises:
            InvalidEvent: the viewer's id looks personal.
            StoreError: it could not be written, so nothing may be shown.
        """
        for entry in self._entries(viewer, purpose, shown, DisclosureWay.VIEW):
            self._once(incident, entry, _hourly(incident, entry))

    def exported(
        self,
        incident: str,
        viewer: Viewer,
        purpose: Purpose,
        given: Iterable[Restricted],
        document: str,
    ) -> None:
        """Write down what goes out in a document now. Each time is an entry for each right.

        Args:
            incident: the incident of whose record it is.
            viewer: who receives it.
            purpose: for what.
            given: the events of which it tells something.
            document: its name.

        Raises:
            InvalidEvent, StoreError: see `viewed`.
        """
        for entry in self._entries(viewer, purpose, given, DisclosureWay.EXPORT):
            said = attrs.evolve(entry, what=(document, *entry.what))
            self.write(incident, said, None)

    def fed(
        self,
        incident: str,
        viewer: Viewer,
        purpose: Purpose,
        given: Iterable[tuple[str, Restricted]],
    ) -> None:
        """Write down what a page of a feed will give now, an entry for each right. A page that is
        read again gives the receiver nothing new, and is no new entry.

        Args:
            incident: the incident of whose record it is.
            viewer: who reads.
            purpose: for what.
            given: what exactly is given of each event, and by which right.

        Raises:
            InvalidEvent, StoreError: see `viewed`.
        """
        rights: dict[_Right, list[tuple[str, Restricted]]] = defaultdict(list)
        for text, one in given:
            rights[one.basis, one.consents, one.access].append((text, one))
        for some in rights.values():
            events = [one for _, one in some]
            for entry in self._entries(viewer, purpose, events, DisclosureWay.EXPORT):
                said = attrs.evolve(entry, what=("feed", *entry.what))
                self._once(
                    incident, said, _of_page(incident, said, sorted(text for text, _ in some))
                )

    def recalled(
        self, incident: str, entry: str, viewer: Viewer, purpose: Purpose, right: Restricted
    ) -> None:
        """Write down which words will be given out now. Each time is an entry.

        Args:
            incident: the incident in which they were noted.
            entry: their id in the vault.
            viewer: who reads them.
            purpose: for what.
            right: whom they are about, and by which right they are shown.
        """
        said = _entry(
            viewer,
            purpose,
            at=self.now(),
            way=DisclosureWay.RECALL,
            people=right.people,
            what=(entry,),
            basis=right.basis,
            consents=right.consents,
            access=right.access,
        )
        self.write(incident, said, None)

    def _entries(
        self, viewer: Viewer, purpose: Purpose, shown: Iterable[Restricted], way: DisclosureWay
    ) -> Iterator[RecordDisclosed]:
        """Yield an entry for each right by which something is shown."""
        rights: dict[_Right, list[Restricted]] = defaultdict(list)
        for one in shown:
            rights[one.basis, one.consents, one.access].append(one)
        at = self.now()
        for (basis, consents, access), some in rights.items():
            yield _entry(
                viewer,
                purpose,
                at=at,
                way=way,
                people=tuple(sorted({id for one in some for id in one.people})),
                what=tuple(sorted({type(one.event).__name__ for one in some})),
                basis=basis,
                consents=consents,
                access=access,
            )

    def _once(self, incident: str, entry: RecordDisclosed, request: str) -> None:
        """Write an entry, if none was written under its request."""
        if request in self._known:
            return
        if not self._is_there(request):
            try:
                self.write(incident, entry, request)
            except InvalidEvent:  # another process may have been faster, a moment before
                if not self._is_there(request):
                    raise
        if self.store.settled:  # in a host's transaction, it may be rolled back
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[request] = None

    def _is_there(self, request: str) -> bool:
        return self.store.recorded(self.agency, request) is not None


def _entry(viewer: Viewer, purpose: Purpose, **said: Any) -> RecordDisclosed:
    return RecordDisclosed(
        by=viewer.id,
        viewer=viewer.id,
        roles=viewer.roles,
        agency=viewer.agency,
        purpose=purpose,
        **said,
    )


def _hourly(incident: str, entry: RecordDisclosed) -> str:
    """Return the request of an entry: the same for all that says the same in the same hour."""
    hour = entry.at.replace(minute=0, second=0, microsecond=0)
    said = attrs.evolve(entry, at=hour).to_json()
    return "view-" + hashlib.sha256(f"{incident}\n{said}".encode()).hexdigest()


def _of_page(incident: str, entry: RecordDisclosed, given: Sequence[str]) -> str:
    """Return the request of what a page gives of an incident: the same whenever it is read."""
    said = attrs.evolve(entry, at=_NO_TIME).to_json()
    text = "\n".join((incident, said, *given))
    return "feed-" + hashlib.sha256(text.encode()).hexdigest()
