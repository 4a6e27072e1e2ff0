"""The recorded history that a command reads: an export, a store or a log of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from coresponder.cli.options import mapping_for, open_store, parse_now

if TYPE_CHECKING:
    from coresponder.audit.sources import Recorded
    from coresponder.program import Program

__all__ = ["Source", "source_of"]


def source_of(*, now: str | None, calls: Path | None, **options: Any) -> Source:
    """Return the source that the options of `of_history` name."""
    from coresponder.clock import utc_now

    at = parse_now(now) or (None if calls else utc_now())
    return Source(calls=calls, at=at, **options)


@attrs.frozen(kw_only=True)
class Source:
    """Where recorded incidents are read.

    Attributes:
        at: the instant at which each incident is judged; None for its last event.
    """

    calls: Path | None
    mapping: Path | None
    store: str | None
    events: Path | None
    agency: str
    at: dt.datetime | None

    @property
    def named(self) -> bool:
        """Whether any source is named."""
        return any(one is not None for one in (self.calls, self.mapping, self.store, self.events))

    @property
    def roster(self) -> Source:
        """The responders of the same store; raise `UsageError` without one."""
        from coresponder.workflow.streams import streams_of

        if self.store is None:
            raise click.UsageError("--responders reads a roster in a store: give --store STORE")
        return attrs.evolve(self, agency=streams_of(self.agency).roster)

    @contextmanager
    def incidents(self, program: Program) -> Iterator[Iterator[Recorded]]:
        """Yield the recorded incidents under a program."""
        with self.under(program) as found:
            yield (one for (one,) in found)

    @contextmanager
    def under(self, *programs: Program) -> Iterator[Iterator[tuple[Recorded, ...]]]:
        """Yield each recorded incident, or block of an export, under each program."""
        from coresponder.audit.sources import cases_of_events, cases_under

        self._check()
        if self.store is not None:
            with open_store(self.store, self.agency, read_only=True) as opened:
                yield cases_under(programs, opened, self.agency)
        elif self.events is not None:
            path = self.events
            yield zip(*(cases_of_events(one, path) for one in programs), strict=True)
        else:
            yield zip(*map(self._calls, programs), strict=True)

    def _calls(self, program: Program) -> Iterator[Recorded]:
        from coresponder.audit.sources import cases_of_calls

        if self.calls is None or self.mapping is None:  # `_check` has refused it
            return iter(())
        mapped = mapping_for(self.mapping, program)
        return cases_of_calls(program, self.calls, mapped, now=self.at)

    def _check(self) -> None:
        if [self.calls, self.store, self.events].count(None) != 2:
            raise click.UsageError(
                "name what is to be judged: --calls FILE with --mapping FILE, --store STORE, or"
                " --events FILE"
            )
        if (self.calls is None) != (self.mapping is None):
            raise click.UsageError(
                "--calls and --mapping go together: the mapping gives the columns their meaning"
            )
