"""A store that is made of five parts, each of which may come from elsewhere."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import attrs

from coresponder.clock import utc_now
from coresponder.errors import CorruptRecord, NotFound, ResponderTaken
from coresponder.program import Program, program_from_definition
from coresponder.stores.base import Append, Beside
from coresponder.stores.derived import faults_beside
from coresponder.stores.pages import every
from coresponder.stores.ports import EventLog, Index, Outbox, ProgramLibrary, Vault

__all__ = ["ComposedStore"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _of(
    part: str, method: Callable[Concatenate[Any, _P], _T]
) -> Callable[Concatenate[Any, _P], _T]:
    """Return a method that calls the method of the same name on `self.<part>`, one thread at a
    time.
    """

    @functools.wraps(method)
    def call(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with self._lock:
            found: _T = getattr(getattr(self, part), method.__name__)(*args, **kwargs)
            return found

    return call


@attrs.define(kw_only=True, auto_attribs=False)
class ComposedStore:
    """A store of five parts. Only one thread at a time works with them.

    Args:
        log: the event log.
        index: the lists of all incidents.
        notices: the outbox.
        vault: the words.
        library: the programs.
    """

    log: EventLog = attrs.field()
    index: Index = attrs.field()
    notices: Outbox = attrs.field()
    vault: Vault = attrs.field()
    library: ProgramLibrary = attrs.field()
    _in_batch: bool = attrs.field(default=False, init=False)
    _lock: Any = attrs.field(factory=threading.RLock, init=False, eq=False, repr=False)

    load: Final = _of("log", EventLog.load)
    load_after: Final = _of("log", EventLog.load_after)
    version: Final = _of("log", EventLog.version)
    recorded: Final = _of("log", EventLog.recorded)
    feed: Final = _of("log", EventLog.feed)
    find: Final = _of("index", Index.find)
    owed: Final = _of("index", Index.owed)
    owners: Final = _of("index", Index.owners)
    to_tell: Final = _of("index", Index.to_tell)
    told: Final = _of("index", Index.told)
    relist: Final = _of("index", Index.relist)
    unlist: Final = _of("index", Index.unlist)
    prior: Final = _of("index", Index.prior)
    engaged: Final = _of("index", Index.engaged)
    freed: Final = _of("index", Index.freed)
    notify: Final = _of("notices", Outbox.notify)
    outbox: Final = _of("notices", Outbox.outbox)
    claim: Final = _of("notices", Outbox.claim)
    delivered: Final = _of("notices", Outbox.delivered)
    failed: Final = _of("notices", Outbox.failed)
    give_back: Final = _of("notices", Outbox.give_back)
    resend: Final = _of("notices", Outbox.resend)
    remember: Final = _of("vault", Vault.remember)
    recall: Final = _of("vault", Vault.recall)
    forget: Final = _of("vault", Vault.forget)
    discard: Final = _of("vault", Vault.discard)
    hold: Final = _of("vault", Vault.hold)
    release: Final = _of("vault", Vault.release)
    holds: Final = _of("vault", Vault.holds)
    kept: Final = _of("vault", Vault.kept)
    custody: Final = _of("vault", Vault.custody)
    save_program: Final = _of("library", ProgramLibrary.save_program)
    load_program: Final = _of("library", ProgramLibrary.load_program)
    programs: Final = _of("library", ProgramLibrary.programs)

    @property
    def settled(self) -> bool:
        """True outside a batch."""
        return not self._in_batch

    def now(self) -> dt.datetime:
        """Return this machine's time."""
        return utc_now()

    def append(self, step: Append) -> None:
        """Write a step to all parts. The log is first, because only the log can refuse the step."""
        with self._lock:
            self._check_engaged(step)
            for part in (self.log, self.index, self.notices, self.vault):
                part.append(step)

    def _check_engaged(self, step: Append) -> None:
        """Refuse a step that engages a responder who is busy elsewhere, unless the log will refuse
        it anyway.
        """
        wanted = set() if step.forced else set(step.engages)
        for one in self.index.engaged(step.agency, wanted) if wanted else ():
            if one.incident != step.summary.incident and self._goes_on(step):
                raise ResponderTaken(one.responder, one.incident, one.since)

    def _goes_on(self, step: Append) -> bool:
        taken = step.request and self.log.recorded(step.agency, step.request)
        return not taken and self.log.version(step.agency, step.summary.incident) == step.expected

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Undo everything inside if anything fails."""
        with self._lock, ExitStack() as parts:
            for part in (self.log, self.index, self.notices, self.vault):
                parts.enter_context(part.batch())
            self._in_batch = True
            try:
                yield
            finally:
                self._in_batch = False

    def beside(self, agency: str, incident: str) -> Beside:
        """Return everything that is kept of an incident beside its log."""
        with self._lock:
            index, notices, vault = (
                part.beside(agency, incident) for part in (self.index, self.notices, self.vault)
            )
        return attrs.evolve(index, notices=notices.notices, words=vault.words)

    def verify(
        self,
        agency: str,
        *,
        programs: Mapping[str, Program] = MappingProxyType({}),
        since: str | None = None,
    ) -> tuple[str, ...]:
        """Return every fault in the chains, and everything beside the log that does not follow from
        it.
        """
        known = dict(programs)
        faults: list[str] = []
        with self._lock:
            known |= {
                name: program_from_definition(self.load_program(name), source=name)
                for name in self.programs()
                if name not in known
            }
            for summary in every(self.find, agency):
                try:
                    found = self.load(agency, summary.incident)
                except (CorruptRecord, NotFound) as fault:
                    faults.append(str(fault))
                    continue
                if found.program in known:
                    faults += faults_beside(
                        agency, known[found.program], found, self.beside(agency, summary.incident)
                    )
        return tuple(faults)

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Return a digest of the heads of all incidents. It is not stored; an agency may keep it
        elsewhere.
        """
        with self._lock:
            rows = [
                (summary.incident, self.load(agency, summary.incident).rows)
                for summary in every(self.find, agency)
            ]
        heads = sorted(f"{incident}\x1f{rows[-1].digest}" for incident, rows in rows)
        return hashlib.sha256("\x1f".join(heads).encode()).hexdigest() if heads else None

    def close(self) -> None:
        """Do nothing: the caller made the parts and closes them."""
