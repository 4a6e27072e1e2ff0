"""The same workflow and the same store for a host that awaits.

The same code decides and writes here as everywhere else. It runs in a greenlet over an asyncio
driver, as SQLAlchemy's own asyncio support does. So it does not block the event loop, and there is
no second version that could differ. Each awaited method is made from the method that it awaits,
with the same parameters, types and documentation.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Self, TypeVar

import attrs

from coresponder.domain.personal import looks_personal
from coresponder.domain.vocabulary import Purpose
from coresponder.errors import MissingExtra
from coresponder.program import Program
from coresponder.program.viewing import Viewer
from coresponder.stores.keys import KeyService
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Window, Workflow
from coresponder.workflow.disclosures import Disclosures
from coresponder.workflow.entering import Recognizer
from coresponder.workflow.roster import Roster

if TYPE_CHECKING:
    from coresponder.stores.snapshots import Snapshots

try:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
    from sqlalchemy.util import greenlet_spawn
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("asyncio", "AsyncWorkflow") from None

__all__ = ["AsyncStore", "AsyncWindow", "AsyncWorkflow"]

_GRACE = 2.0
"""Seconds. A step takes milliseconds; a database that does not answer must not keep a host's own
time limit from ending.
"""
_P = ParamSpec("_P")
_T = TypeVar("_T")


async def _run(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run a function to its end, even when the caller is canceled: a driver that is stopped in
    the middle of a statement loses its connection.

    A canceled caller waits for at most `_GRACE`; then the work is canceled too.
    """
    work = asyncio.ensure_future(greenlet_spawn(functools.partial(function, *args, **kwargs)))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        try:
            await asyncio.wait({work}, timeout=_GRACE)
        finally:
            if not work.cancel() and not work.cancelled():
                # retrieved, so that asyncio does not report it: the caller has left
                work.exception()
        raise


