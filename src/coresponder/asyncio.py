"""The same workflow and the same store for a host that awaits.

The code that decides and writes is the one that runs everywhere else: it runs in a greenlet over an asyncio driver, as SQLAlchemy's own
asyncio support does, so it blocks nobody and there is no second version of it that could differ.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ParamSpec, Self, TypeVar

import attrs

from coresponder.domain.events import CallReceived, Event
from coresponder.domain.objects import Prior, Responder
from coresponder.errors import MissingExtra
from coresponder.program import Case, Notice, Override, Permission, Program, Step
from coresponder.staffing import Staffing
from coresponder.stores.base import Append, Engagement, Outgoing, Receipt, StoredIncident, Summary, VaultEntry
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Line, Owed, Workflow

try:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
    from sqlalchemy.util import greenlet_spawn
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("asyncio", "AsyncWorkflow") from None

__all__ = ["AsyncStore", "AsyncWorkflow"]

_GRACE = 2.0
"""Seconds. A step takes milliseconds; a database that does not answer must not keep a host's own time limit from ending."""
_P = ParamSpec("_P")
_T = TypeVar("_T")


async def _run(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run it to its end, also when the caller is canceled: a driver that is stopped in mid-statement loses its connection.

    A caller who is canceled waits for at most `_GRACE`; then the work is canceled too.
    """
    work = asyncio.ensure_future(greenlet_spawn(functools.partial(function, *args, **kwargs)))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        try:
            await asyncio.wait({work}, timeout=_GRACE)
        finally:
            if not work.cancel() and not work.cancelled():
                work.exception()  # looked at, so that asyncio does not report it: the caller has left
        raise


@attrs.frozen
class AsyncStore:
    """A `SqlStore` on an `AsyncEngine`, each method awaited. Its tables must be there.

    Args:
        engine: for example `create_async_engine("postgresql+psycopg://user@host/database")`.
    """

    engine: AsyncEngine
    store: SqlStore = attrs.field(init=False)

    @store.default
    def _make(self) -> SqlStore:
        return SqlStore.asyncio(self.engine)

    async def append(self, step: Append) -> None:
        """Write a step at once or not at all."""
        await _run(self.store.append, step)

    async def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        return await _run(self.store.load, agency, incident)

    async def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its last event."""
        return await _run(self.store.recorded, agency, request)

    async def now(self) -> dt.datetime:
        """Return the time of the database."""
        return await _run(self.store.now)

    async def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event, 0 if there is none."""
        return await _run(self.store.version, agency, incident)

    async def find(self, agency: str, **wanted: Any) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        return await _run(self.store.find, agency, **wanted)

    async def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        return await _run(self.store.prior, agency, person, at=at, excluding=excluding)

    async def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return who is busy with what."""
        return await _run(self.store.engaged, agency)

    async def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Put notices into the outbox; return how many were new."""
        return await _run(self.store.notify, agency, notices, at=at)

    async def outbox(self, agency: str, *, limit: int = 100, dead: bool = False) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet."""
        return await _run(self.store.outbox, agency, limit=limit, dead=dead)

    async def claim(self, agency: str, *, now: dt.datetime, until: dt.datetime, limit: int = 10, only: int | None = None) -> tuple[Outgoing, ...]:
        """Take notices to deliver."""
        return await _run(self.store.claim, agency, now=now, until=until, limit=limit, only=only)

    async def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""
        await _run(self.store.delivered, agency, id, at=at)

    async def failed(self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None) -> None:
        """Keep a notice for later, or give it up."""
        await _run(self.store.failed, agency, id, error=error, at=at, next_at=next_at)

    async def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried."""
        await _run(self.store.give_back, agency, out, at=at)

    async def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again."""
        await _run(self.store.resend, agency, id, at=at)

    async def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition."""
        await _run(self.store.save_program, name, definition)

    async def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition."""
        return await _run(self.store.load_program, name)

    async def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""
        return await _run(self.store.programs)

    async def remember(self, agency: str, *, subject: str, kind: str, audience: str, text: str) -> Receipt:
        """Put words into the vault."""
        return await _run(self.store.remember, agency, subject=subject, kind=kind, audience=audience, text=text)

    async def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        return await _run(self.store.recall, agency, id, audience=audience)

    async def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject."""
        return await _run(self.store.forget, agency, subject)

    async def verify(self, agency: str, *, programs: Mapping[str, Program] = MappingProxyType({})) -> tuple[str, ...]:
        """Return every fault, in words."""
        return await _run(self.store.verify, agency, programs=programs)

    async def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Write down where every incident stands that moved since the last checkpoint."""
        return await _run(self.store.checkpoint, agency, at=at)

    async def close(self) -> None:
        """Let go of the pool."""
        await self.engine.dispose()


@attrs.define
class AsyncWorkflow:
    """A `Workflow` whose methods are awaited. Make it with `await AsyncWorkflow.start(program, engine)`.

    Notices wait in the outbox for a `Relay`, which runs in a process or thread of its own.
    """

    workflow: Workflow

    @classmethod
    async def start(cls, program: Program, engine: AsyncEngine, **options: Any) -> Self:
        """Begin to run incidents under a program. `options` are those of `Workflow` but for the notifier."""
        return cls(await _run(Workflow, program, SqlStore.asyncio(engine), **options))

    async def receive(self, event: CallReceived, *, incident: str | None = None, request: str | None = None) -> Step:
        """Open an incident with its first event."""
        return await _run(self.workflow.receive, event, incident=incident, request=request)

    async def record(
        self, incident: str, event: Event, *, override: Override | None = None, expected: int | None = None, request: str | None = None
    ) -> Step:
        """Take the next event of an incident."""
        return await _run(self.workflow.record, incident, event, override=override, expected=expected, request=request)

    async def dispatch(
        self, incident: str, responders: Iterable[Responder], *, at: dt.datetime, by: str, request: str | None = None
    ) -> tuple[Staffing, Step]:
        """Choose a team from these responders and record it."""
        return await _run(self.workflow.dispatch, incident, responders, at=at, by=by, request=request)

    async def note(self, incident: str, text: str, *, at: dt.datetime, by: str, **about: Any) -> Step:
        """Put words into the vault and a `NoteAdded` into the log."""
        return await _run(self.workflow.note, incident, text, at=at, by=by, **about)

    async def case(self, incident: str) -> Case:
        """Return the case as it is now."""
        return await _run(self.workflow.case, incident)

    async def permitted(self, incident: str, now: dt.datetime | None = None) -> tuple[Permission, ...]:
        """Return what may be recorded now and why not the rest."""
        return await _run(self.workflow.permitted, incident, now)

    async def due(self, now: dt.datetime | None = None, *, before: dt.datetime | None = None) -> tuple[Owed, ...]:
        """Return all that is owed in all incidents, the most urgent first."""
        return await _run(self.workflow.due, now, before=before)

    async def timeline(self, incident: str) -> tuple[Line, ...]:
        """Return the history line by line."""
        return await _run(self.workflow.timeline, incident)

    async def find(self, **wanted: Any) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        return await _run(self.workflow.find, **wanted)

    async def tick(self, now: dt.datetime | None = None) -> int:
        """Let time pass: put what is due soon or overdue into the outbox."""
        return await _run(self.workflow.tick, now)

    async def verify(self) -> tuple[str, ...]:
        """Return every fault in what is stored, in words."""
        return await _run(self.workflow.verify)

    async def within(self, connection: AsyncConnection | AsyncSession, work: Callable[[Workflow], _T]) -> _T:
        """Run `work` with a workflow in the host's transaction: a roll-back takes events and notices with it.

        Args:
            connection: the host's `AsyncConnection` or `AsyncSession`.
            work: a plain function, for example `lambda w: w.record(incident, event)`.
        """
        return await connection.run_sync(lambda sync: work(self.workflow.within(sync)))
