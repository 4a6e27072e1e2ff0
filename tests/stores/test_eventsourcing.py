"""The persistence suites of the `eventsourcing` library, on a thin recorder over our stores."""

import base64
import datetime as dt
import itertools
import json
from typing import ClassVar
from uuid import UUID

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
)
from eventsourcing.tests.persistence import AggregateRecorderTestCase, ApplicationRecorderTestCase

from coresponder.errors import VersionConflict
from coresponder.program import Notice
from coresponder.stores.base import Append, Summary
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from tests.conftest import NOON


class Recorder(AggregateRecorder):
    """Its events are rows of ours: the topic is the kind, the state is the body. Versions are dense
    from the first one on.
    """

    notifies = False

    def __init__(self, store):
        self.store = store

    def insert_events(self, stored_events, **_):
        streams = [
            (id, list(events))
            for id, events in itertools.groupby(
                stored_events, key=lambda event: event.originator_id
            )
        ]
        try:
            if len(streams) == 1:
                self._append(*streams[0])
            elif streams:
                with self.store.batch():
                    for stream in streams:
                        self._append(*stream)
        except VersionConflict as stale:
            raise IntegrityError(stale) from None

    def _append(self, id, events):
        known = self._events(id)
        first = events[0].originator_version
        wanted = known[-1].originator_version + 1 if known else first
        if [event.originator_version for event in events] != list(
            range(wanted, wanted + len(events))
        ):
            raise IntegrityError(f"{id}: version {wanted} is next")
        count = len(known)
        rows = tuple(
            (
                e.topic,
                e.originator_version,
                NOON,
                json.dumps({"at": NOON.isoformat(), "state": base64.b64encode(e.state).decode()}),
            )
            for e in events
        )
        summary = Summary(
            incident=str(id), program="p@1", state="x", version=count + len(rows), opened_at=NOON
        )
        notices = (
            tuple(
                Notice(
                    incident=str(id),
                    about=r[0],
                    to="x",
                    event=r[0],
                    number=r[1],
                    fields=json.loads(r[3]),
                )
                for r in rows
            )
            if self.notifies
            else ()
        )
        self.store.append(
            Append(
                agency="a",
                expected=count,
                rows=rows,
                recorded_at=NOON + dt.timedelta(1),
                summary=summary,
                notices=notices,
            )
        )

    def _events(self, id):
        if not self.store.version("a", str(id)):
            return []
        return [
            StoredEvent(
                originator_id=id,
                originator_version=r.version,
                topic=r.kind,
                state=base64.b64decode(json.loads(r.body)["state"]),
            )
            for r in self.store.load("a", str(id)).rows
        ]

    def select_events(self, originator_id, *, gt=None, lte=None, desc=False, limit=None):
        found = [
            e
            for e in self._events(originator_id)
            if (gt is None or e.originator_version > gt)
            and (lte is None or e.originator_version <= lte)
        ]
        return (found[::-1] if desc else found)[:limit]


class Notifying(Recorder, ApplicationRecorder):
    """Its notifications wait in our outbox, in the order in which they were committed."""

    notifies = True

    def insert_events(self, stored_events, **_):
        super().insert_events(stored_events)
        wanted = {(str(e.originator_id), e.originator_version) for e in stored_events}
        return [
            n.id
            for n in self._notifications()
            if (str(n.originator_id), n.originator_version) in wanted
        ]

    def _notifications(self, limit=10**6):
        return [
            Notification(
                id=out.id,
                originator_id=UUID(out.notice.incident),
                originator_version=out.notice.number,
                topic=out.notice.about,
                state=base64.b64decode(out.notice.fields["state"]),
            )
            for out in self.store.outbox("a", limit=limit)
        ]

    def select_notifications(self, start, limit, stop=None, topics=(), *, inclusive_of_start=True):
        first = (start or 0) + (0 if inclusive_of_start else 1)
        found = [
            n
            for n in self._notifications(first + limit if not topics else 10**6)
            if n.id >= first and (stop is None or n.id <= stop)
        ]
        return [n for n in found if not topics or n.topic in topics][:limit]

    def max_notification_id(self):
        return max((n.id for n in self._notifications()), default=None)

    def subscribe(self, gt=None, topics=()):
        raise NotImplementedError


class Stores:
    """Makes an empty store of the kind that a subclass names."""

    kind: ClassVar[str]
    recorder: ClassVar[type] = Recorder

    @pytest.fixture(autouse=True)
    def _open(self, request, tmp_path, capsys):
        self.opened = []
        self.path = tmp_path
        self.server = request.getfixturevalue("postgres") if self.kind == "postgresql" else None
        yield
        for store in self.opened:
            store.close()

    def create_recorder(self, *_):
        makers = {
            "memory": MemoryStore,
            "sqlite": lambda: SqlStore.sqlite(self.path / f"{len(self.opened)}.db"),
            "postgresql": lambda: SqlStore.postgresql(self.server.database()),
        }
        self.opened.append(makers[self.kind]())
        return self.recorder(self.opened[-1])


class TestAggregatesInMemory(Stores, AggregateRecorderTestCase):
    kind = "memory"


class TestAggregatesInSqlite(Stores, AggregateRecorderTestCase):
    kind = "sqlite"


class TestAggregatesInPostgresql(Stores, AggregateRecorderTestCase):
    kind = "postgresql"


class Applications(Stores):
    recorder = Notifying


class TestApplicationsInMemory(Applications, ApplicationRecorderTestCase):
    kind = "memory"


@pytest.mark.slow
class TestApplicationsInSqlite(Applications, ApplicationRecorderTestCase):
    kind = "sqlite"


@pytest.mark.slow
class TestApplicationsInPostgresql(Applications, ApplicationRecorderTestCase):
    kind = "postgresql"


del AggregateRecorderTestCase, ApplicationRecorderTestCase