def _awaited(
    part: str, method: Callable[Concatenate[Any, _P], _T]
) -> Callable[Concatenate[Any, _P], Coroutine[Any, Any, _T]]:
    """Return a method that awaits the method of the same name of `self.<part>`."""

    @functools.wraps(method)
    async def run(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await _run(getattr(getattr(self, part), method.__name__), *args, **kwargs)

    return run


@attrs.frozen(auto_attribs=False)
class AsyncStore:
    """A `SqlStore` on an `AsyncEngine`, each method awaited. Its tables must be there.

    Args:
        engine: for example `create_async_engine("postgresql+psycopg://user@host/database")`.
        keys: the key service with which words are encrypted.
    """

    engine: AsyncEngine = attrs.field()
    keys: KeyService | None = attrs.field(default=None, repr=False, kw_only=True)
    store: SqlStore = attrs.field(init=False)

    @store.default
    def _make(self) -> SqlStore:
        return SqlStore.asyncio(self.engine, keys=self.keys)

    append: Final = _awaited("store", SqlStore.append)
    load: Final = _awaited("store", SqlStore.load)
    load_after: Final = _awaited("store", SqlStore.load_after)
    recorded: Final = _awaited("store", SqlStore.recorded)
    feed: Final = _awaited("store", SqlStore.feed)
    now: Final = _awaited("store", SqlStore.now)
    version: Final = _awaited("store", SqlStore.version)
    find: Final = _awaited("store", SqlStore.find)
    owners: Final = _awaited("store", SqlStore.owners)
    owed: Final = _awaited("store", SqlStore.owed)
    to_tell: Final = _awaited("store", SqlStore.to_tell)
    told: Final = _awaited("store", SqlStore.told)
    relist: Final = _awaited("store", SqlStore.relist)
    unlist: Final = _awaited("store", SqlStore.unlist)
    prior: Final = _awaited("store", SqlStore.prior)
    engaged: Final = _awaited("store", SqlStore.engaged)
    freed: Final = _awaited("store", SqlStore.freed)
    notify: Final = _awaited("store", SqlStore.notify)
    outbox: Final = _awaited("store", SqlStore.outbox)
    claim: Final = _awaited("store", SqlStore.claim)
    delivered: Final = _awaited("store", SqlStore.delivered)
    failed: Final = _awaited("store", SqlStore.failed)
    give_back: Final = _awaited("store", SqlStore.give_back)
    resend: Final = _awaited("store", SqlStore.resend)
    save_program: Final = _awaited("store", SqlStore.save_program)
    load_program: Final = _awaited("store", SqlStore.load_program)
    programs: Final = _awaited("store", SqlStore.programs)
    remember: Final = _awaited("store", SqlStore.remember)
    recall: Final = _awaited("store", SqlStore.recall)
    forget: Final = _awaited("store", SqlStore.forget)
    discard: Final = _awaited("store", SqlStore.discard)
    hold: Final = _awaited("store", SqlStore.hold)
    release: Final = _awaited("store", SqlStore.release)
    holds: Final = _awaited("store", SqlStore.holds)
    kept: Final = _awaited("store", SqlStore.kept)
    custody: Final = _awaited("store", SqlStore.custody)
    encrypt: Final = _awaited("store", SqlStore.encrypt)
    rotate_keys: Final = _awaited("store", SqlStore.rotate_keys)
    scrub: Final = _awaited("store", SqlStore.scrub)
    beside: Final = _awaited("store", SqlStore.beside)
    verify: Final = _awaited("store", SqlStore.verify)
    checkpoint: Final = _awaited("store", SqlStore.checkpoint)

    async def close(self) -> None:
        """Close the pool of connections."""
        await self.engine.dispose()


@attrs.frozen(auto_attribs=False)
class AsyncWindow:
    """A `Window`, each method awaited. Make it with `AsyncWorkflow.as_`."""

    window: Window = attrs.field()

    view: Final = _awaited("window", Window.view)
    timeline: Final = _awaited("window", Window.timeline)
    states: Final = _awaited("window", Window.states)
    permitted: Final = _awaited("window", Window.permitted)
    due: Final = _awaited("window", Window.due)
    find: Final = _awaited("window", Window.find)
    recall: Final = _awaited("window", Window.recall)
    export: Final = _awaited("window", Window.export)
    feed: Final = _awaited("window", Window.feed)
    open_emergency_access: Final = _awaited("window", Window.open_emergency_access)

    async def ask(self, work: Callable[[Window], _T]) -> _T:
        """Run `work` with the window.

        Args:
            work: a plain function, for example `lambda window: give_fhir(window, "7")`.
        """
        return await _run(lambda: work(self.window))


@attrs.define(auto_attribs=False)
class AsyncWorkflow:
    """A `Workflow` whose methods are awaited. Make it with
    `await AsyncWorkflow.start(program, engine)`.

    Notices wait in the outbox for a `Relay`, which runs in a process or thread of its own.
    """

    workflow: Workflow = attrs.field()

    @classmethod
    async def start(
        cls,
        program: Program,
        engine: AsyncEngine,
        *,
        agency: str = "default",
        earlier: Iterable[Program] = (),
        clock: Callable[[], dt.datetime] | None = None,
        keys: KeyService | None = None,
        recognizer: Recognizer | None = looks_personal,
        snapshots: Snapshots | None = None,
    ) -> Self:
        """Begin to run incidents under a program, in the database of an engine; the rest is as
        `Workflow` has it.
        """
        return cls(
            await _run(
                Workflow,
                program,
                SqlStore.asyncio(engine, keys=keys),
                agency=agency,
                earlier=earlier,
                clock=clock,
                recognizer=recognizer,
                snapshots=snapshots,
            )
        )

    receive: Final = _awaited("workflow", Workflow.receive)
    record: Final = _awaited("workflow", Workflow.record)
    dispatch: Final = _awaited("workflow", Workflow.dispatch)
    note: Final = _awaited("workflow", Workflow.note)
    case: Final = _awaited("workflow", Workflow.case)
    permitted: Final = _awaited("workflow", Workflow.permitted)
    due: Final = _awaited("workflow", Workflow.due)
    timeline: Final = _awaited("workflow", Workflow.timeline)
    find: Final = _awaited("workflow", Workflow.find)
    owners: Final = _awaited("workflow", Workflow.owners)
    feed: Final = _awaited("workflow", Workflow.feed)
    retention: Final = _awaited("workflow", Workflow.retention)
    erase_due: Final = _awaited("workflow", Workflow.erase_due)
    tick: Final = _awaited("workflow", Workflow.tick)
    verify: Final = _awaited("workflow", Workflow.verify)

    view: Final = _awaited("workflow", Workflow.view)

    def as_(self, viewer: Viewer, purpose: Purpose | str) -> AsyncWindow:
        """Return the window of a viewer, as `Workflow.as_` does."""
        return AsyncWindow(self.workflow.as_(viewer, purpose))

    async def ask_roster(self, work: Callable[[Roster], _T]) -> _T:
        """Run `work` with the roster in the store.

        Args:
            work: a plain function, for example `lambda roster: roster.free()`.
        """
        return await _run(lambda: work(self.workflow.roster))

    async def ask_disclosures(self, work: Callable[[Disclosures], _T]) -> _T:
        """Run `work` with the disclosure log in the store.

        Args:
            work: a plain function, for example `lambda log: log.of_person("person-81")`.
        """
        return await _run(lambda: work(self.workflow.disclosures))

    async def within(
        self, connection: AsyncConnection | AsyncSession, work: Callable[[Workflow], _T]
    ) -> _T:
        """Run `work` with a workflow in the host's transaction: a roll-back takes events and
        notices with it.

        Args:
            connection: the host's `AsyncConnection` or `AsyncSession`.
            work: a plain function, for example `lambda w: w.record(incident, event)`.
        """
        return await connection.run_sync(lambda sync: work(self.workflow.within(sync)))
